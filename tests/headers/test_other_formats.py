"""Heads of annotations, mass spectrometry and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modos_widgets.headers import Contig, read_header
from modos_widgets.storage import BytesRanges

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.headers import FileHeader

GFF = """##gff-version 3.1.26
#!genome-build GRC GRCh38
##species https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id=9606
##sequence-region chr1 1 3000
chr1\t.\tgene\t1\t9\t.\t+\t.\tID=a
chr2\t.\tgene\t1\t9\t.\t+\t.\tID=b
"""
MZTAB = """COM\tmade by hand
MTD\tmzTab-version\t1.0.0
MTD\tsample[1]-description\tNA1
MTD\tsample[1]-species[1]\t[NEWT, NEWT:9606, Homo sapiens (Human), ]
MTD\tsample[2]-description\tÜnï
MTD\tassay[1]-sample_ref\tsample[1]

PRH\taccession
"""
MZML = """<?xml version="1.0" encoding="utf-8"?>
<indexedmzML xmlns="http://psi.hupo.org/ms/mzml"><mzML version="1.1.0">
<sampleList count="1"><sample id="s1" name="NA1">
<cvParam cvRef="NEWT" accession="NEWT:9606" name="Homo sapiens"/></sample></sampleList>
<run id="r"><spectrumList/></run></mzML></indexedmzML>
"""


def read(name: str, text: str | bytes) -> FileHeader:
    return read_header(BytesRanges(name, text if isinstance(text, bytes) else text.encode()))


def test_gff_states_assembly_species_and_sequences() -> None:
    header = read("genes.gff3", GFF)

    assert (header.format, header.version) == ("GFF", "3.1.26")
    assert header.assemblies == ("GRCh38",)
    assert header.species == ("NCBITaxon:9606",)
    assert header.contigs == (Contig("chr1", 3000), Contig("chr2"))
    assert not header.all_contigs
    assert "nine columns" in read("genes.gtf", "chr1\t1\t2\n").problem


def test_bed_names_sequences() -> None:
    header = read("peaks.bed.gz", "track name=x\nchr1\t0\t5\nchr9\t1\t2\tpeak\n")

    assert header.format == "BED"
    assert [contig.name for contig in header.contigs] == ["chr1", "chr9"]
    assert "three columns" in read("peaks.bed", "chr1\tx\t5\n").problem


def test_mztab_states_samples_and_species() -> None:
    header = read("proteins.mztab", MZTAB.partition("\n")[2])

    assert header.summary() == "mzTab 1.0.0, samples NA1, Ünï, NCBITaxon:9606"
    assert read("lipids.mztab", "MTD\tmzTab-version\t2.0\nMTD\tsample[1]\tA\n").samples == ("A",)


@pytest.mark.parametrize(
    ("parameter", "species"),
    [
        ("[NEWT, 9606, Homo sapiens (Human), ]", "NCBITaxon:9606"),
        ("[NCBITaxon, NCBITaxon:10090, Mus musculus, ]", "NCBITaxon:10090"),
        ("[, , Homo sapiens, ]", "Homo sapiens"),
        ("mouse", "mouse"),
    ],
)
def test_a_species_of_mztab_is_an_accession_in_each_spelling(parameter: str, species: str) -> None:
    text = f"MTD\tmzTab-version\t1.0.0\nMTD\tsample[1]-species[1]\t{parameter}\n"
    assert read("x.mztab", text).species == (species,)


def test_mzml_states_samples_and_its_end() -> None:
    header = read("spectra.mzML", MZML)

    assert header.summary() == "mzML 1.1.0, sample NA1, NCBITaxon:9606"
    assert header.complete
    assert "end tag" in read("spectra.mzML", MZML[:-20]).truncated
    assert read("spectra.mzML", MZML[:200]).truncated
    assert "well-formed" in read("spectra.mzML", MZML.replace("</sample>", "")).problem


def test_xml_entities_are_refused() -> None:
    entities = '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">'
    text = MZML.replace("?>\n", f"?>\n<!DOCTYPE mzML [{entities}]>\n")

    assert "entities" in read("x.mzML", text).problem


def test_parquet_states_its_shape(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    pq.write_table(pa.table({"gene": ["a", "b", "c"], "NA1": [1, 2, 3]}), path)

    header = read_header(path)
    assert (header.shape, header.columns) == ((3, 2), ("gene", "NA1"))
    assert read("counts.parquet", path.read_bytes()[:-4]).truncated
    broken = bytearray(path.read_bytes())
    broken[-500:-8] = b"\xff" * 492
    assert read("counts.parquet", bytes(broken)).problem
