"""How one file gets from one end to another, checked end to end.

`Storage.transfer` and the package transport both stand on it; there is no other way to copy a file
of an object.
"""
