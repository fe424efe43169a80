"""Keeping the consolidated copy of the metadata true, key by key, without losing others'."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from zarr.core.buffer import default_buffer_prototype

from modos_widgets.errors import BrokenArchiveError, ChangedError
from modos_widgets.storage.archive import encode, within_json
from modos_widgets.storage.contents import Content
from modos_widgets.storage.local_files import etag_of
from modos_widgets.storage.zarr_stores import LocalArchive, S3Archive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.store import Store

_NODE = "zarr.json"
_ATTEMPTS = 20


def join(*parts: str) -> str:
    """Join the parts of a key that are not empty."""
    return "/".join(part for part in parts if part)


async def fetch(store: Store, key: str) -> Content | None:
    """Read a key and its etag from any zarr store."""
    if isinstance(store, LocalArchive | S3Archive):
        return await store.content(key)
    value = await store.get(key, default_buffer_prototype())
    return None if value is None else Content(value.to_bytes(), etag_of(value.to_bytes()))


async def replace(store: Store, key: str, data: bytes, expected: str | None) -> None:
    """Write a key on the condition that our own stores can hold; others write as they do."""
    if isinstance(store, LocalArchive | S3Archive):
        await store.replace(key, data, expected)
        return
    await store.set(key, default_buffer_prototype().buffer.from_bytes(data))


def parse(content: Content, key: str) -> dict[str, Any]:
    """Parse a node's document."""
    try:
        document = json.loads(content.data)
        if isinstance(document, dict):
            return document
    except (ValueError, RecursionError) as error:
        raise BrokenArchiveError(
            f"{key} of the archive is broken ({type(error).__name__}).",
            "Restore it from a copy of the object.",
        ) from error
    raise BrokenArchiveError(f"{key} of the archive is no zarr node.", "Restore it from a copy.")


async def nodes_below(store: Store, path: str) -> dict[str, dict[str, Any]]:
    """Read every node at or below a path from the store itself: path -> document."""
    found: dict[str, dict[str, Any]] = {}
    level = [path]
    while level:
        contents = await asyncio.gather(*(fetch(store, join(one, _NODE)) for one in level))
        groups = []
        for one, content in zip(level, contents, strict=True):
            if content is None:
                continue
            document = parse(content, join(one, _NODE))
            document.pop("consolidated_metadata", None)
            found[one] = document
            if document.get("node_type") == "group":
                groups.append(one)
        names = await asyncio.gather(*(_names(store, one) for one in groups))
        level = [
            join(group, name)
            for group, inside in zip(groups, names, strict=True)
            for name in inside
        ]
    return found


async def _names(store: Store, path: str) -> list[str]:
    return sorted({name async for name in store.list_dir(path) if name != _NODE})


async def update(store: Store, changed: Iterable[str]) -> bool:
    """Bring the copies in every node above the changed paths up to date.

    Each path stands for itself and all below it. A copy is written only where it
    differs, on the condition that nobody else wrote it meanwhile, and again if so.

    Returns
    -------
    bool
        Whether anything was written.
    """
    paths = sorted(set(changed))
    above = {path.rpartition("/")[0] for path in paths if path}
    above |= {"/".join(p.split("/")[:n]) for p in above for n in range(p.count("/") + 1)}
    above |= {""}
    written = [await _update_one(store, node, paths) for node in sorted(above, key=len)]
    return any(written)


async def _update_one(store: Store, node: str, paths: list[str]) -> bool:
    key = join(node, _NODE)
    for _ in range(_ATTEMPTS):
        content = await fetch(store, key)
        if content is None:
            return False
        document = parse(content, key)
        if document.get("node_type") != "group":
            return False
        copy = document.get("consolidated_metadata")
        if not isinstance(copy, dict) or not isinstance(copy.get("metadata"), dict):
            if node:
                return False  # only the root must have a copy
            everything = await nodes_below(store, "")
            metadata = {path: one for path, one in everything.items() if path}
        else:
            # after the copy, on which the write is conditional: whoever changes a node from
            # now on writes the copy too
            fresh: dict[str, dict[str, Any]] = {}
            for path in paths:
                if path.startswith(f"{node}/" if node else ""):
                    fresh |= await nodes_below(store, path)
            metadata = _changed(copy["metadata"], node, paths, fresh)
            if metadata == copy["metadata"]:
                return False
        document["consolidated_metadata"] = {
            "kind": "inline",
            "must_understand": False,
            "metadata": {path: _entry(one) for path, one in sorted(metadata.items())},
        }
        try:
            data = within_json(encode(document), content.data)
            await replace(store, key, data, content.etag)
        except ChangedError:
            continue
        return True
    raise ChangedError(
        f"{key} of the archive is written by others all the time.", "Try again later."
    )


def _changed(
    metadata: dict[str, Any], node: str, paths: list[str], fresh: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    begin = f"{node}/" if node else ""
    inner = [path.removeprefix(begin) for path in paths if path.startswith(begin)]
    kept = {
        path: one
        for path, one in metadata.items()
        if not any(f"{path}/".startswith(f"{changed}/") for changed in inner)
    }
    new = {
        path.removeprefix(begin): _entry(one)
        for path, one in fresh.items()
        if path.startswith(begin) and path != node
    }
    return kept | new


def _entry(document: dict[str, Any]) -> dict[str, Any]:
    """Give a node as a consolidated copy holds it."""
    if document.get("node_type") != "group":
        return document
    empty = {"kind": "inline", "must_understand": False, "metadata": {}}
    return {**document, "consolidated_metadata": document.get("consolidated_metadata") or empty}
