"""A file that is written on the computer of the kernel."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import AlreadyExistsError, StorageError
from modos_widgets.files import replace_file

if TYPE_CHECKING:
    import os

__all__ = ["file_name", "shown_path", "write_local_file"]

_UNSAFE: Final = re.compile(r"[^\w.-]+")
_LONGEST: Final = 60


def file_name(words: str, default: str) -> str:
    """Return a text as a file name without characters that some system or shell treats specially.

    Parameters
    ----------
    words : str
        The text; untrusted.
    default : str
        The name if nothing of the text remains.
    """
    return _UNSAFE.sub("_", words)[:_LONGEST].strip("._") or default


def shown_path(path: Path) -> str:
    """Return a path as text, relative to the working folder of the kernel if it is below it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def write_local_file(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = True) -> Path:
    """Write a file atomically: if that fails, an existing file is unchanged. No network.

    Parameters
    ----------
    path : str or path
        The file; ``~`` is the home folder.
    data : bytes
        Its content.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    AlreadyExistsError
        The file exists, and `overwrite` is not set.
    StorageError
        The file cannot be written.
    """
    target = Path(path).expanduser()
    try:
        replace_file(target, [data], exclusive=not overwrite)
    except FileExistsError:
        raise AlreadyExistsError(f"{target} already exists.", "Choose another name.") from None
    except OSError as error:
        hint = "Free some space." if error.errno == errno.ENOSPC else "Check the folder."
        raise StorageError(f"{target} cannot be written: {error.strerror}.", hint) from error
    except ValueError:  # a NUL character
        raise StorageError("The file cannot be written.", "Choose another name.") from None
    return target
