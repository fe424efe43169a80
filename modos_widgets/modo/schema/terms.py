"""The lists of values of the schema, with the meaning of each value.

Descriptions and meanings are those of modos-schema 0.3.4 (NCIT: NCI Thesaurus; EDAM:
ontology of bioscientific data analysis).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DATA_FORMAT", "OMICS_TYPE", "SEX", "TERMS", "Term"]

PREFIXES = {
    "NCIT": "http://purl.obolibrary.org/obo/NCIT_",
    "EDAM": "http://edamontology.org/",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A value that a slot can have.

    Attributes
    ----------
    value : str
        The stored value.
    description : str
        Description of the value.
    meaning : str
        Ontology term as a compact URI such as ``NCIT:C84343``, or empty.
    """

    value: str
    description: str
    meaning: str = ""

    @property
    def uri(self) -> str:
        """The meaning as a full URI, or empty."""
        prefix, _, name = self.meaning.partition(":")
        return PREFIXES[prefix] + name if name else ""


def _terms(*rows: Term) -> Mapping[str, Term]:
    return MappingProxyType({row.value: row for row in rows})


SEX = _terms(Term("Male", "The male sex."), Term("Female", "The female sex."))

OMICS_TYPE = _terms(
    Term(
        "GENOMICS",
        "The study of the structure, function, expression, evolution, mapping and editing of "
        "genomes.",
        "NCIT:C84343",
    ),
    Term(
        "TRANSCRIPTOMICS",
        "The study of the complete set of RNA transcripts that are produced by the genome.",
        "NCIT:C153189",
    ),
    Term("METABOLOMICS", "The study of biological metabolic profiles.", "NCIT:C49019"),
    Term("PROTEOMICS", "The global analysis of cellular proteins.", "NCIT:C20085"),
)

DATA_FORMAT = _terms(
    Term("CRAM", "Referenced-based compression of alignment format.", "EDAM:format_3462"),
    Term(
        "FASTQ",
        "FASTQ short read format with sequence and any type of quality scores.",
        "EDAM:format_1930",
    ),
    Term("Zarr", "Chunked, compressed N-dimensional arrays.", "EDAM:format_3915"),
    Term("FASTA", "FASTA sequence format including NCBI-style IDs.", "EDAM:format_1929"),
    Term("VCF", "Variant call format for sequence variation.", "EDAM:format_3016"),
    Term(
        "BCF",
        "Binary call format, for efficient storage of sequence variation.",
        "EDAM:format_3020",
    ),
    Term(
        "mzTab",
        "tab-delimited format for mass spectrometry-based proteomics and metabolomics results.",
        "EDAM:format_3681",
    ),
    Term("TSV", "Tab-separated values format.", "EDAM:format_3475"),
    Term("JSON", "JavaScript Object Notation format.", "EDAM:format_3464"),
)

TERMS: Mapping[str, Mapping[str, Term]] = MappingProxyType(
    {"Sex": SEX, "OmicsType": OMICS_TYPE, "DataFormat": DATA_FORMAT}
)
"""Name of each list of values in the schema to its terms."""
