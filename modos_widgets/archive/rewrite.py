r"""Writing of a metadata document that replaces another; pure functions.

Unchanged members keep their bytes: JSON has many spellings of one number (1.50, 1E400,
more digits than a float has), of a text ("\u00e9", "\/") and of a list on one line or several,
and Python writes one of them. So unchanged members are copied from the old text, and the others
are written in its style.
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
_ATTRIBUTES = "attributes"
_SMALL = 65536  # characters of a document that is parsed again at little cost
_SPACE = re.compile(r"[ \t\r\n]*")
_STYLE = re.compile(
    rb'(?P<before>\s*)\{(?P<line>\r?\n)?(?P<indent>[ \t]*)(?:"(?:[^"\\]|\\.)*"(?P<colon> ?: ?))?'
)
_AS_ZARR = b'{\n  "attributes": {}\n}'


@dataclass(frozen=True)
class _Layout:
    """Layout of a document.

    Attributes
    ----------
    indent : str or None
        Indentation of one level; None if the document is on one line.
    newline : str
        Line ending.
    colon, space : str
        Separator of a name and its value, and text after a comma on one line.
    ascii_only : bool
        Whether other characters are escaped.
    """

    indent: str | None = "  "
    newline: str = "\n"
    colon: str = ": "
    space: str = ""
    ascii_only: bool = True

    def line(self, depth: int) -> str:
        """Return the beginning of a line at a depth; empty if the document is on one line."""
        return "" if self.indent is None else self.newline + self.indent * depth


def _layout_of(like: bytes) -> _Layout | None:
    """Return the layout of a document; None if it is not a known one."""
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
    """Return a JSON value as text in a layout, at a depth of its document."""
    how: dict[str, Any] = {
        "indent": layout.indent,
        "separators": ("," + layout.space, layout.colon),
    }
    text = json.dumps(value, ensure_ascii=layout.ascii_only, **how)
    try:
        text.encode()
    except UnicodeEncodeError:  # an unpaired surrogate can only be written escaped
        text = json.dumps(value, **how)
    return text if layout.indent is None else text.replace("\n", layout.line(depth))


def encode_document(document: Document, like: bytes = _AS_ZARR) -> bytes:
    """Encode a document in the style of another.

    Indentation, line endings, spaces after colons and commas, plain or escaped
    characters, and the text before and after the document are adopted.

    Parameters
    ----------
    document : dict
        The document.
    like : bytes
        Document with the style; default: the style of zarr-python.

    Returns
    -------
    bytes
    """
    layout = _layout_of(like)
    if layout is None:
        return encode_document(document)
    data = within_json(_encode_value(document, layout).encode(), like)
    before, after = like[: -len(like.lstrip())], like[len(like.rstrip()) :]
    return before + data + after


_NUMBER_BEYOND = re.compile(rb'"(?:[^"\\]|\\.)*"|-?Infinity')


def within_json(data: bytes, like: bytes) -> bytes:
    """Replace infinity by a number such as 1E400, if `like` contains such numbers.

    Python reads a number beyond the range of a float as infinity, and writes that as a word that
    is not valid JSON, so other programs could no longer read the document.
    """
    if b"Infinity" not in data or any(
        found[0][:1] != b'"' for found in _NUMBER_BEYOND.finditer(like)
    ):
        return data
    numbers = {b"Infinity": b"1e999", b"-Infinity": b"-1e999"}
    return _NUMBER_BEYOND.sub(lambda found: numbers.get(found[0], found[0]), data)


def rewrite_document(document: Document, before: bytes, parsed: Document | None = None) -> bytes:
    """Return the bytes of a document that replaces another.

    Parameters
    ----------
    document : dict
        The new document.
    before : bytes
        The stored document.
    parsed : dict, optional
        The stored document in parsed form, if known: values that `document` shares with it are
        not compared.

    Returns
    -------
    bytes
        The bytes of `before`, except for members that were changed, added or removed; the whole
        document in its style if `before` is not JSON in UTF-8.
    """
    layout = _layout_of(before)
    if layout is None:
        return encode_document(document, before)
    try:
        text = before.decode("utf-8", "surrogatepass")
        begin = _next(text, 0)
        old = parse_json_at(text, begin)[0] if parsed is None else parsed
        written = _with_values(text, layout, old, document) if len(text) <= _SMALL else None
        if written is None:
            changed, end = _Old(text, layout).changed(begin, old, document, 0)
            written = text[:begin] + changed + text[end:]
    except ValueError:
        return encode_document(document, before)
    return within_json(written.encode("utf-8", "surrogatepass"), before)


def _with_values(text: str, layout: _Layout, old: Document, new: Document) -> str | None:
    """Return a text with some attributes' values replaced; None if that needs a closer look.

    The changed members are searched in the document's style, and the result is parsed to check
    that it is the new document. That costs a third of reading the text member by member.
    """
    mine, theirs = old.get(_ATTRIBUTES), new.get(_ATTRIBUTES)
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return None
    if list(old) != list(new) or list(mine) != list(theirs):
        return None
    for name, value in theirs.items():
        before = mine[name]
        if before is value or same(before, value):
            continue
        begin = _encode_value(name, layout) + layout.colon
        member = begin + _encode_value(before, layout, 2)
        if text.count(member) != 1:
            return None
        text = text.replace(member, begin + _encode_value(value, layout, 2))
    stored = parse_json_at(text, _next(text, 0))[0]
    return text if same(stored, new) else None


def _next(text: str, place: int) -> int:
    """Return the position after white space."""
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


@dataclass(frozen=True)
class _Old:
    """Text from which unchanged members are copied."""

    text: str
    layout: _Layout

    def changed(
        self, begin: int, old: dict[str, Any], new: dict[str, Any], depth: int
    ) -> tuple[str, int]:
        """Return an object as text, and the end of its old text, which begins at `begin`."""
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
        alike = old is new or (old == new and same(old, new))  # the first comparison is faster
        here = self.text[begin] == "{"  # not for a name that occurs twice
        if not alike and here and isinstance(old, dict) and isinstance(new, dict):
            return self.changed(begin, old, new, depth)
        _, end = parse_json_at(self.text, begin)
        if alike or new is _MISSING:
            return self.text[begin:end], end
        return _encode_value(new, self.layout, depth), end

    def _joined(
        self, members: dict[str, tuple[str, str]], gaps: list[str], new: dict[str, Any], depth: int
    ) -> str:
        """Join members in the order of `new`, each with the text that preceded it."""
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
