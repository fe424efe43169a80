"""The journal of commits in the user's state folder: what each changed, for undo and repair.

Each object has a folder, and each commit to it a file with mode 0600. The file of a commit that has
not finished is called ``*.pending.json``: a later session finds an interrupted commit by it, and
tells it from a running one. Beside it, ``*.marks`` has a line for each file that the commit writes,
added just before the write: a repair removes the files with such a mark, and no others.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from modos_widgets.errors import NotFoundError, StorageError
from modos_widgets.files import make_private_folder, write_private
from modos_widgets.modo.change_set import ChangeSet
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.modo.change_set import Row
    from modos_widgets.storage import Storage

__all__ = ["CommitState", "Journal", "Record", "new_commit_id", "this_process", "who"]

KEPT = 500
"""Number of commits that the journal of an object keeps."""
MOMENT = "%Y%m%dT%H%M%S.%f"
"""Format of the beginning of a commit id, so that the names of the files sort."""
PENDING = ".pending.json"
MARKS = ".marks"
ELSEWHERE = dt.timedelta(hours=1)
"""How long a commit of another computer with the same home folder counts as running."""


class CommitState(StrEnum):
    """State of a commit; the values are the words in the files of the journal."""

    PENDING = "pending"
    """It has begun; its process is running or was killed."""
    DONE = "done"
    INTERRUPTED = "torn"
    """It failed, and not everything could be reverted."""
    REVERTED = "taken back"
    """It failed, or was interrupted, and nothing of it is stored."""
    PARTLY_STORED = "repaired"
    """It failed, or was interrupted, and a part of it is stored."""
    UNDONE = "undone"


UNFINISHED = frozenset({CommitState.PENDING, CommitState.INTERRUPTED})
"""States of commits that `Modo.repair` has to settle."""


@dataclass
class Record:
    """One commit to one object.

    Attributes
    ----------
    id : str
        Id of the commit, the same for all its objects.
    object : str
        Path of the object.
    who, when, message : str
        User and computer; time with time zone; commit message.
    process : str
        The process that writes the commit (see `this_process`).
    changes : dict
        The changes of the metadata (see `ChangeSet.to_dict`).
    state : str
        A `CommitState`.
    made : list of str
        Files and keys that it wrote, relative to the object.
    removed : dict
        Path of each file and key that it removed to the content in base64; None if the content
        was too large to keep.
    moved : dict
        New name of each file that it moved, which is in `made` too, to the old name.
    undoes : str
        Id of the commit that it undoes, or empty.
    files : list of list
        Rows of the diff of files and arrays: element, name, before, after; None if there is
        nothing.
    marks : dict
        Path of each file and key that it wrote to the mark by which an undo recognizes it.
    left : list of str
        Files that it did not remove as planned, because others had replaced or named them.
    """

    id: str
    object: str
    who: str
    when: str
    message: str
    process: str
    changes: dict[str, Any]
    state: str = CommitState.PENDING
    made: list[str] = field(default_factory=list)
    removed: dict[str, str | None] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    undoes: str = ""
    files: list[list[str | None]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of its diff: cells, then files and arrays."""
        changes = ChangeSet.from_dict(self.changes)
        yield from changes.rows()
        for element, name, *sides in self.files:
            before, after = (MISSING if side is None else side for side in sides)
            yield (changes.path, str(element), str(name), before, after)

    @property
    def lost(self) -> list[str]:
        """Files and keys that it removed and that an undo cannot restore."""
        return [path for path, kept in self.removed.items() if kept is None]

    @property
    def is_live(self) -> bool:
        """Whether its process is still running."""
        return self.state == CommitState.PENDING and _is_alive(self.process, self.when)


def new_commit_id(journals: Iterable[Journal] = ()) -> str:
    """Return an id that sorts after every id in these journals.

    It begins with the current time or, if the clock was set back, with the next moment after the
    latest id.
    """
    moment = dt.datetime.now(dt.UTC)
    for journal in journals:
        with suppress(OverflowError):
            moment = max(moment, journal.latest_moment() + dt.timedelta(microseconds=1))
    return f"{moment.strftime(MOMENT)}-{secrets.token_hex(3)}"


def who() -> str:
    """Return the names of the user and of the computer."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def this_process() -> str:
    """Return a name of this process that no later process has."""
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot[:8]}.{Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return "-"


def _is_alive(process: str, when: str) -> bool:
    host, pid, started = [*process.split(), "", "", ""][:3]
    if host != socket.gethostname():  # The home folder is shared: that process cannot be checked.
        return dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(when) < ELSEWHERE
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    now = _started(int(pid))
    return now == started or "-" in {now, started}


class Journal:
    """The commits of one object.

    Parameters
    ----------
    storage : Storage
        The object.
    """

    def __init__(self, storage: Storage) -> None:
        place = f"{getattr(storage, 'endpoint', None) or ''} {storage.url}"
        name = hashlib.blake2b(place.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
        state = Path(platformdirs.user_state_dir("modos", "sdsc"))
        self.folder = state / "commits" / name

    def begin(self, record: Record) -> str:
        """Write the record of a commit before its first write to the object.

        Returns
        -------
        str
            Why the journal cannot be written; empty if it was written.
        """
        try:
            for folder in (self.folder.parents[1], self.folder.parent, self.folder):
                make_private_folder(folder)
            self._write(record)
        except (OSError, StorageError, RecursionError) as error:  # RecursionError: deep nesting
            return f"{self.folder} cannot be written ({getattr(error, 'strerror', '') or error})"
        return ""

    def finish(self, record: Record, state: str) -> None:
        """Write the final state of a commit, if the object has a journal."""
        pending = self.folder / f"{record.id}{PENDING}"
        record.state = state
        if not self.folder.is_dir():
            return
        try:
            self._write(record)
            if state != CommitState.INTERRUPTED:
                pending.unlink(missing_ok=True)
                self._marks_of(record).unlink(missing_ok=True)
            self._prune()
        except (OSError, StorageError, RecursionError):
            return  # The commit is stored. If its record is still pending, a repair settles it.

    def keep_mark(self, record: Record, path: str, mark: str) -> None:
        """Write the mark of a file that a commit is about to write."""
        line = json.dumps([path, mark]) + "\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with suppress(OSError):  # Without a mark, a repair keeps the file.
            descriptor = os.open(self._marks_of(record), flags, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def marks(self, record: Record) -> dict[str, str]:
        """Return path and mark of each file that a commit has written or was about to write."""
        try:
            lines = self._marks_of(record).read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(json.loads(line) for line in lines if line.endswith("]"))

    def _marks_of(self, record: Record) -> Path:
        return self.folder / f"{record.id}{MARKS}"

    def _write(self, record: Record) -> None:
        name = f"{record.id}{PENDING if record.state in UNFINISHED else '.json'}"
        write_private(self.folder / name, json.dumps(vars(record)).encode())

    def _prune(self) -> None:
        names = sorted(path for path in self.folder.glob("*.json") if not _is_pending(path))
        for path in names[:-KEPT]:
            path.unlink(missing_ok=True)

    def latest_moment(self) -> dt.datetime:
        """Return the time in the latest id of the journal; 1970 if there is none."""
        found = dt.datetime.fromtimestamp(0, dt.UTC)
        for path in self.folder.glob("*.json"):
            with suppress(ValueError):
                written = dt.datetime.strptime(path.name.partition("-")[0] + "Z", f"{MOMENT}%z")
                found = max(found, written)
        return found

    def unfinished(self) -> list[Record]:
        """Return the commits that have not finished, oldest first."""
        return self._read(sorted(self.folder.glob(f"*{PENDING}")))

    def records(self) -> list[Record]:
        """Return the commits that have finished, oldest first."""
        return self._read(sorted(p for p in self.folder.glob("*.json") if not _is_pending(p)))

    def record(self, commit_id: str) -> Record:
        """Return one finished commit.

        Raises
        ------
        NotFoundError
            The journal does not contain the commit.
        """
        for record in self.records():
            if record.id == commit_id:
                return record
        raise NotFoundError(
            f"The journal has no commit {commit_id!r:.80} of this object.",
            "Check Modo.commits().",
        )

    @staticmethod
    def _read(paths: list[Path]) -> list[Record]:
        found = []
        for path in paths:
            try:
                found.append(Record(**json.loads(path.read_bytes())))
            except (OSError, ValueError, TypeError):
                continue  # It was removed in the meantime, or a later version has written it.
        return found


def _is_pending(path: Path) -> bool:
    return path.name.endswith(PENDING)
