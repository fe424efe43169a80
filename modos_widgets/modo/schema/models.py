"""The metadata schema: modos-schema 0.3.4 as pydantic models.

Titles, descriptions and the meanings of terms are those of the published schema
(modos_schema/schema/modos_schema.yaml, https://w3id.org/sdsc-ordes/modos-schema); a test compares
them. Real metadata contain dates without time, single values in place of lists, and links without
group. The types distinguish these from other mistakes by the code of the error that they raise (see
`modos_widgets.modo.validation.metadata_checks`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError

from modos_widgets.modo.schema.terms import DATA_FORMAT, OMICS_TYPE, SEX, Term

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidatorFunctionWrapHandler

__all__ = [
    "CLASSES",
    "GROUPS",
    "MODO",
    "AlignmentSet",
    "Array",
    "Assay",
    "DataEntity",
    "MassSpectrometryResults",
    "NamedThing",
    "ReferenceGenome",
    "ReferenceSequence",
    "Sample",
    "VariantSet",
]

DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_URI_CHARACTERS = r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]*"
URI_TEXT = rf"{_URI_CHARACTERS}(?:%[0-9A-Fa-f]{{2}}{_URI_CHARACTERS})*"
"""Characters that a URI may contain (RFC 3986); others are percent-encoded."""
SCHEME = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?!#?\Z){URI_TEXT}(?:#{URI_TEXT})?\Z")
COMPACT = re.compile(rf"[A-Za-z_][A-Za-z0-9_.-]*:{URI_TEXT}(?:#{URI_TEXT})?\Z")
IRI = re.compile(r"[A-Za-z_][A-Za-z0-9_+.-]*:\S+\Z")
MD5 = re.compile(r"[a-f0-9]{32}\Z")
BLAKE2B = re.compile(r"[0-9a-fA-F]{128}\Z")


def _text(value: object) -> object:
    if type(value) is not str:
        raise PydanticCustomError("wrong_type", "must be text")
    return value


def _moment(value: str) -> str:
    if DATE.match(value):
        _parse(value)
        raise PydanticCustomError("date_without_time", "is a date without a time")
    if _parse(value).tzinfo is None:
        raise PydanticCustomError("date_without_zone", "is a time without a time zone")
    return value


def _parse(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError(
            "not_a_date", "must be a date and time such as 2026-11-22T09:30:00+01:00"
        ) from error


def _uri(value: str) -> str:
    if not SCHEME.match(value):
        _refuse_iri(value)
        raise PydanticCustomError("not_a_uri", "must be a URI such as https://example.org/x")
    return value


def _uri_or_curie(value: str) -> str:
    if not (SCHEME.match(value) or COMPACT.match(value)):
        _refuse_iri(value)
        raise PydanticCustomError(
            "not_a_uri", "must be a URI or a compact one such as UBERON:0000178"
        )
    return value


def _refuse_iri(value: str) -> None:
    if IRI.match(value):
        raise PydanticCustomError(
            "not_a_uri",
            "contains characters that must be percent-encoded in a URI, as in caf%C3%A9",
        )


def _md5(value: str) -> str:
    if not MD5.match(value):
        raise PydanticCustomError("bad_pattern", "must be 32 digits of 0-9 and a-f (MD5)")
    return value


def _blake2b(value: str) -> str:
    if not BLAKE2B.match(value):
        raise PydanticCustomError("bad_pattern", "must be 128 hexadecimal digits (BLAKE2b)")
    return value


def _several(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    if type(value) is not list:
        handler([value])  # An error of the value itself takes precedence.
        raise PydanticCustomError("scalar_for_list", "must be a list")
    return handler(value)


class _OneOf:
    """Check that a value is one of a list of terms."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self.terms = terms

    def __call__(self, value: str) -> str:
        if value not in self.terms:
            raise PydanticCustomError(
                "not_in_list", "must be one of {terms}", {"terms": ", ".join(self.terms)}
            )
        return value


Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[Text, AfterValidator(_moment)]
Uri = Annotated[Text, AfterValidator(_uri)]
UriOrCurie = Annotated[Text, AfterValidator(_uri_or_curie)]
Md5 = Annotated[Text, AfterValidator(_md5)]
Blake2b = Annotated[Text, AfterValidator(_blake2b)]
SexTerm = Annotated[Text, AfterValidator(_OneOf(SEX))]
OmicsTerm = Annotated[Text, AfterValidator(_OneOf(OMICS_TYPE))]
FormatTerm = Annotated[Text, AfterValidator(_OneOf(DATA_FORMAT))]
Texts = Annotated[list[Text], WrapValidator(_several)]
UrisOrCuries = Annotated[list[UriOrCurie], WrapValidator(_several)]
OmicsTerms = Annotated[list[OmicsTerm], WrapValidator(_several)]


def _slot(title: str, description: str, *, required: bool = False, **more: Any) -> Any:
    """Define a slot; `more` contains link (target class), terms, and kind (its editor)."""
    return Field(
        ... if required else None, title=title, description=description, json_schema_extra=more
    )


# Slots of several classes.


def _source_uri() -> Any:
    return _slot(
        "Source", "The URI from which a resource or dataset was obtained or derived.", kind="uri"
    )


def _version() -> Any:
    return _slot("Version", "A string specifying the release or version of a software or resource.")


def _taxon_id() -> Any:
    return _slot(
        "Taxon",
        "The NCBI taxon code from ncbitaxon describing the taxonomic range of a sample.",
        kind="term",
    )


def _data_path() -> Any:
    return _slot(
        "Data path",
        "The path to access a resource, on a network or local filesystem. Can be a path relative "
        "to the root of the digital object, a URL, or an absolute path.",
        required=True,
        kind="path",
    )


class NamedThing(BaseModel):
    """A generic grouping for any identifiable entity."""

    model_config = ConfigDict(extra="allow", strict=True)
    group: ClassVar[str] = ""
    expected: ClassVar[tuple[str, ...]] = ()
    """Slots that a complete element has, besides the required ones."""

    name: Text = _slot("Name", "A human-readable name for a thing")
    description: Text = _slot("Description", "A human-readable description for a thing")


class MODO(NamedThing):
    """Represents the Multi-Omics Digital Object.

    It encapsulates omics and other datasets and their metadata.
    """

    creation_date: Moment = _slot(
        "Creation date", "The date on which something was created.", required=True, kind="moment"
    )
    last_update_date: Moment = _slot(
        "Last update",
        "The date on which the thing was last modified.",
        required=True,
        kind="moment",
    )
    has_assay: Texts = _slot(
        "Assays", "An assay that was performed as part of a given thing.", link="Assay"
    )
    source_uri: Uri = _source_uri()


class Assay(NamedThing):
    """A coordinated set of actions designed to generate data from samples."""

    group = "assay"

    omics_type: OmicsTerms = _slot(
        "Omics type", "The type of omics considered.", required=True, terms="OmicsType"
    )
    has_data: Texts = _slot(
        "Data", "Data entity included in a given collection.", link="DataEntity"
    )
    sample_processing: UrisOrCuries = _slot(
        "Sample processing",
        "Codes describing sample processing, preparation or handling steps. Should be codes "
        "from MSIO, EFO or OBI.",
        kind="term",
    )


class Sample(NamedThing):
    """A biological sample used in assays.

    Examples include a whole organism, tissue or cell line.
    """

    group = "sample"
    expected = ("name", "source_material", "sex", "taxon_id")

    cell_type: UriOrCurie = _slot(
        "Cell type",
        "The cell type of the sample, if applicable. Should be a cell type code URI from the "
        "cell ontology.",
        kind="term",
    )
    source_material: UriOrCurie = _slot(
        "Source material",
        "The biological source from which the sample was isolated (tissue, organ). Should be a "
        "code URI from the UBERON ontology or fairgenomes biospecimen types.",
        kind="term",
    )
    sex: SexTerm = _slot("Sex", "The biological sex of a sample.", terms="Sex")
    taxon_id: UrisOrCuries = _taxon_id()
    collector: Texts = _slot(
        "Collector", "The organization responsible for collecting a given sample."
    )
    source_uri: Uri = _source_uri()


class DataEntity(NamedThing):
    """An entity containing data."""

    group = "data"

    data_path: Text = _data_path()
    data_format: FormatTerm = _slot(
        "Data format",
        "Data/file format associated with a data entity.",
        required=True,
        terms="DataFormat",
    )
    has_sample: Texts = _slot(
        "Samples", "Biological sample included or described by a given thing.", link="Sample"
    )
    has_reference: Texts = _slot(
        "References",
        "Specifies the reference coordinate system used by an omics dataset.",
        link="ReferenceGenome",
    )
    data_checksum: Blake2b = _slot(
        "Checksum",
        "The pre-computed BLAKE2b hash uniquely representing a file content.",
        kind="checksum",
    )


class ReferenceGenome(NamedThing):
    """Reference assembly of a given genome.

    Consists of a collection of contiguous sequences (contigs).
    """

    group = "reference"

    data_path: Text = _data_path()
    has_sequence: Texts = _slot(
        "Sequences",
        "Denotes that a sequence belongs to a collection (e.g. a reference genome).",
        link="ReferenceSequence",
    )
    taxon_id: UrisOrCuries = _taxon_id()
    source_uri: Uri = _source_uri()
    version: Text = _version()


class ReferenceSequence(NamedThing):
    """A contiguous sequence of DNA part of a reference coordinate system (genome assembly)."""

    group = "sequence"

    sequence_md5: Md5 = _slot(
        "MD5",
        "The pre-computed hash uniquely representing a biological sequence. Calculated as the MD5 "
        "of the upper-case sequence excluding all whitespace characters (this is equivalent to "
        "SQ:M5 in SAM).",
        kind="checksum",
    )
    source_uri: Uri = _source_uri()
    version: Text = _version()


class AlignmentSet(DataEntity):
    """A data entity consisting of genomic intervals aligned to a reference."""


class VariantSet(DataEntity):
    """A data entity consisting of genomic variants relative to a reference."""


class MassSpectrometryResults(DataEntity):
    """A data entity consisting of quantitative results from a mass spectrometry experiment."""


class Array(DataEntity):
    """Data entity consisting of an N-dimensional array."""


CLASSES: dict[str, type[NamedThing]] = {
    model.__name__: model
    for model in (
        MODO,
        Assay,
        Sample,
        DataEntity,
        AlignmentSet,
        VariantSet,
        MassSpectrometryResults,
        Array,
        ReferenceGenome,
        ReferenceSequence,
    )
}
"""Class name to model; DataEntity precedes its subclasses."""

GROUPS = ("assay", "data", "reference", "sample", "sequence")
"""The groups of an archive; each contains one child group per element."""
