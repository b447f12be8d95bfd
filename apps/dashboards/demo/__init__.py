"""The demonstration: a fictional year 2023 on the real frame of the Pas-de-Calais.

Everything but the accounts and the delegations goes through the services of the product, as its
users would; dates of 2023 are passed to them. Deterministic: the same seed gives the same figures.
Called by `manage.py demo`.
"""
