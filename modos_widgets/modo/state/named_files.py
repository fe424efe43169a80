"""Index of the files that elements name, for look-ups that take the same time at any size.

Names that differ only in case or Unicode form are one file on some disks, so they are equal here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo.data_paths import file_in_object, folders_of
from modos_widgets.modo.similar_names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["NamedFiles"]


class NamedFiles:
    """The files that elements name.

    Parameters
    ----------
    url : str
        The object's path.
    elements : Mapping
        Element id to its attributes.
    """

    def __init__(self, url: str, elements: Mapping[str, Mapping[str, Any]]) -> None:
        self.url = url
        self._files: dict[str, dict[str, str]] = {}
        self._folders: dict[str, dict[str, str]] = {}
        for element, attributes in elements.items():
            self.change(element, None, attributes)

    def change(
        self,
        element: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Replace the attributes of an element; None if it does not exist."""
        old, new = (
            file_in_object(attributes.get("data_path"), self.url) if attributes else None
            for attributes in (before, after)
        )
        if old == new:
            return
        for path, added in ((old, False), (new, True)):
            if path is None:
                continue
            name = fold(path)
            places = [
                (self._files, name),
                *((self._folders, folder) for folder in folders_of(name)),
            ]
            for known, key in places:
                if added:
                    known.setdefault(key, {})[element] = path
                elif element in known.get(key, {}):
                    del known[key][element]

    def elements(self, path: str) -> Iterator[str]:
        """Yield the elements that name exactly this file."""
        return (
            element for element, name in self._files.get(fold(path), {}).items() if name == path
        )

    def find(self, names: Iterable[str], besides: str) -> tuple[str, str] | None:
        """Return a file with one of some names that another element names, and that element."""
        return self._find(self._files, names, besides)

    def find_below(self, name: str, besides: str) -> tuple[str, str] | None:
        """Return a file in a folder that another element names, and that element."""
        return self._find(self._folders, [name], besides)

    @staticmethod
    def _find(
        known: Mapping[str, Mapping[str, str]], names: Iterable[str], besides: str
    ) -> tuple[str, str] | None:
        for name in names:
            for element, path in known.get(fold(name), {}).items():
                if element != besides:
                    return path, element
        return None
