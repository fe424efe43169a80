"""Writing local files so that nobody ever sees half of one."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from contextlib import contextmanager, suppress
from errno import EEXIST, EINVAL, EISDIR, ELOOP, ENOSYS, ENOTDIR, EOPNOTSUPP
from typing import TYPE_CHECKING

from modos_widgets.errors import ChangedError
from modos_widgets.storage.paths import ZARR_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_OURS = re.compile(r"\.modos-[0-9a-f]{16}\.part")
_OF_ZARR = re.compile(r".+\.[0-9a-f]{32}\.partial")

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of Linux


def is_temporary(path: str) -> bool:
    """Whether a path, relative, is that of a temporary file that a killed process left.

    They are never listed: ours anywhere, and in an archive those of zarr's own local store.
    """
    *above, name = path.split("/")
    return bool(_OURS.fullmatch(name) or (ZARR_ROOT.name in above and _OF_ZARR.fullmatch(name)))


def temporary_beside(path: Path) -> Path:
    """Give a new name in the same folder, so that renaming it is atomic."""
    return path.with_name(f".modos-{secrets.token_hex(8)}.part")


def etag_of(data: bytes) -> str:
    """Give the etag of a local file's content."""
    return "local-" + hashlib.blake2b(data, digest_size=20).hexdigest()


def mark_of(path: Path) -> str:
    """Tell a file from any other, also from the same one when it was written into."""
    facts = path.stat()
    return f"{facts.st_ino}-{facts.st_size}-{facts.st_mtime_ns}"


def delete_marked(path: Path, mark: str) -> bool:
    """Delete a file that has this mark, and say whether it was there."""
    try:
        with locked_folder(path.parent):
            found = mark_of(path) == mark
            if found:
                path.unlink()
    except FileNotFoundError:
        return False
    return found


def replace_file(
    path: Path,
    chunks: Iterable[bytes | memoryview],
    *,
    exclusive: bool = False,
    expected: str | None = None,
    lasting: bool = True,
    note: Callable[[str], None] | None = None,
) -> None:
    """Write a file beside its place and rename it: the old content or the new, never half.

    Parameters
    ----------
    path : pathlib.Path
        Its folder must exist.
    chunks : iterable of bytes or memoryview
    exclusive : bool
        Raise FileExistsError when the file exists.
    expected : str, optional
        The etag that the file must have.
    lasting : bool
        Wait until the content is on the disk.
    note : callable, optional
        Called with the file's mark (see `mark_of`) before it is in its place.

    Raises
    ------
    FileExistsError, ChangedError, OSError
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        with locked_folder(path.parent):
            if path.is_dir():
                raise IsADirectoryError(EISDIR, "a folder", str(path))  # noqa: TRY301
            if expected is not None:
                check_etag(path, expected)
            with suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            if note is not None:
                note(mark_of(temporary))
            put_in_place(temporary, path, exclusive=exclusive)
        if lasting:
            flush_folder(path.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def put_in_place(part: Path, path: Path, *, exclusive: bool) -> None:
    """Rename a finished file to its place.

    Raises
    ------
    FileExistsError
        With `exclusive`, when something is there.
    """
    if not exclusive:
        part.replace(path)
        return
    try:
        os.link(part, path)  # unlike a rename it fails when something is there
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: look, which leaves a moment open
        if path.exists():
            raise FileExistsError(EEXIST, "exists", str(path)) from None
        part.replace(path)
    else:
        part.unlink()


def exchange(one: Path, other: Path) -> bool:
    """Swap what is at two paths in one step; False where the system or its disk cannot.

    Linux can (renameat2, RENAME_EXCHANGE); Python has no name for it.
    """
    if sys.platform != "linux":
        return False
    import ctypes  # noqa: PLC0415

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    if renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {EINVAL, ENOSYS, EOPNOTSUPP}:
        return False
    raise OSError(number, os.strerror(number), str(one))


def swap(source: Path, goal: Path) -> None:
    """Put the source in the place of what is at the goal, which goes last."""
    old = temporary_beside(goal)
    if exchange(source, goal):  # killed now, each content has a name
        source.rename(old)
    else:
        goal.rename(old)
        try:
            source.rename(goal)
        except BaseException:
            old.rename(goal)
            raise
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink()


def check_etag(path: Path, expected: str) -> None:
    """Raise ChangedError unless the file has the expected content."""
    try:
        found = etag_of(path.read_bytes())
    except FileNotFoundError:
        found = "none"
    if found != expected:
        raise ChangedError(f"{path} has changed in the meantime.", "Read it again.")


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Keep other processes of this package from renaming into a folder meanwhile.

    The folder itself is locked, so no lock file is left behind. File systems that
    know no such lock (some network mounts) go without.
    """
    if sys.platform == "win32":  # which has no flock
        yield
        return
    import fcntl  # noqa: PLC0415

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring a rename to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every file system can flush a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_parents(path: Path) -> list[Path]:
    """Make the folders above a path and give those that were new, the deepest first."""
    missing = []
    folder = path.parent
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file is in the way
        raise NotADirectoryError(ENOTDIR, "not a folder", str(path.parent)) from error
    return missing


def kind_of(entry: os.DirEntry[str]) -> str:
    """Say "folder", "file", or nothing for what is neither (a link in a circle, a socket)."""
    try:
        if entry.is_dir():
            return "folder"
        return "file" if entry.is_file() else ""
    except OSError as error:
        if error.errno == ELOOP:
            return ""
        raise


def remove_empty(folders: Iterable[Path]) -> None:
    """Take back folders that were made for a file which then did not come."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
