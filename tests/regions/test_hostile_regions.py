"""Hostile indexes and headers: a region costs little, and every failure is an error of ours."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import tracemalloc
import zlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from modos_widgets.errors import BrokenFileError, OptionError, UnsupportedError
from modos_widgets.headers import FIRST_BLOCK, BinnedIndex, HeaderError, read_header
from modos_widgets.regions import ALIGNMENT_COLUMNS, GenomeFile, Locus, lay_out_reads, parse_locus
from modos_widgets.storage import BytesRanges, LocalRanges
from tests.parts.checkout import ROOT
from tests.parts.omics_files import tool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.genome_files import GenomeStudy

LARGEST = 2**31 - 1


def opened(name: str, data: bytes, index: bytes, gzi: bytes | None = None) -> GenomeFile:
    return GenomeFile(
        BytesRanges(name, data),
        [partial(BytesRanges, "index", index)],
        block_index=None if gzi is None else partial(BytesRanges, "gzi", gzi),
    )


def test_bins_as_small_as_a_base_are_not_listed() -> None:
    section = struct.pack("<iIQi2Q", 1, 0, 0, 1, 1 << 16, 2 << 16)
    index = BinnedIndex(b"CSI\1" + struct.pack("<4i", 0, 20, 0, 1) + section)
    assert index.find(0, 0, LARGEST).chunks == [(1 << 16, 2 << 16)]


def test_an_index_of_too_many_contigs_is_refused() -> None:
    index = b"CSI\1" + struct.pack("<4i", 14, 5, 0, 3_000_000) + bytes(12_000_000)
    with pytest.raises(HeaderError, match="more than 500,000"):
        BinnedIndex(index)


def test_positions_behind_the_end_of_a_fasta_file_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_bytes(b">a\nACGTACGTA\n")
    (tmp_path / "a.fa.fai").write_bytes(b"a\t9\t1000000000000\t1\t900000000000000000\n")
    index = partial(LocalRanges, tmp_path / "a.fa.fai")
    with pytest.raises(BrokenFileError, match="does not fit"):
        GenomeFile(LocalRanges(tmp_path / "a.fa"), [index]).read("a:9")


def test_a_block_index_without_blocks_does_not_read_the_whole_file(
    genome_study: GenomeStudy,
) -> None:
    data = genome_study.path("ref.fa.gz").read_bytes()
    index = genome_study.path("ref.fa.gz.fai").read_bytes()
    file = opened("ref.fa.gz", data, index, struct.pack("<Q", 0))
    with pytest.raises(BrokenFileError, match="does not fit"):
        file.read("chr1:200,000-200,010")


def test_a_contig_longer_than_the_format_allows_is_refused(tmp_path: Path) -> None:
    text = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:a\tLN:3000000000\n"
    (tmp_path / "a.sam").write_text(text)
    tool("samtools", "view", "-O", "cram", "-o", "a.cram", "a.sam", cwd=tmp_path)
    bam = b"BAM\1" + struct.pack("<i", len(text)) + text.encode()
    bam += struct.pack("<ii2si", 1, 2, b"a\0", LARGEST)
    (tmp_path / "plain.bam").write_bytes(bam)
    tool("bgzip", "plain.bam", cwd=tmp_path)
    bai = b"BAI\1" + struct.pack("<iii", 1, 0, 0)
    for name, data, index in (
        ("a.bam", (tmp_path / "plain.bam.gz").read_bytes(), bai),
        ("a.cram", (tmp_path / "a.cram").read_bytes(), b""),
    ):
        with pytest.raises(UnsupportedError, match="longer than"):
            opened(name, data, index).read("a:1-10")


@pytest.mark.parametrize(("text", "length"), [("a", 0), ("a:5-6", 0), ("a:9,999,999,999", None)])
def test_a_region_is_never_empty(text: str, length: int | None) -> None:
    with pytest.raises(OptionError, match="outside the contig"):
        parse_locus(text, {"a": length})


def test_alignments_that_end_behind_all_positions_are_laid_out() -> None:
    row = ("r", 0, "a", LARGEST - 10, LARGEST + 2**30, 0, "5M1073741824N5M", "ACGTACGTAC")
    frame = pd.DataFrame([row], columns=list(ALIGNMENT_COLUMNS))
    pile_up = lay_out_reads(frame, Locus("a", LARGEST - 20, LARGEST), None, most=5)
    assert pile_up.reads[0, 1] == LARGEST
    assert pile_up.gaps[0, 2] == LARGEST


def test_the_coverage_of_a_long_region_is_that_of_each_base() -> None:
    randomly = random.Random(8)  # noqa: S311 - places, not a secret
    locus = Locus("a", 5_000, 20_000_000)
    depth = np.zeros(locus.end - locus.start + 1, np.int64)
    rows = []
    for start in sorted(randomly.randrange(20_000_000) for _ in range(3000)):
        begin, end = max(start, locus.start), min(start + 50_000, locus.end)
        depth[begin - locus.start : end - locus.start] += end > begin
        rows.append(("r", 0, "a", start, start + 50_000, 0, "50000M", None))
    frame = pd.DataFrame(rows, columns=list(ALIGNMENT_COLUMNS))
    tracemalloc.start()
    pile_up = lay_out_reads(frame, locus, None, most=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    edges = range(0, locus.end - locus.start, pile_up.bin_size)
    assert pile_up.coverage.tolist() == [
        depth[edge : edge + pile_up.bin_size].max() for edge in edges
    ]
    assert peak < 10 * 2**20  # and not some bytes for each base


def test_numbers_of_contigs_in_bcf_need_not_be_in_order(tmp_path: Path) -> None:
    """The dictionary of a BCF file is numbered by IDX (VCF specification, 6.2.1)."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=b,length=1000,IDX=1>"]
    lines += ["##contig=<ID=a,length=1000,IDX=0>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{name}\t10\tin_{name}\tA\tC\t.\t.\t." for name in "ab"]
    (tmp_path / "a.vcf").write_text("\n".join(lines) + "\n")
    tool("bcftools", "view", "--no-version", "-Ob", "-o", "a.bcf", "a.vcf", cwd=tmp_path)
    tool("bcftools", "index", "a.bcf", cwd=tmp_path)
    data, index = ((tmp_path / name).read_bytes() for name in ("a.bcf", "a.bcf.csi"))
    for name in "ab":
        assert list(opened("a.bcf", data, index).read(name)["id"]) == [f"in_{name}"]


END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def stored(data: bytes) -> bytes:
    """Return a block of BGZF that is not compressed: 31 bytes more than its data."""
    body = struct.pack("<B2H", 1, len(data), len(data) ^ 0xFFFF) + data
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def one_record(name: str, header: bytes) -> GenomeFile:
    """Return a file of one variant at c1:5, with its index; the first block has 64 KiB."""
    if name == "calls.bcf":
        header = b"BCF\2\2" + struct.pack("<I", len(header) + 1) + header + b"\0"
        record = struct.pack("<3if2I", 0, 4, 1, 1.0, 2 << 16, 0) + b"\x07\x17A\x17C\x00"
        record = struct.pack("<2I", len(record), 0) + record
    else:
        record = b"c1\t5\t.\tA\tC\t1\tPASS\t.\n"
    size = FIRST_BLOCK - 31
    parts = [header[begin : begin + size] for begin in range(0, len(header), size)]
    data = b"".join(map(stored, parts))
    chunk = struct.pack("<2Q", len(data) << 16, (len(data) << 16) + len(record))
    index = b"TBI\1" + struct.pack("<8i", 1, 2, 1, 2, 0, 35, 0, 3) + b"c1\0"
    index += struct.pack("<iIi", 1, 4681, 1) + chunk + struct.pack("<iQ", 1, len(data) << 16)
    return opened(name, data + stored(record) + END, stored(index))


@pytest.mark.parametrize("name", ["calls.vcf.gz", "calls.bcf"])
@pytest.mark.parametrize("more", [-1, 0, 1, 40])
def test_a_header_that_ends_near_the_end_of_the_first_request(name: str, more: int) -> None:
    """The first 64 KiB of the file are whole blocks, and the header goes on behind them."""
    begin = b"##fileformat=VCFv4.2\n##contig=<ID=c1,length=1000>\n##x="
    end = b"\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    left = FIRST_BLOCK - 31 + more - len(begin) - len(end)
    file = one_record(name, begin + b"x" * left + end)
    assert read_header(file._ranges).complete
    assert list(file.contigs) == ["c1"]
    assert list(file.read("c1")["position"]) == [5]


def test_samples_behind_the_first_request_are_columns() -> None:
    names = [b"sample%06d" % number for number in range(8000)]
    header = b"##fileformat=VCFv4.2\n##contig=<ID=c1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER"
    header += b"\tINFO\tFORMAT\t" + b"\t".join(names) + b"\n"
    assert len(one_record("calls.vcf.gz", header).header.samples) == len(names)


DEFINITION = b'##INFO=<ID=a%d,Number=1,Type=Integer,Description="">\n'
BOMBS = {
    "definitions": lambda: b"".join(DEFINITION % number for number in range(150_000)),
    "contigs": lambda: b"".join(b"##contig=<ID=c%d>\n" % number for number in range(150_000)),
    "other lines": lambda: b"".join(b"##x%d=<ID=a>\n" % number for number in range(150_000)),
    "text": lambda: DEFINITION[:-4] % 1 + b"x" * 7 * 2**20 + b'">\n',
}
PROGRAM = """
import sys
from modos_widgets.errors import ModosError
from tests.regions.test_hostile_regions import BOMBS, one_record
def memory(name):
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith(name)).split()[1]) // 1024
end = b"#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\n"
one_record("calls.vcf.gz", b"##fileformat=VCFv4.2\\n##contig=<ID=c1>\\n" + end).read("c1")
file = one_record(sys.argv[1], b"##fileformat=VCFv4.2\\n" + BOMBS[sys.argv[2]]() + end)
file.header
open("/proc/self/clear_refs", "w").write("5")  # the peak starts again
before = memory("VmRSS")
try:
    file.read("c1")
except ModosError as error:
    print(error.message)
print(memory("VmHWM") - before)
"""


@pytest.mark.traffic
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", ["calls.vcf.gz", "calls.bcf"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_header_of_variants_costs_little_memory(name: str, bomb: str) -> None:
    command = [sys.executable, "-c", PROGRAM, name, bomb]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert int(done.stdout.splitlines()[-1]) <= 64, done.stdout
