"""Filters, search and sort of a table as pandas code; tests compare it with the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from modos_widgets.folding import folded
from modos_widgets.modo import find_labels, text_of
from modos_widgets.widgets.shown_code import assign, call, literal
from modos_widgets.widgets.table.class_tabs import ALL, OTHER
from modos_widgets.widgets.table.data_source import DraftSource

if TYPE_CHECKING:
    from modos_widgets.widgets.table.data_source import FrameSource
    from modos_widgets.widgets.table.query import Filter, Query

__all__ = ["row_lines"]

_PANDAS: Final = "import pandas"
_OURS: Final = "import modos_widgets"
_ORDERED: Final = ("less", "greater", "between")
_NATURAL: Final = '''

def natural(column):
    """Rank texts so that s2 comes before s10 and empty cells come last."""
    texts = column.map(modos_widgets.text_of).map(modos_widgets.folded)
    parts = {text: re.findall(r"\\d+|\\D+", text) for text in set(texts)}
    order = sorted(
        parts,
        key=lambda text: [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in parts[text]
        ],
    )
    ranks = {text: rank for rank, text in enumerate(order) if text}
    return texts.map(ranks)

'''


def row_lines(data: DraftSource | FrameSource, query: Query) -> tuple[list[str], list[str]]:
    """Return the imports and lines that turn ``frame`` into the displayed rows.

    Parameters
    ----------
    data : DraftSource or FrameSource
        Rows and columns.
    query : Query
        Filters, search and sort.

    Returns
    -------
    imports : list of str
    lines : list of str
    """
    return _Writer(data).written(query)


class _Writer:
    """Writer of the lines of one query, and of the imports that they need."""

    def __init__(self, data: DraftSource | FrameSource) -> None:
        self._data = data
        self._imports: list[str] = []

    def written(self, query: Query) -> tuple[list[str], list[str]]:
        lines = []
        if isinstance(self._data, DraftSource):
            lines = [*self._marked(query.marked), *self._of_tab(self._data, query.tab)]
        for number, condition in query.filters.items():
            if 0 <= number < len(self._data.names):
                lines += self._filtered(number, condition)
        lines += self._searched(folded(query.search).split()[:12])
        sorts = [
            line for number, down in reversed(query.sort) for line in self._sorted(number, down)
        ]
        if any("natural" in line for line in sorts):
            self._imports += ["import re", _OURS]
            lines.append(_NATURAL)
        return self._imports, [*lines, *sorts]

    # -- columns ----------------------------------------------------------------------------

    def _column(self, number: int) -> str:
        """Return the expression of a column; an Index has the same methods."""
        data = self._data
        if number < data.keys:
            return "frame.index" if data.keys == 1 else f"frame.index.get_level_values({number})"
        label = self._label(number)
        if label is None:
            return f"frame.iloc[:, {number - data.keys}]"
        if isinstance(data, DraftSource) and label not in data.stored:
            return f"frame.reindex(columns=[{label!r}])[{label!r}]"
        return f"frame[{label!r}]"

    def _label(self, number: int) -> Any:
        """Return the label of a column if it is a literal and unique, else None."""
        data = self._data
        if isinstance(data, DraftSource):
            return data.slots[number - data.keys]
        columns = data.frame(None).columns
        label: Any = columns[number - data.keys]
        plain = isinstance(label, str) or (
            isinstance(label, tuple) and all(isinstance(part, str) for part in label)
        )
        return label if plain and list(columns).count(label) == 1 else None

    def _values(self, number: int) -> list[Any]:
        return list(self._data.column(number))

    def _texts(self, number: int) -> str:
        """Return the expression of the texts of a column as the table shows them."""
        values, column = self._values(number), self._column(number)
        if all(isinstance(value, str) for value in values):
            return column
        if all(value is None or isinstance(value, str) for value in values) and any(values):
            return f"{column}.fillna('')"
        self._imports.append(_OURS)
        return f"{column}.map(modos_widgets.text_of)"

    def _folded(self, number: int) -> str:
        """Return the expression of the texts of a column without case and accents."""
        self._imports.append(_OURS)
        return f"{self._texts(number)}.map(modos_widgets.folded)"

    # -- rows -------------------------------------------------------------------------------

    def _marked(self, mark: str) -> list[str]:
        """Return the lines that select changed rows, or rows with findings."""
        if not mark:
            return []
        several = self._data.keys > 1
        if mark == "changed":
            names = "['object', 'element']" if several else "['element']"
            rows = f"draft.diff()[{names}].itertuples(index=False, name=None)"
            found = f"set({rows})" if several else f"{{row[0] for row in {rows}}}"
        else:
            key = "(finding.object, finding.element)" if several else "finding.element"
            condition = "" if mark == "finding" else f" if finding.severity == {mark!r}"
            found = f"{{{key} for finding in draft.validate(){condition}}}"
        return [assign("wanted", found), "frame = frame[[key in wanted for key in frame.index]]"]

    @staticmethod
    def _of_tab(data: DraftSource, tab: str) -> list[str]:
        """Return the lines that select the rows of a class tab."""
        if tab == ALL:
            return []
        known = data.draft.schema.classes
        if tab == OTHER:
            return [f"frame = frame[~frame['@type'].isin({literal(list(known))})]"]
        classes = [name for name in known if data.tabs.of_class(name) == tab]
        if len(classes) == 1:
            return [f"frame = frame[frame['@type'] == {classes[0]!r}]"]
        return [f"frame = frame[frame['@type'].isin({literal(classes)})]"]

    def _filtered(self, number: int, condition: Filter) -> list[str]:
        lines = []
        if condition.chosen is not None:
            chosen = literal([folded(value) for value in condition.chosen])
            lines.append(f"frame = frame[{self._folded(number)}.isin({chosen})]")
        operator, text = condition.operator, folded(condition.text)
        if operator in _ORDERED:
            return [*lines, *self._compared(number, condition)]
        if operator in ("empty", "filled"):
            sign = "==" if operator == "empty" else "!="
            return [*lines, f"frame = frame[{self._texts(number)} {sign} '']"]
        if not text or operator == "any":
            return lines
        lower = self._folded(number)
        test = {
            "contains": f"{lower}.str.contains({text!r}, regex=False)",
            "equals": f"{lower} == {text!r}",
            "starts": f"{lower}.str.startswith({text!r})",
        }[operator.removeprefix("not_")]
        return [
            *lines,
            f"frame = frame[~({test})]" if "not_" in operator else f"frame = frame[{test}]",
        ]

    def _compared(self, number: int, condition: Filter) -> list[str]:
        """Return the lines that compare numbers, or dates if there are no numbers."""
        low = condition.text if condition.operator in ("greater", "between") else ""
        high = {"less": condition.text, "between": condition.to}.get(condition.operator, "")
        bounds = [(">=", low), ("<=", high)]
        if not low and not high:
            return []
        numbers = pd.to_numeric(pd.Series(self._values(number)), errors="coerce")
        parsed = [pd.to_numeric(bound, errors="coerce") for _, bound in bounds if bound]
        self._imports.append(_PANDAS)
        column = self._column(number)
        if numbers.isna().all() or any(pd.isna(bound) for bound in parsed):
            moments = call(
                "pandas.to_datetime", column, errors="'coerce'", utc="True", format="'ISO8601'"
            )
            first = assign("moments", moments)
            tests = [
                f"(moments {sign} pandas.to_datetime({bound!r}, utc=True))"
                for sign, bound in bounds
                if bound
            ]
        else:
            first = assign("numbers", call("pandas.to_numeric", column, errors="'coerce'"))
            tests = [
                f"(numbers {sign} {float(pd.to_numeric(bound))!r})"
                for sign, bound in bounds
                if bound
            ]
        return [first, f"frame = frame[{' & '.join(tests)}]"]

    def _searched(self, words: list[str]) -> list[str]:
        """Return the lines that select rows with every word in some column or term label."""
        if not words:
            return []
        self._imports.append(_OURS)
        reset = "drop=True" if self._data.keys == 0 else "allow_duplicates=True"
        lines = [
            f"texts = frame.reset_index({reset}).map(modos_widgets.text_of)",
            "texts = texts.map(modos_widgets.folded)",
        ]
        known = {
            text_of(value)
            for number in range(len(self._data.names))
            for value in self._values(number)
        }
        for word in words:
            test = f"column.str.contains({word!r}, regex=False)"
            uris = [term.uri for term in find_labels(word, most=500) if term.uri in known]
            if uris:
                test += f" | column.isin({[folded(uri) for uri in uris]!r})"
            lines += [
                f"found = texts.apply(lambda column: {test})",
                "texts = texts[found.any(axis=1)]",
            ]
        return [*lines, "frame = frame.iloc[texts.index]"]

    def _sorted(self, number: int, down: bool) -> list[str]:  # noqa: FBT001 - as the query has it
        if not 0 <= number < len(self._data.names):
            return []
        arguments = {"ascending": "False"} if down else {}
        arguments["kind"] = "'stable'"
        if key := self._sort_key(number):
            arguments["key"] = key
        if number < self._data.keys:
            more = {"level": str(number), "sort_remaining": "False"}
            return [assign("frame", call("frame.sort_index", **more, **arguments))]
        label = self._label(number)
        if label is None:
            return ["# Sorting by a column whose name is not a literal is omitted."]
        if isinstance(self._data, DraftSource) and label not in self._data.stored:
            return []  # the column is empty
        return [assign("frame", call("frame.sort_values", repr(label), **arguments))]

    def _sort_key(self, number: int) -> str:
        """Return the sort key: none for numbers, folded for texts, or natural."""
        column = self._data.column(number)
        if getattr(getattr(column, "dtype", None), "kind", "O") in "iufMm":
            return ""
        values = [value for value in self._values(number) if value is not None]
        if values and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            return ""
        texts = all(isinstance(value, str) and value for value in values)
        if texts and not any(letter.isdecimal() for value in values for letter in value):
            self._imports.append(_OURS)
            return "lambda column: column.map(modos_widgets.folded, na_action='ignore')"
        return "natural"
