"""`validate(contents=True)`: clean objects have no finding, every injected fault its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import zarr
from flask import Flask, abort, request

from modos_widgets import open_modo
from modos_widgets.demo.server import create_app
from modos_widgets.errors import OptionError
from modos_widgets.storage import LocalRanges
from tests.modo.objects import keys_of
from tests.parts.hdf5_cells import write_cells
from tests.parts.omics_files import Study, sam_text, tool, vcf_text, write_reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.modo import Finding, Modo
    from tests.modo.conftest import Place
    from tests.parts.places import ServeApp

ELEMENTS: dict[str, dict[str, Any]] = {
    "sample/na1": {"@type": "Sample", "name": "NA1", "taxon_id": ["NCBITaxon:9606"]},
    "sample/uni": {"@type": "Sample", "name": "Ünï"},
    "sample/na2": {"@type": "Sample", "name": "NA2"},
    "reference/toy": {
        "@type": "ReferenceGenome",
        "name": "toy1",
        "data_path": "ref.fa",
        "has_sequence": ["sequence/chr1"],
    },
    "sequence/chr1": {"@type": "ReferenceSequence", "name": "chr1"},
}
BOTH = ["sample/na1", "sample/uni"]


def data(path: str, kind: str, form: str, **more: Any) -> dict[str, Any]:
    return {
        "@type": kind,
        "data_path": path,
        "data_format": form,
        "has_sample": BOTH,
        "has_reference": ["reference/toy"],
        **more,
    }


FILES = {
    "data/cram": data("reads3.0.cram", "AlignmentSet", "CRAM"),
    "data/calls": data("calls.vcf.gz", "VariantSet", "VCF"),
    "data/bcf": data("calls.bcf", "VariantSet", "BCF"),
}


class Given:
    """An object whose files and metadata a test changes before it is checked."""

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder, self.study = folder, study
        self.elements = {name: dict(each) for name, each in {**ELEMENTS, **FILES}.items()}
        self.elements["sequence/chr1"]["sequence_md5"] = study.md5("chr1")
        for path in study.folder.iterdir():
            if path.name.startswith(("ref.fa", "reads3.0", "calls.")):
                shutil.copy2(path, folder)
        for name in ("calls.vcf", "ref.fa.gz", "ref.fa.gz.fai", "ref.fa.gz.gzi"):
            (folder / name).unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        return self.folder / name

    def set(self, element: str, **attributes: Any) -> None:
        self.elements[element] |= attributes

    def make(self) -> Modo:
        for key, content in keys_of(self.elements, files={}).items():
            path = self.folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return open_modo(self.folder)

    def found(self, **options: Any) -> list[Finding]:
        self.modo = self.make()
        self.draft = self.modo.edit()
        return list(self.draft.check_files(**options))

    def cram(self, text: str, name: str = "reads3.0.cram", *, index: bool = True) -> None:
        """Replace the alignments."""
        sam = self.folder / "new.sam"
        sam.write_text(text, encoding="utf-8")
        form = "cram,version=3.0,no_ref" if name.endswith("cram") else "bam"
        tool("samtools", "view", "--no-PG", "-O", form, "-o", self.path(name), sam)
        for suffix in (".crai", ".bai"):
            self.path(name + suffix).unlink(missing_ok=True)
        if index:
            tool("samtools", "index", self.path(name))
        sam.unlink()


@pytest.fixture
def given(tmp_path: Path, study: Study) -> Given:
    return Given(tmp_path, study)


def only(given: Given, code: str, element: str, slot: str, **options: Any) -> Finding:
    """Check, and return the only finding, which has this code and place."""
    found = given.found(**options)
    assert [(each.code, each.element, each.slot) for each in found] == [(code, element, slot)]
    return found[0]


def fixed(given: Given, finding: Finding) -> dict[str, Any]:
    """Apply the fix, check that the finding is gone, and return the attributes."""
    assert given.draft.apply_fixes(finding) == 1
    assert finding.key not in {each.key for each in given.draft.check_files()}
    return dict(given.draft.elements()[finding.element])


def test_a_clean_object_has_no_finding(given: Given) -> None:
    assert given.found() == []
    assert not given.modo.validate(contents=True).of_code("sample_mismatch")


def test_another_format_and_class(given: Given) -> None:
    given.set("data/calls", data_format="CRAM")
    assert (
        fixed(given, only(given, "wrong_format", "data/calls", "data_format"))["data_format"]
        == "VCF"
    )
    given.set("data/calls", data_format="VCF", **{"@type": "AlignmentSet"})
    assert fixed(given, only(given, "wrong_class", "data/calls", "@type"))["@type"] == "VariantSet"


def test_content_that_is_not_of_the_format(given: Given) -> None:
    given.path("reads3.0.cram").write_bytes(b"<html>not found</html>")
    assert "wrong_format" in {each.code for each in given.found()}


def test_empty_truncated_and_damaged_files(given: Given) -> None:
    whole = given.path("calls.bcf").read_bytes()
    given.path("calls.bcf.csi").unlink()
    given.path("calls.bcf").write_bytes(b"")
    only(given, "file_empty", "data/bcf", "data_path")
    given.path("calls.bcf").write_bytes(whole[:-28])
    only(given, "file_truncated", "data/bcf", "data_path")
    cram = bytearray(given.path("reads3.0.cram").read_bytes())
    given.path("calls.bcf").write_bytes(whole)
    tool("bcftools", "index", given.path("calls.bcf"))
    cram[50] ^= 0xFF
    given.path("reads3.0.cram").write_bytes(bytes(cram))
    only(given, "header_unreadable", "data/cram", "data_path")


def test_a_swapped_sample(given: Given) -> None:
    given.cram(sam_text(given.study.sequences, ("NA2", "Ünï")))
    finding = only(given, "sample_mismatch", "data/cram", "has_sample")
    assert "sample/na2" in finding.message
    assert fixed(given, finding)["has_sample"] == ["sample/na2", "sample/uni"]


def test_a_sample_too_many_or_too_few(given: Given) -> None:
    given.set("data/calls", has_sample=["sample/na1"])
    assert (
        fixed(given, only(given, "sample_mismatch", "data/calls", "has_sample"))["has_sample"]
        == BOTH
    )
    given.set("data/calls", has_sample=[*BOTH, "sample/na2"])
    assert (
        fixed(given, only(given, "sample_mismatch", "data/calls", "has_sample"))["has_sample"]
        == BOTH
    )


def test_a_sample_that_is_not_linked_or_not_known(given: Given) -> None:
    del given.elements["data/calls"]["has_sample"]
    assert (
        fixed(given, only(given, "sample_not_linked", "data/calls", "has_sample"))["has_sample"]
        == BOTH
    )
    given.set("data/calls", has_sample=BOTH)
    given.cram(sam_text(given.study.sequences, ("NA11", "Ünï")))
    finding = only(given, "sample_unknown", "data/cram", "has_sample")
    assert "Similar: sample/na1" in finding.message
    assert given.found(aliases={"NA11": "sample/na1"}) == []
    with pytest.raises(OptionError):
        given.draft.check_files({"NA11": "sample/none"})


def test_alignments_without_read_groups(given: Given) -> None:
    given.cram(sam_text(given.study.sequences, ()))
    only(given, "samples_not_named", "data/cram", "has_sample")


@pytest.mark.parametrize("change", ["length", "name", "md5"])
def test_another_reference(given: Given, change: str) -> None:
    sequences = dict(given.study.sequences)
    if change == "length":
        sequences["chr2"] += "A"
    elif change == "name":
        sequences["chrX"] = sequences.pop("chrM")
    else:
        sequences["chr1"] = sequences["chr1"][::-1]
    given.cram(sam_text(sequences, ("NA1", "Ünï")))
    finding = only(given, "contig_mismatch", "data/cram", "has_reference")
    assert {"length": "chr2", "name": "chrX", "md5": "chr1"}[change] in finding.message
    assert finding.fix is None

    write_reference(given.path("other.fa"))
    text = "".join(f">{name}\n{bases}\n" for name, bases in sequences.items())
    given.path("other.fa").write_text(text)
    tool("samtools", "faidx", given.path("other.fa"))
    given.elements["reference/other"] = {"@type": "ReferenceGenome", "data_path": "other.fa"}
    finding = only(given, "contig_mismatch", "data/cram", "has_reference")
    assert fixed(given, finding)["has_reference"] == ["reference/other"]


def test_a_reference_that_is_not_linked_or_has_other_names(given: Given) -> None:
    del given.elements["data/calls"]["has_reference"]
    assert fixed(given, only(given, "reference_not_linked", "data/calls", "has_reference"))[
        "has_reference"
    ] == ["reference/toy"]
    given.set("data/calls", has_reference=["reference/toy"])
    bare = {name.removeprefix("chr"): bases for name, bases in given.study.sequences.items()}
    given.cram(sam_text(bare, ("NA1", "Ünï")))
    assert "prefix chr" in only(given, "contig_mismatch", "data/cram", "has_reference").message


def test_a_sequence_with_another_md5(given: Given) -> None:
    given.set("sequence/chr1", sequence_md5="0" * 32)
    finding = only(given, "sequence_mismatch", "sequence/chr1", "sequence_md5")
    assert fixed(given, finding)["sequence_md5"] == given.study.md5("chr1")


def test_lengths_from_the_refget_service_of_the_endpoint(given: Given, serve_app: ServeApp) -> None:
    asked: list[tuple[str, str | None]] = []
    lengths = {given.study.md5("chr1"): len(given.study.sequences["chr1"])}
    service = Flask("refget")

    @service.get("/sequence/<md5>/metadata")
    def metadata(md5: str) -> Any:
        asked.append((md5, request.headers.get("Authorization")))
        known = lengths.get(md5)
        return abort(404) if known is None else {"metadata": {"length": known}}

    url = serve_app(create_app({}, services={"refget": serve_app(service)}))
    given.elements = {name: each for name, each in given.elements.items() if name != "data/cram"}
    given.set("reference/toy", data_path="https://example.org/toy.fa", has_sequence=[])
    for name in ("chr1", "chr2"):
        element = {
            "@type": "ReferenceSequence",
            "name": name,
            "sequence_md5": given.study.md5(name),
        }
        given.elements[f"sequence/{name}"] = element
        given.elements["reference/toy"]["has_sequence"].append(f"sequence/{name}")
    given.make()

    def found() -> list[tuple[str, str]]:
        draft = open_modo(given.folder, endpoint=url).edit()
        return [(each.code, each.element) for each in draft.check_files()]

    assert found() == []  # chr2 is not known
    assert sorted(asked) == sorted((given.study.md5(name), None) for name in ("chr1", "chr2"))
    lengths[given.study.md5("chr1")] += 1
    wrong = [("contig_mismatch", "data/bcf"), ("contig_mismatch", "data/calls")]
    assert sorted(found()) == wrong
    lengths[given.study.md5("chr1")] = -1
    assert found() == [("reference_not_checked", "reference/toy")]
    asked.clear()
    assert not list(open_modo(given.folder).edit().check_files())
    assert not asked


@pytest.mark.parametrize(
    ("stated", "named", "wrong"),
    [
        ("GRCh38", "GRCh37", True),
        ("hg38", "GRCh38.p13", False),
        ("hg19", "GRCh37", False),
        ("mm10", "GRCm39", True),
        ("our own", "GRCh38", False),
        ("GRCh38", "", False),
        ("Homo_sapiens_assembly38", "hg38", False),
    ],
)
def test_another_assembly(given: Given, stated: str, named: str, wrong: bool) -> None:  # noqa: FBT001
    given.set("reference/toy", name="R", version=stated)
    given.cram(sam_text(given.study.sequences, ("NA1", "Ünï"), assembly=named))
    if wrong:
        only(given, "assembly_mismatch", "data/cram", "has_reference")
    else:
        assert given.found() == []


def test_indexes(given: Given) -> None:
    given.path("calls.vcf.gz.tbi").unlink()
    given.path("calls.vcf.gz.csi").unlink()
    only(given, "index_missing", "data/calls", "data_path")
    tool("tabix", given.path("calls.vcf.gz"))
    index = given.path("reads3.0.cram.crai").read_bytes()
    given.cram(sam_text(given.study.sequences, ("NA1", "Ünï"), records=5), index=False)
    given.path("reads3.0.cram.crai").write_bytes(index)
    only(given, "index_mismatch", "data/cram", "data_path")
    text = sam_text(given.study.sequences, ("NA1", "Ünï"))
    given.cram(text.replace("SO:coordinate", "SO:queryname"))
    only(given, "index_unsorted", "data/cram", "data_path")


def test_an_index_that_is_only_older_is_a_note(given: Given) -> None:
    given.path("calls.bcf").touch()
    assert only(given, "index_older", "data/bcf", "data_path").severity == "note"


def test_another_species(given: Given) -> None:
    given.set("sample/na1", taxon_id=["NCBITaxon:10090"])
    finding = only(given, "taxon_mismatch", "sample/na1", "taxon_id")
    assert fixed(given, finding)["taxon_id"] == ["NCBITaxon:9606"]


def test_the_same_file_twice(given: Given) -> None:
    for name in ("calls.bcf", "calls.bcf.csi"):
        shutil.copy2(given.path(name), given.path(f"copy.{name.removeprefix('calls.')}"))
    given.elements["data/copy"] = data("copy.bcf", "VariantSet", "BCF")
    only(given, "same_content", "data/copy", "data_path")


def test_a_name_that_two_samples_have_has_no_fix(given: Given) -> None:
    given.elements["sample/other"] = {"@type": "Sample", "name": "NA1"}
    given.set("data/bcf", has_sample=["sample/uni"])
    assert only(given, "sample_mismatch", "data/bcf", "has_sample").fix is None


def test_many_files_of_one_size_and_head_are_read_once(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = b"@r\nA\n+\nI\n" * 8000
    for number in range(20):
        given.path(f"x{number}.fastq").write_bytes(head + b"%010d" % (number // 19 or number))
        given.elements[f"data/x{number}"] = data(f"x{number}.fastq", "DataEntity", "FASTQ")
    modo, reads = given.make(), list[str]()
    read = LocalRanges.read

    def counted(ranges: LocalRanges, begin: int, end: int) -> bytes:
        reads.append(ranges.name)
        return read(ranges, begin, end)

    monkeypatch.setattr(LocalRanges, "read", counted)
    found = [each for each in modo.edit().check_files() if each.code == "same_content"]
    assert [each.element for each in found] == ["data/x19"]
    assert sum(name.endswith(".fastq") for name in reads) <= 3 * 20


def test_labels_that_do_not_fit_a_matrix(given: Given) -> None:
    given.elements["data/counts"] = {
        "@type": "Array",
        "data_path": "data.zarr/data/counts",
        "data_format": "Zarr",
    }
    given.make()
    group: Any = open_modo(given.folder, mode="r+").storage.zarr["data/counts"]
    group.create_array("X", shape=(3, 2), dtype="f4", dimension_names=("obs", "var"))
    group.create_array("obs", shape=(4,), dtype="i4")
    group.create_array("var", shape=(2,), dtype="i4")
    found = list(open_modo(given.folder).edit().check_files())
    assert [(each.code, each.element) for each in found] == [("shape_mismatch", "data/counts")]


def test_the_matrix_of_an_hdf5_file(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = {"@type": "Array", "data_format": "Zarr"}
    files, elements = {}, {}
    for name, labels in (("good", {}), ("bad", {"var": 3})):
        write_cells(tmp_path / "cells", labels=labels)
        files[f"{name}.h5ad"] = (tmp_path / "cells").read_bytes()
        elements[f"data/{name}"] = {**kind, "data_path": f"{name}.h5ad"}
    files["cut.h5ad"] = files["good.h5ad"][:-1]
    elements["data/cut"] = {**kind, "data_path": "cut.h5ad"}
    place = near.put(keys_of(elements, files=files))
    draft = near.open(place, mode="r").edit()
    formats = {("wrong_format", f"data/{name}", "data_format") for name in ("good", "bad", "cut")}
    assert {(each.code, each.element, each.slot) for each in draft.check_files()} == formats | {
        ("shape_mismatch", "data/bad", "data_path"),
        ("file_truncated", "data/cut", "data_path"),
    }
    assert draft.file_summaries()["good.h5ad"] == "HDF5, anndata 0.1.0, 6 x 4"

    monkeypatch.setattr("modos_widgets.headers.hdf5_files.find_spec", lambda _: None)
    found = {(each.code, each.element) for each in near.open(place, mode="r").edit().check_files()}
    assert {("file_not_checked", "data/good"), ("wrong_format", "data/good")} <= found


@pytest.mark.filterwarnings("ignore:Consolidated metadata")  # of zarr, for format 3
def test_a_zarr_archive_beside_the_object(near: Place, tmp_path: Path) -> None:
    cells = tmp_path / "cells"
    root = zarr.create_group(cells)
    root.create_array("X", shape=(3, 2), dtype="f4")
    root.create_array("layers/raw", shape=(3, 5), dtype="f4")
    for axis, count in (("obs", 3), ("var", 2)):
        root.create_group(axis, attributes={"_index": "name"})
        root.create_array(f"{axis}/name", shape=(count,), dtype="i4")
    zarr.consolidate_metadata(cells)
    files = {f"cells.zarr/{path.relative_to(cells)}": path for path in cells.rglob("zarr.json")}
    keys = {key: path.read_bytes() for key, path in files.items()}
    keys["broken.zarr/zarr.json"] = b"{"
    kind = {"@type": "Array", "data_format": "Zarr"}
    elements: dict[str, Any] = {
        "data/cells": {**kind, "data_path": "cells.zarr"},
        "data/table": {**kind, "data_path": "cells.zarr", "data_format": "TSV"},
        "data/broken": {**kind, "data_path": "broken.zarr"},
    }
    draft = near.open(near.put(keys_of(elements, files=keys)), mode="r").edit()
    assert {(each.code, each.element, each.slot) for each in draft.check_files()} == {
        ("shape_mismatch", "data/cells", "data_path"),  # of the layer only
        ("shape_mismatch", "data/table", "data_path"),
        ("wrong_format", "data/table", "data_format"),
        ("header_unreadable", "data/broken", "data_path"),
    }
    assert draft.file_summaries()["cells.zarr"] == "Zarr 3, 3 x 2"


def test_files_that_a_draft_adds_are_checked(given: Given, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other") / "new.vcf"
    other.write_text(vcf_text(given.study.sequences, ("NA2",)))
    draft = given.make().edit()
    attributes = {name: each for name, each in FILES["data/calls"].items() if name != "data_path"}
    draft.add("data/new", attributes)
    draft.attach("data/new", other)
    found = draft.validate(contents=True).of_code("sample_mismatch")
    assert [each.element for each in found] == ["data/new"]


def test_progress_counts_the_files(given: Given) -> None:
    seen: list[Any] = []
    check: Callable[..., Any] = given.make().edit().check_files
    check(on_progress=seen.append)
    assert [(each.done, each.total) for each in seen] == [(n, 4) for n in range(1, 5)]
