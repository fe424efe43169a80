"""Built-in labels of common ontology terms, for use without a terminology server.

From the Cell Ontology (CC BY 4.0), UBERON (CC BY 3.0), NCBI Taxonomy (public domain) and OBI
(CC BY 4.0), and the meanings of values in modos-schema (NCIT, EDAM).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from modos_widgets.folding import folded
from modos_widgets.modo.schema.terms import TERMS

__all__ = [
    "Label",
    "curie_of",
    "describe_term",
    "find_labels",
    "label_of",
    "labels_for",
    "search_text_of",
    "uri_for",
]

_OBO: Final = "http://purl.obolibrary.org/obo/"
_URI: Final = re.compile(
    r"(?:https?://purl\.obolibrary\.org/obo/|https?://identifiers\.org/)?"
    r"(CL|UBERON|NCBITaxon|OBI|NCIT)[_:/]([A-Z]?\d+)\Z",
    re.IGNORECASE,
)
_ONTOLOGIES: Final = {
    "CL": "Cell Ontology",
    "UBERON": "UBERON",
    "NCBITaxon": "NCBI Taxonomy",
    "OBI": "OBI",
    "NCIT": "NCI Thesaurus",
}
_SLOTS: Final = {
    "cell_type": ("CL",),
    "source_material": ("UBERON",),
    "taxon_id": ("NCBITaxon",),
    "sample_processing": ("OBI",),
}

_KNOWN: Final = {
    "CL": """
0000000 cell
0000034 stem cell
0000037 hematopoietic stem cell
0000057 fibroblast
0000062 osteoblast
0000066 epithelial cell
0000084 T cell
0000094 granulocyte
0000115 endothelial cell
0000127 astrocyte
0000128 oligodendrocyte
0000129 microglial cell
0000134 mesenchymal stem cell
0000136 adipocyte
0000138 chondrocyte
0000148 melanocyte
0000169 type B pancreatic cell
0000182 hepatocyte
0000187 muscle cell
0000192 smooth muscle cell
0000232 erythrocyte
0000233 platelet
0000235 macrophage
0000236 B cell
0000312 keratinocyte
0000451 dendritic cell
0000499 stromal cell
0000540 neuron
0000542 lymphocyte
0000576 monocyte
0000623 natural killer cell
0000624 CD4-positive, alpha-beta T cell
0000625 CD8-positive, alpha-beta T cell
0000738 leukocyte
0000746 cardiac muscle cell
0000767 basophil
0000771 eosinophil
0000775 neutrophil
0000786 plasma cell
0000842 mononuclear leukocyte
2000001 peripheral blood mononuclear cell""",
    "UBERON": """
0000029 lymph node
0000059 large intestine
0000178 blood
0000310 breast
0000473 testis
0000479 tissue
0000945 stomach
0000948 heart
0000955 brain
0000956 cerebral cortex
0000970 eye
0000992 ovary
0000995 uterus
0001013 adipose tissue
0001043 esophagus
0001088 urine
0001134 skeletal muscle tissue
0001155 colon
0001255 urinary bladder
0001264 pancreas
0001359 cerebrospinal fluid
0001836 saliva
0001969 blood plasma
0001977 blood serum
0001987 placenta
0001988 feces
0002020 gray matter
0002037 cerebellum
0002046 thyroid gland
0002048 lung
0002097 skin of body
0002106 spleen
0002107 liver
0002108 small intestine
0002113 kidney
0002114 duodenum
0002240 spinal cord
0002316 white matter
0002367 prostate gland
0002369 adrenal gland
0002370 thymus
0002371 bone marrow""",
    "NCBITaxon": """
562 Escherichia coli
1280 Staphylococcus aureus
1773 Mycobacterium tuberculosis
3702 Arabidopsis thaliana
4932 Saccharomyces cerevisiae
5833 Plasmodium falciparum
6239 Caenorhabditis elegans
7227 Drosophila melanogaster
7955 Danio rerio
8364 Xenopus tropicalis
9031 Gallus gallus
9544 Macaca mulatta
9606 Homo sapiens
9615 Canis lupus familiaris
9823 Sus scrofa
9913 Bos taurus
10090 Mus musculus
10116 Rattus norvegicus
2697049 Severe acute respiratory syndrome coronavirus 2""",
    "OBI": """
0000257 DNA extraction
0000659 specimen collection process
0000711 library preparation
0000880 RNA extraction""",
}

_SYNONYMS: Final = {
    "CL:0000084": "T lymphocyte",
    "CL:0000094": "granular leukocyte",
    "CL:0000134": "mesenchymal stromal cell, MSC",
    "CL:0000136": "fat cell",
    "CL:0000169": "beta cell",
    "CL:0000182": "liver cell",
    "CL:0000192": "myocyte of smooth muscle",
    "CL:0000232": "red blood cell",
    "CL:0000233": "thrombocyte",
    "CL:0000236": "B lymphocyte",
    "CL:0000540": "nerve cell",
    "CL:0000623": "NK cell",
    "CL:0000624": "CD4 T cell",
    "CL:0000625": "CD8 T cell",
    "CL:0000738": "white blood cell",
    "CL:0000746": "cardiomyocyte",
    "CL:2000001": "PBMC",
    "NCBITaxon:3702": "thale cress",
    "NCBITaxon:4932": "baker's yeast",
    "NCBITaxon:5833": "malaria parasite",
    "NCBITaxon:6239": "roundworm",
    "NCBITaxon:7227": "fruit fly",
    "NCBITaxon:7955": "zebrafish",
    "NCBITaxon:8364": "western clawed frog",
    "NCBITaxon:9031": "chicken",
    "NCBITaxon:9544": "rhesus monkey, macaque",
    "NCBITaxon:9606": "human",
    "NCBITaxon:9615": "dog",
    "NCBITaxon:9823": "pig",
    "NCBITaxon:9913": "cow, cattle",
    "NCBITaxon:10090": "mouse",
    "NCBITaxon:10116": "rat",
    "NCBITaxon:2697049": "SARS-CoV-2",
    "UBERON:0000310": "mammary gland",
    "UBERON:0001013": "fat",
    "UBERON:0001043": "oesophagus",
    "UBERON:0001255": "bladder",
    "UBERON:0001359": "CSF",
    "UBERON:0001988": "stool, faeces",
    "UBERON:0002046": "thyroid",
    "UBERON:0002097": "skin",
    "UBERON:0002367": "prostate",
    "UBERON:0002369": "suprarenal gland",
}
_VALUE_SYNONYMS: Final = {
    "GENOMICS": "DNA, genome",
    "TRANSCRIPTOMICS": "RNA, transcriptome",
    "PROTEOMICS": "protein, proteome",
    "METABOLOMICS": "metabolite, metabolome",
}


@dataclass(frozen=True, slots=True)
class Label:
    """A term of an ontology.

    Attributes
    ----------
    uri : str
        What is stored.
    label : str
        What people call it.
    curie : str
        The short form, such as ``UBERON:0000178``.
    ontology : str
        Where it comes from.
    """

    uri: str
    label: str
    curie: str
    ontology: str

    def to_dict(self) -> dict[str, str]:
        """Return it as the browser gets it."""
        return {
            "uri": self.uri,
            "label": self.label,
            "curie": self.curie,
            "ontology": self.ontology,
        }


@cache
def _labels() -> dict[str, Label]:
    found = {}
    for prefix, rows in _KNOWN.items():
        for row in rows.strip().splitlines():
            number, _, name = row.partition(" ")
            curie = f"{prefix}:{number}"
            found[curie.upper()] = Label(
                f"{_OBO}{prefix}_{number}", name, curie, _ONTOLOGIES[prefix]
            )
    for terms in TERMS.values():
        for term in terms.values():
            if term.meaning:
                ontology = _ONTOLOGIES.get(term.meaning.partition(":")[0], "EDAM")
                known = Label(term.uri, term.value, term.meaning, ontology)
                found.setdefault(term.meaning.upper(), known)
    return found


def label_of(value: Any) -> Label | None:
    """Return the built-in term of a URI or compact URI, or None."""
    if not isinstance(value, str) or len(value) > 100:  # noqa: PLR2004 - longer than any
        return None
    match = _URI.match(value)
    return _labels().get(f"{match[1]}:{match[2]}".upper()) if match else None


def curie_of(uri: str) -> str:
    """Return the compact form of an OBO URI; any other URI unchanged."""
    if uri.startswith(_OBO):
        prefix, _, number = uri.removeprefix(_OBO).partition("_")
        if number:
            return f"{prefix}:{number}"
    return uri


def describe_term(value: str) -> Label:
    """Return what is known of a URI or compact URI; the label is empty for an unknown term.

    Parameters
    ----------
    value : str
        As stored.

    Returns
    -------
    Label
        Of a compact URI of a known ontology, `uri` is the whole URI.
    """
    known = label_of(value)
    if known is not None:
        return known
    match = _URI.match(value) if len(value) <= 100 else None  # noqa: PLR2004 - longer than any
    if match is None:
        return Label(value, "", curie_of(value), "")
    prefix = next(name for name in _ONTOLOGIES if name.upper() == match[1].upper())
    curie = f"{prefix}:{match[2].upper()}"
    return Label(f"{_OBO}{prefix}_{match[2].upper()}", "", curie, _ONTOLOGIES[prefix])


def search_text_of(value: str) -> str:
    """Return what else a value is called: label, compact URI and synonyms of a built-in term.

    Parameters
    ----------
    value : str
        As stored.

    Returns
    -------
    str
        One name per line; empty if the value is not a built-in term.
    """
    names = [_VALUE_SYNONYMS.get(value, "")]
    term = label_of(value)
    if term is not None:
        names += [term.label, term.curie, _SYNONYMS.get(term.curie, "")]
    return "\n".join(name for name in ", ".join(names).split(", ") if name)


def labels_for(values: Any) -> dict[str, str]:
    """Return the labels of the values that are built-in terms."""
    found = {}
    for value in values:
        for entry in value if isinstance(value, list) else [value]:
            term = label_of(entry)
            if term is not None:
                found[entry] = term.label
    return found


def find_labels(text: str, slot: str = "", most: int = 20) -> list[Label]:
    """Return the built-in terms that match a text; those of the ontology of the slot first.

    Parameters
    ----------
    text : str
        Words that must all be in label or compact URI.
    slot : str
        Slot of the term, which determines the ontology.
    most : int
        Largest number of terms.

    Returns
    -------
    list of Label
    """
    words = folded(text).split()
    meant = _SLOTS.get(slot, ())
    found = [
        (
            term.curie.partition(":")[0] not in meant,
            not folded(term.label).startswith(folded(text)),
            len(term.label),
            term.label,
            term,
        )
        for term in _labels().values()
        if all(word in _words_of(term) for word in words)
        and (not meant or term.curie.partition(":")[0] in meant)
    ]
    return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1])][:most]


@cache
def _words_of(term: Label) -> str:
    return folded(f"{term.label} {term.curie} {_SYNONYMS.get(term.curie, '')}")


def uri_for(text: str, slot: str) -> str:
    """Return the URI of the only built-in term with this label, or ''."""
    if not text.strip():
        return ""
    wanted = folded(text.strip())
    found = [term for term in find_labels(wanted, slot, 50) if folded(term.label) == wanted]
    return found[0].uri if len(found) == 1 else ""
