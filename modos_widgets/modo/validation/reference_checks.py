"""Check references: sequences, assemblies and species that files name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.modo.schema.term_labels import curie_of, label_of, uri_for
from modos_widgets.modo.validation.findings import Fix, new_finding
from modos_widgets.modo.values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.headers import Contig, FileHeader
    from modos_widgets.modo.validation.content_reading import CheckedFile, Contents
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_references", "sequences_without_length"]

_SLOT = "has_reference"
_SHOWN = 3
_SAME_ASSEMBLY = {
    "hg18": "ncbi36",
    "hg19": "grch37",
    "b37": "grch37",
    "hs37d5": "grch37",
    "g1kv37": "grch37",
    "hg38": "grch38",
    "hs38": "grch38",
    "hs38dh": "grch38",
    "mm9": "ncbim37",
    "mm10": "grcm38",
    "mm39": "grcm39",
    "rn6": "rnor6",
    "danrer10": "grcz10",
    "danrer11": "grcz11",
    "chm13": "t2tchm13",
    "hs1": "t2tchm13",
}
"""Names of UCSC and others for the assemblies of the Genome Reference Consortium (lower case)."""
_ASSEMBLY = re.compile(
    r"(?<![a-z0-9])(grch\d+|grcm\d+|grcz\d+|ncbi36|ncbim37|hg\d+|hs37d5|hs38(?:dh)?|hs1|b37|"
    r"g1k_?v37|mm\d+|rn\d+|rnor_?6|danrer\d+|(?:t2t[-_]?)?chm13)(?![a-z0-9]*[a-z])",
    re.IGNORECASE,
)


def check_references(contents: Contents) -> Iterator[Finding]:
    """Find files that were made with another reference, assembly or species than is stated.

    Parameters
    ----------
    contents : Contents
        The elements, and what their files say.

    Yields
    ------
    Finding
    """
    references = _references(contents)
    if contents.refget_problem:
        for element in dict.fromkeys(sequences_without_length(contents).values()):
            message = f"Lengths of its sequences were not compared. {contents.refget_problem}"
            place = (contents.path, element, "has_sequence")
            yield new_finding("reference_not_checked", *place, message)
    for element, file in contents.checked():
        if not file.header.complete:
            continue
        yield from _taxa(contents, element, file)
        if element in references:
            yield from _sequences(contents, element, references[element])
            continue
        if _SLOT not in contents.schema.slots(contents.elements[element].get("@type")):
            continue
        yield from _contigs(contents, element, file, references)
        yield from _assemblies(contents, element, file)


def sequences_without_length(contents: Contents) -> dict[str, str]:
    """Return the sequences that files name with a length, and references only with an MD5.

    Parameters
    ----------
    contents : Contents
        The elements, and what their files say.

    Returns
    -------
    dict of str to str
        MD5 to the reference that states it, each in the order of the files.
    """
    references = _references(contents)
    found: dict[str, str] = {}
    for element, file in contents.checked():
        if not file.header.complete or element in references:
            continue
        for link in _links(contents, element):
            if link in references:
                for md5 in references[link].md5_without_length(file.header.contigs):
                    found.setdefault(md5, link)
    return found


def _references(contents: Contents) -> dict[str, _Reference]:
    return {
        element: _Reference.of(contents, element)
        for element in contents.elements
        if contents.is_a(element, "ReferenceGenome")
    }


@dataclass(frozen=True)
class _Reference:
    """The sequences of a reference, as its file and its elements state them.

    Attributes
    ----------
    lengths : Mapping of str to int
        Name to length; None where it is not known.
    md5 : Mapping of str to str
        Name to MD5, where it is known.
    complete : bool
        Whether all its sequences are known.
    stated : Mapping of str to (str, str)
        Name to the element of the sequence and its ``sequence_md5``.
    """

    lengths: Mapping[str, int | None]
    md5: Mapping[str, str]
    complete: bool
    stated: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, contents: Contents, element: str) -> _Reference:
        file = contents.file_of(element)
        sources = [] if file is None or not file.header.complete else _sources(file)
        lengths: dict[str, int | None] = {}
        md5: dict[str, str] = {}
        for contig in (contig for source in sources for contig in source):
            lengths.setdefault(contig.name, contig.length)
            if contig.md5:
                md5.setdefault(contig.name, contig.md5)
        stated = _stated_md5(contents, element)
        for name, (_, value) in stated.items():
            md5.setdefault(name, value)
            length = contents.sequence_lengths.get(md5[name])
            if length is not None and lengths.get(name) is None:
                lengths[name] = length
        return cls(lengths, md5, bool(sources), stated)

    def differences(self, contigs: Iterable[Contig]) -> Iterator[str]:
        """Yield how the sequences of a file differ, each as a clause."""
        for contig in contigs:
            if self.complete and contig.name not in self.lengths:
                yield f"{contig.name:.40} is not in it"
                continue
            length = self.lengths.get(contig.name)
            if None not in {length, contig.length} and length != contig.length:
                yield (
                    f"{contig.name:.40} has {contig.length:,} bases in the file and {length:,} "
                    "in the reference"
                )
            elif contig.md5 and self.md5.get(contig.name, contig.md5) != contig.md5:
                yield f"{contig.name:.40} has another MD5"

    def md5_without_length(self, contigs: Iterable[Contig]) -> Iterator[str]:
        """Yield the MD5 of sequences whose length is stated in a file, but not here.

        Contigs with an MD5 are left out: they are compared by that.
        """
        for contig in contigs:
            md5 = self.md5.get(contig.name)
            has_length = self.lengths.get(contig.name) is not None
            if md5 and not has_length and not contig.md5 and contig.length is not None:
                yield md5

    def fits(self, contigs: Iterable[Contig]) -> bool:
        """Return whether all sequences of a file are known to be those of the reference."""
        return self.complete and next(self.differences(contigs), None) is None


def _sources(file: CheckedFile) -> list[tuple[Contig, ...]]:
    """Return lists of all sequences of a reference: of its file or index, and dictionary."""
    indexes = [
        each.index.contigs
        for each in file.indexes
        if each.index.format == "FAI" and each.index.complete and not each.mismatch
    ]
    found = [file.header.contigs] if file.header.all_contigs else indexes[:1]
    if file.dictionary is not None and file.dictionary.complete:
        found.append(file.dictionary.contigs)
    return found


def _stated_md5(contents: Contents, element: str) -> dict[str, tuple[str, str]]:
    """Return the elements of a reference's sequences and their MD5, by name and by id."""
    found = {}
    for link in as_list(contents.elements[element].get("has_sequence") or []):
        attributes = contents.elements.get(link, {}) if isinstance(link, str) else {}
        value = attributes.get("sequence_md5")
        if isinstance(value, str) and value:
            for name in (attributes.get("name"), str(link).partition("/")[2]):
                if isinstance(name, str) and name:
                    found[name] = (str(link), value.lower())
    return found


def _contigs(
    contents: Contents,
    element: str,
    file: CheckedFile,
    references: Mapping[str, _Reference],
) -> Iterator[Finding]:
    contigs = file.header.contigs
    if not contigs or file.header.format == "FASTA":
        return
    links = _links(contents, element)
    known = [references[link] for link in links if link in references]
    listed = (list(each.differences(contigs)) for each in known)
    differences = min(listed, key=len, default=[])
    if links and not differences:
        return
    fitting = [each for each, reference in references.items() if reference.fits(contigs)]
    fix = None
    if len(fitting) == 1 and fitting != links:
        fix = Fix(f"Link to {fitting[0]}", ((element, _SLOT, fitting),))
    if not links:
        if len(fitting) == 1:
            message = f"The sequences of {file.path!r:.80} are those of {fitting[0]}."
            yield new_finding("reference_not_linked", contents.path, element, _SLOT, message, fix)
        return
    shown = "; ".join(differences[:_SHOWN])
    more = f"; and {len(differences) - _SHOWN:,} more" if len(differences) > _SHOWN else ""
    message = (
        f"The sequences of {file.path!r:.80} are not those of {links[0]}: {shown}{more}."
        f"{_prefix_hint(contigs, known)}"
    )
    yield new_finding("contig_mismatch", contents.path, element, _SLOT, message, fix)


def _prefix_hint(contigs: Iterable[Contig], references: Iterable[_Reference]) -> str:
    """Return a hint if names differ only in the prefix chr."""
    names = {contig.name for contig in contigs}
    for reference in references:
        other = {
            name.removeprefix("chr") if name.startswith("chr") else f"chr{name}" for name in names
        }
        if names.isdisjoint(reference.lengths) and not other.isdisjoint(reference.lengths):
            return " The names differ in the prefix chr."
    return ""


def _links(contents: Contents, element: str) -> list[str]:
    value = contents.elements[element].get(_SLOT)
    return [link for link in as_list(value) if isinstance(link, str)] if value else []


def _sequences(contents: Contents, element: str, reference: _Reference) -> Iterator[Finding]:
    """Find sequences whose MD5 is not that of the reference's own file."""
    file = contents.file_of(element)
    assert file is not None  # noqa: S101 - the caller has it
    own = {contig.name: contig.md5 for contig in file.header.contigs if contig.md5}
    for name, (sequence, stated) in reference.stated.items():
        if own.get(name, stated) != stated:
            yield new_finding(
                "sequence_mismatch",
                contents.path,
                sequence,
                "sequence_md5",
                f"The sequence {name!r:.60} of {file.path!r:.80} has another MD5.",
                Fix("Store the MD5 of the file", ((sequence, "sequence_md5", own[name]),)),
            )


def _assemblies(contents: Contents, element: str, file: CheckedFile) -> Iterator[Finding]:
    header = file.header
    own = _known_assemblies([*header.assemblies, header.reference])
    for link in _links(contents, element):
        attributes = contents.elements.get(link, {})
        texts = [attributes.get(slot) for slot in ("name", "version", "data_path")]
        stated = _known_assemblies([link, *(text for text in texts if isinstance(text, str))])
        if own and stated and own.isdisjoint(stated):
            yield new_finding(
                "assembly_mismatch",
                contents.path,
                element,
                _SLOT,
                f"The header of {file.path!r:.80} names the assembly "
                f"{', '.join(header.assemblies) or header.reference:.60}, and {link} is "
                f"{', '.join(sorted(stated)):.60}.",
            )


def _known_assemblies(texts: Iterable[str]) -> set[str]:
    """Return the well-known assemblies that texts name, each by one name, in lower case."""
    found = set()
    for text in texts:
        for match in _ASSEMBLY.finditer(text):
            name = re.sub(r"[-_]", "", match[1].lower())
            found.add(_SAME_ASSEMBLY.get(name, name))
    return found


def _taxa(contents: Contents, element: str, file: CheckedFile) -> Iterator[Finding]:
    """Find samples and references of another species than the header of their file names."""
    own = {taxon for taxon in map(_taxon, file.header.species) if taxon}
    if len(own) != 1 or len(own) != len(file.header.species):
        return
    (taxon,) = own
    linked = as_list(contents.elements[element].get("has_sample") or [])
    for each in (element, *linked, *_links(contents, element)):
        stated = contents.elements.get(each, {}).get("taxon_id") if isinstance(each, str) else None
        values = [value for value in as_list(stated) if isinstance(value, str)] if stated else []
        taxa = {_taxon(value) for value in values}
        if not taxa or "" in taxa or taxon in taxa:
            continue
        value = f"NCBITaxon:{taxon}"
        many = isinstance(stated, list)
        yield new_finding(
            "taxon_mismatch",
            contents.path,
            each,
            "taxon_id",
            f"The header of {file.path!r:.80} names the species {_species(file.header)}, and "
            f"taxon_id is {', '.join(values):.60}.",
            Fix(f"Change to {value}", ((each, "taxon_id", [value] if many else value),)),
        )


def _species(header: FileHeader) -> str:
    label = label_of(header.species[0])
    return f"{label.label if label else header.species[0]:.60}"


def _taxon(value: Any) -> str:
    """Return the number of a taxon that a CURIE, a URI or a well-known name states."""
    text = str(value)
    for candidate in (text, uri_for(text, "taxon_id")):
        curie = curie_of(candidate) or candidate
        found = re.search(r"NCBITaxon[:_](\d+)\Z", curie, re.IGNORECASE)
        if found:
            return found[1]
    return text if text.isdecimal() else ""
