"""Fields of the form of an element, from the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError
from modos_widgets.modo import MISSING, class_plural, class_title, parse, parse_entry

if TYPE_CHECKING:
    from collections.abc import Collection

    from modos_widgets.modo import Schema, Slot
    from modos_widgets.widgets.element_form.wire import Field, Texts
    from modos_widgets.widgets.wire import ClassChoice

__all__ = [
    "USERS",
    "addable_classes",
    "class_choice",
    "class_choices",
    "fields_of",
    "groups_of",
    "linking_slot",
    "read_texts",
]

USERS = "used by"
"""Name of the field for the elements that link to the new one; no slot has a blank in its name."""
_OWN = {"id", "@type"}


def addable_classes(schema: Schema) -> list[str]:
    """Return the classes of which elements can be added: all but that of the object itself."""
    return [name for name in schema.classes if name != schema.default_class[""]]


def groups_of(schema: Schema, class_name: str) -> list[str]:
    """Return the groups in which an element of a class can be."""
    own = schema.group(class_name)
    return [own] if own else sorted({group for group in map(schema.group, schema.classes) if group})


def class_choices(schema: Schema) -> list[ClassChoice]:
    """Return the classes of which elements can be added, as the browser shows them."""
    return [class_choice(schema, name) for name in addable_classes(schema)]


def class_choice(schema: Schema, class_name: str) -> ClassChoice:
    """Return a class as the browser shows it.

    Raises
    ------
    OptionError
        The schema does not know the class, or it is that of the object itself.
    """
    if class_name not in addable_classes(schema):
        raise OptionError(
            f"No element can have the class {class_name!r:.80}.",
            f"Choose one of {', '.join(addable_classes(schema))}.",
        )
    return {
        "name": class_name,
        "title": class_title(class_name),
        "plural": class_plural(class_name),
        "description": " ".join(schema.describe(class_name).split("\n\n")[0].split()),
    }


def linking_slot(schema: Schema, user: object, class_name: str) -> Slot | None:
    """Return the slot by which an element of the class `user` links to one of another class."""
    for slot in schema.slots(user).values():
        if slot.link and schema.is_a(class_name, slot.link):
            return slot
    return None


def fields_of(schema: Schema, class_name: str) -> list[Field]:
    """Return the fields of the form of a class, in their order."""
    fields = [_field(schema, slot) for slot in schema.in_form(class_name) if slot.name not in _OWN]
    users = [
        class_plural(user)
        for user in addable_classes(schema)
        if linking_slot(schema, user, class_name) and _is_first_of(schema, user, class_name)
    ]
    if users:
        field: Field = {
            "name": USERS,
            "title": "Used by",
            "help": f"{' and '.join(users).capitalize()} that link to it.",
            "kind": "users",
            "many": True,
            "required": False,
            "permitted": [],
            "creates": [],
        }
        fields.append(field)
    return fields


def _is_first_of(schema: Schema, user: str, class_name: str) -> bool:
    """Return whether no class that `user` derives from links too, which stands for all of them."""
    return not any(
        other != user and schema.is_a(user, other) and linking_slot(schema, other, class_name)
        for other in schema.classes
    )


def _field(schema: Schema, slot: Slot) -> Field:
    targets = [
        name for name in addable_classes(schema) if slot.link and schema.is_a(name, slot.link)
    ]
    return {
        "name": slot.name,
        "title": slot.title,
        "help": slot.description,
        "kind": slot.kind,
        "many": slot.many,
        "required": slot.required,
        "permitted": [
            {"value": term.value, "description": term.description} for term in slot.terms.values()
        ],
        "creates": [class_choice(schema, name) for name in targets],
    }


def read_texts(
    texts: Texts, schema: Schema, class_name: str, ids: Collection[str]
) -> dict[str, Any]:
    """Return the attributes of an element from the texts of its form.

    Parameters
    ----------
    texts : dict of str to list of str
        Texts by field; untrusted. Fields that the class does not have are ignored.
    schema : Schema
        The classes.
    class_name : str
        Class of the element.
    ids : collection of str
        Ids of the object's elements, to complete links without a prefix.

    Returns
    -------
    dict of str to Any
    """
    attributes: dict[str, Any] = {"@type": class_name}
    for slot in schema.in_form(class_name):
        given = texts.get(slot.name)
        if slot.name in _OWN or not isinstance(given, list):
            continue
        filled = [text for text in map(str, given) if text.strip()]
        if not filled:
            continue
        if slot.many:
            attributes[slot.name] = [
                parse_entry(text.strip(), slot, schema, ids) for text in filled
            ]
        else:
            value = parse(filled[0], slot, None, schema=schema, ids=ids)
            if value is not MISSING:
                attributes[slot.name] = value
    return attributes
