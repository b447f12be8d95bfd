"""Benchmarks anyone can run (`manage.py bench NAME`): ratios inside one run, against their targets.

One module per bench, in `registre`. Each makes the rows it needs inside a transaction that is
rolled back: nothing is left, nothing of what the database already holds is counted.
"""
