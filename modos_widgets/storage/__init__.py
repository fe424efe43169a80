"""Bytes and zarr of one object: the documented storage module."""
