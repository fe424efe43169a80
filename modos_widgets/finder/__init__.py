"""Search and facets over the metadata of many objects."""

from __future__ import annotations

from modos_widgets.finder.facets import Bin, Facet, FacetValue
from modos_widgets.finder.finder import Finder
from modos_widgets.finder.query import Condition, Query, Value
from modos_widgets.finder.result import Elements, Match, Result, Totals
from modos_widgets.finder.suggestions import Suggestion

__all__ = [
    "Bin",
    "Condition",
    "Elements",
    "Facet",
    "FacetValue",
    "Finder",
    "Match",
    "Query",
    "Result",
    "Suggestion",
    "Totals",
    "Value",
]
