"""Names of several new elements: a pasted column, or a number and a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError
from modos_widgets.widgets.slot_values import block_of

if TYPE_CHECKING:
    from modos_widgets.widgets.element_form.wire import NewElements

__all__ = ["MOST_ELEMENTS", "new_names"]

MOST_ELEMENTS: Final = 10_000
"""Largest number of elements that are added at once."""
_MOST_DIGITS: Final = 12


def new_names(wanted: NewElements) -> list[str]:
    """Return the names that a person asks for.

    Parameters
    ----------
    wanted : NewElements
        Names as text, one per line (the first column of a pasted block); without names, a pattern
        with ``{n}``, a start, a count and a padding. Untrusted.

    Returns
    -------
    list of str
        At most `MOST_ELEMENTS`; blank lines are left out.

    Raises
    ------
    OptionError
        Too many elements, or several elements with a pattern without ``{n}``.
    """
    column = str(wanted.get("names", ""))
    if column.strip():
        names = [row[0].strip() for row in block_of(column)]
        names = [" ".join(name.split()) for name in names if name]
        _check_count(len(names))
        return names
    pattern = str(wanted.get("pattern", "")).strip()
    count = max(0, int(wanted.get("count", 0)))
    if not pattern or not count:
        return []
    _check_count(count)
    if "{n}" not in pattern and count > 1:
        raise OptionError("The pattern has no {n}.", "Write {n} where the number belongs.")
    start = min(max(0, int(wanted.get("start", 1))), 10**_MOST_DIGITS)
    width = min(max(1, int(wanted.get("padding", 1))), _MOST_DIGITS)
    return [pattern.replace("{n}", f"{start + each:0{width}d}") for each in range(count)]


def _check_count(count: int) -> None:
    if count > MOST_ELEMENTS:
        raise OptionError(
            f"Too many elements: {count:,} of at most {MOST_ELEMENTS:,}.",
            "Add them in several steps, or use Draft.add in a loop.",
        )
