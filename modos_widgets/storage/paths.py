"""Paths within an object: one form for all that people write, and none that leaves it."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
import warnings
from pathlib import Path, PurePath, PurePosixPath

from modos_widgets.archive import ARCHIVE
from modos_widgets.credentials import shown_address
from modos_widgets.errors import PathArgumentError, PathError
from modos_widgets.files import TEMPORARY

ZARR_ROOT = Path(ARCHIVE)
"""The archive's place within an object."""

PORTABLE = "letters without accents, digits, '-', '_', '.' and '/'"
"""What a portable name consists of, in words."""

_NAMED = 5  # characters that a message names
_OF_ZARR = re.compile(r".+\.[0-9a-f]{32}\.partial")

Target = str | PurePath
"""A path relative to ``storage.path``."""


def is_temporary(path: str) -> bool:
    """Whether a path, relative, is that of a temporary file that a killed process left.

    They are never listed: ours anywhere, and in an archive those of zarr's own local store.
    """
    *above, name = path.split("/")
    return bool(TEMPORARY.fullmatch(name) or (ARCHIVE in above and _OF_ZARR.fullmatch(name)))


def object_around(path: str) -> str | None:
    """Return the object whose archive a path or URL leads into, or None for any other path."""
    above, inside, _ = f"{path.rstrip('/')}/".replace("\\", "/").partition(f"/{ARCHIVE}/")
    return above if inside else None


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
        raise PathArgumentError.expected(
            "a str or pathlib.Path", target, hint="Pass a path relative to storage.path."
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
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise PathArgumentError.expected("the path of a folder", path)
    if not text or "\0" in text or _is_unusable(text):
        raise PathError(f"{path!r} is not a folder path.", "Pass the object's folder.")
    if _ADDRESS.match(text.lstrip()):
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


_UNUSABLE = re.compile(r"\A\.{0,2}\Z|[\x00-\x1f\x7f-\x9f]")

_UNUSABLE_KEY = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|[\x00-\x1f\x7f-\x9f]")


def is_unusable_name(name: str) -> bool:
    """Return whether a part of a key makes no name of a file or folder.

    S3 takes any key. Empty parts (``x//y``), ``.`` and ``..`` would lead elsewhere, and control
    characters are refused in every path of this package.
    """
    return _UNUSABLE.search(name) is not None


def is_unusable_key(key: str) -> bool:
    """Return whether a key relative to its object makes no path; one slash at its end is fine."""
    return _UNUSABLE_KEY.search(key.removesuffix("/")) is not None


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


_UNUSUAL = re.compile(r"[^A-Za-z0-9._/-]")


def unusual_part(name: str) -> str:
    """Return what makes a name unusual, in words; an empty text for a portable one.

    A portable S3 key, file name or id consists of letters and digits of ASCII, ``-``, ``_``
    and ``.``, with single slashes between its parts. Other software of the field refuses
    anything else, and a server that lists a bucket may fail for everything in it.

    Parameters
    ----------
    name : str
        A key without its bucket, a file's name in an object, or an id.

    Returns
    -------
    str
        Such as ``"' ', 'ü'"`` or ``"an empty part"``.

    Examples
    --------
    >>> unusual_part("cohort-1/patient_07.v2"), unusual_part("my obj")
    ('', "' '")
    """
    odd = list(dict.fromkeys(_UNUSUAL.findall(name)))
    if odd:
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        return ", ".join(map(_quoted, odd[:_NAMED])) + more
    return "an empty part" if "//" in name or name.startswith("/") else ""


def _quoted(character: str) -> str:
    """Return a character in quotes, escaped where it cannot be seen or written."""
    return repr(character) if is_text(character) else ascii(character)


def portable_name(name: str) -> str:
    """Return the portable name that is closest to an unusual one (see `unusual_part`).

    Examples
    --------
    >>> portable_name("Zürich (2)")
    'Zurich_2'
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    parts = (re.sub(r"_+", "_", _UNUSUAL.sub("_", part)).strip("_") for part in plain.split("/"))
    return "/".join(part for part in parts if part)


def refuse_unusual(place: str, name: str) -> None:
    """Refuse a new key, file or id whose name is not portable (see `unusual_part`).

    Parameters
    ----------
    place : str
        What is to be made, for the message: ``s3://bucket/my obj``.
    name : str
        The part of it that has to be portable.

    Raises
    ------
    PathError
        Names the characters.
    """
    part = unusual_part(name)
    if part:
        raise PathError(
            f"{place!r} contains {part}, which other MODO software refuses.",
            f"Use {PORTABLE} only, or pass allow_unusual=True.",
        )


class UnusualNameWarning(UserWarning):
    """A new name works here, and other software of the field refuses it."""


def warn_unusual(place: str, name: str) -> bool:
    """Warn of a new name that is not portable (see `unusual_part`); return whether it is not.

    The warning names the line outside this package that asked for it.

    Parameters
    ----------
    place : str
        What is to be made, for the message.
    name : str
        The part of it that should be portable.
    """
    part = unusual_part(name)
    if part:
        warnings.warn(
            f"{place!r} contains {part}, which other MODO software refuses. Use {PORTABLE} only.",
            UnusualNameWarning,
            stacklevel=_level_outside(),
        )
    return bool(part)


def _level_outside() -> int:
    package, level = __name__.partition(".")[0], 1
    frame = sys._getframe(1)  # noqa: SLF001 - warnings count frames, too
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    return level


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
