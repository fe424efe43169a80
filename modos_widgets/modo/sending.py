"""Put the files and arrays of a commit, before the metadata that name them."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from modos_widgets.errors import ChangedError, ModosError, NotFoundError, StorageError
from modos_widgets.modo.keeping import KEPT_BYTES
from modos_widgets.modo.locating import file_in_object
from modos_widgets.modo.merging import FileConflict, conflict_error
from modos_widgets.modo.payload import (
    ArrayPayload,
    CopyPayload,
    DropPayload,
    FilePayload,
    RemoveFilePayload,
    RestorePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.merging import Conflict
    from modos_widgets.modo.writing import ObjectCommit

__all__ = ["plan_payloads", "remove_planned", "send_payloads", "unsend"]


def plan_payloads(commit: ObjectCommit, record: Record) -> list[Conflict]:
    """Note what will be put and removed, and keep what can be brought back; only reads.

    Returns
    -------
    list of Conflict
        The files that cannot be put, since something is there.
    """
    storage = commit.storage
    conflicts: list[Conflict] = []
    for one in commit.working.payloads:
        if isinstance(one, FilePayload):
            if storage.exists(one.target):
                conflicts.append(_conflict(commit, one))
            record.made.append(one.target)
        elif isinstance(one, ArrayPayload):
            record.made.extend(f"data.zarr/{one.element}/{key}" for key in one.keys)
        elif isinstance(one, CopyPayload):
            base = f"data.zarr/{one.source}/"
            record.made.extend(
                f"data.zarr/{one.element}/{path.removeprefix(base)}"
                for path in _below(commit, one.source)
            )
    if not conflicts:
        _keep(commit, record)
    return conflicts


def _to_remove(commit: ObjectCommit) -> dict[str, int]:
    """Give what a commit removes besides documents, with its size (0: not known)."""
    named = {
        file_in_object(attributes.get("data_path"), commit.storage.url)
        for attributes in commit.working.now.values()
    }
    found: dict[str, int] = {}
    for payload in commit.working.payloads:
        if isinstance(payload, RemoveFilePayload):
            found[payload.target] = payload.size or 0
        elif isinstance(payload, DropPayload):
            found |= {key: 0 for key in payload.keys if key not in named}
    for element in commit.changes.removed:
        if element not in commit.changes.added and _has_children(commit, element):
            found |= dict.fromkeys(_below(commit, element), 0)
    return found


def _conflict(commit: ObjectCommit, file: FilePayload) -> FileConflict:
    url = commit.storage.url
    return FileConflict(url, file.element, file.target, MISSING, str(file), "another file")


def _has_children(commit: ObjectCommit, element: str) -> bool:
    return bool(commit.working.modo.hierarchy.children(element))


def _below(commit: ObjectCommit, element: str) -> Iterator[str]:
    own = f"data.zarr/{element}/zarr.json"
    for path in commit.storage.list(f"data.zarr/{element}"):
        if path.as_posix() != own:
            yield path.as_posix()


def _keep(commit: ObjectCommit, record: Record) -> None:
    """Take what will be removed into the journal, as far as there is room."""
    sizes = _to_remove(commit)
    record.removed = dict.fromkeys(sizes)
    left = KEPT_BYTES
    for path, size in sizes.items():
        if size > left:
            continue
        try:
            with commit.storage.open(path) as file:
                data = file.read(left + 1)
        except NotFoundError:
            del record.removed[path]  # gone already
            continue
        if len(data) > left:
            continue
        left -= len(data)
        record.removed[path] = base64.b64encode(data).decode()


def send_payloads(commit: ObjectCommit) -> None:
    """Put what comes with the metadata, chunks before the documents of their arrays."""
    for one in commit.working.payloads:
        if isinstance(one, FilePayload):
            _send_file(commit, one)
        elif isinstance(one, ArrayPayload):
            _send_keys(commit, one.element, one.keys)
        elif isinstance(one, CopyPayload):
            _copy(commit, one)
        elif isinstance(one, RestorePayload):
            _restore(commit, one)
        elif isinstance(one, DropPayload):
            for path in one.keys:
                if path.endswith("/zarr.json"):
                    node = path.removeprefix("data.zarr/").removesuffix("/zarr.json")
                    commit.documents[node] = None


def remove_planned(commit: ObjectCommit, record: Record) -> None:
    """Remove files and arrays, once the root says so: before, a failure could not undo it.

    What somebody put beside them since they were planned stays.
    """
    try:
        for path in sorted(record.removed, key=lambda key: not key.endswith("zarr.json")):
            commit.storage.delete(path)
    except (ModosError, OSError) as error:
        error.add_note("The metadata are stored; not all files that they named could be removed.")
        raise


def _send_file(commit: ObjectCommit, file: FilePayload) -> None:
    digest = hashlib.blake2b()

    def blocks() -> Iterator[bytes]:
        for block in file.blocks():
            digest.update(block)
            yield block
        if digest.hexdigest() != file.checksum:
            raise StorageError(
                f"{file.source} has changed since it was attached.", "Attach it anew."
            )

    if commit.unconditional:
        commit.storage.stream(blocks(), file.target)
        commit.sent.append(file.target)
        return
    note = partial(commit.note, file.target)
    try:
        commit.storage.stream(blocks(), file.target, exclusive=True, note=note)
    except ChangedError as error:  # somebody was faster
        raise conflict_error([_conflict(commit, file)]) from error


def _send_keys(commit: ObjectCommit, element: str, keys: Mapping[str, bytes]) -> None:
    jobs = []
    for key, data in keys.items():
        path = f"data.zarr/{element}/{key}"
        if not key.endswith("zarr.json"):
            jobs.append(lambda path=path, data=data: commit.store(path, data))
    commit.side_by_side(jobs)
    for key, data in keys.items():
        if key.endswith("zarr.json"):
            commit.store(f"data.zarr/{element}/{key}", data)
            node = f"{element}/{key}".removesuffix("/zarr.json")
            commit.documents[node] = json.loads(data)


def _copy(commit: ObjectCommit, copy: CopyPayload) -> None:
    base = f"data.zarr/{copy.source}/"
    for path in sorted(_below(commit, copy.source), key=lambda key: key.endswith("zarr.json")):
        target = f"data.zarr/{copy.element}/{path.removeprefix(base)}"
        data = commit.storage.read(path).data
        commit.store(target, data)
        if target.endswith("/zarr.json"):
            node = target.removeprefix("data.zarr/").removesuffix("/zarr.json")
            commit.documents[node] = json.loads(data)


def _restore(commit: ObjectCommit, restore: RestorePayload) -> None:
    for path in sorted(restore.keys, key=lambda key: key.endswith("zarr.json")):
        commit.store(path, restore.keys[path])
        if path.startswith("data.zarr/") and path.endswith("/zarr.json"):
            node = path.removeprefix("data.zarr/").removesuffix("/zarr.json")
            commit.documents[node] = json.loads(restore.keys[path])


def unsend(commit: ObjectCommit) -> None:
    """Take away what was put, when the commit failed; what somebody else put there stays."""
    for path, mark in reversed(commit.marks.items()):
        with suppress(ModosError, OSError):
            commit.storage.delete_marked(path, mark)
    for path in reversed(commit.sent):
        with suppress(ModosError, OSError):
            commit.storage.delete(path)
