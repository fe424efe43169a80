"""Files that a page sends in pieces, in a private temporary folder of this process.

A file stays there until it is committed: the draft that attaches it reads it from there.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import threading
import time
import weakref
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import (
    ChangedError,
    LockedError,
    NotFoundError,
    OptionError,
    StorageError,
)
from modos_widgets.files import locked
from modos_widgets.headers import HEAD
from modos_widgets.modo import clean_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modos_widgets.modo import Draft

__all__ = ["LARGEST_UPLOAD", "PIECE", "Upload", "Uploads", "uploads"]

PIECE: Final = 4 * 2**20
"""Bytes of a piece; a Jupyter server drops messages above about 10 MB without an error."""

LARGEST_UPLOAD: Final = 2 * 2**30
"""Largest file in bytes that a page can send."""

MOST_UPLOADS: Final = 200
"""Number of files that are kept at the same time."""

_AHEAD = 4  # pieces that may arrive before the one that is due
_RESERVE = 64 * 2**20  # bytes of the disk that stay free
_LONGEST_UNUSED = 24 * 3600.0  # seconds
_PREFIX = "modos-uploads-"
_LOCK = "lock"
_YOUNG = 60.0  # seconds in which another process may not have locked its folder yet


@dataclass
class Upload:
    """A file that arrives in pieces.

    Attributes
    ----------
    id : str
        Its random identifier.
    name : str
        Its name, made safe for every disk.
    size : int
        Bytes of the whole file.
    received : int
        Bytes that have arrived: a multiple of `PIECE`, or all.
    path : pathlib.Path
        Its place in the temporary folder.
    """

    id: str
    name: str
    size: int
    path: Path
    key: tuple[str, int, int]
    received: int = 0
    used_at: float = field(default_factory=time.monotonic)
    _digest: Any = field(default_factory=hashlib.blake2b, repr=False)
    _pieces: list[bytes] = field(default_factory=list, repr=False)
    _early: dict[int, bytes] = field(default_factory=dict, repr=False)
    _draft: Callable[[], Draft | None] | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def origin(self) -> str:
        """Its name where it comes from."""
        return self.key[0]

    @property
    def is_complete(self) -> bool:
        """Whether all bytes have arrived."""
        return self.received == self.size

    @property
    def checksum(self) -> str:
        """BLAKE2b digest of what has arrived, in hexadecimal digits."""
        return str(self._digest.hexdigest())

    @property
    def proof(self) -> str:
        """SHA-256 digest of the SHA-256 digests of the pieces that have arrived.

        A page computes the same of its file, to find out whether it is the one that was begun.
        """
        return hashlib.sha256(b"".join(self._pieces)).hexdigest()

    def head(self) -> bytes:
        """Return the first bytes of the file, as far as they have arrived.

        Returns
        -------
        bytes
            At most `HEAD` bytes.
        """
        with self.path.open("rb") as file:
            return file.read(HEAD)

    def add(self, offset: int, data: bytes | memoryview) -> None:
        """Add a piece; pieces may arrive in another order, and twice.

        Parameters
        ----------
        offset : int
            Its first byte, a multiple of `PIECE`.
        data : bytes
            The piece: `PIECE` bytes, or the rest of the file.

        Raises
        ------
        OptionError
            The piece is not one of this file.
        StorageError
            The disk is full. What had arrived before is kept, so the upload can continue.
        """
        with self._lock:
            self.used_at = time.monotonic()
            if offset % PIECE or offset < 0 or len(data) != min(PIECE, self.size - offset):
                raise OptionError("Unexpected piece of a file.", "Retry the upload.")
            if offset < self.received:
                return  # it arrived twice
            if offset >= self.received + _AHEAD * PIECE:
                raise OptionError("A piece of the file is missing.", "Retry the upload.")
            self._early[offset] = bytes(data)
            while (piece := self._early.pop(self.received, None)) is not None:
                self._write(piece)

    def _write(self, piece: bytes) -> None:
        try:
            _check_space(self.path.parent, len(piece))
            with self.path.open("r+b") as file:
                file.seek(self.received)
                file.write(piece)
        except OSError as error:
            self._early.clear()
            with suppress(OSError):
                os.truncate(self.path, self.received)
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise _full() from error
            if isinstance(error, StorageError):
                raise
            raise StorageError(
                f"{self.name} cannot be stored ({error.strerror}).", "Retry the upload."
            ) from error
        self._digest.update(piece)
        self._pieces.append(hashlib.sha256(piece).digest())
        self.received += len(piece)

    def use(self, draft: Draft) -> None:
        """Keep the file while a draft may read it.

        Parameters
        ----------
        draft : Draft
            The draft that attaches it.
        """
        self._draft = weakref.ref(draft)

    def is_needed(self, now: float) -> bool:
        """Return whether the file must be kept.

        Parameters
        ----------
        now : float
            The time, as `time.monotonic` returns it.

        Returns
        -------
        bool
        """
        if self._draft is None:
            return now - self.used_at < _LONGEST_UNUSED
        draft = self._draft()
        if draft is None:
            return False
        if draft.can_undo or draft.can_redo:
            return True  # a step may bring it back
        sources = (
            getattr(payload, "source", "")
            for modo in draft.modos
            for payload in draft.attachments(modo.path)
        )
        return any(Path(source).parent == self.path.parent for source in sources)


class Uploads:
    """The files that pages have sent, or are sending, to this process.

    The temporary folder is created with the first file, can be read by this account only, and is
    removed when the process ends. Folders of processes that were killed are removed too.

    Parameters
    ----------
    parent : path, optional
        Folder for the temporary folder; by default that of the system (``TMPDIR``).
    """

    def __init__(self, parent: str | os.PathLike[str] | None = None) -> None:
        self._parent = Path(parent or tempfile.gettempdir())
        self._folder: Path | None = None
        self._uploads: dict[str, Upload] = {}
        self._lock = threading.RLock()

    def begin(self, name: str, size: int, modified: int) -> Upload:
        """Begin an upload, or continue one of the same name, size and date.

        Parameters
        ----------
        name : str
            Name of the file at its origin.
        size : int
            Bytes.
        modified : int
            When it was last changed, in milliseconds.

        Returns
        -------
        Upload

        Raises
        ------
        OptionError
            The file is too large, or there are too many.
        PathError
            Nothing is left of the name, as of ``..``.
        StorageError
            The disk has not enough space.
        """
        if not 0 <= size <= LARGEST_UPLOAD:
            raise OptionError(
                f"{name!r:.80} has more than 2 GiB.",
                "Copy it to the notebook server by other means, then attach it from there.",
            )
        safe = clean_file_name(name)
        key = (name, size, modified)
        with self._lock:
            self.tidy()
            for known in self._uploads.values():
                if known.key == key and known._draft is None:  # noqa: SLF001 - the same module
                    known.used_at = time.monotonic()
                    return known
            if len(self._uploads) >= MOST_UPLOADS:
                raise OptionError(
                    f"{MOST_UPLOADS} uploaded files are waiting.", "Commit or discard changes."
                )
            try:
                folder = self._private_folder()
                _check_space(folder, size)
                upload_id = secrets.token_hex(8)
                place = folder / upload_id
                place.mkdir(mode=0o700)
                path = place / safe
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except StorageError:
                raise
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    raise _full() from error
                raise StorageError(
                    f"No temporary file can be created in {self._parent} ({error.strerror}).",
                    "Set TMPDIR to a folder that can be written, then restart the kernel.",
                ) from error
            upload = Upload(upload_id, safe, size, path, key)
            self._uploads[upload_id] = upload
            return upload

    def get(self, upload_id: str) -> Upload:
        """Return an upload.

        Parameters
        ----------
        upload_id : str
            Its identifier.

        Returns
        -------
        Upload

        Raises
        ------
        NotFoundError
            It was cancelled, or the kernel has been restarted.
        """
        found = self._uploads.get(upload_id)
        if found is None:
            raise NotFoundError("The kernel no longer has this upload.", "Choose the file again.")
        return found

    def finish(self, upload_id: str) -> Upload:
        """Return an upload of which all bytes have arrived.

        Parameters
        ----------
        upload_id : str
            Its identifier.

        Returns
        -------
        Upload

        Raises
        ------
        NotFoundError
            As for `get`.
        ChangedError
            Bytes are missing: the file changed while it was sent.
        """
        upload = self.get(upload_id)
        if not upload.is_complete:
            raise ChangedError(f"{upload.name} is not complete.", "Retry the upload.")
        return upload

    def with_indexes(self, upload_id: str, indexes: Iterable[str]) -> Path:
        """Return the path of a complete file, with its index files beside it.

        Parameters
        ----------
        upload_id : str
            The data file.
        indexes : iterable of str
            Uploads that are its index files.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        NotFoundError, ChangedError
            As for `finish`.
        StorageError
            The disk is full.
        """
        upload = self.finish(upload_id)
        for each in indexes:
            index = self.finish(each)
            beside = upload.path.with_name(index.name)
            if not beside.exists():
                try:
                    os.link(index.path, beside)
                except OSError:
                    shutil.copyfile(index.path, beside)
                    beside.chmod(0o600)
        return upload.path

    def cancel(self, upload_id: str) -> None:
        """Remove an upload, unless a draft attaches it.

        Parameters
        ----------
        upload_id : str
            Its identifier; an unknown one is ignored.
        """
        with self._lock:
            upload = self._uploads.get(upload_id)
            if upload is not None and upload._draft is None:  # noqa: SLF001 - the same module
                self._remove(upload)

    def tidy(self) -> None:
        """Remove the files that no draft needs any more."""
        now = time.monotonic()
        with self._lock:
            for upload in list(self._uploads.values()):
                if not upload.is_needed(now):
                    self._remove(upload)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._uploads)

    def _remove(self, upload: Upload) -> None:
        del self._uploads[upload.id]
        shutil.rmtree(upload.path.parent, ignore_errors=True)

    def _private_folder(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            _remove_left_behind(self._parent)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._parent))
            held = ExitStack()
            held.enter_context(locked(folder / _LOCK, 0))
            weakref.finalize(self, _close, folder, held, os.getpid())
            self._folder = folder
        return self._folder


def _close(folder: Path, held: ExitStack, owner: int) -> None:
    """Remove the folder of a process at its end; a fork of it leaves it alone."""
    if os.getpid() == owner:
        held.close()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_behind(parent: Path) -> None:
    """Remove the folders of processes of this account that were killed."""
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            facts = folder.lstat()
            is_ours = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
            if not (stat.S_ISDIR(facts.st_mode) and is_ours):
                continue
            if time.time() - facts.st_mtime < _YOUNG:
                continue
            with locked(folder / _LOCK, 0):
                pass
        except (OSError, LockedError, StorageError):
            continue  # it is in use, or gone
        shutil.rmtree(folder, ignore_errors=True)


def _check_space(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + _RESERVE:
        raise _full()


def _full() -> StorageError:
    return StorageError(
        "The notebook server has not enough free space for this file.",
        "Free space in its temporary folder, or set TMPDIR to another disk and restart the kernel.",
    )


@functools.cache
def uploads() -> Uploads:
    """Return the uploads of this process.

    Returns
    -------
    Uploads
    """
    return Uploads()
