"""Backups: what is saved, restored elsewhere, and proved equal.

`programs` finds and runs those of PostgreSQL, `figures` says what a database holds, `archive`
writes a backup and restores it. Called by the commands `sauvegarder`, `restaurer` and
`repeter_restauration`, as the owner of the database (docs/operations.md).
"""
