"""Import of salariés and contracts from a workbook: columns, model to download, rows, application.

The preview is the import itself, rolled back: what it announces is what the confirmation writes.
"""
