"""Screens of the recovery orders: list and page of an order, acts, documents."""
