"""Download one file of an object into a folder."""

from __future__ import annotations

import io
import secrets
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.background import check_cancelled
from modos_widgets.errors import AlreadyExistsError, ModosError, StorageError
from modos_widgets.files import put_in_place
from modos_widgets.progress import Progress

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
    on_progress: Callable[[Progress], object] | None = None,
) -> Path:
    """Copy one file of an object into a folder, atomically. Uses the network.

    Parameters
    ----------
    storage : Storage
        Storage of the object.
    name : str
        Path of the file in the object.
    folder : path
        Target folder; the file keeps its name.
    overwrite : bool
        Replace an existing file.
    on_progress : callable, optional
        Called with the `Progress` of the file after each piece.

    Returns
    -------
    pathlib.Path
        The copy.

    Raises
    ------
    AlreadyExistsError
        The file already exists, and `overwrite` is not set.
    NotFoundError
        The object has no such file.
    StorageError
        The folder cannot be written.
    CancelledError
        The download was cancelled; no file is left behind.
    """
    goal = Path(folder).expanduser().absolute() / PurePosixPath(name).name
    if goal.exists() and not overwrite:
        raise AlreadyExistsError(f"{goal} already exists.", "Move it away, then retry.")
    with storage.open(name) as source:
        size = source.seek(0, io.SEEK_END)
        source.seek(0)
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
                    if on_progress is not None:
                        on_progress(
                            Progress(
                                "copying", "files", int(done == size), 1,
                                bytes_done=done, bytes=size, path=name,
                            )
                        )  # fmt: skip
            put_in_place(part, goal, exclusive=not overwrite)
        except OSError as error:
            part.unlink(missing_ok=True)
            if isinstance(error, ModosError):
                raise
            if isinstance(error, FileExistsError):
                raise AlreadyExistsError(
                    f"{goal} was created in the meantime.", "Move it away, then retry."
                ) from None
            raise StorageError(
                f"{goal} cannot be written ({error.strerror}).",
                "Free some space, or choose another folder.",
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return goal
