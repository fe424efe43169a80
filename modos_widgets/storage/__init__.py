"""Files and zarr of one object: the documented storage module.

Code that is written for the documented API runs unchanged. This package adds keyword
arguments (``mode``, ``overwrite``, ``recursive``) and further methods of `Storage` for its other
modules. Names are loaded on first use; those outside ``__all__`` are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.storage.base import Mode as Mode
    from modos_widgets.storage.base import Storage as Storage
    from modos_widgets.storage.base import check_mode as check_mode
    from modos_widgets.storage.binary_file import BinaryFile as BinaryFile
    from modos_widgets.storage.binary_file import S3Reader as S3Reader
    from modos_widgets.storage.copying.comparison import alike as alike
    from modos_widgets.storage.copying.copy_file import LARGE as LARGE
    from modos_widgets.storage.copying.copy_file import Routes as Routes
    from modos_widgets.storage.copying.endpoints import End as End
    from modos_widgets.storage.copying.endpoints import Listing as Listing
    from modos_widgets.storage.copying.endpoints import LocalEnd as LocalEnd
    from modos_widgets.storage.copying.endpoints import Omitted as Omitted
    from modos_widgets.storage.copying.endpoints import RemoteEnd as RemoteEnd
    from modos_widgets.storage.copying.endpoints import fitting as fitting
    from modos_widgets.storage.copying.listings import listings as listings
    from modos_widgets.storage.copying.places import check_apart as check_apart
    from modos_widgets.storage.copying.places import folds_case as folds_case
    from modos_widgets.storage.deleted_folder import DeletedFolder as DeletedFolder
    from modos_widgets.storage.finder import find_bucket_objects as find_bucket_objects
    from modos_widgets.storage.finder import find_local_objects as find_local_objects
    from modos_widgets.storage.groups import add_data as add_data
    from modos_widgets.storage.groups import add_metadata_group as add_metadata_group
    from modos_widgets.storage.groups import init_zarr as init_zarr
    from modos_widgets.storage.groups import list_zarr_items as list_zarr_items
    from modos_widgets.storage.local import LocalStorage as LocalStorage
    from modos_widgets.storage.local_deleted import LocalDeleted as LocalDeleted
    from modos_widgets.storage.local_errors import from_local as from_local
    from modos_widgets.storage.packed_files import is_packed as is_packed
    from modos_widgets.storage.packed_files import packed_folder_file as packed_folder_file
    from modos_widgets.storage.packed_files import packed_s3_file as packed_s3_file
    from modos_widgets.storage.packed_files import store_in as store_in
    from modos_widgets.storage.packed_store import PackedStore as PackedStore
    from modos_widgets.storage.paths import DELETED as DELETED
    from modos_widgets.storage.paths import ZARR_ROOT as ZARR_ROOT
    from modos_widgets.storage.paths import absolute_folder as absolute_folder
    from modos_widgets.storage.paths import child_name as child_name
    from modos_widgets.storage.paths import folder_of as folder_of
    from modos_widgets.storage.paths import is_temporary as is_temporary
    from modos_widgets.storage.paths import is_text as is_text
    from modos_widgets.storage.paths import is_unusable_name as is_unusable_name
    from modos_widgets.storage.paths import portable_name as portable_name
    from modos_widgets.storage.paths import refuse_unusual as refuse_unusual
    from modos_widgets.storage.paths import unusual_part as unusual_part
    from modos_widgets.storage.paths import warn_unusual as warn_unusual
    from modos_widgets.storage.ranges import BytesRanges as BytesRanges
    from modos_widgets.storage.ranges import LocalRanges as LocalRanges
    from modos_widgets.storage.ranges import OpenedRanges as OpenedRanges
    from modos_widgets.storage.ranges import RangeFile as RangeFile
    from modos_widgets.storage.ranges import Ranges as Ranges
    from modos_widgets.storage.ranges import S3Ranges as S3Ranges
    from modos_widgets.storage.s3 import S3Storage as S3Storage
    from modos_widgets.storage.s3_deleted import S3Deleted as S3Deleted
    from modos_widgets.storage.s3_path import S3Path as S3Path
    from modos_widgets.storage.sizes import measure_bucket as measure_bucket
    from modos_widgets.storage.sizes import measure_folder as measure_folder
    from modos_widgets.storage.stores import connect_s3 as connect_s3
    from modos_widgets.storage.stores import list_remote_modos as list_remote_modos
    from modos_widgets.storage.stores import s3_path_of as s3_path_of
    from modos_widgets.storage.types import ANY as ANY
    from modos_widgets.storage.types import ROOT_LIMIT as ROOT_LIMIT
    from modos_widgets.storage.types import Content as Content
    from modos_widgets.storage.types import FileEntry as FileEntry
    from modos_widgets.storage.types import Level as Level
    from modos_widgets.storage.types import RootDocument as RootDocument
    from modos_widgets.storage.types import Write as Write
    from modos_widgets.storage.types import check_written as check_written
    from modos_widgets.storage.zarr_stores import LocalArchive as LocalArchive
    from modos_widgets.storage.zarr_stores import S3Archive as S3Archive

_MODULES = {
    "ANY": "types",
    "BinaryFile": "binary_file",
    "BytesRanges": "ranges",
    "Content": "types",
    "DELETED": "paths",
    "DeletedFolder": "deleted_folder",
    "End": "copying.endpoints",
    "FileEntry": "types",
    "LARGE": "copying.copy_file",
    "Level": "types",
    "Listing": "copying.endpoints",
    "LocalArchive": "zarr_stores",
    "LocalDeleted": "local_deleted",
    "LocalEnd": "copying.endpoints",
    "LocalRanges": "ranges",
    "LocalStorage": "local",
    "Mode": "base",
    "Omitted": "copying.endpoints",
    "OpenedRanges": "ranges",
    "ROOT_LIMIT": "types",
    "RangeFile": "ranges",
    "PackedStore": "packed_store",
    "Ranges": "ranges",
    "RemoteEnd": "copying.endpoints",
    "RootDocument": "types",
    "Routes": "copying.copy_file",
    "S3Archive": "zarr_stores",
    "S3Deleted": "s3_deleted",
    "S3Path": "s3_path",
    "S3Ranges": "ranges",
    "S3Reader": "binary_file",
    "S3Storage": "s3",
    "Storage": "base",
    "ZARR_ROOT": "paths",
    "absolute_folder": "paths",
    "add_data": "groups",
    "add_metadata_group": "groups",
    "alike": "copying.comparison",
    "check_apart": "copying.places",
    "Write": "types",
    "check_mode": "base",
    "check_written": "types",
    "child_name": "paths",
    "connect_s3": "stores",
    "find_bucket_objects": "finder",
    "find_local_objects": "finder",
    "fitting": "copying.endpoints",
    "folder_of": "paths",
    "folds_case": "copying.places",
    "from_local": "local_errors",
    "init_zarr": "groups",
    "is_packed": "packed_files",
    "is_temporary": "paths",
    "is_text": "paths",
    "is_unusable_name": "paths",
    "list_remote_modos": "stores",
    "list_zarr_items": "groups",
    "listings": "copying.listings",
    "measure_bucket": "sizes",
    "measure_folder": "sizes",
    "packed_folder_file": "packed_files",
    "packed_s3_file": "packed_files",
    "portable_name": "paths",
    "refuse_unusual": "paths",
    "s3_path_of": "stores",
    "store_in": "packed_files",
    "unusual_part": "paths",
    "warn_unusual": "paths",
}

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

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
