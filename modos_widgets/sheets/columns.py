"""The tabs and columns of a sheet: which an export writes, and what those of a sheet mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from modos_widgets.modo import Schema, Slot

__all__ = [
    "ASSAY",
    "CLASS",
    "ELEMENT",
    "FILE",
    "KIND",
    "LISTS_TAB",
    "OBJECT",
    "README_TAB",
    "REQUIRED",
    "SAMPLE",
    "SHEET_MEANINGS",
    "columns_of",
    "match_columns",
    "slot_of",
    "split_meaning",
]

LISTS_TAB: Final = "Lists"
README_TAB: Final = "Read me"

OBJECT: Final = "object"
ELEMENT: Final = "element"
CLASS: Final = "@type"
REQUIRED: Final = " *"
"""End of the header of a required slot."""
FILE: Final = "file"
SAMPLE: Final = "sample"
ASSAY: Final = "assay"
KIND: Final = "type"
WORDS: Final = {
    FILE: "file|files|file path|filepath|file name|filename|path|data file|data_path",
    SAMPLE: "sample|samples|sample id|sample_id|sample name|sample_name|has_sample",
    ASSAY: "assay|assays|assay id|assay_id|assay name|assay_name|experiment",
    KIND: "type|data type|file type|class",
    OBJECT: "object|modo|study",
}
"""Headers of a sample sheet: what a column means, and the words for it."""
SHEET_MEANINGS: Final = (OBJECT, ELEMENT, CLASS, FILE, SAMPLE, ASSAY, KIND)
"""What a column can mean that is not an attribute."""
_ROLES: Final = {folded(word): role for role, words in WORDS.items() for word in words.split("|")}
_OWNERS: Final = {"sample": SAMPLE, "assay": ASSAY, "data": FILE}
_OF_ELEMENT: Final = re.compile(r"(sample|assay|data)\.(.+)\Z", re.DOTALL)


def slot_of(schema: Schema, class_name: object, name: str) -> Slot | None:
    """Return the slot of a class; None if the schema does not know the attribute."""
    return schema.slots(class_name).get(name)


def columns_of(
    schema: Schema, classes: Iterable[str], found: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Return the attributes that get a column: the slots of the classes, then others in use."""
    names: dict[str, None] = {}
    for class_name in classes:
        names.update(dict.fromkeys(slot.name for slot in schema.in_form(class_name)))
    for attributes in found:
        if not names.keys() >= attributes.keys():
            names.update(dict.fromkeys(attributes))
    names.pop(CLASS, None)
    return list(names)


def split_meaning(meaning: str) -> tuple[str, str]:
    """Return whose attribute a column of a sample sheet is, and which: ``sample.sex``.

    The first is ``file``, ``sample`` or ``assay``, and empty if the column does not state it.
    """
    found = _OF_ELEMENT.match(meaning)
    return (_OWNERS[found[1]], found[2]) if found else ("", meaning)


def _roles(header: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return what words mean in a sample sheet; empty for any other sheet.

    A sample sheet has a column of files, one of samples, assays or types, and none of elements.
    """
    meanings = {mapping[text] if text in mapping else _ROLES.get(folded(text)) for text in header}
    if ELEMENT in header or ELEMENT in mapping.values() or FILE not in meanings:
        return {}
    chosen = FILE in mapping.values()
    return _ROLES if chosen or meanings & {SAMPLE, ASSAY, KIND} else {}


def match_columns(
    header: list[str],
    schema: Schema,
    known: Collection[str],
    mapping: Mapping[str, str],
) -> tuple[list[str], list[tuple[int, str]]]:
    """Return what the columns of a sheet mean.

    Parameters
    ----------
    header : list of str
        The first row.
    schema : Schema
        The classes.
    known : collection of str
        Attributes in use, besides those of the schema.
    mapping : Mapping of str to str
        Header to meaning, for columns that a person has confirmed; an empty text leaves a column
        out. In a sample sheet also ``file``, ``sample``, ``assay``, ``type``, and attributes of
        these, such as ``sample.sex``.

    Returns
    -------
    list of str
        What each column means; empty if that is unknown.
    list of (int, str)
        Columns that have no meaning or were found by their title, with the name that is offered.
    """
    slots = {name: slot for each in schema.classes for name, slot in schema.slots(each).items()}
    names = {OBJECT, ELEMENT, CLASS, *slots, *known}
    titles: dict[str, set[str]] = {}
    for name in names:
        title = slots[name].title if name in slots else name
        for text in (name, title, name.replace("_", " ")):
            titles.setdefault(folded(text), set()).add(name)
    meanings: list[str] = []
    offers: list[tuple[int, str]] = []
    bare_header = [text.removesuffix(REQUIRED).strip() for text in header]
    roles = _roles(bare_header, mapping)
    for number, (text, bare) in enumerate(zip(header, bare_header, strict=True)):
        if text in mapping or bare in mapping:
            meaning = mapping[text] if text in mapping else mapping[bare]
        elif roles and (folded(bare) in roles or _OF_ELEMENT.match(bare)):
            meaning = roles.get(folded(bare), bare)
            if meaning != bare:
                offers.append((number, meaning))
        elif bare in names:
            meaning = bare
        else:
            found = titles.get(folded(bare), set()) if bare else set()
            meaning = next(iter(found)) if len(found) == 1 else ""
            if bare:
                offers.append((number, meaning or bare))
        meanings.append(meaning)
    return meanings, offers
