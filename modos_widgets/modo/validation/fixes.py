"""Fixes for cells that do not match the schema; pure functions."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from modos_widgets.folding import folded
from modos_widgets.modo.data_paths import FORMATS, ending_of, format_of
from modos_widgets.modo.schema.models import COMPACT, SCHEME
from modos_widgets.modo.validation.findings import Fix
from modos_widgets.modo.values import MISSING, now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.modo.schema.slots import Schema, Slot
    from modos_widgets.modo.validation.findings import Effect, Finding

__all__ = [
    "advice_for",
    "effect_of",
    "fix_for",
    "is_form_fix",
    "similar_name",
    "suggest_class",
    "suggest_term",
]

CONVERSIONS = {
    "CRAM": (".bam", ".sam"),
    "FASTA": (".2bit", ".gb", ".gbk", ".embl"),
    "FASTQ": (".sra", ".fast5", ".pod5"),
    "Zarr": (".h5ad", ".h5", ".hdf5", ".h5mu", ".loom", ".nwb", ".nc", ".npy", ".npz", ".mtx"),
    "mzTab": (".mzml", ".mzxml", ".mgf", ".mzid", ".raw"),
    "TSV": (".csv", ".xlsx", ".xls", ".ods", ".parquet", ".feather", ".bed", ".gff", ".gtf"),
    "JSON": (".yaml", ".yml", ".xml", ".toml"),
}
"""DataFormat to the endings of common formats that are not in the schema and convert to it."""

SHORT = {"m": "Male", "f": "Female", "man": "Male", "woman": "Female"}
UNKNOWN = frozenset(
    {"", "-", "?", "na", "n/a", "n.a.", "nan", "none", "null", "unknown", "not known", "missing"}
)
DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z")
YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\Z")
HOST = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/\S*)?\Z", re.IGNORECASE)


def is_form_fix(before: object, after: object) -> bool:
    """Return whether a date differs only in form, or in a missing time or zone, as its fix does."""
    return isinstance(before, str) and bool(_date(before, None) == after)


def advice_for(code: str, slot: str, attributes: Mapping[str, Any], schema: Schema) -> str:
    """Return advice for a finding of one cell that has no fix; empty if there is none.

    It lists the values to choose from and, for a file format that is not in the schema (BAM,
    h5ad, CSV), the format to convert the file to.
    """
    about = schema.slots(attributes.get("@type")).get(slot)
    if about is None or not about.terms or code not in {"missing", "not_in_list"}:
        return ""
    advice = f"Choose one of {', '.join(about.terms)}." if code == "missing" else ""
    if slot != "data_format":
        return advice
    path, stated = attributes.get("data_path"), attributes.get(slot)
    endings = [ending_of(path)] if isinstance(path, str) else []
    if isinstance(stated, str) and stated.strip():
        endings.insert(0, f".{stated.strip().lower().removeprefix('.')}")
    for ending in endings:
        for known, others in CONVERSIONS.items():
            if ending in others and known in about.terms:
                convert = (
                    f"The schema has no format for {ending} files. Convert the file to {known}."
                )
                return f"{advice} {convert}".strip()
    if code == "missing" and endings and endings[-1] and endings[-1] not in FORMATS:
        ending = f"{endings[-1]:.20}"
        advice += f" The schema has no format for {ending} files. Convert the file to one of these."
    return advice


def suggest_class(value: object, group: str, schema: Schema) -> str:
    """Return the class that was probably meant; empty if none is similar."""
    names = [name for name in schema.classes if schema.group(name) == group]
    return _near(str(value), names)


def suggest_term(value: object, slot: Slot) -> str:
    """Return the listed value that was probably meant; empty if none is similar."""
    text = str(value).strip()
    if SHORT.get(text.lower()) in slot.terms:
        return SHORT[text.lower()]
    return _near(text, list(slot.terms))


def similar_name(text: str, names: list[str]) -> str:
    """Return the name that is most similar to a text; empty if none or several are."""
    return _near(text, names)


def _near(text: str, names: list[str]) -> str:
    folded = {name.casefold(): name for name in names}
    found = difflib.get_close_matches(text.casefold(), list(folded), n=2, cutoff=0.75)
    if not found or (len(found) > 1 and found[0] != text.casefold() and _tie(text, found)):
        return ""
    return folded[found[0]]


def _tie(text: str, found: list[str]) -> bool:
    ratio = [difflib.SequenceMatcher(None, text.casefold(), name).ratio() for name in found]
    return abs(ratio[0] - ratio[1]) < 0.05  # noqa: PLR2004


def fix_for(
    code: str, element: str, slot: str, attributes: Mapping[str, Any], schema: Schema
) -> Fix | None:
    """Return a fix for a finding of one cell; None if the intended value cannot be inferred."""
    definition = schema.slots(attributes.get("@type")).get(slot)
    convert = CONVERTERS.get(code)
    if definition is None or convert is None:
        return None
    if code == "missing":
        new = convert(attributes, definition)
        return Fix(f"Set to {new}", ((element, slot, new),)) if new is not MISSING else None
    try:
        return _fix_of_value(code, element, definition, attributes.get(slot))
    except (ValueError, RecursionError):  # an integer of thousands of digits; nested too deep
        return None


def _fix_of_value(code: str, element: str, definition: Slot, value: Any) -> Fix | None:
    slot, convert = definition.name, CONVERTERS[code]
    if code == "scalar_for_list":
        return Fix("Convert to a list", ((element, slot, [value]),))
    if isinstance(value, list) and definition.many:
        entries = [
            new if (new := convert(entry, definition)) is not MISSING else entry
            for entry in value
            if entry is not None
        ]
        return Fix(_label(entries), ((element, slot, entries),)) if entries != value else None
    new = convert(value, definition)
    if new is MISSING and not definition.required and str(value).strip().lower() in UNKNOWN:
        return Fix("Clear the value (unknown)", ((element, slot, MISSING),))
    return Fix(_label(new), ((element, slot, new),)) if new is not MISSING else None


def _label(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"Change to {text:.60}"


def _missing(attributes: Any, slot: Slot) -> Any:
    if slot.name == "last_update_date":
        return now()
    if slot.name == "creation_date":
        updated = attributes.get("last_update_date")
        zoned = _zone(updated, slot)
        return updated if zoned is MISSING and isinstance(updated, str) else zoned
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
    zoned = _zone(text, slot)
    return text if zoned is MISSING and text != value and _is_moment(text) else zoned


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
    try:
        if text.startswith("/") and not text.startswith("//"):
            return "file://" + quote(text)
        uri = f"https://{text}" if HOST.match(text) else _percent_encoded(text)
    except ValueError:  # an unpaired surrogate, or an invalid host
        return MISSING
    valid = SCHEME.match(uri) or (slot.kind == "term" and COMPACT.match(uri))
    return uri if valid and uri != value else MISSING


def _percent_encoded(text: str) -> str:
    """Convert an IRI to a URI (RFC 3987): UTF-8, percent-encoded."""
    if re.search(r"\s", text):
        return text  # several URIs, or a sentence
    parts = urlsplit(text)
    host = parts.hostname if not parts.netloc.isascii() else None
    if host:
        begin = len(parts.scheme) + len("://") + parts.netloc.rfind("@") + 1
        place = text.lower().index(host, begin)
        text = text[:place] + host.encode("idna").decode() + text[place + len(host) :]
    before, mark, fragment = text.partition("#")
    quoted = (quote(part, safe="/:?[]@!$&'()*+,;=%-._~") for part in (before, fragment))
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", mark.join(quoted))


def _term(value: Any, slot: Slot) -> Any:
    return suggest_term(value, slot) or MISSING


def _checksum(value: Any, slot: Slot) -> Any:
    text = re.sub(r"\s", "", str(value))
    text = re.sub(r"^(?:md5|blake2b?)[:=]", "", text, flags=re.IGNORECASE).lower()
    length = 32 if slot.name == "sequence_md5" else 128
    valid = re.fullmatch(rf"[0-9a-f]{{{length}}}", text)
    return text if valid and text != value else MISSING


def _typed(value: Any, slot: Slot) -> Any:
    if slot.terms:
        return _term(value, slot)
    if slot.name == "taxon_id":
        return _uri(value, slot)
    if isinstance(value, list) and len(value) == 1 and not slot.many and isinstance(value[0], str):
        return value[0]
    if isinstance(value, int | float) and not isinstance(value, bool) and _is_short(value):
        return str(value)
    return MISSING


def _is_short(value: float) -> bool:
    """Return whether a number is finite and has at most 100 digits."""
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 10**100


_ASSUMED = frozenset({"date_without_time", "date_without_zone", "not_a_date", "id_not_portable"})


def effect_of(finding: Finding, attributes: Mapping[str, Mapping[str, Any]]) -> Effect:
    """Return the effect of a finding's fix on the information.

    Parameters
    ----------
    finding : Finding
        A finding that has a fix.
    attributes : mapping
        Element id to its current attributes.
    """
    changes = finding.fix.changes if finding.fix is not None else ()
    effects = {
        _effect(finding.code, attributes.get(element, {}).get(slot, MISSING), value)
        for element, slot, value in changes
    }
    if finding.code in _ASSUMED:
        effects.add("assumes")
    return next((effect for effect in _WORST_FIRST if effect in effects), "keeps")


_WORST_FIRST: tuple[Effect, ...] = ("deletes", "assumes", "keeps")


def _effect(code: str, before: Any, after: Any) -> Effect:
    if after is MISSING:
        return "deletes"
    if before is MISSING or before is None:
        return "assumes"
    old, new = _entries(before), _entries(after)
    if len(new) < len(old):
        return "deletes"
    same = all(a == b if code == "not_in_list" else a in b for a, b in zip(old, new, strict=False))
    return "keeps" if same and len(old) == len(new) else "assumes"


def _entries(value: Any) -> list[str]:
    """Return the letters and digits of each entry of a value, which a change of form keeps."""
    entries = value if isinstance(value, list) else [value]
    return ["".join(filter(str.isalnum, unquote(folded(str(entry))))) for entry in entries]


CONVERTERS: dict[str, Callable[[Any, Slot], Any]] = {
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
