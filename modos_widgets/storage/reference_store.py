"""Kerchunk reference files: zarr hierarchies whose keys are ranges of other files.

A reference file is untrusted: it is read within limits, and leads only to files below one folder.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import BrokenFileError, PathError, UnsupportedError
from modos_widgets.json_text import parse_json
from modos_widgets.storage.packed_store import (
    LARGEST_INDEX,
    MOST_KEYS,
    ROOTS,
    PackedStore,
    check_key_size,
    is_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.storage.ranges import Ranges

__all__ = ["open_references"]

_LARGEST: Final = 2**62  # an offset or a length
_TEMPLATE: Final = re.compile(r"\{\{([^{}]{1,100})\}\}")


def open_references(
    ranges: Ranges, base: str, fence: str, opens: Callable[[str], Ranges]
) -> PackedStore:
    """Open a kerchunk reference file; reads the whole file.

    The file can name any place, so only files below one folder are read.

    Parameters
    ----------
    ranges : Ranges
        The reference file, in JSON.
    base : str
        Path or URL of the folder that relative references are relative to.
    fence : str
        Path or URL of the folder that the references must not leave.
    opens : callable
        Returns the ranges of a file by its path relative to `fence`.

    Returns
    -------
    PackedStore
        A reference that leaves the folder raises `PathError` when its key is read.

    Raises
    ------
    BrokenFileError
        It is not a reference file.
    UnsupportedError
        It is too large, or has references that are generated.
    ModosError
        It cannot be read.
    """
    if ranges.size > LARGEST_INDEX:
        raise UnsupportedError(
            f"{ranges.name} has {ranges.size:,} bytes, more than {LARGEST_INDEX:,}.",
            "Open it with fsspec.",
        )
    try:
        found = parse_json(ranges.read(0, ranges.size))
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(f"{ranges.name} is not valid JSON.", "Check the file.") from error
    if not isinstance(found, dict):
        raise _no_references(ranges.name)
    if found.get("gen"):
        raise UnsupportedError(
            f"{ranges.name} generates references from expressions.",
            "Write it again without 'gen', or open it with fsspec.",
        )
    stored = found.get("refs", found)
    templates = found.get("templates") or {}
    if not isinstance(stored, dict) or not isinstance(templates, dict):
        raise _no_references(ranges.name)
    if not any(posixpath.basename(key) in ROOTS for key in stored):
        raise _no_references(ranges.name)
    if len(stored) > MOST_KEYS:
        raise UnsupportedError(
            f"{ranges.name} has {len(stored):,} references, more than {MOST_KEYS:,}.",
            "Open it with fsspec.",
        )
    opened = cache(lambda place: opens(_inside(place, base, fence, ranges.name)))
    keys = {
        key: _content(ranges.name, key, each, templates, opened)
        for key, each in stored.items()
        if is_key(key)
    }
    return PackedStore(ranges.name, "references", keys)


class _Reference:
    """Range of a file.

    Parameters
    ----------
    place : str
        Path or URL of the file, as the reference names it.
    begin : int
        First byte.
    length : int or None
        Number of bytes; None: up to the end of the file.
    opens : callable
        Returns the file of a place.
    """

    __slots__ = ("_begin", "_length", "_opens", "_place")

    def __init__(
        self, place: str, begin: int, length: int | None, opens: Callable[[str], Ranges]
    ) -> None:
        self._place, self._begin, self._length = place, begin, length
        self._opens = opens

    def size(self) -> int:
        if self._length is not None:
            return self._length
        return max(0, self._opens(self._place).size - self._begin)

    def read(self, key: str, begin: int, end: int) -> bytes:
        file = self._opens(self._place)
        check_key_size(key, file.name, end - begin)
        data = file.read(self._begin + begin, self._begin + end)
        if len(data) < end - begin:
            raise BrokenFileError(
                f"{key} is in bytes of {file.name} that the file does not have.",
                "Check that the references belong to this file.",
            )
        return data


def _no_references(name: str) -> BrokenFileError:
    return BrokenFileError(
        f"{name} is not a kerchunk reference file.", "Check the file: it has the key 'refs'."
    )


def _content(
    name: str,
    key: str,
    stored: Any,
    templates: Mapping[str, Any],
    opens: Callable[[str], Ranges],
) -> bytes | _Reference:
    """Return the content of a key, or the range that it refers to."""
    if isinstance(stored, dict):
        return json.dumps(stored).encode()
    if isinstance(stored, str):
        if not stored.startswith("base64:"):
            return stored.encode()
        try:
            return base64.b64decode(stored.removeprefix("base64:"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BrokenFileError(
                f"The reference {key!r:.80} of {name} is not valid base64.", "Check the file."
            ) from error
    match stored:
        case [str(place)]:
            return _Reference(_filled(place, templates, name), 0, None, opens)
        case [str(place), int(begin), int(length)] if (
            0 <= begin <= _LARGEST and 0 <= length <= _LARGEST
        ):
            return _Reference(_filled(place, templates, name), begin, length, opens)
    raise BrokenFileError(
        f"The reference {key!r:.80} of {name} is not a text, [url] or [url, offset, length].",
        "Check the file.",
    )


def _filled(place: str, templates: Mapping[str, Any], name: str) -> str:
    """Return a path with the templates filled in: names only, no expressions."""

    def value(match: re.Match[str]) -> str:
        found = templates.get(match[1].strip())
        if not isinstance(found, str) or "{{" in found:
            raise UnsupportedError(
                f"{name} uses the template {match[1]!r:.80}, which is not a plain text.",
                "Write it again without templates, or open it with fsspec.",
            )
        return found

    return _TEMPLATE.sub(value, place)


def _inside(place: str, base: str, fence: str, name: str) -> str:
    """Return a path relative to the fence; raise PathError if it is outside."""
    root = fence.rstrip("/")
    target = place.removeprefix("file://")
    if "://" not in target and not target.startswith("/"):
        target = f"{base.rstrip('/')}/{target}"
    scheme, mark, path = target.rpartition("://")
    if scheme not in {"", "s3"}:
        path = path.partition("?")[0]  # it may contain a signature
    target = f"{scheme}{mark}{posixpath.normpath(path)}"
    if not target.startswith(f"{root}/"):
        raise PathError(
            f"{name} refers to {target!r:.120}, which is outside {root}.",
            "If you trust it, open it with fsspec and pass the store.",
        )
    return target[len(root) + 1 :]
