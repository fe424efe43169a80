"""Compressors that read up to a bound: a few KiB of gzip can stand for gigabytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from modos_widgets.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["HEADERS", "STREAMS", "refuse_more"]

_BLOSC_HEADER: Final = 16


def refuse_more(size: int, most: int) -> None:
    """Refuse bytes beyond those that an array's metadata declare.

    Raises
    ------
    UnsupportedError
        `size` is more than `most`.
    """
    if size > most:
        raise UnsupportedError(
            f"It unpacks to more than its metadata declare (to more than {most:,} bytes).",
            "Do not open it with other programs; ask whoever made it.",
        )


def _gzip(data: bytes, count: int, _: Mapping[str, Any]) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        return file.read(count)


def _zlib(data: bytes, count: int, _: Mapping[str, Any]) -> bytes:
    stream = zlib.decompressobj()
    unpacked = stream.decompress(data, count)
    if not stream.eof and len(unpacked) < count:
        raise EOFError("the data end before their end marker")
    return unpacked


def _bz2(data: bytes, count: int, _: Mapping[str, Any]) -> bytes:
    with bz2.BZ2File(BytesIO(data)) as file:
        return file.read(count)


def _lzma(data: bytes, count: int, options: Mapping[str, Any]) -> bytes:
    kind = options.get("format", lzma.FORMAT_XZ)
    with lzma.LZMAFile(BytesIO(data), format=kind, filters=options.get("filters")) as file:
        return file.read(count)


def _zstd(data: bytes, count: int, _: Mapping[str, Any]) -> bytes:
    with pa.input_stream(pa.py_buffer(data), compression="zstd") as file:
        unpacked: bytes = file.read(count)
    return unpacked


def _blosc_size(data: bytes) -> int:
    return struct.unpack_from("<I", data, 4)[0] if len(data) >= _BLOSC_HEADER else 0


def _lz4_size(data: bytes) -> int:
    return struct.unpack_from("<I", data)[0] if len(data) >= 4 else 0  # noqa: PLR2004


STREAMS: Final[Mapping[str, Callable[[bytes, int, Mapping[str, Any]], bytes]]] = {
    "gzip": _gzip,
    "zlib": _zlib,
    "bz2": _bz2,
    "lzma": _lzma,
    "zstd": _zstd,  # a frame need not tell its size, so it is read like the others
}
"""Codec to what unpacks (data, bytes wanted at most, the codec's options)."""

HEADERS: Final[Mapping[str, Callable[[bytes], int]]] = {"blosc": _blosc_size, "lz4": _lz4_size}
"""Codec to what tells the unpacked size (bytes) before anything is unpacked, as they must."""
