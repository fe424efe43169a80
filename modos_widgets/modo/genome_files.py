"""The genome files of an object, of which regions can be read."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import ArgumentError, NotFoundError
from modos_widgets.modo.data_paths import ending_of, file_in_object, index_names
from modos_widgets.modo.values import as_list
from modos_widgets.regions import (
    INDEX_SUFFIXES,
    FastaReference,
    GeneNames,
    GenomeFile,
    RefgetReference,
)
from modos_widgets.remote import fetch_region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from modos_widgets.headers import Contig
    from modos_widgets.modo.stored_object import StoredObject
    from modos_widgets.regions import Gene, Locus, Reference
    from modos_widgets.remote import EndpointManager

__all__ = ["file_path", "genome_file", "has_regions"]

_FORMATS = {
    ".bam": "BAM",
    ".cram": "CRAM",
    ".vcf": "VCF",
    ".bcf": "BCF",
    ".fa": "FASTA",
    ".fasta": "FASTA",
    ".fna": "FASTA",
}


_ANNOTATIONS = (".gff3", ".gff", ".gtf", ".bed")
"""Endings of annotation files, the best one first."""

_MOST_ANNOTATIONS = 3
_MOST_REFERENCES = 4
"""Number of references of an element whose indexes are read side by side."""


def genome_file(modo: StoredObject, element_or_file: str) -> GenomeFile:
    """Return a genome file of an object; no network use until it is read.

    Parameters
    ----------
    modo : StoredObject
        The object.
    element_or_file : str
        Id of an element whose ``data_path`` is the file, or the path of the file in the object.

    Returns
    -------
    GenomeFile
        With the reference that the element links to, or that of the endpoint's refget service.

    Raises
    ------
    ArgumentError
        `element_or_file` is not a str.
    NotFoundError
        The element has no file in the object.
    """
    path = file_path(modo, element_or_file)
    attributes = modo.metadata
    element = attributes.get(element_or_file)
    if element is None:
        owners = modo.named_files().get(path, [])
        element = attributes.get(owners[0], {}) if owners else {}
    endpoint = modo.manager
    return _opened(
        modo,
        path,
        _ObjectReference(modo, element, attributes, endpoint),
        genes=_ObjectGenes(modo),
        service=_service_of(modo, path, endpoint),
    )


def file_path(modo: StoredObject, element_or_file: str) -> str:
    """Return the path of a file in an object; no network use.

    Parameters
    ----------
    modo : StoredObject
        The object.
    element_or_file : str
        Id of an element whose ``data_path`` is the file, or the path of the file in the object.

    Raises
    ------
    ArgumentError
        `element_or_file` is not a str.
    NotFoundError
        The element has no file in the object, or the path leads out of it.
    """
    if not isinstance(element_or_file, str):
        raise ArgumentError.expected("the id of an element or the path of a file", element_or_file)
    element = modo.metadata.get(element_or_file)
    path = file_in_object(
        element_or_file if element is None else element.get("data_path"), modo.path
    )
    if path is None and element is not None:
        raise NotFoundError(
            f"{element_or_file!r:.80} has no file in the object.",
            "Choose an element with a data_path in the object, or pass the path of a file.",
        )
    if path is None:
        raise NotFoundError(
            f"{element_or_file!r:.80} is not a file of the object.",
            "Pass the id of an element, or a path relative to the object.",
        )
    return path


def has_regions(path: str) -> bool:
    """Return whether regions of a file can be read if it has an index, by the ending of its path.

    VCF files must be compressed.
    """
    kind = _FORMATS.get(ending_of(path), "")
    return bool(kind) and (kind != "VCF" or path.lower().endswith((".gz", ".bgz")))


def _opened(
    modo: StoredObject,
    path: str,
    reference: Reference | None,
    *,
    genes: _ObjectGenes | None = None,
    service: _HtsgetFile | None = None,
) -> GenomeFile:
    kind = _FORMATS.get(ending_of(path), "")
    suffixes = INDEX_SUFFIXES.get(kind) or tuple(
        dict.fromkeys(suffix for found in INDEX_SUFFIXES.values() for suffix in found)
    )
    names = index_names(path)
    return GenomeFile(
        modo.storage.ranges(path),
        [
            partial(modo.storage.ranges, name)
            for suffix in suffixes
            for name in names
            if name.endswith(suffix)
        ],
        block_index=partial(modo.storage.ranges, f"{path}.gzi") if kind == "FASTA" else None,
        reference=reference,
        genes=genes,
        service=service,
    )


_SERVED = {".bam": "BAM", ".vcf.gz": "VCF", ".bcf": "BCF"}
"""Endings of files of which regions are requested from an htsget service if the index is large.

CRAM is not among them: its indexes are small, and say which bases of the reference are needed.
"""


def _service_of(
    modo: StoredObject, path: str, endpoint: EndpointManager | None
) -> _HtsgetFile | None:
    """Return the htsget service of an endpoint for a file in S3. No network.

    None if the endpoint is known to name none; whether it names one may be asked later.
    """
    ending = next((each for each in _SERVED if path.lower().endswith(each)), None)
    if endpoint is None or ending is None or not modo.path.startswith("s3://"):
        return None
    if endpoint.is_known and endpoint.htsget is None:
        return None
    name = f"{modo.path.removeprefix('s3://').strip('/')}/{path[: -len(ending)]}"
    return _HtsgetFile(endpoint, name)


class _HtsgetFile:
    """A file at the htsget service of an endpoint.

    Parameters
    ----------
    endpoint : EndpointManager
        The endpoint.
    name : str
        Id of the file: bucket and key without the ending of the format, as htsget-rs finds files.
    """

    def __init__(self, endpoint: EndpointManager, name: str) -> None:
        self._endpoint, self._name = endpoint, name

    def prepare(self) -> None:
        """Ask the endpoint for its services, once."""
        _ = self._endpoint.htsget

    def region(self, kind: str, locus: Locus, most: int) -> bytes | None:
        """Return a file with the records of a region; see `RegionService`."""
        return fetch_region(
            self._endpoint, self._name, kind, (locus.contig, locus.start, locus.end), most=most
        )


class _ObjectGenes:
    """The genes of the annotation files of an object: GFF, GTF and BED.

    Parameters
    ----------
    modo : StoredObject
    """

    def __init__(self, modo: StoredObject) -> None:
        self._modo = modo
        self._files: list[GeneNames] | None = None

    def find(self, gene: str, most: int) -> Gene | None:
        """Return where a gene is; network use: the annotation files, listed if none is named."""
        if self._files is None:
            paths = _annotations(self._modo.named_files()) or _annotations(self._modo.files().index)
            self._files = [
                GeneNames(path, partial(self._modo.storage.ranges, path)) for path in paths
            ]
        for file in self._files:
            found = file.find(gene, most)
            if found is not None:
                return found
        return None


def _annotations(paths: Iterable[str]) -> list[str]:
    """Return the annotation files among paths, those with genes first."""
    found = [
        (_ANNOTATIONS.index(ending_of(path)), path)
        for path in paths
        if ending_of(path) in _ANNOTATIONS
    ]
    return [path for _, path in sorted(found)][:_MOST_ANNOTATIONS]


class _ObjectReference:
    """The reference of an element: the FASTA file that it links to, or the refget service.

    Parameters
    ----------
    modo : StoredObject
    element : dict
        Attributes of the element.
    attributes : dict
        Attributes of all elements.
    endpoint : EndpointManager or None
        The endpoint of the object.
    """

    def __init__(
        self,
        modo: StoredObject,
        element: dict[str, Any],
        attributes: dict[str, dict[str, Any]],
        endpoint: EndpointManager | None,
    ) -> None:
        self._modo, self._endpoint = modo, endpoint
        links = as_list(element.get("has_reference"))
        found = [attributes[link] for link in links if isinstance(link, str) and link in attributes]
        paths = [file_in_object(each.get("data_path"), modo.path) for each in found]
        self._paths = [path for path in paths if path and _FORMATS.get(ending_of(path)) == "FASTA"]

    def prepare(self) -> None:
        """Read the heads and indexes of the files; without a file, find the refget service."""
        references: Sequence[Reference] = self._files or (
            [] if self._service is None else [self._service]
        )
        on_threads(lambda each: each.prepare(), references, most=_MOST_REFERENCES)

    def bases(self, contig: Contig, start: int, end: int) -> str:
        """Return bases of a contig; network use: the file, or the endpoint and its service."""
        for reference in self._sources():
            try:
                return reference.bases(contig, start, end)
            except NotFoundError:
                continue
        raise NotFoundError(
            f"No reference with {contig.name!r:.80} was found.",
            "Link the element to a ReferenceGenome with a FASTA file.",
        )

    def _sources(self) -> Iterator[Reference]:
        """Yield the files, then the service; the endpoint is asked only for the service."""
        yield from self._files
        if self._service is not None:
            yield self._service

    @cached_property
    def _files(self) -> list[FastaReference]:
        found = []
        for path in self._paths:
            with suppress(NotFoundError):  # the element names a file that does not exist
                found.append(FastaReference(_opened(self._modo, path, None)))
        return found

    @cached_property
    def _service(self) -> RefgetReference | None:
        url = None if self._endpoint is None else self._endpoint.refget
        return RefgetReference(url) if url else None
