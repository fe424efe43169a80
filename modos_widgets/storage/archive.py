"""The zarr archive of an object: its documents, and opening it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import GroupNotFoundError

from modos_widgets.errors import BrokenArchiveError, NotFoundError, UnsupportedError
from modos_widgets.storage.collecting import without_collecting

if TYPE_CHECKING:
    from zarr.abc.store import Store

GROUPS: Final = ("assay", "data", "reference", "sample", "sequence")
"""The groups of an object's archive: one child group per element."""

FORMAT: Final = 3


def encode(document: dict[str, Any]) -> bytes:
    """Write a zarr document as zarr does (JSON, two spaces)."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=True).encode()


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


def new_documents() -> dict[str, bytes]:
    """Give the documents of an empty archive: key -> content, the root's last."""
    group: dict[str, Any] = {"attributes": {}, "zarr_format": FORMAT, "node_type": "group"}
    children = {
        name: {
            **group,
            "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": {}},
        }
        for name in GROUPS
    }
    root = {
        "attributes": {},
        "zarr_format": FORMAT,
        "consolidated_metadata": {
            "kind": "inline",
            "must_understand": False,
            "metadata": children,
        },
        "node_type": "group",
    }
    documents = {f"{name}/zarr.json": encode(group) for name in GROUPS}
    documents["zarr.json"] = encode(root)
    return documents


def check_root(data: bytes, url: str) -> dict[str, Any]:
    """Parse a root document.

    Raises
    ------
    BrokenArchiveError
        It is not JSON, not a zarr node, or an array.
    UnsupportedError
        It is of a zarr format that is not known.
    """
    place = f"{url}/data.zarr/zarr.json"
    try:
        document = _loads(data)
        if not isinstance(document, dict):
            raise TypeError("not an object")  # noqa: TRY301
        node_type, version = document["node_type"], document["zarr_format"]
        attributes = document.get("attributes", {})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenArchiveError(
            f"{place} is broken ({type(error).__name__}: {error}).",
            "Restore it from a copy of the object.",
        ) from error
    if version != FORMAT:
        raise UnsupportedError(
            f"{place} says zarr format {version!r}.", "This version reads the formats 2 and 3."
        )
    if node_type != "group" or not isinstance(attributes, dict):
        raise BrokenArchiveError(
            f"{url}/data.zarr is {_article(node_type)}, not a group.",
            "Is it the path of an object?",
        )
    return document


LARGE = 2**20
"""Bytes of a document that are worth a word to the garbage collector."""


def _loads(data: bytes) -> Any:
    """Parse JSON without the garbage collector's passes, a third of the time for 3 MB."""
    with without_collecting(lasting=len(data) > LARGE):
        return json.loads(data)


def _article(node_type: object) -> str:
    return "an array" if node_type == "array" else "a node of an unknown kind"


def open_group(store: Store, *, mode: str, zarr_format: int, url: str) -> zarr.Group:
    """Open the root group: with the consolidated copy when reading, without when writing."""
    reading = mode == "r"
    try:
        return zarr.open_group(
            store,
            mode="r" if reading else "r+",
            zarr_format=zarr_format,  # type: ignore[arg-type]
            use_consolidated=None if reading else False,
        )
    except (GroupNotFoundError, FileNotFoundError) as error:
        raise NotFoundError(
            f"There is no archive at {url}/data.zarr.", "Look at the path."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if zarr_format == FORMAT:
            data = sync(store.get("zarr.json", default_buffer_prototype()))
            if data is not None:
                check_root(data.to_bytes(), url)
        raise BrokenArchiveError(
            f"{url}/data.zarr cannot be opened ({type(error).__name__}: {error}).",
            "Restore it from a copy of the object.",
        ) from error
