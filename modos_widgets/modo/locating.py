"""Which file of an object a ``data_path`` names."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

__all__ = ["INDEX_SUFFIXES", "file_in_object"]

INDEX_SUFFIXES = (".crai", ".bai", ".csi", ".tbi", ".fai", ".gzi")
"""Endings of index files, which lie beside the file that they belong to."""


def file_in_object(data_path: object, url: str) -> str | None:
    """Give the file of the object that a ``data_path`` names, or None where it is another.

    Parameters
    ----------
    data_path : object
        The value: a path relative to the object, a URL or an absolute path.
    url : str
        The object's ``s3://bucket/key`` or absolute path.
    """
    if not isinstance(data_path, str) or not data_path:
        return None
    path = data_path
    if path.startswith("file://"):
        path = unquote(urlsplit(path).path)
    base = url.rstrip("/") + "/"
    if path.startswith(base):
        path = path[len(base) :]
    elif "://" in path or path.startswith("/"):
        return None
    path = posixpath.normpath(path)
    return None if path.startswith("..") or path == "." else path
