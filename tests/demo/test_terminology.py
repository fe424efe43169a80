"""The terminology search of the demo."""

from __future__ import annotations

import re

import pytest

from modos_widgets.demo.terminology import create_terminology


def top(query: str, collection: str = "cell_type", num: int = 3) -> list[dict[str, str]]:
    arguments = {"collection": collection, "query": query, "num": num}
    answer = create_terminology().test_client().get("/codes/top", query_string=arguments)
    codes: list[dict[str, str]] = answer.get_json()["codes"]
    return codes


def test_the_collections_bear_the_names_of_slots() -> None:
    found = create_terminology().test_client().get("/collections").get_json()
    assert found == {"collections": ["cell_type", "source_material", "taxon_id"]}


@pytest.mark.parametrize(
    ("query", "collection", "label"),
    [
        ("hepatocyte", "cell_type", "hepatocyte"),
        ("Hepatocite", "cell_type", "hepatocyte"),
        ("liv", "source_material", "liver"),
        ("sapiens", "taxon_id", "Homo sapiens"),
        ("mouse musculus", "taxon_id", "Mus musculus"),
    ],
)
def test_similar_labels_are_found(query: str, collection: str, label: str) -> None:
    assert top(query, collection)[0]["label"] == label


def test_codes_have_a_uri_in_angle_brackets() -> None:
    for collection in ("cell_type", "source_material", "taxon_id"):
        codes = top("", collection, 100)
        assert len(codes) > 20
        pattern = r"<http://purl\.obolibrary\.org/obo/(CL|UBERON|NCBITaxon)_\d+>"
        assert all(re.fullmatch(pattern, code["uri"]) for code in codes)
        assert len({code["uri"] for code in codes}) == len(codes)


def test_only_requested_bytes_are_read() -> None:
    assert len(top("cell", num=3)) == 3
    assert top("cell", num=-1) == []


def test_an_unknown_collection_is_not_found() -> None:
    answer = create_terminology().test_client().get("/codes/top?collection=x&query=y")
    assert (answer.status_code, answer.get_json()) == (404, {"detail": "No such collection"})
