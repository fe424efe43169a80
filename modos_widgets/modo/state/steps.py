"""The steps of a draft for `Draft.undo` and `Draft.redo`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.state.object_state import ObjectState, Step

__all__ = ["Steps"]


class Steps:
    """Groups of changes that are undone and redone together.

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
        self.done: list[list[Step]] = []
        self.undone: list[list[Step]] = []

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
                self.done.append(self._open)
                self.undone.clear()
        finally:
            self._open = None

    def undo(self) -> bool:
        """Undo the last group; return False if there is none."""
        return self._move(self.done, self.undone, back=True)

    def redo(self) -> bool:
        """Redo the group that was undone last; return False if there is none."""
        return self._move(self.undone, self.done, back=False)

    def _move(self, source: list[list[Step]], target: list[list[Step]], *, back: bool) -> bool:
        if not source:
            return False
        group = source.pop()
        self._replay(group, back=back)
        target.append(group)
        return True

    def _replay(self, group: list[Step], *, back: bool) -> None:
        for step in reversed(group) if back else group:
            self._states[step.path].replay(step, back=back)
