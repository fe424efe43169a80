"""Check metadata against the schema: of a table, of one object, of several; pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from modos_widgets.errors import ArgumentError
from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA, AnySchema, Schema
from modos_widgets.modo.similar_names import ElementIds, scripts_of
from modos_widgets.modo.validation.findings import Finding, Findings, Fix, Severity
from modos_widgets.modo.validation.fixes import advice_for, fix_for, suggest_class
from modos_widgets.modo.validation.link_checks import check_links
from modos_widgets.modo.values import is_absent, is_blank, is_missing
from modos_widgets.storage import portable_name, unusual_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

__all__ = ["check_cohort", "check_element", "check_object", "validate"]

TYPE = "@type"
FOLLOWED = 100
"""Levels of lists and dicts within one another that are followed."""
WARNINGS = frozenset({"date_without_time", "date_without_zone", "scalar_for_list"})
NOT_PORTABLE = "id_not_portable"
OWN_CODES = WARNINGS | {"wrong_type", "not_a_date", "not_a_uri", "bad_pattern", "not_in_list"}


def validate(frame: pd.DataFrame, *, schema: AnySchema = ()) -> Findings:
    """Check a table of metadata, of one object or many; reads nothing else.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each element: of `Modo.frame`, `Draft.frame` or `modos_widgets.catalog`.
        The index is the element id, or (object path, element id).
    schema : iterable of pydantic model classes, or Schema
        Classes of your own, beside the published ones; or the schema of a draft.

    Returns
    -------
    Findings
        Each names object, element and slot, its severity, and what fixes it.
        Missing cells (None, NaN, NA) count as absent.

    Raises
    ------
    ArgumentError
        `frame` is not a DataFrame, or `schema` contains something else than a model class.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError.expected("a DataFrame, such as Modo.frame()", frame)
    known = Schema.of(schema)
    found: list[Finding] = []
    objects: dict[str, dict[str, dict[str, Any]]] = {}
    for (path, element), attributes in zip(_keys(frame), _rows(frame), strict=True):
        elements = objects.setdefault(path, {})
        if element in elements:
            message = f"The id {element!r:.80} is there twice."
            found.append(Finding(path, element, "", "error", "duplicate_id", message))
        else:
            elements[element] = attributes
    roots = {path: _root_of(elements) for path, elements in objects.items()}
    for path, elements in objects.items():
        found.extend(check_object(path, roots[path], elements, known))
    found.extend(check_cohort({path: (roots[path], one) for path, one in objects.items()}))
    return Findings(found)


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
        The object's path, for the findings.
    root : str
        Key of the root in `metadata`; empty where the root is not among them.
    metadata : Mapping
        Element id to its attributes.
    schema : Schema
        The classes.
    only : iterable of str, optional
        The elements to check; all of them by default.

    Returns
    -------
    list of Finding
        In the order of the elements.
    """
    ids = ElementIds(metadata)
    found = [] if root in metadata or only is not None else list(_check_place(path, root))
    for element in metadata if only is None else only:
        found.extend(check_element(path, root, element, metadata, ids=ids, schema=schema))
    return found


def check_element(
    path: str,
    root: str,
    element: str,
    metadata: Mapping[str, Mapping[str, Any]],
    *,
    ids: ElementIds,
    schema: Schema,
) -> Iterator[Finding]:
    """Check one element of an object.

    What it finds depends on the element's attributes, on the classes of the elements that it
    links to, and on the ids that look like its own or like its links.

    Parameters
    ----------
    path, root, metadata, schema
        As for `check_object`.
    element : str
        The element.
    ids : ElementIds
        The ids of `metadata`.
    """
    attributes = metadata[element]
    group = "" if element == root else element.partition("/")[0]
    class_name = attributes.get(TYPE)
    if not isinstance(class_name, str) or class_name not in schema.classes:
        yield _class_finding(path, element, class_name, group, schema)
    elif schema.group(class_name) != group and (schema.group(class_name) or _is_root(class_name)):
        place = f"in the group {group}." if group else "at the root."
        message = f"{class_name} does not belong {place}"
        yield Finding(path, element, TYPE, "error", "wrong_group", message)
    yield from _check_slots(path, element, attributes, schema)
    if not schema.link_slots.keys().isdisjoint(attributes):
        yield from check_links(path, element, metadata, ids, schema)
    yield from _check_id(path, element, ids)
    if element == root:
        yield from _check_place(path, root)
    yield from _check_portable(path, root, element, attributes)


def check_cohort(objects: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Iterator[Finding]:
    """Find objects that have the id of another one.

    Parameters
    ----------
    objects : Mapping
        Path of an object to the key of its root and its metadata.
    """
    seen: dict[str, str] = {}
    for path, (root, metadata) in objects.items():
        own = metadata.get(root, {}).get("id")
        if not isinstance(own, str):
            continue
        first = seen.setdefault(own, path)
        if first != path:
            yield Finding(
                path,
                root,
                "id",
                "error",
                "duplicate_id",
                f"{first} has the id {own!r:.80} too.",
            )


def _is_root(class_name: str) -> bool:
    return class_name == "MODO"


def _class_finding(
    path: str, element: str, class_name: object, group: str, schema: Schema
) -> Finding:
    if is_blank(class_name):
        default = schema.default_class.get(group)
        fix = Fix(f"Make it a {default}", ((element, TYPE, default),)) if default else None
        return Finding(
            path, element, TYPE, "error", "missing", "@type is missing: it names the class.", fix
        )
    near = suggest_class(class_name, group, schema)
    fix = Fix(f"Make it {near}", ((element, TYPE, near),)) if near else None
    return Finding(
        path,
        element,
        TYPE,
        "warning",
        "unknown_class",
        f"{_shown(class_name)} is not a class of the schema; its attributes cannot all be checked.",
        fix,
    )


def _check_slots(
    path: str, element: str, attributes: Mapping[str, Any], schema: Schema
) -> Iterator[Finding]:
    class_name = attributes.get(TYPE)
    model = schema.classes.get(class_name) if isinstance(class_name, str) else None
    if model is not None:
        try:
            model.__pydantic_validator__.validate_python(_stated(attributes, class_name, schema))
        except ValidationError as error:
            seen: set[tuple[str, str]] = set()
            for detail in error.errors(include_url=False, include_context=True):
                finding = _from_pydantic(path, element, attributes, detail, schema)
                if (finding.slot, finding.code) not in seen:
                    seen.add((finding.slot, finding.code))
                    yield finding
    extra = attributes.keys() - schema.slots(class_name).keys() - {TYPE, "id"}
    if model is not None:
        for slot in sorted(slot for slot in extra if not is_absent(attributes[slot])):
            yield Finding(
                path,
                element,
                slot,
                "note",
                "unknown_slot",
                f"The schema has no attribute {slot!r:.80} for {class_name}; it is kept as it is.",
            )
    for slot, value in attributes.items():
        if not is_portable(value):
            yield Finding(
                path,
                element,
                slot,
                "warning",
                "not_portable",
                "It holds NaN, an infinity or half a character, or is nested very deep: JSON "
                "readers other than Python's refuse the whole archive for it.",
            )


def _stated(attributes: Mapping[str, Any], class_name: object, schema: Schema) -> Mapping[str, Any]:
    """Return the attributes that count: no ``null``, and nothing blank where one is required."""
    blank = [
        slot for slot in schema.required(str(class_name)) if is_blank(attributes.get(slot, ()))
    ]
    if not blank and all(value is not None for value in attributes.values()):
        return attributes
    return {
        slot: value
        for slot, value in attributes.items()
        if not is_absent(value) and slot not in blank
    }


def _from_pydantic(
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
        message = f"{_shown(value)} {detail['msg']}." if code in OWN_CODES else f"{detail['msg']}."
        if code not in OWN_CODES:
            code = "wrong_type"
    severity: Severity = "warning" if code in WARNINGS else "error"
    fix = fix_for(code, element, slot, attributes, schema)
    if fix is None:
        message = f"{message} {advice_for(code, slot, attributes, schema)}".strip()
    return Finding(path, element, slot, severity, code, message, fix)


def _shown(value: object) -> str:
    """Return the beginning of a value as Python writes it."""
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # an integer of thousands of digits; nested too deep
        return f"A {type(value).__name__}"


def is_portable(value: Any, depth: int = 0) -> bool:
    """Tell whether every JSON reader takes a value (no NaN, infinity, lone surrogate).

    Nor one that is nested deeper than readers and this check can follow.
    """
    if depth > FOLLOWED:
        return False
    if type(value) is str:
        return value.isascii() or _encodes(value)
    if type(value) is float:
        return value - value == 0
    if type(value) is list:
        return all(is_portable(entry, depth + 1) for entry in value)
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
        yield Finding(
            path,
            element,
            "",
            "warning",
            "similar_id",
            f"{element!r:.80} differs from {first!r:.80} only in case or in the form of its "
            "characters: they are one file on some disks, and one name to the eye.",
        )
    scripts = scripts_of(element)
    if len(scripts) > 1:
        yield Finding(
            path,
            element,
            "",
            "warning",
            "lookalike_id",
            f"The id mixes letters of {' and '.join(sorted(scripts))}: some look alike.",
        )


def _check_place(path: str, root: str) -> Iterator[Finding]:
    """Find a place of the object that other software of the field refuses."""
    place = path.split("/", 3)[-1] if path.startswith("s3://") else path.rpartition("/")[2]
    part = unusual_part(place)
    if part:
        message = f"The object's path contains {part}, which other MODO software refuses."
        yield Finding(path, root, "", "warning", NOT_PORTABLE, message)


def _check_portable(
    path: str, root: str, element: str, attributes: Mapping[str, Any]
) -> Iterator[Finding]:
    """Find an id that other software of the field refuses."""
    own = attributes.get("id") if element == root else element
    part = unusual_part(own) if isinstance(own, str) else ""
    if not part or len(scripts_of(element)) > 1:  # a look-alike is found as such
        return
    message = f"The id contains {part}, which other MODO software refuses."
    name = portable_name(str(own))
    if element == root:
        fix = Fix(f"Change it to {name}", ((element, "id", name),)) if name else None
        yield Finding(path, element, "id", "warning", NOT_PORTABLE, message, fix)
        return
    group = portable_name(element.partition("/")[0])
    if "/" not in name:  # nothing of the name is left
        name = f"{group}/{group}"
    fix = Fix(f"Rename it to {name}", rename=name)
    yield Finding(path, element, "", "warning", NOT_PORTABLE, message, fix)
