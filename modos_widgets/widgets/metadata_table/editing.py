"""What is changed in a table: edits, pastes, fills, undo; all of it on a draft."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError
from modos_widgets.modo.values import MISSING
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.cells import text_of
from modos_widgets.widgets.metadata_table.drafted import DraftedTable
from modos_widgets.widgets.metadata_table.parsing import LARGEST_PASTE, block_of, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modos_widgets.widgets.metadata_table.sheets import DraftSheet

__all__ = ["EditedTable"]


class EditedTable(DraftedTable):
    """A table whose cells can be changed."""

    def _set_text(self, sheet: DraftSheet, position: int, number: int, text: str) -> bool:
        """Store what a text stands for; tell whether the cell takes it."""
        if number < sheet.keys:
            return False
        name = sheet.slots[number - sheet.keys]
        key = sheet.key(position)
        attributes = sheet.draft.working(key[0]).now[key[1]]
        known = sheet.draft.schema.slots(attributes.get("@type")).get(name, self._slots.get(name))
        before = attributes.get(name)
        if before is not None and text == text_of(before):
            return True
        ids = sheet.draft.working(key[0]).now if known is not None and known.link else ()
        value = parse(text, known, before, schema=sheet.draft.schema, ids=ids)
        if value is MISSING:
            sheet.draft.unset(key, name)
        else:
            sheet.draft.set(key, name, value)
        return True

    @staticmethod
    def _stored(sheet: DraftSheet, position: int, number: int) -> Any:
        """Give what a cell stores, or MISSING."""
        if number < sheet.keys:
            return MISSING
        path, element = sheet.key(position)
        attributes = sheet.draft.working(path).now[element]
        return attributes.get(sheet.slots[number - sheet.keys], MISSING)

    @staticmethod
    def _set_value(sheet: DraftSheet, position: int, number: int, value: Any) -> bool:
        """Store a value as it is; tell whether the cell takes it."""
        if number < sheet.keys:
            return False
        key, name = sheet.key(position), sheet.slots[number - sheet.keys]
        if value is MISSING:
            sheet.draft.unset(key, name)
        else:
            sheet.draft.set(key, name, value)
        return True

    def _set_texts(
        self, request: Request, cells: Callable[[DraftSheet], Iterable[tuple[int, int, str]]]
    ) -> dict[str, Any]:
        """Store many texts as one step."""
        return self._set_each(request, cells, self._set_text)

    def _set_each(
        self,
        request: Request,
        cells: Callable[[DraftSheet], Iterable[tuple[int, int, Any]]],
        store: Callable[[DraftSheet, int, int, Any], bool],
    ) -> dict[str, Any]:
        """Store many cells as one step, each by `store`, which tells whether the cell takes it."""
        with self._lock:
            sheet = self._drafted()
            self._same_shape(request)
            done = refused = 0
            with sheet.draft.together():
                for position, number, given in cells(sheet):
                    if store(sheet, position, number, given):
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
        return self._set_texts(request, lambda _: [cell])

    @answers("clear")
    def _answer_clear(self, request: Request) -> dict[str, Any]:
        """Empty a range of cells."""
        numbers = [self._number(each) for each in request.payload["columns"]]
        return self._set_texts(
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
        block = block_of(str(asked["text"]))
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
        answer = self._set_texts(
            request,
            lambda _: [
                (position, number, text)
                for position, line in zip(rows, block, strict=False)
                for number, text in zip(numbers, line, strict=False)
            ],
        )
        return {**answer, "lost": lost}

    @answers("fill")
    def _answer_fill(self, request: Request) -> dict[str, Any]:
        """Fill the first row's values down a range: as they are stored, not as they look."""
        numbers = [self._number(each) for each in request.payload["columns"]]

        def cells(sheet: DraftSheet) -> list[tuple[int, int, Any]]:
            first, *rest = self._rows_of(request.payload["rows"])
            values = {number: self._stored(sheet, first, number) for number in numbers}
            return [(position, number, values[number]) for position in rest for number in numbers]

        return self._set_each(request, cells, self._set_value)

    @answers("set_all")
    def _answer_set_all(self, request: Request) -> dict[str, Any]:
        """Set one column for every row that is shown."""
        number, text = self._number(request.payload["column"]), str(request.payload["text"])
        return self._set_texts(request, lambda _: [(row, number, text) for row in self._shown()])

    def _shown(self) -> Sequence[int]:
        return self._rows_of([0, len(self._sheet)])

    @answers("replace")
    def _answer_replace(self, request: Request) -> dict[str, Any]:
        """Find a text in the rows that are shown and replace it; or only count."""
        asked = request.payload
        find = str(asked.get("find", ""))
        if not find:
            raise OptionError("There is nothing to find.", "Say what is to be replaced.")
        flags = 0 if asked.get("case") else re.IGNORECASE
        pattern = re.compile(re.escape(find), flags)
        new = str(asked.get("replace", ""))
        columns = [self._number(each) for each in asked["columns"]]

        def cells(sheet: DraftSheet) -> list[tuple[int, int, str]]:
            found = []
            for position in self._shown():
                for number in columns:
                    text = text_of(sheet.cell(position, number)) if number >= sheet.keys else ""
                    hit = pattern.fullmatch(text) if asked.get("whole") else pattern.search(text)
                    if hit:
                        found.append((position, number, pattern.sub(lambda _: new, text)))
            return found

        if asked.get("count"):
            with self._lock:
                return {"done": len(cells(self._drafted()))}
        return self._set_texts(request, cells)

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
