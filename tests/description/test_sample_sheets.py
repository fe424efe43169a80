"""Sheets of other people: what they say, and that a damaged or hostile one does no harm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modos_widgets import describe
from modos_widgets.description.described_files import _matrix_columns
from modos_widgets.description.sample_sheets import (
    LARGEST_SHEET,
    MOST_SAMPLES,
    is_sheet,
    read_sample_sheet,
)

if TYPE_CHECKING:
    from pathlib import Path

HUMAN = "http://purl.obolibrary.org/obo/NCBITaxon_9606"
SHEETS = {
    "samplesheet.csv": "Sample,Gender,Organism,bam\nS1,m,Homo sapiens,/data/x.bam\n",
    "samples.tsv": "sample_id\tsex\ttaxon_id\tfile\nS1\tmale\t9606\tx.bam\n",
    "SampleSheet.csv": "[Header],\nDate,2026\n[Data],\nLane,Sample_ID,sex,species,f\n"
    "1,S1,XY,Homo sapiens (Human),C:\\run\\x.bam\n2,S1,XY,,\n",
    "samples.json": json.dumps(
        {"samples": [{"id": "S1", "sex": "Male", "tax_id": 9606, "path": "x.bam"}]}
    ),
    "study.json": json.dumps(
        {"Samples": {"S1": {"sex": "M", "organism": "homo sapiens", "f": "a/x.bam"}}}
    ),
    "s_study.txt": "Source Name\tSample Name\tCharacteristics[Organism]\tTerm Source REF\t"
    "Term Accession Number\tCharacteristics[sex]\tRaw Data File\n"
    f"donor\tS1\tHomo sapiens\tNCBITAXON\t{HUMAN}\tmale\tx.bam\n",
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_says_who_is_in_which_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "x.bam").write_bytes(b"BAM\x01 damaged")
    (folder / name).write_text(SHEETS[name])
    draft = describe(folder, tmp_path / "object")
    assert draft.current("sample/s1", "name") == "S1"
    assert draft.current("sample/s1", "sex") == "Male"
    assert draft.current("sample/s1", "taxon_id") == [HUMAN]
    assert draft.current("data/x", "has_sample") == ["sample/s1"]
    assert draft.current("data/x", "@type") == "AlignmentSet"
    assert sum(element.startswith("sample/") for element in draft.elements()) == 1


def test_values_that_the_schema_refuses_are_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "a.fastq").write_text("@r\nA\n+\nI\n")
    (folder / "samples.csv").write_text(
        "sample,tissue,sex,description\nS1,left arm,unknown,<b>bold</b>\nS2,UBERON:0002107,F,x\n"
    )
    draft = describe(folder, tmp_path / "object")
    assert set(draft.elements()["sample/s1"]) == {"@type", "name", "description"}
    assert draft.current("sample/s1", "description") == "<b>bold</b>"
    assert draft.current("sample/s2", "source_material") == "UBERON:0002107"
    assert draft.known_from is not None
    refused = draft.known_from[draft.known_from["element"] == ""]["detail"]
    assert [text.partition(":")[0] for text in refused] == [
        "row 2, column tissue",
        "row 2, column sex",
    ]


def test_an_investigation_and_mztab_describe_study_and_samples(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "i_study.txt").write_text('STUDY\nStudy Title\t"Liver"\nStudy Description\tLong\n')
    (folder / "p.mztab").write_text(
        "MTD\tmzTab-version\t2.0.0-M\nMTD\ttitle\tignored\nMTD\tsample[1]\tL1\n"
        "MTD\tsample[1]-species[1]\t[NEWT, 9606, Homo sapiens (Human), ]\n"
        "MTD\tsample[1]-tissue[1]\t[UBERON, UBERON:0002107, liver, ]\nSMH\tSML_ID\n"
    )
    elements = describe(folder, tmp_path / "object").elements()
    assert (elements["object"]["name"], elements["object"]["description"]) == ("Liver", "Long")
    assert elements["sample/l1"]["source_material"] == "UBERON:0002107"
    assert elements["sample/l1"]["taxon_id"] == ["NCBITaxon:9606"]
    assert elements["data/p"]["has_sample"] == ["sample/l1"]
    assert elements["assay/metabolomics"]["omics_type"] == ["METABOLOMICS"]


def test_one_of_several_names_of_a_sample_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "calls.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMEA1\n"
    )
    (folder / "samples.csv").write_text("sample_id,biosample,name\nS1,SAMEA1,Left lobe\n")
    draft = describe(folder, tmp_path / "object")
    assert draft.current("data/calls", "has_sample") == ["sample/s1"]
    assert draft.current("sample/s1", "name") == "Left lobe"


def test_a_file_of_an_impossible_name_is_left_out(tmp_path: Path) -> None:
    for name in ("a.fastq", "b\nc.fastq"):
        (tmp_path / name).write_text("@r\nA\n+\nI\n")
    (tmp_path / "d\ne.zarr").mkdir()
    draft = describe(tmp_path)
    assert [each for each in draft.elements() if each.startswith("data/")] == ["data/a"]
    assert draft.known_from is not None
    left_out = draft.known_from[draft.known_from["element"] == ""]["file"]
    assert set(left_out) == {"b\nc.fastq", "d\ne.zarr"}


def test_only_sheets_are_taken_for_sheets() -> None:
    for name in ("samples.csv", "a/Sample_Sheet.tsv", "metadata.tsv", "s_x.txt", "any.json"):
        assert is_sheet(name), name
    for name in ("counts.tsv", "resampled.csv", "notes.txt", "multiqc_data.txt", "samples.html"):
        assert not is_sheet(name), name


NAMES = st.sampled_from(["samples.csv", "samples.tsv", "s_a.txt", "i_a.txt", "a.json", "a.mztab"])
TEXTS = st.text(max_size=300) | st.lists(
    st.lists(st.sampled_from(["sample", "sex", "S1", "", "term accession number", "\x00", '"'])),
).map(lambda rows: "\n".join(",".join(row) for row in rows))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=4)
        | st.dictionaries(st.sampled_from(["samples", "sample", "id", "sex", ""]), each, max_size=4)
    ),
    max_leaves=20,
).map(json.dumps)


@settings(max_examples=200, deadline=None)
@given(NAMES, TEXTS.map(str.encode) | st.binary(max_size=300) | JSON.map(str.encode))
def test_no_sheet_raises_an_error(name: str, data: bytes) -> None:
    for sample in read_sample_sheet(name, data, {"S1": None}).samples:
        assert sample.name
        assert all(text for text, _ in sample.values.values())
    _matrix_columns(data)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_every_name_of_a_sample_gives_an_id_that_can_be_committed(names: list[str]) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example
    from pathlib import Path as Folder  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        run = Folder(folder) / "run"
        run.mkdir()
        (run / "a.fastq").write_text("@r\nA\n+\nI\n")
        (run / "samples.json").write_text(json.dumps({"samples": names}))
        draft = describe(run, Folder(folder) / "object")
        draft.set("assay/assay", "omics_type", ["GENOMICS"])
        assert not draft.new_errors()
        found = [each["name"] for each in draft.elements().values() if each["@type"] == "Sample"]
        usable = [name.strip() for name in names if name.strip() and name.strip().isprintable()]
        assert found == list(dict.fromkeys(usable))


HOSTILE = {
    "samples.csv": b"sample," + b"," * (LARGEST_SHEET - 10),
    "samples.tsv": b"sample\tsex\n" + b"S\tM\n" * 110_000 + b"L\tM\n",
    "deep.json": b"[" * LARGEST_SHEET,
    "wide.json": b'{"samples":[' + b"1," * (LARGEST_SHEET // 2 - 20) + b"1]}",
    "many.json": json.dumps({"samples": [f"S{n}" for n in range(600_000)]}).encode(),
    "number.json": b'{"samples":[{"id":' + b"9" * 100_000 + b"}]}",
    "sample.csv": b"sample,sample_id,file\n" + b"".join(b"S,%d,\n" % n for n in range(100_000)),
    "p.mztab": b"MTD\tsample[1]\tx\n" * 200_000,
    "q.mztab": b"MTD\tsample[1]\tx\nMTD\tsample[1]-species[1]\t[" + (b" " * 500 + b",") * 3 + b"x",
    "i_x.txt": b'Study Title\t"' + b"x" * LARGEST_SHEET,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sheets_are_bounded(name: str) -> None:
    content = read_sample_sheet(name, HOSTILE[name], {})
    assert len(content.samples) <= MOST_SAMPLES
    assert all(len(sample.name) <= 2_000 for sample in content.samples)
    assert "L" not in {sample.name for sample in content.samples}  # beyond the last row
