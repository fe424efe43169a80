"""Labels of an array's axes: coordinates of its group, tables of AnnData, names of VCF Zarr."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from modos_widgets.explore.conventions.columns import (
    Column,
    described,
    find_columns,
    index_column,
)
from modos_widgets.explore.paths import joined, parent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore.source import NodeSource

__all__ = ["label_columns", "vcf_columns"]

_OBS, _VAR = "obs", "var"  # the rows and columns of a count matrix
_USUAL: Final = frozenset({_OBS, _VAR})
_WITHIN_COLUMN: Final = frozenset({"codes", "values", "mask"})
_OF_ROWS: Final = {"obsm": _OBS, "obsmap": _OBS, "varm": _VAR, "varmap": _VAR}
_OF_PAIRS: Final = {"obsp": _OBS, "varp": _VAR}
_VCF_LABELS: Final = {
    "samples": "sample_id",
    "variants": "variant_position",
    "contigs": "contig_id",
    "filters": "filter_id",
}
_CONTIG, _CONTIGS = "variant_contig", "contig_id"
_TWO: Final = 2
_Places = dict[int, tuple[str, str]]


def label_columns(
    source: NodeSource,
    path: str,
    shape: tuple[int, ...],
    names: tuple[str | None, ...],
    *,
    is_packed: bool = True,
) -> dict[int, tuple[str, Column]]:
    """Choose the labels of each axis: the array with its dimension name, else ``obs`` and ``var``.

    The result does not depend on what was listed before. Over a network without consolidated
    metadata this takes at most four round trips for each choice.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array, or of the group that contains a sparse matrix.
    shape : tuple of int
        Its shape.
    names : tuple of (str or None)
        Its dimension names; empty if there are none.
    is_packed : bool
        Whether labels may be packed by CF attributes.

    Returns
    -------
    dict of int to (str, Column)
        Axis to the name and the column of its labels.
    """
    number = len(shape)
    beside, own = parent_of(path), path.rpartition("/")[2]
    names = names if len(names) == number else ()
    if not path or not number or (number == 1 and (own in names or own in _USUAL)):
        return {}  # the array contains labels itself
    axes = tuple(range(max(0, number - _TWO), number))  # that are shown at first
    named: _Places = {
        axis: (name, joined(beside, name))
        for axis, name in enumerate(names)
        if name and "/" not in name
    }
    columns = find_columns(source, (place for _, place in named.values()), is_packed=is_packed)
    chosen = _fitting(named, columns, shape)
    if all(axis in chosen for axis in axes):
        return chosen
    placements = _placements(source, path, number)
    columns = find_columns(
        source,
        (place for each in placements for _, place in each.values()),
        is_packed=is_packed,
    )
    taken = {column for _, column in chosen.values()}
    left = [
        {
            axis: each
            for axis, each in _fitting(placement, columns, shape).items()
            if axis in axes and axis not in chosen and each[1] not in taken
        }
        for placement in placements
    ]
    # if the lengths fit both ways, the order decides
    best = max(left, key=len)
    return {**chosen, **best}


def _fitting(
    placement: Mapping[int, tuple[str, str]],
    columns: Mapping[str, Column],
    shape: tuple[int, ...],
) -> dict[int, tuple[str, Column]]:
    return {
        axis: (name, columns[place])
        for axis, (name, place) in placement.items()
        if place in columns and columns[place].length == shape[axis]
    }


def _placements(source: NodeSource, path: str, number: int) -> list[_Places]:
    """Return the tables or arrays that may label each axis, those of the same group first."""
    beside = parent_of(path)
    above, container = parent_of(beside), beside.rpartition("/")[2]
    obs, var = (_OBS, joined(above, _OBS)), (_VAR, joined(above, _VAR))
    whole = {_OBS: obs, _VAR: var}
    found: list[_Places] = []
    if beside:
        if container == "layers":
            found += [{0: obs, 1: var}]
        elif container in _OF_ROWS:
            found += [{0: whole[_OF_ROWS[container]]}]
        elif container in _OF_PAIRS:
            found += [dict.fromkeys((0, 1), whole[_OF_PAIRS[container]])]
        elif container == "raw":
            found += [{0: obs, 1: (_VAR, joined(beside, _VAR))}]
        table = above if path.rpartition("/")[2] in _WITHIN_COLUMN and above else beside
        for place in dict.fromkeys((beside, table)):
            index = index_column(described(source, [place]).get(place)) if number == 1 else ""
            if index:
                if joined(place, index) == path:
                    return [{}]  # this is the index itself
                found.append({0: (place.rpartition("/")[2], place)})
    obs, var = (_OBS, joined(beside, _OBS)), (_VAR, joined(beside, _VAR))
    found += [{0: obs, 1: var}, {0: var, 1: obs}]
    if number > _TWO:
        found += [{number - 2: obs, number - 1: var}, {number - 2: var, number - 1: obs}]
    return [{axis: each for axis, each in one.items() if axis < number} for one in found]


def vcf_columns(
    source: NodeSource, path: str, array: ArrayMetadata
) -> dict[int, tuple[str, Column]]:
    """Return the labels of the axes of VCF Zarr: samples, and variants as contig and position.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.
    array : ArrayMetadata
        Its metadata.

    Returns
    -------
    dict of int to (str, Column)
        Axis to the name and the column of its labels.
    """
    beside, own = parent_of(path), path.rpartition("/")[2]
    places = {
        axis: (label, joined(beside, label))
        for axis, name in enumerate(array.dimension_names)
        if name is not None and (label := _VCF_LABELS.get(name)) and label != own
    }
    contig, contigs = joined(beside, _CONTIG), joined(beside, _CONTIGS)
    wanted = [place for _, place in places.values()]
    if any(label == _VCF_LABELS["variants"] for label, _ in places.values()):
        wanted += [contig, contigs]
    columns = find_columns(source, wanted, is_packed=False)
    found = _fitting(places, columns, array.shape)
    for axis, (label, column) in found.items():
        before = columns.get(contig)
        if label == _VCF_LABELS["variants"] and before is not None and contigs in columns:
            named = replace(before, categories=contigs)
            if before.length == column.length:
                found[axis] = (label, replace(column, prefix=named))
    return found
