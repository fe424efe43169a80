"""What unpacks to more than an array's metadata declare is refused, and never held in memory."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import struct
import subprocess
import sys
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import numcodecs
import numpy as np
import pyarrow as pa
import pytest
import zarr

from modos_widgets.errors import ModosError, UnsupportedError
from modos_widgets.explore import open_source
from modos_widgets.explore.array_part import choose_part
from modos_widgets.explore.array_reader import open_array, read_part
from modos_widgets.explore.safe_codecs import LARGEST_CHUNK
from modos_widgets.explore.source import facts_of

if TYPE_CHECKING:
    from pathlib import Path

ZEROS = bytes(48 * 2**20)
NUMBERS = np.arange(3, dtype="<i8")
PACKED = b"".join  # members one after another


def streamed_zstd(data: bytes) -> bytes:
    """Pack without telling the size, as who streams does."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        for begin in range(0, len(data), 2**20):
            stream.write(data[begin : begin + 2**20])
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def codec(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "configuration": options}


BYTES = codec("bytes", endian="little")
BLOSC = {"typesize": 8, "cname": "lz4", "clevel": 5, "shuffle": "noshuffle", "blocksize": 0}
PACKERS: dict[str, tuple[list[dict[str, Any]], Any]] = {
    "gzip": ([codec("gzip", level=1)], gzip.compress),
    "gzip twice": ([codec("gzip", level=1)] * 2, lambda data: gzip.compress(gzip.compress(data))),
    "gzip in two": (
        [codec("gzip", level=1)],
        lambda data: PACKED([gzip.compress(data[:8]), gzip.compress(data[8:])]),
    ),
    "zstd": ([codec("zstd", level=1, checksum=False)], numcodecs.Zstd(1).encode),
    "streamed zstd": ([codec("zstd", level=1, checksum=False)], streamed_zstd),
    "zstd with crc32c": (
        [codec("zstd", level=1, checksum=False), codec("crc32c")],
        lambda data: numcodecs.CRC32C(location="end").encode(numcodecs.Zstd(1).encode(data)),
    ),
    "blosc": ([codec("blosc", **BLOSC)], numcodecs.Blosc("lz4", 5, 0).encode),
    "zlib": ([codec("numcodecs.zlib", level=1)], zlib.compress),
    "bz2": ([codec("numcodecs.bz2", level=1)], bz2.compress),
    "lzma": ([codec("numcodecs.lzma", preset=1)], lambda data: lzma.compress(data, preset=1)),
    "lz4": ([codec("numcodecs.lz4", acceleration=1)], numcodecs.LZ4().encode),
}


def document(codecs: list[dict[str, Any]], **change: Any) -> dict[str, Any]:
    return {
        "zarr_format": 3,
        "node_type": "array",
        "attributes": {},
        "shape": [3],
        "data_type": "int64",
        "chunk_grid": codec("regular", chunk_shape=[3]),
        "chunk_key_encoding": codec("default", separator="/"),
        "fill_value": 0,
        "codecs": codecs,
        **change,
    }


def sharded(codecs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    index = [BYTES, codec("crc32c")]
    return [codec("sharding_indexed", chunk_shape=[3], codecs=codecs, index_codecs=index)]


def shard(chunk: bytes) -> bytes:
    index = struct.pack("<QQ", 0, len(chunk))
    return chunk + bytes(numcodecs.CRC32C(location="end").encode(index))


def write(folder: Path, told: dict[str, Any], chunk: bytes) -> None:
    place = folder / ("0" if told["zarr_format"] == 2 else "c/0")
    place.parent.mkdir(parents=True)
    place.write_bytes(chunk)
    (folder / (".zarray" if told["zarr_format"] == 2 else "zarr.json")).write_text(json.dumps(told))


def old(**change: Any) -> dict[str, Any]:
    told = {"zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "<i8", "fill_value": 0}
    return {**told, "order": "C", "filters": None, "compressor": None, **change}


def write_all(folder: Path, data: bytes) -> None:
    """Write an array for each way to pack data."""
    for name, (codecs, pack) in PACKERS.items():
        packed = bytes(pack(data))
        write(folder / name, document([BYTES, *codecs]), packed)
        write(folder / f"shards of {name}", document(sharded([BYTES, *codecs])), shard(packed))
    for kind, pack in {
        "zlib": zlib.compress,
        "bz2": bz2.compress,
        "gzip": gzip.compress,
        "lzma": lzma.compress,
        "zstd": numcodecs.Zstd(1).encode,
        "lz4": numcodecs.LZ4().encode,
        "blosc": numcodecs.Blosc("lz4", 5, 0).encode,
    }.items():
        packed = bytes(pack(data))
        write(folder / f"v2 {kind}", old(compressor={"id": kind}), packed)
        write(folder / f"v2 filter {kind}", old(filters=[{"id": kind}]), packed)


def read(folder: Path) -> np.ndarray[Any, Any]:
    with warnings.catch_warnings():  # numcodecs' codecs are no part of the specification
        warnings.simplefilter("ignore")
        source = open_source(folder)
        facts = facts_of(source, "").array
        assert facts is not None
        return read_part(source, "", choose_part(facts)).data


def test_every_codec_gives_what_it_should(tmp_path: Path) -> None:
    write_all(tmp_path, NUMBERS.tobytes())
    for folder in tmp_path.iterdir():
        assert read(folder).tolist() == [0, 1, 2], folder.name


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("shards", [None, (4,)])
def test_long_texts_are_no_bombs(tmp_path: Path, zarr_format: Any, shards: Any) -> None:
    texts = np.array(["x" * 10**6, "é" * 10**5], dtype="T")
    with warnings.catch_warnings():  # shards are for zarr 3 alone
        warnings.simplefilter("ignore")
        zarr.create_array(
            tmp_path / "a",
            data=texts,
            chunks=(2,),
            shards=shards if zarr_format > 2 else None,
            zarr_format=zarr_format,
        )
    assert read(tmp_path / "a").tolist() == texts.tolist()


def growth(folders: list[Path]) -> int:
    """Read all, each to be refused; give by how many bytes the memory grew at most."""
    import resource  # noqa: PLC0415 - on Windows there is none

    def peak() -> int:
        kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kibibytes if sys.platform == "darwin" else kibibytes * 1024

    before = 0
    for folder in folders:
        try:
            read(folder)
        except UnsupportedError as error:
            assert "than its metadata declare" in error.message, (folder.name, error)  # noqa: PT017
            before = before or peak()  # from here on everything is loaded
        else:
            raise AssertionError(folder.name)
    return peak() - before


def test_bombs_are_refused_and_not_held_in_memory(tmp_path: Path) -> None:
    write_all(tmp_path, ZEROS)
    write(
        tmp_path / "a small one",
        document([BYTES, codec("gzip", level=1)]),
        gzip.compress(b"0" * 10**6),
    )
    many = struct.pack("<I", 2**31)
    texts = {"data_type": "string", "fill_value": ""}
    write(tmp_path / "texts", document([codec("vlen-utf8")], **texts), many)
    write(
        tmp_path / "texts in shards", document(sharded([codec("vlen-utf8")]), **texts), shard(many)
    )
    told = old(dtype="|O", filters=[{"id": "vlen-utf8"}], fill_value="")
    write(tmp_path / "v2 texts", told, many)
    code = (
        "import sys; from pathlib import Path; from tests.explore.test_bombs import growth;"
        "print(growth(sorted(Path(sys.argv[1]).iterdir())))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) < 24 * 2**20


@pytest.mark.parametrize("kind", ["pickle", "json2", "msgpack2"])
def test_codecs_that_can_give_anything_are_refused(tmp_path: Path, kind: str) -> None:
    filters = [{"id": "vlen-utf8"}, {"id": kind}]
    write(tmp_path / "a", old(dtype="|O", filters=filters, fill_value=""), pickle.dumps(1))
    with pytest.raises(UnsupportedError, match=f"The output of its codec {kind} does not depend"):
        read(tmp_path / "a")


def test_filters_cannot_make_larger_elements(tmp_path: Path) -> None:
    widen = {"id": "astype", "encode_dtype": "|u1", "decode_dtype": "|S100000000"}
    write(tmp_path / "a", old(filters=[widen]), b"abc")
    with pytest.raises(UnsupportedError, match="larger than the array declares"):
        read(tmp_path / "a")


def test_a_shard_with_another_codec_is_one_chunk(tmp_path: Path) -> None:
    codecs = [*sharded([BYTES]), codec("gzip", level=1)]
    grid = codec("regular", chunk_shape=[3 * 10**6])
    write(tmp_path / "a", document(codecs, chunk_grid=grid), b"")
    facts = facts_of(open_source(tmp_path / "a"), "").array
    assert facts is not None
    assert choose_part(facts).over_budget


def test_a_declared_size_that_is_too_large_is_refused(tmp_path: Path) -> None:
    grid = codec("regular", chunk_shape=[3 * (LARGEST_CHUNK // 3)])
    write(tmp_path / "a", document([BYTES], chunk_grid=grid), b"")
    source = open_source(tmp_path / "a")
    facts = facts_of(source, "").array
    assert facts is not None
    with pytest.raises(UnsupportedError, match="One chunk has"):
        read_part(source, "", choose_part(facts, anyway=True))
    write(tmp_path / "b", document(sharded([BYTES]), chunk_grid=grid), b"")
    with pytest.raises(UnsupportedError, match="The index of one shard"):
        open_array(open_source(tmp_path / "b"), "")


def test_bounds_reach_the_workers_of_a_cluster(tmp_path: Path) -> None:
    packed = gzip.compress(ZEROS, 1)
    write(tmp_path / "a", document(sharded([BYTES, codec("gzip", level=1)])), shard(packed))
    sent = pickle.dumps(open_array(open_source(tmp_path / "a"), ""))
    array = pickle.loads(sent)  # noqa: S301 - ours
    assert isinstance(array, zarr.Array)
    with pytest.raises(ModosError, match="than its metadata declare"):
        array[:]
