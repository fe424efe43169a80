"""Check metadata, files and the root's copy of the metadata."""
