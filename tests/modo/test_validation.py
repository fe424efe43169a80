from __future__ import annotations

import hashlib
import json
import posixpath
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies

import modos_widgets
from modos_widgets.modo.schema.models import NamedThing
from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA
from modos_widgets.modo.schema.terms import DATA_FORMAT
from modos_widgets.modo.validation.findings import Finding, Findings
from modos_widgets.modo.validation.metadata_checks import check_object
from modos_widgets.modo.values import MISSING
from tests.modo.objects import ELEMENTS, ROOT, keys_of, many
from tests.parts.examples import examples

if TYPE_CHECKING:
    from modos_widgets.progress import Progress
    from tests.modo.conftest import Place

BLAKE = hashlib.blake2b(b"CRAM" * 5).hexdigest()

FAULTS: list[tuple[str, str, Any, str, str, Any]] = [
    # element, slot, value, code, severity, value after the fix (... where there is none)
    ("study", "creation_date", None, "missing", "error", "2024-10-15T12:30:00Z"),
    ("study", "creation_date", "2024-01-17", "date_without_time", "warning",
     "2024-01-17T00:00:00+00:00"),
    ("study", "creation_date", "2024-01-17T08:00:00", "date_without_zone", "warning",
     "2024-01-17T08:00:00+00:00"),
    ("study", "creation_date", "17.1.2024", "not_a_date", "error", "2024-01-17T00:00:00+00:00"),
    ("study", "creation_date", "soon", "not_a_date", "error", ...),
    ("study", "has_assay", "assay/a1", "scalar_for_list", "warning", ["assay/a1"]),
    ("study", "has_assay", ["a1"], "unprefixed_link", "warning", ["assay/a1"]),
    ("study", "has_assay", ["assay/a1", "assay/a1"], "repeated_link", "warning", ["assay/a1"]),
    ("study", "has_assay", ["Assay/A1"], "dangling_link", "error", ["assay/a1"]),
    ("study", "has_assay", ["assay/a1", "assay/gone"], "dangling_link", "error", ["assay/a1"]),
    ("study", "has_assay", ["assay/a1", "sample/s1"], "wrong_link_type", "error", ["assay/a1"]),
    ("study", "source_uri", "/data/x y.fa", "not_a_uri", "error", "file:///data/x%20y.fa"),
    ("study", "source_uri", "example.org/x", "not_a_uri", "error", "https://example.org/x"),
    ("study", "source_uri", "no idea", "not_a_uri", "error", ...),
    ("study", "name", 5, "wrong_type", "error", "5"),
    ("study", "name", ["x"], "wrong_type", "error", "x"),
    ("sample/s1", "sex", "male", "not_in_list", "error", "Male"),
    ("sample/s1", "sex", "F", "not_in_list", "error", "Female"),
    ("sample/s1", "sex", "unknown", "not_in_list", "error", "absent"),
    ("sample/s1", "sex", "both", "not_in_list", "error", ...),
    ("sample/s1", "taxon_id", [9606], "wrong_type", "error", ["NCBITaxon:9606"]),
    ("sample/s1", "colour", "red", "unknown_slot", "note", ...),
    ("sample/s1", "@type", None, "missing", "error", "Sample"),
    ("sample/s1", "@type", "sample", "unknown_class", "warning", "Sample"),
    ("sample/s1", "@type", "Assay", "wrong_group", "error", ...),
    ("assay/a1", "omics_type", ["GENOMIC"], "not_in_list", "error", ["GENOMICS"]),
    ("data/d1", "data_format", None, "missing", "error", "CRAM"),
    ("data/d1", "data_format", "cram", "not_in_list", "error", "CRAM"),
    ("data/d1", "data_path", None, "missing", "error", ...),
    ("data/d1", "data_checksum", f" {BLAKE.upper()}", "bad_pattern", "error", BLAKE),
    ("data/d1", "data_checksum", "abc", "bad_pattern", "error", ...),
]  # fmt: skip


@pytest.mark.parametrize(
    ("element", "slot", "value", "code", "severity", "fixed"),
    FAULTS,
    ids=[f"{fault[1]}-{fault[3]}-{number}" for number, fault in enumerate(FAULTS)],
)
def test_a_fault_is_found_and_fixed(  # noqa: PLR0917
    local: Place, element: str, slot: str, value: Any, code: str, severity: str, fixed: Any
) -> None:
    metadata = {"study": dict(ROOT)} | {name: dict(one) for name, one in ELEMENTS.items()}
    if value is None:
        metadata[element].pop(slot, None)
    else:
        metadata[element][slot] = value
    root = metadata.pop("study")
    modo = local.open(local.put(keys_of(metadata, root=root)))
    findings = [one for one in modo.validate() if (one.element, one.slot) == (element, slot)]
    assert [(one.code, one.severity) for one in findings] == [(code, severity)]
    assert findings[0].message.endswith(".")
    assert (findings[0].fix is None) == (fixed is ...)
    if fixed is ...:
        return
    draft = modo.edit()
    assert draft.apply_fixes(findings[0]) == 1
    assert draft.current(element, slot, "absent") == fixed
    if code != "unknown_class":
        left = [one for one in draft.validate() if (one.element, one.slot) == (element, slot)]
        assert left == []
    assert draft.undo()
    assert not draft


REQUIRED = [
    (name, slot.name)
    for name in DEFAULT_SCHEMA.classes
    for slot in DEFAULT_SCHEMA.slots(name).values()
    if slot.required
]
BLANK: list[Any] = [None, "", " \t", [], [""], [" ", None], {}, [[], {}]]


def findings_of(class_name: str, **attributes: Any) -> list[Finding]:
    """Check one element of a class."""
    group = DEFAULT_SCHEMA.group(class_name)
    element = f"{group}/x" if group else "study"
    metadata = {"study": ROOT | {"has_assay": []}, element: {"@type": class_name, **attributes}}
    return [one for one in check_object("p", "study", metadata) if one.element == element]


@pytest.mark.parametrize(("class_name", "slot"), REQUIRED)
@pytest.mark.parametrize("value", BLANK, ids=repr)
def test_a_blank_value_of_a_required_slot_is_missing(
    class_name: str, slot: str, value: Any
) -> None:
    found = [one for one in findings_of(class_name, **{slot: value}) if one.slot == slot]
    assert [(one.code, one.severity) for one in found] == [("missing", "error")]


@pytest.mark.parametrize("class_name", DEFAULT_SCHEMA.classes)
def test_a_null_counts_as_absent(class_name: str) -> None:
    slots = DEFAULT_SCHEMA.slots(class_name)
    stated = findings_of(class_name, **dict.fromkeys([*slots, "id", "colour"]))
    assert stated == findings_of(class_name)
    assert {one.code for one in stated} <= {"missing"}


@pytest.mark.parametrize("value", BLANK, ids=repr)
def test_a_blank_type_is_missing(value: Any) -> None:
    found = check_object("p", "study", {"study": ROOT, "sample/x": {"@type": value}})
    (finding,) = [one for one in found if one.slot == "@type"]
    assert (finding.code, finding.severity) == ("missing", "error")
    assert finding.fix is not None
    assert finding.fix.changes == (("sample/x", "@type", "Sample"),)


@pytest.mark.parametrize("slot", ["source_uri", "cell_type", "taxon_id"])
@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        ("https://example.org/café?q=ü#ö", "https://example.org/caf%C3%A9?q=%C3%BC#%C3%B6"),
        ("https://münchen.example:80/a%20ß", "https://xn--mnchen-3ya.example:80/a%20%C3%9F"),
        ("http://ü@ü.example/", "http://%C3%BC@xn--tda.example/"),
        ("https://example.org/50%", "https://example.org/50%25"),
        ("https://example.org/{a|b}", "https://example.org/%7Ba%7Cb%7D"),
        ('urn:x:<y>"^`\\', "urn:x:%3Cy%3E%22%5E%60%5C"),
        ("https://example.org/a\x00b", "https://example.org/a%00b"),
        ("https://example.org/\ud83d", ...),
        ("http://[é/", ...),
    ],
)
def test_an_iri_is_percent_encoded_by_its_fix(slot: str, iri: str, uri: Any) -> None:
    many = slot == "taxon_id"
    found = findings_of("Sample", **{slot: [iri] if many else iri})
    (finding,) = [one for one in found if one.code != "not_portable"]
    assert (finding.slot, finding.code, finding.severity) == (slot, "not_a_uri", "error")
    if uri is ...:
        assert finding.fix is None
        return
    assert finding.fix is not None
    assert finding.fix.changes == (("sample/x", slot, [uri] if many else uri),)
    assert not findings_of("Sample", **{slot: [uri] if many else uri})


@pytest.mark.parametrize(
    ("path", "stated", "advice"),
    [
        ("reads.bam", None, "Convert the file to CRAM"),
        ("READS.SAM.gz", "", "Convert the file to CRAM"),
        ("cells.h5ad", None, "Convert the file to Zarr"),
        ("https://example.org/a.csv?v=1.2", None, "Convert the file to TSV"),
        ("sheet.xlsx", "xlsx", "Convert the file to TSV"),
        ("x.bin", "BAM", "Convert the file to CRAM"),
        ("x.odd", None, "Convert the file to one of these"),
        ("x", None, "Choose one of"),
    ],
)
def test_a_message_about_an_unknown_format_names_the_format_to_convert_to(
    path: str, stated: Any, advice: str
) -> None:
    found = findings_of("AlignmentSet", data_path=path, data_format=stated)
    (finding,) = [one for one in found if one.slot == "data_format"]
    assert advice in finding.message
    assert ", ".join(DATA_FORMAT) in finding.message
    assert finding.fix is None


@pytest.mark.parametrize(
    ("path", "made"),
    [("https://example.org/a.vcf.gz?X-Sig=b.cram", "VCF"), ("data.zarr/data/x", "Zarr")],
)
def test_the_format_is_inferred_from_addresses_and_archive_paths(path: str, made: str) -> None:
    (finding,) = findings_of("DataEntity", data_path=path)
    assert finding.fix is not None
    assert finding.fix.changes == (("data/x", "data_format", made),)


JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(strategies.characters(codec=None))
    | strategies.sampled_from(
        ["CRAM", "Male", "GENOMICS", "sample/s1", "x:é", "2024-01-17", "http://[", "//"]
    ),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=6,
)
SLOTS = sorted({name for one in DEFAULT_SCHEMA.classes for name in DEFAULT_SCHEMA.slots(one)})


def test_huge_numbers_and_deep_nesting_are_checked() -> None:
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    for value in (10**5000, [10**5000], deep, {"x": deep}):
        found = findings_of("Sample", **dict.fromkeys(SLOTS, value), colour=value)
        assert {one.slot for one in found} >= {*DEFAULT_SCHEMA.slots("Sample"), "colour"}


@settings(max_examples=examples(300))
@given(
    strategies.sampled_from(sorted(DEFAULT_SCHEMA.classes)),
    strategies.dictionaries(strategies.sampled_from([*SLOTS, "@type", "id", "x"]), JSON),
)
def test_any_json_is_checked_and_a_fix_removes_its_finding(
    class_name: str, attributes: dict[str, Any]
) -> None:
    element = f"{DEFAULT_SCHEMA.group(class_name) or 'sample'}/x"
    before = {"study": ROOT, **ELEMENTS, element: {"@type": class_name, **attributes}}
    for finding in check_object("p", "study", before):
        assert finding.message
        assert finding.message.encode("utf-8", "backslashreplace")
        for owner, slot, value in finding.fix.changes if finding.fix else ():
            after = {**before, owner: {**before[owner], slot: value}}
            if value is MISSING:
                del after[owner][slot]
            left = [(one.key, one.message, one.fix) for one in check_object("p", "study", after)]
            assert (finding.key, finding.message, finding.fix) not in left


def test_several_faults_of_one_cell_are_fixed_together(local: Place) -> None:
    root = {**ROOT, "has_assay": "A1", "last_update_date": "2024-10-15"}
    modo = local.open(local.put(keys_of(root=root)))
    codes = {one.code for one in modo.validate() if one.slot == "has_assay"}
    assert codes == {"scalar_for_list", "dangling_link"}
    root = {**ROOT, "has_assay": "a1", "last_update_date": "2024-10-15"}
    modo = local.open(local.put(keys_of(root=root), "other"))
    draft = modo.edit()
    assert draft.apply_fixes(code="unprefixed_link") == 1
    assert draft.current("", "has_assay") == "assay/a1"
    draft.undo()
    assert draft.apply_fixes() == 3
    assert draft.current("", "has_assay") == ["assay/a1"]
    assert not draft.validate()


def test_a_clean_object_has_no_finding(near: Place) -> None:
    assert list(near.open(near.put(), "r").validate(checksums=True)) == []


def test_files_are_compared_with_what_names_them(near: Place) -> None:
    elements = {
        **ELEMENTS,
        "data/d1": {**ELEMENTS["data/d1"], "data_path": "D1.cram", "data_checksum": "0" * 128},
        "data/gone": {"@type": "DataEntity", "data_path": "gone.vcf", "data_format": "VCF"},
        "data/far": {"@type": "DataEntity", "data_path": "https://x.org/a", "data_format": "VCF"},
        "data/zarr": {"@type": "Array", "data_path": "data.zarr/data/zarr", "data_format": "Zarr"},
    }
    path = near.put(keys_of(elements) | {"notes.txt": b"x"})
    modo = near.open(path)
    found = {(one.element, one.code, one.slot) for one in modo.validate()}
    assert found == {
        ("data/d1", "file_missing", "data_path"),
        ("data/gone", "file_missing", "data_path"),
        ("study", "file_unnamed", "d1.cram"),
        ("study", "file_unnamed", "d1.cram.crai"),
        ("study", "file_unnamed", "notes.txt"),
    }
    draft = modo.edit()
    assert draft.apply_fixes(modo.validate()) == 1
    assert draft.current("data/d1", "data_path") == "d1.cram"
    draft.commit()
    seen: list[Progress] = []
    findings = modo.validate(checksums=True, on_progress=seen.append)
    assert (seen[-1].bytes_done, seen[-1].bytes, seen[-1].path) == (20, 20, "d1.cram")
    (wrong,) = findings.of_code("checksum_mismatch")
    draft = modo.edit()
    draft.apply_fixes(wrong)
    draft.commit()
    assert not modo.validate(checksums=True).of_code("checksum_mismatch")


def test_unknown_classes_and_attributes_are_kept_and_found(local: Place) -> None:
    elements = {**ELEMENTS, "sample/x": {"@type": "Biopsy", "depth": 3, "sex": "male"}}
    modo = local.open(local.put(keys_of(elements)))
    assert {one.code for one in modo.validate()} == {"unknown_class"}

    class Biopsy(NamedThing):
        """A sample of tissue."""

        group = "sample"
        depth: int

    assert not modo.validate(schema=[Biopsy]).errors
    assert modo.frame().loc["sample/x", "depth"] == 3


def test_similar_ids_are_found(local: Place) -> None:
    elements = {**ELEMENTS, "sample/S1": {"@type": "Sample"}, "sample/ѕ2": {"@type": "Sample"}}  # noqa: RUF001
    found = local.open(local.put(keys_of(elements))).validate()
    assert {(one.element, one.code) for one in found} == {
        ("sample/s1", "similar_id"),
        ("sample/ѕ2", "lookalike_id"),  # noqa: RUF001
    }


def test_a_frame_of_many_objects_is_checked(local: Place) -> None:
    root = {**ROOT, "id": "other"}
    first = local.open(local.put()).frame()
    second = local.open(local.put(keys_of(root=root), "other")).frame()
    frame = pd.concat({"a": first, "b": second}, names=["object"])
    assert list(modos_widgets.validate(frame)) == []
    frame.loc[("b", "other"), "id"] = "study"
    frame.loc[("b", "sample/s1"), "sex"] = "male"
    found = {(one.object, one.element, one.code) for one in modos_widgets.validate(frame)}
    assert found == {("b", "other", "duplicate_id"), ("b", "sample/s1", "not_in_list")}
    short = first.astype(object)
    short.loc["sample/s1", "sex"] = np.float32("nan")
    assert list(modos_widgets.validate(short)) == []
    twice = modos_widgets.validate(pd.concat([first, first]))
    assert len(twice.of_code("duplicate_id")) == len(first)
    arrow = first.convert_dtypes(dtype_backend="pyarrow")
    assert list(modos_widgets.validate(arrow)) == []
    with pytest.raises(ValueError, match="DataFrame"):
        modos_widgets.validate([1])  # type: ignore[arg-type]


def test_ten_thousand_elements_take_less_than_half_a_second() -> None:
    metadata: dict[str, Any] = {"study": ROOT, **many(10_000)}
    check_object("x", "study", dict(list(metadata.items())[:10]))
    best = 9.0
    for _ in range(3):
        begin = time.process_time()
        found = check_object("x", "study", metadata)
        best = min(best, time.process_time() - begin)
    assert len(metadata) == 11_001
    assert [one.code for one in found] == ["dangling_link"]
    assert best < 0.5


def test_findings_are_shown_as_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    metadata: dict[str, Any] = {
        "r": dict(ROOT),
        f"sample/{evil}": {"@type": evil, evil: evil, "sex": evil},
    }
    findings = Findings(check_object("x", "r", metadata))
    assert len(findings) >= 2
    assert evil not in findings._repr_html_()
    assert "<th>object</th>" not in findings._repr_html_()
    both = Findings([*findings, *check_object("study<2>", "r", metadata)])._repr_html_()
    assert "<th>object</th>" in both
    assert "<td>study&lt;2&gt;</td>" in both
    assert findings.frame()["message"].str.contains("img").any()
    assert "error" in repr(findings)
    assert repr(Findings()) == "No findings"
    assert json.dumps(findings.counts())


def test_a_check_of_files_looks_at_each_once(local: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 60
    elements = {
        f"data/d{number}": {
            "@type": "DataEntity",
            "data_path": f"gone/f{number}.vcf",
            "data_format": "VCF",
        }
        for number in range(count)
    }
    files = {f"here/F{number}.vcf": b"x" for number in range(count // 2)}
    modo = local.open(local.put(keys_of(elements, files=files)))
    looked: list[str] = []

    def counted(path: str) -> str:
        looked.append(path)
        return posixpath.basename(path)

    part = SimpleNamespace(basename=counted)
    monkeypatch.setattr("modos_widgets.modo.validation.storage_checks.posixpath", part)
    missing = modo.validate(nodes=False).of_code("file_missing")
    assert len(missing) == count
    assert sum(one.fix is not None for one in missing) == count // 2
    assert len(looked) == count + count // 2
