"""Reading of an array whose chunks cannot unpack to more bytes than its metadata declare.

The author of an array chooses its codecs and the bytes of its chunks, and zarr unpacks any of them.
"""

from __future__ import annotations

import asyncio
import bz2
import gzip
import lzma
import math
import struct
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numcodecs  # noqa: F401  before its parts
import numpy as np
import pyarrow as pa
import zarr
from numcodecs.abc import Codec as Numcodec
from numcodecs.compat import ensure_bytes
from zarr.abc.codec import BytesBytesCodec
from zarr.codecs import Crc32cCodec, ShardingCodec, VLenBytesCodec, VLenUTF8Codec

from modos_widgets.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zarr.abc.codec import Codec
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer

__all__ = ["LARGEST_CHUNK", "bounded", "refuse_large"]

LARGEST_CHUNK: Final = 2 * 2**30
"""Maximum bytes of a decoded chunk; larger chunks are not read."""

_VARYING: Final = 64 * 2**20  # where the metadata do not tell how long an element is
_ADDED: Final = 64 * 2**10  # headers, checksums and frames of the codecs in between
_LARGEST_INDEX: Final = 128 * 2**20
_NUMBER: Final = 16  # bytes of the largest number
_COUNTED: Final = frozenset({"vlen-utf8", "vlen-bytes", "vlen-array"})  # their number comes first
_TYPES: Final = ("dtype", "astype", "encode_dtype", "decode_dtype")
# what they give is written in the data: a shape of any size, or a program
_UNBOUNDED: Final = frozenset({"pickle", "json2", "msgpack2"})
_BLOSC_HEADER: Final = 16


def refuse_large(size: int) -> None:
    """Check that a chunk is not declared larger than `LARGEST_CHUNK`.

    Parameters
    ----------
    size : int
        Declared size in bytes.

    Raises
    ------
    UnsupportedError
        It is larger.
    """
    if size > LARGEST_CHUNK:
        raise UnsupportedError(
            f"One chunk has {size:,} bytes, more than the {LARGEST_CHUNK:,} that are read at once.",
            "Write the array again with smaller chunks.",
        )


def bounded(array: zarr.Array[Any]) -> zarr.Array[Any]:
    """Return the same array for reading, with codecs limited to the size that its metadata declare.

    gzip, zlib, bz2, lzma and zstd are read up to the limit; blosc, lz4 and texts state their size
    beforehand. The output of codecs of other packages is checked only afterwards.

    Parameters
    ----------
    array : zarr.Array
        The array.

    Returns
    -------
    zarr.Array

    Raises
    ------
    UnsupportedError
        A codec cannot be limited, or the index of a shard would be too large.
    """
    metadata: Any = array.metadata
    if metadata.zarr_format == 2:  # noqa: PLR2004
        count, itemsize = math.prod(metadata.chunks), _itemsize(metadata.dtype)
        filters = [_held_v2(each, count, itemsize) for each in metadata.filters or ()]
        compressor = metadata.compressor and _held_v2(metadata.compressor, count, itemsize)
        metadata = replace(metadata, filters=filters or None, compressor=compressor)
    else:
        itemsize = _itemsize(metadata.data_type)
        codecs = _held_all(metadata.codecs, itemsize)
        _refuse_large_index(_largest_chunk(metadata.chunk_grid), codecs)
        metadata = replace(metadata, codecs=codecs)
    return zarr.Array(zarr.AsyncArray(metadata, array.store_path, array.async_array.config))


def _itemsize(dtype: Any) -> int:
    """Return the bytes of an element; 0 if they vary."""
    return int(getattr(dtype, "item_size", 0))


def _most(count: int, itemsize: int) -> int:
    """Return the maximum bytes of the elements after any codec of the chain."""
    declared = count * itemsize if itemsize else _VARYING
    refuse_large(declared)
    return declared + declared // 2 + _ADDED


def _unpacked(name: str, options: Mapping[str, Any], data: bytes, most: int) -> bytes | None:
    """Unpack data up to a limit, or check the size that their header states."""
    if name in _STREAMS:
        unpacked = _STREAMS[name](data, most + 1, options)
        _refuse_more(len(unpacked), most)
        return unpacked
    if name in _HEADERS:
        _refuse_more(_HEADERS[name](data), most)
    return None


def _refuse_more_elements(data: bytes, count: int) -> None:
    if int.from_bytes(data[:4], "little") > count:
        raise UnsupportedError(
            f"It holds more elements than its metadata declare ({count:,}).",
            "Do not open it with other programs. Contact its author.",
        )


def _refuse_unbounded(name: str, options: Mapping[str, Any], itemsize: int) -> None:
    if name in _UNBOUNDED:
        raise UnsupportedError(
            f"The output of its codec {name} does not depend on what the metadata declare.",
            "If you trust its author, write it again with another codec.",
        )
    for each in _TYPES:
        if options.get(each) and np.dtype(options[each]).itemsize > max(itemsize, _NUMBER):
            raise UnsupportedError(
                f"Its codec {name} makes elements larger than the array declares.",
                "Contact its author.",
            )


def _largest_chunk(grid: Any) -> tuple[int, ...]:
    if hasattr(grid, "chunk_shape"):
        return tuple(grid.chunk_shape)
    return tuple(each if isinstance(each, int) else max(each) for each in grid.chunk_shapes)


def _refuse_large_index(shape: tuple[int, ...], codecs: tuple[Codec, ...]) -> None:
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            inner = tuple(codec.chunk_shape)
            index = 16 * math.prod(-(-a // b) for a, b in zip(shape, inner, strict=True))
            if index > _LARGEST_INDEX:
                raise UnsupportedError(
                    f"The index of one shard has {index:,} bytes.",
                    "Write the array again with smaller shards.",
                )
            _refuse_large_index(inner, tuple(codec.codecs))


def _held_all(codecs: Iterable[Codec], itemsize: int) -> tuple[Codec, ...]:
    held = []
    for codec in codecs:
        held.append(_held(codec, itemsize))
        if isinstance(codec, VLenBytesCodec | VLenUTF8Codec):
            held.append(_Counted())
    return tuple(held)


def _held(codec: Codec, itemsize: int) -> Codec:
    described: Any = codec.to_dict()
    name = str(described.get("name", "")).removeprefix("numcodecs.")
    options = described.get("configuration") or {}
    if isinstance(codec, ShardingCodec):
        return _Shards(
            chunk_shape=codec.chunk_shape,
            codecs=_held_all(codec.codecs, itemsize),
            index_codecs=codec.index_codecs,
            index_location=codec.index_location,
        )
    _refuse_unbounded(name, options, itemsize)
    if isinstance(codec, BytesBytesCodec) and not isinstance(codec, _Bounded | Crc32cCodec):
        return _Bounded(codec, name, options)
    return codec


@dataclass(frozen=True)
class _Bounded(BytesBytesCodec):
    """Bytes-to-bytes codec with a limit, for reading."""

    codec: BytesBytesCodec
    name: str
    options: Mapping[str, Any]

    is_fixed_size = False

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        most = _most(math.prod(chunk_spec.shape), _itemsize(chunk_spec.dtype))
        unpacked = await asyncio.to_thread(
            _unpacked, self.name, self.options, chunk_data.to_bytes(), most
        )
        if unpacked is not None:
            return chunk_spec.prototype.buffer.from_bytes(unpacked)
        (decoded,) = await self.codec.decode([(chunk_data, chunk_spec)])
        assert decoded is not None  # noqa: S101 - None is what is not there
        _refuse_more(len(decoded), most)
        return decoded

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return self.codec.compute_encoded_size(input_byte_length, chunk_spec)

    def to_dict(self) -> Any:
        return self.codec.to_dict()


@dataclass(frozen=True)
class _Counted(BytesBytesCodec):
    """Check before a codec of texts: zarr allocates room for their stated number before reading."""

    is_fixed_size = True

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        _refuse_more_elements(chunk_data[:4].to_bytes(), math.prod(chunk_spec.shape))
        return chunk_data

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length


class _Shards(ShardingCodec):
    """Shards whose limits also apply on the workers of a cluster, to which zarr sends metadata."""

    def to_dict(self) -> Any:
        """Return the metadata of the stored codecs."""
        described: Any = super().to_dict()
        kept = [each.to_dict() for each in self.codecs if not isinstance(each, _Counted)]
        return {**described, "configuration": {**described["configuration"], "codecs": kept}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        object.__setattr__(self, "codecs", _held_all(self.codecs, _NUMBER))


def _held_v2(codec: Any, count: int, itemsize: int) -> _BoundedV2:
    options = codec.get_config()
    _refuse_unbounded(codec.codec_id, options, itemsize)
    return _BoundedV2(codec, options, count, itemsize)


class _BoundedV2(Numcodec):  # type: ignore[misc]
    """Compressor or filter of format 2 with a limit, for reading."""

    codec_id = "bounded"

    def __init__(self, codec: Any, options: Mapping[str, Any], count: int, itemsize: int) -> None:
        self.codec = codec
        self.options = options
        self.count = count
        self.itemsize = itemsize

    def encode(self, buf: Any) -> Any:
        return self.codec.encode(buf)

    def decode(self, buf: Any, out: Any = None) -> Any:
        # a preceding filter may have made each element as large as a number
        itemsize = max(self.itemsize, _NUMBER) if self.itemsize else 0
        name, most = self.codec.codec_id, _most(self.count, itemsize)
        if name in _COUNTED:
            _refuse_more_elements(ensure_bytes(buf), self.count)
        elif name in _STREAMS or name in _HEADERS:
            unpacked = _unpacked(name, self.options, ensure_bytes(buf), most)
            if unpacked is not None:
                return unpacked
        return self.codec.decode(buf, out)

    def get_config(self) -> Any:
        return self.options


# -- reading up to a limit: a few KiB of gzip can unpack to gigabytes -------------------------


def _refuse_more(size: int, most: int) -> None:
    """Check that unpacked data are not larger than an array's metadata declare.

    Raises
    ------
    UnsupportedError
        `size` is more than `most`.
    """
    if size > most:
        raise UnsupportedError(
            f"It unpacks to more than its metadata declare (to more than {most:,} bytes).",
            "Do not open it with other programs. Contact its author.",
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


_STREAMS: Final[Mapping[str, Callable[[bytes, int, Mapping[str, Any]], bytes]]] = {
    "gzip": _gzip,
    "zlib": _zlib,
    "bz2": _bz2,
    "lzma": _lzma,
    "zstd": _zstd,  # a frame may not state its size, so it is read like the others
}
"""Codec to its function, called with data, maximum bytes, and the codec's options."""

_HEADERS: Final[Mapping[str, Callable[[bytes], int]]] = {"blosc": _blosc_size, "lz4": _lz4_size}
"""Codec to the function that reads the unpacked size from a header, which is always there."""
