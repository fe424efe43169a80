"""Proposals of how files become part of an object; nothing is changed here."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modos_widgets.modo.attachments.file_kinds import kind_of_file
from modos_widgets.modo.attachments.file_names import clean_file_name, free_file_name, stem_of
from modos_widgets.modo.data_paths import file_in_object, indexed_names
from modos_widgets.modo.draft.new_elements import IdProposals
from modos_widgets.modo.similar_names import fold
from modos_widgets.modo.state.payloads import FilePayload, MovePayload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["FileProposal", "propose_files"]


@dataclass(frozen=True)
class FileProposal:
    """How a file could become part of an object.

    Attributes
    ----------
    name : str
        A free name of the file in the object.
    class_name : str
        Class of a new element for it.
    element : str
        A free id of a new element; empty for an index file.
    format : str
        Its DataFormat; empty if the schema has none for it.
    content : str
        The format that its first bytes show; empty if they show none.
    mismatch : bool
        Whether its name promises another format than its content shows.
    unrecognized : bool
        Whether its content is not recognized, though that of files with such a name usually is.
    is_numbered : bool
        Whether the name got a number, because another file has the name.
    renamed : bool
        Whether the name was changed so that every disk accepts it.
    taken : str
        The name that it would have, if a file of the object or of this draft has that name;
        empty otherwise.
    owner : str
        The element that names that file; empty if there is none.
    index_of : int or None
        Number of the data file among the passed files, if it is the index of one of them.
    """

    name: str
    class_name: str
    element: str
    format: str
    content: str = ""
    mismatch: bool = False
    unrecognized: bool = False
    is_numbered: bool = False
    renamed: bool = False
    taken: str = ""
    owner: str = ""
    index_of: int | None = None


def propose_files(
    state: ObjectState, files: Iterable[tuple[str, bytes]], schema: Schema
) -> list[FileProposal]:
    """Propose a name, a class and an id for each of several files.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    files : iterable of (str, bytes)
        Name and first bytes of each file.
    schema : Schema
        The classes.

    Returns
    -------
    list of FileProposal
        In the same order.

    Raises
    ------
    PathError
        No file of an object can have one of the names.
    CredentialsError, EndpointError, StorageError
        The files of the object cannot be listed.
    """
    listed = list(files)
    cleaned = [clean_file_name(name) for name, _ in listed]
    taken = _taken(state)
    known = set(taken)
    ids = IdProposals(state, schema)
    found: list[FileProposal] = []
    places = {name: number for number, name in reversed(list(enumerate(cleaned)))}
    for number, (wanted, (name, head)) in enumerate(zip(cleaned, listed, strict=True)):
        data_files = (places[each] for each in indexed_names(wanted) if each in places)
        index_of = next((each for each in data_files if each != number), None)
        renamed = wanted != posixpath.basename(name)
        if index_of is not None:
            found.append(
                FileProposal(wanted, "DataEntity", "", "", renamed=renamed, index_of=index_of)
            )
            continue
        kind = kind_of_file(name, head)
        free = free_file_name(wanted, known)
        known.add(fold(free))
        [element] = [ids.propose(stem_of(wanted), kind.class_name)]
        found.append(
            FileProposal(
                free,
                kind.class_name,
                element,
                kind.format,
                kind.content,
                kind.mismatch,
                kind.unrecognized,
                free != wanted,
                renamed,
                taken=wanted if fold(wanted) in taken else "",
                owner=taken.get(fold(wanted), ""),
            )
        )
    return found


def _taken(state: ObjectState) -> dict[str, str]:
    """Return the folded names of all files, each with an element that names it, or ''."""
    taken = {fold(name): "" for name in state.files}
    for payload in state.payloads:
        if isinstance(payload, FilePayload | MovePayload):
            taken[fold(payload.target)] = payload.element
    for element, attributes in state.now.items():
        path = file_in_object(attributes.get("data_path"), state.path)
        if path is not None and element != state.root:
            taken[fold(path)] = element
    return taken
