"""Change sets that someone else proposes: their text, and the objects that they change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import NotFoundError, OptionError, StorageError
from modos_widgets.json_text import parse_json

if TYPE_CHECKING:
    import os

__all__ = ["paths_in", "read_proposal"]

_LARGEST: Final = 20 * 2**20
"""Largest change set in bytes that is read."""

_MOST_OBJECTS: Final = 10_000
_HINT: Final = "Choose a file that was saved with “Download changes” or Draft.to_json."


def read_proposal(path: str | os.PathLike[str]) -> str:
    """Read a change set from a file of this computer.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    str

    Raises
    ------
    NotFoundError
        There is no such file.
    OptionError
        The file is larger than `_LARGEST`, or is not UTF-8 text.
    StorageError
        The file cannot be read.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise NotFoundError(f"No file at {file}.", "Check the path.")
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise StorageError(
            f"{file} cannot be read ({error.strerror}).", "Choose another file."
        ) from None
    if len(data) > _LARGEST:
        raise OptionError("The file is larger than 20 MiB.", _HINT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OptionError("The file is not UTF-8 text.", _HINT) from None


def paths_in(text: str) -> list[str]:
    """Return the paths of the objects that a change set changes; `Draft.from_json` checks the rest.

    Raises
    ------
    OptionError
        The text is not a change set, or names no object.
    """
    try:
        data = parse_json(text.encode())
        paths = [entry["path"] for entry in data["objects"][:_MOST_OBJECTS]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise OptionError("This file is not a change set.", _HINT) from None
    if not paths or not all(isinstance(path, str) for path in paths):
        raise OptionError("This change set changes no object.", _HINT)
    return list(dict.fromkeys(paths))
