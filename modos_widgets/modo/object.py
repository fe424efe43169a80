"""One object: metadata, files, tree, checks, drafts and commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError
from modos_widgets.location import Location
from modos_widgets.modo import deletion
from modos_widgets.modo.commit.commit import find_commit, undo_commit
from modos_widgets.modo.commit.history import history
from modos_widgets.modo.comparison import Comparison, compare
from modos_widgets.modo.draft.draft import Draft
from modos_widgets.modo.genome_files import file_path, genome_file
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.repair import Repair, repair
from modos_widgets.modo.schema.slots import AnySchema, Schema
from modos_widgets.modo.stored_object import StoredObject
from modos_widgets.modo.validation.findings import Findings
from modos_widgets.modo.validation.storage_checks import validate_object
from modos_widgets.previews import FilePreview
from modos_widgets.regions import MOST_REGION_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.commit.commit import Commit
    from modos_widgets.modo.deletion import DeletedModo
    from modos_widgets.progress import Progress

__all__ = ["Modo"]


class Modo(StoredObject):
    """A Multi-Omics Digital Object: its metadata, files and tree.

    `modos_widgets.open_modo` and `modos_widgets.create_modo` create it.

    Parameters
    ----------
    storage : Storage
        The storage of the object.
    endpoint : str or EndpointManager, optional
        The modos server that lists the object.

    Raises
    ------
    ArgumentError
        `storage` is not a Storage.
    """

    def edit(self, schema: AnySchema = ()) -> Draft:
        """Create a draft to change the metadata; only `Draft.commit` writes it.

        No network use, unless the hierarchy is not consolidated and not read yet.

        Parameters
        ----------
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.

        Returns
        -------
        Draft
            Based on the values that the object shows now.

        Raises
        ------
        ArgumentError
            `schema` contains something other than a model class.
        BrokenArchiveError
            The root's metadata cannot be read.
        """
        return Draft([self], schema)

    def validate(
        self,
        *,
        schema: AnySchema = (),
        checksums: bool = False,
        contents: bool = False,
        aliases: Mapping[str, str] | None = None,
        nodes: bool | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Check the metadata, the files, and whether the root's copy is up to date.

        Network use: five listings, and one for each folder of files; with `nodes`, the document of
        each element; with `checksums`, the files; with `contents`, the header of each file, and at
        most three requests and 256 KiB beyond it.

        Parameters
        ----------
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.
        checksums : bool
            Read every file that has a checksum, and compare.
        contents : bool
            Compare the metadata with the headers of the files: formats, samples, sequences of
            the reference, assemblies, species, indexes, missing ends.
        aliases : mapping of str to str, optional
            Names of samples in files to the ids of their elements, such as
            ``{"NA777": "sample/s1"}``.
        nodes : bool, optional
            Read the document of every element; by default if there are at most 500 elements.
        on_progress : callable, optional
            Called with a `Progress` after each file that was read, on any thread; while checksums
            are computed, it counts bytes.

        Returns
        -------
        Findings
            Errors first; empty if there are none.

        Raises
        ------
        ArgumentError
            `schema` contains something other than a model class.
        OptionError
            An alias names an element that the object does not have.
        BrokenArchiveError
            The root's metadata cannot be read.
        ChangedError
            With `contents`: a file was replaced while it was read.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        checked = Schema.of(schema)
        findings = validate_object(
            self, checked, checksums=checksums, nodes=nodes, on_progress=on_progress
        )
        if not contents:
            return findings
        return Findings([*findings, *self.edit(checked).check_files(aliases, on_progress)])

    def region(
        self, element_or_file: str, region: str, *, max_bytes: int = MOST_REGION_BYTES
    ) -> pd.DataFrame:
        """Return the records of a genome file that overlap a region, in the order of the file.

        The file is a BAM, CRAM, BCF, VCF (compressed by bgzip) or FASTA file of the object with an
        index beside it. Needs pysam (``pip install 'modos-widgets[genomics]'``), except for FASTA.

        Network use: the head of the file and the index, side by side; the blocks that the index
        names; and the rest of the last ones. The whole file is never read. For CRAM also the
        reference, as far as the records need it: the FASTA file of the ``has_reference`` of the
        element, or the refget service of the endpoint.

        Parameters
        ----------
        element_or_file : str
            Id of an element whose ``data_path`` is the file, or the path of the file in the object.
        region : str
            ``"chr1:10,000-12,000"``, counted from 1, both ends included; ``"chr1"`` is the whole
            contig, ``"chr1:10,000-"`` its end from there on, ``"chr1:10,000"`` one base. Or the
            name of a gene in a GFF, GTF or BED file of the object, which is read up to that gene.
        max_bytes : int
            Maximum number of bytes of the file to read, and of the annotation file.

        Returns
        -------
        pandas.DataFrame
            Alignments: columns name, flag, contig, start (counted from 0), end (exclusive),
            mapping_quality, cigar, sequence. Variants: contig, position (counted from 1), id, ref,
            alt, quality, filter, and a column for each sample with its genotype as in VCF
            (``0/1``). Sequences: contig, start (counted from 0), end, sequence. A region without
            records results in an empty frame with the same columns. If no reference of a CRAM
            file is found, ``sequence`` is empty, and ``attrs["note"]`` says so.

        Raises
        ------
        NotFoundError
            There is no such file, or it has no index.
        OptionError
            The region is outside the file, or needs more than `max_bytes`.
        BrokenFileError
            The file or its index is damaged, or they do not belong together.
        UnsupportedError
            The file has another format, or is not compressed by bgzip.
        MissingExtraError
            pysam is not installed.
        ChangedError
            The file was replaced while it was read.
        CredentialsError, EndpointError, StorageError
            A request was refused or failed.

        Examples
        --------
        >>> modo.region("assay1/reads", "chr1:10,000-12,000")  # doctest: +SKIP
        """
        return genome_file(self, element_or_file).read(region, max_bytes=max_bytes)

    def preview(self, element_or_file: str, rows: int = 100) -> FilePreview:
        """Return the start of a file: rows of a table, lines of a text, or facts of an image.

        Network use: 64 KiB, and 128 KiB more at a time until the rows are read, at most 2 MiB of
        text. Of BAM, CRAM, BCF and Parquet files the header is read.

        Parameters
        ----------
        element_or_file : str
            Id of an element whose ``data_path`` is the file, or the path of the file in the object.
        rows : int
            Number of rows or lines to read at first; `FilePreview.more` reads further ones.

        Returns
        -------
        FilePreview
            `FilePreview.frame` are the rows as a table. Damaged contents raise no error: see its
            ``note``.

        Raises
        ------
        ArgumentError
            An argument has a wrong type.
        NotFoundError
            There is no such file.
        CredentialsError, EndpointError, StorageError
            A request was refused or failed.

        Examples
        --------
        >>> modo.preview("data/expression_tpm").frame  # doctest: +SKIP
        """
        if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
            raise ArgumentError.expected("a number of rows", rows, name="rows")
        return FilePreview(self.storage.ranges(file_path(self, element_or_file)), rows)

    def open_as(self, library: str, path: str = "") -> Any:
        """Open a node, or a zarr hierarchy among the files, with the library of its field.

        The library reads through the storage of the object, with its S3 keys, which are renewed.
        anndata, xarray and dask return lazy objects that read when they are computed; numpy,
        pandas and mudata read all values.

        Network use: the metadata of the node, and what the library reads.

        Parameters
        ----------
        library : {"zarr", "numpy", "dask", "xarray", "pandas", "anndata", "mudata", "spatialdata"}
            The library. Which of them fit depends on the node, see Returns.
        path : str
            Path of a node such as ``"data/counts/data"``, or of a file of the object: a folder in
            zarr format, a ``.zip`` file that contains one, or a kerchunk reference file
            (``.json``). The id of an element without nodes of its own means its ``data_path``.
            Default: the root.

        Returns
        -------
        object
            zarr: the group or array. numpy: the values of an array. dask: a lazy array. xarray: a
            DataArray, or the Dataset of a group whose arrays share named axes. pandas: a DataFrame
            of an array with one or two axes, or of a table that anndata wrote. anndata: a lazy
            AnnData (``.to_memory()`` reads it). mudata: a MuData. spatialdata: a SpatialData, on
            this computer only.

        Raises
        ------
        NotFoundError
            There is no such node or file.
        OptionError
            The library is unknown, or does not open such a node.
        MissingExtraError
            The library is not installed.
        UnsupportedError
            The library fails, or the file is too large or of an unusual kind.
        BrokenFileError
            The file is damaged.
        PathError
            A reference leaves the object.
        CredentialsError, EndpointError, StorageError
            A request was refused or failed.

        Examples
        --------
        >>> adata = modo.open_as("anndata", "data/sc")  # doctest: +SKIP
        """
        from modos_widgets.modo.open_as import open_as  # noqa: PLC0415 - loads zarr

        return open_as(self, library, path)

    def compare(self, *, nodes: bool = False) -> Comparison:
        """Compare the root's copy of the metadata with the nodes.

        Network use: five listings, which find elements that were added or removed; with `nodes`,
        the document of each node.

        Parameters
        ----------
        nodes : bool
            Read every node, to find changed ones too.

        Returns
        -------
        Comparison
            False in a boolean context if there is no difference.

        Raises
        ------
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        return compare(self, deep=nodes)

    def repair(self, *, timeout: float = 30.0) -> Repair:
        """Update the root's copy of the metadata, and settle interrupted commits.

        If a commit of this user and computer was interrupted, report which of its changes are
        stored, and remove the files that it wrote and nothing names. Safe while others write.

        Network use: reads every node, and writes the root if its copy is out of date.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a running commit.

        Returns
        -------
        Repair
            The result.

        Raises
        ------
        LockedError
            A commit was still running after the timeout.
        ReadOnlyError
            The object was opened read-only.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        return repair(self, timeout=timeout)

    @property
    def interrupted(self) -> str:
        """Id of an interrupted commit of this computer; empty if there is none.

        Reads only the journal on this computer.
        """
        unfinished = Journal(self.storage).unfinished()
        return next((record.id for record in unfinished if not record.is_live), "")

    def commits(self) -> pd.DataFrame:
        """List the commits of this user and computer, the latest first; no network use.

        Returns
        -------
        pandas.DataFrame
            Index ``commit``; columns when, who, message, state, changes (number of changes),
            undoes (the commit that it undoes), and the numbers of changed elements, cells and
            files. The state is done, running, interrupted, reverted, "partly stored" or undone.
        """
        return history(self.storage)

    def find_commit(self, commit_id: str) -> Commit:
        """Return a commit of this user and computer; no network use.

        Parameters
        ----------
        commit_id : str
            Id of the commit (see `commits`).

        Returns
        -------
        Commit
            With its changes to this object (``.diff``), ``.check_undo()`` and ``.undo()``.

        Raises
        ------
        NotFoundError
            The journal on this computer has no such commit.
        """
        return find_commit(self, commit_id)

    def undo_commit(self, commit_id: str | None = None, message: str | None = None) -> Commit:
        """Undo a commit, also one of an earlier session; reads and writes the object.

        Parameters
        ----------
        commit_id : str, optional
            Id of the commit (see `commits`); by default the latest.
        message : str, optional
            Message of the new commit, for the journal.

        Returns
        -------
        Commit
            The commit that undoes it.

        Raises
        ------
        NotFoundError
            The journal on this computer has no such commit.
        ConflictError
            A cell of the commit has changed since; nothing was undone.
        OptionError
            The commit is already undone.
        ReadOnlyError, LockedError, InterruptedCommitError, StorageError
            As for `Draft.commit`.
        """
        return undo_commit(self, commit_id, message)

    def delete(self, *, timeout: float = 30.0) -> DeletedModo:
        """Delete the object: move its files to the folder ``.modos-deleted`` beside it.

        Its archive is renamed to ``deleted.zarr``, so that no search for objects finds it. Nothing
        is lost: `restore` moves it back. Afterwards this `Modo` cannot be used.

        On a disk, the folder is renamed. On S3, the server copies every key; the keys are deleted
        once all copies are verified, and only if they have not changed since. After an
        interruption, `restore` brings the object back.

        Network use: on S3 two requests per key, and some listings.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a running commit.

        Returns
        -------
        DeletedModo
            With the path for `restore`.

        Raises
        ------
        ChangedError
            Someone else has changed the object since it was opened or read again.
        ReadOnlyError
            The object was opened read-only, or the folder is not writable.
        InterruptedCommitError
            A commit of this computer was interrupted: call `repair` first.
        LockedError
            A commit was still running after the timeout.
        PathError
            The object is a whole bucket or a symbolic link, or contains ``deleted.zarr``.
        UnsupportedError
            The server ignores the conditions of deletes.
        NotFoundError, CredentialsError, EndpointError, StorageError
            The object no longer exists, or the storage refuses a request or fails.
        """
        return deletion.delete(self, timeout=timeout)

    @classmethod
    def restore(
        cls,
        path: AnyPath,
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
    ) -> Modo:
        """Restore a deleted object: move its files back to their path.

        If a deletion or a restore was interrupted, call it again; the object is then at its
        original path. Network use: on S3 two requests per key, and some listings.

        Parameters
        ----------
        path : str, path-like or Location
            Path of the deleted object (see `DeletedModo.path` and `modos_widgets.deleted_modos`).
        endpoint, services, s3_kwargs
            As for `open_modo`.
        timeout : float
            Seconds to wait for another process that is writing.

        Returns
        -------
        Modo
            The object, opened for reading and writing.

        Raises
        ------
        AlreadyExistsError
            There is another object or file at its original path. Nothing was moved.
        NotFoundError
            There is no such deleted object.
        PathError
            `path` is not the path of a deleted object.
        LockedError
            Someone else is restoring it.
        ReadOnlyError, CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.

        Examples
        --------
        >>> deleted = modo.delete()                  # doctest: +SKIP
        >>> modo = Modo.restore(deleted.path)        # doctest: +SKIP
        """
        s3_kwargs = hidden_options(s3_kwargs)
        place = Location.of(path, endpoint, services, s3_kwargs)
        original = deletion.restore(place, timeout=timeout)
        return cls(original.storage("r+"), endpoint=original.manager)

    @staticmethod
    def purge(
        path: AnyPath,
        *,
        confirm: str,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
    ) -> DeletedModo:
        """Delete the files of a deleted object for good: it cannot be restored.

        After an interruption, call it again. Network use: on S3 a listing, one request for each
        1,000 keys, and some for the note.

        Parameters
        ----------
        path : str, path-like or Location
            Path of the deleted object (see `DeletedModo.path` and `modos_widgets.deleted_modos`).
        confirm : str
            Id of the object (see `DeletedModo.id`), so that no other one is deleted by mistake.
        endpoint, services, s3_kwargs
            As for `open_modo`.
        timeout : float
            Seconds to wait for another writer.

        Returns
        -------
        DeletedModo
            What was deleted.

        Raises
        ------
        OptionError
            `confirm` is not the id of the object.
        NotFoundError
            There is no such deleted object.
        PathError
            `path` is not the path of a deleted object, or its folder is a symbolic link.
        LockedError
            Its deletion or its restore was interrupted, or someone else restores it.
        ReadOnlyError, CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.

        Examples
        --------
        >>> for deleted in deleted_modos("cohort"):             # doctest: +SKIP
        ...     Modo.purge(deleted.path, confirm=deleted.id)
        """
        s3_kwargs = hidden_options(s3_kwargs)
        place = Location.of(path, endpoint, services, s3_kwargs)
        return deletion.purge(place, confirm=confirm, timeout=timeout)
