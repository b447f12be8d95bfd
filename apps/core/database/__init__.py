"""The two database roles: the owner migrates, the application works.

`locations` reads the URLs, `prepared` tells whether anything has to be prepared (no Django, so
that the commands of bin/ start fast), `preparation` does it.
"""
