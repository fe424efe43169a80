"""Check the metadata of one object against the schema; reads nothing, pure functions."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from modos_widgets.modo.findings import Finding, Fix, Severity
from modos_widgets.modo.fixes import fix_for, suggest_class
from modos_widgets.modo.links import check_links
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

__all__ = ["check_cohort", "check_object"]

TYPE = "@type"
FOLLOWED = 100
"""Levels of lists and dicts within one another that are followed."""
WARNINGS = frozenset({"date_without_time", "date_without_zone", "scalar_for_list"})
OWN_CODES = WARNINGS | {"wrong_type", "not_a_date", "not_a_uri", "bad_pattern", "not_in_list"}


def check_object(
    path: str,
    root: str,
    metadata: Mapping[str, Mapping[str, Any]],
    schema: Schema = DEFAULT_SCHEMA,
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

    Returns
    -------
    list of Finding
        In the order of the elements.
    """
    found: list[Finding] = []
    classes = {element: attributes.get(TYPE) for element, attributes in metadata.items()}
    for element, attributes in metadata.items():
        group = "" if element == root else element.partition("/")[0]
        class_name = attributes.get(TYPE)
        if not isinstance(class_name, str) or class_name not in schema.classes:
            found.append(_class_finding(path, element, class_name, group, schema))
        elif schema.group(class_name) != group and (
            schema.group(class_name) or _is_root(class_name)
        ):
            found.append(
                Finding(
                    path,
                    element,
                    TYPE,
                    "error",
                    "wrong_group",
                    f"{class_name} does not belong "
                    + (f"in the group {group}." if group else "at the root."),
                )
            )
        found.extend(_check_slots(path, element, attributes, schema))
        if schema.link_slots.keys() & attributes.keys():
            found.extend(check_links(path, element, attributes, classes, schema))
    found.extend(_check_ids(path, metadata))
    return found


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
    if class_name is None:
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
        f"{class_name!r:.80} is not a class of the schema; its attributes cannot all be checked.",
        fix,
    )


def _check_slots(
    path: str, element: str, attributes: Mapping[str, Any], schema: Schema
) -> Iterator[Finding]:
    class_name = attributes.get(TYPE)
    model = schema.classes.get(class_name) if isinstance(class_name, str) else None
    if model is not None:
        try:
            model.__pydantic_validator__.validate_python(attributes)
        except ValidationError as error:
            seen: set[tuple[str, str]] = set()
            for detail in error.errors(include_url=False, include_context=True):
                finding = _from_pydantic(path, element, attributes, detail, schema)
                if (finding.slot, finding.code) not in seen:
                    seen.add((finding.slot, finding.code))
                    yield finding
    extra = attributes.keys() - schema.slots(class_name).keys() - {TYPE, "id"}
    if model is not None:
        for slot in sorted(extra):
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
        message = f"{slot} is missing: {attributes.get(TYPE)} has to have it."
    else:
        value = detail["input"]
        message = f"{value!r:.80} {detail['msg']}." if code in OWN_CODES else f"{detail['msg']}."
        if code not in OWN_CODES:
            code = "wrong_type"
    severity: Severity = "warning" if code in WARNINGS else "error"
    fix = fix_for(code, element, slot, attributes, schema)
    return Finding(path, element, slot, severity, code, message, fix)


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


def _check_ids(path: str, metadata: Mapping[str, Any]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for element in metadata:
        folded = fold(element)
        first = seen.setdefault(folded, element)
        if first != element:
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


def fold(name: str) -> str:
    """Give what two names share that look the same but for case and form."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def scripts_of(name: str) -> frozenset[str]:
    """Name the alphabets of a name that hold look-alikes of each other."""
    return frozenset() if name.isascii() else frozenset(filter(None, map(_script, name)))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    script = unicodedata.name(character, "").partition(" ")[0]
    return script.capitalize() if script in {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"} else ""
