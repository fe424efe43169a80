"""Consequences of a write to an archive: earlier reads are outdated, its copies are updated."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT, update_copies

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from zarr.abc.store import Store

__all__ = ["Writes", "after_change", "note_write", "note_writes_anywhere", "writes_of"]


class Writes:
    """Number of writes to one archive since it was first requested.

    Attributes
    ----------
    count : int
    """

    def __init__(self) -> None:
        self.count = 0


_writes: WeakValueDictionary[Hashable, Writes] = WeakValueDictionary()
_lock = threading.Lock()


def writes_of(identity: Hashable) -> Writes:
    """Return the count of an archive, which exists as long as something refers to it."""
    with _lock:
        found = _writes.get(identity)
        if found is None:
            found = _writes[identity] = Writes()
        return found


def note_write(identity: Hashable) -> None:
    """Count a write to an archive."""
    with _lock:
        found = _writes.get(identity)
        if found is not None:
            found.count += 1


def note_writes_anywhere() -> None:
    """Count a write to every archive, after a copy to a place that is not known here."""
    with _lock:
        for found in list(_writes.values()):
            found.count += 1


def after_change(store: Store, targets: Sequence[str]) -> bool:
    """Update the consolidated copy after files of the archive were written, moved or removed.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The archive.
    targets : sequence of str
        Paths relative to the object.

    Returns
    -------
    bool
        Whether the root document changed.
    """
    mark = f"{ARCHIVE}/"
    inside = [target.removeprefix(mark) for target in targets if target.startswith(mark)]
    if not inside:
        return False
    nodes = [path.removesuffix("zarr.json").rstrip("/") for path in inside]
    changed = [node for node in nodes if node and not _is_chunk(node)]
    if not changed:
        return ROOT_DOCUMENT in targets
    import zarr  # noqa: F401, PLC0415  before its parts
    from zarr.core.sync import sync  # noqa: PLC0415  heavy

    return sync(update_copies(store, changed)) or ROOT_DOCUMENT in targets


def _is_chunk(path: str) -> bool:
    return "/c/" in f"{path}/" or path.rpartition("/")[2].replace(".", "").isdigit()
