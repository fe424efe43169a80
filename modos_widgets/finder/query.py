"""Queries as text: words, phrases and conditions on attributes.

A query is a sequence of terms, all of which must match. Values of one term, separated by commas,
are alternatives.

======================== ===============================================================
``liver metastasis``     both words, anywhere: names, descriptions, values, term labels
``"liver metastasis"``   this phrase
``-mouse``               not this word; ``-`` excludes any term
``sex:Female``           attribute with this value, or with this word in it
``sex:"Female"``         attribute with exactly this value
``name:liv*``            attribute with a word that starts so
``Sample.name:s1``       attribute of this class only
``"donor age":40``       attribute whose name has other characters than letters and digits
``format:CRAM,BCF``      one of these values
``age:>40``, ``age:>=40``, ``age:<40``, ``age:30..40``
                         numbers and dates in a range
``date:2024``, ``date:2024-05..2024-07``
                         dates in a period, including its end
``has:error``            objects or elements with a finding: error, warning, note, finding
``has:sex``, ``-has:sex`` attribute is present, is missing
``is:failed``            objects that are unread, read, failed, removed, favourite, complete
======================== ===============================================================
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from dataclasses import field as data_field
from typing import TYPE_CHECKING, Final, Literal

from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.folding import folded
from modos_widgets.modo import DEFAULT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = [
    "ALIASES",
    "FINDING_WORDS",
    "STATES",
    "Condition",
    "Query",
    "State",
    "Value",
]

ALIASES: Final = {
    "type": "@type",
    "class": "@type",
    "format": "data_format",
    "omics": "omics_type",
    "tissue": "source_material",
    "species": "taxon_id",
    "taxon": "taxon_id",
    "cell": "cell_type",
    "file": "data_path",
}
"""Short name to the attribute that it stands for."""

FINDING_WORDS: Final = ("error", "warning", "note", "finding")
STATES: Final = ("unread", "read", "failed", "removed", "favourite", "complete")
OPERATORS: Final = ("has", "is", "date", "id", "path")
"""Fields that are not attributes; ``date`` is every attribute with dates."""

State = Literal["", "included", "excluded"]
"""Whether a query includes a value, excludes it, or does not mention it."""

_LONGEST: Final = 2000
_MOST_TERMS: Final = 40
_TERM: Final = re.compile(
    r"""(?P<minus>-?)
        (?:(?P<field>@?[^\W\d][\w.\-/]{0,100}(?:\."(?:[^"\\]|\\.)*")?|"(?:[^"\\]|\\.)*"):)?
        (?P<values>(?:"(?:[^"\\]|\\.)*"?|[^\s"])*)""",
    re.VERBOSE,
)
_PLAIN_FIELD: Final = re.compile(r"[^\W\d][\w\-/]{0,60}")
_VALUE: Final = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<plain>[^,"]+)')
_RANGE: Final = re.compile(r"(?P<sign>>=|<=|>|<|=)(?P<bound>\S+)")
_PERIOD: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")
_NOT_FIELDS: Final = frozenset(
    {"http", "https", "s3", "file", "ftp", "cl", "uberon", "ncbitaxon", "obi", "ncit", "edam",
     "efo", "mondo", "doid", "chebi", "go", "hp", "so"}
)  # fmt: skip
"""Beginnings of URIs and compact URIs, which are words."""


@dataclass(frozen=True)
class Value:
    """One of the alternatives of a condition.

    Attributes
    ----------
    kind : {"words", "exact", "start", "range"}
        How it is compared.
    text : str
        The words, the value or its start.
    low, high : str
        Bounds of a range; empty for none.
    open_low, open_high : bool
        Whether the bound itself is outside the range.
    """

    kind: Literal["words", "exact", "start", "range"]
    text: str = ""
    low: str = ""
    high: str = ""
    open_low: bool = False
    open_high: bool = False

    def __str__(self) -> str:
        """Return it as written in a query."""
        if self.kind != "range":
            return {"exact": quoted(self.text), "start": f"{self.text}*"}.get(self.kind, self.text)
        if self.low and self.low == self.high and _PERIOD.match(self.low):
            return self.low
        if self.low and self.high:
            return f"{self.low}..{'<' if self.open_high else ''}{self.high}"
        if self.low:
            return f"{'>' if self.open_low else '>='}{self.low}"
        return f"{'<' if self.open_high else '<='}{self.high}"


def quoted(text: str) -> str:
    """Return a text in quotes, as in a query."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True)
class Condition:
    """One term of a query.

    Attributes
    ----------
    field : str
        Attribute, or ``has``, ``is``, ``date``, ``id``, ``path``; empty for words anywhere.
    alternatives : tuple of Value
        Values of which one must match.
    excluded : bool
        Whether it must not match.
    class_name : str
        Class whose attribute it is; empty for every class.
    written : str
        Field as the user wrote it.
    """

    field: str
    alternatives: tuple[Value, ...]
    excluded: bool = False
    class_name: str = ""
    written: str = data_field(default="", compare=False)

    def __str__(self) -> str:
        """Return it as written in a query."""
        sign = "-" if self.excluded else ""
        values = ",".join(map(str, self.alternatives))
        if not self.field:
            return f"{sign}{values}"
        return f"{sign}{self.written or self._name}:{values}"

    @property
    def _name(self) -> str:
        """Field as in a query; quoted if it would mean something else."""
        if self.field == "@type":
            return "type"
        lower = self.field.casefold()
        is_other = lower in ALIASES or lower in _NOT_FIELDS
        is_plain = _PLAIN_FIELD.fullmatch(self.field) is not None and not is_other
        name = self.field if is_plain else quoted(self.field)
        return f"{self.class_name}.{name}" if self.class_name else name

    def is_about(self, other: Condition) -> bool:
        """Return whether both are about the same attribute; no class means every class."""
        same = self.class_name == other.class_name or "" in (self.class_name, other.class_name)
        return same and self.field == other.field


@dataclass(frozen=True)
class Query:
    """Terms that must all match.

    Attributes
    ----------
    conditions : tuple of Condition
        The terms, in the order written.
    text : str
        The text that was parsed.
    """

    conditions: tuple[Condition, ...] = ()
    text: str = data_field(default="", compare=False)

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    @classmethod
    def parse(cls, text: str, attributes: Collection[str] | None = None) -> Query:
        """Parse a query.

        Parameters
        ----------
        text : str
            The text; at most 2,000 characters and 40 terms.
        attributes : collection of str, optional
            Attributes that exist besides those of the schema. Without it, every name is accepted.

        Returns
        -------
        Query

        Raises
        ------
        ArgumentError
            `text` is not a str.
        OptionError
            An operator or a value is unknown; the hint suggests one.
        """
        if not isinstance(text, str):
            raise ArgumentError.expected("a str", text, name="query")
        if len(text) > _LONGEST:
            raise OptionError(
                f"The query has more than {_LONGEST:,} characters.", "Shorten the query."
            )
        conditions = []
        at = 0
        while at < len(text):
            if text[at].isspace():
                at += 1
                continue
            found = _TERM.match(text, at)
            end = found.end() if found is not None else at
            if found is None or end == at:
                at += 1  # a lone character that starts no term
                continue
            at = end
            condition = _condition(found, attributes)
            if condition is not None:
                conditions.append(condition)
        if len(conditions) > _MOST_TERMS:
            raise OptionError(f"The query has more than {_MOST_TERMS} terms.", "Shorten the query.")
        return cls(tuple(conditions), text.strip())

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Query:
        """Return the query of conditions."""
        every = tuple(conditions)
        return cls(every, " ".join(map(str, every)))

    def state(self, condition: str) -> State:
        """Return whether the query includes or excludes a condition with one value.

        Parameters
        ----------
        condition : str
            Text of a condition, such as `FacetValue.condition`.
        """
        one = _single(condition)
        for each in self.conditions:
            if each.is_about(one) and any(
                _same(value, one.alternatives[0]) for value in each.alternatives
            ):
                return "excluded" if each.excluded else "included"
        return ""

    def toggled(self, condition: str, *, excluded: bool = False) -> Query:
        """Return the query with a value added, or removed if it is there.

        Values of one attribute that are included are alternatives of one term; each value that is
        excluded is excluded.

        Parameters
        ----------
        condition : str
            Text of a condition, such as `FacetValue.condition`: ``sex:"Female"``.
        excluded : bool
            Exclude the value.

        Returns
        -------
        Query
        """
        state = self.state(condition)
        query = self.without(condition)
        if state == ("excluded" if excluded else "included"):
            return query
        one = _single(condition)
        conditions = list(query.conditions)
        for place, each in enumerate(conditions):
            if each.is_about(one) and each.excluded == excluded and each.field:
                conditions[place] = replace(each, alternatives=each.alternatives + one.alternatives)
                return Query.of(conditions)
        return Query.of([*conditions, replace(one, excluded=excluded)])

    def including(self, condition: str) -> Query:
        """Return the query that includes a value; see `toggled`."""
        return self if self.state(condition) == "included" else self.toggled(condition)

    def excluding(self, condition: str) -> Query:
        """Return the query that excludes a value; see `toggled`."""
        if self.state(condition) == "excluded":
            return self
        return self.toggled(condition, excluded=True)

    def without(self, condition: str) -> Query:
        """Return the query that does not mention a value."""
        one = _single(condition)
        kept = []
        for each in self.conditions:
            if not each.is_about(one):
                kept.append(each)
                continue
            values = tuple(
                value for value in each.alternatives if not _same(value, one.alternatives[0])
            )
            if values:
                kept.append(
                    each if values == each.alternatives else replace(each, alternatives=values)
                )
        return Query.of(kept)

    def without_field(self, class_name: str, name: str) -> Query:
        """Return the query without the terms that include values of an attribute of a class."""
        return Query.of(
            each
            for each in self.conditions
            if each.excluded or each.field != name or each.class_name not in ("", class_name)
        )


def _same(value: Value, other: Value) -> bool:
    """Return whether two values mean the same: ``sex:Female`` is about the value "Female"."""
    plain = ("words", "exact")
    if value.kind in plain and other.kind in plain:
        return folded(value.text) == folded(other.text)
    return value == other


def _single(text: str) -> Condition:
    conditions = Query.parse(text).conditions
    if len(conditions) != 1:
        raise OptionError(f"{text!r:.80} is not one condition.", "Pass one, such as sex:Female.")
    return conditions[0]


def _condition(found: re.Match[str], attributes: Collection[str] | None) -> Condition | None:
    name, text = found["field"], found["values"]
    excluded = bool(found["minus"])
    if name is None:
        if not text:
            return None
        value = _free(text)
        return None if value is None else Condition("", (value,), excluded)
    class_name, dot, attribute = name.partition(".")
    if name.startswith('"') or attribute.startswith('"'):
        class_name, inside = ("", name) if name.startswith('"') else (class_name, attribute)
        return _about(_unescaped(inside[1:-1]), text, name, excluded, class_name)
    if name.casefold() in _NOT_FIELDS and not (name in ALIASES and not text.startswith("//")):
        return Condition("", (Value("words", f"{name}:{text}"),), excluded)
    if not dot or class_name not in DEFAULT_SCHEMA.classes:
        class_name, attribute = "", name
    return _about(_field(attribute, attributes), text, name, excluded, class_name)


def _about(field_name: str, text: str, name: str, excluded: bool, class_name: str) -> Condition:  # noqa: FBT001
    """Return the condition on an attribute."""
    if not text:
        raise OptionError(
            f"{name}: has no value.", f"Add a value, such as {name}:{_example(field_name)}."
        )
    values = tuple(_value(field_name, part) for part in _VALUE.finditer(text))
    if not values:
        raise OptionError(f"{name}: has no value.", "Add a value.")
    return Condition(field_name, values, excluded, class_name, name)


def _free(text: str) -> Value | None:
    if text.startswith('"'):
        inside = _unescaped(text.strip('"') if text.count('"') > 1 else text[1:])
        return Value("exact", inside) if inside.strip() else None
    return Value("words", text)


def _field(name: str, attributes: Collection[str] | None) -> str:
    lower = name.casefold()
    if lower in ALIASES:
        return ALIASES[lower]
    if lower in OPERATORS:
        return lower
    if attributes is None or name in attributes or name in _schema_attributes():
        return name
    known = {*attributes, *_schema_attributes(), *ALIASES, *OPERATORS}
    same = [each for each in known if folded(each) == folded(name)]
    if len(same) == 1:
        return same[0]
    near = difflib.get_close_matches(lower, known, n=1, cutoff=0.6)
    hint = f"Use {near[0]}:, or quote the text." if near else "Quote the text to search for it."
    raise OptionError(f"No attribute or operator {name!r:.80}.", hint)


def _schema_attributes() -> set[str]:
    return {slot for name in DEFAULT_SCHEMA.classes for slot in DEFAULT_SCHEMA.slots(name)}


def _example(name: str) -> str:
    return {"has": "error", "is": "failed", "date": "2024", "@type": "Sample"}.get(name, "value")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _value(name: str, part: re.Match[str]) -> Value:
    if part["quoted"] is not None:
        return Value("exact", _unescaped(part["quoted"]))
    text = part["plain"]
    if name in ("is", "has"):
        return Value("exact", _choice("is", text, STATES) if name == "is" else text)
    interval = _range(text)
    if interval is not None:
        return interval
    if name == "date" or (name.endswith("date") and _PERIOD.match(text)):
        if not _PERIOD.match(text):
            raise OptionError(
                f"{text!r:.40} is not a date.", "Use a year, month or day, such as 2024-05."
            )
        return Value("range", low=text, high=text)
    return Value("start", text[:-1]) if len(text) > 1 and text[-1] == "*" else Value("words", text)


def _range(text: str) -> Value | None:
    """Return the range that a text such as ``>40`` or ``30..40`` means, or None."""
    compared = _RANGE.fullmatch(text)
    if compared is not None:
        sign, bound = compared["sign"], compared["bound"]
        if sign == "=":
            return Value("exact", bound)
        if sign.startswith(">"):
            return Value("range", low=bound, open_low=sign == ">")
        return Value("range", high=bound, open_high=sign == "<")
    low, dots, high = text.partition("..")
    if dots and (low or high) and ".." not in high:
        is_open = high.startswith("<")
        return Value("range", low=low, high=high.removeprefix("<"), open_high=is_open)
    return None


def _choice(name: str, text: str, known: Collection[str]) -> str:
    if folded(text) in known:
        return folded(text)
    near = difflib.get_close_matches(folded(text), known, n=1)
    use = near or sorted(known)
    raise OptionError(f"Unknown value {name}:{text:.40}.", f"Use {name}:{' or '.join(use)}.")
