"""What to offer for a cell that is not as the schema has it; pure functions."""

from __future__ import annotations

import datetime as dt
import difflib
import posixpath
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from modos_widgets.modo.findings import Fix
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.modo.slots import Schema, Slot

__all__ = ["FORMATS", "fix_for", "format_of", "mends_form", "now", "suggest_class", "suggest_term"]

FORMATS = {
    ".cram": "CRAM",
    ".fastq": "FASTQ",
    ".fq": "FASTQ",
    ".zarr": "Zarr",
    ".fasta": "FASTA",
    ".fa": "FASTA",
    ".fna": "FASTA",
    ".vcf": "VCF",
    ".bcf": "BCF",
    ".mztab": "mzTab",
    ".tsv": "TSV",
    ".json": "JSON",
}
"""Ending of a file's name to its DataFormat."""

SHORT = {"m": "Male", "f": "Female", "man": "Male", "woman": "Female"}
UNKNOWN = frozenset(
    {"", "-", "?", "na", "n/a", "n.a.", "nan", "none", "null", "unknown", "not known", "missing"}
)
DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z")
YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\Z")
HOST = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/\S*)?\Z", re.IGNORECASE)


def now() -> str:
    """Give this moment as the schema wants it, with its time zone, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def mends_form(before: object, after: object) -> bool:
    """Tell whether a date was only given the form, time or zone that it lacked, as its fix does."""
    return isinstance(before, str) and bool(_date(before, None) == after)


def format_of(path: str) -> str:
    """Give the DataFormat that a file's name stands for; empty where none does."""
    stem, suffix = posixpath.splitext(path.lower().rstrip("/"))
    if suffix in {".gz", ".bgz", ".zst", ".bz2"}:
        suffix = posixpath.splitext(stem)[1]
    return FORMATS.get(suffix, "")


def suggest_class(value: object, group: str, schema: Schema) -> str:
    """Give the class that was probably meant; empty where none is near."""
    names = [name for name in schema.classes if schema.group(name) == group]
    return _near(str(value), names)


def suggest_term(value: object, slot: Slot) -> str:
    """Give the value of the list that was probably meant; empty where none is near."""
    text = str(value).strip()
    if SHORT.get(text.lower()) in slot.terms:
        return SHORT[text.lower()]
    return _near(text, list(slot.terms))


def _near(text: str, names: list[str]) -> str:
    folded = {name.casefold(): name for name in names}
    found = difflib.get_close_matches(text.casefold(), list(folded), n=2, cutoff=0.75)
    if not found or (len(found) > 1 and found[0] != text.casefold() and _tie(text, found)):
        return ""
    return folded[found[0]]


def _tie(text: str, found: list[str]) -> bool:
    ratio = [difflib.SequenceMatcher(None, text.casefold(), name).ratio() for name in found]
    return abs(ratio[0] - ratio[1]) < 0.05  # noqa: PLR2004


def fix_for(  # noqa: PLR0911 - one a way to mend
    code: str, element: str, slot: str, attributes: Mapping[str, Any], schema: Schema
) -> Fix | None:
    """Offer a fix for a finding of one cell, or None where it cannot be told what was meant."""
    about = schema.slots(attributes.get("@type")).get(slot)
    make = MAKERS.get(code)
    if about is None or make is None:
        return None
    if code == "missing":
        made = make(attributes, about)
        return Fix(f"Set it to {made}", ((element, slot, made),)) if made is not MISSING else None
    value = attributes.get(slot)
    if value is None:
        return None if about.required else Fix("Take it away", ((element, slot, MISSING),))
    if code == "scalar_for_list":
        return Fix("Make it a list", ((element, slot, [value]),))
    if isinstance(value, list) and about.many:
        entries = [
            made if (made := make(entry, about)) is not MISSING else entry for entry in value
        ]
        return Fix(_label(entries), ((element, slot, entries),)) if entries != value else None
    made = make(value, about)
    if made is MISSING and not about.required and str(value).strip().lower() in UNKNOWN:
        return Fix("Take it away: it is not known", ((element, slot, MISSING),))
    return Fix(_label(made), ((element, slot, made),)) if made is not MISSING else None


def _label(made: object) -> str:
    text = ", ".join(map(str, made)) if isinstance(made, list) else str(made)
    return f"Change it to {text:.60}"


def _missing(attributes: Any, slot: Slot) -> Any:
    if slot.name == "last_update_date":
        return now()
    if slot.name == "creation_date":
        updated = attributes.get("last_update_date")
        made = _zone(updated, slot)
        return updated if made is MISSING and isinstance(updated, str) else made
    if slot.name == "data_format" and isinstance(attributes.get("data_path"), str):
        return format_of(attributes["data_path"]) or MISSING
    return MISSING


def _zone(value: Any, _: object) -> Any:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return MISSING
    return moment.replace(tzinfo=dt.UTC).isoformat() if moment.tzinfo is None else MISSING


def _date(value: Any, slot: object) -> Any:
    text = str(value).strip()
    if found := DAY_FIRST.match(text):
        text = f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    elif found := YEAR_FIRST.match(text):
        text = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
    made = _zone(text, slot)
    return text if made is MISSING and text != value and _is_moment(text) else made


def _is_moment(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _uri(value: Any, slot: Slot) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"NCBITaxon:{value}" if slot.name == "taxon_id" else MISSING
    text = str(value).strip()
    if slot.name == "taxon_id" and text.isdecimal():
        return f"NCBITaxon:{text}"
    if text.startswith("/") and not text.startswith("//"):
        return "file://" + quote(text)
    if HOST.match(text):
        return f"https://{text}"
    return text if text != value and ":" in text and not re.search(r"\s", text) else MISSING


def _term(value: Any, slot: Slot) -> Any:
    return suggest_term(value, slot) or MISSING


def _checksum(value: Any, slot: Slot) -> Any:
    text = re.sub(r"\s", "", str(value))
    text = re.sub(r"^(?:md5|blake2b?)[:=]", "", text, flags=re.IGNORECASE).lower()
    length = 32 if slot.name == "sequence_md5" else 128
    good = re.fullmatch(rf"[0-9a-f]{{{length}}}", text)
    return text if good and text != value else MISSING


def _typed(value: Any, slot: Slot) -> Any:
    if slot.terms:
        return _term(value, slot)
    if slot.name == "taxon_id":
        return _uri(value, slot)
    if isinstance(value, list) and len(value) == 1 and not slot.many and isinstance(value[0], str):
        return value[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return MISSING


MAKERS: dict[str, Callable[[Any, Slot], Any]] = {
    "missing": _missing,
    "scalar_for_list": lambda value, _: [value],
    "date_without_time": _zone,
    "date_without_zone": _zone,
    "not_a_date": _date,
    "not_a_uri": _uri,
    "not_in_list": _term,
    "bad_pattern": _checksum,
    "wrong_type": _typed,
}
