"""Messages and traits that `ElementForm` exchanges with its browser half.

``make wire`` writes ``js/element_form/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from modos_widgets.widgets.wire import ClassChoice

Texts = dict[str, list[str]]
"""Texts of a form by the name of their field; a field of one value has at most one."""


class ObjectChoice(TypedDict):
    """An object of the draft."""

    path: str
    name: str


class Permitted(TypedDict):
    """A value that the schema permits."""

    value: str
    description: str


class Field(TypedDict):
    """A field of a form."""

    name: str
    title: str
    help: str
    kind: str
    """Kind of the slot; 'users' for the elements that link to the new one."""
    many: bool
    required: bool
    permitted: list[Permitted]
    creates: list[ClassChoice]
    """Classes of elements that can be added to link to them."""


# -- requests and answers --------------------------------------------------------------------


class FormRequest(TypedDict):
    """The class of the new element."""

    class_name: str


class FormAnswer(ClassChoice):
    """What a form shows."""

    classes: list[ClassChoice]
    """Classes of the same group, itself among them."""
    groups: list[str]
    """Groups to choose from, for a class that can be in any."""
    objects: list[ObjectChoice]
    fields: list[Field]


class NewElement(TypedDict):
    """A new element as it is typed."""

    object: str
    class_name: str
    group: str
    id: str
    """Its id without the group; empty for one from its name."""
    texts: Texts


class FieldProblem(TypedDict):
    """What is wrong in a field."""

    severity: Literal["note", "warning", "error"]
    message: str


Problems = dict[str, list[FieldProblem]]
"""Problems by the name of their field; those of the id under "id"."""


class CheckAnswer(TypedDict):
    """The id of a new element without its group, and what is wrong."""

    id: str
    problems: Problems


class AddRequest(NewElement):
    """A new element; with errors only by `force`."""

    force: bool


class AddAnswer(CheckAnswer):
    """The element that was added; an empty one where errors prevented it."""

    element: str


class NewElements(TypedDict):
    """Several new elements: names, or a number and a pattern; the texts are for all of them."""

    object: str
    class_name: str
    group: str
    texts: Texts
    names: str
    """A column of names; empty for a pattern."""
    pattern: str
    """A name with {n} for the number."""
    start: int
    count: int
    padding: int
    """Digits of the number, with zeros before it."""


class NamedId(TypedDict):
    """A name and its id without the group."""

    name: str
    id: str


class PreviewAnswer(TypedDict):
    """The first of several new elements, their number, and what is wrong."""

    first: list[NamedId]
    total: int
    problem: str
    problems: Problems


class AddSeveralRequest(NewElements):
    """Several new elements; with errors only by `force`."""

    force: bool


class AddSeveralAnswer(TypedDict):
    """How many were added, the first of them, and what prevented it."""

    added: int
    element: str
    problem: str
    problems: Problems


class ElementRequest(TypedDict):
    """An element."""

    object: str
    id: str


class ElementAnswer(TypedDict):
    """The id of an element, and a note about it or ''."""

    element: str
    note: str


class RenameRequest(ElementRequest):
    """An element and its new id without the group."""

    new: str


class RenameCheck(TypedDict):
    """The id that an element would get, or why it cannot."""

    element: str
    problem: str


class ElementsRequest(TypedDict):
    """Elements by the path of their object and their id."""

    elements: list[tuple[str, str]]


class RemovedElement(TypedDict):
    """What the removal of one element would change."""

    element: str
    links: list[tuple[str, str]]
    """Element and slot of each link that is removed too."""
    file: str
    file_users: list[str]
    arrays: int


class RemovalAnswer(TypedDict):
    """What the removal of elements would change."""

    elements: list[RemovedElement]


class RemoveRequest(ElementsRequest):
    """The elements to remove, and whether also their files."""

    with_files: bool


class RemoveAnswer(TypedDict):
    """How many elements were removed, and what a commit cannot undo."""

    removed: int
    notes: list[str]


class ValuesRequest(TypedDict):
    """A field of a form and what is typed in it."""

    object: str
    class_name: str
    field: str
    text: str


class CommitRequest(TypedDict):
    """The commit message, and whether to commit with errors."""

    message: str
    force: bool


class CommitAnswer(TypedDict):
    """A summary of the commit."""

    summary: str


class UndoneStep(TypedDict):
    """Whether there was a step to undo."""

    done: bool


class Status(TypedDict):
    """The counts of the draft."""

    changes: int
    objects: int
    errors: int
    undo: bool
    readonly: str


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: Any
    class_name: str
    errors: dict[str, str]
    _status: Status
