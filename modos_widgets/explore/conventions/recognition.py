"""Recognition of conventions, from metadata alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError
from modos_widgets.explore.array_part import DEFAULT_BUDGET, ArrayPart, choose_part
from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.conventions.axes import label_columns, vcf_columns
from modos_widgets.explore.conventions.cf import Packing, packing_of, unit_of
from modos_widgets.explore.conventions.columns import (
    Column,
    described,
    find_columns,
    index_column,
)
from modos_widgets.explore.conventions.meaning import (
    MOST_CHANNELS,
    ArrayMeaning,
    AxisLabels,
    AxisMeaning,
    Channel,
    Resolution,
)
from modos_widgets.explore.conventions.ome import Multiscale, multiscale_of
from modos_widgets.explore.conventions.sparse import SPARSE_PARTS, SparseMatrix, sparse_shape
from modos_widgets.explore.conventions.stored_values import StoredValues
from modos_widgets.explore.conventions.table import MOST_TABLE_COLUMNS, StoredTable
from modos_widgets.explore.labels import axis_names
from modos_widgets.explore.paths import checked_path, joined, parent_of
from modos_widgets.explore.source import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore.source import NodeSource

__all__ = ["meaning_of"]

_MOST_ABOVE: Final = 8  # groups above an array whose attributes are looked at
_ENCODING: Final = "encoding-type"
_CODED: Final = frozenset(
    {"categorical", "nullable-integer", "nullable-boolean", "nullable-string-array"}
)
_NEUROSCIENCE: Final = "neurodata_type"
_CF: Final = frozenset({"scale_factor", "add_offset", "_FillValue", "missing_value", "calendar"})
_MISSING_IN_VCF: Final = (-1, -2)  # missing, and beyond the end of a shorter list
_VCF_FIELDS: Final = ("call_", "variant_")
_LONGEST_UNIT: Final = 80
_LARGEST_RATE: Final = 1e15  # per second


def meaning_of(
    source: NodeSource, path: str, *, raw: bool = False, budget: int = DEFAULT_BUDGET
) -> ArrayMeaning:
    """Return what an array means by its convention, from metadata alone.

    Recognized are AnnData (also in MuData and SpatialData), xarray and CF, OME-Zarr, VCF Zarr and
    NWB. Where two fit, the one that describes the whole group takes precedence over attributes
    of CF. Uses the network for a remote hierarchy whose metadata are not consolidated: up to
    six round trips for AnnData.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array, or of a group that contains one matrix, table or image.
    raw : bool
        Ignore conventions: the numbers as they are stored, and positions instead of labels.
    budget : int
        Maximum bytes of decoded chunks that are read at once. The finest resolution of an image
        that fits is chosen.

    Returns
    -------
    ArrayMeaning
        Without `array` if the node has no values to show.

    Raises
    ------
    ModosError
        The path is invalid, or the store fails or denies permission.
    """
    path = checked_path(path)
    facts = facts_of(source, path)
    array = facts.array
    if array is not None and (raw or not array.shape):
        return _plain(source, path, array, packing=None if raw else packing_of(facts), raw=raw)
    if raw or facts.kind == "broken":
        return ArrayMeaning(source, path, None, raw=raw)
    if array is None:
        return _of_group(source, facts, budget) or ArrayMeaning(source, path, None)
    return _of_array(source, facts, array)


def _plain(
    source: NodeSource,
    path: str,
    array: ArrayMetadata,
    *,
    packing: Packing | None = None,
    raw: bool = False,
) -> ArrayMeaning:
    axes = tuple(AxisMeaning(name) for name in axis_names(array))
    values = StoredValues(source, path, packing=packing)
    return ArrayMeaning(source, path, array, axes, values=values, raw=raw)


# -- arrays -----------------------------------------------------------------------------------


def _of_array(source: NodeSource, facts: Node, array: ArrayMetadata) -> ArrayMeaning:
    above = _groups_above(source, facts.path)
    for each in above:
        image = multiscale_of(each.attributes)
        below = facts.path[len(each.path) :].strip("/")
        if image is not None and below in image.paths:
            return _of_image(source, facts, array, image, image.paths.index(below))
    group = above[0] if above else None
    if group is not None and "vcf_zarr_version" in group.attributes:
        return _of_vcf(source, facts, array)
    if group is not None and _NEUROSCIENCE in group.attributes:
        return _of_neuroscience(source, facts, array, group)
    plain = _plain(source, facts.path, array)
    columns = label_columns(source, facts.path, array.shape, array.dimension_names)
    if any(_ENCODING in each.attributes for each in (facts, *above)):
        return _of_anndata(source, facts, above, replace(plain, columns=columns))
    packing = packing_of(facts)
    unit = unit_of(facts.attributes, packing)
    units = _coordinate_units(columns)
    axes = tuple(replace(axis, unit=units.get(place, "")) for place, axis in enumerate(plain.axes))
    is_cf = packing is not None or not _CF.isdisjoint(facts.attributes)
    return replace(
        plain,
        axes=axes,
        columns=columns,
        unit=unit,
        values=StoredValues(source, facts.path, packing=packing),
        conventions=("xarray (CF)",) if is_cf else (),
        sentence=_sentence("xarray (CF)" if is_cf else "", _words_of(packing), columns, axes),
    )


def _groups_above(source: NodeSource, path: str) -> list[Node]:
    """Read the groups above a node, the nearest first: one round trip."""
    places: list[str] = []
    while path and len(places) < _MOST_ABOVE:
        path = parent_of(path)
        places.append(path)
    found = described(source, places)
    return [found[place] for place in places if place in found]


def _coordinate_units(columns: Mapping[int, tuple[str, Column]]) -> dict[int, str]:
    return {axis: column.unit for axis, (_, column) in columns.items() if column.unit}


def _of_anndata(
    source: NodeSource, facts: Node, above: list[Node], plain: ArrayMeaning
) -> ArrayMeaning:
    column = None
    if len(facts.array.shape) == 1 if facts.array else False:
        column = find_columns(source, [facts.path], is_packed=False).get(facts.path)
    categories = column.categories if column is not None else ""
    name = _library(above)
    return replace(
        plain,
        values=StoredValues(source, facts.path, categories=categories),
        conventions=(name,),
        sentence=_sentence(
            name, ["codes are shown as words"] if categories else [], plain.columns, plain.axes
        ),
    )


def _library(above: list[Node]) -> str:
    """Return which library of the AnnData family wrote a hierarchy."""
    kinds = {str(each.attributes.get(_ENCODING, "")).lower() for each in above}
    if any("spatialdata_attrs" in each.attributes for each in above):
        return "SpatialData"
    return "MuData" if "mudata" in kinds else "AnnData"


def _of_image(
    source: NodeSource, facts: Node, array: ArrayMetadata, image: Multiscale, place: int
) -> ArrayMeaning:
    """Return an array as a resolution of an image; CF attributes are ignored."""
    number = len(array.shape)
    name = f"OME-Zarr {image.version}".strip()
    if len(image.axes[place]) != number:
        plain = _plain(source, facts.path, array)
        return replace(
            plain,
            conventions=(name,),
            sentence=f"{name}: the axes are ignored, since their number is not {number}.",
        )
    axes = image.axes[place]
    channel_axis = image.channel_axis(number)
    channels = _channels(image, array, channel_axis)
    texts = {}
    if channel_axis is not None and channels:
        texts[channel_axis] = AxisLabels("channels", [each.name for each in channels])
    remarks = _position_words(axes)
    if channels:
        remarks.append(f"{len(channels)} channels" if len(channels) > 1 else "1 channel")
    if not _CF.isdisjoint(facts.attributes):
        remarks.append("CF attributes are ignored")
    return ArrayMeaning(
        source,
        facts.path,
        array,
        axes,
        channel_axis=channel_axis,
        channels=channels,
        conventions=(name,),
        sentence=_sentence(name, remarks, {}, axes),
        values=StoredValues(source, facts.path),
        texts=texts,
    )


def _channels(image: Multiscale, array: ArrayMetadata, axis: int | None) -> tuple[Channel, ...]:
    """Return the channels of an array; those that are not described have a number."""
    if axis is None:
        return ()
    length = array.shape[axis]
    return image.channels[:length] if length <= len(image.channels) else ()


def _of_vcf(source: NodeSource, facts: Node, array: ArrayMetadata) -> ArrayMeaning:
    plain = _plain(source, facts.path, array)
    columns = vcf_columns(source, facts.path, array)
    own = facts.path.rpartition("/")[2]
    categories, remarks = "", []
    if own == "variant_contig":
        place = joined(parent_of(facts.path), "contig_id")
        if place in find_columns(source, [place], is_packed=False):
            categories, remarks = place, ["codes are shown as words"]
    packing = None
    if not categories and own.startswith(_VCF_FIELDS) and array.dtype.startswith("int"):
        packing = Packing(fills=_MISSING_IN_VCF)
        remarks = ["-1 and -2 are missing values"]
    return replace(
        plain,
        columns=columns,
        conventions=("VCF Zarr",),
        values=StoredValues(source, facts.path, categories=categories, packing=packing),
        sentence=_sentence("VCF Zarr", remarks, columns, plain.axes),
    )


def _of_neuroscience(
    source: NodeSource, facts: Node, array: ArrayMetadata, group: Node
) -> ArrayMeaning:
    """Return an array of NWB: the data of a series in its unit, over time."""
    plain = _plain(source, facts.path, array)
    own, attributes = facts.path.rpartition("/")[2], facts.attributes
    packing = unit = None
    axes, remarks = list(plain.axes), []
    columns: dict[int, tuple[str, Column]] = {}
    if own == "data":
        scale, offset = attributes.get("conversion"), attributes.get("offset")
        renamed = {"scale_factor": scale, "add_offset": offset}
        packing = packing_of(replace(facts, attributes=renamed))
        if packing is not None and (packing.scale, packing.offset or 0.0) == (1.0, 0.0):
            packing = None
        if packing is not None:
            remarks.append("values are converted to their unit")
        axes[0], columns = _series_time(source, group.path, axes[0], array.shape[0])
    elif len(array.shape) == 1 and isinstance(group.attributes.get("colnames"), list):
        place = joined(group.path, "id")
        found = find_columns(source, [place], is_packed=False) if own != "id" else {}
        if place in found and found[place].length == array.shape[0]:
            columns = {0: ("id", found[place])}
    unit = attributes.get("unit")
    return replace(
        plain,
        axes=tuple(axes),
        columns=columns,
        unit=unit[:_LONGEST_UNIT] if isinstance(unit, str) else "",
        values=StoredValues(source, facts.path, packing=packing),
        conventions=("NWB",),
        sentence=_sentence("NWB", remarks, columns, tuple(axes)),
    )


def _series_time(
    source: NodeSource, group: str, axis: AxisMeaning, length: int
) -> tuple[AxisMeaning, dict[int, tuple[str, Column]]]:
    """Return the times of a series: their column, or the rate after a starting time."""
    stamps, start = joined(group, "timestamps"), joined(group, "starting_time")
    found = described(source, [stamps, start])
    if stamps in found and found[stamps].array is not None:
        column = find_columns(source, [stamps], is_packed=False).get(stamps)
        if column is not None and column.length == length:
            unit = found[stamps].attributes.get("unit")
            unit = unit[:_LONGEST_UNIT] if isinstance(unit, str) else ""
            named = replace(axis, name="time", unit=unit, role="time")
            return named, {0: ("timestamps", replace(column, unit=unit))}
    facts = found.get(start)
    rate = facts.attributes.get("rate") if facts is not None else None
    if facts is None or facts.array is None or not isinstance(rate, int | float):
        return axis, {}
    if not 0 < rate < _LARGEST_RATE:
        return axis, {}
    try:
        part = choose_part(facts.array)
        offset = float(read_part(source, start, part).data.ravel()[0])
    except (ModosError, ValueError, TypeError, IndexError):
        return axis, {}
    unit = facts.attributes.get("unit")
    unit = unit[:_LONGEST_UNIT] if isinstance(unit, str) else "seconds"
    return AxisMeaning("time", unit, "time", 1 / rate, offset), {}


# -- groups -----------------------------------------------------------------------------------


def _of_group(source: NodeSource, facts: Node, budget: int) -> ArrayMeaning | None:
    if (sparse := sparse_shape(facts)) is not None:
        return _of_sparse(source, facts.path, *sparse, budget)
    if (image := multiscale_of(facts.attributes)) is not None:
        return _of_multiscale(source, facts.path, image, budget)
    if facts.attributes.get(_ENCODING) in _CODED:
        return _of_coded(source, facts)
    if index_column(facts):
        names = facts.attributes.get("column-order")
        return _of_table(source, facts.path, names, facts.path, budget=budget)
    if _NEUROSCIENCE in facts.attributes and isinstance(facts.attributes.get("colnames"), list):
        names = facts.attributes["colnames"]
        return _of_table(
            source, facts.path, names, joined(facts.path, "id"), budget=budget, name="NWB"
        )
    return None


def _of_sparse(
    source: NodeSource, path: str, shape: tuple[int, int], axis: int, budget: int
) -> ArrayMeaning | None:
    places = {name: joined(path, name) for name in SPARSE_PARTS}
    found = described(source, places.values())
    arrays = {
        name: facts.array
        for name, place in places.items()
        if (facts := found.get(place)) is not None
        and facts.array is not None
        and len(facts.array.shape) == 1
    }
    if len(arrays) < len(SPARSE_PARTS) or arrays["indptr"].shape[0] != shape[axis] + 1:
        return None
    matrix = SparseMatrix(source, path, shape, axis, arrays, budget)
    columns = label_columns(source, path, shape, ())
    name = _library(_groups_above(source, path))
    axes = tuple(AxisMeaning(each) for each in axis_names(matrix.array))
    remarks = [f"a sparse matrix (CS{'RC'[axis]})"]
    return ArrayMeaning(
        source,
        path,
        matrix.array,
        axes,
        kind="matrix",
        conventions=(name,),
        sentence=_sentence(name, remarks, columns, axes),
        values=matrix,
        columns=columns,
    )


def _of_multiscale(
    source: NodeSource, path: str, image: Multiscale, budget: int
) -> ArrayMeaning | None:
    """Return the finest resolution of an image that fits the budget, else the coarsest."""
    places = [joined(path, each) for each in image.paths]
    found = described(source, places)
    arrays = [(place, found[place]) for place in places if place in found]
    stored = [(place, each, each.array) for place, each in arrays if each.array is not None]
    if not stored:
        return None
    resolutions = tuple(Resolution(place, array.shape) for place, _, array in stored)
    chosen = len(stored) - 1
    for number, (_, _, array) in enumerate(stored):
        axis = image.channel_axis(len(array.shape))
        channels = [each for each in _channels(image, array, axis) if each.active]
        part = choose_part(array, budget=budget // max(1, len(channels[:MOST_CHANNELS])))
        if part.chunks and _is_complete(part):
            chosen = number
            break
    place, facts, array = stored[chosen]
    meaning = _of_image(source, facts, array, image, places.index(place))
    level = f"resolution {chosen + 1} of {len(stored)}"
    return replace(
        meaning,
        path=path,
        kind="image",
        resolutions=resolutions,
        resolution=chosen,
        sentence=f"{meaning.sentence.removesuffix('.')}; {level}.",
    )


def _is_complete(part: ArrayPart) -> bool:
    return all(part.stop[axis] - part.start[axis] == part.shape[axis] for axis in part.axes)


def _of_coded(source: NodeSource, facts: Node) -> ArrayMeaning | None:
    """Return the words of a group of categories, or the values of a group with a mask."""
    path = facts.path
    column = find_columns(source, [path], is_packed=False).get(path)
    if column is None:
        return None
    array = source.describe([column.path])[column.path].array
    if array is None:
        return None
    columns = label_columns(source, path, array.shape, ())
    name = _library(_groups_above(source, path))
    axes = tuple(AxisMeaning(each) for each in axis_names(array))
    remarks = ["codes are shown as words"] if column.categories else ["masked values are missing"]
    return ArrayMeaning(
        source,
        path,
        array,
        axes,
        conventions=(name,),
        sentence=_sentence(name, remarks, columns, axes),
        values=StoredValues(source, column.path, column.categories, column.mask),
        columns=columns,
    )


def _of_table(
    source: NodeSource, path: str, stored: Any, index: str, *, budget: int, name: str = ""
) -> ArrayMeaning | None:
    names = [each for each in stored if isinstance(each, str)] if isinstance(stored, list) else []
    names = [each for each in dict.fromkeys(names) if each and "/" not in each]
    shown = names[:MOST_TABLE_COLUMNS]
    places = {each: joined(path, each) for each in shown}
    ends = {each: f"{place}_index" for each, place in places.items()} if name else {}
    found = find_columns(source, [index, *places.values(), *ends.values()], is_packed=False)
    labels = found.get(index)
    if labels is None:
        return None
    for each, place in ends.items():  # of NWB: a list for each row
        if place in found and found[place].length == labels.length and places[each] in found:
            found[places[each]] = replace(found[places[each]], ends=place)
    columns = tuple(
        (each, column)
        for each in shown
        if (column := found.get(places[each])) is not None
        and (column.ends or column.length == labels.length)
    )
    table = StoredTable(source, columns, labels.length, budget)
    name = name or _library(_groups_above(source, path))
    remarks = [f"a table of {len(names):,} columns" if len(names) != 1 else "a table of 1 column"]
    if len(columns) < len(names):
        remarks.append(f"{len(columns):,} of them are shown")
    label = index.rpartition("/")[2]
    own = {0: (label, labels)}
    axes = (AxisMeaning("rows"), AxisMeaning("columns"))
    return ArrayMeaning(
        source,
        path,
        table.array,
        axes,
        kind="table",
        conventions=(name,),
        sentence=_sentence(name, remarks, {}, axes),
        values=table,
        columns=own,
        texts={1: AxisLabels("columns", [each for each, _ in columns])},
    )


# -- sentences --------------------------------------------------------------------------------


def _words_of(packing: Packing | None) -> list[str]:
    """Return what is done with packed values."""
    if packing is None:
        return []
    remarks = []
    if packing.is_scaled:
        factor = "" if packing.scale is None else f" \N{MULTIPLICATION SIGN} {packing.scale:g}"
        offset = packing.offset or 0
        added = f" {'-' if offset < 0 else '+'} {abs(offset):g}" if offset else ""
        remarks.append(f"values are the stored numbers{factor}{added}")
    if packing.fills:
        verb = "is a missing value" if len(packing.fills) == 1 else "are missing values"
        remarks.append(f"{_listed(list(map(_fill_text, packing.fills)))} {verb}")
    if packing.time is not None:
        remarks.append("numbers are shown as " + ("durations" if packing.is_span else "times"))
    return remarks


def _position_words(axes: tuple[AxisMeaning, ...]) -> list[str]:
    """Return the units of the positions on axes."""
    placed: dict[str, list[str]] = {}
    for axis in axes:
        if axis.unit and axis.scale is not None:
            placed.setdefault(axis.unit, []).append(axis.name)
    return [f"positions of {_listed(names)} in {unit}" for unit, names in placed.items()]


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _fill_text(fill: float | str) -> str:
    return repr(fill) if isinstance(fill, str) else f"{fill:g}"


def _sentence(
    name: str,
    remarks: list[str],
    columns: Mapping[int, tuple[str, Column]],
    axes: tuple[AxisMeaning, ...],
) -> str:
    """Return one sentence about what a convention does."""
    labelled = [
        (axes[axis].name, label)
        for axis, (label, _) in sorted(columns.items())
        if axes[axis].name != label
    ]
    phrases = list(remarks)
    if labelled:
        (axis, label), *others = labelled
        also = [f"{name} by {each}" for name, each in others]
        phrases.append(_listed([f"{axis} are labelled by {label}", *also]))
    if not name or not phrases:
        return ""
    return f"{name}: {', '.join(phrases)}."
