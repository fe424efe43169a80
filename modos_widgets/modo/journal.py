"""The journal of commits: what was there before, in the user's state folder.

One file a commit, 0600, in a folder an object. A commit that has begun and not ended is
a file ``*.pending.json``: with it, a later session finds a torn commit of a process that
died, and tells it from a live one. Beside it, ``*.marks`` holds a line for each file that it
puts, written just before: a repair removes what bears such a mark, and nothing else.
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

__all__ = ["Journal", "Record", "new_commit_id"]

KEPT = 500
"""Commits of one object that are kept."""
MOMENT = "%Y%m%dT%H%M%S.%f"
"""How an id begins, so that the names of the files sort."""
PENDING = ".pending.json"
MARKS = ".marks"
ELSEWHERE = dt.timedelta(hours=1)
"""How long a commit of another computer with the same home folder counts as running."""


@dataclass
class Record:
    """One commit to one object.

    Attributes
    ----------
    id, object : str
        Of the commit; the object's path.
    who, when, message : str
        User and computer, time with zone, what the person wrote.
    state : str
        ``"pending"``, ``"done"``, ``"torn"``, ``"taken back"``, ``"repaired"`` or
        ``"undone"``.
    process : str
        Which process wrote it.
    changes : dict
        See `ChangeSet.to_dict`.
    made : list of str
        Files and keys that it put there, relative to the object.
    removed : dict
        Files and keys that it removed: path to their content (base64); null where it
        was too large to keep.
    moved : dict
        Files that it moved: the new name, which is in `made` too, to the old one.
    undoes : str
        The commit that it took back, or empty.
    files : list of list
        What came with the metadata, as the diff shows it: element, name, before, after; null
        where there is nothing.
    marks : dict
        Of what it put: path to the mark by which an undo knows it.
    left : list of str
        Files that it was to remove and did not: others had replaced or named them.
    """

    id: str
    object: str
    who: str
    when: str
    message: str
    process: str
    changes: dict[str, Any]
    state: str = "pending"
    made: list[str] = field(default_factory=list)
    removed: dict[str, str | None] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    undoes: str = ""
    files: list[list[str | None]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Give its diff: cells, then what came with the metadata."""
        changes = ChangeSet.from_dict(self.changes)
        yield from changes.rows()
        for element, name, *sides in self.files:
            before, after = (MISSING if side is None else side for side in sides)
            yield (changes.path, str(element), str(name), before, after)

    @property
    def lost(self) -> list[str]:
        """Files and keys that it removed and that were not kept."""
        return [path for path, kept in self.removed.items() if kept is None]

    @property
    def is_live(self) -> bool:
        """Whether the process that began it is still at it."""
        return self.state == "pending" and _is_alive(self.process, self.when)


def new_commit_id(journals: Iterable[Journal] = ()) -> str:
    """Return an id that sorts after every id in these journals, whatever the clock says.

    It is made of the time; where a journal holds a later one, since the clock was set back, it
    is the next moment after that.
    """
    moment = dt.datetime.now(dt.UTC)
    for journal in journals:
        with suppress(OverflowError):
            moment = max(moment, journal.latest_moment() + dt.timedelta(microseconds=1))
    return f"{moment.strftime(MOMENT)}-{secrets.token_hex(3)}"


def who() -> str:
    """Name the user and the computer."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def this_process() -> str:
    """Name this process so that no later one is taken for it."""
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot[:8]}.{Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return "-"


def _is_alive(process: str, when: str) -> bool:
    host, pid, started = [*process.split(), "", "", ""][:3]
    if host != socket.gethostname():  # the same home folder elsewhere: it cannot be asked
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
    """The commits to one object.

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
        """Write a record before anything else is written.

        Returns
        -------
        str
            Why there is no journal; empty where there is one.
        """
        try:
            for folder in (self.folder.parents[1], self.folder.parent, self.folder):
                make_private_folder(folder)
            self._write(record)
        except (OSError, StorageError, RecursionError) as error:  # a value nested very deep
            return f"{self.folder} cannot be written ({getattr(error, 'strerror', '') or error})"
        return ""

    def finish(self, record: Record, state: str) -> None:
        """Say how a commit ended; without a journal nothing is said."""
        pending = self.folder / f"{record.id}{PENDING}"
        record.state = state
        if not self.folder.is_dir():
            return
        try:
            self._write(record)
            if state != "torn":
                pending.unlink(missing_ok=True)
                self._marks_of(record).unlink(missing_ok=True)
            self._prune()
        except (OSError, StorageError, RecursionError):
            return  # the commit stands; a record that says "pending" is settled by repair

    def keep_mark(self, record: Record, path: str, mark: str) -> None:
        """Keep the mark of a file that a commit is about to put, for a repair to know it by."""
        line = json.dumps([path, mark]) + "\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with suppress(OSError):  # as without a journal: a repair then leaves the file
            descriptor = os.open(self._marks_of(record), flags, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def marks(self, record: Record) -> dict[str, str]:
        """Give the files that a commit has put or was about to put, and their marks."""
        try:
            lines = self._marks_of(record).read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(json.loads(line) for line in lines if line.endswith("]"))

    def _marks_of(self, record: Record) -> Path:
        return self.folder / f"{record.id}{MARKS}"

    def _write(self, record: Record) -> None:
        waiting = record.state in {"pending", "torn"}
        name = f"{record.id}{PENDING}" if waiting else f"{record.id}.json"
        write_private(self.folder / name, json.dumps(vars(record)).encode())

    def _prune(self) -> None:
        names = sorted(path for path in self.folder.glob("*.json") if not _is_pending(path))
        for path in names[:-KEPT]:
            path.unlink(missing_ok=True)

    def latest_moment(self) -> dt.datetime:
        """Return the moment in the latest id of the journal; long ago where there is none."""
        found = dt.datetime.fromtimestamp(0, dt.UTC)
        for path in self.folder.glob("*.json"):
            with suppress(ValueError):
                written = dt.datetime.strptime(path.name.partition("-")[0] + "Z", f"{MOMENT}%z")
                found = max(found, written)
        return found

    def unfinished(self) -> list[Record]:
        """Give the commits that have begun and not ended, oldest first."""
        return self._read(sorted(self.folder.glob(f"*{PENDING}")))

    def records(self) -> list[Record]:
        """Give the commits that have ended, oldest first."""
        return self._read(sorted(p for p in self.folder.glob("*.json") if not _is_pending(p)))

    def record(self, commit_id: str) -> Record:
        """Give one commit.

        Raises
        ------
        NotFoundError
            It is not in the journal.
        """
        for record in self.records():
            if record.id == commit_id:
                return record
        raise NotFoundError(
            f"The journal has no commit {commit_id!r:.80} of this object.",
            "Look at Modo.commits().",
        )

    @staticmethod
    def _read(paths: list[Path]) -> list[Record]:
        found = []
        for path in paths:
            try:
                found.append(Record(**json.loads(path.read_bytes())))
            except (OSError, ValueError, TypeError):
                continue  # removed meanwhile, or of a later version
        return found


def _is_pending(path: Path) -> bool:
    return path.name.endswith(PENDING)
