"""Samples in the sheets beside the files: tables, JSON, ISA-Tab, mzTab. They are not trusted.

Pure functions. The caller limits the size of the content; the parsers return text only.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import OptionError
from modos_widgets.headers import mztab_metadata, mztab_sample, mztab_sample_names, taxon_of
from modos_widgets.json_text import parse_json
from modos_widgets.sheets import delimited_tab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from modos_widgets.headers import SampleEntry

__all__ = ["LARGEST_SHEET", "DescribedSheet", "SheetSample", "is_sheet", "read_sample_sheet"]

LARGEST_SHEET: Final = 4 * 2**20
"""Maximum number of bytes of a sheet."""
MOST_SAMPLES: Final = 100_000
"""Maximum number of samples, and of rows, that are read."""
_LONGEST: Final = 2_000  # characters of a cell
_HEADER_ROWS: Final = 100  # among which the names of the columns are searched
_MOST_COLUMNS: Final = 1_000

_NAMES: Final = re.compile(
    r"(^|[^a-z])(sample|samples|samplesheet|participants?|subjects?|donors?|metadata|design|"
    r"manifest|phenotypes?|pheno)([^a-z]|$)"
)
_ISA: Final = re.compile(r"[isa]_.*\.txt$")
_SAMPLE_COLUMNS: Final = (
    "sample",
    "sample_id",
    "sampleid",
    "sample_name",
    "samplename",
    "sample_alias",
    "sample_accession",
    "biosample",
    "participant_id",
)
_IN_JSON: Final = (*_SAMPLE_COLUMNS, "id", "name")
_SLOTS: Final = {
    "sex": ("sex", "gender", "biological_sex"),
    "taxon_id": (
        "taxon_id",
        "tax_id",
        "taxid",
        "taxon",
        "ncbi_taxid",
        "ncbi_taxon_id",
        "organism",
        "species",
    ),
    "cell_type": ("cell_type", "celltype"),
    "source_material": ("source_material", "tissue", "organism_part", "material", "specimen"),
    "collector": ("collector", "collected_by"),
    "description": ("description", "sample_description"),
    "name": ("name", "title", "sample_title", "label"),
    "source_uri": ("source_uri",),
}
_SLOT_OF: Final = {column: slot for slot, columns in _SLOTS.items() for column in columns}
_OMICS_COLUMNS: Final = frozenset(
    {"omics_type", "library_strategy", "strategy", "assay", "assay_type", "experiment_type"}
)
_OMICS: Final = {
    "GENOMICS": (
        "genomics",
        "wgs",
        "wes",
        "wxs",
        "exome",
        "genome",
        "amplicon",
        "targeted",
        "panel",
    ),
    "TRANSCRIPTOMICS": (
        "transcriptomics",
        "rna",
        "rnaseq",
        "rna_seq",
        "scrna",
        "scrna_seq",
        "mirna_seq",
    ),
    "METABOLOMICS": ("metabolomics",),
    "PROTEOMICS": ("proteomics",),
}
_OMICS_OF: Final = {word: omics for omics, words in _OMICS.items() for word in words}
_PREFIXES: Final = ("characteristics_", "comment_", "factor_value_", "parameter_value_")
_PARAMETER: Final = re.compile(r"\[([^,\]]*),([^,\]]*),(.*)\]$")
_MZTAB_SLOTS: Final = {
    "species": "taxon_id",
    "tissue": "source_material",
    "cell_type": "cell_type",
    "description": "description",
}


@dataclass
class SheetSample:
    """A sample that a sheet lists.

    Attributes
    ----------
    name : str
        Its name.
    detail : str
        Where the sheet lists it, such as ``row 3``.
    others : tuple of str
        Its other names in the sheet.
    values : dict of str to (str, str)
        Slot of a Sample to the text, and where it is.
    files : tuple of str
        Names of files, without folders, that the sheet states for it.
    omics : str
        OmicsType of its data; empty if the sheet does not state it.
    """

    name: str
    detail: str
    others: tuple[str, ...] = ()
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    omics: str = ""


@dataclass(frozen=True)
class DescribedSheet:
    """What a sheet says.

    Attributes
    ----------
    samples : tuple of SheetSample
        Its samples, each once.
    title, description : str
        Of the study; empty if the sheet does not state them.
    problem : str
        Why it cannot be read; empty if it can.
    """

    samples: tuple[SheetSample, ...] = ()
    title: str = ""
    description: str = ""
    problem: str = ""

    def __bool__(self) -> bool:
        """Return whether it says anything."""
        return bool(self.samples or self.title or self.description)


def is_sheet(name: str) -> bool:
    """Return whether the name of a file is that of a sheet of samples, or of any JSON file."""
    base = posixpath.basename(name).lower()
    ending = posixpath.splitext(base)[1]
    if ending == ".txt":
        return bool(_ISA.match(base))
    return ending == ".json" or (ending in {".csv", ".tsv"} and bool(_NAMES.search(base)))


def read_sample_sheet(name: str, data: bytes, known_files: Mapping[str, object]) -> DescribedSheet:
    """Return what a sheet says; no network use.

    Parameters
    ----------
    name : str
        Name of the file, which states its kind.
    data : bytes
        Its content, or for an mzTab file its first bytes.
    known_files : mapping
        Names of the files, without folders, that cells can state.

    Returns
    -------
    DescribedSheet
        Damaged content raises no error: see its `problem`.
    """
    base = posixpath.basename(name).lower()
    try:
        if base.endswith(".json"):
            return _json(data, known_files)
        if base.endswith(".mztab"):
            return _mztab(data)
        rows = delimited_tab(posixpath.basename(name), data).rows
    except OptionError as error:
        return DescribedSheet(problem=error.message)
    if base.startswith("i_"):
        return _investigation(rows)
    return _table(rows, known_files)


# -- tables ----------------------------------------------------------------------------------------


def _plain(column: object) -> str:
    """Return the name of a column in lower case, with ``_`` between its words."""
    found = re.sub(r"[^a-z0-9]+", "_", str(column)[:200].lower()).strip("_")
    for prefix in _PREFIXES:
        found = found.removeprefix(prefix)
    return found


def _cell(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    return text[:_LONGEST] if text.isprintable() else ""


def _table(rows: Sequence[Sequence[Any]], known_files: Mapping[str, object]) -> DescribedSheet:
    """Return the samples of a table; other lines may precede its columns, as in Illumina's."""
    heads = ([_plain(cell) for cell in row[:_MOST_COLUMNS]] for row in rows[:_HEADER_ROWS])
    found = (
        (line, columns)
        for line, columns in enumerate(heads, start=1)
        if not set(_SAMPLE_COLUMNS).isdisjoint(columns)
    )
    header, columns = next(found, (0, []))
    if not header:
        return DescribedSheet()
    accessions = [
        next(
            (
                place + step
                for step in (1, 2)
                if columns[place + step : place + step + 1] == ["term_accession_number"]
                and _SLOT_OF.get(column) != "sex"
            ),
            None,
        )
        for place, column in enumerate(columns)
    ]

    def records() -> Iterator[tuple[dict[str, str], Iterable[str], str]]:
        for line, cells in enumerate(rows[header : header + MOST_SAMPLES], start=header + 1):
            texts = [_cell(cell) for cell in cells[: len(columns)]]
            record: dict[str, str] = {}
            for place, (column, text) in enumerate(zip(columns, texts, strict=False)):
                at = accessions[place]
                if at is not None and at < len(texts) and texts[at]:
                    record.setdefault(column, texts[at])
                elif text:
                    record.setdefault(column, text)
            yield record, texts, f"row {line}"

    return DescribedSheet(_samples(records(), _SAMPLE_COLUMNS, known_files))


def _samples(
    records: Iterable[tuple[dict[str, str], Iterable[str], str]],
    names: Sequence[str],
    known_files: Mapping[str, object],
) -> tuple[SheetSample, ...]:
    """Return samples from records; several records of one sample are joined."""
    found: dict[str, SheetSample] = {}
    others: dict[str, dict[str, None]] = {}
    files: dict[str, dict[str, None]] = {}
    for record, cells, where in records:
        own = [record[column] for column in names if record.get(column)]
        if not own:
            continue
        sample = found.setdefault(own[0], SheetSample(own[0], where))
        others.setdefault(own[0], {}).update(dict.fromkeys(own[1:]))
        for column, text in record.items():
            slot = _SLOT_OF.get(column)
            if slot and text not in own:
                sample.values.setdefault(slot, (text, f"{where}, column {column}"))
            if column in _OMICS_COLUMNS and not sample.omics:
                sample.omics = _OMICS_OF.get(_plain(text), "")
        mentioned = (posixpath.basename(text.replace("\\", "/")) for text in cells if text)
        stated = dict.fromkeys(name for name in mentioned if name in known_files)
        files.setdefault(own[0], {}).update(stated)
    for name, sample in found.items():
        sample.others, sample.files = tuple(others[name]), tuple(files[name])
    return tuple(found.values())


def _investigation(rows: Sequence[Sequence[Any]]) -> DescribedSheet:
    """Return title and description of an ISA-Tab investigation file."""
    found: dict[str, str] = {}
    for row in rows[:10_000]:
        if len(row) > 1 and _cell(row[1]):
            found.setdefault(_plain(row[0]), _cell(row[1]))
    return DescribedSheet(
        title=found.get("investigation_title") or found.get("study_title", ""),
        description=found.get("investigation_description") or found.get("study_description", ""),
    )


# -- JSON ------------------------------------------------------------------------------------------


def _json(data: bytes, known_files: Mapping[str, object]) -> DescribedSheet:
    try:
        document = parse_json(data)
    except (ValueError, RecursionError):
        return DescribedSheet(problem="It is not valid JSON.")
    listed: Any = document
    title = description = ""
    names: Sequence[str] = _SAMPLE_COLUMNS
    if isinstance(document, dict):
        plain = {_plain(key): value for key, value in list(document.items())[:_MOST_COLUMNS]}
        listed = plain.get("samples", plain.get("sample"))
        if listed is not None:
            names = _IN_JSON
            title = _cell(plain.get("title") or plain.get("name"))
            description = _cell(plain.get("description"))
        if isinstance(listed, dict):
            listed = [
                {"sample": key, **value} if isinstance(value, dict) else {"sample": key}
                for key, value in list(listed.items())[:MOST_SAMPLES]
            ]
    if not isinstance(listed, list):
        return DescribedSheet()

    def records() -> Iterator[tuple[dict[str, str], Iterable[str], str]]:
        for number, entry in enumerate(listed[:MOST_SAMPLES], start=1):
            if isinstance(entry, str):
                entry = {"sample": entry}  # noqa: PLW2901 - a list of names
            if isinstance(entry, dict):
                cells = {_plain(k): _cell(v) for k, v in list(entry.items())[:_MOST_COLUMNS]}
                record = {column: text for column, text in cells.items() if text}
                yield record, record.values(), f"sample {number}"

    samples = _samples(records(), names, known_files)
    return DescribedSheet(samples, title, description) if samples else DescribedSheet()


# -- mzTab -----------------------------------------------------------------------------------------


def _mztab(data: bytes) -> DescribedSheet:
    """Return what the metadata section of an mzTab file says (mzTab 1.0 and 2.0-M, section MTD)."""
    values: dict[str, str] = {}
    entries: list[SampleEntry] = []
    for key, value in mztab_metadata(data.splitlines()):
        text = _cell(value)
        entry = mztab_sample(key, text)
        if entry is not None and len(entries) < MOST_SAMPLES:
            entries.append(entry)
        values.setdefault(key, text)
    names = mztab_sample_names(entries)
    omics = "METABOLOMICS" if values.get("mzTab-version", "").endswith("-M") else "PROTEOMICS"
    samples: dict[int, SheetSample] = {}
    for number, about, text in entries:
        key = f"sample[{number}]"
        sample = samples.setdefault(
            number, SheetSample(names.get(number, f"sample {number}"), key, omics=omics)
        )
        if slot := _MZTAB_SLOTS.get(about):
            parameter = _PARAMETER.match(text)
            if slot == "taxon_id":
                text = taxon_of(text)  # noqa: PLW2901 - the term of the parameter
            elif parameter:
                text = _term(parameter)  # noqa: PLW2901
            sample.values.setdefault(slot, (text, f"{key}-{about}"))
    return DescribedSheet(
        tuple(samples.values()), values.get("title", ""), values.get("description", "")
    )


def _term(parameter: re.Match[str]) -> str:
    """Return the accession of a controlled term as a compact URI, or its name."""
    accession, label = parameter[2].strip(), parameter[3].strip().removesuffix(",").strip()
    return label if accession.isdecimal() or not accession else accession
