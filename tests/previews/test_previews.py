"""Previews of files: tables, texts, images, and hostile ones within limits."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from modos_widgets import create_modo, errors, open_modo
from modos_widgets.previews import FilePreview
from modos_widgets.storage import BytesRanges

if TYPE_CHECKING:
    from pathlib import Path

TSV = b"gene\ta\tb\nX\t1\t2\nY\t3\t4\n"
PACKED = gzip.compress(TSV, mtime=0)  # without the time: it would be in the name of the test


class Counted(BytesRanges):
    """Bytes that count what is read of them."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name, data)
        self.reads: list[int] = []

    def read(self, begin: int, end: int) -> bytes:
        data = super().read(begin, end)
        self.reads.append(len(data))
        return data


def preview(name: str, data: bytes, rows: int = 100) -> FilePreview:
    return FilePreview(BytesRanges(name, data), rows)


@pytest.mark.parametrize(
    ("name", "data", "columns", "rows"),
    [
        ("t.tsv", TSV, ["gene", "a", "b"], [["X", "1", "2"], ["Y", "3", "4"]]),
        ("t.tsv.gz", PACKED, ["gene", "a", "b"], [["X", "1", "2"], ["Y", "3", "4"]]),
        ("t.csv", b'a;b\n1;2\n3;"x\ny"\n', ["a", "b"], [["1", "2"], ["3", "x\ny"]]),
        ("t.csv", b"\xef\xbb\xbf1,2\r\n3,4\r\n", ["1", "2"], [["1", "2"], ["3", "4"]]),
        ("t.txt", "ä\tb\nc\td\n".encode("utf-16"), ["ä", "b"], [["c", "d"]]),
        ("t.txt", b"x|y\na|b\nc|d", ["x", "y"], [["a", "b"], ["c", "d"]]),
        ("r.tsv", b"a\tb\nr1\t1\t2\n", ["", "a", "b"], [["r1", "1", "2"]]),
        ("c.tsv", b"# gene\ts1\nTP53\t7\n", ["gene", "s1"], [["TP53", "7"]]),
        ("v.vcf", b"##x\n#CHROM\tPOS\nchr1\t5\n", ["CHROM", "POS"], [["chr1", "5"]]),
        ("b.bed", b"track a\nc\t1\t5\n", ["chrom", "chromStart", "chromEnd"], [["c", "1", "5"]]),
        ("p.mzTab", b"MTD\tx\ty\n\nPRH\tacc\nPRT\tP1\n", ["PRH", "acc"], [["PRT", "P1"]]),
    ],
)  # fmt: skip
def test_tables_have_their_columns_and_rows(
    name: str, data: bytes, columns: list[str], rows: list[list[str]]
) -> None:
    found = preview(name, data)
    assert (found.kind, found.columns, found.rows) == ("table", columns, rows)
    assert not found.has_more
    assert found.note == ""


def test_a_frame_of_a_table_is_what_pandas_reads() -> None:
    frame = preview("t.tsv", TSV).frame
    expected = pd.read_csv(io.BytesIO(TSV), sep="\t", dtype=object)
    assert frame.to_dict() == expected.to_dict()
    ragged = preview("t.tsv", b"a\tb\nx\nx\ty\tz\n").frame
    assert list(ragged.columns) == ["a", "b", "3"]
    assert list(ragged.iloc[0]) == ["x", None, None]


def test_texts_are_lines_and_a_json_document_of_one_line_is_broken() -> None:
    assert preview("x.log", b"one\ntwo\n").lines == ["one", "two"]
    assert preview("x.md", b"# a | b\n").lines == ["# a | b"]
    document = {"a": [1, {"b": None}]}
    found = preview("x.json", json.dumps(document).encode())
    assert json.loads("\n".join(found.lines)) == document
    assert len(found.lines) > 4
    assert preview("deep.json", b"[" * 100_000).lines == ["[" * 100_000]
    assert preview("empty.tsv", b"").kind == "empty"


def test_rows_are_read_on_demand_by_few_ranges() -> None:
    data = b"n\tv\n" + b"".join(b"%d\tx\n" % number for number in range(1_000_000))
    ranges = Counted("big.tsv", data)
    found = FilePreview(ranges, 50)
    assert [row[0] for row in found.rows] == [str(number) for number in range(50)]
    assert sum(ranges.reads) == 64 * 1024
    assert found.more(20_000) == 20_000
    assert found.rows[-1] == ["20049", "x"]
    assert sum(ranges.reads) < 600 * 1024


def test_a_line_of_100_mb_is_cut_and_ends_the_preview() -> None:
    ranges = Counted("line.tsv", b"a" * 100_000_000)
    found = FilePreview(ranges, 100)
    assert sum(ranges.reads) < 3 * 2**20
    assert sum(map(len, found.columns)) == 256 * 1024
    assert "cut after" in found.note
    assert "is not shown" in found.note
    assert not found.has_more


def test_a_bomb_is_read_up_to_the_limit() -> None:
    line = b"a\t" + b"b" * 1000 + b"\n"
    found = preview("bomb.tsv.gz", gzip.compress(line * 60_000, 1), 5)
    rows = 5
    while found.has_more:
        rows += found.more(4000)
        found.rows.clear()
    assert 47 * 2**20 <= rows * len(line) <= 49 * 2**20
    assert "Only the first 48 MiB" in found.note


@pytest.mark.parametrize("cut", [100, 1000])
def test_truncated_and_damaged_compression_shows_what_there_is(cut: int) -> None:
    data = gzip.compress(b"".join(b"%d\tx\n" % number for number in range(100_000)))
    found = preview("t.tsv.gz", data[:-cut], 1_000_000)
    assert 90_000 < len(found.rows) < 100_000
    assert "truncated" in found.note
    middle = len(data) // 2
    damaged = preview("t.tsv.gz", data[:middle] + bytes(2000) + data[middle:], 1_000_000)
    assert len(damaged.rows) > 10_000
    assert "damaged" in damaged.note
    assert not damaged.has_more


def test_bytes_that_are_no_text_are_binary() -> None:
    assert preview("x.tsv", bytes(range(256)) * 10).kind == "binary"
    assert preview("x.tsv.gz", gzip.compress(bytes(1000))).kind == "binary"
    assert (
        preview("x.tsv", b"\x28\xb5\x2f\xfd1111").note == "The compression zstd is not supported."
    )
    found = preview("x.log", b"caf\xe9 and more words\n")
    assert found.lines == ["caf\ufffd and more words"]
    assert "UTF-8" in found.note


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))


def test_images_are_bounded() -> None:
    found = preview("x.png", png(640, 480))
    assert (found.kind, found.summary()) == ("image", "PNG image, 640 x 480 pixels")
    assert found.note == ""
    assert "too many" in preview("x.png", png(100_000, 100_000)).note
    assert "damaged" in preview("x.png", b"\x89PNG\r\n\x1a\n").note
    assert "too large" in preview("x.png", png(9, 9) + bytes(33 * 2**20)).note
    jpeg = b"\xff\xd8\xff\xe0\0\4ab\xff\xc2\0\x0b\x08\0\x10\0\x20\x03"
    assert preview("x.jpg", jpeg).summary() == "JPEG image, 32 x 16 pixels"
    assert "damaged" in preview("x.jpg", b"\xff\xd8\xff\xff" + b"\xff" * 5000).note


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>%s</svg>"


def test_drawings_that_would_not_end_are_not_shown() -> None:
    script = preview("x.svg", SVG % b"<script>alert(1)</script><use xlink:href='#g'/><g id='g'/>")
    assert (script.kind, script.note) == ("image", "")  # an <img> runs no script
    groups = [b"<g id='a0'><rect/></g>"]
    uses = b"<use href='#a%d'/>"
    groups += [b"<g id='a%d'>" % at + uses % (at - 1) * 10 + b"</g>" for at in range(1, 12)]
    assert "too many shapes" in preview("x.svg", SVG % b"".join(groups)).note
    assert "too many" in preview("x.svg", SVG % b"<g id='a'><use href='#a'/></g>").note
    assert "entities" in preview("x.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>').note
    assert "not shown" in preview("x.svg", SVG % b"<style>a{fill:url(#b)}</style>").note
    assert "damaged" in preview("x.svg", b"<svg><g>").note


def test_a_modo_previews_elements_and_files(tmp_path: Path) -> None:
    path = tmp_path / "study"
    draft = create_modo(path, name="Study").edit()
    draft.add("data/t", {"@type": "DataEntity", "data_format": "TSV", "data_path": "t.tsv"})
    draft.add("data/none", {"@type": "DataEntity", "data_format": "TSV", "data_path": "gone.tsv"})
    (path / "t.tsv").write_bytes(TSV)
    draft.commit(force=True)
    modo = open_modo(path)
    assert modo.preview("data/t").frame.equals(modo.preview("t.tsv").frame)
    text = repr(modo.preview("data/t", rows=1))
    assert text == "FilePreview('t.tsv': Table, 3 columns)\ngene\ta\tb\nX\t1\t2"
    for wrong in ("data/none", "other.tsv", "../x"):
        with pytest.raises(errors.NotFoundError):
            modo.preview(wrong)
    with pytest.raises(errors.ArgumentError):
        modo.preview("t.tsv", rows="5")  # type: ignore[arg-type]
