"""Names, parsing and checks of metadata documents (``zarr.json``)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import repeat
from operator import contains
from typing import Any, Final

from modos_widgets.errors import BrokenArchiveError, UnsupportedError
from modos_widgets.garbage import pause_collector
from modos_widgets.json_text import parse_json, parse_json_at

__all__ = [
    "ARCHIVE",
    "FORMAT",
    "GROUPS",
    "NODE",
    "OLD_FORMAT",
    "ROOT_DOCUMENT",
    "Document",
    "DocumentError",
    "FormatError",
    "NotJSONError",
    "attributes_in_head",
    "attributes_of_group",
    "check_format",
    "check_node",
    "check_root",
    "document_path",
    "join_path",
    "kind_of",
    "parse_document",
    "parse_object",
    "parse_zarr_json",
]

ARCHIVE: Final = "data.zarr"
"""Name of the archive: an object is a folder that contains a folder of this name."""

NODE: Final = "zarr.json"
"""Name of a node's metadata document."""

ROOT_DOCUMENT: Final = f"{ARCHIVE}/{NODE}"
"""Path of the root's document, which contains the metadata of the whole tree if consolidated."""

GROUPS: Final = ("assay", "data", "reference", "sample", "sequence")
"""Groups of an object's archive, with one child group per element."""

FORMAT: Final = 3
"""zarr format whose nodes have a ``zarr.json``."""

OLD_FORMAT: Final = 2
"""zarr format whose nodes have up to three documents (see `v2`)."""

Document = dict[str, Any]

_LARGE: Final = 2**20  # bytes of a document from which the garbage collector is paused

_NAMES = tuple(
    (name, f'"{name}"'.encode())
    for name in ("zarr_format", "node_type", "attributes", "consolidated_metadata", "shape")
)
_OTHER_ENCODINGS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_BOM = b"\xef\xbb\xbf"
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class DocumentError(ValueError):
    """Error for a document that is not the metadata of a zarr node.

    Parameters
    ----------
    reason : str
        The problem, as the end of a sentence: "it is empty".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotJSONError(DocumentError):
    """Error for a document that is not JSON in UTF-8."""


class FormatError(DocumentError):
    """Error for a document of an unsupported zarr format."""


def document_path(path: str) -> str:
    """Return the path of a node's document, relative to the object."""
    return f"{ARCHIVE}/{path}/{NODE}" if path else ROOT_DOCUMENT


def join_path(*parts: str) -> str:
    """Join the parts of a path or key that are not empty."""
    return "/".join(part for part in parts if part)


def parse_document(data: bytes, place: str = "A metadata document") -> Document:
    """Parse the document of a node, and raise errors of this package.

    Parameters
    ----------
    data : bytes
        A ``zarr.json``.
    place : str
        Name of the document in an error.

    Returns
    -------
    dict

    Raises
    ------
    BrokenArchiveError
        It is not the document of a group or an array.
    UnsupportedError
        It is of another zarr format.
    """
    try:
        if len(data) <= _LARGE:
            return parse_zarr_json(data)
        with pause_collector(lasting=True):  # a third of the time for 3 MB
            return parse_zarr_json(data)
    except FormatError as error:
        raise UnsupportedError(
            f"{place} cannot be read: {error.reason}.", "Convert the archive with zarr-python."
        ) from error
    except DocumentError as error:
        raise BrokenArchiveError(
            f"{place} is broken: {error.reason}.", "Restore it from a copy of the object."
        ) from error


def check_root(data: bytes, url: str) -> Document:
    """Parse the document of an object's root.

    Parameters
    ----------
    data : bytes
        The root's ``zarr.json``.
    url : str
        URL of the object, for errors.

    Returns
    -------
    dict

    Raises
    ------
    BrokenArchiveError
        It is not the document of a group.
    UnsupportedError
        It is of another zarr format.
    """
    document = parse_document(data, f"{url}/{ROOT_DOCUMENT}")
    if document["node_type"] != "group":
        raise BrokenArchiveError(
            f"{url}/{ARCHIVE} is an array, not a group.",
            "Check that the path is that of an object.",
        )
    return document


def parse_zarr_json(data: bytes) -> Document:
    """Parse the document of a node.

    Parameters
    ----------
    data : bytes
        A ``zarr.json``.

    Returns
    -------
    dict

    Raises
    ------
    DocumentError
        It is not the document of a group or an array.
    FormatError
        It is of another zarr format.
    """
    document = parse_object(data)
    check_format(document)
    check_node(document)
    return document


def parse_object(data: bytes, *, parse: Callable[[bytes], Any] = parse_json) -> Document:
    """Parse the JSON object of a document.

    Parameters
    ----------
    data : bytes
        The document.
    parse : callable, optional
        Parser of JSON that raises the errors of `parse_json`.

    Returns
    -------
    dict

    Raises
    ------
    NotJSONError
        It is not JSON in UTF-8.
    DocumentError
        It is not an object, or contains a name twice.
    """
    text = bytes(data)
    _check_encoding(text)
    try:
        document = parse(text)
    except json.JSONDecodeError as error:
        raise NotJSONError(_syntax(text, error)) from error
    except UnicodeDecodeError as error:
        raise NotJSONError(f"it is not valid UTF-8 at byte {error.start + 1}") from error
    except RecursionError as error:
        raise NotJSONError("it is nested too deeply") from error
    if not isinstance(document, dict):
        raise DocumentError(f"it is {kind_of(document)}, not an object")
    twice = _names_twice(text, document)
    if twice:
        raise DocumentError(f"it contains the name {json.dumps(twice[0])} twice")
    return document


def attributes_in_head(head: bytes) -> Mapping[str, Any]:
    """Return the attributes from the beginning of a document that is too large to read.

    zarr-python writes them first; if another program does not, they remain unknown.
    """
    text = head.decode("utf-8", "replace")
    start = text.find('"attributes"')
    if start == -1 or text[:start].strip() != "{":
        return {}
    try:
        value, _ = parse_json_at(text, text.index("{", start))
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def check_format(document: Mapping[str, Any]) -> None:
    """Check that a document is of the supported zarr format.

    Raises
    ------
    FormatError
        It is of another zarr format.
    DocumentError
        It does not state its format.
    """
    if "zarr_format" not in document:
        raise DocumentError("it has no zarr_format")
    version = document["zarr_format"]
    if isinstance(version, bool) or not isinstance(version, int):
        raise DocumentError(f"its zarr_format is {_shown(version)}, not the number {FORMAT}")
    if version != FORMAT:
        raise FormatError(f"its zarr_format is {version}, not {FORMAT}")


def check_node(document: object) -> None:
    """Check that a document of any format is that of a group or an array.

    Raises
    ------
    DocumentError
        It is not.
    """
    if type(document) is not dict and not isinstance(document, Mapping):
        raise DocumentError(f"it is {kind_of(document)}, not an object")
    if "node_type" not in document:
        raise DocumentError('it has no node_type, "group" or "array"')
    kind = document["node_type"]
    if not isinstance(kind, str) or kind not in {"group", "array"}:
        raise DocumentError(f'its node_type is {_shown(kind)}, not "group" or "array"')
    attributes = document.get("attributes", {})
    if type(attributes) is not dict and not isinstance(attributes, Mapping):
        raise DocumentError(f"its attributes are {kind_of(attributes)}, not an object")


def attributes_of_group(document: object) -> Document | None:
    """Return the attributes of a valid group's document; None to check it in detail."""
    if type(document) is not dict or document.get("node_type") != "group":
        return None
    version, attributes = document.get("zarr_format"), document.get("attributes")
    is_valid = type(version) is int and version == FORMAT and type(attributes) is dict
    return attributes if is_valid else None


def kind_of(value: object) -> str:
    """Return the kind of a JSON value, with an article."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


_LONGEST = 40


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return kind_of(value)
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _check_encoding(data: bytes) -> None:
    if data.startswith(b"{") and b"\x00" not in data[:4]:
        return
    for mark, name in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise NotJSONError(f"it is encoded in {name}, not in UTF-8")
    if b"\x00" in data[:4]:
        raise NotJSONError("it is encoded in UTF-16 or UTF-32, not in UTF-8, or it is not text")
    if not data.removeprefix(_BOM).strip():
        raise NotJSONError("it is empty")


def _syntax(data: bytes, error: json.JSONDecodeError) -> str:
    at = f"line {error.lineno}, column {error.colno}"
    if error.msg == "Extra data":
        return f"it has content after its end, at {at}"
    if error.pos >= len(data.decode("utf-8", "replace").rstrip()):
        return f"it ends too early, at {at}"
    return f"it is not JSON at {at} ({error.msg})"


def _names_twice(data: bytes, document: dict[str, Any]) -> list[str]:
    """Return names that the document contains twice, of which Python keeps the last value.

    The whole document is searched only if the count of names that zarr uses differs from the
    number of nodes that have them, as these names are rare in attributes. A name that no node has
    is not counted: of a name that is contained twice, the last value remains.
    """
    copy = document.get("consolidated_metadata")
    entries = copy.get("metadata") if isinstance(copy, dict) else None
    nodes = [document, *(entries.values() if isinstance(entries, dict) else ())]
    groups = [node for node in nodes if type(node) is dict]
    for name, quoted in _NAMES:
        count = sum(map(contains, groups, repeat(name)))  # a generator takes four times as long
        if count and data.count(quoted) != count:
            break
    else:
        return []
    last: list[list[str]] = [[]]

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        counts = Counter(name for name, _ in members) if len(found) < len(members) else {}
        last[0] = [name for name, count in counts.items() if count > 1]
        return found

    try:
        # the document was parsed successfully before, so only the parsing of numbers differs here
        json.JSONDecoder(object_pairs_hook=pairs, parse_int=str).decode(
            data.removeprefix(_BOM).decode()
        )
    except RecursionError:
        return []
    return last[0]
