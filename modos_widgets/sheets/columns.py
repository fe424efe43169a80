"""The tabs and columns of a sheet: which an export writes, and what those of a sheet mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from modos_widgets.modo import Schema, Slot

__all__ = [
    "CLASS",
    "ELEMENT",
    "LISTS_TAB",
    "OBJECT",
    "README_TAB",
    "REQUIRED",
    "columns_of",
    "match_columns",
    "slot_of",
]

LISTS_TAB: Final = "Lists"
README_TAB: Final = "Read me"

OBJECT: Final = "object"
ELEMENT: Final = "element"
CLASS: Final = "@type"
REQUIRED: Final = " *"
"""End of the header of a required slot."""


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


def match_columns(
    header: Iterable[str],
    schema: Schema,
    known: Collection[str],
    mapping: Mapping[str, str],
) -> tuple[list[str], list[tuple[int, str]]]:
    """Return what the columns of a sheet mean.

    Parameters
    ----------
    header : iterable of str
        The first row.
    schema : Schema
        The classes.
    known : collection of str
        Attributes in use, besides those of the schema.
    mapping : Mapping of str to str
        Header to attribute, for columns that a person has confirmed; an empty text leaves a column
        out.

    Returns
    -------
    list of str
        ``object``, ``element``, ``@type`` or the attribute of each column; empty if it has none.
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
    for number, text in enumerate(header):
        bare = text.removesuffix(REQUIRED).strip()
        if text in mapping or bare in mapping:
            meaning = mapping[text] if text in mapping else mapping[bare]
        elif bare in names:
            meaning = bare
        else:
            found = titles.get(folded(bare), set()) if bare else set()
            meaning = next(iter(found)) if len(found) == 1 else ""
            if bare:
                offers.append((number, meaning or bare))
        meanings.append(meaning)
    return meanings, offers
