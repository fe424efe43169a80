"""Facets and timeline of a result, as the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from modos_widgets.modo import DEFAULT_SCHEMA, class_plural, curie_of
from modos_widgets.widgets.overview.wire import Bar, FacetGroup, FacetValue
from modos_widgets.widgets.overview.wire import Facet as FacetShown

if TYPE_CHECKING:
    from modos_widgets import finder as engine

__all__ = ["bars_of", "groups_of", "value_of"]

_MOST_VALUES: Final = 8
_MOST_FACETS: Final = 8  # of one class
_MOST_DISTINCT: Final = 40  # values of a text that is still a facet
_MOST_BARS: Final = 36
_ROOT: Final = "MODO"
_STATES: Final = {"": 0, "included": 1, "excluded": -1}
_LEFT_OUT: Final = frozenset(
    {"@type", "id", "name", "description", "data_path", "source_uri", "last_update_date"}
)
_LAST: Final = frozenset({"creation_date", "version", "collector"})
_LONGEST: Final = 200


def groups_of(finder: engine.Finder, result: engine.Result) -> list[FacetGroup]:
    """Return the facets of each class that occurs, the most useful first."""
    sections = dict.fromkeys(
        DEFAULT_SCHEMA.section(name) if name in DEFAULT_SCHEMA.classes else name
        for name in finder.classes
    )
    order = ["Sample", "Assay", "DataEntity"]
    ranks = {name: place for place, name in enumerate(order)}
    names = sorted(sections, key=lambda name: (name == _ROOT, ranks.get(name, len(ranks)), name))
    groups: list[FacetGroup] = []
    for class_name in names:
        facets = _facets_of(result, class_name)
        count = result.count_of_class(class_name)
        if not facets or not count:
            continue
        plural = "objects" if class_name == _ROOT else class_plural(class_name)
        groups.append(
            {
                "class_name": class_name,
                "title": plural[:1].upper() + plural[1:],
                "count": count,
                "facets": facets,
            }
        )
    return groups


def _facets_of(result: engine.Result, class_name: str) -> list[FacetShown]:
    names = _attributes(result, class_name)
    found: list[FacetShown] = []
    for name in names:
        facet = result.facet(name, class_name, most=_MOST_VALUES, scope="objects")
        states = [each.state for each in facet.values] + [each.state for each in facet.bins]
        is_used = any(states)
        if facet.kind == "text" and facet.distinct > _MOST_DISTINCT and not is_used:
            continue
        if not facet.values and not facet.bins:
            continue
        found.append(_shown(facet))
        if len(found) >= _MOST_FACETS:
            break
    return found


def _attributes(result: engine.Result, class_name: str) -> list[str]:
    """Return the attributes that can be facets: closed lists first, dates last."""
    columns = result.matcher.index.columns
    slots = DEFAULT_SCHEMA.slots(class_name)
    closed = {name for name, slot in slots.items() if slot.kind in {"term", "choice"}}
    known = {name for each in DEFAULT_SCHEMA.classes for name in DEFAULT_SCHEMA.slots(each)}
    links = DEFAULT_SCHEMA.link_slots
    names = [
        name
        for name in columns
        if (name in slots or name not in known)
        and name not in links
        and name not in _LEFT_OUT
        and not name.endswith(("checksum", "md5"))
    ]
    first = {*DEFAULT_SCHEMA.required(class_name), *DEFAULT_SCHEMA.expected(class_name)}
    order = {name: place for place, name in enumerate(slots)}
    return sorted(
        names,
        key=lambda name: (
            name in _LAST,
            name not in closed,
            name not in first,
            order.get(name, len(order)),
            name,
        ),
    )


def _shown(facet: engine.Facet) -> FacetShown:
    if facet.kind == "numbers":
        values = [
            FacetValue(
                f"{each.low:g} to {each.high:g}",
                each.condition,
                each.count,
                _STATES[each.state],
                "",
            )
            for each in facet.bins
        ]
    else:
        values = [value_of(each) for each in facet.values]
    return {
        "key": f"{facet.class_name}.{facet.slot}",
        "class_name": facet.class_name,
        "attribute": facet.slot,
        "title": facet.title[:1].upper() + facet.title[1:_LONGEST],
        "kind": "terms" if facet.kind == "text" else facet.kind,
        "values": values,
        "distinct": facet.distinct,
        "empty": facet.missing,
    }


def value_of(value: engine.FacetValue) -> FacetValue:
    """Return a value of a facet as it is sent."""
    stored = value.value if isinstance(value.value, str) else ""
    label = curie_of(value.label) if "://" in value.label else value.label
    hint = stored[:_LONGEST] if stored != label else ""
    return FacetValue(
        label[:_LONGEST] or "(empty)",
        value.condition,
        value.count,
        _STATES[value.state],
        hint,
    )


_PERIODS: Final[dict[str, np.timedelta64]] = {
    "day": np.timedelta64(1, "D"),
    "month": np.timedelta64(1, "M"),
    "year": np.timedelta64(1, "Y"),
}


def bars_of(every: engine.Result, result: engine.Result) -> list[Bar]:
    """Return the timeline of the last changes: by day, month or year, all periods in between."""
    for by in _PERIODS:
        periods = dict(every.changes(by))
        if not periods:
            return []
        last = np.datetime64(max(periods))
        first = np.datetime64(min(periods))
        if (last - first).astype(int) < _MOST_BARS or by == "year":
            break
    hits = dict(result.changes(by))
    bars = []
    one = _PERIODS[by]
    first = max(first, last - (_MOST_BARS - 1) * one)
    for period in np.datetime_as_string(np.arange(first, last + one)).tolist():
        term = f"last_update_date:{period}"
        state = _STATES[result.query.state(term)]
        bars.append(Bar(period, term, periods.get(period, 0), hits.get(period, 0), state))
    return bars
