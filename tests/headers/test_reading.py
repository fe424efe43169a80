"""Headers are read as pysam reads them, from files of every format, version and compression."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pysam
import pytest

from modos_widgets.headers import Contig, FileHeader, read_header, read_headers
from modos_widgets.storage import BytesRanges
from tests.parts.omics_files import CONTIGS, Study, sam_text, tool

if TYPE_CHECKING:
    from pathlib import Path

ALIGNMENTS = [
    "reads.sam",
    "reads.sam.gz",
    "reads.bam",
    "plain.bam",
    "reads2.1.cram",
    "reads3.0.cram",
    "reads3.1.cram",
]
VARIANTS = ["calls.vcf", "calls.vcf.gz", "calls.bcf", "plain.bcf"]
BGZF = ["reads.bam", "calls.vcf.gz", "calls.bcf", "reads.sam.gz", "ref.fa.gz"]


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_alignments_are_read_as_pysam_reads_them(study: Study, name: str) -> None:
    header = read_header(study.path(name))

    with pysam.AlignmentFile(str(study.path(name)), check_sq=False) as file:
        expected = file.header.to_dict()
    assert [(c.name, c.length, c.md5, c.assembly, c.species) for c in header.contigs] == [
        (sq["SN"], sq["LN"], sq["M5"], sq["AS"], sq["SP"]) for sq in expected["SQ"]
    ]
    assert [(g.id, g.sample, g.library, g.platform) for g in header.read_groups] == [
        (rg["ID"], rg["SM"], rg["LB"], rg["PL"]) for rg in expected["RG"]
    ]
    assert header.samples == ("NA1", "Ünï")
    assert header.sort_order == expected["HD"]["SO"]
    assert header.complete
    assert header.has_records
    assert header.all_contigs


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_are_read_as_pysam_reads_them(study: Study, name: str) -> None:
    header = read_header(study.path(name))

    with pysam.VariantFile(str(study.path(name))) as file:
        expected = [(contig.name, contig.length) for contig in file.header.contigs.values()]
        samples = tuple(file.header.samples)
    assert [(contig.name, contig.length) for contig in header.contigs] == expected
    assert header.samples == samples == ("NA1", "Ünï")
    assert header.assemblies == ("toy1",)
    assert header.reference == "file:///data/toy1.fa"
    assert header.complete
    assert header.has_records


@pytest.mark.parametrize("name", ["ref.fa", "ref.fa.gz"])
def test_a_small_reference_states_its_sequences_with_their_md5(study: Study, name: str) -> None:
    header = read_header(study.path(name))

    assert header.contigs == tuple(
        Contig(contig, size, study.md5(contig)) for contig, size in CONTIGS.items()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reads3.1.cram", "CRAM 3.1, 2 read groups, samples NA1, Ünï, toy1, 3 contigs"),
        ("reads.sam.gz", "SAM 1.6, bgzip, 2 read groups"),
        ("calls.vcf.gz", "VCF 4.2, bgzip, samples NA1, Ünï, toy1"),
        ("calls.bcf", "BCF 2.2, samples NA1, Ünï, toy1"),
        ("reads.fastq", "FASTQ"),
    ],
)
def test_a_header_is_summed_up_in_one_line(study: Study, name: str, text: str) -> None:
    assert read_header(study.path(name)).summary().startswith(text)


@pytest.mark.parametrize("name", BGZF)
def test_a_file_cut_at_any_block_is_truncated(study: Study, name: str) -> None:
    data = study.data(name)
    ends, position = [], 0
    while position < len(data):
        position += int.from_bytes(data[position + 16 : position + 18], "little") + 1
        ends.append(position)
    assert ends[-1] == len(data)

    for end in (*ends[:-1], len(data) - 1, len(data) // 2):
        header = read_header(BytesRanges(name, data[:end]))

        assert header.truncated, end
        assert not header.complete


@pytest.mark.parametrize("name", ["reads2.1.cram", "reads3.0.cram", "reads3.1.cram"])
def test_a_cram_without_its_last_container_is_truncated(study: Study, name: str) -> None:
    data = study.data(name)

    for end in (len(data) - 30, len(data) - 38, len(data) - 1, len(data) // 2, 40):
        assert read_header(BytesRanges(name, data[:end])).truncated, end


def test_empty_and_unknown_files_have_no_format() -> None:
    empty, unknown = (read_header(BytesRanges("x", data)) for data in (b"", b"hello"))

    assert (empty.summary(), empty.format) == ("Empty file", "")
    assert (unknown.summary(), unknown.format) == ("Unknown format", "")


def test_a_bam_without_sequences_in_its_text_names_those_of_its_list(study: Study) -> None:
    with pysam.AlignmentFile(str(study.path("reads.bam"))) as file:
        names = dict(zip(file.references, file.lengths, strict=True))
    raw = gzip.decompress(study.data("reads.bam"))
    size = int.from_bytes(raw[4:8], "little")
    bare = read_header(BytesRanges("x.bam", raw[:4] + bytes(4) + raw[8 + size :]))

    assert {contig.name: contig.length for contig in bare.contigs} == names


def test_a_header_of_100_000_contigs_is_read(study: Study, tmp_path: Path) -> None:
    contigs = {f"scaffold_{number}": "A" for number in range(100_000)}
    path = tmp_path / "many.sam"
    path.write_text(sam_text(contigs, records=0))
    tool("samtools", "view", "-b", "--no-PG", "-o", tmp_path / "many.bam", path)
    tool("samtools", "view", "--no-PG", "-O", "cram,no_ref", "-o", tmp_path / "many.cram", path)

    for header in read_headers([path, tmp_path / "many.bam", tmp_path / "many.cram"]):
        assert len(header.contigs) == 100_000
        assert header.complete
        assert header.has_records is False


def read(data: bytes) -> FileHeader:
    return read_header(BytesRanges("x", data))


def test_damaged_headers_are_a_sentence_and_no_error(study: Study) -> None:
    cram = bytearray(study.data("reads3.0.cram"))
    cram[60] ^= 1
    bam = bytearray(study.data("plain.bam"))

    assert "checksum" in read(bytes(cram)).problem
    assert read(bytes(bam[:200]) + bytes(50)).problem or read(bytes(bam[:200])).truncated
    bgzf = bytearray(study.data("reads.bam"))
    bgzf[30:60] = bytes(30)
    assert read(bytes(bgzf)).problem == "The compressed data are damaged."
    assert "#CHROM" in read(b"##fileformat=VCFv4.2\nchr1\t1\n").problem
    assert read(b"BAM\x01" + b"\xff\xff\xff\x7f").problem == "The header is larger than 64 MiB."
    assert "negative" in read(b"BAM\x01" + b"\xff\xff\xff\xff").problem
