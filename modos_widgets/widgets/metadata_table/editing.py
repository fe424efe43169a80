"""What is changed in a table: edits, pastes, fills, undo; all of it on a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError
from modos_widgets.modo.values import MISSING
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.cells import is_empty, text_of
from modos_widgets.widgets.metadata_table.drafted import DraftedTable
from modos_widgets.widgets.metadata_table.parsing import LARGEST_PASTE, block_of, parse
from modos_widgets.widgets.metadata_table.replacing import Exact, Swap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modos_widgets.widgets.metadata_table.replacing import Given
    from modos_widgets.widgets.metadata_table.sheets import DraftSheet

__all__ = ["EditedTable"]


class EditedTable(DraftedTable):
    """A table whose cells can be changed."""

    def _set_cell(self, sheet: DraftSheet, position: int, number: int, given: Given) -> bool:
        """Store what was given; tell whether the cell takes it."""
        if number < sheet.keys:
            return False
        name = sheet.slots[number - sheet.keys]
        key = sheet.key(position)
        if isinstance(given, Exact):
            return self._store(sheet, key, name, given.value)
        attributes = sheet.attributes(position)
        before = attributes.get(name)
        if name in attributes and given == text_of(before):
            return True  # nobody changed it, so it stays as it is, type and all
        of_class = sheet.draft.schema.slots(attributes.get("@type"))
        known = of_class.get(name, self._slots.get(name))
        ids = sheet.draft.working(key[0]).now if known is not None and known.link else ()
        value = parse(given, known, before, schema=sheet.draft.schema, ids=ids)
        return self._store(sheet, key, name, value)

    @staticmethod
    def _store(sheet: DraftSheet, key: tuple[str, str], name: str, value: Any) -> bool:
        if value is MISSING:
            sheet.draft.unset(key, name)
        else:
            sheet.draft.set(key, name, value)
        return True

    def _set_cells(
        self, request: Request, cells: Callable[[DraftSheet], Iterable[tuple[int, int, Given]]]
    ) -> dict[str, Any]:
        """Store many cells as one step."""
        with self._lock:
            sheet = self._drafted()
            self._same_shape(request)
            done = refused = 0
            with sheet.draft.together():
                for position, number, given in cells(sheet):
                    if self._set_cell(sheet, position, number, given):
                        done += 1
                    else:
                        refused += 1
            self._after()
            return {"done": done, "refused": refused}

    @answers("edit")
    def _answer_edit(self, request: Request) -> dict[str, Any]:
        """Change one cell."""
        asked = request.payload
        cell = (int(asked["position"]), self._number(asked["column"]), str(asked["text"]))
        return self._set_cells(request, lambda _: [cell])

    @answers("clear")
    def _answer_clear(self, request: Request) -> dict[str, Any]:
        """Empty a range of cells."""
        numbers = [self._number(each) for each in request.payload["columns"]]
        return self._set_cells(
            request,
            lambda _: [
                (position, number, "")
                for position in self._rows_of(request.payload["rows"])
                for number in numbers
            ],
        )

    @answers("paste")
    def _answer_paste(self, request: Request) -> dict[str, Any]:
        """Put a block at a cell, or one value or row into a whole range."""
        asked = request.payload
        numbers = [self._number(each) for each in asked["columns"]]
        block = self._pasted(str(asked["text"]), numbers)
        first, last = (int(bound) for bound in asked["rows"])
        wide = int(asked.get("width", 1))
        if last > first and (last - first + 1) % len(block) == 0 and len(block) < last - first + 1:
            block = block * ((last - first + 1) // len(block))
        if wide > 1 and all(len(line) == 1 for line in block):
            block = [line * wide for line in block]
        if len(block) * wide > LARGEST_PASTE:
            raise OptionError("That are too many cells at once.", "Select fewer.")
        with self._lock:
            rows = self._rows_of([first, first + len(block) - 1])
        lost = sum(map(len, block[len(rows) :])) + sum(
            max(0, len(line) - len(numbers)) for line in block[: len(rows)]
        )
        answer = self._set_cells(
            request,
            lambda _: [
                (position, number, given)
                for position, line in zip(rows, block, strict=False)
                for number, given in zip(numbers, line, strict=False)
            ],
        )
        return {**answer, "lost": lost}

    def _pasted(self, text: str, numbers: list[int]) -> list[list[Given]]:
        """Read a paste; what was copied here into the same columns keeps its types."""
        block: list[list[Given]] = [[*line] for line in block_of(text)]
        copied = self._copied
        if copied is None or copied.columns != numbers[: len(copied.columns)]:
            return block
        if copied.text != text.replace("\r\n", "\n").removesuffix("\n"):
            return block
        return [
            ["" if is_empty(value) else Exact(value) for value in line] for line in copied.values
        ]

    @answers("fill")
    def _answer_fill(self, request: Request) -> dict[str, Any]:
        """Fill the first row's values down a range: as they are stored, not as they look."""
        numbers = [self._number(each) for each in request.payload["columns"]]

        def cells(sheet: DraftSheet) -> list[tuple[int, int, Given]]:
            first, *rest = self._rows_of(request.payload["rows"])
            values = {number: Exact(sheet.stored_in(first, number)) for number in numbers}
            return [(position, number, values[number]) for position in rest for number in numbers]

        return self._set_cells(request, cells)

    @answers("set_all")
    def _answer_set_all(self, request: Request) -> dict[str, Any]:
        """Set one column for every row that is shown."""
        number, text = self._number(request.payload["column"]), str(request.payload["text"])
        return self._set_cells(request, lambda _: [(row, number, text) for row in self._shown()])

    def _shown(self) -> Sequence[int]:
        return self._rows_of([0, len(self._sheet)])

    @answers("replace")
    def _answer_replace(self, request: Request) -> dict[str, Any]:
        """Find a text in the rows that are shown and replace it; or only count."""
        asked = request.payload
        swap = Swap.of(asked)
        columns = [self._number(each) for each in asked["columns"]]

        def cells(sheet: DraftSheet) -> list[tuple[int, int, Given]]:
            return [
                (position, number, given)
                for position in self._shown()
                for number in columns
                if number >= sheet.keys
                and (given := swap.in_value(sheet.cell(position, number))) is not None
            ]

        if asked.get("count"):
            with self._lock:
                return {"done": len(cells(self._drafted()))}
        return self._set_cells(request, cells)

    @answers("undo")
    def _answer_undo(self, request: Request) -> dict[str, Any]:
        """Take a step back, or do it again."""
        with self._lock:
            draft = self._drafted().draft
            done = draft.redo() if request.payload.get("redo") else draft.undo()
            self._after()
            return {"done": done}

    @answers("discard")
    def _answer_discard(self, _request: Request) -> dict[str, Any]:
        """Drop every change."""
        with self._lock:
            self._drafted().draft.discard()
            self._after()
        return {}
