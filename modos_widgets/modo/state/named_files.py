"""Index of the names of files, for look-ups that take the same time at any size.

Names that differ only in case or Unicode form are one file on some disks, so they are equal here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from modos_widgets.modo.data_paths import file_in_object, folders_of
from modos_widgets.modo.similar_names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["FilesOfElements", "NamedFiles"]

Owner = TypeVar("Owner", int, str)


class NamedFiles(Generic[Owner]):
    """Files by name and by folder.

    Each belongs to an element and has an owner: a key by which it is removed again.
    """

    def __init__(self) -> None:
        self._files: dict[str, dict[Owner, tuple[str, str]]] = {}
        self._folders: dict[str, dict[Owner, tuple[str, str]]] = {}

    def add(self, owner: Owner, path: str, element: str) -> None:
        """Add a file of an element."""
        for known, key in self._places(path):
            known.setdefault(key, {})[owner] = path, element

    def discard(self, owner: Owner, path: str) -> None:
        """Remove a file, if its owner has it."""
        for known, key in self._places(path):
            entries = known.get(key, {})
            if owner in entries:
                del entries[owner]
                if not entries:
                    del known[key]

    def _places(self, path: str) -> Iterator[tuple[dict[str, dict[Owner, tuple[str, str]]], str]]:
        name = fold(path)
        yield self._files, name
        for folder in folders_of(name):
            yield self._folders, folder

    def owners(self, path: str) -> Iterator[Owner]:
        """Yield the owners of the files with this name, or one that is equal on some disks."""
        return iter(self._files.get(fold(path), {}))

    def elements(self, path: str) -> Iterator[str]:
        """Yield the elements of the files with exactly this name."""
        return (
            element for name, element in self._files.get(fold(path), {}).values() if name == path
        )

    def find(self, names: Iterable[str], besides: str) -> tuple[str, str] | None:
        """Return a file with one of some names that belongs to another element, and that one."""
        return self._find(self._files, names, besides)

    def find_below(self, name: str, besides: str) -> tuple[str, str] | None:
        """Return a file in a folder that belongs to another element, and that element."""
        return self._find(self._folders, [name], besides)

    @staticmethod
    def _find(
        known: Mapping[str, Mapping[Owner, tuple[str, str]]], names: Iterable[str], besides: str
    ) -> tuple[str, str] | None:
        for name in names if known else ():
            for path, element in known.get(fold(name), {}).values():
                if element != besides:
                    return path, element
        return None


class FilesOfElements(NamedFiles[str]):
    """The files that elements name.

    Parameters
    ----------
    url : str
        The object's path.
    elements : Mapping
        Element id to its attributes.
    """

    def __init__(self, url: str, elements: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self.url = url
        for element, attributes in elements.items():
            self.change(element, None, attributes)

    def change(
        self,
        element: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Replace the attributes of an element; None if it does not exist."""
        old = file_in_object(before.get("data_path"), self.url) if before else None
        new = file_in_object(after.get("data_path"), self.url) if after else None
        if old == new:
            return
        if old is not None:
            self.discard(element, old)
        if new is not None:
            self.add(element, new, element)
