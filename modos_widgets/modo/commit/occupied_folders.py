"""Find keys in the folders of new elements: a new element must not adopt the arrays of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.modo.conflicts import UNNAMED_KEYS, ArrayConflict
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.storage import Storage

__all__ = ["occupied_folders"]

LISTED_ALONE = 16
"""For more new elements of one group, the whole group is listed."""


def occupied_folders(storage: Storage, elements: Iterable[str]) -> Iterator[ArrayConflict]:
    """Find new elements whose folders contain keys that no element names.

    Network use: one listing per element, or one per group of many elements.

    Parameters
    ----------
    storage : Storage
        The object.
    elements : iterable of str
        Elements to add that the root does not list.

    Yields
    ------
    ArrayConflict
    """
    folders = [f"{ARCHIVE}/{element}" for element in _with_folder(storage, elements)]
    for folder, level in storage.levels(folders).items():
        if not level.folders and {entry.name for entry in level.files} <= {"zarr.json"}:
            continue
        keys = [entry.name.removeprefix(f"{folder}/") for entry in storage.entries(folder)]
        for name in sorted({key.partition("/")[0] for key in keys} - {"zarr.json"}):
            element = folder.removeprefix(f"{ARCHIVE}/")
            yield ArrayConflict(storage.url, element, name, MISSING, "a new element", UNNAMED_KEYS)


def _with_folder(storage: Storage, elements: Iterable[str]) -> list[str]:
    """Leave out elements of large groups whose folders do not exist."""
    groups: dict[str, list[str]] = {}
    for element in sorted(elements):
        groups.setdefault(element.partition("/")[0], []).append(element)
    large = [group for group, members in groups.items() if len(members) > LISTED_ALONE]
    levels = storage.levels([f"{ARCHIVE}/{group}" for group in large])
    for group, level in zip(large, levels.values(), strict=True):
        existing = {f"{group}/{name}" for name in level.folders}
        groups[group] = [element for element in groups[group] if element in existing]
    return sorted(element for members in groups.values() for element in members)
