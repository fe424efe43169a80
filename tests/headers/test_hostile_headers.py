"""Damaged and hostile files: no crash, and the bounds of memory and time hold."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.headers import check_index, read_header, read_index
from modos_widgets.headers.header_stream import LONGEST_SECONDS
from modos_widgets.storage import BytesRanges
from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.omics_files import Study

NAMES = [
    "reads.sam.gz", "reads.bam", "plain.bam", "reads2.1.cram", "reads3.0.cram", "reads3.1.cram",
    "calls.vcf", "calls.vcf.gz", "calls.bcf", "plain.bcf", "ref.fa.gz", "reads.bam.bai",
    "reads.bam.csi", "reads3.0.cram.crai", "calls.vcf.gz.tbi", "ref.fa.fai", "ref.fa.gz.gzi",
]  # fmt: skip
MEMORY = 4 * 64
"""MiB."""


def read(name: str, data: bytes) -> None:
    ranges = BytesRanges(name, data)
    header = read_header(ranges)
    header.summary()
    check_index(read_index(ranges), header, ranges)


@given(
    name=st.sampled_from(NAMES),
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), max_size=4),
    end=st.floats(0, 1),
)
def test_damaged_files_are_read_without_a_crash(
    study: Study, name: str, edits: list[tuple[float, bytes]], end: float
) -> None:
    data = bytearray(study.data(name))
    for place, new in edits:
        begin = int(place * min(len(data), 600))
        data[begin : begin + len(new)] = new
    read(name, bytes(data[: int(len(data) * end) or 1]))


@given(head=st.sampled_from([b"BAM\1", b"CRAM\3\0", b"BCF\2\2", b"BAI\1", b"CSI\1", b"TBI\1",
                             b"##fileformat=VCF", b"@HD\t", b"PAR1", b"MTD\tmzTab-", b"<mzML>"]),
       rest=st.binary(max_size=200))  # fmt: skip
def test_bytes_behind_a_magic_are_read_without_a_crash(head: bytes, rest: bytes) -> None:
    for name in ("x", "x.bai", "x.crai", "x.fai", "x.gzi", "x.gtf", "x.bed"):
        read(name, head + rest)


def bgzf(data: bytes) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(data) + packed.flush()
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def bomb(head: bytes, piece: bytes, blocks: int = 2200) -> bytes:
    return bgzf(head) + bgzf((piece * 65000)[: 64 * 1024 - 256]) * blocks


HOSTILE: dict[str, Callable[[], bytes]] = {
    "endless.bam": lambda: bomb(b"BAM\1" + struct.pack("<i", 2**31 - 1), b"\0"),
    "contigs.bam": lambda: bomb(b"BAM\1" + struct.pack("<ii", 0, 2**31 - 1), b"\1\0\0\0\0\0\0\0\0"),
    "long.vcf.gz": lambda: bomb(b"##fileformat=VCFv4.2\n", b"#"),
    "lines.vcf.gz": lambda: bomb(b"##fileformat=VCFv4.2\n", b"##contig=<ID=a>\n"),
    "tags.sam.gz": lambda: bomb(b"@HD\tVN:1\n", b"@SQ\tSN:a\tLN:1\n"),
    "newlines.sam.gz": lambda: bomb(b"@HD\tVN:1\n", b"@\n"),
    "empty.bam": lambda: bgzf(b"") * 100_000,
    "bins.bai": lambda: b"BAI\1" + struct.pack("<i", 2**31 - 1) + bytes(2**20),
    "bins.csi": lambda: bomb(b"CSI\1" + struct.pack("<4i", 14, 5, 0, 2**31 - 1), b"\0"),
    "names.vcf.gz.tbi": lambda: bomb(
        b"TBI\1" + struct.pack("<8i", 1, 2, 1, 2, 0, 35, 0, 2**31 - 1), b"a\0"
    ),
    "depth.mzML": lambda: b"<mzML>" + b"<a>" * 2_000_000,
    "quotes.vcf": lambda: b'##fileformat=VCFv4\n##contig=<ID="' + b'\\"' * 500_000 + b">\n",
    "fields.vcf": lambda: b"##fileformat=VCFv4\n##contig=<" + b" a" * 500_000 + b">\n",
    "lines.mztab": lambda: b"\n" * 60_000 + b"x",
    "comments.mzML": lambda: b"<!---->" * 9_000 + b"x",
}


LIMIT = 2 * LONGEST_SECONDS + 2
"""Seconds of processor time: of a header, of an index, and of what lies between two checks."""

PROGRAM = """
import resource, time
from tests.headers.test_hostile_headers import HOSTILE, read
read("x.bam", b"BAM")
for name, make in HOSTILE.items():
    data = make()
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    read(name, data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(name, time.thread_time() - begin, peak // 1024)
"""


@pytest.mark.traffic
def test_hostile_headers_cost_little_time_and_memory() -> None:
    """The header is bounded; Python's objects take a few times as much."""
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == list(HOSTILE)
    for name, seconds, peak in rows:
        assert float(seconds) < LIMIT, name
        assert int(peak) < MEMORY, name
