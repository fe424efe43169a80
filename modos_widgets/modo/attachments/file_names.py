"""Names for new files of an object, made from names that come from elsewhere."""

from __future__ import annotations

import re
import unicodedata

from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import PathError
from modos_widgets.modo.data_paths import LONGEST, check_target, ending_of
from modos_widgets.modo.similar_names import fold

__all__ = ["clean_file_name", "free_file_name", "stem_of"]

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_FOR_NUMBER = 12  # bytes that stay free for a number
_LONGEST_ENDING = 40


def clean_file_name(name: str) -> str:
    """Return the name under which a file can be added to an object; no network use.

    Characters that no file of an object can have, or that Windows refuses, are replaced by ``_``.
    A name that is too long is shortened before its ending.

    Parameters
    ----------
    name : str
        Name of the file where it comes from. Its folders are left out.

    Returns
    -------
    str
        A name that `check_target` and every operating system accept.

    Raises
    ------
    PathError
        Nothing is left of the name, as of ``..``, or it is reserved for the archive.

    Examples
    --------
    >>> clean_file_name("C:/reads/P1?.cram"), clean_file_name("nul.txt")
    ('P1_.cram', '_nul.txt')
    """
    text = name.encode(errors="replace").decode()
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1]
    kept = "".join(
        "" if unicodedata.category(letter) == "Cf" else _replaced(letter) for letter in last
    )
    kept = unicodedata.normalize("NFC", kept).strip().rstrip(". ")
    if not kept.strip("._ ") or kept.casefold() == ARCHIVE:
        raise PathError(f"{name!r:.80} is not a name for a file.", "Rename the file, then retry.")
    if _RESERVED.match(kept):
        kept = f"_{kept}"
    return check_target(_shortened(kept, LONGEST - _FOR_NUMBER))


def _replaced(letter: str) -> str:
    bad = unicodedata.category(letter) in {"Cc", "Zl", "Zp"} or letter in '<>:"|?*'
    return "_" if bad else letter


def _shortened(name: str, longest: int) -> str:
    """Shorten a name to a number of bytes; its endings stay if they are short."""
    if len(name.encode()) <= longest:
        return name
    stem, ending = _split(name)
    left = longest - len(ending.encode())
    return stem.encode()[:left].decode(errors="ignore").rstrip(". ") + ending


def stem_of(name: str) -> str:
    """Return a file name without its endings, such as ``.vcf.gz``; no network use.

    Parameters
    ----------
    name : str
        Name of a file, without folders.

    Returns
    -------
    str
    """
    return _split(name)[0]


def _split(name: str) -> tuple[str, str]:
    """Split a name into its stem and its endings; endings of an unusual length belong to it."""
    ending = ending_of(name)
    place = name.lower().rfind(ending) if ending else -1
    if place < 1 or len(name[place:].encode()) > _LONGEST_ENDING:
        return name, ""
    return name[:place], name[place:]


def free_file_name(name: str, taken: set[str]) -> str:
    """Return a name with a number if it is taken; no network use.

    Parameters
    ----------
    name : str
        The wanted name.
    taken : set of str
        Names that are taken, in the form that `fold` returns.

    Returns
    -------
    str

    Examples
    --------
    >>> free_file_name("P1.vcf.gz", {"p1.vcf.gz"})
    'P1_2.vcf.gz'
    """
    stem, ending = _split(name)
    number, found = 1, name
    while fold(found) in taken:
        number += 1
        found = f"{stem}_{number}{ending}"
    return found
