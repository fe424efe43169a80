"""Labels of an array's axes: dimension names, and the values of arrays beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.errors import ModosError
from modos_widgets.explore.array_part import choose_part
from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.paths import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.explore.array_part import Part
    from modos_widgets.explore.facts import ArrayFacts
    from modos_widgets.explore.source import NodeSource

__all__ = ["axis_labels", "axis_names"]

LABEL_BUDGET: Final = 2 * 2**20
_USUAL: Final = ("var", "obs")  # the rows and columns of a count matrix
_LONGEST: Final = 80
_TWO: Final = 2


def axis_names(array: ArrayFacts) -> tuple[str, ...]:
    """Give a name to every axis."""
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


def axis_labels(
    source: NodeSource,
    path: str,
    part: Part,
    first: Mapping[int, int],
    *,
    most: int,
    check: Callable[[], None] = lambda: None,
) -> dict[int, tuple[str, list[str]]]:
    """Find labels for the axes that are shown; reads small arrays beside the array.

    An array of one dimension that is as long as an axis labels it when it bears the axis's
    dimension name, or the name ``obs`` or ``var``; a group of that name labels it by the
    column that its attribute ``_index`` names (AnnData).

    Parameters
    ----------
    first : mapping
        Axis to the position of the first label wanted.
    most : int
        Labels wanted of each axis at most.

    Returns
    -------
    dict
        Axis to the labelling array's name and its labels.
    """
    facts = source.known_early(path)
    if facts is None or facts.array is None:
        return {}
    array = facts.array
    beside = parent_of(path)
    candidates = _candidates(source, beside, array)
    if not candidates:
        return {}
    prefix = f"{beside}/" if beside else ""
    found: dict[int, tuple[str, list[str]]] = {}
    used: set[str] = set()
    described = source.describe([prefix + name for name in candidates])
    for axis in part.axes:
        for name in _order(array, axis, candidates):
            place = prefix + name
            node = described[place]
            column = node.attributes.get("_index")
            if node.kind == "group" and isinstance(column, str) and "/" not in column:
                place = f"{place}/{column}"
                node = source.describe([place])[place]
            if (
                name in used
                or place == path
                or node.array is None
                or node.array.shape != (array.shape[axis],)
            ):
                continue
            check()
            labels = _read(source, place, first[axis], min(most, part.stop[axis] - first[axis]))
            if labels is not None:
                found[axis] = (name, labels)
                used.add(name)
                break
    return found


def _candidates(source: NodeSource, beside: str, array: ArrayFacts) -> list[str]:
    names = [name for name in array.dimension_names if name and "/" not in name]
    if not source.reader.remote:
        source.level(beside)
    listed = source.known_names(beside)
    if listed is None:  # over a network only what the array itself names is asked for
        return list(dict.fromkeys(names))
    return [name for name in dict.fromkeys([*names, *_USUAL]) if name in listed]


def _order(array: ArrayFacts, axis: int, candidates: list[str]) -> list[str]:
    own = array.dimension_names[axis] if len(array.dimension_names) == len(array.shape) else None
    return sorted(candidates, key=lambda name: (name != own, name not in _USUAL))


def _read(source: NodeSource, path: str, start: int, number: int) -> list[str] | None:
    facts = source.known_early(path)
    if facts is None or facts.array is None:
        return None
    part = choose_part(facts.array, budget=LABEL_BUDGET, at={0: start})
    if not part.chunks:
        return None
    try:
        values = read_part(source, path, part).data
    except ModosError:
        return None  # labels are a kindness; the values are shown without them
    first = start - part.start[0]
    return [_text(value) for value in np.asarray(values)[first : first + number]]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value)[:_LONGEST]
