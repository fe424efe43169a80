"""The steps of a draft for `Draft.undo` and `Draft.redo`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modos_widgets.concurrency import acting_person
from modos_widgets.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.state.object_state import ObjectState, Step

__all__ = ["Steps"]


@dataclass(frozen=True)
class _Group:
    """Changes that belong together.

    Attributes
    ----------
    steps : list of Step
        The changes, in order.
    person : str
        Who made them, where several people share the process; "" otherwise.
    """

    steps: list[Step]
    person: str = field(default_factory=acting_person)

    def depends_on(self, other: _Group) -> bool:
        """Return whether this group, made later, may build on another one."""
        cells = {(step.path, step.part, step.element) for step in other.steps}
        # Others may link to a new element, or may have the id of a removed one.
        whole = {step.path for step in other.steps if None in (step.before, step.after)}
        return any(
            step.path in whole or (step.path, step.part, step.element) in cells
            for step in self.steps
        )


class Steps:
    """Groups of changes that are undone and redone together.

    Where several people share the process (`concurrency.acting_as`), each undoes and redoes their
    own groups, and those that have no name.

    Parameters
    ----------
    states : Mapping
        Object path to its state.
    """

    def __init__(self, states: Mapping[str, ObjectState]) -> None:
        self._states = states
        self._open: list[Step] | None = None
        self.forget()

    def forget(self) -> None:
        """Remove all steps."""
        self.done: list[_Group] = []
        self.undone: list[_Group] = []

    def note(self, step: Step) -> None:
        """Add a change to the open group; a change outside of a group cannot be undone."""
        if self._open is not None:
            self._open.append(step)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Combine all changes of a block to one group; an exception undoes them."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        except BaseException:
            self._replay(self._open, back=True)
            raise
        else:
            if self._open:
                self.done.append(_Group(self._open))
                self.undone.clear()
        finally:
            self._open = None

    def undo(self) -> bool:
        """Undo the last group of this person; return False if there is none.

        Raises
        ------
        OptionError
            Someone else has changed the same elements since.
        """
        return self._move(self.done, self.undone, back=True)

    def redo(self) -> bool:
        """Redo the group of this person that was undone last; return False if there is none.

        Raises
        ------
        OptionError
            Someone else has undone a change of the same elements since.
        """
        return self._move(self.undone, self.done, back=False)

    def _move(self, source: list[_Group], target: list[_Group], *, back: bool) -> bool:
        person = acting_person()
        own = [
            place for place, each in enumerate(source) if not person or each.person in ("", person)
        ]
        if not own:
            return False
        group = source[own[-1]]
        if any(later.depends_on(group) for later in source[own[-1] + 1 :]):
            raise OptionError(
                "Someone else has changed the same elements since.",
                "Edit the cells instead, or ask that person to undo their change first.",
            )
        del source[own[-1]]
        self._replay(group.steps, back=back)
        target.append(group)
        return True

    def _replay(self, group: list[Step], *, back: bool) -> None:
        for step in reversed(group) if back else group:
            self._states[step.path].replay(step, back=back)
