"""Reads the arrays of a preview, and keeps what the next answer needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from modos_widgets import (
    background,
    explore,  # what reads arrays loads zarr, where it is used
)
from modos_widgets.explore import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    ChunkCache,
    cell_text,
    choose_part,
    facts_of,
    picture_of,
    size_words,
)
from modos_widgets.modo import DEFAULT_SCHEMA
from modos_widgets.widgets.array_preview.page_view import (
    PageView,
    default_axes,
    picture_answer,
    positions_of,
    room_of,
)
from modos_widgets.widgets.array_preview.wire import Channel
from modos_widgets.widgets.array_preview.words import (
    array_facts,
    attribute_text,
    statistics_pairs,
    statistics_words,
    stored_words,
    table_answer,
)
from modos_widgets.widgets.slot_values import value_chips

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.explore import (
        ArrayMeaning,
        ArrayPart,
        AxisLabels,
        MeantValues,
        NodeSource,
        Picture,
    )
    from modos_widgets.widgets.array_preview.wire import (
        CellAnswer,
        CellRequest,
        FactsAnswer,
        PartAnswer,
        PartRequest,
        Table,
    )

__all__ = ["ArrayReading"]

_MOST_ATTRIBUTES: Final = 200
_MOST_LABELS: Final = 2000  # labels of an axis that are read and sent at once
_MOST_LABEL_BLOCKS: Final = 64
_MOST_LISTED: Final = 64  # channels of an image that can be chosen


class ArrayReading:
    """Reads what a preview shows. Uses the network if the hierarchy is remote.

    Parameters
    ----------
    budget : callable
        Returns the largest number of decoded bytes that are read without asking.
    """

    def __init__(self, budget: Callable[[], int]) -> None:
        self._budget = budget
        self._last: tuple[tuple[ArrayMeaning, ArrayPart], MeantValues] | None = None
        self._meant: ArrayMeaning | None = None
        self._chunks = ChunkCache()
        self._labels: dict[tuple[int, int], AxisLabels | None] = {}

    @property
    def last(self) -> tuple[ArrayMeaning, ArrayPart, MeantValues] | None:
        """What was read last, or None."""
        return None if self._last is None else (*self._last[0], self._last[1])

    def forget(self) -> None:
        """Drop what was read."""
        self._last = self._meant = None
        self._chunks.clear()
        self._labels.clear()

    def facts(self, source: NodeSource, path: str, *, raw: bool) -> FactsAnswer:
        """Return the properties of a node, without reading its values."""
        facts = facts_of(source, path)
        shown = list(facts.attributes.items())[:_MOST_ATTRIBUTES]
        answer: FactsAnswer = {
            "title": path or source.name,
            "kind": facts.kind,
            "problem": facts.problem,
            "hint": facts.hint,
            "attributes": [(str(key), attribute_text(value)) for key, value in shown],
            "chips": value_chips(shown, DEFAULT_SCHEMA.link_slots, attribute_text),
            "facts": [],
            "axes": [],
        }
        if facts.kind == "broken":
            return answer
        meaning = self.meaning(source, path, raw=raw, again=True)
        array = meaning.array
        answer["sentence"] = meaning.sentence
        answer["conventions"] = list(meaning.conventions)
        if meaning.channels:
            answer["channels"] = [
                Channel(each.name, each.color, each.active)
                for each in meaning.channels[:_MOST_LISTED]
            ]
        if array is not None:
            answer["facts"] = array_facts(array)
            if facts.array is not None:
                answer["stored"] = stored_words(source, path, facts)
            part = choose_part(array, budget=self._budget(), axes=default_axes(array))
            answer["whole"] = part.whole
            answer["axes"] = [
                {"name": each.name, "length": length, "shown": axis in part.axes}
                for axis, (each, length) in enumerate(zip(meaning.axes, array.shape, strict=True))
            ]
        return answer

    def meaning(
        self, source: NodeSource, path: str, *, raw: bool, again: bool = False
    ) -> ArrayMeaning:
        """Return what an array means; from metadata, which are read `again` or kept."""
        held = self._meant
        known = held is not None and (held.source, held.path, held.raw) == (source, path, raw)
        if held is None or again or not known:
            held = explore.meaning_of(source, path, raw=raw, budget=self._budget())
            self._meant = held
            self._labels.clear()
        return held

    def values(self, meaning: ArrayMeaning, part: ArrayPart) -> MeantValues:
        """Read a part, or return the last one, so that another picture needs no read."""
        known = self._known(meaning, part)
        if known is not None:
            return known
        read = meaning.read(part, background.check_cancelled, cache=self._chunks)
        self._last = ((meaning, part), read)
        return read

    def _known(self, meaning: ArrayMeaning, part: ArrayPart) -> MeantValues | None:
        """Return the values of a part, if it was read last."""
        last = self._last
        if last is not None and last[0][0] is meaning and last[0][1] == part:
            return last[1]
        return None

    def part(
        self,
        source: NodeSource,
        path: str,
        payload: PartRequest,
        *,
        raw: bool,
        drawn: Callable[[PartAnswer, list[bytes]], object],
    ) -> PartAnswer:
        """Read a part: the picture of its values first, then their labels.

        Parameters
        ----------
        source : NodeSource
            The hierarchy.
        path : str
            Path of the array.
        payload : dict
            The part, and how to draw it.
        raw : bool
            Whether to show stored values.
        drawn : callable
            Called with the answer that has the picture, and its binary parts.

        Returns
        -------
        dict
            The answer with labels and table; empty if the node is not an array.
        """
        meaning = self.meaning(source, path, raw=raw)
        array = meaning.array
        if array is None:
            return {}
        budget = self._budget()
        at = positions_of(payload.get("at"))
        view = PageView.of(payload, meaning, array)
        part = view.part(array, at, budget, anyway=bool(payload.get("anyway", False)))
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
            chunk = view.part(array, at, budget, anyway=True)
            return {**about, "over": size_words(chunk.size), "budget": size_words(budget)}
        values = self.values(meaning, part)
        statistics = explore.statistics_of(values.data)
        kinds = view.kinds(meaning, array, values)
        answer: PartAnswer = {
            **about,
            "statistics": statistics_pairs(statistics),
            "faults": list(values.faults),
            "notes": list(values.notes),
            "unread": values.unread,
            "kinds": list(kinds),
        }
        if kinds:
            kind = view.kind if view.kind in kinds else kinds[0]
            picture = self._drawn(meaning, part, values, view, kind=kind, room=room_of(payload))
            place = f"{path or source.name}, {part.words(names)}"
            alt = f"{kind} of {place}. {statistics_words(statistics)}"
            held = [picture.numbers] if picture.upper is None else [picture.numbers, picture.upper]
            pictured = picture_answer(
                picture, part, meaning, values, component=view.component, alt=alt
            )
            first_answer: PartAnswer = {**answer, "picture": pictured}
            drawn(first_answer, [each.tobytes() for each in held])
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
        answer["table"] = table_answer(part, values, first, shown, names)
        return answer

    def first_table(
        self, source: NodeSource, path: str, *, raw: bool, rows: int, columns: int, budget: int
    ) -> tuple[Table, tuple[int, int]] | None:
        """Read the first values with their labels, for a saved notebook.

        Parameters
        ----------
        source : NodeSource
            The hierarchy.
        path : str
            Path of the array.
        raw : bool
            Whether to show stored values.
        rows, columns : int
            How many are needed; the chunks that contain them are read.
        budget : int
            Largest number of decoded bytes that are read.

        Returns
        -------
        tuple or None
            The table, with the rows and columns of the whole array; None if the node is not an
            array, or its first chunk is larger than the budget.
        """
        meaning = self.meaning(source, path, raw=raw)
        array = meaning.array
        if array is None:
            return None
        axes = default_axes(array)
        wanted = dict(zip(axes, (rows, columns), strict=False))
        window = {axis: (0, min(most, array.shape[axis])) for axis, most in wanted.items()}
        part = choose_part(array, budget=budget, axes=axes, window=window)
        if part.over_budget and not part.chunks:
            return None
        check = background.check_cancelled
        values = meaning.read(part, check, cache=self._chunks)
        first = {axis: part.start[axis] for axis in part.axes}
        labels = meaning.labels(part, first, most=max(rows, columns), check=check)
        names = tuple(each.name for each in meaning.axes)
        whole = (*(array.shape[axis] for axis in part.axes), 1, 1)
        return table_answer(part, values, first, labels, names), (whole[0], whole[1])

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
            read = meaning.read_channels(part, check, view.chosen_channels, cache=self._chunks)
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

    def requested(
        self, source: NodeSource, path: str, payload: PartRequest, *, raw: bool
    ) -> tuple[ArrayMeaning, ArrayPart] | None:
        """Return the part that a request names, whatever was read last; None for a group."""
        meaning = self.meaning(source, path, raw=raw)
        array = meaning.array
        if array is None:
            return None
        view = PageView.of(payload, meaning, array)
        anyway = bool(payload.get("anyway", False))
        part = view.part(array, positions_of(payload.get("at")), self._budget(), anyway=anyway)
        return None if part.over_budget and not part.chunks else (meaning, part)

    def cell(self, source: NodeSource, path: str, payload: CellRequest, *, raw: bool) -> CellAnswer:
        """Return one value of a part, with the labels of its row and column."""
        found = self.requested(source, path, payload, raw=raw)
        if found is None:
            return {"text": "", "labels": []}
        meaning, part = found
        values = self._known(meaning, part)
        if values is None:  # the part of another view, which `last` does not follow
            values = meaning.read(part, background.check_cancelled, cache=self._chunks)
        at = {
            axis: part.start[axis] if part.stop[axis] - part.start[axis] == 1 else -1
            for axis in part.axes
        } | positions_of(payload["cell"])
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
