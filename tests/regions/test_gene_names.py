"""Regions by the names of genes, in GFF, GTF and BED files."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest

from modos_widgets import create_modo, errors, open_modo
from modos_widgets.regions import Gene, GeneNames
from modos_widgets.storage import BytesRanges
from tests.parts.omics_files import write_reference

if TYPE_CHECKING:
    from pathlib import Path

GFF = """##gff-version 3
chr1\tx\tmRNA\t90\t210\t.\t+\t.\tID=t0;gene_name=ABC1
chr1\tx\tgene\t101\t200\t.\t+\t.\tID=gene:ENSG01.7;Name=ABC1
chr1\tx\tgene\t301\t400\t.\t+\t.\tID=gene-HLA-A;gene=HLA-A;note=not ABC2
chr2\tx\tgene\tfive\t400\t.\t+\t.\tName=BAD1
"""
GTF = """chr2\tx\texon\t11\t20\t.\t+\t.\tgene_id "G1"; gene_name "Abc1";
chr2\tx\texon\t31\t40\t.\t+\t.\tgene_id "G1"; gene_name "Abc1";
"""
BED = "track x\nchr1\t4\t9\tABC1\nchr1\t14\t19\tABC1\nchr3\t1\t2\tABC1\n"
MIB = 2**20


def names(name: str, data: bytes) -> GeneNames:
    return GeneNames(name, lambda: BytesRanges(name, data))


@pytest.mark.parametrize(
    ("name", "data", "gene", "expected"),
    [
        ("a.gff3", GFF, "ABC1", Gene("chr1", 100, 200)),
        ("a.gff3", GFF, "abc1", Gene("chr1", 100, 200)),
        ("a.gff3", GFF, "ENSG01", Gene("chr1", 100, 200)),
        ("a.gff3", GFF, "ensg01.7", Gene("chr1", 100, 200)),
        ("a.gff3", GFF, "HLA-A", Gene("chr1", 300, 400)),
        ("a.gff3", GFF, "ABC2", None),
        ("a.gff3", GFF, "BAD1", None),
        ("a.gff3", GFF, "A", None),
        ("a.gtf", GTF, "ABC1", Gene("chr2", 10, 40)),
        ("a.gtf", GTF, "g1", Gene("chr2", 10, 40)),
        ("a.bed", BED, "ABC1", Gene("chr1", 4, 19)),
        ("a.bed", BED, "track x", None),
    ],
)
def test_genes_are_found_by_name(name: str, data: str, gene: str, expected: Gene | None) -> None:
    assert names(name, data.encode()).find(gene, MIB) == expected
    assert names(f"{name}.gz", gzip.compress(data.encode())).find(gene, MIB) == expected


def test_a_gene_is_found_in_any_place_of_a_large_file() -> None:
    randomly = random.Random(5)  # noqa: S311 - places, not a secret
    places = [(f"G{number}", number * 50 + randomly.randrange(40)) for number in range(60_000)]
    lines = [
        f"chr1\tx\tgene\t{place + 1}\t{place + 9}\t.\t+\t.\tID=x{name};Name={name}\n"
        for name, place in places
    ]
    found = names("a.gff", "".join(lines).encode())
    for name, place in [places[0], *randomly.sample(places, 20), places[-1]]:
        assert found.find(name, 64 * MIB) == Gene("chr1", place, place + 9)


def test_a_file_is_not_read_beyond_the_limit_and_damage_is_named() -> None:
    with pytest.raises(errors.OptionError, match="the limit is 1 MiB"):
        names("a.gff", GFF.encode() + bytes(2 * MIB)).find("ABC1", MIB)
    noise = random.Random(1).randbytes(100_000)  # noqa: S311 - bytes
    damaged = bytearray(gzip.compress(noise + GFF.encode()))
    damaged[5000:5100] = bytes(100)
    with pytest.raises(errors.BrokenFileError, match="searched for a gene"):
        names("a.gff.gz", bytes(damaged)).find("ABC1", MIB)
    long = b"x" * 5 * MIB
    assert names("a.gff", long + b"\n" + GFF.encode()).find("ABC1", 8 * MIB) is not None
    assert names("a.gff", long + b"ABC1").find("ABC1", 8 * MIB) is None


def test_a_region_can_be_a_gene(tmp_path: Path) -> None:
    path = tmp_path / "study"
    draft = create_modo(path, name="Study").edit()
    draft.add("reference/r", {"@type": "ReferenceGenome", "data_path": "r.fa"})
    sequences = write_reference(path / "r.fa", 1, {"1": 500})
    (path / "genes.gff3").write_text(GFF, encoding="utf-8")
    draft.commit(force=True)
    modo = open_modo(path)
    frame = modo.region("reference/r", "ABC1")
    assert frame.attrs["locus"] == "1:101-200"
    assert frame["sequence"][0] == sequences["1"][100:200]
    assert len(modo.region("reference/r", "1:5-9")) == 1
    with pytest.raises(errors.OptionError, match="no contig 'ABC2'"):
        modo.region("reference/r", "ABC2")
    (path / "genes.gff3").write_text(GFF.replace("chr1", "chr7"), encoding="utf-8")
    with pytest.raises(errors.OptionError, match="chr7:101-200, which this file does not have"):
        open_modo(path).region("reference/r", "ABC1")
