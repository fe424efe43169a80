"""A question before an action that would lose unsaved changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.session import Session

__all__ = ["Guard"]


class Guard:
    """Runs actions that end editing; with unsaved changes, only once the person has confirmed.

    Parameters
    ----------
    session : Session
        The draft.
    show : callable
        Called without arguments when `question` changes.

    Attributes
    ----------
    question : str
        The action that waits for an answer, such as "Open P-0004"; '' if none does.
    """

    def __init__(self, session: Session, show: Callable[[], object]) -> None:
        self.question = ""
        self._session = session
        self._show = show
        self._action: Callable[[], object] | None = None

    def run(self, action: Callable[[], object], words: str) -> None:
        """Run an action, now or after a confirmation.

        Parameters
        ----------
        action : callable
            Called without arguments.
        words : str
            The action in words, as on a button.
        """
        if not self._session.unsaved:
            self._ask("", None)
            action()
            return
        self._ask(words, action)

    def _ask(self, words: str, action: Callable[[], object] | None) -> None:
        changed = words != self.question
        self.question, self._action = words, action
        if changed:
            self._show()

    @answers("keep editing", at_once=True)
    def answer_keep(self, _: Request) -> None:
        """Forget the action."""
        self._ask("", None)

    @answers("discard and continue")
    def answer_discard(self, _: Request) -> None:
        """Discard the changes, and run the action."""
        action = self._action
        if action is None:
            return
        self._session.stop_editing(discard=True)
        self._ask("", None)
        action()
