"""Names of an array's axes: its dimension names, or defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modos_widgets.archive import ArrayMetadata, Node

__all__ = ["axis_names", "stored_axis_names"]

_USUAL: Final = ("obs", "var")  # the roles of rows and columns of a count matrix
_TWO: Final = 2


def axis_names(array: ArrayMetadata) -> tuple[str, ...]:
    """Return a name for each axis.

    Parameters
    ----------
    array : ArrayMetadata
        The array.

    Returns
    -------
    tuple of str
        The dimension name, or a default such as ``rows`` or ``axis 0``.
    """
    number = len(array.shape)
    plain = [f"axis {axis}" for axis in range(number)]
    if number == 1:
        plain = ["values"]
    elif number >= _TWO:
        plain[-2:] = ["rows", "columns"]
    names = array.dimension_names
    if len(names) == number:
        plain = [own or usual for own, usual in zip(names, plain, strict=True)]
    return tuple(plain)


def stored_axis_names(facts: Node) -> tuple[str | None, ...]:
    """Return the stored name of each axis, None if there is none.

    The attribute ``axis_names``, which `Draft.add_array` writes, takes precedence over the
    dimension names. ``obs`` and ``var`` state the role of an axis and are not names.
    """
    array = facts.array
    if array is None:
        return ()
    number = len(array.shape)
    for names in (facts.attributes.get("axis_names"), array.dimension_names):
        if isinstance(names, list | tuple) and len(names) == number:
            return tuple(
                name if isinstance(name, str) and name not in _USUAL else None for name in names
            )
    return (None,) * number
