"""Bookmarks: used endpoints and folders, recent objects, favourites, saved searches.

They are stored in a small JSON file in the user's state folder, without secrets. If the file
cannot be read or written, nothing is stored. Only what a user saves raises an error then:
`Bookmarks.favour`, `Bookmarks.save_search` and `Bookmarks.remove_search`.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import platformdirs

from modos_widgets.credentials import sign_in_is_in_memory
from modos_widgets.errors import StorageError
from modos_widgets.files import make_private_folder, replace_file

__all__ = ["Bookmarks"]

_log = logging.getLogger("modos_widgets")

_MOST_RECENT = 8
_MOST_FAVOURITES = 200
_MOST_PLACES = 12
_MOST_SEARCHES = 50
_LONGEST_NAME = 80
_MOST_ACCOUNTS = 12
_LONGEST = 2000
_writing = threading.Lock()
_memory: dict[str, Any] = {}
"""Bookmarks if several visitors share the home folder; they end with the process."""


class Bookmarks:
    """Used places, and the recent and favourite objects and saved searches of each account there.

    Every call reads the file, so that several notebooks share it. Objects are stored per account
    of a place (`who`, the provider's identifier of the user), because an account must not see the
    paths of another one; '' means that nobody is signed in.

    Parameters
    ----------
    file : Path, optional
        Default ``widgets.json`` in the user's state folder, or memory if sign-ins are kept in
        memory too.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._in_memory = file is None and sign_in_is_in_memory()
        self._file = file or Path(platformdirs.user_state_dir("modos_widgets")) / "widgets.json"

    def places(self) -> tuple[str, ...]:
        """Return the used endpoints and folders, the latest first."""
        return tuple(self._read()["places"])

    def recent(self, place: str, who: str = "") -> tuple[str, ...]:
        """Return the paths of the objects that `who` opened at a place, the latest first."""
        return tuple(_objects(_entry(self._read(), place), who)["recent"])

    def favourites(self, place: str, who: str = "") -> tuple[str, ...]:
        """Return the paths of the favourite objects of `who` at a place."""
        return tuple(_objects(_entry(self._read(), place), who)["favourites"])

    def searches(self, place: str, who: str = "") -> dict[str, str]:
        """Return the saved searches of `who` at a place: names and queries."""
        return _saved(_objects(_entry(self._read(), place), who)["searches"])

    def hints_are_hidden(self) -> bool:
        """Return whether the hints for first use were hidden."""
        return bool(self._read()["hints_hidden"])

    def hide_hints(self) -> None:
        """Store that the hints for first use are not shown again."""
        with _writing:
            self._write({**self._read(), "hints_hidden": True})

    def use(self, place: str) -> None:
        """Store a place as the latest one."""
        with _writing:
            data = self._read()
            data["places"] = _first(place, data["places"], _MOST_PLACES)
            self._write(data)

    def forget(self, place: str) -> None:
        """Remove a place and its objects."""
        with _writing:
            data = self._read()
            data["places"] = [each for each in data["places"] if each != place]
            data["objects"].pop(place, None)
            self._write(data)

    def opened(self, place: str, path: str, who: str = "") -> None:
        """Store an object as the latest one that `who` opened."""
        with _writing:
            data = self._read()
            entry = _entry(data, place)
            objects = _objects(entry, who)
            objects["recent"] = _first(path, objects["recent"], _MOST_RECENT)
            data["objects"][place] = _with(entry, who, objects)
            self._write(data)

    def favour(self, place: str, path: str, who: str = "", *, favourite: bool) -> None:
        """Add an object to the favourites, or remove it.

        Raises
        ------
        StorageError
            The file cannot be written.
        """
        with _writing:
            data = self._read()
            entry = _entry(data, place)
            objects = _objects(entry, who)
            others = [each for each in objects["favourites"] if each != path]
            objects["favourites"] = ([*others, path] if favourite else others)[-_MOST_FAVOURITES:]
            data["objects"][place] = _with(entry, who, objects)
            self._write_all(data, "Favourites")

    def save_search(self, place: str, name: str, query: str, who: str = "") -> None:
        """Save a search under a name, in place of one of the same name.

        The oldest of more than 50 searches is dropped.

        Raises
        ------
        StorageError
            The file cannot be written.
        """
        name = name.strip()[:_LONGEST_NAME]
        self._change_searches(place, who, name, query[:_LONGEST] if name else "")

    def remove_search(self, place: str, name: str, who: str = "") -> None:
        """Remove a saved search.

        Raises
        ------
        StorageError
            The file cannot be written.
        """
        self._change_searches(place, who, name, "")

    def _change_searches(self, place: str, who: str, name: str, query: str) -> None:
        with _writing:
            data = self._read()
            entry = _entry(data, place)
            objects = _objects(entry, who)
            kept = _saved(objects["searches"])
            kept.pop(name, None)
            if query:
                kept[name] = query
            objects["searches"] = [text for pair in kept.items() for text in pair][
                -2 * _MOST_SEARCHES :
            ]
            data["objects"][place] = _with(entry, who, objects)
            self._write_all(data, "Searches")

    def _write_all(self, data: dict[str, Any], what: str) -> None:
        if (error := self._write(data)) is not None:
            raise StorageError(
                f"{what} cannot be saved: {self._file} cannot be written ({error.strerror}).",
                "Set XDG_STATE_HOME to a writable folder.",
            ) from error

    def _read(self) -> dict[str, Any]:
        try:
            data = _memory if self._in_memory else json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError):
            data = {}
        data = data if isinstance(data, dict) else {}
        objects = data.get("objects")
        return {
            "places": _texts(data.get("places")),
            "objects": dict(objects) if isinstance(objects, dict) else {},
            "hints_hidden": data.get("hints_hidden") is True,
        }

    def _write(self, data: dict[str, Any]) -> OSError | None:
        if self._in_memory:
            _memory.update(data)
            return None
        try:
            make_private_folder(self._file.parent)
            text = json.dumps(data, ensure_ascii=False, indent=1)
            replace_file(self._file, [text.encode()], private=True, lasting=False)
        except OSError as error:
            _log.debug("The bookmarks were not saved: %s", error)
            return error
        return None


def _entry(data: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the stored entry of a place: objects without account, and ``accounts``."""
    found = data["objects"].get(place)
    return found if isinstance(found, dict) else {}


def _accounts(entry: dict[str, Any]) -> dict[str, Any]:
    found = entry.get("accounts")
    return found if isinstance(found, dict) else {}


def _objects(entry: dict[str, Any], who: str) -> dict[str, list[str]]:
    found = _accounts(entry).get(who) if who else entry
    found = found if isinstance(found, dict) else {}
    return {name: _texts(found.get(name)) for name in ("recent", "favourites", "searches")}


def _saved(texts: list[str]) -> dict[str, str]:
    """Return saved searches, which are stored as a list of names and queries in turns."""
    return dict(zip(texts[::2], texts[1::2], strict=False))


def _with(entry: dict[str, Any], who: str, objects: dict[str, list[str]]) -> dict[str, Any]:
    """Return the entry of a place with the objects of `who`; the oldest accounts are dropped."""
    accounts = _accounts(entry)
    if not who:
        return {**objects, "accounts": accounts} if accounts else {**objects}
    others = [(name, each) for name, each in accounts.items() if name != who]
    kept = dict([*others, (who, objects)][-_MOST_ACCOUNTS:])
    return {**_objects(entry, ""), "accounts": kept}


def _first(text: str, others: list[str], most: int) -> list[str]:
    return [text[:_LONGEST], *(each for each in others if each != text)][:most]


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, str) and len(each) <= _LONGEST]
