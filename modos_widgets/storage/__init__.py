"""Bytes and zarr of one object: the documented storage module.

Code that is written for the documented API runs unchanged; what goes beyond it are keyword
arguments (``mode``, ``overwrite``, ``recursive``) and the seams of `Storage` that the rest of
this package builds on.
"""

from __future__ import annotations

from modos_widgets.storage.base import Storage
from modos_widgets.storage.binary_file import BinaryFile
from modos_widgets.storage.contents import (
    ANY,
    ROOT_LIMIT,
    Content,
    FileEntry,
    Level,
    RootDocument,
)
from modos_widgets.storage.groups import add_data, add_metadata_group, init_zarr, list_zarr_items
from modos_widgets.storage.local import LocalStorage
from modos_widgets.storage.paths import ZARR_ROOT
from modos_widgets.storage.s3 import S3Storage
from modos_widgets.storage.s3_path import S3Path
from modos_widgets.storage.stores import connect_s3, list_remote_modos
from modos_widgets.storage.zarr_stores import LocalArchive, S3Archive

__all__ = [
    "ANY",
    "ROOT_LIMIT",
    "ZARR_ROOT",
    "BinaryFile",
    "Content",
    "FileEntry",
    "Level",
    "LocalArchive",
    "LocalStorage",
    "RootDocument",
    "S3Archive",
    "S3Path",
    "S3Storage",
    "Storage",
    "add_data",
    "add_metadata_group",
    "connect_s3",
    "init_zarr",
    "list_remote_modos",
    "list_zarr_items",
]
