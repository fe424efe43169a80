"""What is remembered from one day to the next: endpoints, recent objects, favourites.

One small JSON file in the user's state folder. It holds no secret. A file that cannot be read
or written is no error: then nothing is remembered. Only who asks for a favourite is told.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import platformdirs

from modos_widgets.errors import StorageError

__all__ = ["Remembered"]

_log = logging.getLogger("modos_widgets")

_MOST_RECENT = 8
_MOST_FAVOURITES = 200
_MOST_PLACES = 12
_MOST_ACCOUNTS = 12
_LONGEST = 2000
_writing = threading.Lock()


class Remembered:
    """Places that were used, and the recent and favourite objects of each person there.

    Every call reads the file, so that notebooks side by side see each other's. Objects are kept
    for each account of a place (`who`, the provider's name for the person), since one account's
    paths are not another's to see; '' stands for nobody signed in.

    Parameters
    ----------
    file : Path, optional
        Default ``widgets.json`` in the user's state folder.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or Path(platformdirs.user_state_dir("modos_widgets")) / "widgets.json"

    def places(self) -> tuple[str, ...]:
        """Give the endpoints and folders that were used, the latest first."""
        return tuple(self._read()["places"])

    def recent(self, place: str, who: str = "") -> tuple[str, ...]:
        """Give the paths of the objects that `who` opened at a place, the latest first."""
        return tuple(_objects(_entry(self._read(), place), who)["recent"])

    def favourites(self, place: str, who: str = "") -> tuple[str, ...]:
        """Give the paths of the favourite objects that `who` has at a place."""
        return tuple(_objects(_entry(self._read(), place), who)["favourites"])

    def use(self, place: str) -> None:
        """Remember a place."""
        with _writing:
            data = self._read()
            data["places"] = _first(place, data["places"], _MOST_PLACES)
            self._write(data)

    def forget(self, place: str) -> None:
        """Forget a place and its objects."""
        with _writing:
            data = self._read()
            data["places"] = [each for each in data["places"] if each != place]
            data["objects"].pop(place, None)
            self._write(data)

    def opened(self, place: str, path: str, who: str = "") -> None:
        """Remember an object that `who` opened."""
        with _writing:
            data = self._read()
            entry = _entry(data, place)
            objects = _objects(entry, who)
            objects["recent"] = _first(path, objects["recent"], _MOST_RECENT)
            data["objects"][place] = _with(entry, who, objects)
            self._write(data)

    def favour(self, place: str, path: str, who: str = "", *, favourite: bool) -> None:
        """Make an object a favourite, or no longer.

        Raises
        ------
        StorageError
            The file cannot be written. A person asked for this; the others are only convenience.
        """
        with _writing:
            data = self._read()
            entry = _entry(data, place)
            objects = _objects(entry, who)
            others = [each for each in objects["favourites"] if each != path]
            objects["favourites"] = ([*others, path] if favourite else others)[-_MOST_FAVOURITES:]
            data["objects"][place] = _with(entry, who, objects)
            if (error := self._write(data)) is not None:
                raise StorageError(
                    f"Favourites cannot be kept: {self._file} cannot be written "
                    f"({error.strerror}).",
                    "Set XDG_STATE_HOME to a folder that may be written.",
                ) from error

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError):
            data = {}
        data = data if isinstance(data, dict) else {}
        objects = data.get("objects")
        return {
            "places": _texts(data.get("places")),
            "objects": objects if isinstance(objects, dict) else {},
        }

    def _write(self, data: dict[str, Any]) -> OSError | None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".widgets-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(data, file, ensure_ascii=False, indent=1)
                Path(name).replace(self._file)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            _log.debug("nothing is remembered: %s", error)
            return error
        return None


def _entry(data: dict[str, Any], place: str) -> dict[str, Any]:
    """Give what is kept of a place: nobody's objects, and below ``accounts`` everybody else's."""
    found = data["objects"].get(place)
    return found if isinstance(found, dict) else {}


def _accounts(entry: dict[str, Any]) -> dict[str, Any]:
    found = entry.get("accounts")
    return found if isinstance(found, dict) else {}


def _objects(entry: dict[str, Any], who: str) -> dict[str, list[str]]:
    found = _accounts(entry).get(who) if who else entry
    found = found if isinstance(found, dict) else {}
    return {name: _texts(found.get(name)) for name in ("recent", "favourites")}


def _with(entry: dict[str, Any], who: str, objects: dict[str, list[str]]) -> dict[str, Any]:
    """Put the objects of `who` into what is kept of a place; who came last stays longest."""
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
