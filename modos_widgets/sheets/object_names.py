"""The objects that the rows of a sheet name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo import Modo

__all__ = ["ObjectNames"]


class ObjectNames:
    """What a sheet may call the objects of a draft: their path, id, or last part of the path.

    Parameters
    ----------
    modos : iterable of Modo
        The objects. An id or last part that several have is not a name.
    """

    def __init__(self, modos: Iterable[Modo]) -> None:
        self._paths: dict[str, str] = {}
        self.only = ""
        self.include(modos)

    def include(self, modos: Iterable[Modo]) -> None:
        """Add the names of all objects; `only` is the path if there is a single one."""
        listed = list(modos)
        texts = [
            (text, modo.path)
            for modo in listed
            for text in {modo.id, modo.path.rstrip("/").rpartition("/")[2]}
        ]
        counted = Counter(text for text, _ in texts)
        self._paths |= {text: path for text, path in texts if counted[text] == 1}
        self._paths |= {modo.path: modo.path for modo in listed}
        self.only = listed[0].path if len(listed) == 1 else ""

    def add(self, name: str, path: str) -> None:
        """Add a name of the object at a path."""
        self._paths[name] = path

    def find(self, name: str) -> str:
        """Return the path of a named object; empty if there is none.

        Without a name it is the only object.
        """
        if not name:
            return self.only
        return self._paths.get(name) or self._paths.get(name.rstrip("/"), "")
