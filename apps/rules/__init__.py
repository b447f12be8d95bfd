"""The arithmetic of the aide au poste: pure functions on exact decimals, nothing else.

No Django, no database, no clock: each function is given its figures and returns amounts with
their explained steps. Read `conditions.py`, then `due.py`. Every other app may import from here.
"""

# Frozen with the figures of a run at its approval: changed whenever an amount may come out
# otherwise.
VERSION = "2026.11"
