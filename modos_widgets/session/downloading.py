"""One file of an object, copied to this computer."""

from __future__ import annotations

import secrets
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.errors import AlreadyExistsError, ModosError, StorageError
from modos_widgets.session.background import check_cancelled
from modos_widgets.storage.local_files import put_in_place

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from modos_widgets.storage import Storage

__all__ = ["download"]

_PIECE = 2**20


def download(
    storage: Storage,
    name: str,
    folder: str | os.PathLike[str] = ".",
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Copy one file of an object into a folder; all of it, or nothing. Touches the network.

    Parameters
    ----------
    storage : Storage
    name : str
        Its path in the object.
    folder : path
        Where to; the file keeps its name.
    overwrite : bool
    progress : callable, optional
        Given the bytes that have arrived.

    Returns
    -------
    pathlib.Path
        The copy.

    Raises
    ------
    AlreadyExistsError
        A file of that name is there, and `overwrite` is not set.
    NotFoundError
        The object has no such file.
    StorageError
        The folder cannot be written.
    CancelledError
        It was cancelled; nothing is left behind.
    """
    goal = Path(folder).expanduser().absolute() / PurePosixPath(name).name
    if goal.exists() and not overwrite:
        raise AlreadyExistsError(f"{goal} is there already.", "Move it away, then try again.")
    with storage.open(name) as source:
        part = goal.with_name(f".{goal.name[:100]}.{secrets.token_hex(4)}.part")
        try:
            target = part.open("xb")
        except OSError as error:
            raise StorageError(
                f"{goal.parent} cannot be written ({error.strerror}).", "Choose another folder."
            ) from None
        try:
            with target:
                done = 0
                while piece := source.read(_PIECE):
                    check_cancelled()
                    target.write(piece)
                    done += len(piece)
                    if progress is not None:
                        progress(done)
            put_in_place(part, goal, exclusive=not overwrite)
        except OSError as error:
            part.unlink(missing_ok=True)
            if isinstance(error, ModosError):
                raise
            if isinstance(error, FileExistsError):
                raise AlreadyExistsError(
                    f"{goal} came meanwhile.", "Move it away, then try again."
                ) from None
            raise StorageError(
                f"{goal} cannot be written ({error.strerror}).",
                "Make room, or take another folder.",
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return goal
