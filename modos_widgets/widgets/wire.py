"""Messages that every widget exchanges with its browser half.

``make wire`` writes ``js/shared/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NotRequired, TypedDict

from modos_widgets.widgets.shown_code import Piece

if TYPE_CHECKING:
    from modos_widgets.session import Problem

__all__ = [
    "Card",
    "CardsAnswer",
    "CardsRequest",
    "Chip",
    "CodeRequest",
    "Nothing",
    "OriginRequest",
    "Piece",
    "PiecesAnswer",
    "ProblemText",
    "ProposedAnswer",
    "ProposedShown",
    "SessionProblem",
    "SuggestAnswer",
    "Suggestion",
    "session_problem",
]


class Nothing(TypedDict):
    """No content."""


class CodeRequest(TypedDict):
    """What the view shows: the values of traits that may not have arrived yet."""

    state: NotRequired[dict[str, Any]]


class PiecesAnswer(TypedDict):
    """The code of what is shown."""

    pieces: list[Piece]


class OriginRequest(TypedDict):
    """An address to confirm."""

    origin: str


class ProposalAnswer(TypedDict):
    """A file with the changes of a draft."""

    name: str
    text: str


class ClassChoice(TypedDict):
    """A class of which elements can be added."""

    name: str
    title: str
    plural: str
    description: str


class ProblemText(TypedDict):
    """A problem, and what to do next."""

    message: str
    hint: str


class Suggestion(TypedDict):
    """A value that fits what is typed."""

    value: str
    label: str
    hint: str


class SuggestAnswer(TypedDict):
    """The values that fit."""

    options: list[Suggestion]


class Chip(NamedTuple):
    """A part of a value: a term, the link to an element, or a text."""

    kind: Literal["term", "element", "text"]
    label: str
    address: str
    """Short address of a term; else empty."""
    value: str
    """As stored; empty for a text."""


class CardsRequest(TypedDict):
    """Terms or elements of one value."""

    kind: Literal["term", "element"]
    values: list[str]
    """URIs, or ids of elements."""
    object: NotRequired[str]
    """Path of the object of the elements, if several are shown."""
    position: NotRequired[int]
    """Row of the link in a table."""


class Card(TypedDict):
    """A term or an element in a few lines."""

    title: str
    about: str
    """Class and id of an element, ontology and short address of a term."""
    value: str
    """Text to copy: the id or the URI."""
    exists: bool
    rows: list[tuple[str, str]]
    """Names and values."""
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""


class CardsAnswer(TypedDict):
    """A card for each value."""

    cards: list[Card]


class ProposedShown(TypedDict):
    """A proposed change."""

    cell: tuple[str, str, str]
    """Object, element and slot; no slot: the whole element."""
    kind: str
    """'cell', 'added', 'removed' or 'file'."""
    base: str | None
    """The value that it is based on."""
    proposed: str | None
    stored: str | None
    """The value that is stored now."""
    stale: bool
    """Whether someone has changed the cell since the proposal was made."""


class ProposedAnswer(TypedDict):
    """The undecided changes."""

    revision: str
    changes: list[ProposedShown]
    total: int
    several: bool
    """Whether the draft has several objects."""
    chips: dict[str, list[Chip]]


class SessionProblem(ProblemText):
    """A problem of a session."""

    about: str
    """What failed: 'checking', 'listing', 'opening' and the like."""
    credentials: bool
    """Whether other credentials may help."""
    origin: str
    """Address to confirm before it gets a token; else empty."""


def session_problem(problem: Problem | None) -> SessionProblem | None:
    """Return a problem of a session as it is sent."""
    if problem is None:
        return None
    return {
        "message": problem.message,
        "hint": problem.hint,
        "about": problem.about,
        "credentials": problem.credentials,
        "origin": problem.origin,
    }
