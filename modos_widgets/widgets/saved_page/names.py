"""Short names of objects, in place of their paths and addresses."""

from __future__ import annotations

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
            path: [part for part in path.replace("\\", "/").split("/") if part] for path in paths
        }
        for path in paths:
            for depth in range(1, len(parts[path]) + 1):
                end = parts[path][-depth:]
                if sum(other[-depth:] == end for other in parts.values()) == 1:
                    self._names[path] = "/".join(end)
                    break
        self._longest = sorted(paths, key=len, reverse=True)

    def of(self, path: str) -> str:
        """Return the name of an object."""
        return self._names.get(path, path)

    def without_paths(self, text: str) -> str:
        """Return a message with the names of objects in place of their paths."""
        for path in self._longest:
            text = text.replace(path, self._names[path])
        return text
