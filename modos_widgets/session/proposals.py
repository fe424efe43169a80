"""The text of changes that someone else proposes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import NotFoundError, OptionError, StorageError

if TYPE_CHECKING:
    import os

__all__ = ["read_proposal"]

_LARGEST: Final = 20 * 2**20
"""Largest change set in bytes that is read."""

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
