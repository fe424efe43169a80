"""Requests to S3, which only this package sends.

Single keys, file handles, zarr arrays and parts use `S3Client` (s3fs), many keys at
once use `BulkClient` (obstore). Both use the same types and raise the same errors.
Other packages import from here and not from the modules. Names are loaded on first
use: s3fs and obstore take a second to load, and local work does not need them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.s3.botocore_errors import attempts_of as attempts_of
    from modos_widgets.s3.botocore_errors import code_of as code_of
    from modos_widgets.s3.botocore_errors import from_s3 as from_s3
    from modos_widgets.s3.botocore_errors import response_of as response_of
    from modos_widgets.s3.bulk import BulkClient as BulkClient
    from modos_widgets.s3.client import S3Client as S3Client
    from modos_widgets.s3.conditions import delete_if as delete_if
    from modos_widgets.s3.conditions import delete_marked as delete_marked
    from modos_widgets.s3.conditions import etag_of as etag_of
    from modos_widgets.s3.conditions import need_conditional_deletes as need_conditional_deletes
    from modos_widgets.s3.conditions import need_conditions as need_conditions
    from modos_widgets.s3.counters import Counters as Counters
    from modos_widgets.s3.counters import Counts as Counts
    from modos_widgets.s3.errors import KeyNotFoundError as KeyNotFoundError
    from modos_widgets.s3.errors import Request as Request
    from modos_widgets.s3.limits import side_by_side as side_by_side
    from modos_widgets.s3.marks import new_mark as new_mark
    from modos_widgets.s3.multipart import MultipartUpload as MultipartUpload
    from modos_widgets.s3.stream_upload import upload as upload
    from modos_widgets.s3.types import Fetched as Fetched
    from modos_widgets.s3.types import Key as Key
    from modos_widgets.s3.types import Keys as Keys
    from modos_widgets.s3.types import Page as Page

_MODULES = {
    "BulkClient": "bulk",
    "Counters": "counters",
    "Counts": "counters",
    "Fetched": "types",
    "Key": "types",
    "KeyNotFoundError": "errors",
    "Keys": "types",
    "MultipartUpload": "multipart",
    "Page": "types",
    "Request": "errors",
    "S3Client": "client",
    "attempts_of": "botocore_errors",
    "code_of": "botocore_errors",
    "delete_if": "conditions",
    "delete_marked": "conditions",
    "etag_of": "conditions",
    "from_s3": "botocore_errors",
    "need_conditional_deletes": "conditions",
    "need_conditions": "conditions",
    "new_mark": "marks",
    "response_of": "botocore_errors",
    "side_by_side": "limits",
    "upload": "stream_upload",
}

__all__ = [
    "BulkClient",
    "Counters",
    "Counts",
    "Fetched",
    "Key",
    "KeyNotFoundError",
    "Keys",
    "MultipartUpload",
    "Page",
    "Request",
    "S3Client",
    "attempts_of",
    "code_of",
    "delete_if",
    "delete_marked",
    "etag_of",
    "from_s3",
    "need_conditional_deletes",
    "need_conditions",
    "new_mark",
    "response_of",
    "side_by_side",
    "upload",
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
