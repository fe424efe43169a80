"""ArrayPreview: facts, values and a picture of the array that is selected."""

from __future__ import annotations

import html
import importlib
import json
import time
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import NotFoundError
from modos_widgets.explore import open_source
from modos_widgets.explore.array_part import DEFAULT_BUDGET, Part, choose_part
from modos_widgets.explore.array_reader import Values, facts_of, read_part
from modos_widgets.explore.code import code_for
from modos_widgets.explore.labels import axis_labels, axis_names
from modos_widgets.explore.paths import checked_path
from modos_widgets.explore.picture import draw, kinds_for
from modos_widgets.explore.rows import shape_words, size_words
from modos_widgets.explore.statistics import Statistics, exact_statistics, statistics_of
from modos_widgets.explore.value_table import MOST_COLUMNS, MOST_ROWS, number_text, table_rows
from modos_widgets.session import background
from modos_widgets.widgets.front_end import FrontEndWidget, Reply, Request, answers
from modos_widgets.widgets.shown_code import Piece, node_pieces
from modos_widgets.widgets.slot_text import slot_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.explore import NodeSource
    from modos_widgets.explore.facts import ArrayFacts, NodeFacts

__all__ = ["ArrayPreview"]

_BEAT: Final = 0.1
_MOST_ATTRIBUTES: Final = 200
_LONGEST_ATTRIBUTE: Final = 2000
_SMALLEST, _LARGEST = 160, 1600  # CSS pixels of a picture


class ArrayPreview(FrontEndWidget):
    """Look at one array of a zarr hierarchy: what it is, some of its values, a picture.

    Whole chunks are read, as many as the budget allows; the preview says which part of the
    array that is. Choosing another node cancels the reading.

    Parameters
    ----------
    source : path, str, zarr.Group, zarr.Array, zarr store, Storage, Modo, NodeSource or None
        Where the array is; what `ZarrTree` takes. With ``tree.source`` both read things once.
    path : str, optional
        Path of the array, '' for the root, which is the default for a zarr.Array.
    budget : int
        Bytes, decoded, that are read at most without asking.
    endpoint : str, optional
        URL of the S3 server, for ``s3://`` URLs.
    s3_kwargs : mapping, optional
        S3 options in either spelling, for ``s3://`` URLs. Never kept as a trait.
    **traits
        Values of the traits below.

    Raises
    ------
    NotFoundError
        No zarr archive is at a path of this computer.
    OptionError
        `source` is nothing that holds zarr, or a name is no trait.

    Examples
    --------
    >>> preview = ArrayPreview(tree.source)  # doctest: +SKIP
    >>> tree.on_select(preview.show)  # doctest: +SKIP
    """

    _bundle_name = "array_preview"

    path = traitlets.Unicode(
        None, allow_none=True, help="Path of the node that is shown; settable."
    ).tag(sync=True)
    budget = traitlets.Int(
        DEFAULT_BUDGET, min=1, help="Bytes, decoded, that are read at most without asking."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "auto", help="Height as CSS: 'auto', '400px', or '100%' to fill what holds it."
    ).tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        path: str | None = None,
        *,
        endpoint: str | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        self._source: NodeSource | None = None
        self._last: tuple[tuple[NodeSource, str, Part], Values] | None = None
        if source is not None:
            self._source = open_source(source, endpoint=endpoint, s3_kwargs=s3_kwargs)
        if path is None and self._source is not None and self._source.is_array:
            path = ""
        super().__init__(path=path, **traits)
        # matplotlib takes a second or more to come; have it ready when the values are
        self._warm = background.run(importlib.import_module, "matplotlib.figure")

    @property
    def source(self) -> NodeSource | None:
        """Where the array is. Settable, to anything that the constructor takes, or None."""
        return self._source

    @source.setter
    def source(self, source: Any) -> None:
        self._source = None if source is None else open_source(source)
        self.path = None
        self._last = None
        self.emit("refresh", {})

    def show(self, path: str | None) -> None:
        """Show another node; fit to be handed to `ZarrTree.on_select`."""
        self.path = path

    # -- requests ---------------------------------------------------------------------------

    def _node(self, request: Request) -> tuple[NodeSource, str, NodeFacts]:
        if self._source is None:
            raise NotFoundError("There is nothing to show yet.", "Choose an array.")
        path = checked_path(str(request.payload.get("path", "")))
        return self._source, path, facts_of(self._source, path)

    @answers("facts")
    def _facts(self, request: Request) -> dict[str, Any]:
        """Tell what a node is, without reading its values."""
        source, path, facts = self._node(request)
        answer: dict[str, Any] = {
            "title": path or source.name,
            "kind": facts.kind,
            "problem": facts.problem,
            "hint": facts.hint,
            "attributes": [
                [str(key), _attribute(value)]
                for key, value in list(facts.attributes.items())[:_MOST_ATTRIBUTES]
            ],
            "facts": [],
            "axes": [],
        }
        if facts.array is not None:
            answer["facts"] = _array_facts(facts.array)
            answer["stored"] = _stored_words(source, path, facts)
            part = choose_part(facts.array, budget=self.budget)
            answer["whole"] = part.whole
            answer["axes"] = [
                {"name": name, "length": length, "shown": axis in part.axes}
                for axis, (name, length) in enumerate(
                    zip(axis_names(facts.array), facts.array.shape, strict=True)
                )
            ]
        return answer

    def _values(self, source: NodeSource, path: str, part: Part) -> Values:
        """Read a part, or take the one that was read last: another picture of it costs nothing."""
        key, values = (source, path, part), self._last
        if values is not None and values[0] == key:
            return values[1]
        read = read_part(source, path, part, background.check_cancelled)
        self._last = (key, read)
        return read

    @answers("part")
    def _part(self, request: Request) -> Reply:
        """Read a part: its values first, then its picture."""
        source, path, facts = self._node(request)
        array = facts.array
        if array is None:
            return Reply({})
        wanted = request.payload
        at = {int(axis): int(position) for axis, position in dict(wanted.get("at") or {}).items()}
        part = choose_part(
            array, budget=self.budget, at=at, anyway=bool(wanted.get("anyway", False))
        )
        names = axis_names(array)
        about = {
            "start": list(part.start),
            "stop": list(part.stop),
            "step": list(part.step),
            "words": part.words(names),
            "whole": part.whole,
            "chunks": part.chunks,
            "size": size_words(min(part.size, array.real_size or part.size)),  # chunks may jut out
        }
        if part.over_budget and not part.chunks:
            one = choose_part(array, budget=self.budget, at=at, anyway=True)
            return Reply({**about, "over": size_words(one.size), "budget": size_words(self.budget)})
        values = self._values(source, path, part)
        first = {
            axis: min(max(part.start[axis], at.get(axis, 0)), max(part.stop[axis] - 1, 0))
            for axis in part.axes
        }
        labels = axis_labels(
            source,
            path,
            part,
            first,
            most=max(MOST_ROWS, MOST_COLUMNS),
            check=background.check_cancelled,
        )
        statistics = statistics_of(values.data)
        kinds = kinds_for(values.data)
        told = {
            **about,
            "table": _table(part, values, first, labels, names),
            "statistics": _statistics(statistics),
            "faults": list(values.faults),
            "unread": values.unread,
            "kinds": list(kinds),
        }
        self.stream(request, told)
        if not kinds:
            return Reply(told)
        background.check_cancelled()
        kind = wanted.get("kind") if wanted.get("kind") in kinds else kinds[0]
        width = min(_LARGEST, max(_SMALLEST, int(wanted.get("width", 560))))
        shown = tuple(names[axis] for axis in part.axes) or ("value",)
        picture = draw(
            values.data,
            str(kind),
            names=shown,
            start=tuple(part.start[axis] for axis in part.axes) or (0,),
            size=(width, 240 if width < 500 else 280),  # noqa: PLR2004
            ratio=min(3.0, max(1.0, float(wanted.get("ratio", 1)))),
            dark=bool(wanted.get("dark", False)),
        )
        alt = f"{kind} of {path or source.name}, {part.words(names)}. {_words(statistics)}"
        return Reply({**told, "kind": kind, "alt": alt}, [picture])

    @answers("stored")
    def _stored(self, request: Request) -> dict[str, Any]:
        """Add up the stored chunks; many requests for a large remote array, so only on demand."""
        source, path, facts = self._node(request)
        source.stored(path, background.check_cancelled)
        return {"stored": _stored_words(source, path, facts)}

    @answers("exact")
    def _exact(self, request: Request) -> dict[str, Any]:
        """Compute the statistics of the whole array."""
        source, path, _ = self._node(request)
        told = time.monotonic()

        def progress(done: int, of: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _BEAT or done == of:
                told = time.monotonic()
                self.stream(request, {"done": done, "of": of})

        found = exact_statistics(source, path, progress, background.check_cancelled)
        return {"statistics": _statistics(found)}

    def _pieces(self) -> list[Piece]:
        source, path, last = self._source, self.path, self._last
        if source is None or path is None:
            return []
        array = facts_of(source, path).array
        if array is None:
            return node_pieces(source, path)
        if last is not None and last[0][:2] == (source, path):
            part = last[0][2]  # what is shown
        else:
            part = choose_part(array, budget=self.budget)
        bounds = [
            f"{start}:{stop}" if axis in part.axes else str(start)
            for axis, (start, stop) in enumerate(zip(part.start, part.stop, strict=True))
        ]
        return node_pieces(source, path, f"values = node[{', '.join(bounds) or '()'}]")

    @answers("code")
    def _code(self, request: Request) -> dict[str, Any]:
        """Give the code that opens the array."""
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


def _array_facts(array: ArrayFacts) -> list[list[str]]:
    chunks = shape_words(array.chunks)
    if array.inner_chunks is not None:
        chunks = f"{shape_words(array.inner_chunks)} in shards of {chunks}"
    real = "varies" if array.real_size is None else size_words(array.real_size)
    return [
        ["Shape", shape_words(array.shape)],
        ["Data type", array.dtype],
        ["Chunks", chunks],
        ["Codecs", ", ".join(array.codecs) or "none"],
        ["Fill value", json.dumps(array.fill_value, ensure_ascii=False, default=str)[:80]],
        ["Uncompressed size", real],
    ]


def _stored_words(source: NodeSource, path: str, facts: NodeFacts) -> str:
    """Tell the stored size, its chunks and what compression made of them; "" while unknown."""
    stored = source.known_stored(path)
    if stored is None:
        return ""
    if not stored.complete:
        return f"more than {size_words(stored.size)} in {stored.chunks:,} chunks"
    real = facts.array.real_size if facts.array is not None else None
    ratio = f", ratio {real / stored.size:.2g}" if real and stored.size else ""
    chunks = "chunk" if stored.chunks == 1 else "chunks"
    return f"{size_words(stored.size)} in {stored.chunks:,} {chunks}{ratio}"


def _statistics(found: Statistics) -> list[list[str]]:
    rows = [
        [name, number_text(value)]
        for name, value in (
            ("Minimum", found.minimum),
            ("Maximum", found.maximum),
            ("Mean", found.mean),
        )
        if value is not None
    ]
    return [*rows, ["Missing", _percent(found) if found.missing else "0 %"]]


def _percent(found: Statistics) -> str:
    share = 100 * found.missing_share
    return f"{share:.2g} %" if share >= 0.01 else "< 0.01 %"  # noqa: PLR2004


def _words(found: Statistics) -> str:
    return ", ".join(f"{name.lower()} {value}" for name, value in _statistics(found)) + "."


def _table(
    part: Part,
    values: Values,
    first: Mapping[int, int],
    labels: Mapping[int, tuple[str, list[str]]],
    names: tuple[str, ...],
) -> dict[str, Any]:
    """Cells with labels of rows and columns; positions where there are no labels."""
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
            return labels[axis][1][:number]
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
