"""Screens of structures, bank details, salariés and contracts: one module per object."""
