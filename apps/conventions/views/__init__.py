"""Screens of the conventions and of the referentials, one module per place of work."""
