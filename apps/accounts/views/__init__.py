"""Screens of the accounts: session, password, profile, notifications, people and organisations."""
