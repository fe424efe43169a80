"""Messages that `Browser` exchanges with its browser half.

``make wire`` writes ``js/browser/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip, SessionProblem

Tab = Literal["metadata", "files", "preview", "region", "history", "code", "transfer"]

BrowserView = Literal["overview", "object"]
"""All objects, or the open one."""


class Marks(NamedTuple):
    """Paths of marked objects."""

    recent: list[str]
    favourites: list[str]


class Shown(TypedDict):
    """The session."""

    place: str
    folder: bool
    can_list: bool
    listing: bool
    listed: bool
    opening: str | None
    object: str | None
    selected: str | None
    name: str
    """Name of the open object, for people."""
    id: str
    preparing: bool
    """Whether objects are being opened for editing."""
    question: str
    """Action that would lose unsaved changes and waits for an answer; else empty."""
    deleted: DeletedShown | None
    """Object that was deleted last."""
    region: str
    """Element or file whose regions can be shown; else empty."""
    objects: int
    """Identity of the list of objects; 0 if it is empty."""
    marks: Marks
    signed_in: bool
    signing_in: bool
    asked_above: bool
    """Whether the panel of the login has a Retry button."""
    problem: SessionProblem | None


class DeletedShown(TypedDict):
    """A deleted object."""

    id: str
    path: str
    """Path of its files."""
    left: int
    """Number of files that stay at the original path."""


class ObjectRow(NamedTuple):
    """An object of the list."""

    path: str
    prefix: int
    """Index of its prefix."""
    name: str
    id: str | None
    elements: int | None


class ObjectsAnswer(TypedDict):
    """The list of objects."""

    prefixes: list[str]
    rows: list[ObjectRow]


class HintsAnswer(TypedDict):
    """Whether the hints for first use are shown."""

    show: bool


class PathRequest(TypedDict):
    """An object, a node or a file."""

    path: str


class ViewRequest(TypedDict):
    """A view of a file."""

    view: str


class FileView(TypedDict):
    """What is shown of a file: a table, a text, an image, or what it says about itself."""

    view: str
    """Key, by which more is read."""
    kind: str
    """One of "table", "text", "image", "genome", "binary" or "empty"."""
    summary: str
    note: str
    comments: list[str]
    """Lines before the table."""
    columns: list[str]
    hidden_columns: int
    """Number of columns that are left out."""
    rows: list[list[str]]
    """The rows that were read now."""
    lines: list[str]
    """The lines that were read now."""
    has_more: bool
    media: str
    """Media type of an image that can be shown; else empty."""
    has_regions: bool
    """Whether regions of it can be shown, if it has an index."""


class OpenRequest(PathRequest):
    """An object to open."""

    select: NotRequired[str]
    """Element to select in it."""


class FavourRequest(PathRequest):
    """Whether an object is a favourite."""

    favourite: bool


class EditState(TypedDict):
    """The draft."""

    editing: bool
    paths: list[str]
    """Objects that are being edited."""
    changes: int
    changed_objects: int
    errors: int
    proposing: bool
    """Whether the changes are passed on as a file, not committed."""
    revision: int
    """Number of changes so far, which panels follow."""
    files: int
    """The same for files."""
    classes: dict[str, str]
    """Class of a new element, by group."""


class EditRequest(TypedDict):
    """The objects to edit; the open one if there are none."""

    paths: NotRequired[list[str]]
    propose: NotRequired[bool]


class EditAnswer(TypedDict):
    """Why the objects cannot be changed, or ''."""

    read_only: str


class PlacesAnswer(TypedDict):
    """Where a new object can be, and which objects it can be like."""

    places: list[str]
    """Suggestions, the best first."""
    objects: list[tuple[str, str]]
    """Path and name, the open one first."""


class NewObjectRequest(TypedDict):
    """The fields of a new object."""

    place: str
    id: str
    name: str
    description: str
    like: str
    """Path of another object whose structure is copied; else empty."""


class NewObjectAnswer(TypedDict):
    """What is wrong, by field; nothing if there is no problem."""

    path: str
    """Path of the object."""
    problems: dict[str, str]
    notes: dict[str, str]


class DescribeRequest(TypedDict):
    """The folder of files, and the object that they are added to."""

    source: str
    object: str
    """Path of the object; '' if the folder itself becomes the object."""


class DescribeAnswer(TypedDict):
    """What is wrong, by field; nothing if there is no problem."""

    problems: dict[str, str]


class DeleteRequest(TypedDict):
    """The id of the open object, as typed."""

    typed: str


class OpenProposalRequest(TypedDict):
    """A file that was sent, or one of the kernel's computer."""

    upload: NotRequired[str]
    """Identifier of the upload of the file."""
    path: NotRequired[str]
    files_from: NotRequired[str]
    """Folder of the files that the changes attach."""


class ElementRow(NamedTuple):
    """An attribute; with a draft, its value before, if it has changed."""

    slot: str
    value: str | None
    before: str | None
    changed: bool
    source: str = ""
    """The file that says so, or ''."""


class ElementAnswer(TypedDict):
    """The metadata of an element."""

    element: str
    state: Literal["", "new", "removed"]
    """What the draft does to it."""
    rows: list[ElementRow]
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""


class TextAnswer(TypedDict):
    """A text for the clipboard."""

    text: str


class FileRow(NamedTuple):
    """A file of the object."""

    path: str
    size: int
    named_by: str
    whole: str
    """Its path together with the object's."""
    state: Literal["", "new", "removed"]
    """What the draft does to it."""


class FilesAnswer(TypedDict):
    """The first files, and the number and size of all."""

    rows: list[FileRow]
    count: int
    total: int


class FileCheckProgress(TypedDict):
    """Files whose headers were read."""

    done: int
    total: int


class FileProblem(NamedTuple):
    """A finding in a file."""

    severity: Literal["error", "warning", "note"]
    text: str


class CheckedFileRow(NamedTuple):
    """What the content of a file is, and where it disagrees with the metadata."""

    path: str
    summary: str
    problems: list[FileProblem]


class FileCheckAnswer(TypedDict):
    """Result of a check of the files."""

    rows: list[CheckedFileRow]
    others: list[FileProblem]
    """Problems of elements without a file."""
    text: str
    """Numbers of problems by severity."""


class DownloadProgress(TypedDict):
    """Bytes that were copied."""

    done: int


class DownloadAnswer(TypedDict):
    """Where the file was saved."""

    path: str


class CodeAnswer(TypedDict):
    """Code that reads a file."""

    code: str


class FolderRequest(TypedDict):
    """A folder of the notebook server; '' for the working folder of the kernel."""

    folder: str
    hidden: bool
    """Whether to list hidden files."""


class FolderRow(NamedTuple):
    """A folder or file of the notebook server."""

    name: str
    is_folder: bool
    size: int
    modified: float
    """Seconds since 1970."""


class FolderAnswer(TypedDict):
    """A folder of the notebook server."""

    path: str
    parent: str
    """'' for the root of the disk."""
    rows: list[FolderRow]
    left_out: int
    """Number of further entries."""


class FileSource(TypedDict):
    """Where a file to attach is."""

    kind: Literal["upload", "server", "stored"]
    place: str
    """Identifier of the upload, path on the server, or path in the object."""


class OfferRequest(TypedDict):
    """The files to attach."""

    sources: list[FileSource]


class FileOffer(TypedDict):
    """How a file could become part of the object."""

    name: str
    """A free name in the object."""
    size: int
    class_name: str
    element: str
    """Id of a new element."""
    format: str
    notes: list[str]
    taken: str
    """Its own name, if a file of the object has that name; else ''."""
    owner: str
    """The element of that file."""
    index_of: int | None
    """The place of its data file in the request, if it is the index of one."""
    indexes: list[str]
    """Names of index files beside it, which are attached with it."""
    problem: str
    """Why it cannot be attached, or ''."""


class ElementChoice(NamedTuple):
    """An element that can have a file."""

    id: str
    file: str
    """The file that it has; ''."""


class OfferAnswer(TypedDict):
    """Proposals for files, and what they can be attached to."""

    files: list[FileOffer]
    elements: list[ElementChoice]
    classes: list[str]
    """Classes of new elements that can have a file."""


class FileToAttach(FileSource):
    """A file, and the element that gets it."""

    name: str
    element: str
    class_name: str
    """Class of a new element; '' for an existing one."""
    format: str
    indexes: list[str]
    """Uploads that are its index files."""


class AttachRequest(TypedDict):
    """The files to attach."""

    files: list[FileToAttach]


class AttachAnswer(TypedDict):
    """What is wrong with each file; nothing is attached unless all texts are empty."""

    problems: list[str]


class DetachRequest(TypedDict):
    """The element whose file is detached."""

    element: str
    remove: bool
    """Whether the commit removes the file."""


class SaveAnswer(TypedDict):
    """A file of the object that the page reads in pieces."""

    download: str
    """Its identifier."""
    size: int
    piece: int
    """Bytes of a piece."""


class SaveKey(TypedDict):
    """A file that the page reads in pieces."""

    download: str


class SavePieceRequest(SaveKey):
    """A piece of a file."""

    offset: int


class PageRequest(TypedDict):
    """Objects to save as a page."""

    paths: list[str]
    """The objects; what is open, with its changes, if there are none."""


class PageOffer(TypedDict):
    """A name for the page, and what it will contain."""

    name: str
    objects: int
    changes: int
    server_files: bool
    """Whether it can be written on the computer of the kernel."""


class SavePageRequest(PageRequest):
    """A page to write."""

    name: str
    """Path of the file on the computer of the kernel; of a download, its name."""
    findings: bool
    previews: bool
    download: bool
    overwrite: bool


class SavePageProgress(TypedDict):
    """Objects that were read."""

    done: int
    total: int


class PageSaved(TypedDict):
    """A page that was written."""

    place: str
    """Its path, or the name of the download."""
    exists: bool
    """Whether nothing was written, because the file exists."""
    size: int
    piece: int
    """Bytes of a piece of a download."""
    failed: int
    """Number of objects that could not be read."""


class PagePieceRequest(TypedDict):
    """A piece of a download."""

    offset: int


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    height: str
    tab: Tab
    view: BrowserView
    server_files: bool
    _shown: Shown
    _edit: EditState
    _picker: str
    _login: str
    _tree: str
    _preview: str
    _table: str
    _transfer: str
    _history: str
    _region: str
    _overview: str
