"""Screens of the payments: runs and their stages, lines, payments made, schedule of an annex."""
