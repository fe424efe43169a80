"""ElementForm and the requests of its form, without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel

from modos_widgets import Draft, ElementForm, create_modo, open_modo
from modos_widgets.errors import (
    AlreadyExistsError,
    ArgumentError,
    ConflictError,
    InvalidMetadataError,
    OptionError,
)
from modos_widgets.widgets.element_form.fields import USERS, class_choices
from modos_widgets.widgets.front_end import StreamedRequest

if TYPE_CHECKING:
    from pathlib import Path

XSS = "<img src=x onerror=alert(1)>"


class Donor(BaseModel):
    """Someone who gave a sample."""

    name: str | None = None
    age: int | None = None
    smokes: bool | None = None
    consent: Literal["full", "none"] | None = None


def ask(form: ElementForm, name: str, **payload: Any) -> Any:
    """Return the answer of a form's handler."""
    found = form._handler(name)
    assert found is not None, name
    return found[0](StreamedRequest(1, "view", name, payload))


def add(form: ElementForm, texts: dict[str, list[str]], **payload: Any) -> Any:
    given = {"object": "", "class_name": form.class_name, "group": "", "id": "", "force": False}
    return ask(form, "add element", **{**given, "texts": texts, **payload})


@pytest.fixture
def form(tmp_path: Path) -> ElementForm:
    return ElementForm(create_modo(tmp_path / "study"), "Sample")


def test_every_class_of_the_schema_has_a_form(form: ElementForm) -> None:
    classes = [each["name"] for each in class_choices(form.draft.schema)]
    assert classes == [
        "Assay",
        "Sample",
        "DataEntity",
        "AlignmentSet",
        "VariantSet",
        "MassSpectrometryResults",
        "Array",
        "ReferenceGenome",
        "ReferenceSequence",
    ]
    for name in classes:
        shown = ask(form, "element form", class_name=name)
        slots = form.draft.schema.slots(name)
        own = [field["name"] for field in shown["fields"] if field["name"] != USERS]
        assert sorted(own) == sorted(slots)
        assert shown["groups"] == [form.draft.schema.group(name)]
        assert own[0] == "name"
        required = [field["name"] for field in shown["fields"] if field["required"]]
        assert own[1 : 1 + len(required)] == required
        json.dumps(shown)
    with pytest.raises(OptionError, match="No element can have the class 'MODO'"):
        ask(form, "element form", class_name="MODO")


def test_a_field_has_the_editor_of_its_slot(form: ElementForm) -> None:
    fields = {
        each["name"]: each
        for each in ask(form, "element form", class_name="AlignmentSet")["fields"]
    }
    assert {name: each["kind"] for name, each in fields.items()} == {
        "name": "text",
        "data_path": "path",
        "data_format": "choice",
        "has_sample": "link",
        "has_reference": "link",
        "data_checksum": "checksum",
        "description": "text",
        USERS: "users",
    }
    assert [each["value"] for each in fields["data_format"]["permitted"]][:2] == ["CRAM", "FASTQ"]
    assert [each["name"] for each in fields["has_sample"]["creates"]] == ["Sample"]
    assert fields[USERS]["help"] == "Assays that link to it."
    sample = ask(form, "element form", class_name="Sample")["fields"]
    assert sample[-1]["help"] == "Data entities that link to it."


def test_an_element_is_added_as_one_step(form: ElementForm) -> None:
    add(
        form,
        {"name": ["Calls"], "data_path": ["c.bcf"], "data_format": ["BCF"]},
        class_name="VariantSet",
    )
    texts = {
        "name": [XSS],
        "sex": ["female"],
        "cell_type": ["hepatocyte"],
        "taxon_id": ["Homo sapiens", "NCBITaxon:10090"],
        "description": ["  two\nlines "],
        "unknown": ["left out"],
        USERS: ["data/calls"],
    }
    added: list[Any] = []
    form.on_add(added.append)
    answer = add(form, texts)
    assert answer["element"] == "sample/img_src_x_onerror_alert_1"
    assert added == [form.value] == ["sample/img_src_x_onerror_alert_1"]
    stored = form.draft.elements()[form.value]
    assert stored == {
        "@type": "Sample",
        "name": XSS,
        "cell_type": "http://purl.obolibrary.org/obo/CL_0000182",
        "sex": "Female",
        "taxon_id": ["http://purl.obolibrary.org/obo/NCBITaxon_9606", "NCBITaxon:10090"],
        "description": "  two\nlines ",
    }
    assert form.draft.current("data/calls", "has_sample") == [form.value]
    assert "<img" not in form._as_html()
    assert ask(form, "undo") == {"done": True}
    assert list(form.draft.elements())[1:] == ["data/calls"]
    assert form.draft.current("data/calls", "has_sample") is None


def test_errors_are_those_of_the_table_and_can_be_kept(form: ElementForm) -> None:
    answer = add(form, {"name": ["A"], "sex": ["unknown"]})
    assert answer["element"] == ""
    assert [each["severity"] for each in answer["problems"]["sex"]] == ["error"]
    added = add(form, {"name": ["A"], "sex": ["unknown"]}, force=True)
    form.draft.check()
    (finding,) = [each for each in form.draft.findings_of(added["element"]) if each.slot == "sex"]
    assert answer["problems"]["sex"][0]["message"] == finding.message
    with pytest.raises(InvalidMetadataError):
        form.commit()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("S1", "only in letter case"),
        ("é" * 128, "256 bytes"),
        ("..", "means a folder"),
        ("a\u202eb", "invisible character"),
    ],
)
def test_an_id_is_checked_while_it_is_typed(form: ElementForm, typed: str, message: str) -> None:
    form.draft.add("sample/s1", {})
    given = {"object": "", "class_name": "Sample", "group": "", "texts": {"sex": ["x"]}}
    answer = ask(form, "check element", id=typed, **given)
    assert message in answer["problems"]["id"][0]["message"]
    assert "sex" in answer["problems"]  # and the rest is checked too
    assert add(form, {"name": ["x"]}, id=typed, force=True)["element"] == ""
    slashes = ask(form, "check element", id="a/b", **{**given, "texts": {}})
    assert slashes == {"id": "a/b", "problems": {}}
    assert add(form, {}, id="a/b")["element"] == "sample/a_b"


def test_a_form_without_a_name_asks_for_one(form: ElementForm) -> None:
    assert add(form, {})["problems"]["id"][0]["message"] == "Type a name or an id."
    assert add(form, {"name": ["样本"]})["element"] == "sample/sample_1"


def test_the_problems_are_a_trait(form: ElementForm) -> None:
    answer = add(form, {"name": ["A"], "sex": ["unknown"]})
    ask(form, "note errors", **{key: answer[key] for key in ("id", "problems")})
    assert list(form.errors) == ["sex"]
    assert "Male" in form.errors["sex"]


def test_several_elements_are_added_as_one_step(form: ElementForm) -> None:
    form.draft.add("sample/sample_07", {})
    given = {
        "object": "",
        "class_name": "Sample",
        "group": "",
        "texts": {"sex": ["Female"]},
        "names": "",
        "pattern": "Sample {n}",
        "start": 1,
        "count": 24,
        "padding": 2,
    }
    preview = ask(form, "preview elements", **given)
    assert (preview["total"], preview["problem"], preview["problems"]) == (24, "", {})
    assert preview["first"][0] == {"name": "Sample 01", "id": "sample_01"}
    assert preview["first"][6] == {"name": "Sample 07", "id": "sample_07_2"}
    answer = ask(form, "add elements", **given, force=False)
    assert (answer["added"], answer["element"]) == (24, "sample/sample_01")
    assert form.draft.current("sample/sample_24", "sex") == "Female"
    assert len(form.draft.elements()) == 26
    ask(form, "undo")
    assert len(form.draft.elements()) == 2
    pasted = ask(form, "preview elements", **{**given, "names": 'A\tx\r\n"B\nb"\n\n  C \n'})
    assert [each["name"] for each in pasted["first"]] == ["A", "B b", "C"]
    for wrong in ({"count": 10_001}, {"pattern": "Sample"}):
        refused = ask(form, "preview elements", **{**given, **wrong})
        assert refused["total"] == 0
        assert refused["problem"]
    huge = ask(form, "preview elements", **{**given, "padding": 10**9, "start": 10**30, "count": 1})
    assert huge["first"] == [{"name": "Sample 1000000000000", "id": "sample_1000000000000"}]


def test_several_assays_need_what_an_assay_requires(form: ElementForm) -> None:
    given = {
        "object": "",
        "class_name": "Assay",
        "group": "",
        "texts": {},
        "names": "RNA\nDNA",
        "pattern": "",
        "start": 1,
        "count": 0,
        "padding": 1,
    }
    refused = ask(form, "add elements", **given, force=False)
    assert (refused["added"], list(refused["problems"])) == (0, ["omics_type"])
    added = ask(
        form, "add elements", **{**given, "texts": {"omics_type": ["genomics"]}}, force=False
    )
    assert added["added"] == 2
    assert form.draft.current("assay/dna", "omics_type") == ["GENOMICS"]
    assert form.draft.current("", "has_assay") == ["assay/rna", "assay/dna"]


def test_a_copy_has_no_file(form: ElementForm) -> None:
    form.draft.add("sample/s1", {"name": "One", "sex": "Male", "extra": [1, {"a": 2}]})
    form.draft.add("data/x", {"name": "X", "data_path": "x.bcf", "data_format": "BCF"})
    answer = ask(form, "duplicate element", object="", id="sample/s1")
    assert answer == {"element": "sample/s1_2", "note": ""}
    copy = form.draft.elements()["sample/s1_2"]
    assert copy == form.draft.elements()["sample/s1"]
    data = ask(form, "duplicate element", object="", id="data/x")
    assert data["note"] == "The copy has no file: x.bcf belongs to data/x."
    assert form.draft.elements()["data/x_2"] == {
        "@type": "DataEntity",
        "name": "X",
        "data_format": "BCF",
    }
    with pytest.raises(OptionError):
        ask(form, "duplicate element", object="", id="sample/s9")
    with pytest.raises(OptionError):
        ask(form, "duplicate element", object="", id=next(iter(form.draft.elements())))


def test_an_element_is_renamed_with_its_links(form: ElementForm) -> None:
    form.draft.add("sample/s1", {})
    form.draft.add("sample/s2", {})
    form.draft.add("data/x", {"has_sample": ["sample/s1"]})
    taken = ask(form, "check rename", object="", id="sample/s1", new="S2")
    assert "only in letter case" in taken["problem"]
    free = ask(form, "check rename", object="", id="sample/s1", new="tumor")
    assert free == {"element": "sample/tumor", "problem": ""}
    assert (
        ask(form, "rename element", object="", id="sample/s1", new="tumor")["element"]
        == "sample/tumor"
    )
    assert form.draft.current("data/x", "has_sample") == ["sample/tumor"]
    with pytest.raises(AlreadyExistsError):
        ask(form, "rename element", object="", id="sample/tumor", new="s2")


def test_a_removal_is_shown_before_it_is_done(form: ElementForm) -> None:
    path = form.draft.modos[0].path
    form.draft.add("sample/s1", {})
    form.draft.add("data/x", {"has_sample": ["sample/s1"], "data_path": "x.bcf"})
    elements = [("", "sample/s1"), (path, "data/x"), (path, "data/x")]
    shown = ask(form, "removal", elements=elements)["elements"]
    assert shown[0]["links"] == [("data/x", "has_sample")]
    assert [shown[1]["file"], len(shown)] == ["x.bcf", 2]
    assert ask(form, "remove elements", elements=elements, with_files=False)["removed"] == 2
    assert len(form.draft.elements()) == 1
    ask(form, "undo")
    assert len(form.draft.elements()) == 3


def test_a_removed_file_that_undo_cannot_restore_is_noted(tmp_path: Path) -> None:
    modo = create_modo(tmp_path / "study")
    (tmp_path / "big.bcf").write_bytes(b"x" * (17 * 1024 * 1024))
    draft = modo.edit()
    draft.add("data/x", {"data_format": "BCF"})
    draft.attach("data/x", tmp_path / "big.bcf")
    draft.commit()
    form = ElementForm(open_modo(tmp_path / "study", mode="r+"))
    answer = ask(form, "remove elements", elements=[("", "data/x")], with_files=True)
    assert "big.bcf" in answer["notes"][0]


def test_values_are_suggested(form: ElementForm) -> None:
    form.draft.add("sample/s1", {"name": "Tumor"})
    form.draft.add("data/x", {"name": "Calls"})

    def values(class_name: str, field: str, text: str) -> list[str]:
        asked = {"object": "", "class_name": class_name, "field": field, "text": text}
        return [each["value"] for each in ask(form, "element values", **asked)["options"]]

    assert values("Sample", "sex", "fem") == ["Female"]
    assert values("DataEntity", "has_sample", "tum") == ["sample/s1"]
    assert values("Sample", USERS, "") == ["data/x"]
    assert values("Sample", "cell_type", "hepatoc") == ["http://purl.obolibrary.org/obo/CL_0000182"]


def test_a_class_of_ones_own_without_required_slots(tmp_path: Path) -> None:
    draft = Draft([create_modo(tmp_path / "study")], [Donor])
    form = ElementForm(draft, "Donor")
    shown = ask(form, "element form", class_name="Donor")
    assert shown["groups"] == ["assay", "data", "reference", "sample", "sequence"]
    assert [each["kind"] for each in shown["fields"]] == ["text", "number", "yes_no", "choice"]
    texts = {"name": ["Ann"], "age": ["41"], "smokes": ["no"], "consent": ["FULL"]}
    answer = add(form, texts, group="sample")
    assert answer["element"] == "sample/ann"
    assert draft.elements()["sample/ann"] == {
        "@type": "Donor",
        "name": "Ann",
        "age": 41,
        "smokes": False,
        "consent": "full",
    }
    wrong = add(form, {"name": ["B"], "age": ["4O"]}, group="sample")
    assert list(wrong["problems"]) == ["age"]


def test_several_objects_need_a_choice(tmp_path: Path) -> None:
    modos = [create_modo(tmp_path / name) for name in "ab"]
    form = ElementForm(modos)
    shown = ask(form, "element form", class_name="Sample")
    assert [each["name"] for each in shown["objects"]] == ["a", "b"]
    with pytest.raises(OptionError, match="2 objects"):
        add(form, {"name": ["x"]})
    add(form, {"name": ["x"]}, object=modos[1].path)
    assert form.value == (modos[1].path, "sample/x")


def test_two_people_add_the_same_id(tmp_path: Path) -> None:
    path = create_modo(tmp_path / "study").path
    mine, theirs = (ElementForm(path) for _ in range(2))
    for form, sex in ((mine, "Male"), (theirs, "Female")):
        add(form, {"name": ["Tumor"], "sex": [sex]})
    theirs.commit()
    with pytest.raises(ConflictError) as raised:
        mine.commit()
    assert {each.element for each in raised.value.conflicts} == {"sample/tumor"}
    assert "sample/tumor" in str(raised.value)


def test_an_element_is_removed_that_another_draft_links_to(tmp_path: Path) -> None:
    path = create_modo(tmp_path / "study").path
    draft = open_modo(path, mode="r+").edit()
    draft.add("sample/s1", {"name": "One"})
    draft.commit()
    mine, theirs = (ElementForm(path, "DataEntity") for _ in range(2))
    texts = {"name": ["X"], "data_path": ["x"], "data_format": ["BCF"], "has_sample": ["s1"]}
    assert add(theirs, texts)["element"] == "data/x"
    ask(mine, "remove elements", elements=[("", "sample/s1")], with_files=False)
    mine.commit()
    with pytest.raises(ConflictError, match="sample/s1 was removed, you link to it") as caught:
        theirs.commit()
    theirs.draft.resolve(caught.value.conflicts, "theirs")
    theirs.commit()
    assert not open_modo(path).validate().of_code("dangling_link")


def test_the_code_of_a_form_runs(tmp_path: Path) -> None:
    form = ElementForm(create_modo(tmp_path / "study"), "Sample")
    assert form.as_python.endswith("modos_widgets.ElementForm(modo, 'Sample')\n")
    add(form, {"name": ['It\'s "quoted"\n'], "sex": ["Male"]})
    code = f"{form.as_python}\nassert draft.current({form.value!r}, 'sex') == 'Male'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100, cwd=tmp_path)


def test_the_saved_form_is_static_and_escaped(form: ElementForm) -> None:
    assert repr(form) == "ElementForm: new sample; the draft adds 0 elements"
    add(form, {"name": [XSS]})
    assert repr(form) == "ElementForm: new sample; the draft adds 1 element"
    bundle, _ = form._repr_mimebundle_()
    assert "&lt;img src=x onerror=alert(1)&gt;" in bundle["text/html"]
    assert "<img" not in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    for number in range(200):
        form.draft.add(f"sample/n{number}", {})
    assert len(form._as_html()) < 20_000


@pytest.mark.parametrize("source", [None, 3, [], [1], {"a": 1}, b"x"])
def test_a_wrong_source_is_refused(source: Any) -> None:
    with pytest.raises(ArgumentError, match="Expected a path, a Modo"):
        ElementForm(source)


def test_a_wrong_class_is_refused(form: ElementForm) -> None:
    with pytest.raises(OptionError, match="No element can have the class"):
        form.class_name = "MODO"
    with pytest.raises(OptionError, match="Choose one of Assay, Sample"):
        ElementForm(form.draft, "Samples")


def test_a_read_only_object_says_so(tmp_path: Path) -> None:
    path = create_modo(tmp_path / "study").path
    form = ElementForm(open_modo(path))
    assert form._status["readonly"].startswith("Read-only.")
    assert add(form, {"name": ["x"]})["element"] == "sample/x"
