"""Copying of single files from one end to another, verified end to end.

`Storage.transfer` and the package transport both use it; there is no other way to copy a file
of an object.
"""
