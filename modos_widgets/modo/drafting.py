"""The state of a draft: what is there, its steps, and what it comes to."""

from __future__ import annotations

from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.modo.attaching import payload_rows
from modos_widgets.modo.change import ChangeSet, Row, diff_frame, diff_html
from modos_widgets.modo.checks import check_cohort, check_object
from modos_widgets.modo.findings import Findings
from modos_widgets.modo.hierarchy import copy_value
from modos_widgets.modo.keeping import notes_of
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema
from modos_widgets.modo.tabulate import frame_of
from modos_widgets.modo.values import MISSING, same
from modos_widgets.modo.working import Step, Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modos_widgets.modo.object import Modo

__all__ = ["DraftState", "ElementKey"]

ElementKey = str | tuple[str, str]


class DraftState:
    """What a draft holds; `Draft` is what people use.

    Parameters
    ----------
    modos : sequence of Modo
        The objects.
    schema : Schema
        The classes that `validate` checks against.
    """

    def __init__(self, modos: Sequence[Modo], schema: Schema = DEFAULT_SCHEMA) -> None:
        self.schema = schema
        self._objects: dict[str, Working] = {}
        for modo in modos:
            if modo.path in self._objects:
                raise OptionError(f"{modo.path} is given twice.", "Give each object once.")
            self._objects[modo.path] = Working.of(modo)
        if not self._objects:
            raise OptionError("There is no object to edit.", "Give at least one.")
        self._done: list[list[Step]] = []
        self._undone: list[list[Step]] = []
        self._open: list[Step] | None = None

    @property
    def modos(self) -> tuple[Modo, ...]:
        """The objects, in the given order."""
        return tuple(working.modo for working in self._objects.values())

    def current(self, element: ElementKey, slot: str, default: Any = None) -> Any:
        """Give a value as it will be after the commit; `default` where there is none."""
        working, name = self._locate(element)
        return copy_value(working.now[name].get(slot, default))

    def is_changed(self, element: ElementKey, slot: str) -> bool:
        """Tell whether a cell differs from what the draft is based on."""
        working, name = self._locate(element)
        before, after = working.base.get(name, {}), working.now[name]
        return not same(before.get(slot, MISSING), after.get(slot, MISSING))

    def frame(self) -> pd.DataFrame:
        """Give the metadata as they will be; like `Modo.frame`.

        Over several objects the index is (object, element).
        """
        if len(self._objects) == 1:
            return frame_of(self._only.now)
        keys = [(path, name) for path, work in self._objects.items() for name in work.now]
        rows = [found for work in self._objects.values() for found in work.now.values()]
        frame = frame_of({str(number): row for number, row in enumerate(rows)})
        frame.index = pd.MultiIndex.from_tuples(keys, names=["object", "element"])
        return frame

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make all changes within one step for `undo`; a failure takes them all back."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        except BaseException:
            for step in reversed(self._open):
                self.working(step.path).replay(step, back=True)
            raise
        else:
            if self._open:
                self._done.append(self._open)
                self._undone.clear()
        finally:
            self._open = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step for `undo` to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step for `redo` to do again."""
        return bool(self._undone)

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        if not self._done:
            return False
        steps = self._done.pop()
        for step in reversed(steps):
            self.working(step.path).replay(step, back=True)
        self._undone.append(steps)
        return True

    def redo(self) -> bool:
        """Do the step again that `undo` took back; False where there is none."""
        if not self._undone:
            return False
        steps = self._undone.pop()
        for step in steps:
            self.working(step.path).replay(step, back=False)
        self._done.append(steps)
        return True

    def discard(self) -> None:
        """Drop every change."""
        for working in self._objects.values():
            working.drop_changes()
        self.forget_steps()

    def changes(self) -> list[ChangeSet]:
        """Give the net changes, one an object that has any."""
        return [found for work in self._objects.values() if (found := work.changes())]

    def rows(self) -> list[Row]:
        """Give the net changes cell by cell: object, element, slot, before, after."""
        found: list[Row] = []
        for working in self._objects.values():
            found.extend(working.changes().rows())
            found.extend(payload_rows(working))
        return found

    def diff(self) -> pd.DataFrame:
        """Give the net changes as a table: object, element, slot, before, after."""
        return diff_frame(self.rows())

    def diff_html(self) -> str:
        """Give the net changes as an escaped table to read."""
        return diff_html(self.rows(), several=len(self._objects) > 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before the commit: what it would remove for good."""
        return tuple(note for work in self._objects.values() for note in notes_of(work))

    def validate(self) -> Findings:
        """Check the metadata as they will be; reads nothing."""
        found = [
            finding
            for path, work in self._objects.items()
            for finding in check_object(path, work.root, work.now, self.schema)
        ]
        found.extend(
            check_cohort({path: (work.root, work.now) for path, work in self._objects.items()})
        )
        return Findings(found)

    def new_errors(self) -> Findings:
        """Give the errors that the draft brings in: those that its base does not have."""
        known = {
            finding.key
            for path, work in self._objects.items()
            if work.changed
            for finding in check_object(path, work.root, work.base, self.schema)
            if finding.severity == "error"
        }
        bases = {path: (work.root, work.base) for path, work in self._objects.items()}
        known |= {finding.key for finding in check_cohort(bases)}
        changed = {path for path, work in self._objects.items() if work.changed}
        return self.validate().where(
            lambda one: one.severity == "error" and one.object in changed and one.key not in known
        )

    def __len__(self) -> int:
        """Count the changed cells."""
        return len(self.rows())

    def __bool__(self) -> bool:
        """Tell whether there is anything to commit."""
        return any(work.changed for work in self._objects.values())

    def __repr__(self) -> str:
        """Say how much it changes."""
        rows = self.rows()
        objects = len({row[0] for row in rows})
        said = (
            f"Draft: {len(rows):,} change{'s' if len(rows) != 1 else ''} "
            f"in {objects:,} object{'s' if objects != 1 else ''}"
        )
        return "\n".join([said, *self.notes])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())
        return f"{said}{self.diff_html() if self else ''}"

    def workings(self) -> tuple[Working, ...]:
        """Give the states of all objects within the draft."""
        return tuple(self._objects.values())

    def working(self, path: str) -> Working:
        """Give the state of one object within the draft."""
        found = self._objects.get(path) or self._objects.get(path.rstrip("/"))
        if found is None:
            raise NotFoundError(f"{path} is not in this draft.", "Give the path of one that is.")
        return found

    def begin_anew(self, modo: Modo) -> None:
        """Begin anew with what an object shows now: its changes are committed."""
        self._objects[modo.path] = Working.of(modo)

    def forget_steps(self) -> None:
        """Forget what `undo` and `redo` know: a commit has its own undo."""
        self._done.clear()
        self._undone.clear()

    @property
    def _only(self) -> Working:
        return next(iter(self._objects.values()))

    def _object_of(self, key: ElementKey) -> tuple[Working, str]:
        if isinstance(key, tuple):
            path, element = key
            return self.working(path), element
        if len(self._objects) > 1:
            raise OptionError(
                f"{key!r:.80} may be in any of {len(self._objects)} objects.",
                "Give (object path, element id).",
            )
        return self._only, key

    def _locate(self, key: ElementKey) -> tuple[Working, str]:
        working, element = self._object_of(key)
        element = element or working.root
        if element not in working.now:
            raise NotFoundError(
                f"There is no element {element!r:.80} in {working.path}.",
                "Look at Draft.frame(); a new one comes with add().",
            )
        return working, element

    def _element_of(self, key: ElementKey) -> tuple[Working, str]:
        working, element = self._locate(key)
        if element == working.root:
            raise OptionError("The root is the object itself.", "Set its 'id', or move the object.")
        return working, element

    def _change(self, key: ElementKey, slot: str, value: Any) -> None:
        working, element = self._locate(key)
        if same(working.now[element].get(slot, MISSING), value):
            return
        with self.together():
            self._note(working.put(element, working.with_cell(element, slot, value)))

    def _note(self, step: Step) -> None:
        if self._open is not None:
            self._open.append(step)
