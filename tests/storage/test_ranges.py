"""Ranges of files, on a disk and on S3: the same answers, one request each."""

from __future__ import annotations

import io
from typing import Any

import pytest

from modos_widgets.errors import ChangedError, NotFoundError, PathError, StorageError
from modos_widgets.storage import BytesRanges, RangeFile

DATA = bytes(range(256)) * 40


def test_ranges_are_those_of_the_file(place: Any) -> None:
    place.make()
    place.plant("ex", "a/x.bam", DATA)
    place.plant("ex", "empty", b"")
    storage = place.make(mode="r")

    for file in (storage.ranges("a/x.bam"), storage.ranges("a/x.bam", len(DATA))):
        assert file.read(0, 10) == DATA[:10]
        assert file.size == len(DATA)
        assert file.read(100, 5000) == DATA[100:5000]
        assert file.read(len(DATA) - 3, len(DATA) + 50) == DATA[-3:]
        assert file.read(len(DATA), len(DATA) + 5) == b""
    assert storage.ranges("empty").read(0, 10) == b""
    assert storage.ranges("empty", 0).size == 0
    with pytest.raises(PathError):
        storage.ranges("../x")
    with pytest.raises(NotFoundError):
        storage.ranges("missing").read(0, 1)


def test_ranges_of_two_versions_are_never_mixed(place: Any) -> None:
    place.make()
    place.plant("ex", "x", DATA)
    file = place.make(mode="r").ranges("x", len(DATA))
    file.read(0, 10)
    if place.kind == "local":
        return
    place.plant("ex", "x", DATA[::-1])

    with pytest.raises(ChangedError):
        file.read(10, 20)


def test_a_file_over_ranges_reads_no_more_than_its_limit() -> None:
    file = RangeFile(BytesRanges("x", DATA), block=1000, limit=3000)

    assert file.read(10) == DATA[:10]
    assert file.seek(-5, io.SEEK_END) == len(DATA) - 5
    assert file.read() == DATA[-5:]
    file.seek(5000)
    assert file.read(100) == DATA[5000:5100]
    file.seek(3000)
    file.read(1)
    file.seek(7000)
    with pytest.raises(StorageError):
        file.read(1)
