"""The classes and slots of the schema, for checks, editors and tooltips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from modos_widgets.errors import ArgumentError
from modos_widgets.modo.schema.models import CLASSES, NamedThing
from modos_widgets.modo.schema.terms import TERMS, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic.fields import FieldInfo

__all__ = ["DEFAULT_SCHEMA", "AnySchema", "ClassRules", "Schema", "Slot"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One attribute of a class.

    Attributes
    ----------
    name : str
        The attribute's name.
    title, description : str
        Title and description for people.
    required : bool
        Whether it is required for every element of the class.
    many : bool
        Whether its value is a list.
    link : str
        The class that it links to; empty if it is not a link.
    kind : str
        ``"text"``, ``"number"``, ``"yes_no"``, ``"moment"``, ``"uri"``, ``"term"`` (an
        ontology's), ``"path"``, ``"checksum"``, ``"link"`` or ``"choice"`` (one of `terms`). A
        class of yours gets it from the type of its field.
    terms : Mapping of str to Term
        The values that it can have; empty if the schema does not list them.
    """

    name: str
    title: str
    description: str
    required: bool
    many: bool
    link: str
    kind: str
    terms: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class ClassRules:
    """What the elements of a class are checked against.

    Attributes
    ----------
    validate : callable
        Raises pydantic's ValidationError for attributes that the class does not allow.
    group : str
        Group of its elements; empty if it can be any.
    required : tuple of str
        Names of the required slots.
    known : frozenset of str
        Names of all slots, with ``@type`` and ``id``.
    """

    validate: Callable[[Mapping[str, Any]], object]
    group: str
    required: tuple[str, ...]
    known: frozenset[str]


class Schema:
    """The classes that elements can have.

    Parameters
    ----------
    models : iterable of pydantic model classes
        Your own classes, in addition to the published ones. A class replaces a published one of the
        same name. The class variable ``group`` names the group of its elements; without it,
        elements of any group can have the class. The class variable ``expected`` names the slots
        that a complete element has besides the required ones.
    expected : mapping of str to iterable of str, optional
        Class name to its expected slots, in place of those of the class. By default only a Sample
        has some: name, source_material, sex and taxon_id.

    Raises
    ------
    ArgumentError
        `models` contains something other than a pydantic model class, or `expected` names an
        unknown class or slot.
    """

    def __init__(
        self,
        models: Iterable[type[BaseModel]] = (),
        *,
        expected: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.classes: dict[str, type[BaseModel]] = dict(CLASSES)
        for model in models:
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                raise ArgumentError.expected("a list of pydantic model classes", model)
            self.classes[model.__name__] = model
        self._slots: dict[str, Mapping[str, Slot]] = {}
        self._rules: dict[str, ClassRules] = {}
        self._expected: dict[str, tuple[str, ...]] = {}
        for name, slots in (expected or {}).items():
            if isinstance(slots, str) or not isinstance(slots, Iterable):
                raise ArgumentError.expected("a list of slots", slots, name=f"expected[{name!r}]")
            self._expected[name] = tuple(slots)
            unknown = sorted(set(self._expected[name]) - set(self.slots(name)))
            if name not in self.classes or unknown:
                raise ArgumentError(
                    f"expected: {name} has no slot {', '.join(unknown)}."
                    if name in self.classes
                    else f"expected: unknown class {name}.",
                    "Check the names.",
                )

    @classmethod
    def of(cls, schema: AnySchema = ()) -> Schema:
        """Return the Schema for a Schema (itself) or for model classes.

        Parameters
        ----------
        schema : Schema or iterable of pydantic model classes
            The schema, or your own classes in addition to the published ones.

        Returns
        -------
        Schema
        """
        if isinstance(schema, cls):
            return schema
        if isinstance(schema, str) or not isinstance(schema, Iterable):
            raise ArgumentError.expected("a list of pydantic model classes", schema, name="schema")
        models = list(schema)
        return cls(models) if models else DEFAULT_SCHEMA

    def slots(self, class_name: object) -> Mapping[str, Slot]:
        """Return the slots of a class by name; those of NamedThing if the class is unknown.

        Parameters
        ----------
        class_name : object
            Name of the class; anything else counts as unknown.

        Returns
        -------
        Mapping of str to Slot
        """
        name = class_name if isinstance(class_name, str) else ""
        found = self._slots.get(name)
        if found is None:
            model = self.classes.get(name, NamedThing)
            found = MappingProxyType(
                {slot: _slot(slot, info) for slot, info in model.model_fields.items()}
            )
            self._slots[name] = found
        return found

    def required(self, class_name: str) -> tuple[str, ...]:
        """Return the names of the required slots of a class.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.

        Returns
        -------
        tuple of str
        """
        rules = self.rules(class_name)
        return () if rules is None else rules.required

    def rules(self, class_name: object) -> ClassRules | None:
        """Return what the elements of a class are checked against; None if it is unknown.

        Parameters
        ----------
        class_name : object
            Name of the class, such as ``Sample``; anything else counts as unknown.

        Returns
        -------
        ClassRules or None
        """
        if not isinstance(class_name, str):
            return None
        found = self._rules.get(class_name)
        if found is None and class_name in self.classes:
            slots = self.slots(class_name)
            found = self._rules[class_name] = ClassRules(
                self.classes[class_name].__pydantic_validator__.validate_python,
                self.group(class_name),
                tuple(slot.name for slot in slots.values() if slot.required),
                frozenset({*slots, "@type", "id"}),
            )
        return found

    def in_form(self, class_name: str) -> tuple[Slot, ...]:
        """Return the slots of a class in the order of a form.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.

        Returns
        -------
        tuple of Slot
            The name, from which the id is proposed; the required slots; the expected ones; the
            others; the description.
        """
        slots, expected = self.slots(class_name), self.expected(class_name)
        ranks = {
            **dict.fromkeys(slots, 3),
            **dict.fromkeys(expected, 2),
            **dict.fromkeys(self.required(class_name), 1),
            "name": 0,
            "description": 4,
        }
        return tuple(sorted(slots.values(), key=lambda slot: ranks[slot.name]))

    def expected(self, class_name: str) -> tuple[str, ...]:
        """Return the names of the slots that a complete element has besides the required ones.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.

        Returns
        -------
        tuple of str
        """
        found = self._expected.get(class_name)
        if found is None:
            required, slots = self.required(class_name), self.slots(class_name)
            named = getattr(self.classes.get(class_name), "expected", ())
            found = tuple(slot for slot in named if slot in slots and slot not in required)
            self._expected[class_name] = found
        return found

    def section(self, class_name: object) -> str:
        """Return the class under which elements of a class are listed.

        Parameters
        ----------
        class_name : object
            Name of the class; anything else counts as unknown.

        Returns
        -------
        str
            `DataEntity` for its published subclasses, else the class itself; empty if the class
            is unknown. A class of yours is listed by itself.
        """
        name = class_name if isinstance(class_name, str) else ""
        model = self.classes.get(name)
        if model is None:
            return ""
        is_data = model is CLASSES.get(name) and self.is_a(name, "DataEntity")
        return "DataEntity" if is_data else name

    def group(self, class_name: str) -> str:
        """Return the group of the elements of a class; empty if it can be any.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.

        Returns
        -------
        str
        """
        return str(getattr(self.classes.get(class_name), "group", ""))

    def describe(self, class_name: str) -> str:
        """Return the description of a class; empty if the class is unknown.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.

        Returns
        -------
        str
        """
        return (getattr(self.classes.get(class_name), "__doc__", None) or "").strip()

    @cached_property
    def default_class(self) -> Mapping[str, str]:
        """Group to its first class, which elements without a class get."""
        first: dict[str, str] = {}
        for name in self.classes:
            first.setdefault(self.group(name), name)
        first[""] = "MODO"
        return first

    def is_a(self, class_name: object, target: str) -> bool:
        """Return whether a class is, or derives from, the class that a link requires.

        Parameters
        ----------
        class_name : object
            Name of the class.
        target : str
            Name of the class that a link requires.

        Returns
        -------
        bool
        """
        if class_name == target:
            return True
        model, wanted = self.classes.get(str(class_name)), self.classes.get(target)
        return model is not None and wanted is not None and issubclass(model, wanted)

    def linked_id(self, link: str, target: str) -> str:
        """Return the id of the element that a link names.

        Parameters
        ----------
        link : str
            A full id, or a name without its group.
        target : str
            Name of the class that the slot links to.

        Returns
        -------
        str
        """
        return link if "/" in link else f"{self.group(target)}/{link}"

    @cached_property
    def link_slots(self) -> Mapping[str, str]:
        """Name of every slot that links to the class that it links to."""
        return {
            slot.name: slot.link
            for name in self.classes
            for slot in self.slots(name).values()
            if slot.link
        }


def _slot(name: str, info: FieldInfo) -> Slot:
    extra: dict[str, Any] = (
        dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}
    )
    link, terms = str(extra.get("link", "")), TERMS.get(str(extra.get("terms", "")), {})
    types = list(_types(info.annotation))
    terms = terms or _listed(types)
    default = next((_KINDS[each] for each in types if each in _KINDS), "text")
    kind = "link" if link else "choice" if terms else str(extra.get("kind", default))
    return Slot(
        name=name,
        title=info.title or name,
        description=info.description or "",
        required=info.is_required(),
        many=_holds_list(info.annotation),
        link=link,
        kind=kind,
        terms=terms,
    )


_KINDS = {
    bool: "yes_no",
    int: "number",
    float: "number",
    dt.datetime: "moment",
    dt.date: "moment",
}
"""Type of a field to the kind of its slot."""


def _types(annotation: Any) -> Iterator[Any]:
    """Yield the types in an annotation, and the values of its ``Literal``."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_args(annotation):
        for part in get_args(annotation):
            yield from _types(part)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (each.value for each in annotation)
    else:
        yield annotation


def _listed(types: list[Any]) -> Mapping[str, Term]:
    """Return the texts among types, which are the values of a ``Literal`` or an ``Enum``."""
    return MappingProxyType({each: Term(each, "") for each in types if isinstance(each, str)})


def _holds_list(annotation: Any) -> bool:
    if get_origin(annotation) is list or annotation is list:
        return True
    return any(_holds_list(part) for part in get_args(annotation))


AnySchema = Schema | Iterable[type[BaseModel]]
"""Type of the argument ``schema``."""

DEFAULT_SCHEMA = Schema()
"""The published classes."""
