"""Nodes of any zarr hierarchy: levels, search, and the part of an array that a preview shows.

Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.explore.array_part import DEFAULT_BUDGET as DEFAULT_BUDGET
    from modos_widgets.explore.array_part import ArrayPart as ArrayPart
    from modos_widgets.explore.array_part import choose_part as choose_part
    from modos_widgets.explore.array_reader import ArrayValues as ArrayValues
    from modos_widgets.explore.array_reader import read_part as read_part
    from modos_widgets.explore.chunk_cache import ChunkCache as ChunkCache
    from modos_widgets.explore.code import code_for as code_for
    from modos_widgets.explore.conventions import ArrayMeaning as ArrayMeaning
    from modos_widgets.explore.conventions import AxisLabels as AxisLabels
    from modos_widgets.explore.conventions import AxisMeaning as AxisMeaning
    from modos_widgets.explore.conventions import Channel as Channel
    from modos_widgets.explore.conventions import MeantValues as MeantValues
    from modos_widgets.explore.conventions import Resolution as Resolution
    from modos_widgets.explore.conventions import meaning_of as meaning_of
    from modos_widgets.explore.conventions import table_frame as table_frame
    from modos_widgets.explore.labels import axis_names as axis_names
    from modos_widgets.explore.labels import stored_axis_names as stored_axis_names
    from modos_widgets.explore.open_groups import MOST_OPENED as MOST_OPENED
    from modos_widgets.explore.open_groups import OpenGroup as OpenGroup
    from modos_widgets.explore.open_groups import child_index as child_index
    from modos_widgets.explore.open_groups import group_entry as group_entry
    from modos_widgets.explore.open_groups import subgroups as subgroups
    from modos_widgets.explore.opening import open_source as open_source
    from modos_widgets.explore.overlay import Overlay as Overlay
    from modos_widgets.explore.paths import checked_path as checked_path
    from modos_widgets.explore.paths import depth_of as depth_of
    from modos_widgets.explore.paths import joined as joined
    from modos_widgets.explore.picture import COMPONENTS as COMPONENTS
    from modos_widgets.explore.picture import Picture as Picture
    from modos_widgets.explore.picture import channel_axis as channel_axis
    from modos_widgets.explore.picture import composite_of as composite_of
    from modos_widgets.explore.picture import kinds_for as kinds_for
    from modos_widgets.explore.picture import picture_of as picture_of
    from modos_widgets.explore.picture import stacked as stacked
    from modos_widgets.explore.recorded_tree import RecordedNode as RecordedNode
    from modos_widgets.explore.recorded_tree import record_tree as record_tree
    from modos_widgets.explore.rows import NodeRow as NodeRow
    from modos_widgets.explore.rows import node_row as node_row
    from modos_widgets.explore.rows import shape_words as shape_words
    from modos_widgets.explore.rows import size_words as size_words
    from modos_widgets.explore.search import Found as Found
    from modos_widgets.explore.search import Searcher as Searcher
    from modos_widgets.explore.search import with_parents as with_parents
    from modos_widgets.explore.source import NodeSource as NodeSource
    from modos_widgets.explore.source import facts_of as facts_of
    from modos_widgets.explore.statistics import Statistics as Statistics
    from modos_widgets.explore.statistics import exact_statistics as exact_statistics
    from modos_widgets.explore.statistics import statistics_of as statistics_of
    from modos_widgets.explore.value_table import LONGEST_CELL as LONGEST_CELL
    from modos_widgets.explore.value_table import MOST_COLUMNS as MOST_COLUMNS
    from modos_widgets.explore.value_table import MOST_ROWS as MOST_ROWS
    from modos_widgets.explore.value_table import cell_text as cell_text
    from modos_widgets.explore.value_table import csv_text as csv_text
    from modos_widgets.explore.value_table import number_text as number_text
    from modos_widgets.explore.value_table import percent_text as percent_text
    from modos_widgets.explore.value_table import ratio_text as ratio_text
    from modos_widgets.explore.value_table import table_rows as table_rows
    from modos_widgets.explore.value_table import value_frame as value_frame

_MODULES = {
    "ArrayMeaning": "conventions",
    "ArrayPart": "array_part",
    "ArrayValues": "array_reader",
    "AxisLabels": "conventions",
    "AxisMeaning": "conventions",
    "Channel": "conventions",
    "COMPONENTS": "picture",
    "ChunkCache": "chunk_cache",
    "DEFAULT_BUDGET": "array_part",
    "Found": "search",
    "LONGEST_CELL": "value_table",
    "MOST_COLUMNS": "value_table",
    "MOST_OPENED": "open_groups",
    "MOST_ROWS": "value_table",
    "MeantValues": "conventions",
    "NodeRow": "rows",
    "NodeSource": "source",
    "OpenGroup": "open_groups",
    "Overlay": "overlay",
    "RecordedNode": "recorded_tree",
    "Resolution": "conventions",
    "Picture": "picture",
    "Searcher": "search",
    "Statistics": "statistics",
    "axis_names": "labels",
    "cell_text": "value_table",
    "channel_axis": "picture",
    "checked_path": "paths",
    "child_index": "open_groups",
    "choose_part": "array_part",
    "code_for": "code",
    "composite_of": "picture",
    "csv_text": "value_table",
    "depth_of": "paths",
    "exact_statistics": "statistics",
    "facts_of": "source",
    "group_entry": "open_groups",
    "joined": "paths",
    "kinds_for": "picture",
    "meaning_of": "conventions",
    "node_row": "rows",
    "number_text": "value_table",
    "open_source": "opening",
    "percent_text": "value_table",
    "picture_of": "picture",
    "ratio_text": "value_table",
    "read_part": "array_reader",
    "record_tree": "recorded_tree",
    "shape_words": "rows",
    "size_words": "rows",
    "stacked": "picture",
    "statistics_of": "statistics",
    "stored_axis_names": "labels",
    "subgroups": "open_groups",
    "table_frame": "conventions",
    "table_rows": "value_table",
    "value_frame": "value_table",
    "with_parents": "search",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
