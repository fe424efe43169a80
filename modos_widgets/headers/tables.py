"""Shapes of Parquet tables."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.errors import StorageError
from modos_widgets.headers.file_end import end_of
from modos_widgets.headers.header_stream import LARGEST_HEADER, HeaderError
from modos_widgets.storage import BytesRanges, RangeFile

if TYPE_CHECKING:
    from modos_widgets.headers.file_header import FileHeader
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_parquet"]

_TAIL = 64 * 1024  # holds most footers
_END = 8  # bytes behind the footer: its length, and PAR1


def read_parquet(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with the shape and the columns of a Parquet file; reads its footer."""
    import pyarrow as pa  # noqa: PLC0415 - takes long to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    size = stream.ranges.size
    tail = end_of(stream, min(_TAIL, size))
    if not tail.endswith(b"PAR1") or size < _END + 4:
        return replace(header, truncated="The file does not end with the end marker of Parquet.")
    length = int(struct.unpack("<I", tail[-_END:-4])[0]) + _END
    if length > LARGEST_HEADER:
        raise HeaderError(f"The header is larger than {LARGEST_HEADER // 2**20} MiB.")
    if length > size:
        raise HeaderError("The footer is longer than the file.")
    if length > len(tail):
        tail = stream.ranges.read(size - length, size)
    # Parquet's reader needs a file that starts with its mark.
    footer = RangeFile(
        BytesRanges(header.name, b"PAR1" + tail[-length:]), block=length + 4, limit=length + 4
    )
    try:
        metadata = pq.ParquetFile(footer).metadata
        columns = tuple(metadata.schema.to_arrow_schema().names)
    except (pa.ArrowException, OSError, ValueError, StorageError) as error:
        raise HeaderError("The footer of the Parquet file is damaged.") from error
    return replace(
        header,
        version=str(metadata.format_version),
        shape=(metadata.num_rows, len(columns)),
        columns=columns,
        has_records=metadata.num_rows > 0,
    )
