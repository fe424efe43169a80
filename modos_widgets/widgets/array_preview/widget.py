"""ArrayPreview: properties, values and a picture of the selected array."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets import (
    background,
    explore,  # what reads arrays loads zarr, where it is used
)
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import NotFoundError, UnsupportedError
from modos_widgets.explore import (
    DEFAULT_BUDGET,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    ArrayPart,
    ChunkCache,
    cell_text,
    checked_path,
    choose_part,
    code_for,
    csv_text,
    facts_of,
    number_text,
    percent_text,
    picture_of,
    ratio_text,
    shape_words,
    size_words,
    table_rows,
    value_frame,
)
from modos_widgets.location import Location
from modos_widgets.modo import DEFAULT_SCHEMA
from modos_widgets.progress import Throttle
from modos_widgets.widgets.array_preview.page_view import (
    PageView,
    default_axes,
    picture_answer,
    positions_of,
    room_of,
)
from modos_widgets.widgets.array_preview.wire import (
    CellAnswer,
    CellRequest,
    CodeAnswer,
    FactsAnswer,
    NodeRequest,
    Pair,
    PartAnswer,
    PartRequest,
    StatisticsAnswer,
    StatisticsProgress,
    StoredAnswer,
    Table,
    ValuesAnswer,
    ValuesRequest,
)
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.front_end import Reply, Request, StreamedRequest, answers
from modos_widgets.widgets.node_widget import NodeWidget
from modos_widgets.widgets.shown_code import Piece, node_pieces
from modos_widgets.widgets.slot_text import slot_text
from modos_widgets.widgets.slot_values import value_chips

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from pandas import DataFrame

    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore import (
        ArrayMeaning,
        AxisLabels,
        MeantValues,
        NodeSource,
        Picture,
        Statistics,
    )
    from modos_widgets.progress import Progress
    from modos_widgets.widgets.wire import CardsRequest

__all__ = ["ArrayPreview"]

_BEAT: Final = 0.1
_MOST_ATTRIBUTES: Final = 200
_LONGEST_ATTRIBUTE: Final = 2000
_MOST_LABELS: Final = 2000  # labels of an axis that are read and sent at once
_MOST_LABEL_BLOCKS: Final = 64
_MOST_SAVED: Final = 250_000


class ArrayPreview(NodeWidget):
    """Preview of one array of a zarr hierarchy: properties, some values, a picture.

    Whole chunks are read, as many as the budget allows; the preview names the part of the array
    that it shows. Selecting another node cancels the read.

    Parameters
    ----------
    source : path, Location, zarr.Group, zarr.Array, zarr store, Storage, Modo, NodeSource or None
        What to show; anything that `ZarrTree` accepts. With ``tree.source`` both share what they
        read.
    path : str, optional
        Path of the array, '' for the root. Default: the root of a zarr.Array, otherwise None.
    budget : int
        Largest number of decoded bytes that are read without asking.
    endpoint : str, optional
        URL of a modos server. It names the S3 server; a sign-in there provides the keys. The
        server is queried when the widget is created.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client for ``s3://`` URLs, in the spelling of s3fs or obstore. Never a
        trait.
    **traits
        Values of the traits below.

    Raises
    ------
    NotFoundError
        No zarr archive at a local path.
    OptionError
        `source` does not contain zarr, or an argument is not a trait.

    Examples
    --------
    >>> preview = ArrayPreview(tree.source)  # doctest: +SKIP
    >>> tree.on_select(preview.show)  # doctest: +SKIP
    """

    _bundle_name = "array_preview"

    path = traitlets.Unicode(
        None, allow_none=True, help="Path of the displayed node; settable."
    ).tag(sync=True)
    budget = traitlets.Int(
        DEFAULT_BUDGET, min=1, help="Largest number of decoded bytes that are read without asking."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "auto", help="Height as CSS: 'auto', '400px', or '100%' of the container."
    ).tag(sync=True)

    raw = traitlets.Bool(
        default_value=False,
        help="Whether stored values and positions are shown, without the conventions of the "
        "library that wrote them.",
    ).tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        path: str | None = None,
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._last: tuple[tuple[ArrayMeaning, ArrayPart], MeantValues] | None = None
        self._meant: ArrayMeaning | None = None
        self._chunks = ChunkCache()
        self._labels: dict[tuple[int, int], AxisLabels | None] = {}
        if path is not None:
            traits["path"] = path
        self._collaborators = (Cards(self._linked_attributes),)
        super().__init__(source, location, **traits)

    @traitlets.default("path")
    def _root_of_an_array(self) -> str | None:
        return "" if self._source is not None and self._source.is_array else None

    def _replace_source(self, source: NodeSource | None) -> None:
        super()._replace_source(source)
        self.path = None
        self._last = self._meant = None
        self._chunks.clear()
        self._labels.clear()
        self.emit("refresh", {})

    @property
    def frame(self) -> DataFrame:
        """Displayed values as a DataFrame, with the displayed labels.

        It covers the part that the preview names ("the whole array", "rows 0-511 of 1,473"). A
        scalar is one cell, and an array of one dimension is one column called ``value``. Of an
        array with more than two dimensions, the displayed rows and columns are shown (at first the
        last two axes), at the slider positions of the others. Index and columns are the labels as
        texts, or else positions in the array. Their names are those stored with the array:
        dimension names other than ``obs`` and ``var``, or the names that `Draft.add_array` stored
        of a table.

        Unless `raw` is True, values are those that the library gives that wrote them: words for the
        codes of categories, numbers and times unpacked. A group that is a table has its columns,
        with their own data types. Other cells have the data type of the array. Texts and bytes are
        Python objects, records are tuples, and times in units that pandas lacks (years, days,
        picoseconds) are numpy objects. Missing values are NaN, NaT, None or ''. Values that could
        not be read are NaN or ''. An axis of length 0 results in a table without rows or columns.

        Only the labels of the part are read again. Before anything is shown, the first part is
        read and kept for display. The DataFrame is a copy. For a remote array this uses the
        network.

        Raises
        ------
        NotFoundError
            No array is selected, or it does not exist.
        UnsupportedError
            One chunk is larger than `budget`, or no chunk of the part can be read.
        ModosError
            The store refused access.
        """
        meaning, part, values = self._displayed()
        first = {axis: part.start[axis] for axis in part.axes}
        most, budget = max((0, *part.extent)), max(self.budget, part.size)
        labels = meaning.labels(part, first, most=most, budget=budget)
        heads: list[Sequence[Any]] = [
            labels[axis].texts if axis in labels else range(part.start[axis], part.stop[axis])
            for axis in part.axes
        ]
        index, columns = (*heads, None, None)[:2]
        if values.columns and index is not None:
            return explore.table_frame(values, index)
        facts = facts_of(meaning.source, meaning.path)
        stored = explore.stored_axis_names(facts) or (None,) * len(part.shape)
        rows, across = (*(stored[axis] for axis in part.axes), None, None)[:2]
        return value_frame(values.data, index, columns, (rows, across))

    @property
    def array_part(self) -> np.ndarray[Any, Any]:
        """Displayed values as a numpy array with the displayed axes, at most two.

        The values of `frame` without labels: rows and columns of the part that the preview names.
        The array is a copy. For a remote array this uses the network before anything is shown.

        Raises
        ------
        NotFoundError
            No array is selected, or it does not exist.
        UnsupportedError
            One chunk is larger than `budget`, or no chunk of the part can be read.
        ModosError
            The store refused access.
        """
        return self._displayed()[2].data.copy()

    def _displayed(self) -> tuple[ArrayMeaning, ArrayPart, MeantValues]:
        """Return the displayed part with its values; the first one before anything is shown."""
        if self._source is None or self.path is None:
            raise NotFoundError("No array is selected.", "Choose an array.")
        meaning, last = self._meaning(self._source, checked_path(self.path)), self._last
        if meaning.array is None:
            facts = facts_of(meaning.source, meaning.path)
            raise NotFoundError(facts.problem or f"{self.path} is not an array.", facts.hint)
        axes = default_axes(meaning.array)
        if last is not None and last[0][0] is meaning:
            part = last[0][1]  # the displayed part
        else:
            part = choose_part(meaning.array, budget=self.budget, axes=axes)
        if part.over_budget and not part.chunks:
            size = size_words(choose_part(meaning.array, budget=self.budget, anyway=True).size)
            raise UnsupportedError(
                f"One chunk is {size}, more than the budget of {size_words(self.budget)}.",
                "Set a larger budget.",
            )
        return meaning, part, self._values(meaning, part)

    def show(self, path: str | None) -> None:
        """Show another node; can be passed to `ZarrTree.on_select`.

        Parameters
        ----------
        path : str or None
            Path of the node; None for none.
        """
        self.path = path

    # -- requests ---------------------------------------------------------------------------

    def _node(self, request: Request[Any]) -> tuple[NodeSource, str, Node]:
        source = self._known_source()
        path = checked_path(str(request.payload.get("path", "")))
        return source, path, facts_of(source, path)

    def _linked_attributes(self, _: CardsRequest, element: str) -> Mapping[str, Any] | None:
        """Return the attributes of a group of the hierarchy; may use the network."""
        found = facts_of(self._known_source(), checked_path(element))
        return found.attributes if found.kind == "group" else None

    @answers("facts")
    def _facts(self, request: Request[NodeRequest]) -> FactsAnswer:
        """Return the properties of a node, without reading its values."""
        source, path, facts = self._node(request)
        shown = list(facts.attributes.items())[:_MOST_ATTRIBUTES]
        answer: FactsAnswer = {
            "title": path or source.name,
            "kind": facts.kind,
            "problem": facts.problem,
            "hint": facts.hint,
            "attributes": [(str(key), _attribute(value)) for key, value in shown],
            "chips": value_chips(shown, DEFAULT_SCHEMA.link_slots, _attribute),
            "facts": [],
            "axes": [],
        }
        if facts.kind == "broken":
            return answer
        meaning = self._meaning(source, path, raw=request.payload.get("raw"), again=True)
        array = meaning.array
        answer["sentence"] = meaning.sentence
        answer["conventions"] = list(meaning.conventions)
        if array is not None:
            answer["facts"] = _array_facts(array)
            if facts.array is not None:
                answer["stored"] = _stored_words(source, path, facts)
            part = choose_part(array, budget=self.budget, axes=default_axes(array))
            answer["whole"] = part.whole
            answer["axes"] = [
                {"name": each.name, "length": length, "shown": axis in part.axes}
                for axis, (each, length) in enumerate(zip(meaning.axes, array.shape, strict=True))
            ]
        return answer

    def _meaning(
        self, source: NodeSource, path: str, *, raw: bool | None = None, again: bool = False
    ) -> ArrayMeaning:
        """Return what an array means; from metadata, which are read `again` or kept."""
        held = self._meant
        raw = self.raw if raw is None else bool(raw)
        known = held is not None and (held.source, held.path, held.raw) == (source, path, raw)
        if held is None or again or not known:
            held = explore.meaning_of(source, path, raw=raw, budget=self.budget)
            self._meant = held
            self._labels.clear()
        return held

    def _values(self, meaning: ArrayMeaning, part: ArrayPart) -> MeantValues:
        """Read a part, or return the last one, so that another picture needs no read."""
        last = self._last
        if last is not None and last[0][0] is meaning and last[0][1] == part:
            return last[1]
        read = meaning.read(part, background.check_cancelled, cache=self._chunks)
        self._last = ((meaning, part), read)
        return read

    @answers("part")
    def _part(self, request: StreamedRequest[PartRequest, PartAnswer]) -> Reply[PartAnswer]:
        """Read a part: the picture of its values first, then their labels."""
        source, path, _ = self._node(request)
        meaning = self._meaning(source, path, raw=request.payload.get("raw"))
        array = meaning.array
        if array is None:
            return Reply({})
        payload = request.payload
        at = positions_of(payload)
        view = PageView.of(payload, meaning, array)
        part = view.part(array, at, self.budget, anyway=bool(payload.get("anyway", False)))
        names = tuple(each.name for each in meaning.axes)
        about: PartAnswer = {
            "start": list(part.start),
            "stop": list(part.stop),
            "step": list(part.step),
            "words": part.words(names),
            "whole": part.whole,
            "chunks": part.chunks,
            "size": size_words(
                min(part.size, array.real_size or part.size)
            ),  # chunks may exceed the array
        }
        if part.over_budget and not part.chunks:
            chunk = view.part(array, at, self.budget, anyway=True)
            return Reply(
                {**about, "over": size_words(chunk.size), "budget": size_words(self.budget)}
            )
        values = self._values(meaning, part)
        statistics = explore.statistics_of(values.data)
        kinds = view.kinds(meaning, array, values)
        answer: PartAnswer = {
            **about,
            "statistics": _statistics(statistics),
            "faults": list(values.faults),
            "notes": list(values.notes),
            "unread": values.unread,
            "kinds": list(kinds),
        }
        if kinds:
            kind = view.kind if view.kind in kinds else kinds[0]
            picture = self._drawn(meaning, part, values, view, kind=kind, room=room_of(payload))
            alt = f"{kind} of {path or source.name}, {part.words(names)}. {_words(statistics)}"
            held = [picture.numbers] if picture.upper is None else [picture.numbers, picture.upper]
            drawn = picture_answer(
                picture, part, meaning, values, component=view.component, alt=alt
            )
            first_answer: PartAnswer = {**answer, "picture": drawn}
            self.stream(request, first_answer, [each.tobytes() for each in held])
        # at the end of the part, the table is as long as elsewhere
        first = {
            axis: max(part.start[axis], min(at.get(axis, 0), part.stop[axis] - most))
            for axis, most in zip(part.axes, (MOST_ROWS, MOST_COLUMNS), strict=False)
        }
        begin = {
            axis: part.start[axis]
            if part.stop[axis] - part.start[axis] <= _MOST_LABELS
            else first[axis]
            for axis in part.axes
        }
        check = background.check_cancelled
        labels = meaning.labels(part, begin, most=_MOST_LABELS, check=check)
        answer["labels"] = {
            str(axis): {
                "name": each.name,
                "first": begin[axis],
                "texts": [text[:LONGEST_CELL] for text in each.texts],
            }
            for axis, each in labels.items()
        }
        shown = {
            axis: each._replace(texts=each.texts[first[axis] - begin[axis] :])
            for axis, each in labels.items()
        }
        answer["table"] = _table(part, values, first, shown, names)
        return Reply(answer)

    def _drawn(
        self,
        meaning: ArrayMeaning,
        part: ArrayPart,
        values: MeantValues,
        view: PageView,
        *,
        kind: str,
        room: tuple[int, int],
    ) -> Picture:
        """Return the numbers of a picture; reads the other colours of an image."""
        check = background.check_cancelled
        if kind == "channels":
            read = meaning.read_channels(part, check, cache=self._chunks)
            return explore.composite_of(
                [(each.data, channel.color, channel.low, channel.high) for channel, each in read],
                most=room,
            )
        data = values.data
        if kind == "RGB" and view.channels is not None:
            planes = []
            for plane in range(3):
                start, stop = list(part.start), list(part.stop)
                start[view.channels], stop[view.channels] = plane, plane + 1
                box = replace(part, start=tuple(start), stop=tuple(stop))
                planes.append(meaning.read(box, check, cache=self._chunks).data)
            data = explore.stacked(planes)
        check()
        if kind == "heat map" and values.codes is not None:
            return picture_of(values.codes, kind, most=room, words=values.words)
        return picture_of(data, kind, most=room, component=view.component)

    @answers("cell")
    def _cell(self, request: Request[CellRequest]) -> CellAnswer:
        """Return one value of the displayed part, with the labels of its row and column."""
        source, path, _ = self._node(request)
        last = self._last
        if last is None or (last[0][0].source, last[0][0].path) != (source, path):
            return {"text": "", "labels": []}
        (meaning, part), values = last
        at = {
            axis: part.start[axis] if part.stop[axis] - part.start[axis] == 1 else -1
            for axis in part.axes
        } | positions_of(request.payload)
        place = tuple(at[axis] - part.start[axis] for axis in part.axes)
        if any(not 0 <= each < length for each, length in zip(place, part.extent, strict=True)):
            return {"text": "", "labels": []}
        labels = [self._label(meaning, part, axis, at[axis]) for axis in part.axes]
        return {"text": cell_text(values.data[place]), "labels": labels}

    def _label(self, meaning: ArrayMeaning, part: ArrayPart, axis: int, position: int) -> str:
        """Return the label of a position, which is read with those around it and kept."""
        block = position // _MOST_LABELS * _MOST_LABELS
        key = (axis, block)
        if key not in self._labels:
            while len(self._labels) >= _MOST_LABEL_BLOCKS:
                del self._labels[next(iter(self._labels))]
            whole = replace(part, axes=(axis,), start=(0,) * len(part.shape), stop=part.shape)
            check = background.check_cancelled
            found = meaning.labels(whole, {axis: block}, most=_MOST_LABELS, check=check)
            self._labels[key] = found.get(axis)
        held = self._labels[key]
        texts = [] if held is None else held.texts
        return texts[position - block][:LONGEST_CELL] if position - block < len(texts) else ""

    @answers("values")
    def _values_as_text(self, request: Request[ValuesRequest]) -> Reply[ValuesAnswer]:
        """Return the displayed values with their labels as text."""
        _, path, _ = self._node(request)
        frame = self.frame
        if frame.size > _MOST_SAVED:
            raise UnsupportedError(
                f"Too many values: {frame.size:,}.", f"Zoom in to at most {_MOST_SAVED:,} values."
            )
        name = path.rpartition("/")[2] or "array"
        if request.payload.get("form") == "tsv":
            return Reply({"name": f"{name}.tsv"}, [frame.to_csv(sep="\t").encode()])
        return Reply({"name": f"{name}.csv"}, [csv_text(frame).encode()])

    @answers("stored")
    def _stored(self, request: Request[NodeRequest]) -> StoredAnswer:
        """Sum up the stored chunks; on demand, since a large remote array needs many requests."""
        source, path, facts = self._node(request)
        source.stored(path, background.check_cancelled)
        return {"stored": _stored_words(source, path, facts)}

    @answers("exact")
    def _exact(self, request: StreamedRequest[NodeRequest, StatisticsProgress]) -> StatisticsAnswer:
        """Compute the statistics of the whole array."""
        source, path, _ = self._node(request)
        throttle = Throttle(_BEAT)

        def show(now: Progress) -> None:
            if throttle.due(last=now.done == now.total):
                progress: StatisticsProgress = {"done": now.done, "of": now.total}
                self.stream(request, progress)

        found = explore.exact_statistics(
            source, path, on_progress=show, check=background.check_cancelled
        )
        return {"statistics": _statistics(found)}

    def _pieces(self) -> list[Piece]:
        source, path, last = self._source, self.path, self._last
        if source is None or path is None:
            return []
        array = facts_of(source, path).array
        if array is None:
            return node_pieces(source, path)
        if last is not None and (last[0][0].source, last[0][0].path) == (source, path):
            part = last[0][1]  # the displayed part
        else:
            part = choose_part(array, budget=self.budget, axes=default_axes(array))
        bounds = [
            f"{start}:{stop}" if axis in part.axes else str(start)
            for axis, (start, stop) in enumerate(zip(part.start, part.stop, strict=True))
        ]
        turned = ".T" if list(part.axes) != sorted(part.axes) else ""
        return node_pieces(source, path, f"values = node[{', '.join(bounds) or '()'}]{turned}")

    @answers("code")
    def _code(self, request: Request[NodeRequest]) -> CodeAnswer:
        """Return the code that opens the array."""
        source, path, _ = self._node(request)
        return {"code": code_for(source, path)}

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        if self._source is None or self.path is None:
            return "ArrayPreview()"
        facts = self._source.known_early(self.path)
        place = self.path or self._source.name
        if facts is None or facts.array is None:
            return f"ArrayPreview({place!r})"
        return f"ArrayPreview({place!r}, {shape_words(facts.array.shape)} {facts.array.dtype})"

    def _as_html(self) -> str:
        facts = self._source.known_early(self.path) if self._source and self.path else None
        if facts is None or facts.array is None:
            return f"<pre>{html.escape(self._as_text())}</pre>"
        lines = [f"{name}: {value}" for name, value in _array_facts(facts.array)]
        whole = html.escape("\n".join([self._as_text(), *lines]))
        return f"<pre>{whole}</pre>"


def _attribute(value: Any) -> str:
    if isinstance(value, str) or (isinstance(value, list) and value):
        return slot_text(value)[:_LONGEST_ATTRIBUTE]
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_ATTRIBUTE]


def _array_facts(array: ArrayMetadata) -> list[Pair]:
    chunks = shape_words(array.chunks)
    if array.inner_chunks is not None:
        chunks = f"{shape_words(array.inner_chunks)} in shards of {chunks}"
    real = "varies" if array.real_size is None else size_words(array.real_size)
    return [
        ("Shape", shape_words(array.shape)),
        ("Data type", array.dtype),
        ("Chunks", chunks),
        ("Codecs", ", ".join(array.codecs) or "none"),
        ("Fill value", json.dumps(array.fill_value, ensure_ascii=False, default=str)[:80]),
        ("Uncompressed size", real),
    ]


def _stored_words(source: NodeSource, path: str, facts: Node) -> str:
    """Return the stored size, chunks and compression ratio in words; "" if unknown."""
    stored = source.known_stored(path)
    if stored is None:
        return ""
    if not stored.complete:
        return f"more than {size_words(stored.size)} in {stored.chunks:,} chunks"
    real = facts.array.real_size if facts.array is not None else None
    ratio = f", ratio {ratio_text(real / stored.size)}" if real and stored.size else ""
    chunks = "chunk" if stored.chunks == 1 else "chunks"
    return f"{size_words(stored.size)} in {stored.chunks:,} {chunks}{ratio}"


def _statistics(found: Statistics) -> list[Pair]:
    rows = [
        (name, number_text(value))
        for name, value in (
            ("Minimum", found.minimum),
            ("Maximum", found.maximum),
            ("Mean", found.mean),
        )
        if value is not None
    ]
    if found.infinite:
        rows.append(("Infinite", f"{found.infinite:,}"))
    return [*rows, ("Missing", percent_text(found.missing, found.count))]


def _words(found: Statistics) -> str:
    return ", ".join(f"{name.lower()} {value}" for name, value in _statistics(found)) + "."


def _table(
    part: ArrayPart,
    values: MeantValues,
    first: Mapping[int, int],
    labels: Mapping[int, AxisLabels],
    names: tuple[str, ...],
) -> Table:
    """Return cells with row and column labels; positions if there are no labels."""
    inside = [first[axis] - part.start[axis] for axis in part.axes]
    row, column = (*inside, 0, 0)[:2]
    rows = table_rows(values.data, (row, column))
    columns = len(rows[0]) if rows else 0
    row_axis = part.axes[0] if part.axes else None
    column_axis = part.axes[1] if len(part.axes) > 1 else None

    def head(axis: int | None, number: int) -> list[str]:
        if axis is None:
            return ["value"] * number
        if axis in labels:
            return [label[:LONGEST_CELL] for label in labels[axis][1][:number]]
        return [f"{first[axis] + place:,}" for place in range(number)]

    return {
        "corner": "" if row_axis is None else labels.get(row_axis, (names[row_axis], []))[0],
        "columns": head(column_axis, columns),
        "rows": head(row_axis, len(rows)),
        "cells": rows,
        "numeric": values.data.dtype.kind in "fiubcmM",
        "first": inside,
        "of_rows": part.extent[0] if part.extent else 1,
        "of_columns": part.extent[1] if len(part.extent) > 1 else 1,
    }
