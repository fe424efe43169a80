"""Check the metadata of a table, an object or several objects; pure functions."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from modos_widgets.errors import ArgumentError
from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA, AnySchema, Schema
from modos_widgets.modo.similar_names import ElementIds, scripts_of
from modos_widgets.modo.validation.findings import Finding, Findings, Fix, new_finding
from modos_widgets.modo.validation.fixes import advice_for, fix_for, suggest_class
from modos_widgets.modo.validation.link_checks import check_links
from modos_widgets.modo.values import is_absent, is_blank, is_missing
from modos_widgets.storage import portable_name, unusual_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from modos_widgets.modo.schema.slots import ClassRules

__all__ = ["check_cohort", "check_element", "check_object", "validate"]

TYPE = "@type"
DEEPEST = 100
"""Levels of nested lists and dicts that are checked."""
_NULL = type(None)
SCHEMA_CODES = frozenset(
    {
        "bad_pattern",
        "date_without_time",
        "date_without_zone",
        "not_a_date",
        "not_a_uri",
        "not_in_list",
        "scalar_for_list",
        "wrong_type",
    }
)
"""Codes of the errors that the types of `schema.models` raise."""


def validate(frame: pd.DataFrame, *, schema: AnySchema = ()) -> Findings:
    """Check a table of metadata of one or more objects; no network use.

    Only the table is checked: use `Modo.validate` to check the files and the storage too.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per element, as `Modo.frame`, `Draft.frame` and `modos_widgets.catalog` return
        it. The index is the element id, or (object path, element id).
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.

    Returns
    -------
    Findings
        Errors first. Missing cells (None, NaN, NA) count as absent.

    Raises
    ------
    ArgumentError
        `frame` is not a DataFrame, or `schema` contains something other than a model class.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError.expected("a DataFrame, such as Modo.frame()", frame)
    classes = Schema.of(schema)
    findings: list[Finding] = []
    objects: dict[str, dict[str, dict[str, Any]]] = {}
    for (path, element), attributes in zip(_keys(frame), _rows(frame), strict=True):
        elements = objects.setdefault(path, {})
        if element in elements:
            message = f"The id {element!r:.80} occurs twice."
            findings.append(new_finding("duplicate_id", path, element, "", message))
        else:
            elements[element] = attributes
    roots = {path: _root_of(elements) for path, elements in objects.items()}
    for path, elements in objects.items():
        findings.extend(check_object(path, roots[path], elements, classes))
    findings.extend(
        check_cohort({path: (roots[path], elements) for path, elements in objects.items()})
    )
    return Findings(findings)


def _keys(frame: pd.DataFrame) -> list[tuple[str, str]]:
    if frame.index.nlevels > 1:
        return [(str(key[0]), str(key[-1])) for key in frame.index]
    return [("", str(key)) for key in frame.index]


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    columns = [frame.iloc[:, number].tolist() for number in range(len(names))]
    for values in zip(*columns, strict=True) if columns else ({} for _ in range(len(frame))):
        yield {
            name: _plain(value)
            for name, value in zip(names, values, strict=True)
            if not is_missing(value)
        }


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _root_of(elements: Mapping[str, Mapping[str, Any]]) -> str:
    for element, attributes in elements.items():
        if attributes.get("@type") == "MODO" or "/" not in element:
            return element
    return ""


def check_object(
    path: str,
    root: str,
    metadata: Mapping[str, Mapping[str, Any]],
    schema: Schema = DEFAULT_SCHEMA,
    *,
    only: Iterable[str] | None = None,
) -> list[Finding]:
    """Check every element of one object.

    Parameters
    ----------
    path : str
        Path of the object, for the findings.
    root : str
        Key of the root in `metadata`; empty if `metadata` does not contain the root.
    metadata : Mapping
        Element id to its attributes.
    schema : Schema
        The classes.
    only : iterable of str, optional
        The elements to check; by default all.

    Returns
    -------
    list of Finding
        In the order of the elements.
    """
    ids = ElementIds(metadata)
    findings = [] if root in metadata or only is not None else list(_check_path(path, root))
    for element in metadata if only is None else only:
        findings.extend(check_element(path, root, element, metadata, ids=ids, schema=schema))
    return findings


def check_element(
    path: str,
    root: str,
    element: str,
    metadata: Mapping[str, Mapping[str, Any]],
    *,
    ids: ElementIds,
    schema: Schema,
) -> list[Finding]:
    """Check one element of an object.

    The result depends on the element's attributes, on the classes of the elements that it
    links to, and on the ids that are similar to its own or to its links.

    Parameters
    ----------
    path, root, metadata, schema
        As for `check_object`.
    element : str
        Id of the element.
    ids : ElementIds
        The ids of `metadata`.

    Returns
    -------
    list of Finding
    """
    attributes = metadata[element]
    group = "" if element == root else element.partition("/")[0]
    class_name = attributes.get(TYPE)
    rules = schema.rules(class_name)
    findings: list[Finding] = []
    if rules is None:
        findings.append(_class_finding(path, element, class_name, group, schema))
    else:
        if rules.group != group and (rules.group or class_name == "MODO"):
            own = f"the group {group}" if group else "the root"
            message = f"An element of {own} cannot have the class {class_name}."
            findings.append(new_finding("wrong_group", path, element, TYPE, message))
        try:
            rules.validate(_stated(attributes, rules))
        except ValidationError as error:
            findings += _from_pydantic(path, element, attributes, error, schema)
        if not attributes.keys() <= rules.known:
            findings += _unknown_slots(path, element, attributes, rules)
    if not all(map(is_portable, attributes.values())):
        findings += _not_portable(path, element, attributes)
    if not schema.link_slots.keys().isdisjoint(attributes):
        findings += check_links(path, element, metadata, ids, schema)
    if ids.any_alike or not element.isascii():
        findings += _check_id(path, element, ids)
    if element == root:
        findings += _check_path(path, root)
    own_id = attributes.get("id") if element == root else element
    if isinstance(own_id, str) and unusual_part(own_id):
        findings += _unusual_id(path, root, element, own_id)
    return findings


def check_cohort(objects: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Iterator[Finding]:
    """Find objects that have the same id.

    Parameters
    ----------
    objects : Mapping
        Path of each object to the key of its root and its metadata.

    Yields
    ------
    Finding
    """
    paths: dict[str, str] = {}
    for path, (root, metadata) in objects.items():
        own = metadata.get(root, {}).get("id")
        if not isinstance(own, str):
            continue
        first = paths.setdefault(own, path)
        if first != path:
            message = f"{first} also has the id {own!r:.80}."
            yield new_finding("duplicate_id", path, root, "id", message)


def _class_finding(
    path: str, element: str, class_name: object, group: str, schema: Schema
) -> Finding:
    if is_blank(class_name):
        default = schema.default_class.get(group)
        fix = Fix(f"Set to {default}", ((element, TYPE, default),)) if default else None
        message = "@type, the class of the element, is required."
        return new_finding("missing", path, element, TYPE, message, fix)
    near = suggest_class(class_name, group, schema)
    fix = Fix(f"Change to {near}", ((element, TYPE, near),)) if near else None
    message = f"{_shown(class_name)} is not a class of the schema."
    return new_finding("unknown_class", path, element, TYPE, message, fix)


def _stated(attributes: Mapping[str, Any], rules: ClassRules) -> Mapping[str, Any]:
    """Return the attributes without ``null`` and without blank values of required attributes."""
    blank = [slot for slot in rules.required if slot in attributes and is_blank(attributes[slot])]
    if not blank and _NULL not in map(type, attributes.values()):
        return attributes
    return {
        slot: value
        for slot, value in attributes.items()
        if not is_absent(value) and slot not in blank
    }


def _unknown_slots(
    path: str, element: str, attributes: Mapping[str, Any], rules: ClassRules
) -> Iterator[Finding]:
    class_name = attributes[TYPE]
    for slot in sorted(attributes.keys() - rules.known):
        if not is_absent(attributes[slot]):
            message = f"The schema has no attribute {slot!r:.80} for {class_name}; it is kept."
            yield new_finding("unknown_slot", path, element, slot, message)


def _not_portable(path: str, element: str, attributes: Mapping[str, Any]) -> Iterator[Finding]:
    for slot, value in attributes.items():
        if not is_portable(value):
            message = (
                "Most JSON readers refuse this value: it contains NaN, an infinity or an unpaired "
                f"surrogate, or is nested more than {DEEPEST} levels deep."
            )
            yield new_finding("not_portable", path, element, slot, message)


def _from_pydantic(
    path: str,
    element: str,
    attributes: Mapping[str, Any],
    error: ValidationError,
    schema: Schema,
) -> Iterator[Finding]:
    """Return the first finding of each kind for each slot."""
    reported: set[tuple[str, str]] = set()
    for detail in error.errors(include_url=False, include_context=True):
        finding = _finding_of(path, element, attributes, detail, schema)
        if (finding.slot, finding.code) not in reported:
            reported.add((finding.slot, finding.code))
            yield finding


def _finding_of(
    path: str,
    element: str,
    attributes: Mapping[str, Any],
    detail: ErrorDetails,
    schema: Schema,
) -> Finding:
    slot = str(detail["loc"][0]) if detail["loc"] else ""
    code = detail["type"]
    if code == "missing":
        message = f"{slot} is required for {attributes.get(TYPE)}."
    else:
        value = detail["input"]
        ours = code in SCHEMA_CODES
        message = f"{_shown(value)} {detail['msg']}." if ours else f"{detail['msg']}."
        if not ours:  # an error of pydantic itself, or of the caller's own class
            code = "wrong_type"
    fix = fix_for(code, element, slot, attributes, schema)
    if fix is None:
        message = f"{message} {advice_for(code, slot, attributes, schema)}".strip()
    return new_finding(code, path, element, slot, message, fix)


def _shown(value: object) -> str:
    """Return the beginning of the representation of a value."""
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # an integer of thousands of digits; nested too deep
        return f"A {type(value).__name__}"


def is_portable(value: Any, depth: int = 0) -> bool:
    """Return whether every JSON reader accepts a value.

    Not every reader accepts NaN, infinities, unpaired surrogates and deep nesting.
    """
    if depth > DEEPEST:
        return False
    if type(value) is str:
        return value.isascii() or _encodes(value)
    if type(value) is float:
        return value - value == 0
    if type(value) is list:
        return all(map(is_portable, value, repeat(depth + 1)))
    if type(value) is dict:
        return all(_encodes(key) and is_portable(entry, depth + 1) for key, entry in value.items())
    return True


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_id(path: str, element: str, ids: ElementIds) -> Iterator[Finding]:
    alike = ids.alike(element)
    if len(alike) > 1 and (first := min(alike)) != element:
        message = f"{element!r:.80} differs from {first!r:.80} only in letter case or Unicode form."
        yield new_finding("similar_id", path, element, "", message)
    scripts = scripts_of(element)
    if len(scripts) > 1:
        message = f"The id mixes {' and '.join(sorted(scripts))} letters, which look alike."
        yield new_finding("lookalike_id", path, element, "", message)


def _check_path(path: str, root: str) -> Iterator[Finding]:
    """Find a path of the object that other MODO software refuses."""
    name = path.split("/", 3)[-1] if path.startswith("s3://") else path.rpartition("/")[2]
    part = unusual_part(name)
    if part:
        message = f"The object's path contains {part}, which other MODO software refuses."
        yield new_finding("id_not_portable", path, root, "", message)


def _unusual_id(path: str, root: str, element: str, own_id: str) -> Iterator[Finding]:
    """Report an id that other MODO software refuses."""
    if len(scripts_of(element)) > 1:  # reported as lookalike_id
        return
    message = f"The id contains {unusual_part(own_id)}, which other MODO software refuses."
    name = portable_name(own_id)
    if element == root:
        fix = Fix(f"Change to {name}", ((element, "id", name),)) if name else None
        yield new_finding("id_not_portable", path, element, "id", message, fix)
        return
    group = portable_name(element.partition("/")[0])
    if "/" not in name:  # no character of the name is portable
        name = f"{group}/{group}"
    fix = Fix(f"Rename to {name}", rename=name)
    yield new_finding("id_not_portable", path, element, "", message, fix)
