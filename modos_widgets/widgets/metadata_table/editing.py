"""What is changed in a table: edits, pastes, fixes, undo; all of it on a draft."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ChangedError, ModosError, OptionError
from modos_widgets.modo.findings import Findings
from modos_widgets.modo.values import MISSING
from modos_widgets.remote.terminology import find_terms
from modos_widgets.session import background
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.cells import text_of
from modos_widgets.widgets.metadata_table.columns import slots_of
from modos_widgets.widgets.metadata_table.labels import curie_of, find_labels
from modos_widgets.widgets.metadata_table.marks import Marks, title_of
from modos_widgets.widgets.metadata_table.parsing import LARGEST_PASTE, block_of, parse
from modos_widgets.widgets.metadata_table.sheets import DraftSheet
from modos_widgets.widgets.metadata_table.sources import why_not_written
from modos_widgets.widgets.metadata_table.viewing import TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.findings import Finding
    from modos_widgets.modo.slots import Slot
    from modos_widgets.remote import EndpointManager
    from modos_widgets.remote.terminology import FoundTerm

__all__ = ["EditedTable"]

_log = logging.getLogger("modos_widgets")
_CHECK_AT_ONCE: Final = 3_000
_SUGGESTIONS: Final = 30


class EditedTable(TableView):
    """A table whose cells can be changed, where its sheet is a draft's."""

    _marks_now: Marks | None = None
    _found: Findings = Findings(())
    _checking: background.Task[None] | None = None

    def __init__(
        self,
        source: Any = None,
        *,
        editable: bool = False,
        terminology: EndpointManager | str | None = None,
        **traits: Any,
    ) -> None:
        self._terminology = terminology
        super().__init__(source, editable=editable, **traits)
        self._changed_source()
        if self._marks_now is not None and self._marks_now.findings and self._head.get("rows"):
            self._head = self._first(editable=editable)

    def _changed_source(self) -> None:
        sheet = self._sheet
        self._marks_now = Marks(sheet) if isinstance(sheet, DraftSheet) else None
        self._found = Findings(())
        self._slots: dict[str, Slot] = {}
        if isinstance(sheet, DraftSheet):
            self._slots = slots_of(sheet.draft.schema)
        self._after(told=False)

    # -- in Python --------------------------------------------------------------------------

    @property
    def draft(self) -> Draft | None:
        """The draft that edits go into; None for a DataFrame. Call `refresh` after changing it."""
        return self._sheet.draft if isinstance(self._sheet, DraftSheet) else None

    @property
    def findings(self) -> Findings:
        """What the last check has found wrong in the metadata as they are in the draft."""
        if self._checking is not None:
            self._checking.future.exception(60)
        return self._found

    def refresh(self) -> None:
        """Show the draft as it is now, after it was changed in code."""
        with self._lock:
            self._after()

    # -- after a change ---------------------------------------------------------------------

    def _drafted(self) -> DraftSheet:
        if not isinstance(self._sheet, DraftSheet) or not self.editable:
            raise OptionError(
                "This table is only to be looked at.", "Make it with editable=True to change it."
            )
        return self._sheet

    def _after(self, *, told: bool = True) -> None:
        """Bring rows, marks and counts up to date."""
        sheet = self._sheet
        if not isinstance(sheet, DraftSheet) or self._marks_now is None:
            self._status = {}
            return
        slots_before = len(sheet.slots)
        if sheet.reload():
            self._shape += 1
            self._now = (self._now[0], self._searcher_again())
        self._searcher.forget()
        self._bands = None
        if len(sheet) <= _CHECK_AT_ONCE:
            self._check(sheet)
        elif self._checking is None or self._checking.done:
            self._checking = background.run(self._check_later, sheet)
        self._tell_status(sheet)
        if len(sheet.slots) != slots_before:
            self._head = {**self._first(editable=self.editable), "rows": None}
        elif told:
            self.emit("edited", {"shape": self._shape})

    def _searcher_again(self) -> Any:
        self._searcher.forget()
        query = self._now[0]
        marked = self._marked(query.marked) if query.marked else None
        return self._searcher.positions(query, marked)

    def _check(self, sheet: DraftSheet) -> None:
        self._found = sheet.draft.validate()
        if self._marks_now is not None:
            self._marks_now.take_findings(self._found)

    def _check_later(self, sheet: DraftSheet) -> None:
        with self._lock:
            if sheet is not self._sheet:
                return
            self._check(sheet)
            self._tell_status(sheet)
            self.emit("edited", {"shape": self._shape})

    def _tell_status(self, sheet: DraftSheet) -> None:
        if self._marks_now is None:
            return
        changes, objects = self._marks_now.take_changes()
        counts = self._found.counts()
        self._status = {
            "changes": changes,
            "objects": objects,
            "errors": counts.get("error", 0),
            "warnings": counts.get("warning", 0),
            "notes": counts.get("note", 0),
            "fixable": len(self._found.fixable),
            "undo": bool(sheet.draft._done),  # noqa: SLF001 - there is no other way to ask
            "redo": bool(sheet.draft._undone),  # noqa: SLF001
            "readonly": why_not_written(sheet) if self.editable else "",
            "committed": self._last_commit(),
        }

    def _last_commit(self) -> str:
        return ""

    def _marked(self, mark: str) -> set[int]:
        return self._marks_now.rows(mark) if self._marks_now is not None else set()

    def _marks(self, positions: list[int]) -> dict[str, Any]:
        marks = self._marks_now
        if marks is None:
            return {}
        return {str(position): found for position in positions if (found := marks.of(position))}

    # -- cells ------------------------------------------------------------------------------

    def _same_shape(self, request: Request) -> None:
        shape = request.payload.get("shape")
        if shape is not None and shape != self._shape:
            raise ChangedError(
                "Rows have come or gone since you looked.", "Look at the cell again, and repeat it."
            )

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

    def _set_texts(
        self, request: Request, cells: Callable[[DraftSheet], Iterable[tuple[int, int, str]]]
    ) -> dict[str, Any]:
        """Store many cells as one step."""
        with self._lock:
            sheet = self._drafted()
            self._same_shape(request)
            done = refused = 0
            with sheet.draft.together():
                for position, number, text in cells(sheet):
                    if self._set_text(sheet, position, number, text):
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
        """Fill the first row's values down a range."""
        numbers = [self._number(each) for each in request.payload["columns"]]

        def cells(sheet: DraftSheet) -> list[tuple[int, int, str]]:
            first, *rest = self._rows_of(request.payload["rows"])
            texts = {number: text_of(sheet.cell(first, number)) for number in numbers}
            return [(position, number, texts[number]) for position in rest for number in numbers]

        return self._set_texts(request, cells)

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

    # -- findings ---------------------------------------------------------------------------

    def _at(self, request: Request) -> list[Finding]:
        if self._marks_now is None:
            return []
        position, number = int(request.payload["position"]), int(request.payload["column"])
        return self._marks_now.findings.get(position, {}).get(number, [])

    def _alike(self, finding: Finding) -> list[Finding]:
        return [
            one
            for one in self._found
            if one.code == finding.code
            and one.slot == finding.slot
            and (one.fix is None) == (finding.fix is None)
        ]

    def _way_out(self, finding: Finding) -> str | None:
        """Give the label of what mends a finding: its fix, or to empty a cell that may be."""
        if not self.editable or not isinstance(self._sheet, DraftSheet):
            return None
        if finding.fix is not None:
            return finding.fix.label
        attributes = self._sheet.draft.working(finding.object).now.get(finding.element, {})
        slots = self._sheet.draft.schema.slots(attributes.get("@type"))
        slot = slots.get(finding.slot)
        clearable = finding.slot in attributes and finding.slot != "@type"
        return "Clear the cell" if clearable and not (slot and slot.required) else None

    @answers("findings")
    def _answer_findings(self, request: Request) -> dict[str, Any]:
        """Tell what is wrong with a cell, and what mends it."""
        with self._lock:
            return {
                "findings": [
                    {
                        "severity": one.severity,
                        "title": title_of(one.code),
                        "message": one.message,
                        "fix": self._way_out(one),
                        "clears": one.fix is None,
                        "alike": len(self._alike(one)),
                    }
                    for one in self._at(request)
                ]
            }

    @answers("fix")
    def _answer_fix(self, request: Request) -> dict[str, Any]:
        """Apply a fix: of one cell, of all of its kind in the column, or every one."""
        with self._lock:
            draft = self._drafted().draft
            scope = request.payload.get("scope")
            if scope == "all":
                wanted = list(self._found.fixable)
            else:
                self._same_shape(request)
                index, found = int(request.payload.get("index", 0)), self._at(request)
                if index >= len(found):
                    return {"done": 0}  # it is mended already
                wanted = self._alike(found[index]) if scope == "kind" else [found[index]]
            with draft.together():
                done = draft.apply_fixes(wanted)
                for one in wanted:
                    if one.fix is None and self._way_out(one):
                        draft.unset((one.object, one.element), one.slot)
                        done += 1
            self._after()
            return {"done": done}

    @answers("next")
    def _answer_next(self, request: Request) -> dict[str, Any]:
        """Find the next cell with a finding among the rows that are shown."""
        asked = request.payload
        with self._lock:
            marks = self._marks_now
            order = [int(each) for each in asked["columns"]]
            if marks is None or not order:
                return {"row": None}
            place = {number: at for at, number in enumerate(order)}
            here = (int(asked.get("row", -1)), place.get(int(asked.get("column", -1)), -1))
            cells = [
                (row, place[number])
                for row, position in enumerate(self._shown())
                for number in marks.findings.get(position, {})
                if number in place
            ]
        cells.sort(reverse=bool(asked.get("back")))
        if not cells:
            return {"row": None}
        ahead = [cell for cell in cells if (cell < here if asked.get("back") else cell > here)]
        row, at = (ahead or cells)[0]
        return {"row": row, "column": str(order[at])}

    # -- editors ----------------------------------------------------------------------------

    @answers("suggest")
    def _answer_suggest(self, request: Request) -> dict[str, Any]:
        """Give what a cell may become: listed values, elements to link to, terms."""
        asked = request.payload
        text = str(asked.get("text", ""))[:200].strip()
        sheet = self._drafted()
        number = self._number(asked["column"])
        name = sheet.slots[number - sheet.keys] if number >= sheet.keys else ""
        with self._lock:
            position = min(int(asked.get("position", 0)), len(sheet) - 1)
            path, element = sheet.key(position)
            class_name = sheet.attributes(position).get("@type")
            known = sheet.draft.schema.slots(class_name).get(name, self._slots.get(name))
            if name == "@type":
                return {"options": self._classes(sheet, element, text)}
            if known is not None and known.kind == "link":
                return {"options": self._targets(sheet, path, known, text)}
        if known is not None and known.kind == "term":
            return self._terms(text, name)
        terms = known.terms.values() if known is not None else ()
        return {
            "options": [
                {"value": term.value, "label": term.value, "hint": term.description}
                for term in terms
                if text.lower() in term.value.lower()
            ]
        }

    def _terms(self, text: str, slot: str) -> dict[str, Any]:
        """Search ontologies: a terminology service where one was given, else those at hand."""
        found: list[FoundTerm] = []
        if self._terminology is not None:
            try:
                found = find_terms(self._terminology, slot, text, _SUGGESTIONS)
            except ModosError as error:  # typing goes on with the terms at hand
                _log.warning("The terminology service: %s", error)
        options = [
            {"value": term.uri, "label": term.label, "hint": curie_of(term.uri)} for term in found
        ]
        options += [
            {"value": term.uri, "label": term.label, "hint": f"{term.curie} · {term.ontology}"}
            for term in find_labels(text, slot, _SUGGESTIONS)
            if not found
        ]
        return {"options": options}

    def _classes(self, sheet: DraftSheet, element: str, text: str) -> list[dict[str, str]]:
        group = element.partition("/")[0] if "/" in element else ""
        schema = sheet.draft.schema
        return [
            {"value": name, "label": name, "hint": schema.describe(name).split("\n")[0]}
            for name in schema.classes
            if schema.group(name) == group and text.lower() in name.lower()
        ]

    def _targets(self, sheet: DraftSheet, path: str, slot: Slot, text: str) -> list[dict[str, str]]:
        schema = sheet.draft.schema
        found = []
        for element, attributes in sheet.draft.working(path).now.items():
            name = text_of(attributes.get("name"))
            if text.lower() not in f"{element} {name}".lower():
                continue
            if "/" in element and schema.is_a(attributes.get("@type"), slot.link):
                found.append({"value": element, "label": element, "hint": name[:80]})
                if len(found) == _SUGGESTIONS:
                    break
        return found
