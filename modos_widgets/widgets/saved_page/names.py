"""Short names of objects, in place of their paths and addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Names"]


class Names:
    """Names of objects: as many last parts of their paths as tell them apart.

    Parameters
    ----------
    paths : iterable of str
        Paths of the objects.
    keep : bool
        Keep the paths as they are.
    """

    def __init__(self, paths: Iterable[str], *, keep: bool = False) -> None:
        paths = list(dict.fromkeys(paths))
        self._names = {path: path for path in paths}
        if keep:
            self._longest: list[str] = []
            return
        parts = {
            path: tuple(part for part in path.replace("\\", "/").split("/") if part)
            for path in paths
        }
        unnamed, depth = {path for path in paths if parts[path]}, 1
        while unnamed:
            ends = Counter(each[-depth:] for each in parts.values())
            for path in list(unnamed):
                if ends[parts[path][-depth:]] == 1:
                    self._names[path] = "/".join(parts[path][-depth:])
                    unnamed.remove(path)
                elif depth >= len(parts[path]):
                    unnamed.remove(path)
            depth += 1
        self._longest = sorted(paths, key=len, reverse=True)

    def of(self, path: str) -> str:
        """Return the name of an object."""
        return self._names.get(path, path)

    def without_paths(self, text: str) -> str:
        """Return a message with the names of objects in place of their paths."""
        for path in self._longest:
            text = text.replace(path, self._names[path])
        return text
