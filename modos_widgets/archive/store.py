"""Documents in a zarr store: reading, merging with changes of others, updating of copies."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from modos_widgets.archive.consolidated import (
    COPY,
    consolidated_documents,
    consolidated_entry,
    with_copy,
    without_copy,
)
from modos_widgets.archive.document import NODE, DocumentError, join_path, parse_object
from modos_widgets.archive.rewrite import rewrite_document
from modos_widgets.errors import BrokenArchiveError, ChangedError
from modos_widgets.json_text import MOST_DIGITS, parse_json, same
from modos_widgets.retry import CONFLICT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from zarr.abc.store import Store

    from modos_widgets.archive.document import Document

__all__ = [
    "fetch_document",
    "nodes_below",
    "parse_stored",
    "readable_by_zarr",
    "replace_document",
    "update_copies",
    "write_document",
]


class StoredDocument(Protocol):
    """Content of a key, and its etag for a conditional write."""

    @property
    def data(self) -> bytes:
        """Content in bytes."""

    @property
    def etag(self) -> str:
        """ETag."""


class _Unversioned(NamedTuple):
    """Content of a key in a store without etags."""

    data: bytes
    etag: str = ""


@runtime_checkable
class Conditional(Protocol):
    """zarr store of this package, which reads with etags and writes conditionally."""

    async def content(self, key: str) -> StoredDocument | None:
        """Read a key with its etag."""

    async def replace(self, key: str, data: bytes, expected: str | None) -> None:
        """Write a key if its content is the expected one; else raise ChangedError."""

    def names(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix, as stored."""


async def fetch_document(store: Store, key: str) -> StoredDocument | None:
    """Read a key and its etag from any zarr store."""
    if isinstance(store, Conditional):
        return await store.content(key)
    import zarr  # noqa: F401, PLC0415  before its parts
    from zarr.core.buffer import default_buffer_prototype  # noqa: PLC0415  heavy

    value = await store.get(key, default_buffer_prototype())
    return None if value is None else _Unversioned(value.to_bytes())


async def replace_document(store: Store, key: str, data: bytes, expected: str | None) -> None:
    """Write a key, conditionally in stores of this package and unconditionally in others."""
    if isinstance(store, Conditional):
        await store.replace(key, data, expected)
        return
    import zarr  # noqa: F401, PLC0415  before its parts
    from zarr.core.buffer import default_buffer_prototype  # noqa: PLC0415  heavy

    await store.set(key, default_buffer_prototype().buffer.from_bytes(data))


def parse_stored(data: bytes, key: str) -> Document:
    """Parse the document of a key of an archive.

    Returns
    -------
    dict

    Raises
    ------
    BrokenArchiveError
        It is not a JSON object.
    """
    try:
        return parse_object(data, parse=_parse_exactly)
    except DocumentError as error:
        raise BrokenArchiveError(
            f"{key} of the archive is broken: {error.reason}.",
            "Restore it from a copy of the object.",
        ) from error


# An integer that Python does not read is represented by a text that no person writes, and written
# as the integer that it was, so a document that is written again keeps every value.
_MARK = "\ue000"
_LONG = re.compile(
    rb'"(?:\\ue000|%b)(-?[0-9]{%d,})(?:\\ue000|%b)"' % (_MARK.encode(), MOST_DIGITS, _MARK.encode())
)

_DIGITS = re.compile(rb"[0-9]*")


def readable_by_zarr(data: bytes) -> bytes:
    """Return a document that zarr can read: integers that Python does not read become infinity."""
    if not _has_long_number(data):
        return data
    try:
        return json.dumps(parse_json(data)).encode()
    except (ValueError, RecursionError):
        return data  # zarr reports the problem


def _has_long_number(data: bytes) -> bool:
    """Return whether a document contains more than `MOST_DIGITS` digits in a row.

    Such a row covers one of the places that are looked at, which is much faster than a search.
    """
    for place in range(MOST_DIGITS, len(data), MOST_DIGITS + 1):
        after = _DIGITS.match(data, place).end() - place  # type: ignore[union-attr]
        if after:
            left = data[place - MOST_DIGITS : place]
            before = len(left) - len(left.rstrip(b"0123456789"))
            if before + after > MOST_DIGITS:
                return True
    return False


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= MOST_DIGITS else f"{_MARK}{text}{_MARK}"


def _parse_exactly(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(data, parse_int=_integer)


def _rewritten(document: Document, before: bytes, parsed: Document) -> bytes:
    """Encode a document that replaces the one of `parsed`, with the numbers as they were read."""
    data = rewrite_document(document, before, parsed)
    if b"\\ue000" in data or _MARK.encode() in data:
        return _LONG.sub(rb"\1", data)
    return data


async def nodes_below(store: Store, path: str) -> dict[str, Document]:
    """Read every node at or below a path from the store itself, by path."""
    found: dict[str, Document] = {}
    level = [path]
    while level:
        contents = await asyncio.gather(
            *(fetch_document(store, join_path(one, NODE)) for one in level)
        )
        groups = []
        for one, content in zip(level, contents, strict=True):
            if content is None:
                continue
            document = parse_stored(content.data, join_path(one, NODE))
            document.pop(COPY, None)
            found[one] = document
            if _kind(document) == "group":
                groups.append(one)
        names = await asyncio.gather(*(_names(store, one) for one in groups))
        level = [
            join_path(group, name)
            for group, inside in zip(groups, names, strict=True)
            for name in inside
        ]
    return found


async def _names(store: Store, path: str) -> list[str]:
    listed = store.names(path) if isinstance(store, Conditional) else store.list_dir(path)
    return sorted({name async for name in listed if name != NODE})


async def update_copies(
    store: Store, changed: Iterable[str], *, documents: Iterable[str] = ()
) -> bool:
    """Update the copies in every node above the changed paths.

    A copy is written only if it differs, and only if no other program wrote it in the
    meantime; otherwise the update is repeated.

    Parameters
    ----------
    store : Store
        Any zarr store; writes are conditional only in stores of this package.
    changed : iterable of str
        Paths of nodes that were changed together with everything below them.
    documents : iterable of str
        Paths of nodes of which only the own document was changed.

    Returns
    -------
    bool
        Whether anything was written.
    """
    whole = sorted(set(changed))
    single = sorted(set(documents) - set(whole))
    above = {path.rpartition("/")[0] for path in (*whole, *single) if path}
    above |= {"/".join(p.split("/")[:n]) for p in above for n in range(p.count("/") + 1)}
    above |= {""}
    written = await asyncio.gather(
        *(_update_one(store, node, whole, single) for node in sorted(above, key=len))
    )
    return any(written)


async def _update_one(store: Store, node: str, whole: list[str], single: list[str]) -> bool:
    key = join_path(node, NODE)

    async def attempt() -> bool:
        content = await fetch_document(store, key)
        if content is None:
            return False
        document = parse_stored(content.data, key)
        if _kind(document) != "group":
            return False
        old = consolidated_documents(document)
        if old is None and node:
            return False  # a copy is required only in the root
        # read after the copy, on which the write is conditional: a program that changes a node
        # from now on writes the copy too
        if old is None:
            new = await _entries_below(store, node)
        else:
            new = await _changed(store, old, node, whole, single)
            if new == old and same(new, old):
                return False
        data = _rewritten(with_copy(document, new), content.data, document)
        await replace_document(store, key, data, content.etag)
        return True

    return await _repeated(attempt, key)


async def _repeated(attempt: Callable[[], Awaitable[bool]], key: str) -> bool:
    """Repeat a conditional write that failed because of another writer."""
    for tried in range(CONFLICT.tries):
        try:
            return await attempt()
        except ChangedError:
            await asyncio.sleep(CONFLICT.pause(tried + 1))
    raise ChangedError(
        f"{key} of the archive was changed by another writer on every attempt.", "Retry later."
    )


async def _changed(
    store: Store, old: Mapping[str, Any], node: str, whole: list[str], single: list[str]
) -> Document:
    """Return the entries of a copy, and read the changed ones again."""
    begin = f"{node}/" if node else ""
    trees, alone = set(), set()
    for path in (*whole, *single):
        if not path.startswith(begin) or path == node:
            continue
        relative = path.removeprefix(begin)
        missing = _first_missing(old, relative)
        if path in single and missing is None:
            alone.add(relative)
        else:
            trees.add(missing or relative)
    entries = dict(old)
    for relative in sorted(trees):
        _drop(entries, relative)
        found = await nodes_below(store, begin + relative)
        entries |= {
            path.removeprefix(begin): consolidated_entry(one) for path, one in found.items()
        }
    for relative in sorted(path for path in alone if not _is_below(path, trees)):
        key = join_path(begin + relative, NODE)
        content = await fetch_document(store, key)
        document = None if content is None else parse_stored(content.data, key)
        if document is None or _kind(document) != "group":
            _drop(entries, relative)
        if document is not None:
            document.pop(COPY, None)
            entries[relative] = consolidated_entry(document)
    return entries


def _first_missing(entries: Mapping[str, Any], path: str) -> str | None:
    """Return the uppermost of a path and its parents that is not a group of a copy."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        above = "/".join(parts[:depth])
        entry = entries.get(above)
        if not isinstance(entry, dict) or _kind(entry) != "group":
            return above
    return None


def _is_below(path: str, trees: set[str]) -> bool:
    return any(f"{path}/".startswith(f"{tree}/") for tree in trees)


def _drop(entries: Document, path: str) -> None:
    for known in [one for one in entries if f"{one}/".startswith(f"{path}/")]:
        del entries[known]


async def _entries_below(store: Store, node: str) -> Document:
    begin = f"{node}/" if node else ""
    found = await nodes_below(store, node)
    return {
        path.removeprefix(begin): consolidated_entry(document)
        for path, document in found.items()
        if path != node
    }


async def write_document(store: Store, path: str, data: bytes, bases: Sequence[bytes]) -> None:
    """Write a node's document from a zarr handle, which is complete as far as the handle knows it.

    Changes of others are kept: only differences from the document that the
    handle knew are written. The root always has a consolidated copy, and no copy is replaced by
    an outdated one.

    Parameters
    ----------
    store : Store
        A store of this package.
    path : str
        Path of the node.
    data : bytes
        The document.
    bases : sequence of bytes
        Documents that handles of the store may have known; the one that differs least is used.

    Raises
    ------
    ChangedError
        Another writer changed it on every attempt.
    """
    key = join_path(path, NODE)
    document = parse_stored(data, key)
    base = _nearest(document, bases)

    async def attempt() -> bool:
        content = await fetch_document(store, key)
        current = None if content is None else _readable(content.data)
        new = document
        if base is not None and current is not None and _kind(current) == _kind(document):
            new = _merged(base, document, current)
        if _kind(new) == "group":
            new = await _with_true_copy(store, path, new, base, current)
        if content is None or current is None:
            text = _rewritten(new, data, document)
        else:
            text = _rewritten(new, content.data, current)
        await replace_document(store, key, text, None if content is None else content.etag)
        return True

    await _repeated(attempt, key)


def _kind(document: Mapping[str, Any]) -> Any:
    return document.get("node_type")


def _nearest(document: Document, bases: Sequence[bytes]) -> Document | None:
    """Return the base that differs least from a document; of several the latest."""
    known = [_readable(base) for base in reversed(bases)]
    alike = [base for base in known if base is not None and _kind(base) == _kind(document)]
    return min(alike, key=lambda base: _distance(base, document), default=None)


def _distance(base: Document, document: Document) -> int:
    attributes = _differing(_attributes(base), _attributes(document))
    return len(attributes) + len(_differing(_others(base), _others(document)))


def _readable(data: bytes) -> Document | None:
    try:
        return parse_stored(data, NODE)
    except BrokenArchiveError:
        return None  # it is replaced


def _merged(base: Document, new: Document, current: Document) -> Document:
    """Return the stored document with the differences between two documents applied."""
    old, mine, theirs = _attributes(base), _attributes(new), _attributes(current)
    # without any difference the same value was set again, which counts as a change
    changed = _differing(old, mine) or mine.keys()
    attributes = {name: value for name, value in theirs.items() if name in mine or name not in old}
    attributes |= {name: mine[name] for name in mine if name in changed}
    others = _others(new)
    changed_others = _differing(_others(base), others)
    copy = {COPY: new[COPY]} if COPY in new else {}
    changed_values = {name: others[name] for name in others if name in changed_others}
    return {**current, "attributes": attributes, **changed_values, **copy}


def _attributes(document: Mapping[str, Any]) -> Document:
    attributes = document.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _others(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if name not in {"attributes", COPY}}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Return the names whose values differ in two objects; ``1`` differs from ``true``."""
    both = one.keys() & other.keys()
    return set(one.keys() ^ other.keys()) | {
        name for name in both if not same(one[name], other[name])
    }


async def _with_true_copy(
    store: Store, path: str, new: Document, base: Document | None, current: Document | None
) -> Document:
    """Return a group's document with the stored copy, or with a new copy if it needs one.

    A handle that was opened with the copy writes it back as it was read; a different copy
    comes from consolidating the archive, and is created again to match the nodes.
    """
    theirs = None if current is None else consolidated_documents(current)
    mine = consolidated_documents(new)
    consolidating = mine is not None and (base is None or mine != consolidated_documents(base))
    if theirs is not None and current is not None and not consolidating:
        return {**with_copy(new, {}), COPY: current[COPY]}
    if path and mine is None:
        return without_copy(new)
    return with_copy(new, await _entries_below(store, path))
