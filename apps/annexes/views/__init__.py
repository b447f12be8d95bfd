"""Screens of the annexes, one module per place of work."""
