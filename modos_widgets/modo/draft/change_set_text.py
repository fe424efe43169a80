"""Write a change set as text, and read one.

A change set comes from someone else and is not trusted. Everything in it must be a change that a
draft of this object could make, and is shown in the diff. Files of this computer are only read
from the folder that the user names.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import shown_address
from modos_widgets.errors import (
    ArgumentError,
    NotFoundError,
    OptionError,
    PathError,
    StorageError,
)
from modos_widgets.json_text import parse_json
from modos_widgets.modo.attachments.arrays import check_free
from modos_widgets.modo.attachments.diff import files_to_dict
from modos_widgets.modo.attachments.files import check_targets
from modos_widgets.modo.attachments.sources import measure
from modos_widgets.modo.change_set import ChangeSet
from modos_widgets.modo.data_paths import check_target, file_in_object, indexed_names, is_named
from modos_widgets.modo.similar_names import fold
from modos_widgets.modo.state.element_ids import new_id
from modos_widgets.modo.state.object_state import find_state
from modos_widgets.modo.state.payloads import (
    CopyPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
)
from modos_widgets.modo.values import as_json
from modos_widgets.storage import absolute_folder, child_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload

__all__ = [
    "LARGEST",
    "apply_change_sets",
    "paths_in_change_set",
    "read_change_set",
    "write_change_set",
]

KINDS = ("put", "copy", "move", "remove")
CHECKSUM = re.compile(r"[0-9a-f]{128}\Z")
REMOVED = " (file)"
PARTS = 2
"""Parts of an element's id: its group and its name."""
HINT = "Ask its author for the result of Draft.to_json."

FORMAT = "modos_widgets.changes"
VERSION = 1
LARGEST = 64 * 1024 * 1024
"""Maximum number of characters of a change set."""


def write_change_set(states: Iterable[ObjectState]) -> str:
    """Return the changes of objects as text (see `Draft.to_json`)."""
    objects = [
        {**state.changes().to_dict(), "files": files_to_dict(state)}
        for state in states
        if state.changed
    ]
    text = json.dumps({"format": FORMAT, "version": VERSION, "objects": objects}, indent=2)
    if len(text) > LARGEST:
        raise OptionError(_too_large(len(text)), "Propose the changes in several parts.")
    return text


def paths_in_change_set(text: str) -> tuple[str, ...]:
    """Return the paths of the objects of a change set (see `Draft.objects_in_json`)."""
    return tuple(ChangeSet.from_dict(entry).path for entry in _objects_of(text))


def _too_large(size: int) -> str:
    return f"A change set has at most {LARGEST // 2**20} MiB, this one has {size / 2**20:,.0f} MiB."


def _objects_of(text: str) -> list[Any]:
    if not isinstance(text, str):
        raise ArgumentError.expected("a str", text, name="text")
    if len(text) > LARGEST:
        raise OptionError(_too_large(len(text)), "Ask its author for several smaller ones.")
    try:
        data = parse_json(text)
        objects = list(data["objects"])
        known = data["format"] == FORMAT and data["version"] == VERSION
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise OptionError(
            "This is not a change set.",
            "Use the result of Draft.to_json, or a file saved with “Download changes”.",
        ) from error
    if not known:
        raise OptionError(
            "This change set has another version.", "Create it again with Draft.to_json."
        )
    return objects


def read_change_set(
    text: str,
    states: Mapping[str, ObjectState],
    schema: Schema,
    files_from: str | os.PathLike[str] | None,
) -> None:
    """Apply a change set to states without changes (see `Draft.from_json`).

    It is checked completely before any file is read.
    """
    objects = _objects_of(text)
    received: dict[str, tuple[ChangeSet, list[FileChange]]] = {}
    for entry in objects:
        changes = ChangeSet.from_dict(entry)
        single = len(objects) == 1 and len(states) == 1
        state = find_state(states, next(iter(states)) if single else changes.path)
        if state.path in received:
            raise OptionError(f"This change set contains {state.path} twice.", HINT)
        check_changes(state, changes)
        received[state.path] = changes, file_changes(entry.get("files", []))
    for path, (changes, files) in received.items():
        state = states[path]
        stored = tuple(state.base)
        state.rebase(changes)
        check_files(state, changes, files, stored, schema)
    for path, (_, files) in received.items():
        state = states[path]
        put_files(state, files, files_from)


def apply_change_sets(
    changes: Iterable[ChangeSet], states: Mapping[str, ObjectState], schema: Schema
) -> None:
    """Apply change sets without files to states without changes (see `Draft.propose`)."""
    for entry in changes:
        state = find_state(states, entry.path)
        check_changes(state, entry)
        stored = tuple(state.base)
        state.rebase(entry)
        check_files(state, entry, [], stored, schema)


@dataclass(frozen=True)
class FileChange:
    """A change of one file, or of the arrays of one element, in a change set.

    Attributes
    ----------
    kind : str
        ``"put"``, ``"copy"`` (arrays), ``"move"`` or ``"remove"``.
    name : str
        Name of the file in the object after the change, or of the file to remove; for arrays, the
        old id of their element.
    element : str
        The element that it belongs to.
    source : str
        For a file to add, its path on the author's computer; for one to move, its old name.
    checksum : str
        BLAKE2b of a file to add.
    size : int or None
        Bytes; None if unknown.
    """

    kind: str
    name: str
    element: str
    source: str = ""
    checksum: str = ""
    size: int | None = None


def file_changes(entries: Any) -> list[FileChange]:
    """Parse the entries of files in a change set; touches no storage.

    Raises
    ------
    OptionError
        A draft cannot create such an entry.
    PathError
        A file of an object cannot have such a name.
    """
    if not isinstance(entries, list):
        raise OptionError("The files of this change set are not a list.", HINT)
    found = [_file_change(entry) for entry in entries]
    keys: set[tuple[bool, str]] = set()
    for entry in found:
        # Names of files, and elements whose arrays are copied, must be unique.
        key = (entry.kind == "copy", fold(entry.element if entry.kind == "copy" else entry.name))
        if key in keys:
            raise OptionError(f"This change set has two entries for {entry.name:.80}.", HINT)
        keys.add(key)
    return found


def _file_change(entry: Any) -> FileChange:
    kinds = [kind for kind in KINDS if isinstance(entry, dict) and kind in entry]
    if len(kinds) != 1:
        raise OptionError("This change set has an unknown kind of entry for a file.", HINT)
    kind = kinds[0]
    name = entry[kind]
    texts = [name, entry.get("element"), *(entry.get(more) for more in _NEEDED[kind])]
    if not all(isinstance(text, str) and text for text in texts):
        raise OptionError(f"An entry {kind!r} of this change set is incomplete.", HINT)
    size = entry.get("size")
    if not (size is None or (type(size) is int and size >= 0)):
        raise OptionError(f"The size of {name:.80} is not a number of bytes.", HINT)
    source = entry.get("source", "")
    if kind == "move":
        name, source = check_target(entry["to"]), check_target(name)
    elif kind != "copy":
        name = check_target(name)
    checksum = entry.get("checksum", "") if kind == "put" else ""
    if kind == "put" and not CHECKSUM.match(checksum):
        raise OptionError(f"The checksum of {name:.80} is not a BLAKE2b digest.", HINT)
    return FileChange(kind, name, entry["element"], source, checksum, size)


_NEEDED = {"put": ("source", "checksum"), "copy": (), "move": ("to",), "remove": ()}


def check_changes(state: ObjectState, changes: ChangeSet) -> None:
    """Check the elements and slots of a change set before it is applied; touches no storage.

    Raises
    ------
    OptionError
        A name in it is not that of an element, or an element is both changed and added or removed.
    """
    cells = {state.root if name == changes.root else name for name in changes.cells}
    others = changes.added.keys() | changes.removed.keys()
    for element in (cells | others) - {state.root}:
        parts = element.split("/")
        if element not in state.base and (len(parts) != PARTS or not all(map(child_name, parts))):
            raise OptionError(f"{element!r:.80} is not an element of an object.", HINT)
    if {state.root, changes.root} & others:
        raise OptionError("This change set adds or removes the object itself.", HINT)
    both = cells & others
    if both:
        raise OptionError(
            f"This change set both changes and adds or removes {min(both):.80}.", HINT
        )
    slots = [slot for cells in changes.cells.values() for slot in cells]
    slots += [slot for attributes in changes.added.values() for slot in attributes]
    for slot in slots:
        if not isinstance(slot, str) or not slot:
            raise OptionError("This change set has an attribute without a name.", HINT)
        as_json(slot, name="slot")


def check_files(
    state: ObjectState,
    changes: ChangeSet,
    files: Sequence[FileChange],
    stored: Iterable[str],
    schema: Schema,
) -> None:
    """Check the new elements and the files of an applied change set; touches no storage.

    Parameters
    ----------
    state : ObjectState
        The object, with the changes of the change set.
    changes : ChangeSet
        The changes.
    files : sequence of FileChange
        The changes of files.
    stored : iterable of str
        The elements that the object has.
    schema : Schema
        The classes.

    Raises
    ------
    OptionError
        The files contradict the metadata.
    PathError, AlreadyExistsError
        An element cannot have such an id.
    """
    known = set(stored)
    for element, attributes in changes.added.items():
        if element not in known:
            if new_id(element, attributes, state.ids, schema, besides=element) != element:
                kind = attributes.get("@type")
                raise OptionError(f"{element!r:.80} is not an id for the class {kind}.", HINT)
            check_free(state, element)
    named = {
        path: element
        for element, attributes in state.now.items()
        if (path := file_in_object(attributes.get("data_path"), state.path)) is not None
    }
    for file in files:
        problem = _contradiction(state, changes, file, files, named)
        if problem:
            raise OptionError(f"This change set is inconsistent: {problem}.", HINT)


def _contradiction(
    state: ObjectState,
    changes: ChangeSet,
    file: FileChange,
    files: Sequence[FileChange],
    named: dict[str, str],
) -> str:
    """Return how an entry contradicts the rest; empty if it does not."""
    element = file.element.removesuffix(REMOVED) if file.kind == "remove" else file.element
    if file.kind == "copy":
        renamed = file.name in changes.removed and file.name not in state.now
        valid = renamed and element in changes.added and element in state.now
        return "" if valid else f"{element:.80} is not the new id of {file.name:.80}"
    removed = {"remove": file.name, "move": file.source}.get(file.kind, "")
    by = is_named(removed, named)
    if by:
        return f"{removed:.80} is removed, and {by:.80} names it"
    if element not in state.now and (file.kind != "remove" or element not in state.base):
        return f"{file.name:.80} belongs to {element:.80}, which does not exist"
    return "" if file.kind == "remove" else _misnamed(state, file, files)


def _misnamed(state: ObjectState, file: FileChange, files: Sequence[FileChange]) -> str:
    """Return how a file differs from what its element names; empty if it does not."""
    attributes = state.now[file.element]
    path = file_in_object(attributes.get("data_path"), state.path)
    own = [other for other in files if (other.element, other.kind) == (file.element, file.kind)]
    if file.name == path:
        stated = attributes.get("data_checksum")
        other = isinstance(stated, str) and stated.lower() != file.checksum
        if file.kind == "put" and other:
            return f"{file.element:.80} states another checksum of {file.name:.80}"
        return ""
    index = path in indexed_names(file.name) and any(other.name == path for other in own)
    within = file.kind == "move" and path is not None and file.name.startswith(f"{path}/")
    return "" if index or within else f"{file.element:.80} does not name {file.name:.80}"


def put_files(
    state: ObjectState, files: Sequence[FileChange], files_from: str | os.PathLike[str] | None
) -> None:
    """Put the payloads of a change set that was checked into the state of its object.

    Reads the files to add from `files_from`. Network use: if files are moved or removed, lists the
    object's files once.
    """
    put = [file for file in files if file.kind == "put"]
    if put and files_from is None:
        raise OptionError(
            f"This change set adds files of its author's computer: {put[0].source:.200}"
            + (f" and {len(put) - 1:,} more." if len(put) > 1 else "."),
            "Pass the folder of these files as files_from=.",
        )
    found: list[Payload] = []
    for file in files:
        if file.kind == "copy":
            found.append(CopyPayload(file.element, file.name))
        elif file.kind == "remove":
            found += _removal(state, file)
    state.payloads = tuple(found)
    of_element: dict[str, list[FileChange]] = {}
    for file in files:
        if file.kind in {"put", "move"}:
            of_element.setdefault(file.element, []).append(file)
    for element, own in of_element.items():
        coming: list[FilePayload | MovePayload] = []
        path = file_in_object(state.now[element].get("data_path"), state.path)
        for file in own:
            index_of = path if path in indexed_names(file.name) and path is not None else ""
            if file.kind == "put":
                coming.append(_file(file, index_of, absolute_folder(files_from)))
            else:
                coming.append(_move(state, file, index_of))
        check_targets(state, coming)
        state.put_payloads({}, coming)


def _removal(state: ObjectState, file: FileChange) -> Iterator[RemoveFilePayload]:
    entry = state.files.get(file.name)
    if entry is None:
        return  # The file is already removed.
    _check_size(file, entry.size)
    yield RemoveFilePayload(file.element, file.name, entry.size, entry.version)


def _move(state: ObjectState, file: FileChange, index_of: str) -> MovePayload:
    entry = state.files.get(file.source)
    if entry is None:
        raise NotFoundError(
            f"The object has no file {file.source:.80}, which the change set moves.",
            "Ask its author for a new change set.",
        )
    _check_size(file, entry.size)
    return MovePayload(file.element, file.name, file.source, entry.size, index_of, entry.version)


def _file(file: FileChange, index_of: str, folder: Path) -> FilePayload:
    if file.source.startswith("s3://"):
        raise OptionError(
            f"{shown_address(file.source)} is on S3, and a change set cannot read from S3.",
            "Attach the file to your own draft.",
        )
    opened = partial(open_within, folder, file.source)
    size, checksum = measure(opened)
    _check_size(file, size)
    if checksum != file.checksum:
        raise _another(file.source)
    return FilePayload(file.element, file.name, file.source, size, checksum, opened, index_of)


def _check_size(file: FileChange, size: int) -> None:
    if file.size is not None and file.size != size:
        raise _another(file.source or file.name)


def _another(name: str) -> StorageError:
    return StorageError(
        f"{name:.200} has another size or checksum than the change set states.",
        "Ask its author for the file, or attach your own file.",
    )


def open_within(folder: Path, source: str) -> BinaryIO:
    """Open a regular file in a folder, also after following links; does not wait for pipes.

    Raises
    ------
    NotFoundError
        There is no such file.
    PathError
        It is outside the folder, or is not a regular file.
    """
    try:
        top = folder.resolve(strict=True)
        place = (top / source).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotFoundError(
            f"No file at {source:.200}.", "Pass its folder as files_from=."
        ) from error
    if not place.is_relative_to(top):
        raise PathError(
            f"{source:.200} is not in {folder}, so it is not read.",
            "Copy the file there, or pass its folder as files_from=.",
        )
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(place, flags)
    except OSError as error:
        raise NotFoundError(f"{source:.200} cannot be opened.", "Check the file.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PathError(f"{source:.200} is not a regular file.", "Attach a regular file.")
    return os.fdopen(descriptor, "rb")
