"""Files to attach, on this computer or on S3."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets import s3
from modos_widgets.credentials import S3Options, shown_address
from modos_widgets.errors import (
    AlreadyExistsError,
    ModosError,
    NotFoundError,
    OptionError,
    PathArgumentError,
    PathError,
)
from modos_widgets.location import Location
from modos_widgets.modo.data_paths import (
    check_target,
    file_in_object,
    format_of,
    index_names,
    indexed_names,
    moved_index,
)
from modos_widgets.modo.state.payloads import BLOCK, FilePayload
from modos_widgets.storage import BinaryFile, S3Reader, from_local, is_text, s3_path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import BinaryIO

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = [
    "MeasuredFile",
    "attributes_with_file",
    "file_payloads",
    "measure",
    "measure_file",
    "payloads_of_file",
]

_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class MeasuredFile:
    """A file with its checksum; created by `measure_file`.

    Attributes
    ----------
    place : Location
        Where the file is.
    path : str
        Its path or URL.
    checksums : mapping of str to (int, str)
        Size in bytes and BLAKE2b digest, by path: of the file and of the index files beside it.
    """

    place: Location
    path: str
    checksums: Mapping[str, tuple[int, str]] = field(repr=False)

    @property
    def checksum(self) -> str:
        """BLAKE2b digest of the file."""
        return self.checksums[self.path][1]


def measure_file(file: AnyPath) -> MeasuredFile:
    """Read a file and the index files beside it, so that `Draft.attach` need not read them.

    Use it to read a large file before other work waits for the draft, or several files side by
    side. The commit verifies the checksums. Network use: reads a file on S3, and lists the index
    files beside it.

    Parameters
    ----------
    file : str, path-like or Location
        A file on this computer, or a Location of ``s3://bucket/key``.

    Returns
    -------
    MeasuredFile

    Raises
    ------
    NotFoundError
        There is no such file.
    OptionError
        It is a folder or a device, or no S3 server is named.
    CredentialsError, EndpointError, StorageError
        It cannot be read.

    Examples
    --------
    >>> draft.attach("data/reads", measure_file("reads.cram"))  # doctest: +SKIP
    """
    place = Location.of(file)
    if place.is_s3:
        place.check_server()
        path = s3_path_of(str(place.path)).url
        client = s3.S3Client.shared(place.options())
        found = file_payloads("", path, "file", *_on_s3(client))
    else:
        path = os.fspath(place.path)
        found = file_payloads("", path, "file")
    return MeasuredFile(place, path, {each.source: (each.size, each.checksum) for each in found})


def payloads_of_file(
    state: ObjectState,
    element: str,
    file: Location,
    *,
    name: str | None,
    checksums: Mapping[str, tuple[int, str]] | None = None,
) -> list[FilePayload]:
    """Return the payloads of a file to attach and of its index files (see `Draft.attach`)."""
    path = file.path
    source = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(source, str):
        raise PathArgumentError.expected("a path or an S3 URL", path, name="file")
    if not source or "\0" in source or not is_text(source):
        raise PathError(f"{path!r:.80} is not a file path.", "Pass a path or s3://bucket/key.")
    remote = source.startswith("s3://")
    if remote:
        source = s3_path_of(source).url
    elif _ADDRESS.match(source):
        raise PathError(
            f"{shown_address(source)} is an address, not a file path.",
            "Pass a path of this computer or s3://bucket/key.",
        )
    if name is None:
        name = unicodedata.normalize("NFC", posixpath.basename(source.replace(os.sep, "/")))
    target = check_target(name)
    _check_attachable(state, element, target)
    if remote:
        opener, beside = _on_s3(_s3_client(state, file))
        if checksums is None:
            found = file_payloads(element, source, target, opener, beside)
        else:
            indexes = [path for path in checksums if path != source]
            found = file_payloads(
                element, source, target, opener, lambda _: indexes, checksums=checksums
            )
    else:
        found = file_payloads(element, source, target, checksums=checksums)
    return [payload for payload in found if not _is_shared(state, payload)]


def _is_shared(state: ObjectState, file: FilePayload) -> bool:
    """Return whether the draft adds an index file already, such as x.dict of two FASTA files."""
    return bool(file.index_of) and any(
        payload.element != file.element
        and (payload.target, payload.checksum) == (file.target, file.checksum)
        for payload in state.attached_as(file.target)
    )


def _check_attachable(state: ObjectState, element: str, target: str) -> None:
    """Check that an element gets only one file, and not an index file of its file."""
    for payload in state.payloads_of(element).values():
        if isinstance(payload, FilePayload) and not payload.index_of and payload.target != target:
            raise AlreadyExistsError(
                f"This draft already attaches {payload.target} to {element}.",
                "Add another element for the second file, or undo the first attach.",
            )
    own = file_in_object(state.now[element].get("data_path"), state.path)
    if own in indexed_names(target):
        raise AlreadyExistsError(
            f"{target} is the name of an index file of {own}, which {element} names.",
            "Store it beside that file with Modo.storage.put.",
        )


def file_payloads(
    element: str,
    source: str,
    target: str,
    opener: Callable[[str], Any] | None = None,
    beside: Callable[[str], Iterable[str]] | None = None,
    *,
    checksums: Mapping[str, tuple[int, str]] | None = None,
) -> list[FilePayload]:
    """Return the payloads of a file and the index files beside it; reads all of them.

    Parameters
    ----------
    element : str
        The element that it belongs to.
    source : str
        A path on this computer, or ``s3://bucket/key`` with `opener`.
    target : str
        Path of the file, relative to the object.
    opener : callable, optional
        Opens a source as a context manager of a binary file, or raises FileNotFoundError; by
        default opens local files.
    beside : callable, optional
        Returns the index files beside a source; by default those in the local folder.
    checksums : mapping, optional
        Those of `MeasuredFile`: the files that are not read again.

    Returns
    -------
    list of FilePayload
        The file first.

    Raises
    ------
    NotFoundError
        There is no such file.
    """
    opens = opener or _open_local
    known = checksums or {}
    indexes = list((beside or _local_indexes)(source))
    found: list[FilePayload] = []
    for path in (source, *indexes):
        opened = partial(opens, path)
        try:
            size, checksum = known.get(path) or measure(opened)
        except FileNotFoundError as error:
            if path != source:
                continue
            if isinstance(error, ModosError):
                raise
            raise NotFoundError(
                f"No file at {shown_address(source)}.", "Check its path."
            ) from error
        except IsADirectoryError as error:
            raise OptionError(f"{source} is a folder.", "Attach its files one by one.") from error
        except OSError as error:
            if isinstance(error, ModosError):
                raise
            raise from_local(error, path, writing=False) from error
        name = target if path == source else moved_index(path, source, target)
        if any(payload.target == name for payload in found):
            continue  # x.bam.bai and x.bai, if the target has no ending
        index_of = "" if path == source else target
        found.append(FilePayload(element, name, path, size, checksum, opened, index_of))
    return found


def _local_indexes(source: str) -> list[str]:
    # most of the 22 possible names do not exist, for which access takes a quarter of stat's time
    names, place = index_names(source), _expanded(source)
    paths = names if place == source else index_names(place)
    return [
        name
        for name, path in zip(names, paths, strict=True)
        if os.access(path, os.F_OK) and Path(path).is_file()
    ]


def _open_local(path: str) -> BinaryIO:
    place = _expanded(path)
    with suppress(FileNotFoundError):
        mode = os.stat(place).st_mode  # noqa: PTH116
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise OptionError(f"{path} is not a regular file.", "Attach a regular file.")
    return open(place, "rb")  # noqa: PTH123


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


def measure(opens: Callable[[], Any]) -> tuple[int, str]:
    """Return size and BLAKE2b digest of a file, of what it contains when it is opened."""
    digest, size = hashlib.blake2b(), 0
    with opens() as file:
        left = file.seek(0, os.SEEK_END)
        file.seek(0)
        while block := file.read(min(BLOCK, left - size)):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _on_s3(client: s3.S3Client) -> tuple[Callable[[str], Any], Callable[[str], Iterable[str]]]:
    """Return `opener` and `beside` of `file_payloads` for files on S3."""

    def opener(path: str) -> BinaryFile:
        return BinaryFile(S3Reader(client, *s3_path_of(path).s3_url_parts()))

    return opener, lambda path: _s3_indexes(client, path)


def _s3_indexes(client: s3.S3Client, source: str) -> list[str]:
    """Return the index files beside a file on S3; all possible ones if listing is not allowed."""
    bucket, key = s3_path_of(source).s3_url_parts()
    wanted = index_names(key)
    common = posixpath.commonprefix([key, *wanted])
    try:
        page = client.run(client.page(bucket, common, delimiter="/"))
    except PermissionError:
        page = s3.Page((), token="")
    present = {entry.key for entry in page.keys}
    whole = page.token is None
    return [f"s3://{bucket}/{name}" for name in wanted if name in present or not whole]


def _s3_client(state: ObjectState, place: Location) -> s3.S3Client:
    """Return the client that a file on S3 is read by: by default that of the object."""
    own = getattr(state.storage, "options", None)
    if own is None or place.names_server:
        place.check_server()
        options = place.options()
    elif place.s3_kwargs:
        options = S3Options.resolve(own.endpoint, place.s3_kwargs)
    else:
        options = own
    return s3.S3Client.shared(options)


def attributes_with_file(
    attributes: Mapping[str, Any], target: str, checksum: str, schema: Schema
) -> dict[str, Any]:
    """Return the attributes of an element to which a file of the object is attached."""
    slots = schema.slots(attributes.get("@type"))
    changed = {**attributes, "data_path": target}
    if "data_checksum" in slots or "data_checksum" in attributes:
        changed["data_checksum"] = checksum
    if "data_format" in slots:
        stated, new = attributes.get("data_format"), format_of(target)
        before = attributes.get("data_path")
        old = format_of(before) if isinstance(before, str) else ""
        if new and (not stated or (before and new != old)):
            changed["data_format"] = new
        elif stated and stated == old != new:
            del changed["data_format"]  # The schema has no format for the new file.
    return changed
