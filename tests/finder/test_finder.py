"""Finder: load, search, refresh, and what the last session knew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import Finder, catalog
from modos_widgets.errors import OptionError
from tests.finder.objects import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    folder = tmp_path / "cohort"
    write(
        folder,
        "p1",
        {
            "sample/s1": {"@type": "Sample", "name": "Tumour", "sex": "Female", "age": 61,
                          "source_material": "http://purl.obolibrary.org/obo/UBERON_0002107"},
            "sample/s2": {"@type": "Sample", "name": "Blood", "sex": "Male", "age": 33},
            "assay/rna": {"@type": "Assay", "name": "RNA-seq", "omics_type": ["TRANSCRIPTOMICS"],
                          "has_data": ["data/a1"]},
            "data/a1": {"@type": "AlignmentSet", "name": "Reads", "data_format": "CRAM",
                        "data_path": "reads/a1.cram", "has_sample": ["sample/s1"]},
            "data/a2": {"@type": "DataEntity", "name": "Calls", "data_format": "BCF",
                        "data_path": "a2.bcf", "has_sample": ["s2"]},
        },
        name="Zürich liver metastasis",
    )  # fmt: skip
    write(
        folder,
        "p2",
        {
            "sample/s1": {"@type": "Sample", "name": "Control", "sex": "Female", "age": 25},
            "data/v": {"@type": "VariantSet", "name": "Variants", "data_format": "VCF",
                       "data_path": "v.vcf.gz", "has_sample": ["sample/s1"]},
        },
        name="Control cohort",
        creation_date="2023-06-01T00:00:00Z",
    )  # fmt: skip
    (folder / "broken" / "data.zarr").mkdir(parents=True)
    (folder / "broken" / "data.zarr" / "zarr.json").write_text("{", encoding="utf-8")
    return folder


@pytest.fixture
def finder(cohort: Path) -> Finder:
    found = Finder(cohort)
    found.load()
    return found


def names(finder: Finder, query: str) -> list[str]:
    return [path.rpartition("/")[2] for path in finder.search(query).paths]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["broken", "p1", "p2"]),
        ("liver", ["p1"]),
        ("zurich METASTASIS", ["p1"]),
        ("live", ["p1"]),
        ("human", []),
        ("control", ["p2"]),
        ('"liver metastasis"', ["p1"]),
        ('"metastasis liver"', []),
        ("-liver", ["broken", "p2"]),
        ("sex:Female", ["p1", "p2"]),
        ("sex:male", ["p1"]),
        ("sex:Female format:CRAM", ["p1"]),
        ("format:CRAM,VCF", ["p1", "p2"]),
        ("-format:CRAM", ["broken", "p2"]),
        ("tissue:liver", ["p1"]),
        ("tissue:UBERON:0002107", ["p1"]),
        ("age:>60", ["p1"]),
        ("age:20..30", ["p2"]),
        ("date:2023", ["p2"]),
        ("creation_date:2023-05..2023-07", ["p2"]),
        ("type:DataEntity", ["p1", "p2"]),
        ("type:VariantSet", ["p2"]),
        ("has:source_material", ["p1"]),
        ("is:failed", ["broken"]),
        ("file:a2.bcf", ["p1"]),
        ("rna cram", ["p1"]),
        ("Sample.name:Tumour", ["p1"]),
        ("MODO.name:Tumour", []),
        ("name:tum*", ["p1"]),
        ("path:p2", ["p2"]),
        ("id:s2", ["p1"]),
        ("s3://nothing", []),
    ],
)
def test_search(finder: Finder, query: str, expected: list[str]) -> None:
    assert sorted(names(finder, query)) == expected


def test_elements_follow_links(finder: Finder) -> None:
    result = finder.search("sex:Female format:CRAM")
    assert [key[1] for key in result.of_class("Sample").page()] == ["sample/s1"]
    assert [key[1] for key in result.of_class("DataEntity").page()] == ["data/a1"]
    assert len(finder.search("sex:Male format:CRAM").of_class("Sample")) == 0
    assert [key[1] for key in finder.search("sex:Male").of_class("DataEntity").page()] == [
        "data/a2"
    ]


def test_frame_is_that_of_catalog(finder: Finder, cohort: Path) -> None:
    expected = catalog(cohort)
    frame = finder.frame
    assert frame.index.tolist() == expected.index.tolist()
    assert frame[list(expected.columns)].equals(expected)


def test_unknown_operator_suggests_one(finder: Finder) -> None:
    with pytest.raises(OptionError, match="fromat") as caught:
        finder.search("fromat:CRAM")
    assert "format:" in str(caught.value.hint)


def test_objects(finder: Finder) -> None:
    frame = finder.objects
    frame.index = [path.rpartition("/")[2] for path in frame.index]
    assert frame.loc["p1", "title"] == "Zürich liver metastasis"
    assert frame.loc["p1", "samples"] == 2
    assert sorted(frame["formats"].tolist()[1]) == ["BCF", "CRAM"]
    assert frame.loc["broken", "state"] == "failed"
    assert "BrokenArchiveError" in str(frame.loc["broken", "reason"])


def test_findings(finder: Finder) -> None:
    assert names(finder, "has:error") == []
    finder.check()
    assert finder.checked == (2, 2)
    errors = finder.objects["errors"].dropna()
    assert (errors > 0).any()
    assert len(finder.search("has:error")) == int((errors > 0).sum())


def test_facets(finder: Finder) -> None:
    facets = {facet.slot: facet for facet in finder.search("").facets("Sample")}
    assert [(value.value, value.count) for value in facets["sex"].values] == [
        ("Female", 2),
        ("Male", 1),
    ]
    assert facets["age"].kind == "numbers"
    assert sum(bin_.count for bin_ in facets["age"].bins) == 3
    tissue = facets["source_material"].values[0]
    assert (tissue.label, tissue.count) == ("liver", 1)
    assert names(finder, tissue.condition) == ["p1"]
    assert facets["source_material"].missing == 2
    narrowed = finder.search("format:CRAM").facet("sex", "Sample")
    assert [(value.value, value.count) for value in narrowed.values] == [("Female", 1)]
    dates = finder.search("").facet("creation_date", "MODO")
    assert [(value.label, value.count) for value in dates.values] == [("2023", 1), ("2024", 1)]


def test_known_at_once_and_refreshed(finder: Finder, cohort: Path) -> None:
    again = Finder(cohort)
    seen: list[int] = []
    again.on_change(lambda each: seen.append(len(each.objects)))
    again.load()
    assert seen[0] == 3
    write(cohort, "p3", {}, name="New")
    (cohort / "p2" / "data.zarr" / "zarr.json").unlink()
    (cohort / "p2" / "data.zarr").rmdir()
    again.refresh()
    states = {str(path).rpartition("/")[2]: state for path, state in again.objects["state"].items()}
    assert states == {"broken": "failed", "p1": "read", "p2": "removed", "p3": "read"}
    assert names(again, "new") == ["p3"]
