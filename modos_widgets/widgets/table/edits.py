"""Changes of cells in the draft: edits, pastes, fills, replacements and undo."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import OptionError
from modos_widgets.modo import MISSING, is_missing, parse, text_of
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.slot_values import LARGEST_PASTE
from modos_widgets.widgets.table.cells import display_value
from modos_widgets.widgets.table.paste import find_rows, header_of
from modos_widgets.widgets.table.replacement import Exact, Replacement
from modos_widgets.widgets.table.wire import (
    EditAnswer,
    EditRequest,
    PasteRequest,
    RangeRequest,
    ReplaceRequest,
    SetAllRequest,
    UndoAnswer,
    UndoRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modos_widgets.widgets.table.clipboard import Clipboard
    from modos_widgets.widgets.table.data_source import DraftSource
    from modos_widgets.widgets.table.draft_state import DraftState
    from modos_widgets.widgets.table.paste import Header, NewRow
    from modos_widgets.widgets.table.replacement import CellInput

__all__ = ["Edits"]

_MOST_NAMED: Final = 20


class Edits:
    """Editor of the cells of a table.

    Parameters
    ----------
    state : DraftState
        The draft that is changed.
    clipboard : Clipboard
        Reads pasted text.
    """

    def __init__(self, state: DraftState, clipboard: Clipboard) -> None:
        self._state = state
        self._rows = state.rows
        self._clipboard = clipboard

    def _set_cell(
        self, data: DraftSource, position: int, number: int, entry: CellInput
    ) -> str | None:
        """Store an entry; return why the cell does not accept it, or None.

        The reason is ``""`` for an id, else the class that has no such attribute.
        """
        if number < data.keys:
            return ""
        name = data.slots[number - data.keys]
        key = data.key(position)
        attributes = data.attributes(position)
        of_class = data.draft.schema.slots(attributes.get("@type"))
        # An element may have the attributes of its class, and those that no class has.
        foreign = of_class and name not in of_class and name in self._state.slots
        if foreign and name not in attributes:
            empty = is_missing(entry.value) if isinstance(entry, Exact) else not entry.strip()
            return None if empty else str(attributes["@type"])
        if isinstance(entry, Exact):
            self._store(data, key, name, entry.value)
        elif name not in attributes or entry != text_of(attributes[name]):
            self._store(data, key, name, self._parsed(data, position, name, entry))
        return None  # a text that was not edited keeps the type of its value

    def _parsed(self, data: DraftSource, position: int, name: str, text: str) -> Any:
        """Return the value of a text in a cell; MISSING for none."""
        path, attributes = data.key(position)[0], data.attributes(position)
        of_class = data.draft.schema.slots(attributes.get("@type"))
        slot = of_class.get(name, self._state.slots.get(name))
        ids = data.draft.elements(path) if slot is not None and slot.link else ()
        return parse(text, slot, attributes.get(name), schema=data.draft.schema, ids=ids)

    def _theirs(
        self, data: DraftSource, payload: EditRequest, position: int, number: int
    ) -> str | None:
        """Return the text of a cell that has changed since its editing began; None otherwise."""
        if "before" not in payload or number < data.keys:
            return None
        before, value = payload["before"], data.cell(position, number)
        text = text_of(value)
        if before in (display_value(value), text) or str(payload["text"]) == text:
            return None
        # What this view has just stored may be spelled otherwise than it was typed.
        typed = text_of(before) if isinstance(before, list) else before or ""
        name = data.slots[number - data.keys]
        return None if text_of(self._parsed(data, position, name, typed)) == text else text

    @staticmethod
    def _store(data: DraftSource, key: tuple[str, str], name: str, value: Any) -> None:
        if value is MISSING:
            data.draft.unset(key, name)
        else:
            data.draft.set(key, name, value)

    def _set_cells(
        self,
        shape: int | None,
        cells: Callable[[DraftSource], Iterable[tuple[int, int, CellInput]]],
    ) -> EditAnswer:
        """Store many cells as one step of undo."""
        with self._rows.lock:
            data = self._state.writable()
            self._rows.check_shape(shape)
            stored = 0
            refused: Counter[str] = Counter()
            with data.draft.together():
                for position, number, entry in cells(data):
                    reason = self._set_cell(data, position, number, entry)
                    if reason is None:
                        stored += 1
                    else:
                        refused[reason] += 1
            self._state.refresh()
            ids = refused.pop("", 0)
            return {"done": stored, "refused": ids, "foreign": dict(refused)}

    def _numbers(self, columns: list[str]) -> list[int]:
        return [self._rows.number(column) for column in columns]

    @answers("edit")
    def edit(self, request: Request[EditRequest]) -> EditAnswer:
        """Change one cell, unless someone else has changed it since its editing began."""
        payload = request.payload
        text = str(payload["text"])
        with self._rows.lock:
            data = self._state.writable()
            position, number = self._rows.position(payload), self._rows.number(payload["column"])
            theirs = self._theirs(data, payload, position, number)
            if theirs is not None:
                return {"done": 0, "theirs": theirs}
            answer = self._set_cells(None, lambda _: [(position, number, text)])
        for name in answer["foreign"]:
            raise OptionError(
                f"{self._rows.data.names[number]} does not apply to {name}.",
                "Choose another column, or change @type.",
            )
        return answer

    @answers("clear")
    def clear(self, request: Request[RangeRequest]) -> EditAnswer:
        """Clear a range of cells."""
        numbers = self._numbers(request.payload["columns"])
        return self._set_cells(
            request.payload.get("shape"),
            lambda _: [
                (position, number, "")
                for position in self._rows.shown_exactly(request.payload).between(
                    request.payload["rows"]
                )
                for number in numbers
            ],
        )

    @answers("paste")
    def paste(self, request: Request[PasteRequest]) -> EditAnswer:
        """Store a block at a cell, or one value or row in the whole range.

        The first row may name the columns; with ids among them, rows are matched by id.
        """
        payload = request.payload
        numbers = self._numbers(request.payload["columns"])
        with self._rows.lock:
            data = self._state.writable()
            block = self._clipboard.read(str(payload["text"]), numbers)
            wanted = payload.get("header", True) and len(block) > 1
            header = header_of(block[0], data, numbers) if wanted else None
            if header is not None and header.id is not None:
                return self._paste_by_id(payload, header, block[1:])
        columns: list[int | None] = [*numbers]
        if header is not None:
            block, columns = block[1:], header.columns
        first, last = (int(bound) for bound in payload["rows"])
        width = int(payload.get("width", 1))
        if last > first and (last - first + 1) % len(block) == 0 and len(block) < last - first + 1:
            block = block * ((last - first + 1) // len(block))
        if width > 1 and all(len(line) == 1 for line in block):
            block = [line * width for line in block]
        if len(block) * width > LARGEST_PASTE:
            raise OptionError(
                f"Too many cells. Select at most {LARGEST_PASTE:,}.", "Select fewer cells."
            )
        with self._rows.lock:
            shown = self._rows.shown_exactly(payload)
            positions = shown.between([first, first + len(block) - 1])
        lost = sum(map(len, block[len(positions) :])) + sum(
            max(0, len(line) - len(columns)) for line in block[: len(positions)]
        )
        answer = self._set_cells(
            request.payload.get("shape"),
            lambda _: [
                (position, number, entry)
                for position, line in zip(positions, block, strict=False)
                for number, entry in zip(columns, line, strict=False)
                if number is not None
            ],
        )
        ignored = list(header.unknown[:_MOST_NAMED]) if header is not None else []
        return {**answer, "lost": lost, "header": header is not None, "ignored": ignored}

    def _paste_by_id(
        self, payload: PasteRequest, header: Header, block: Sequence[Sequence[CellInput]]
    ) -> EditAnswer:
        """Store pasted rows in the elements that have their ids; add the others if asked to."""
        self._rows.check_shape(payload.get("shape"))
        data = self._state.writable()
        tab = self._rows.shown(payload).query.tab
        matched, new = find_rows(header, block, data, tab)
        addable = all(row.path and row.element for row in new)
        added: list[NewRow] = []
        with data.draft.together():
            if payload.get("add") and addable:
                for row in new:
                    self._add(data, row, tab)
                added, new = new, []
                self._state.refresh()
            for row in added:
                place = data.place(row.path, row.element)
                if place is not None:
                    matched.append((place, row.line))
            answer = self._set_cells(
                None,
                lambda _: [
                    (position, number, entry)
                    for position, line in matched
                    for number, entry in zip(header.columns, line, strict=False)
                    if number is not None
                ],
            )
        return {
            **answer,
            "header": True,
            "matched": len(matched) - len(added),
            "added": len(added),
            "missing": [row.text[:60] for row in new[:_MOST_NAMED]],
            "missing_count": len(new),
            "addable": addable and bool(new),
            "ignored": list(header.unknown[:_MOST_NAMED]),
        }

    def _add(self, data: DraftSource, row: NewRow, tab: str) -> None:
        """Add the element of a pasted row, of the class of the tab or of its group."""
        schema = data.draft.schema
        group = row.element.partition("/")[0]
        known = tab in schema.classes and schema.group(tab) in ("", group)
        class_name = tab if known else schema.default_class.get(group, "")
        data.draft.add((row.path, row.element), {"@type": class_name})

    @answers("fill")
    def fill(self, request: Request[RangeRequest]) -> EditAnswer:
        """Fill the stored values of the first row down a range."""
        numbers = self._numbers(request.payload["columns"])

        def cells(data: DraftSource) -> list[tuple[int, int, CellInput]]:
            shown = self._rows.shown_exactly(request.payload)
            first, *others = shown.between(request.payload["rows"])
            values = {number: Exact(data.stored_in(first, number)) for number in numbers}
            return [(position, number, values[number]) for position in others for number in numbers]

        return self._set_cells(request.payload.get("shape"), cells)

    @answers("set_all")
    def set_all(self, request: Request[SetAllRequest]) -> EditAnswer:
        """Set one column in every displayed row."""
        payload = request.payload
        number, text = self._rows.number(payload["column"]), str(payload["text"])
        return self._set_cells(
            payload.get("shape"),
            lambda _: [
                (position, number, text) for position in self._rows.shown_exactly(payload).between()
            ],
        )

    @answers("replace")
    def replace(self, request: Request[ReplaceRequest]) -> EditAnswer:
        """Replace a text in the displayed rows, or only count the cells."""
        replacement = Replacement.of(request.payload)
        numbers = self._numbers(request.payload["columns"])

        def cells(data: DraftSource) -> list[tuple[int, int, CellInput]]:
            return [
                (position, number, entry)
                for position in self._rows.shown_exactly(request.payload).between()
                for number in numbers
                if number >= data.keys
                and (entry := replacement.in_value(data.cell(position, number))) is not None
            ]

        if request.payload.get("count"):
            with self._rows.lock:
                return {"done": len(cells(self._state.writable()))}
        return self._set_cells(request.payload.get("shape"), cells)

    @answers("undo")
    def undo(self, request: Request[UndoRequest]) -> UndoAnswer:
        """Undo a step, or redo it."""
        with self._rows.lock:
            draft = self._state.writable().draft
            changed = draft.redo() if request.payload.get("redo") else draft.undo()
            self._state.refresh()
            return {"done": changed}

    @answers("discard")
    def discard(self, _request: Request) -> None:
        """Discard every change."""
        with self._rows.lock:
            self._state.writable().draft.discard()
            self._state.refresh()
