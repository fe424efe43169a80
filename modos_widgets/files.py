"""Local files: atomic writes, private files, and locks."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import secrets
import shutil
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import ChangedError, LockedError, StorageError
from modos_widgets.secret import SecretBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "TEMPORARY",
    "check_etag",
    "delete_marked",
    "etag_of",
    "exchange",
    "flush_folder",
    "kind_of",
    "locked",
    "locked_folder",
    "make_parents",
    "make_private_folder",
    "mark_from",
    "mark_of",
    "put_in_place",
    "remove_empty",
    "replace_file",
    "swap",
    "temporary_beside",
    "write_private",
]

_log = logging.getLogger(__name__)

TEMPORARY = re.compile(r"\.modos-[0-9a-f]{16}\.part")
"""Names of files that a killed process may leave behind; they are never listed or transferred."""

_FOLDER_LOCK = ".modos-1fc96d0e7a2b4a58.part"  # a name that matches TEMPORARY
_LONGEST_RENAME = 60.0  # seconds to wait for the lock of a folder
_POLL = 0.02  # seconds between two attempts to get a lock
_WITHOUT_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP}
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of Linux


def temporary_beside(path: Path) -> Path:
    """Return a new path in the same folder, so that renaming it is atomic."""
    return path.with_name(f".modos-{secrets.token_hex(8)}.part")


def etag_of(data: bytes) -> str:
    """Return the etag of a local file's content."""
    return "local-" + hashlib.blake2b(data, digest_size=20).hexdigest()


def mark_of(path: Path) -> str:
    """Return a mark of a file that differs from that of any other file or content."""
    return mark_from(path.stat())


def mark_from(facts: os.stat_result) -> str:
    """Return the mark of a file (see `mark_of`) from its stat result."""
    return f"{facts.st_ino}-{facts.st_size}-{facts.st_mtime_ns}"


def delete_marked(path: Path, mark: str) -> bool:
    """Delete a file if it has this mark; return whether it was deleted."""
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
    private: bool = False,
    note: Callable[[str], None] | None = None,
) -> None:
    """Write a file atomically: a temporary file is written and renamed. No network.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must exist.
    chunks : iterable of bytes or memoryview
        The content.
    exclusive : bool
        Raise FileExistsError if the file exists.
    expected : str, optional
        The etag that the existing file must have.
    lasting : bool
        Wait until the content is on the disk.
    private : bool
        Set mode 0600 before the first byte is written.
    note : callable, optional
        Called with the file's mark (see `mark_of`) before it is renamed.

    Raises
    ------
    FileExistsError
        The file exists, and `exclusive` is set.
    ChangedError
        The file does not have the expected etag.
    OSError
        The file cannot be written.
    """
    temporary = temporary_beside(path)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(temporary, flags, 0o600 if private else 0o666), "wb") as file:  # noqa: PTH123
            file.writelines(chunks)
            file.flush()
            mode = os.fstat(file.fileno()).st_mode
            if lasting:
                os.fsync(file.fileno())
        with locked_folder(path.parent):
            old = _mode_of(path)
            if old is not None and stat.S_ISDIR(old):
                raise IsADirectoryError(errno.EISDIR, "a folder", str(path))  # noqa: TRY301
            if expected is not None:
                check_etag(path, expected)
            if not private and old is not None and stat.S_IMODE(old) != stat.S_IMODE(mode):
                temporary.chmod(stat.S_IMODE(old))
            if note is not None:
                note(mark_of(temporary))
            put_in_place(temporary, path, exclusive=exclusive)
        if lasting:
            flush_folder(path.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_private(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a file that only its owner can read, atomically. No network.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must exist.
    data : bytes
        The content.
    lasting : bool
        Wait until the content is on the disk.

    Raises
    ------
    StorageError
        The file cannot be written; the old content is kept.
    """
    data = SecretBytes(data)
    try:
        replace_file(Path(path), [data], private=True, lasting=lasting)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.",
            "Check the folder's permissions and the free space of its disk.",
        ) from error


def make_private_folder(folder: Path) -> None:
    """Create a folder that only its owner can open, and missing parent folders likewise.

    ``Path.mkdir(parents=True, mode=0o700)`` sets the modes of the parents by the umask. An
    existing folder that other users can open is closed to them. No network.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.

    Raises
    ------
    OSError
        The folder cannot be created, or belongs to another account.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def put_in_place(part: Path, path: Path, *, exclusive: bool) -> None:
    """Rename a finished file to its place.

    Raises
    ------
    FileExistsError
        With `exclusive`: the path exists.
    """
    if not exclusive:
        part.replace(path)
        return
    try:
        os.link(part, path)  # unlike a rename, it fails if the path exists
    except FileExistsError:
        raise
    except OSError:  # without hard links: check first, which is not atomic
        if path.exists():
            raise FileExistsError(errno.EEXIST, "exists", str(path)) from None
        part.replace(path)
    else:
        part.unlink()


def exchange(first: Path, second: Path) -> bool:
    """Swap two paths atomically; return False if the system or the disk does not support it.

    Linux does (renameat2 with RENAME_EXCHANGE, which Python does not provide).
    """
    if sys.platform != "linux":
        return False
    import ctypes  # noqa: PLC0415

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(first), os.fsencode(second)
    if renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
        return False
    raise OSError(number, os.strerror(number), str(first))


def swap(source: Path, goal: Path) -> None:
    """Replace the goal with the source; the old content is deleted last."""
    old = temporary_beside(goal)
    if exchange(source, goal):  # if killed here, both contents still have a path
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
def locked(path: Path, timeout: float, *, mode: int = 0o600) -> Iterator[None]:
    """Hold a lock file shared by threads and processes; it is released when a process dies.

    A link at the path is not followed. If the file system does not support locks, other
    processes are not locked out, and a warning is logged.

    Parameters
    ----------
    path : pathlib.Path
        The lock file; it is not deleted.
    timeout : float
        Seconds to wait.
    mode : int
        Permissions of the file.

    Raises
    ------
    LockedError
        Another thread or process held the lock for the whole time.
    StorageError
        The file cannot be created or opened.
    """
    import filelock  # noqa: PLC0415

    lock = filelock.FileLock(path, timeout, mode, poll_interval=_POLL)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise LockedError(
            f"{path} is locked by another process.", "End that process, then retry."
        ) from None
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise StorageError(
                f"{path} cannot be locked: {error.strerror}.", "Check the folder's permissions."
            ) from error
        _log.warning(
            "%s cannot be locked (%s); other processes can change it.", path, error.strerror
        )
    try:
        yield
    finally:
        lock.release()


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Keep other processes of this package from renaming files into a folder.

    The folder itself is locked if the system can do that, so no lock file is left behind and
    waiting needs no polling. Windows locks files only, so a file with the name of a temporary
    one is used there. Disks without such locks are not locked.

    Raises
    ------
    LockedError
        On Windows: another process held the lock for a minute.
    """
    if sys.platform == "win32":  # Windows has no flock and cannot open folders
        folder.stat()  # a lock would create it
        with locked(folder / _FOLDER_LOCK, _LONGEST_RENAME, mode=0o666):
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
    """Flush a rename to the disk; Windows does that on its own and cannot open folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every file system can flush a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_parents(path: Path) -> list[Path]:
    """Create the parent folders of a path; return the new ones, the deepest first."""
    missing: list[Path] = []
    folder = path.parent
    if folder.is_dir():
        return missing
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file is in the way
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(path.parent)) from error
    return missing


def kind_of(entry: os.DirEntry[str]) -> str:
    """Return "folder", "file", or "" for anything else (a circular link, a socket)."""
    try:
        if entry.is_dir():
            return "folder"
        return "file" if entry.is_file() else ""
    except OSError as error:
        if error.errno == errno.ELOOP:
            return ""
        raise


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove new folders if they are empty because the file was not written."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
