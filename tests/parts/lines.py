"""Work of Python code, counted instead of timed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["lines_of"]


def lines_of(work: Callable[[], object], part: str = "modos_widgets/") -> int:
    """Return how many lines of code some work runs, each as often as it is run."""
    count = 0

    def line(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def called(frame: Any, _event: str, _argument: Any) -> Any:
        return line if part in frame.f_code.co_filename.replace("\\", "/") else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
