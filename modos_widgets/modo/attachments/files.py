"""Files that a draft attaches, moves and removes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import AlreadyExistsError, PathError
from modos_widgets.modo.data_paths import (
    check_target,
    file_in_object,
    folders_of,
    index_names,
    indexed_names,
    moved_index,
)
from modos_widgets.modo.state.payloads import FilePayload, MovePayload, RemoveFilePayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload, PayloadChanges
    from modos_widgets.storage import FileEntry

__all__ = [
    "check_targets",
    "files_to_remove",
    "payloads_after_move",
    "payloads_with_files",
    "payloads_without_file",
    "removals",
    "retargeted",
    "stored_file",
    "stored_files",
    "unmoved_notes",
]


def check_targets(state: ObjectState, files: Iterable[FilePayload | MovePayload]) -> None:
    """Check that no other file of the object has, or gets, the name of one of these.

    Names that differ only in case or Unicode form are one file on some disks. A file and a folder
    of the same name cannot exist together on a disk.

    Raises
    ------
    AlreadyExistsError
        Another element names such a file, or this draft attaches it to another element, or the name
        is that of an index file of such a file.
    """
    for file in files:
        name = file.target
        indexed = () if file.index_of else indexed_names(name)
        names = (name, *indexed, *folders_of(name))
        found = (
            state.named_files.find(names, file.element)
            or state.named_files.find_below(name, file.element)
            or state.new_files.find(names, file.element)
            or state.new_files.find_below(name, file.element)
        )
        if found is not None:
            raise AlreadyExistsError(
                f"{file.target} cannot be a file of {file.element}: {found[1]} has the file "
                f"{found[0]}.",
                "Pass name= to give the file another name.",
            )


def payloads_with_files(
    state: ObjectState, element: str, files: Sequence[FilePayload], *, keep: bool
) -> tuple[PayloadChanges, list[Payload]]:
    """Return how the payloads change when files are attached to an element.

    The stored file of the element is removed with its index, unless `keep` is set.
    """
    targets = {file.target for file in files}
    replaced: PayloadChanges = {}
    removed: list[RemoveFilePayload] = []
    for number, payload in state.payloads_of(element).items():
        if isinstance(payload, FilePayload | MovePayload | RemoveFilePayload):
            replaced[number] = None
        if isinstance(payload, RemoveFilePayload):
            removed.append(payload)
    if not keep and not removed:
        path = stored_file(state, element)
        if path is not None and path not in targets:
            removed = [
                removal
                for removal in removals(state, element, path)
                if targets.isdisjoint((removal.target, *indexed_names(removal.target)))
            ]
    return replaced, [*([] if keep else removed), *files]


def payloads_without_file(
    state: ObjectState, element: str, *, remove: bool
) -> tuple[PayloadChanges, list[Payload]]:
    """Return how the payloads change when the file of an element is detached.

    A file that the draft attached is left out. The stored file is removed with its index if
    `remove` is set, unless another element names it.
    """
    own = state.payloads_of(element)
    kinds = FilePayload | MovePayload | RemoveFilePayload
    replaced: PayloadChanges = {
        number: None
        for number, payload in own.items()
        if isinstance(payload, kinds) and not (remove and isinstance(payload, RemoveFilePayload))
    }
    removes = any(isinstance(payload, RemoveFilePayload) for payload in own.values())
    path = stored_file(state, element) if remove and not removes else None
    return replaced, [] if path is None else list(removals(state, element, path))


def payloads_after_move(
    state: ObjectState, element: str, before: object
) -> tuple[PayloadChanges, list[Payload]]:
    """Return how the payloads change when the ``data_path`` of an element is changed.

    The file of the element follows with its index. A stored file is moved, unless the new name is
    taken (see `unmoved_notes`).

    Raises
    ------
    AlreadyExistsError
        This draft attaches the file, which cannot have the new name.
    """
    path = file_in_object(state.now[element].get("data_path"), state.path)
    old = file_in_object(before, state.path)
    if path == old:
        return {}, []
    mine = state.payloads_of(element)
    attached = {
        number: payload for number, payload in mine.items() if isinstance(payload, FilePayload)
    }
    if attached:
        obstacle = _obstacle(state, element, path) if path else "It is not a path in the object."
        if obstacle or path is None:
            raise AlreadyExistsError(
                f"The attached file {old} of {element} cannot be renamed to "
                f"{state.now[element].get('data_path')!r:.80}. {obstacle}",
                "Choose another name, or undo the attach.",
            )
        return {
            number: retargeted(payload, payload.index_of or payload.target, path)
            for number, payload in attached.items()
        }, []
    replaced: PayloadChanges = {
        number: None for number, payload in mine.items() if isinstance(payload, MovePayload)
    }
    stored = _stored(state, element, old)
    if stored is None or _in_archive(stored) or not state.files or path in {None, stored}:
        return replaced, []
    return replaced, list(_moves(state, element, stored, path))


def retargeted(
    file: FilePayload | MovePayload, target: str, other: str
) -> FilePayload | MovePayload:
    """Return the payload of a file, or of its index file, with another target."""
    if not file.index_of:
        return replace(file, target=other)
    return replace(file, target=moved_index(file.target, target, other), index_of=other)


def _moves(state: ObjectState, element: str, source: str, target: str) -> Iterator[MovePayload]:
    """Yield the moves of a stored file, or of the files in a folder, and of its index."""
    if _obstacle(state, element, target):
        return
    for entry in stored_files(state, element, source):
        if entry.name == source or entry.name.startswith(f"{source}/"):
            name, index_of = target + entry.name.removeprefix(source), ""
        else:
            name, index_of = moved_index(entry.name, source, target), target
        if name not in state.files:
            yield MovePayload(element, name, entry.name, entry.size, index_of, entry.version)


def _in_archive(path: str) -> bool:
    return path.partition("/")[0] == ARCHIVE


def _obstacle(state: ObjectState, element: str, target: str) -> str:
    """Return why a file cannot be moved to a name; empty if it can."""
    probe = MovePayload(element, target, "", 0)
    try:
        check_target(target)
        check_targets(state, [probe])
    except (PathError, AlreadyExistsError) as error:
        return error.message
    if target in state.files or state.files_below(target):
        return f"The object has the file {target}."
    return ""


def unmoved_notes(state: ObjectState) -> Iterator[str]:
    """Yield notes on elements whose ``data_path`` changes, but whose file is not moved."""
    if not state.is_listed:
        return
    for element in state.touched:
        base, attributes = state.base.get(element), state.now.get(element)
        if base is None or attributes is None:
            continue
        path = file_in_object(attributes.get("data_path"), state.path)
        old = file_in_object(base.get("data_path"), state.path)
        if old in {None, path} or old is None or _in_archive(old):
            continue
        if any(
            isinstance(payload, FilePayload | MovePayload | RemoveFilePayload)
            for payload in state.payloads_of(element).values()
        ):
            continue
        if stored_files(state, element, old):
            why = "" if path is None else _obstacle(state, element, path)
            yield f"{old} is not moved, and {element} no longer names it. {why}".strip()
            continue
        others = [other for other in state.named_files.elements(old) if other != element]
        exists = path is None or path in state.files or state.files_below(path)
        if others and not exists:
            yield f"{old} is not moved, because {others[0]} names it: there is no file {path}."


def stored_file(state: ObjectState, element: str) -> str | None:
    """Return the stored file of an element, by its name before the draft moves it."""
    path = file_in_object(state.now[element].get("data_path"), state.path)
    return _stored(state, element, path)


def _stored(state: ObjectState, element: str, path: str | None) -> str | None:
    for payload in state.payloads_of(element).values():
        if isinstance(payload, MovePayload) and not payload.index_of:
            return payload.source
    base = state.base.get(element)
    if base is not None:
        return path if path == file_in_object(base.get("data_path"), state.path) else None
    if path is None:
        return None
    return path if any(state.stored_files.elements(path)) else None  # The element was renamed.


def files_to_remove(state: ObjectState, element: str) -> tuple[RemoveFilePayload, ...]:
    """Return the removals of the file of an element, or the files in its folder, and its index.

    Files that other elements name are kept. Network use: lists the object's files once.
    """
    before = tuple(
        replace(payload, element=f"{element} (file)")
        for payload in state.payloads_of(element).values()
        if isinstance(payload, RemoveFilePayload)
    )
    path = stored_file(state, element)
    if path is None:
        path = file_in_object(state.now[element].get("data_path"), state.path)
    if path is None:
        return before
    removed = (
        replace(removal, element=f"{element} (file)") for removal in removals(state, element, path)
    )
    return (*before, *removed)


def removals(state: ObjectState, element: str, path: str) -> list[RemoveFilePayload]:
    """Return the removals of a file of an element, or the files in its folder, and its index.

    Files that other elements name are kept, with their index files.
    """
    return [
        RemoveFilePayload(element, entry.name, entry.size, entry.version)
        for entry in stored_files(state, element, path)
    ]


def stored_files(state: ObjectState, element: str, path: str) -> list[FileEntry]:
    """Return the stored entries of a file, or the files in a folder, and its index.

    Files that other elements name are left out.
    """

    def is_others(*names: str) -> bool:
        return any(other != element for name in names for other in state.named_files.elements(name))

    if is_others(path):
        return []
    own = dict.fromkeys((path, *index_names(path), *state.files_below(path)))
    return [
        state.files[name]
        for name in own
        if name in state.files
        and not is_others(name)
        and (name == path or not is_others(*indexed_names(name)))
    ]
