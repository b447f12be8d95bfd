"""The files and tables users take away: one module per restitution, listed in `registry`.

A restitution is columns as data, a source of rows scoped by `visible_to(acting)`, and the
filters it takes. The screen, the Excel file, its « Critères » sheet and its test read the same
definition (cahier des charges §3).

To add one:

1. A module here: its `Definition` (columns shared with others come from `colonnes`), `rows` in a
   fixed number of queries, `count` exact, and its `Restitution`; `engagements` is a short model.
2. Its line in `registry`: the export page, the screen, the documentation, the schedules and the
   `export` command follow.
3. A test in tests/documents against an independent computation, its scopes and its number of
   queries; its sums on the whole demonstration in tests/dashboards/truth.py.
4. What the texts leave open, in docs/decisions.md.
"""
