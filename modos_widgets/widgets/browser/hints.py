"""Requests of the hints that a person sees on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.widgets.browser.wire import HintsAnswer
from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from modos_widgets.session import Session

__all__ = ["Hints"]


class Hints:
    """Whether the hints are shown; hidden once, they stay hidden.

    Parameters
    ----------
    session : Session
        Stores the choice.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @answers("hints")
    def answer_hints(self, _: Request) -> HintsAnswer:
        """Return whether to show them."""
        return {"show": self._session.shows_hints}

    @answers("hide hints")
    def answer_hide(self, _: Request) -> None:
        """Hide them, also in other notebooks."""
        self._session.remembered.hide_hints()
