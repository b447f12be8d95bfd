"""A random year of money, played by the services and checked after each event (spec 05).

`monde` makes the parties and their annexes, `evenements` what may happen on a day, `annee` plays
the year, `invariants` says what must hold whatever the order of events. Everything takes place in
a transaction that is rolled back. Called by `manage.py simulate_year` and by the tests.
"""
