"""Paths within an object: one form for all spellings, and no path that leaves the object."""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
import warnings
from pathlib import Path, PurePath, PurePosixPath

from modos_widgets.archive import ARCHIVE
from modos_widgets.credentials import shown_address
from modos_widgets.errors import PathArgumentError, PathError
from modos_widgets.files import TEMPORARY

ZARR_ROOT = Path(ARCHIVE)
"""Path of the archive within an object."""

DELETED = ".modos-deleted"
"""Folder of the objects that were deleted from the folder that contains it."""

PORTABLE = "letters without accents, digits, '-', '_', '.' and '/'"
"""Description of the characters of a portable name."""

_NAMED = 5  # maximum number of characters that a message names
_OF_ZARR = re.compile(r".+\.[0-9a-f]{32}\.partial")

Target = str | PurePath
"""Path relative to ``storage.path``."""


def is_temporary(path: str) -> bool:
    """Return whether a relative path is that of a temporary file, which a killed process may leave.

    Such files are never listed: ours anywhere, and in an archive those of zarr's local store.
    """
    *above, name = path.split("/")
    return bool(TEMPORARY.fullmatch(name) or (ARCHIVE in above and _OF_ZARR.fullmatch(name)))


def object_around(path: str) -> str | None:
    """Return the object whose archive a path or URL leads into, or None for any other path."""
    above, inside, _ = f"{path.rstrip('/')}/".replace("\\", "/").partition(f"/{ARCHIVE}/")
    return above if inside else None


def normal(target: Target | None) -> str:
    """Return a target in normal form: parts joined by ``/``; the object itself is ``""``.

    Parameters
    ----------
    target : str or pathlib.Path
        The target.

    Returns
    -------
    str
        An absolute path is returned unchanged; the storage checks that it is in the object.

    Raises
    ------
    PathError
        It contains ``..`` or control characters, or is not a path.
    """
    if target is None:
        return ""
    if not isinstance(target, str | PurePath):
        raise PathArgumentError.expected(
            "a str or pathlib.Path", target, hint="Pass a path relative to storage.path."
        )
    text = target.as_posix() if isinstance(target, PurePath) else target
    if _NORMAL.fullmatch(text):
        return text
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PathError(
            f"The path {text!r} contains a control character.", "Remove it from the name."
        )
    if _is_unusable(text):
        raise PathError(f"The path {text!r} contains an unpaired surrogate.", "Replace it.")
    parts = PurePosixPath(text).parts
    if ".." in parts:
        raise PathError(
            f"The path {text!r} leads out of the object.", "Pass a path without '..' parts."
        )
    return str(PurePosixPath(*parts)) if parts else ""


_PART = r"(?!\.{1,2}(?:/|\Z))[^/\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
_NORMAL = re.compile(rf"{_PART}(?:/{_PART})*")
"""Relative paths that `normal` returns unchanged."""

_ADDRESS = re.compile(r"(s3a?|gs|https?|ftps?|file):/", re.IGNORECASE)


def folder_of(path: object) -> str:
    """Return the path of a local folder as text.

    Parameters
    ----------
    path : str or pathlib.Path
        The path.

    Returns
    -------
    str

    Raises
    ------
    PathError
        It is not a folder path: it has another type, is empty, contains NUL or an unpaired
        surrogate, or is an address (``s3://``, or ``s3:/`` in a `pathlib.Path`). For an address, a
        local folder of that name would be created, and nothing at the address.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise PathArgumentError.expected("the path of a folder", path)
    if not text or "\0" in text or _is_unusable(text):
        raise PathError(f"{path!r} is not a folder path.", "Pass the object's folder.")
    if _ADDRESS.match(text.lstrip()):
        raise PathError(
            f"{shown_address(text)!r} is an address, not a local folder.",
            "Pass s3:// addresses as text to open_modo or S3Storage.",
        )
    return text


def absolute_folder(path: object) -> Path:
    """Return the absolute path of a local folder, with ``~`` and ``..`` resolved.

    Parameters
    ----------
    path : str or pathlib.Path
        The path.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    PathError
        It is not a folder path (see `folder_of`).
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
    """Return whether a part of a key cannot be the name of a file or folder.

    S3 accepts any key. Empty parts (``x//y``), ``.`` and ``..`` would lead to another path, and no
    path of this package may contain control characters.
    """
    return _UNUSABLE.search(name) is not None


def is_unusable_key(key: str) -> bool:
    """Return whether a relative key cannot be a path; one trailing slash is allowed."""
    return _UNUSABLE_KEY.search(key.removesuffix("/")) is not None


def is_text(name: str) -> bool:
    """Return whether a name is valid text, which S3 and JSON require but file systems do not."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def outside(target: Target, url: str) -> PathError:
    """Return the error for a path that is not within the object."""
    return PathError(
        f"The path {str(target)!r} is not within {url}.",
        "Pass a path relative to storage.path.",
    )


def inside(place: Path, root: Path) -> Path:
    """Return a path that is within a folder, also when its links are followed.

    Raises
    ------
    PathError
        A link leads out of the folder, or is circular.
    """
    if not _may_follow_links(str(place), str(root)):
        return place
    try:
        resolved = place.resolve()
    except (OSError, RuntimeError) as error:
        raise PathError(f"The links at {place} are circular.", "Replace them by files.") from error
    if not resolved.is_relative_to(root.resolve()):
        raise PathError(
            f"{place} is a link that leads out of the object.", "Copy its target into the object."
        )
    return place


def _may_follow_links(place: str, root: str) -> bool:
    """Return whether a part of a path below a folder is, or may be, a link.

    This looks at these parts only, so it costs a tenth of resolving both paths.
    """
    if place == root:
        return False
    if sys.platform == "win32" or not place.startswith(f"{root}/") or "/.." in place:
        return True  # Windows has links that do not look like one.
    end = len(root)
    while end >= 0:
        end = place.find("/", end + 1)
        try:
            mode = os.lstat(place if end < 0 else place[:end]).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError):
            return True
        if stat.S_ISLNK(mode):
            return True
    return False


def is_inside(place: Path, root: Path) -> bool:
    """Return whether a path is within a folder, also when its links are followed."""
    try:
        inside(place, root)
    except PathError:
        return False
    return True


_UNUSUAL = re.compile(r"[^A-Za-z0-9._/-]")


def unusual_part(name: str) -> str:
    """Return a description of what makes a name unusual; an empty text for a portable name.

    A portable S3 key, file name or id consists of ASCII letters and digits, ``-``, ``_``
    and ``.``, with single slashes between its parts. Other MODO software refuses
    anything else, and a server that lists a bucket may fail for the whole bucket.

    Parameters
    ----------
    name : str
        A key without its bucket, the name of a file in an object, or an id.

    Returns
    -------
    str
        For example ``"' ', 'ü'"`` or ``"an empty part"``.

    Examples
    --------
    >>> unusual_part("cohort-1/patient_07.v2"), unusual_part("my obj")
    ('', "' '")
    """
    if _UNUSUAL.search(name) is None:
        return "an empty part" if "//" in name or name.startswith("/") else ""
    odd = list(dict.fromkeys(_UNUSUAL.findall(name)))
    more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
    return ", ".join(map(_quoted, odd[:_NAMED])) + more


def _quoted(character: str) -> str:
    """Return a character in quotes, escaped if it is not printable."""
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
    """Check that the name of a new key, file or id is portable (see `unusual_part`).

    Parameters
    ----------
    place : str
        The new key, file or id, for the message: ``s3://bucket/my obj``.
    name : str
        The part of it that must be portable.

    Raises
    ------
    PathError
        It is not portable; the message names the characters.
    """
    part = unusual_part(name)
    if part:
        raise PathError(
            f"{place!r} contains {part}, which other MODO software refuses.",
            f"Use {PORTABLE} only, or pass allow_unusual=True.",
        )


class UnusualNameWarning(UserWarning):
    """Warning of a new name that works here but that other MODO software refuses."""


def warn_unusual(place: str, name: str) -> bool:
    """Warn of a new name that is not portable (see `unusual_part`).

    The warning refers to the calling line outside this package.

    Parameters
    ----------
    place : str
        The new key, file or id, for the message.
    name : str
        The part of it that should be portable.

    Returns
    -------
    bool
        Whether the name is not portable.
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
    """Return the name of an element's group: its id with ``_`` instead of ``/``.

    Parameters
    ----------
    identifier : str
        The id.

    Returns
    -------
    str

    Raises
    ------
    PathError
        The id cannot be the name of a group.
    """
    name = identifier.replace("/", "_") if isinstance(identifier, str) else ""
    reserved = {"", ".", "..", "zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata"}
    if (
        name in reserved
        or name.startswith("__")
        or any(unicodedata.category(character) in {"Cc", "Cs"} for character in name)
    ):
        raise PathError(f"{identifier!r} is not an element's id.", "Pass a name such as 'sample1'.")
    return name
