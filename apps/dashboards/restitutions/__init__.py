"""The files and tables users take away: one module per restitution, listed in `registry`.

A restitution is columns as data, a source of rows scoped by `visible_to(acting)`, and the
filters it takes. The screen, the Excel file, its « Critères » sheet and its test read the same
definition (cahier des charges §3).
"""
