"""Hold our models against the published schema's YAML."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

import modos_widgets as modos
from modos_widgets.errors import ArgumentError
from modos_widgets.modo.schema import models as schema
from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA, AnySchema, Schema
from modos_widgets.modo.schema.terms import TERMS

ABSTRACT = {"NamedThing", "MODOCollection"}
LISTS = {"Sex", "OmicsType", "DataFormat"}


@pytest.fixture(scope="module")
def published() -> Any:
    found = importlib.util.find_spec("modos_schema")
    assert found, "modos-schema is missing: pip install --no-deps modos-schema"
    (folder,) = found.submodule_search_locations or [""]
    return yaml.safe_load((Path(folder) / "schema" / "modos_schema.yaml").read_text())


def slots_of(published: Any, name: str) -> list[str]:
    found = published["classes"][name]
    own = list(found.get("slots") or [])
    return (slots_of(published, found["is_a"]) if "is_a" in found else []) + own


def is_many(published: Any, slot: str) -> bool:
    found = published["slots"][slot]
    return bool(found.get("multivalued")) or ("is_a" in found and is_many(published, found["is_a"]))


def words(text: str) -> str:
    """Compare descriptions without line breaks and the addresses of links."""
    return " ".join(text.split())


def test_the_classes_are_the_published_ones(published: Any) -> None:
    assert set(DEFAULT_SCHEMA.classes) == set(published["classes"]) - ABSTRACT


def test_every_class_has_the_published_slots(published: Any) -> None:
    for name in DEFAULT_SCHEMA.classes:
        assert set(DEFAULT_SCHEMA.slots(name)) == set(slots_of(published, name)) - {"id"}, name


def test_required_and_list_slots_are_the_published_ones(published: Any) -> None:
    for name in DEFAULT_SCHEMA.classes:
        for slot in DEFAULT_SCHEMA.slots(name).values():
            said = published["slots"][slot.name]
            assert slot.required == bool(said.get("required")), slot.name
            assert slot.many == is_many(published, slot.name), slot.name


def test_links_and_lists_of_values_are_the_published_ones(published: Any) -> None:
    for name in DEFAULT_SCHEMA.classes:
        for slot in DEFAULT_SCHEMA.slots(name).values():
            target = published["slots"][slot.name].get("range", "string")
            assert slot.link == (target if target in published["classes"] else ""), slot.name
            assert bool(slot.terms) == (target in LISTS), slot.name
            if slot.terms:
                assert slot.terms is TERMS[target]


def test_descriptions_are_the_published_ones(published: Any) -> None:
    for name in DEFAULT_SCHEMA.classes:
        for slot in DEFAULT_SCHEMA.slots(name).values():
            said = words(published["slots"][slot.name]["description"])
            begin = said.partition(" Should be")[0].partition(" See")[0].partition(" from [")[0]
            assert words(slot.description).startswith(begin), slot.name
            assert slot.title
    for name, said in published["classes"].items():
        if name not in ABSTRACT:
            ours = words(DEFAULT_SCHEMA.describe(name)).lower()
            assert ours.startswith(words(said["description"]).lower()[:30].rstrip(".,")), name


def test_terms_and_their_meanings_are_the_published_ones(published: Any) -> None:
    for name, terms in TERMS.items():
        said = published["enums"][name]["permissible_values"]
        assert list(terms) == list(said)
        for value, term in terms.items():
            assert words(term.description) == words(said[value]["description"])
            assert term.meaning == said[value].get("meaning", "")
            prefix, _, local = term.meaning.partition(":")
            assert term.uri == (published["prefixes"][prefix] + local if local else "")


def test_patterns_are_the_published_ones(published: Any) -> None:
    for slot, pattern in (("sequence_md5", schema.MD5), ("data_checksum", schema.BLAKE2B)):
        said = published["slots"][slot]["pattern"]
        assert pattern.pattern.removesuffix(r"\Z") == said.strip("^$")


def test_a_caller_can_pass_classes_of_their_own() -> None:
    class Patient(schema.NamedThing):
        """A person."""

        group = "patient"

    own = Schema([Patient])
    assert own.group("Patient") == "patient"
    assert own.default_class["patient"] == "Patient"
    assert own.is_a("VariantSet", "DataEntity")
    assert not own.is_a("Sample", "DataEntity")
    with pytest.raises(ValueError, match="pydantic"):
        Schema([dict])  # type: ignore[list-item]


def test_functions_take_classes_or_a_schema(tmp_path: Path) -> None:
    class Patient(schema.NamedThing):
        pass

    both: list[AnySchema] = [[Patient], Schema([Patient])]
    for number, known in enumerate(both):
        modo = modos.create_modo(tmp_path / str(number), schema=known)
        draft = modo.edit(known)
        again = modos.Draft.from_json(draft.to_json(), modo, known)
        for drafted in (draft, modos.edit(modo, schema=known), again):
            assert modo.edit(drafted.schema).schema.classes["Patient"] is Patient
        assert not modos.validate(modo.frame(), schema=known).errors
        assert not modo.validate(schema=known).errors
    wrong: Any
    for wrong in (5, "Patient", [5]):
        with pytest.raises(ArgumentError):
            modo.edit(wrong)
