"""The folder of a sequencing pipeline becomes an object, on disk and on S3."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import zarr

from modos_widgets import Progress, create_modo, describe, open_modo
from modos_widgets.errors import (
    ArgumentError,
    InvalidMetadataError,
    NotFoundError,
    PathError,
)
from tests.parts.omics_files import sam_text, tool, vcf_text, write_reference
from tests.parts.pipeline_folder import SAMPLES
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Draft
    from tests.parts.s3 import S3Server


def sources(draft: Draft, element: str) -> dict[str, tuple[str, str]]:
    assert draft.known_from is not None
    rows = draft.known_from[draft.known_from["element"] == element]
    return {slot: (file, detail) for _, slot, _, file, detail in rows.to_numpy().tolist()}


def unused(draft: Draft) -> dict[str, str]:
    assert draft.known_from is not None
    rows = draft.known_from[draft.known_from["element"] == ""]
    return dict(zip(rows["file"], rows["detail"], strict=True))


def check_described(draft: Draft, files: dict[str, str]) -> None:
    """Check what a draft says of the folder; `files` maps the id of data to its data_path."""
    elements = draft.elements()
    for place, sample in enumerate(SAMPLES):
        own = elements[f"sample/{sample.lower()}"]
        assert own["name"] == sample
        assert own["sex"] == ("Female", "Male")[place % 2]
        assert own["taxon_id"] == ["http://purl.obolibrary.org/obo/NCBITaxon_9606"]
    for element, path in files.items():
        assert elements[element]["data_path"] == path
    alignments = elements["data/p03.recal"]
    assert alignments["@type"] == "AlignmentSet"
    assert alignments["data_format"] == "CRAM"
    assert alignments["has_sample"] == ["sample/p03"]
    assert alignments["has_reference"] == ["reference/genome"]
    variants = elements["data/p03"]
    assert (variants["@type"], variants["data_format"]) == ("VariantSet", "VCF")
    assert variants["has_sample"] == ["sample/p03"]
    assert variants["has_reference"] == ["reference/genome"]
    counts = elements["data/gene_counts"]
    assert (counts["@type"], counts["data_format"]) == ("Array", "TSV")
    assert counts["has_sample"] == [f"sample/{sample.lower()}" for sample in SAMPLES]
    reference = elements["reference/genome"]
    assert reference["has_sequence"] == ["sequence/chr1", "sequence/chr2", "sequence/chrm"]
    assert reference["version"] == "toy1"
    assert reference["taxon_id"] == ["http://purl.obolibrary.org/obo/NCBITaxon_9606"]
    assert len(elements["assay/assay"]["has_data"]) == 2 * len(SAMPLES) + 1
    recal = "preprocessing/P03/P03.recal.cram"
    assert sources(draft, "data/p03.recal")["has_sample"] == (recal, "read groups")
    assert sources(draft, "sample/p03")["sex"] == ("samplesheet.csv", "row 4, column sex")
    where = sources(draft, "sequence/chr1")
    assert where["name"][0] == "reference/genome.fasta.fai"
    assert where["sequence_md5"] == ("preprocessing/P01/P01.recal.cram", "header, M5")
    assert set(unused(draft)) == {"multiqc/multiqc_report.html", "pipeline_info/params.json"}
    # the one question that no file answers
    assert [(each.element, each.slot) for each in draft.new_errors()] == [
        ("assay/assay", "omics_type")
    ]


def errors_of(path: str, **options: Any) -> list[str]:
    found = open_modo(path, **options).validate(checksums=True)
    return [each.message for each in found if each.severity == "error"]


def md5(fasta: Path, name: str) -> str:
    text = tool("samtools", "faidx", fasta, name).split("\n", 1)[1]
    return hashlib.md5("".join(text.split()).encode(), usedforsecurity=False).hexdigest()


def test_files_are_copied_into_a_new_object_by_the_commit(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "run"
    seen: list[Progress] = []
    draft = describe(pipeline_folder, target, on_progress=seen.append)
    assert not target.exists()
    assert seen[-1].path
    check_described(draft, {"data/p03.recal": "P03.recal.cram", "reference/genome": "genome.fasta"})
    sequence = draft.elements()["sequence/chr2"]["sequence_md5"]
    assert sequence == md5(pipeline_folder / "reference" / "genome.fasta", "chr2")
    with pytest.raises(InvalidMetadataError):
        draft.commit()
    assert not target.exists()
    draft.set("assay/assay", "omics_type", ["GENOMICS"])
    draft.commit("Described")
    assert not errors_of(str(target))
    stored = {path.name for path in target.iterdir()}
    assert {"P03.recal.cram", "P03.recal.cram.crai", "P03.vcf.gz.tbi", "genome.fasta.fai"} <= stored
    assert not list(pipeline_folder.rglob("data.zarr"))
    assert not describe(pipeline_folder, target)  # all of it is there


def test_a_folder_becomes_the_object_itself_and_can_be_described_again(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(pipeline_folder, folder)
    create_modo(folder / "inner" / "other")
    create_modo(folder / "gone").delete()
    (folder / ".hidden.vcf").write_text(vcf_text({"chr1": "ACGT" * 50}, ("Hidden",)))
    zarr.create_array(folder / "counts" / "cells.zarr", shape=(4, 12), dtype="f4")
    (folder / "empty.zarr").mkdir()
    (folder / "empty.zarr" / "0.0").write_bytes(b"chunk")
    draft = describe(folder)
    content = "content: Zarr 3, 4 x 12"
    assert sources(draft, "data/cells")["data_format"] == ("counts/cells.zarr", content)
    assert unused(draft).pop("empty.zarr") == "The folder has no zarr metadata."
    names = {
        "data/p03.recal": "preprocessing/P03/P03.recal.cram",
        "data/cells": "counts/cells.zarr",
        "reference/genome": "reference/genome.fasta",
    }
    assert unused(draft).pop("inner/other") == "An object of its own."
    assert {name: draft.current(name, "data_path") for name in names} == names
    samples = [name for name in draft.elements() if name.startswith("sample/")]
    assert samples == [f"sample/{name.lower()}" for name in SAMPLES]
    assert "data/deleted" not in draft.elements()
    draft.set("assay/assay", "omics_type", ["GENOMICS"])
    draft.commit()
    assert not errors_of(str(folder))
    count = len(draft.elements())

    shutil.copy(folder / "preprocessing/P01/P01.recal.cram", folder / "again.cram")
    (folder / "outside.vcf.gz").symlink_to(pipeline_folder / "variant_calling/P01/P01.vcf.gz")
    again = describe(folder)
    assert len(again.elements()) == count + 1
    assert again.elements()["data/again"]["has_sample"] == ["sample/p01"]
    assert again.elements()["data/again"]["has_reference"] == ["reference/genome"]
    assert "data/again" in again.elements()["assay/assay"]["has_data"]
    assert unused(again)["outside.vcf.gz"] == "A link that leads out of the folder."
    assert not again.new_errors()


def test_an_object_in_the_source_is_added_to_and_not_described(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    shutil.copytree(pipeline_folder / "variant_calling", folder / "variant_calling")
    target = create_modo(folder / "object", "study")
    draft = target.edit()
    sample = draft.add("sample/first", {"name": "P01"})
    draft.commit()
    (folder / "object" / "P99.vcf.gz").write_bytes(
        (folder / "variant_calling/P01/P01.vcf.gz").read_bytes()
    )
    draft = describe(folder, target)
    assert "data/p99" not in draft.elements()
    assert draft.elements()["data/p01"]["has_sample"] == [sample]
    assert len(draft.elements()) == 1 + len(SAMPLES) * 2 + 1
    assert draft.undo()
    assert not draft


def test_a_prefix_on_s3_is_described_with_ranges(
    pipeline_folder: Path, seaweedfs: S3Server
) -> None:
    bucket = seaweedfs.bucket()
    client = seaweedfs.client()
    for file in pipeline_folder.rglob("*"):
        if file.is_file():
            key = f"runs/one/{file.relative_to(pipeline_folder).as_posix()}"
            client.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
    before = set(seaweedfs.keys(bucket))
    options: dict[str, Any] = {
        "services": {"s3": seaweedfs.endpoint},
        "s3_kwargs": seaweedfs.s3_kwargs,
    }
    draft = describe(f"s3://{bucket}/runs/one", **options)
    check_described(draft, {"data/p03.recal": "preprocessing/P03/P03.recal.cram"})
    other = describe(f"s3://{bucket}/runs/one", f"s3://{bucket}/objects/one", **options)
    check_described(other, {"data/p03.recal": "P03.recal.cram"})
    assert set(seaweedfs.keys(bucket)) == before
    for each in (draft, other):
        each.set("assay/assay", "omics_type", ["GENOMICS"])
        each.commit()
        assert not errors_of(each.modos[0].path, **options)
    assert f"objects/one/{SAMPLES[0]}.vcf.gz.tbi" in seaweedfs.keys(bucket)


def test_sources_follow_a_renamed_element(pipeline_folder: Path, tmp_path: Path) -> None:
    draft = describe(pipeline_folder, tmp_path / "run")
    before = sources(draft, "sample/p03")
    links = sources(draft, "data/p03")
    assert draft.rename("sample/p03", "third") == "sample/third"
    assert draft.rename("sample/third", "patient") == "sample/patient"
    assert sources(draft, "sample/patient") == before
    assert not sources(draft, "sample/p03")
    evidence, rows = draft.evidence, draft.known_from
    assert evidence is not None
    assert rows is not None
    row = rows[(rows["element"] == "data/p03") & (rows["slot"] == "has_sample")]
    assert row["value"].tolist() == [["sample/patient"]]

    def source(element: str, slot: str) -> str:
        return evidence.source(element, slot, draft.current(element, slot))

    assert source("sample/patient", "sex") == ": ".join(before["sex"])
    assert source("data/p03", "has_sample") == ": ".join(links["has_sample"])
    draft.set("data/p03", "has_sample", ["sample/p01"])
    assert not source("data/p03", "has_sample")
    for _ in range(3):
        assert draft.undo()
    assert sources(draft, "sample/p03") == before
    assert source("data/p03", "has_sample") == ": ".join(links["has_sample"])


def test_files_on_s3_are_read_side_by_side_for_their_checksums(
    pipeline_folder: Path, seaweedfs: S3Server, tmp_path: Path
) -> None:
    bucket = seaweedfs.bucket()
    client = seaweedfs.client()
    contents = {
        f"one/{path.name}": path.read_bytes()
        for path in sorted((pipeline_folder / "preprocessing").rglob("*.cra*"))
    }
    for key, content in contents.items():
        client.put_object(Bucket=bucket, Key=key, Body=content)
    with Proxy(seaweedfs.endpoint, delay=0.02) as proxy:
        options: dict[str, Any] = {
            "services": {"s3": proxy.endpoint},
            "s3_kwargs": seaweedfs.s3_kwargs,
        }
        draft = describe(f"s3://{bucket}/one", tmp_path / "run", **options)
        asked, waited = proxy.count(), proxy.round_trips
        assert waited * 3 < asked
        key = f"one/{SAMPLES[0]}.recal.cram"
        checksum = draft.current(f"data/{SAMPLES[0].lower()}.recal", "data_checksum")
        assert checksum == hashlib.blake2b(contents[key]).hexdigest()
        draft.set("assay/assay", "omics_type", ["GENOMICS"])
        draft.commit(force=True)
    stored = {path.name for path in (tmp_path / "run").iterdir()} - {"data.zarr"}
    assert stored == {key.removeprefix("one/") for key in contents}


def test_a_file_is_linked_only_to_the_reference_that_has_its_contigs(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    first = write_reference(folder / "one.fa", 1)
    second = write_reference(folder / "two.fa", 2)
    tool("samtools", "view", "-b", "-o", folder / "P1.bam", "-", stdin=sam_text(second, ("P1",)))
    (folder / "P2.vcf").write_text(vcf_text(first, ("P2", "P3")))
    (folder / "P4.vcf").write_text(vcf_text({"chr9": "ACGT" * 50}, ("P4",)))
    draft = describe(folder, tmp_path / "object")
    elements = draft.elements()
    assert elements["data/p1"]["has_reference"] == ["reference/two"]
    assert "has_reference" not in elements["data/p2"]  # lengths and names are the same in both
    assert "has_reference" not in elements["data/p4"]
    assert elements["data/p2"]["has_sample"] == ["sample/p2", "sample/p3"]
    assert (
        elements["reference/two"]["has_sequence"][0] != elements["reference/one"]["has_sequence"][0]
    )
    assert {(each.element, each.slot) for each in draft.new_errors()} == {
        ("data/p1", "data_format"),  # the schema has no format for BAM
        ("assay/assay", "omics_type"),
    }


@pytest.mark.parametrize("compressed", [False, True])
def test_md5_of_sequences_are_computed_on_request(tmp_path: Path, *, compressed: bool) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    fasta = folder / "large.fa"
    sequences = write_reference(fasta, contigs={"a": 1_300_000, "b": 70_000})
    if compressed:
        tool("bgzip", fasta)
        fasta.with_suffix(".fa.fai").unlink()
    plain = describe(folder, tmp_path / "object")
    assert plain.current("reference/large", "has_sequence") == (
        None if compressed else ["sequence/a", "sequence/b"]
    )
    draft = describe(folder, tmp_path / "object", sequence_md5=True)
    found = [draft.current(f"sequence/{name}", "sequence_md5") for name in "ab"]
    assert found == [
        hashlib.md5(bases.encode(), usedforsecurity=False).hexdigest()
        for bases in sequences.values()
    ]


def test_read_pairs_get_the_sample_of_their_name_or_of_the_sheet(tmp_path: Path) -> None:
    folder = tmp_path / "fastq"
    folder.mkdir()
    record = "@r1\nACGT\n+\nIIII\n"
    for stem in ("S1_S1_L001", "S2_S7_L001", "lane9"):
        for read in (1, 2):
            (folder / f"{stem}_R{read}_001.fastq").write_text(record)
    (folder / "samplesheet.csv").write_text(
        "sample,fastq_1,fastq_2,library_strategy\n"
        "Liver,/data/lane9_R1_001.fastq,/data/lane9_R2_001.fastq,RNA-Seq\n"
    )
    elements = describe(folder, tmp_path / "object").elements()
    samples = {
        element: attributes["has_sample"]
        for element, attributes in elements.items()
        if element.startswith("data/")
    }
    assert samples == {
        f"data/{stem.lower()}_r{read}_001": [f"sample/{sample}"]
        for stem, sample in (("S1_S1_L001", "s1"), ("S2_S7_L001", "s2"), ("lane9", "liver"))
        for read in (1, 2)
    }
    assert elements["assay/transcriptomics"] == {
        "@type": "Assay",
        "has_data": ["data/lane9_r1_001", "data/lane9_r2_001"],
        "omics_type": ["TRANSCRIPTOMICS"],
    }
    assert len(elements["assay/assay"]["has_data"]) == 4


def test_a_source_without_files_and_other_arguments_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for source, error in (("empty", NotFoundError), ("none", NotFoundError), ("file", PathError)):
        with pytest.raises(error):
            describe(tmp_path / source, tmp_path / "object")
    with pytest.raises(ArgumentError):
        describe(tmp_path, 5)  # type: ignore[arg-type]
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "file"}
