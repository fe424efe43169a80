"""Labels of an array's axes: dimension names, and the values of arrays in the same group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.explore.array_part import choose_part
from modos_widgets.explore.array_reader import open_array, read_part
from modos_widgets.explore.paths import joined, parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.source import NodeSource

__all__ = ["axis_labels", "axis_names", "stored_axis_names"]

LABEL_BUDGET: Final = 2 * 2**20
_MOST_READS: Final = 32  # of a chunk's budget each
_OBS, _VAR = "obs", "var"  # the rows and columns of a count matrix
_USUAL: Final = (_OBS, _VAR)
_WITHIN_COLUMN: Final = frozenset({"codes", "values", "mask"})
_FIELDS: Final = ("index", "_index")
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class _Column:
    """Array of labels.

    Attributes
    ----------
    path : str
        Path of the array: texts, or codes if there are `categories`.
    length : int
        Number of labels.
    categories, mask : str
        Paths of the texts of the codes, and of the mask of missing values; empty if there are
        none.
    """

    path: str
    length: int
    categories: str = ""
    mask: str = ""


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


def axis_labels(
    source: NodeSource,
    path: str,
    part: ArrayPart,
    first: Mapping[int, int],
    *,
    most: int,
    budget: int = LABEL_BUDGET,
    check: Callable[[], None] = lambda: None,
) -> dict[int, tuple[str, list[str]]]:
    """Find labels for the displayed axes. Reads small arrays in the array's group.

    An axis is labelled by the one-dimensional array of the same group that has its dimension
    name and its length. If there is none, the first axis is labelled by ``obs`` and the
    second by ``var``, or the other way round if only those lengths fit. Each is an array,
    or an AnnData table, whose attribute ``_index`` names the column. For arrays in ``layers``,
    ``obsm``, ``varm``, ``obsp``, ``varp`` and ``raw``, ``obs`` and ``var`` of the whole data set
    are used, and a column of a table is labelled by the table's index. The result does not depend
    on what was listed before.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.
    first : mapping
        Axis to the position of its first label.
    most : int
        Maximum number of labels for each axis.
    budget : int
        Maximum bytes of labels to read for an axis; an axis with more gets no labels.

    Returns
    -------
    dict
        Axis to the name of the labelling array and its labels.
    """
    facts = source.known_early(path)
    if facts is None or facts.array is None or not path or not facts.array.shape:
        return {}
    check()
    found: dict[int, tuple[str, list[str]]] = {}
    for axis, (name, column) in _columns_of(source, path, facts.array, part.axes).items():
        check()
        number = min(most, part.stop[axis] - first[axis])
        labels = _texts(source, column, first[axis], number, budget)
        if labels is not None:
            found[axis] = (name, labels)
    return found


def _columns_of(
    source: NodeSource, path: str, array: ArrayMetadata, axes: tuple[int, ...]
) -> dict[int, tuple[str, _Column]]:
    """Choose the labels of each axis: the array with its dimension name, else obs and var."""
    beside, own = parent_of(path), path.rpartition("/")[2]
    names = array.dimension_names if len(array.dimension_names) == len(array.shape) else ()
    if len(array.shape) == 1 and (own in names or own in _USUAL):
        return {}  # the array contains labels itself
    named = {
        axis: (name, joined(beside, name))
        for axis in axes
        if names and (name := names[axis]) and "/" not in name
    }
    chosen = _fitting(named, _columns(source, (place for _, place in named.values())), array)
    if len(chosen) == len(axes):
        return chosen
    placements = _placements(source, path, len(array.shape))
    columns = _columns(source, (place for each in placements for _, place in each.values()))
    taken = {column for _, column in chosen.values()}
    left = [
        {
            axis: each
            for axis, each in _fitting(placement, columns, array).items()
            if axis in axes and axis not in chosen and each[1] not in taken
        }
        for placement in placements
    ]
    # if the lengths fit both ways, the order decides
    best = max(left, key=len)
    return {**chosen, **best}


def _fitting(
    placement: Mapping[int, tuple[str, str]], columns: Mapping[str, _Column], array: ArrayMetadata
) -> dict[int, tuple[str, _Column]]:
    return {
        axis: (name, columns[place])
        for axis, (name, place) in placement.items()
        if place in columns and columns[place].length == array.shape[axis]
    }


def _placements(source: NodeSource, path: str, number: int) -> list[dict[int, tuple[str, str]]]:
    """Return the tables or arrays that may label each axis, those of the same group first."""
    beside = parent_of(path)
    above, container = parent_of(beside), beside.rpartition("/")[2]
    obs, var = (_OBS, joined(above, _OBS)), (_VAR, joined(above, _VAR))
    found: list[dict[int, tuple[str, str]]] = []
    if beside:
        if container == "layers":
            found += [{0: obs, 1: var}]
        elif container in {"obsm", "obsp"}:
            found += [{0: obs} if container == "obsm" else {0: obs, 1: obs}]
        elif container in {"varm", "varp"}:
            found += [{0: var} if container == "varm" else {0: var, 1: var}]
        elif container == "raw":
            found += [{0: obs, 1: (_VAR, joined(beside, _VAR))}]
        table = above if path.rpartition("/")[2] in _WITHIN_COLUMN and above else beside
        for place in dict.fromkeys((beside, table)):
            index = _index_of(_described(source, [place]).get(place)) if number == 1 else ""
            if index:
                if joined(place, index) == path:
                    return [{}]  # this is the index itself
                found.append({0: (place.rpartition("/")[2], place)})
    obs, var = (_OBS, joined(beside, _OBS)), (_VAR, joined(beside, _VAR))
    found += [{0: obs, 1: var}, {0: var, 1: obs}]
    if number > _TWO:
        found += [{number - 2: obs, number - 1: var}, {number - 2: var, number - 1: obs}]
    return [{axis: each for axis, each in one.items() if axis < number} for one in found]


def _described(source: NodeSource, places: Iterable[str]) -> dict[str, Node]:
    """Read the facts of nodes, except those that a known listing does not contain."""
    unknown = []
    for place in dict.fromkeys(places):
        level, name = parent_of(place), place.rpartition("/")[2]
        listed, count = source.known_names(level), source.known_count(level)
        if not (listed is not None and count is not None and count[1] and name not in listed):
            unknown.append(place)
    found = source.describe(unknown, keep=False) if unknown else {}
    for place, facts in found.items():
        if facts.kind != "broken":
            source.learn(place, facts)
    return found


def _index_of(facts: Node | None) -> str:
    """Return the name of a table's column of labels; empty if the node is not a table."""
    column = facts.attributes.get("_index") if facts is not None else None
    if facts is None or facts.kind != "group" or not isinstance(column, str):
        return ""
    return "" if "/" in column else column


def _columns(source: NodeSource, places: Iterable[str]) -> dict[str, _Column]:
    """Find the labels in arrays, tables and their columns: one round trip for each depth."""
    wanted = {place: place for place in places}
    found: dict[str, _Column] = {}
    facts = _described(source, wanted)
    tables = {
        place: joined(place, column) for place in wanted if (column := _index_of(facts.get(place)))
    }
    facts |= _described(source, tables.values())
    wanted |= tables
    parts = {
        place: {part: joined(at, part) for part in ("codes", "categories", "values", "mask")}
        for place, at in wanted.items()
        if place in tables and at in facts and facts[at].kind == "group"
    }
    facts |= _described(source, (each for one in parts.values() for each in one.values()))

    def length(at: str) -> int | None:
        array = facts[at].array if at in facts else None
        return array.shape[0] if array is not None and len(array.shape) == 1 else None

    for place, at in wanted.items():
        if place in parts:
            part = parts[place]
            coded, plain = length(part["codes"]), length(part["values"])
            if coded is not None and length(part["categories"]) is not None:
                found[place] = _Column(part["codes"], coded, part["categories"])
            elif plain is not None:
                mask = part["mask"] if length(part["mask"]) == plain else ""
                found[place] = _Column(part["values"], plain, mask=mask)
        elif (number := length(at)) is not None:
            named = facts[at].attributes.get("categories")  # as AnnData wrote them before 0.8
            is_own = isinstance(named, str) and at != place
            found[place] = _Column(
                at, number, joined(place, str(named).strip("/")) if is_own else ""
            )
    facts |= _described(source, (each.categories for each in found.values() if each.categories))
    return {
        place: each
        for place, each in found.items()
        if not each.categories or length(each.categories) is not None
    }


def _texts(
    source: NodeSource, column: _Column, start: int, number: int, budget: int
) -> list[str] | None:
    """Read labels; return None if they are too large or cannot be read."""
    try:
        values = _values(source, column.path, start, number, budget)
        if values is None:
            return None
        if column.categories:
            array = source.describe([column.categories])[column.categories].array
            names = _values(source, column.categories, 0, array.shape[0] if array else 0, budget)
            if names is None:
                return None
            texts = [_text(name) for name in names]
            return [texts[code] if 0 <= code < len(texts) else "" for code in map(int, values)]
        lacking = _values(source, column.mask, start, number, budget) if column.mask else None
    except CancelledError:
        raise
    except (ModosError, ValueError, TypeError, OverflowError):
        return None  # without labels the values are still shown
    texts = [_text(value) for value in values]
    return (
        texts
        if lacking is None
        else ["" if no else t for no, t in zip(lacking, texts, strict=True)]
    )


def _values(
    source: NodeSource, path: str, start: int, number: int, budget: int
) -> list[Any] | None:
    """Read consecutive values of one axis; return None if they are larger than the budget."""
    facts = source.describe([path])[path]
    found: list[Any] = []
    spent = 0
    for _ in range(_MOST_READS):
        if len(found) >= number:
            break
        if facts.array is None:
            return None
        at = start + len(found)
        part = choose_part(facts.array, budget=budget - spent, at={0: at})
        if not part.chunks:
            return None
        spent += part.size
        found += list(read_part(source, path, part).data[at - part.start[0] :])
        if spent >= budget:
            break
    if len(found) < number:
        return None
    return _field(source, path, found[:number])


def _field(source: NodeSource, path: str, values: list[Any]) -> list[Any]:
    """Return the labels of records, the form of tables before AnnData 0.7."""
    if not values or not isinstance(values[0], tuple):
        return values
    names = open_array(source, path).dtype.names or ()
    place = next((names.index(each) for each in _FIELDS if each in names), 0)
    return [value[place] for value in values]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
