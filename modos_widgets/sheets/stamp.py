"""The stamp of an exported workbook: what its cells contained, with a checksum."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from modos_widgets.errors import OptionError
from modos_widgets.json_text import parse_json, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.modo import Modo

__all__ = ["STAMP_TAB", "Stamp", "read_stamp", "servers_of", "stamped_objects", "write_stamp"]

STAMP_TAB: Final = "modos_stamp"
FORMAT: Final = "modos_widgets.sheet"
VERSION: Final = 1
CHUNK: Final = 32_000
LARGEST: Final = 256 * 2**20
"""Maximum number of bytes of an unpacked stamp."""
HINT: Final = (
    "Export the sheet again, or pass a CSV copy and objects= to compare with what is stored."
)


@dataclass
class Stamp:
    """What an export wrote.

    Attributes
    ----------
    header : dict
        ``schema``, ``exported``, ``template``, ``objects`` (path, root, version and servers of
        each) and ``tabs`` (title to class and columns).
    elements : dict
        Path of the object to element id to the attributes that were exported.
    """

    header: dict[str, Any]
    elements: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """Paths of the objects."""
        return [str(entry["path"]) for entry in self.header["objects"]]

    def other_servers(self, modo: Modo) -> list[str]:
        """Return the exported object's servers if they are not those of an object."""
        entries = self.header["objects"]
        found = [entry for entry in entries if entry["path"] == modo.path] or entries[:1]
        stamped = list(found[0].get("servers", [])) if found else []
        return stamped if stamped and not set(stamped) & set(servers_of(modo)) else []

    @property
    def roots(self) -> dict[str, str]:
        """Path of each object to the key of its root."""
        return {str(entry["path"]): str(entry["root"]) for entry in self.header["objects"]}


def servers_of(modo: Modo) -> list[str]:
    """Return the addresses of an object's deployment; none for an object on this computer."""
    found = (modo.endpoint, getattr(modo.storage, "endpoint", None))
    return [_origin(address) for address in found if address]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"


def write_stamp(
    header: Mapping[str, Any], elements: Iterable[tuple[int, str, Mapping[str, Any]]]
) -> Iterator[str]:
    """Yield the cells of the stamp's tab: format and checksum first.

    Parameters
    ----------
    header : Mapping
        See `Stamp`.
    elements : iterable of (int, str, Mapping)
        Number of the object in the header, element id, attributes.

    Yields
    ------
    str
    """
    packer, digest, packed = zlib.compressobj(3), hashlib.blake2b(digest_size=32), bytearray()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def put(value: Any) -> None:
        line = encode(value).encode("utf-8", "surrogatepass") + b"\n"
        digest.update(line)
        packed.extend(packer.compress(line))

    put(dict(header))
    for entry in elements:
        put(entry)
    packed.extend(packer.flush())
    yield f"{FORMAT} {VERSION} {digest.hexdigest()}"
    text = base64.b64encode(packed).decode()
    for begin in range(0, len(text), CHUNK):
        yield text[begin : begin + CHUNK]


def stamped_objects(cells: Iterable[object]) -> list[str]:
    """Return the paths of the objects in a stamp, without its elements.

    Parameters
    ----------
    cells : iterable of object
        The cells of its first column.

    Returns
    -------
    list of str

    Raises
    ------
    OptionError
        The stamp is damaged.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and cell]
    with _damage_as_errors():
        return Stamp(_checked(next(_values(texts, hashlib.blake2b(digest_size=32))))).paths


def read_stamp(cells: Iterable[object], stored: Mapping[str, Mapping[str, Any]]) -> Stamp:
    """Read the cells of the stamp's tab.

    Parameters
    ----------
    cells : iterable of object
        The cells of its first column.
    stored : Mapping
        Path of the object to element id to attributes: equal ones are used again, to save memory.

    Returns
    -------
    Stamp

    Raises
    ------
    OptionError
        The stamp was edited, is damaged, or is larger than 256 MiB.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and cell]
    digest = hashlib.blake2b(digest_size=32)
    with _damage_as_errors():
        values = _values(texts, digest)
        stamp = Stamp(_checked(next(values)))
        for value in values:
            _add(stamp, value, stored)
    if digest.hexdigest() != _first(texts)[2]:
        raise OptionError("The stamp of this sheet was edited.", HINT)
    return stamp


@contextmanager
def _damage_as_errors() -> Iterator[None]:
    try:
        yield
    except OptionError:
        raise
    except (
        binascii.Error,
        zlib.error,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        RecursionError,
        StopIteration,
    ) as error:
        raise OptionError("The stamp of this sheet is damaged.", HINT) from error


def _values(texts: list[str], digest: hashlib.blake2b) -> Iterator[Any]:
    """Yield the values of a stamp, the header first, and update its checksum."""
    title, version, _ = _first(texts)
    if title != FORMAT or version != str(VERSION):
        raise OptionError("The stamp of this sheet is unknown or of another version.", HINT)
    unpacker, size, rest = zlib.decompressobj(), 0, b""
    packed = base64.b64decode("".join(texts[1:]), validate=True)
    while packed and not unpacker.eof:
        part = unpacker.decompress(packed, 2**20)
        packed = unpacker.unconsumed_tail
        size += len(part)
        if size > LARGEST:
            raise OptionError("The stamp of this sheet is larger than 256 MiB.", HINT)
        digest.update(part)
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield parse_json(line.decode("utf-8", "surrogatepass"))
    if rest:
        raise OptionError("The stamp of this sheet was edited.", HINT)


def _first(texts: list[str]) -> tuple[str, str, str]:
    parts = (texts[0] if texts else "").split(" ")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")  # noqa: PLR2004


def _checked(header: Any) -> dict[str, Any]:
    for entry in header["objects"]:
        texts = [entry["path"], entry["root"], *entry.get("servers", [])]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
    if not isinstance(header["tabs"], dict):
        raise TypeError
    return dict(header)


def _add(stamp: Stamp, value: Any, stored: Mapping[str, Mapping[str, Any]]) -> None:
    number, element, attributes = value
    if not (isinstance(element, str) and isinstance(attributes, dict)):
        raise TypeError
    path = stamp.header["objects"][number]["path"]
    known = stored.get(path, {}).get(element)
    if isinstance(known, dict) and same(known, attributes):
        attributes = known
    stamp.elements.setdefault(path, {})[element] = attributes
