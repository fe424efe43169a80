"""Requests that attach files to elements of a draft, and detach them."""

from __future__ import annotations

import posixpath
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ModosError, OptionError
from modos_widgets.headers import HEAD
from modos_widgets.modo import FilePayload, clean_file_name, measure_file
from modos_widgets.session import (
    error_text,
    head_of_file,
    indexes_beside,
    list_folder,
    uploads,
)
from modos_widgets.widgets.browser.wire import (
    AttachAnswer,
    AttachRequest,
    DetachRequest,
    ElementChoice,
    FileOffer,
    FileSource,
    FileToAttach,
    FolderAnswer,
    FolderRequest,
    FolderRow,
    OfferAnswer,
    OfferRequest,
)
from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from modos_widgets.modo import Draft, FileProposal, MeasuredFile, Modo
    from modos_widgets.session import Session

__all__ = ["Attaching"]

_MOST_AT_ONCE: Final = 100  # files
_MOST_ELEMENTS: Final = 5_000
_LONGEST_PATH: Final = 8_000


class Attaching:
    """Attaches files of the notebook server, of the object, and those that were uploaded.

    Parameters
    ----------
    session : Session
        The draft and the open object.
    changing : callable
        Returns a context manager within which the draft may be changed.
    server_files : callable
        Returns whether files of the notebook server can be chosen.
    """

    def __init__(
        self,
        session: Session,
        changing: Callable[[], AbstractContextManager[object]],
        server_files: Callable[[], bool],
    ) -> None:
        self._session = session
        self._changing = changing
        self._server_files = server_files

    def _edited(self) -> tuple[Draft, Modo]:
        draft, modo = self._session.draft, self._session.modo
        if draft is None or modo is None or self._session.drafted(modo.path) is None:
            raise OptionError("This object is not being edited.", "Choose Edit first.")
        return draft, modo

    # The notebook server

    @answers("server folder")
    def answer_folder(self, request: Request[FolderRequest]) -> FolderAnswer:
        """List a folder of the notebook server."""
        self._check_server_files()
        asked = str(request.payload["folder"])[:_LONGEST_PATH]
        folder = list_folder(asked, hidden=request.payload["hidden"] is True)
        rows = [
            FolderRow(entry.name, entry.is_folder, entry.size, entry.modified)
            for entry in folder.entries
        ]
        return {
            "path": folder.path,
            "parent": folder.parent,
            "rows": rows,
            "left_out": folder.left_out,
        }

    def _check_server_files(self) -> None:
        if not self._server_files():
            raise OptionError(
                "Files of the notebook server cannot be chosen here.", "Upload the file instead."
            )

    # Proposals

    @answers("offer files")
    def answer_offers(self, request: Request[OfferRequest]) -> OfferAnswer:
        """Propose how files could become part of the object."""
        draft, modo = self._edited()
        sources = request.payload["sources"][:_MOST_AT_ONCE]
        named: list[tuple[str, bytes]] = []
        sizes: list[int] = []
        problems: list[str] = []
        for source in sources:
            try:
                name, head, size = self._read(modo, source)
                clean_file_name(name)
                problem = ""
            except (ModosError, OSError) as error:
                name, head, size, problem = "file", b"", 0, " ".join(error_text(error))
            named.append((name, head))
            sizes.append(size)
            problems.append(problem)
        with self._changing():
            proposals = draft.propose_files(named, path=modo.path)
        offers = [
            self._offer(each, source, sources, size, problem)
            for each, source, size, problem in zip(proposals, sources, sizes, problems, strict=True)
        ]
        return {
            "files": offers,
            "elements": _elements(draft, modo),
            "classes": [
                name for name in draft.schema.classes if "data_path" in draft.schema.slots(name)
            ],
        }

    def _read(self, modo: Modo, source: FileSource) -> tuple[str, bytes, int]:
        """Return name, first bytes and size of a file."""
        place = str(source["place"])[:_LONGEST_PATH]
        if source["kind"] == "upload":
            upload = uploads().get(place)
            return upload.origin, upload.head(), upload.size
        if source["kind"] == "server":
            self._check_server_files()
            head, size = head_of_file(place)
            return PurePath(place).name, head, size
        with modo.storage.open(place) as file:
            head = file.read(HEAD)
            size = file.seek(0, 2)
        return posixpath.basename(place), head, size

    def _offer(
        self,
        proposal: FileProposal,
        source: FileSource,
        sources: list[FileSource],
        size: int,
        problem: str,
    ) -> FileOffer:
        place, stored = str(source["place"]), source["kind"] == "stored"
        notes: list[str] = []
        if proposal.index_of is not None and not _are_together(source, sources[proposal.index_of]):
            problem = problem or "An index file must come from the same folder as its data file."
        if proposal.renamed and not stored:
            notes.append("The name was changed so that every disk accepts it.")
        if proposal.is_numbered and not proposal.taken:
            notes.append("Another chosen file has this name, so it gets a number.")
        if proposal.mismatch:
            notes.append(f"The content looks like a {proposal.content} file, not like its name.")
        if proposal.unrecognized:
            notes.append("The content is not recognized. The format is that of the name.")
        if not size:
            notes.append("The file is empty.")
        return {
            "name": place if stored else proposal.name,
            "size": size,
            "class_name": proposal.class_name,
            "element": proposal.element,
            "format": proposal.format,
            "notes": notes,
            "taken": "" if stored else proposal.taken,
            "owner": "" if stored else proposal.owner,
            "index_of": proposal.index_of,
            "indexes": indexes_beside(place) if source["kind"] == "server" else [],
            "problem": problem,
        }

    # Changes of the draft

    @answers("attach files")
    def answer_attach(self, request: Request[AttachRequest]) -> AttachAnswer:
        """Attach all files as one step, or none."""
        draft, modo = self._edited()
        files = request.payload["files"][:_MOST_AT_ONCE]
        number = 0
        try:
            measured: list[MeasuredFile | None] = []
            for number, file in enumerate(files):  # noqa: B007 - used after an error
                measured.append(self._measure(file))  # may take minutes: not within the lock
            with self._changing(), draft.together():
                for number, file in enumerate(files):
                    self._attach(draft, modo, file, measured[number])
        except (ModosError, OSError) as error:
            problems = [""] * len(files)
            problems[number] = " ".join(error_text(error))
            return {"problems": problems}
        for file in files:
            if file["kind"] == "upload":
                for each in (str(file["place"]), *map(str, file["indexes"])):
                    uploads().get(each).use(draft)
        return {"problems": [""] * len(files)}

    def _measure(self, file: FileToAttach) -> MeasuredFile | None:
        """Read a file to attach, to compute its checksum; None for a file of the object."""
        place = str(file["place"])
        if file["kind"] == "stored":
            return None
        if file["kind"] == "upload":
            return measure_file(uploads().with_indexes(place, map(str, file["indexes"])))
        self._check_server_files()
        return measure_file(place)

    def _attach(
        self, draft: Draft, modo: Modo, file: FileToAttach, measured: MeasuredFile | None
    ) -> None:
        element = str(file["element"])
        class_name = str(file["class_name"])
        if class_name:
            element = draft.add((modo.path, element), {"@type": class_name})
        key = (modo.path, element)
        if any(
            isinstance(payload, FilePayload) and payload.element == element
            for payload in draft.attachments(modo.path)
        ):
            draft.detach(key, with_file=True)  # the stored file is still replaced
        if measured is None:
            draft.attach_stored(key, str(file["place"]))
        else:
            draft.attach(key, measured, name=str(file["name"]))
        slots = draft.schema.slots(draft.current(key, "@type"))
        found = str(file["format"])
        if found and "data_format" in slots and not draft.current(key, "data_format"):
            draft.set(key, "data_format", found)

    @answers("detach file")
    def answer_detach(self, request: Request[DetachRequest]) -> None:
        """Detach the file of an element, and remove it or keep it."""
        draft, modo = self._edited()
        with self._changing():
            draft.detach(
                (modo.path, str(request.payload["element"])),
                with_file=request.payload["remove"] is True,
            )


def _are_together(index: FileSource, data: FileSource) -> bool:
    """Return whether an index file comes from the same place as its data file."""
    if index["kind"] != data["kind"]:
        return False
    return index["kind"] == "upload" or (
        PurePath(str(index["place"])).parent == PurePath(str(data["place"])).parent
    )


def _elements(draft: Draft, modo: Modo) -> list[ElementChoice]:
    """Return the elements that can have a file: first those without one."""
    found = [
        ElementChoice(name, str(attributes.get("data_path") or "")[:500])
        for name, attributes in draft.elements(modo.path).items()
        if "data_path" in draft.schema.slots(attributes.get("@type"))
    ]
    found.sort(key=lambda choice: (bool(choice.file), choice.id))
    return found[:_MOST_ELEMENTS]
