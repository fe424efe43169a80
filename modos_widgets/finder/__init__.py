"""Search and facets over the metadata of many objects.

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.finder.facets import Bin as Bin
    from modos_widgets.finder.facets import Facet as Facet
    from modos_widgets.finder.facets import FacetValue as FacetValue
    from modos_widgets.finder.finder import Finder as Finder
    from modos_widgets.finder.query import Condition as Condition
    from modos_widgets.finder.query import Query as Query
    from modos_widgets.finder.query import Value as Value
    from modos_widgets.finder.result import Elements as Elements
    from modos_widgets.finder.result import Match as Match
    from modos_widgets.finder.result import Result as Result
    from modos_widgets.finder.result import Totals as Totals
    from modos_widgets.finder.suggestions import Suggestion as Suggestion
    from modos_widgets.finder.text_search import FoldedTexts as FoldedTexts
    from modos_widgets.finder.text_search import folded_texts as folded_texts

_MODULES = {
    "Bin": "facets",
    "Condition": "query",
    "Elements": "result",
    "Facet": "facets",
    "FacetValue": "facets",
    "Finder": "finder",
    "FoldedTexts": "text_search",
    "Match": "result",
    "Query": "query",
    "Result": "result",
    "Suggestion": "suggestions",
    "Totals": "result",
    "Value": "query",
    "folded_texts": "text_search",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
