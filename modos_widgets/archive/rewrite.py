r"""Writing a metadata document over the one that it replaces; pure functions.

What did not change keeps its very bytes: JSON has many spellings of one number (1.50, 1E400,
more digits than a float holds), of a text ("\u00e9", "\/") and of a list on one line or several,
and Python writes one of them. So unchanged members are cut out of the old text, and the rest is
written in its style.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.json_text import parse_json_at, same

if TYPE_CHECKING:
    from modos_widgets.archive.document import Document

__all__ = ["encode_document", "rewrite_document", "within_json"]

_MISSING: Final = object()
_SPACE = re.compile(r"[ \t\r\n]*")
_STYLE = re.compile(
    rb'(?P<before>\s*)\{(?P<line>\r?\n)?(?P<indent>[ \t]*)(?:"(?:[^"\\]|\\.)*"(?P<colon> ?: ?))?'
)
_AS_ZARR = b'{\n  "attributes": {}\n}'


@dataclass(frozen=True)
class _Layout:
    """How a document is laid out.

    Attributes
    ----------
    indent : str or None
        What a line begins with for each level; None where all stands on one line.
    newline : str
        What ends a line.
    colon, space : str
        What stands between a name and its value, and after a comma on one line.
    ascii_only : bool
        Whether other characters are escaped.
    """

    indent: str | None = "  "
    newline: str = "\n"
    colon: str = ": "
    space: str = ""
    ascii_only: bool = True

    def line(self, depth: int) -> str:
        """Return what begins a line at a depth; nothing where all is on one."""
        return "" if self.indent is None else self.newline + self.indent * depth


def _layout_of(like: bytes) -> _Layout | None:
    """Return the layout of a document; None where it has none that is known here."""
    style = _STYLE.match(like)
    if style is None:
        return None
    colon = (style["colon"] or b": ").decode()
    one_line = style["line"] is None
    return _Layout(
        None if one_line else style["indent"].decode(),
        (style["line"] or b"\n").decode(),
        colon,
        " " if one_line and colon != ":" else "",
        like.isascii(),
    )


def _encode_value(value: Any, layout: _Layout, depth: int = 0) -> str:
    """Write a JSON value in a layout, as it stands at a depth of its document."""
    how: dict[str, Any] = {
        "indent": layout.indent,
        "separators": ("," + layout.space, layout.colon),
    }
    text = json.dumps(value, ensure_ascii=layout.ascii_only, **how)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character can only be written escaped
        text = json.dumps(value, **how)
    return text if layout.indent is None else text.replace("\n", layout.line(depth))


def encode_document(document: Document, like: bytes = _AS_ZARR) -> bytes:
    """Write a document in the style of another.

    Kept are indentation, line ends, spaces after colons and commas, plain or escaped
    characters, and what stands before and after the document.

    Parameters
    ----------
    document : dict
        What to write.
    like : bytes
        Whose style to take; zarr-python's where it is not given.
    """
    layout = _layout_of(like)
    if layout is None:
        return encode_document(document)
    data = within_json(_encode_value(document, layout).encode(), like)
    before, after = like[: -len(like.lstrip())], like[len(like.rstrip()) :]
    return before + data + after


_NUMBER_BEYOND = re.compile(rb'"(?:[^"\\]|\\.)*"|-?Infinity')


def within_json(data: bytes, like: bytes) -> bytes:
    """Write numbers that no float holds, such as 1E400, as numbers, if `like` has them so.

    Python reads them as infinity, and writes that as a word that JSON does not know: other
    readers could not read the whole document any more.
    """
    if b"Infinity" not in data or any(
        found[0][:1] != b'"' for found in _NUMBER_BEYOND.finditer(like)
    ):
        return data
    numbers = {b"Infinity": b"1e999", b"-Infinity": b"-1e999"}
    return _NUMBER_BEYOND.sub(lambda found: numbers.get(found[0], found[0]), data)


def rewrite_document(document: Document, before: bytes, parsed: Document | None = None) -> bytes:
    """Return the bytes of a document that replaces another, of which it changes a part.

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
    layout = _layout_of(before)
    if layout is None:
        return encode_document(document, before)
    try:
        text = before.decode("utf-8", "surrogatepass")
        begin = _next(text, 0)
        old = parse_json_at(text, begin)[0] if parsed is None else parsed
        changed, end = _Old(text, layout).changed(begin, old, document, 0)
    except ValueError:
        return encode_document(document, before)
    data = (text[:begin] + changed + text[end:]).encode("utf-8", "surrogatepass")
    return within_json(data, before)


def _next(text: str, place: int) -> int:
    """Give the place of what follows the white space."""
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


@dataclass(frozen=True)
class _Old:
    """The text to cut from."""

    text: str
    layout: _Layout

    def changed(
        self, begin: int, old: dict[str, Any], new: dict[str, Any], depth: int
    ) -> tuple[str, int]:
        """Write an object whose old text begins at `begin`; gives where that ends, too."""
        text, last = self.text, begin + 1
        members: dict[str, tuple[str, str]] = {}
        as_it_was = ["{"]
        place = _next(text, last)
        while text[place] != "}":
            name, end = parse_json_at(text, place)
            value_at = _next(text, _next(text, end) + 1)
            pair = old.get(name, _MISSING), new.get(name, _MISSING)
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
        _, end = parse_json_at(self.text, begin)
        if alike or new is _MISSING:
            return self.text[begin:end], end
        return _encode_value(new, self.layout, depth), end

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
                text = (
                    _encode_value(name, layout)
                    + layout.colon
                    + _encode_value(value, layout, depth + 1)
                )
            texts += (gap if "," in gap else comma) if number else gaps[0], text
        return "".join(texts) + gaps[-1] + "}"
