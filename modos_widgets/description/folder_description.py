"""`describe`: a draft of the metadata of an object, made from the files of a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.description.element_drafting import ElementDrafting
from modos_widgets.description.folder_content import compute_md5s, read_folder
from modos_widgets.description.source_folder import relative_to, source_folder
from modos_widgets.errors import ArgumentError
from modos_widgets.location import Location
from modos_widgets.modo import Evidence, Modo, edit
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.description.source_folder import FolderListing
    from modos_widgets.location import AnyPath
    from modos_widgets.modo import AnySchema, Draft

__all__ = ["describe"]


def describe(
    source: AnyPath,
    object: Modo | AnyPath | None = None,  # noqa: A002 - the agreed signature
    *,
    schema: AnySchema = (),
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    sequence_md5: bool = False,
    on_progress: Callable[[Progress], object] | None = None,
) -> Draft:
    """Draft the metadata of an object from the files of a folder; only the commit writes.

    Classes, formats, checksums, samples, references, their sequences and the links between all of
    them come from the files: from their headers, their names, and from sheets beside them
    (``samplesheet.csv``, JSON, mzTab, ISA-Tab). What no file says is left empty:
    `Draft.new_errors` lists what is still required. `Draft.known_from` says which file said what,
    and which files were left out.

    Network use: on S3 one listing for each folder, the headers of the files, and the files for
    their checksums.

    Parameters
    ----------
    source : str, path-like or Location
        A folder on this computer, or ``s3://bucket/prefix``.
    object : Modo, str, path-like or Location, optional
        The object to add to. The commit copies the files into it, and creates it if it does not
        exist. It can be inside the source; its files are then not described. By default the source
        folder itself becomes the object, and its files stay where they are.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.
    endpoint, services, s3_kwargs
        As for `open_modo`, for both paths.
    sequence_md5 : bool
        Read each FASTA file to compute the MD5 of its sequences. By default an MD5 is known if an
        alignment file states it, or if the FASTA file is smaller than 64 KiB.
    on_progress : callable, optional
        Called with a `Progress` that counts files.

    Returns
    -------
    Draft

    Raises
    ------
    NotFoundError
        There are no files in the folder.
    PathError
        `source` is a file.
    ArgumentError
        `object` is neither an object nor a path.
    OptionError
        There are more than 100,000 files, or an S3 path has no S3 server.
    BrokenArchiveError
        The metadata of the object cannot be read.
    CredentialsError, EndpointError, StorageError
        A file cannot be listed or read.

    Examples
    --------
    >>> draft = describe("results", "cohort/run7")     # doctest: +SKIP
    >>> draft.known_from                               # doctest: +SKIP
    >>> draft.new_errors()                             # doctest: +SKIP
    >>> draft.commit("Described")                      # doctest: +SKIP
    """
    s3_kwargs = hidden_options(s3_kwargs)
    place = Location.of(source, endpoint, services, s3_kwargs).find()
    folder = source_folder(place)
    draft = _draft_of(object, place, schema)
    listing = folder.listing(relative_to(folder.url, draft.modos[0].path))
    evidence = Evidence()
    content = read_folder(folder, listing, evidence, _Counting(listing, on_progress))
    if sequence_md5:
        compute_md5s(folder, content)
    ElementDrafting(draft, folder, place, evidence).add(content)
    evidence.keep_values(draft.current)
    draft.evidence = evidence
    return draft


def _draft_of(object_: Modo | AnyPath | None, place: Location, schema: AnySchema) -> Draft:
    if isinstance(object_, Modo):
        return object_.edit(schema)
    if object_ is None:
        return edit(place, schema=schema, create=True)
    if isinstance(object_, str | os.PathLike | Location):
        return edit(place.at(object_), schema=schema, create=True)
    raise ArgumentError.expected("a path or a Modo", object_, name="object")


class _Counting:
    """Reports how many files were read."""

    def __init__(
        self, listing: FolderListing, on_progress: Callable[[Progress], object] | None
    ) -> None:
        self._total, self._done = len(listing.files), 0
        self._on_progress = on_progress

    def __call__(self, name: str) -> None:
        """Report a file."""
        self._done += 1
        if self._on_progress is not None:
            progress = Progress("reading", "files", self._done, self._total, path=name)
            self._on_progress(progress)
