"""ArrayPreview: properties, values and a picture of the selected array."""

from __future__ import annotations

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
    ArrayPart,
    checked_path,
    choose_part,
    code_for,
    csv_text,
    facts_of,
    shape_words,
    size_words,
    value_frame,
)
from modos_widgets.location import Location
from modos_widgets.progress import Throttle
from modos_widgets.widgets.array_preview.page_view import default_axes
from modos_widgets.widgets.array_preview.reading import ArrayReading
from modos_widgets.widgets.array_preview.saved_output import SAVED_COLUMNS, SAVED_ROWS, as_html
from modos_widgets.widgets.array_preview.wire import (
    CellAnswer,
    CellRequest,
    CodeAnswer,
    FactsAnswer,
    NodeRequest,
    PartAnswer,
    PartRequest,
    StatisticsAnswer,
    StatisticsProgress,
    StoredAnswer,
    Table,
    ValuesAnswer,
    ValuesRequest,
)
from modos_widgets.widgets.array_preview.words import array_facts, statistics_pairs, stored_words
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.front_end import Reply, Request, StreamedRequest, answers
from modos_widgets.widgets.node_widget import NodeWidget
from modos_widgets.widgets.shown_code import Piece, node_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    import numpy as np
    from pandas import DataFrame

    from modos_widgets.archive import Node
    from modos_widgets.explore import ArrayMeaning, MeantValues, NodeSource
    from modos_widgets.progress import Progress
    from modos_widgets.widgets.wire import CardsRequest

__all__ = ["ArrayPreview"]

_BEAT: Final = 0.1
_MOST_SAVED: Final = 250_000
_MOST_READ: Final = 4 * 2**20  # decoded bytes that are read for a saved notebook


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
    _code_traits = ("path", "raw")

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
        self._reading = ArrayReading(lambda: self.budget)
        self._first: tuple[object, background.Task[Any] | None] = (None, None)
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
        self._reading.forget()
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
        return self._frame_of(*self._displayed())

    def _frame_of(self, meaning: ArrayMeaning, part: ArrayPart, values: MeantValues) -> DataFrame:
        """Return the values of a part with its labels, which are read."""
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
        reading = self._reading
        meaning = reading.meaning(self._source, checked_path(self.path), raw=self.raw)
        last = reading.last
        if meaning.array is None:
            facts = facts_of(meaning.source, meaning.path)
            raise NotFoundError(facts.problem or f"{self.path} is not an array.", facts.hint)
        axes = default_axes(meaning.array)
        if last is not None and last[0] is meaning:
            part = last[1]  # the displayed part
        else:
            part = choose_part(meaning.array, budget=self.budget, axes=axes)
        if part.over_budget and not part.chunks:
            size = size_words(choose_part(meaning.array, budget=self.budget, anyway=True).size)
            raise UnsupportedError(
                f"One chunk is {size}, more than the budget of {size_words(self.budget)}.",
                "Set a larger budget.",
            )
        return meaning, part, reading.values(meaning, part)

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

    def _is_raw(self, request: Request[Any]) -> bool:
        raw = request.payload.get("raw")
        return self.raw if raw is None else bool(raw)

    @answers("facts")
    def _facts(self, request: Request[NodeRequest]) -> FactsAnswer:
        """Return the properties of a node, without reading its values."""
        source, path, _ = self._node(request)
        return self._reading.facts(source, path, raw=self._is_raw(request))

    @answers("part")
    def _part(self, request: StreamedRequest[PartRequest, PartAnswer]) -> PartAnswer:
        """Read a part: the picture of its values first, then their labels."""
        source, path, _ = self._node(request)

        def drawn(answer: PartAnswer, held: list[bytes]) -> None:
            self.stream(request, answer, held)

        raw = self._is_raw(request)
        return self._reading.part(source, path, request.payload, raw=raw, drawn=drawn)

    @answers("cell")
    def _cell(self, request: Request[CellRequest]) -> CellAnswer:
        """Return one value of the displayed part, with the labels of its row and column."""
        source, path, _ = self._node(request)
        raw = self._is_raw(request)
        return self._reading.cell(source, path, request.payload, raw=raw)

    @answers("values")
    def _values_as_text(self, request: Request[ValuesRequest]) -> Reply[ValuesAnswer]:
        """Return the values of the part that a view shows, with their labels, as text."""
        source, path, _ = self._node(request)
        raw = self._is_raw(request)
        found = self._reading.requested(source, path, request.payload, raw=raw)
        if found is None:
            raise NotFoundError("No values are shown.", "Choose an array.")
        frame = self._frame_of(*found, self._reading.values(*found))
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
        return {"stored": stored_words(source, path, facts)}

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
        return {"statistics": statistics_pairs(found)}

    def _pieces(self) -> list[Piece]:
        source, path, last = self._source, self.path, self._reading.last
        if source is None or path is None:
            return []
        array = facts_of(source, path).array
        if array is None:
            return node_pieces(source, path)
        if last is not None and (last[0].source, last[0].path) == (source, path):
            part = last[1]  # the displayed part
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
        source, path = self._source, self.path
        facts = source.known_early(path) if source is not None and path is not None else None
        if facts is None or facts.array is None:
            return as_html(self._as_text(), [])
        key, task = self._first
        if key != (source, path, self.raw) or task is None or not task.done or task.cancelled:
            return as_html(self._as_text(), array_facts(facts.array))
        # the live widget reads them again, and shows and logs the error
        found = None if task.future.exception() is not None else task.result()
        return as_html(self._as_text(), array_facts(facts.array), *(found or ()))

    def _under_way(self) -> list[Future[Any]]:
        """Read the first values, for the saved form."""
        source, path = self._source, self.path
        if source is None or path is None:
            return []
        if self._first[0] != (source, path, self.raw):
            task = background.run(self._read_first, source, path, self.raw)
            self._first = ((source, path, self.raw), task)
        return [] if self._first[1] is None else [self._first[1].future]

    def _read_first(
        self,
        source: NodeSource,
        path: str,
        raw: bool,  # noqa: FBT001
    ) -> tuple[Table, tuple[int, int]] | None:
        return self._reading.first_table(
            source,
            checked_path(path),
            raw=raw,
            rows=SAVED_ROWS,
            columns=SAVED_COLUMNS,
            budget=min(self.budget, _MOST_READ),
        )
