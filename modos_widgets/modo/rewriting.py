r"""Write a metadata document over the one that it replaces; pure functions.

What did not change keeps its very bytes: JSON has many spellings of one number (1.50, 1E400,
more digits than a float holds), of a text ("\u00e9", "\/") and of a list on one line or several,
and Python writes one of them. So unchanged members are cut out of the old text, not written anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from modos_widgets.modo.documents import Layout, encode, layout_of, written
from modos_widgets.modo.values import MISSING, same
from modos_widgets.storage.archive import within_json

__all__ = ["rewrite"]

SPACE = re.compile(r"[ \t\r\n]*")
scan = json.JSONDecoder().raw_decode


def rewrite(document: dict[str, Any], before: bytes, parsed: dict[str, Any] | None = None) -> bytes:
    """Give the bytes of a document that replaces another, of which it changes a part.

    Parameters
    ----------
    document : dict
        What to store.
    before : bytes
        The document that is stored.
    parsed : dict, optional
        What that says, where it is at hand: what `document` has of it is not compared.

    Returns
    -------
    bytes
        Those of `before` but for the members that changed, came or went; the whole document
        in its style where `before` is not JSON in UTF-8.
    """
    layout = layout_of(before)
    if layout is None:
        return encode(document, before)
    try:
        text = before.decode("utf-8", "surrogatepass")
        begin = _next(text, 0)
        old = scan(text, begin)[0] if parsed is None else parsed
        changed, end = _Old(text, layout).changed(begin, old, document, 0)
    except ValueError:
        return encode(document, before)
    data = (text[:begin] + changed + text[end:]).encode("utf-8", "surrogatepass")
    return within_json(data, before)


def _next(text: str, place: int) -> int:
    """Give the place of what follows the white space."""
    found = SPACE.match(text, place)
    return place if found is None else found.end()


@dataclass(frozen=True)
class _Old:
    """The text to cut from."""

    text: str
    layout: Layout

    def changed(
        self, begin: int, old: dict[str, Any], new: dict[str, Any], depth: int
    ) -> tuple[str, int]:
        """Write an object whose old text begins at `begin`; gives where that ends, too."""
        text, last = self.text, begin + 1
        members: dict[str, tuple[str, str]] = {}
        as_it_was = ["{"]
        place = _next(text, last)
        while text[place] != "}":
            name, end = scan(text, place)
            value_at = _next(text, _next(text, end) + 1)
            pair = old.get(name, MISSING), new.get(name, MISSING)
            value, end = self._value(value_at, *pair, depth + 1)
            members[name] = text[last:place], text[place:value_at] + value
            as_it_was += members[name]
            last = end
            place = _next(text, end)
            if text[place] == ",":
                place = _next(text, place + 1)
        if list(members) == list(new) and len(as_it_was) == 1 + 2 * len(new):
            return "".join([*as_it_was, text[last : place + 1]]), place + 1
        gaps = [*as_it_was[1::2], text[last:place]]
        return self._joined(members, gaps, new, depth), place + 1

    def _value(self, begin: int, old: Any, new: Any, depth: int) -> tuple[str, int]:
        alike = old is new or (old == new and same(old, new))  # the former is sooner done
        here = self.text[begin] == "{"  # not where a name stands twice
        if not alike and here and isinstance(old, dict) and isinstance(new, dict):
            return self.changed(begin, old, new, depth)
        _, end = scan(self.text, begin)
        if alike or new is MISSING:
            return self.text[begin:end], end
        return written(new, self.layout, depth), end

    def _joined(
        self, members: dict[str, tuple[str, str]], gaps: list[str], new: dict[str, Any], depth: int
    ) -> str:
        """Put members together in the order of `new`, each with what stood before it."""
        layout = self.layout
        if not new:
            return "{}"
        if not members:
            gaps = [layout.line(depth + 1), layout.line(depth)]
        comma = gaps[-2] if len(gaps) > 2 else "," + (gaps[0] or layout.space)  # noqa: PLR2004
        texts = ["{"]
        for number, (name, value) in enumerate(new.items()):
            gap, text = members.get(name, ("", ""))
            if not text:
                text = written(name, layout) + layout.colon + written(value, layout, depth + 1)
            texts += (gap if "," in gap else comma) if number else gaps[0], text
        return "".join(texts) + gaps[-1] + "}"
