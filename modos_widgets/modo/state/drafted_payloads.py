"""The payloads of one object, with look-ups that take the same time however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.state.named_files import NamedFiles
from modos_widgets.modo.state.payloads import FilePayload, MovePayload, RemoveFilePayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.modo.state.payloads import Payload

__all__ = ["DraftedPayloads"]


class DraftedPayloads:
    """The payloads of one object, in order, each under a number.

    A payload that replaces another keeps its number, so an undo restores the order too.

    Parameters
    ----------
    payloads : iterable of Payload
        The payloads.

    Attributes
    ----------
    coming : NamedFiles
        The files that the draft attaches or moves, by their new names; the owners are numbers.
    """

    def __init__(self, payloads: Iterable[Payload] = ()) -> None:
        self.new_files = NamedFiles()
        self._payloads: dict[int, Payload] = {}
        self._of_element: dict[str, dict[int, Payload]] = {}
        self._removed: dict[str, dict[int, None]] = {}
        self._next = 0
        self._all: tuple[Payload, ...] | None = None
        self._disordered = False
        self.change(self.numbered(payloads))

    def __bool__(self) -> bool:
        """Return whether there is a payload."""
        return bool(self._payloads)

    def all(self) -> tuple[Payload, ...]:
        """Return all payloads, in order."""
        if self._all is None:
            if self._disordered:
                self._payloads = dict(sorted(self._payloads.items()))
                self._disordered = False
            self._all = tuple(self._payloads.values())
        return self._all

    @property
    def numbers(self) -> Mapping[int, Payload]:
        """All payloads by their numbers, not always in order."""
        return self._payloads

    def of(self, element: str) -> dict[int, Payload]:
        """Return the payloads of an element by their numbers, in order."""
        return dict(sorted(self._of_element.get(element, {}).items()))

    def named(self, target: str) -> Iterator[FilePayload]:
        """Yield the attached files with a name, or one that is equal on some disks."""
        for number in self.new_files.owners(target):
            payload = self._payloads[number]
            if isinstance(payload, FilePayload):
                yield payload

    def removed(self, target: str) -> list[int]:
        """Return the numbers of the payloads that remove a file."""
        return list(self._removed.get(target, ()))

    def numbered(self, payloads: Iterable[Payload]) -> dict[int, Payload]:
        """Return new payloads by the numbers that put them behind all others."""
        found = dict(enumerate(payloads, self._next))
        self._next += len(found)
        return found

    def change(self, after: Mapping[int, Payload | None]) -> dict[int, Payload | None]:
        """Replace the payloads of some numbers (None: there is none), and return those before."""
        before: dict[int, Payload | None] = {}
        for number, payload in after.items():
            old = before[number] = self._payloads.get(number)
            if old is not None:
                self._forget(number, old)
            if payload is not None:
                self._add(number, payload)
            elif old is not None:
                del self._payloads[number]
        if after:
            self._all = None
        return before

    def _add(self, number: int, payload: Payload) -> None:
        if number not in self._payloads and self._payloads:
            self._disordered |= number < next(reversed(self._payloads))
        self._payloads[number] = payload
        self._of_element.setdefault(payload.element, {})[number] = payload
        if isinstance(payload, FilePayload | MovePayload):
            self.new_files.add(number, payload.target, payload.element)
        elif isinstance(payload, RemoveFilePayload):
            self._removed.setdefault(payload.target, {})[number] = None

    def _forget(self, number: int, payload: Payload) -> None:
        own = self._of_element[payload.element]
        del own[number]
        if not own:
            del self._of_element[payload.element]
        if isinstance(payload, FilePayload | MovePayload):
            self.new_files.discard(number, payload.target)
        elif isinstance(payload, RemoveFilePayload):
            del self._removed[payload.target][number]
