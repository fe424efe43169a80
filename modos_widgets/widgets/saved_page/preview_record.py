"""Record of previews of arrays: their properties, first values and pictures."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, TypedDict

from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.explore import DEFAULT_BUDGET
from modos_widgets.widgets.array_preview.reading import ArrayReading
from modos_widgets.widgets.array_preview.wire import FactsAnswer, PartAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from modos_widgets.explore import NodeSource, RecordedNode

__all__ = ["MOST_PREVIEW_BYTES", "PreviewRecord", "PreviewRecorder", "arrays_of"]

MOST_PREVIEW_BYTES: Final = 6 * 2**20
"""Largest number of bytes of the pictures in a page."""

_MOST_ARRAYS: Final = 500  # arrays that are read for a page
_ROOM: Final = (200, 320)  # rows and columns of pixels of a picture


class PreviewRecord(TypedDict):
    """Preview of an array."""

    facts: FactsAnswer
    drawn: PartAnswer | None
    """The answer with the picture, if there is one."""
    buffers: list[str]
    """Binary parts of the picture, in base64."""
    part: PartAnswer
    """The answer with the labels and the first values."""


class PreviewRecorder:
    """Records previews until the page is full. Uses the network for S3.

    Parameters
    ----------
    chosen : bool or iterable of str
        True for all arrays, or the paths of arrays in an object.
    words : callable
        Called with each message; returns it as it is recorded, such as without paths.
    check : callable
        Called repeatedly; an exception that it raises cancels the work.

    Attributes
    ----------
    left_out : int
        Number of arrays whose preview did not fit.
    """

    def __init__(
        self,
        chosen: bool | Iterable[str],  # noqa: FBT001
        words: Callable[[str], str],
        check: Callable[[], object] = lambda: None,
    ) -> None:
        self._chosen = chosen if isinstance(chosen, bool) else frozenset(chosen)
        self._words = words
        self._check = check
        self._bytes = 0
        self._read = 0
        self.left_out = 0

    def record(self, source: NodeSource, tree: RecordedNode) -> dict[str, PreviewRecord]:
        """Return the previews of an object, by path; an array that cannot be read has none."""
        chosen = self._chosen
        if chosen is False:
            return {}
        found = {}
        for path in arrays_of(tree) if chosen is True else sorted(chosen):
            self._check()
            if self._bytes >= MOST_PREVIEW_BYTES or self._read >= _MOST_ARRAYS:
                self.left_out += 1
                continue
            self._read += 1
            try:
                preview = self._preview(source, path)
            except CancelledError:
                raise
            except ModosError:
                continue  # its row in the tree states the problem
            if preview is None:
                continue
            size = sum(map(len, preview["buffers"]))
            if self._bytes + size > MOST_PREVIEW_BYTES:
                self.left_out += 1
                continue
            self._bytes += size
            found[path] = preview
        return found

    def _preview(self, source: NodeSource, path: str) -> PreviewRecord | None:
        reading = ArrayReading(lambda: DEFAULT_BUDGET)
        drawn: list[PartAnswer] = []
        buffers: list[str] = []

        def keep(answer: PartAnswer, held: list[bytes]) -> None:
            drawn.append(answer)
            buffers.extend(base64.b64encode(each).decode() for each in held)

        facts = reading.facts(source, path, raw=False)
        facts["fixed"] = True
        facts["problem"] = self._words(facts["problem"])
        facts["title"] = self._words(facts["title"])
        part = reading.part(source, path, {"path": path, "room": _ROOM}, raw=False, drawn=keep)
        if "table" not in part:
            return None
        faults = [self._words(each) for each in part.get("faults", [])]
        for each in (part, *drawn):
            each["faults"] = faults
            each["kinds"] = [shown["picture"]["kind"] for shown in drawn]
        return {
            "facts": facts,
            "drawn": drawn[0] if drawn else None,
            "buffers": buffers,
            "part": part,
        }


def arrays_of(tree: RecordedNode, path: str = "") -> Iterator[str]:
    """Yield the paths of the arrays of a tree, in its order."""
    if tree.get("kind") == "array":
        yield path
    for each in tree.get("nodes", []):
        yield from arrays_of(each, f"{path}/{each['name']}" if path else each["name"])
