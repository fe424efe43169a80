"""Paths within an object: one form for all that people write, and none that leaves it."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PurePath, PurePosixPath

from modos_widgets.credentials import shown_address
from modos_widgets.errors import PathError

ZARR_ROOT = Path("data.zarr")
"""The archive's place within an object."""

ROOT_DOCUMENT = "data.zarr/zarr.json"
"""The root node of the archive, with the whole tree's metadata when it is consolidated."""

Target = str | PurePath
"""A path relative to ``storage.path``."""


def normal(target: Target | None) -> str:
    """Bring a target to its one form: parts joined by ``/``; the object itself is ``""``.

    Raises
    ------
    PathError
        For ``..``, control characters and things that are no path. An absolute path
        comes back as it is: whether it lies within the object is the storage's to say.
    """
    if target is None:
        return ""
    if not isinstance(target, str | PurePath):
        raise PathError(
            f"A path is a str or a pathlib.Path, not {type(target).__name__}.",
            "Give the path relative to storage.path.",
        )
    text = target.as_posix() if isinstance(target, PurePath) else target
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PathError(
            f"The path {text!r} holds a control character.", "Leave it out of the name."
        )
    if _is_unusable(text):
        raise PathError(f"The path {text!r} holds half a character.", "Replace it.")
    parts = PurePosixPath(text).parts
    if ".." in parts:
        raise PathError(
            f"The path {text!r} leads out of the object.", "Give a path without '..' parts."
        )
    return str(PurePosixPath(*parts)) if parts else ""


_ADDRESS = re.compile(r"(s3a?|gs|https?|ftps?|file):/", re.IGNORECASE)


def folder_of(path: object) -> str:
    """Read the path of a folder of this computer.

    Raises
    ------
    PathError
        It is none: of another type, empty, with NUL or half a character in it, or an address
        (``s3://``, also where a `pathlib.Path` has made ``s3:/`` of it): a folder of that name
        would be made here, and nothing at the address.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text or _is_unusable(text):
        raise PathError(f"{path!r} is no path of a folder.", "Give the object's folder.")
    if _ADDRESS.match(text):
        raise PathError(
            f"{shown_address(text)!r} is an address, no folder of this computer.",
            "Give s3:// addresses as text, to open_modo or S3Storage.",
        )
    return text


def absolute_folder(path: object) -> Path:
    """Give the absolute path of a folder of this computer, ``~`` and ``..`` taken out.

    Raises
    ------
    PathError
        As `folder_of` does.
    """
    return Path(os.path.abspath(os.path.expanduser(folder_of(path))))  # noqa: PTH100, PTH111


def _is_unusable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return True
    return False


def is_text(name: str) -> bool:
    """Whether a name is text: file systems hold others, S3 and JSON do not."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def outside(target: Target, url: str) -> PathError:
    """Make the error for a path that is not within the object."""
    return PathError(
        f"The path {str(target)!r} is not within {url}.",
        "Give a path relative to storage.path.",
    )


def inside(place: Path, root: Path) -> Path:
    """Give a place back that lies within a folder, where its links lead to as well.

    Raises
    ------
    PathError
        A link leads out of the folder, or in a circle.
    """
    try:
        resolved = place.resolve()
    except (OSError, RuntimeError) as error:
        raise PathError(
            f"The links at {place} lead in a circle.", "Put files in their place."
        ) from error
    if not resolved.is_relative_to(root.resolve()):
        raise PathError(
            f"{place} leads out of the object by a link.", "Copy what it leads to into the object."
        )
    return place


def is_inside(place: Path, root: Path) -> bool:
    """Whether a place lies within a folder, where its links lead to as well."""
    try:
        inside(place, root)
    except PathError:
        return False
    return True


def child_name(identifier: object) -> str:
    """Give the name of the group of an element: its id with ``/`` as ``_``.

    Raises
    ------
    PathError
        When the id makes no name of a group.
    """
    name = identifier.replace("/", "_") if isinstance(identifier, str) else ""
    reserved = {"", ".", "..", "zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata"}
    if (
        name in reserved
        or name.startswith("__")
        or any(unicodedata.category(character) in {"Cc", "Cs"} for character in name)
    ):
        raise PathError(f"{identifier!r} is not an element's id.", "Give a name such as 'sample1'.")
    return name
