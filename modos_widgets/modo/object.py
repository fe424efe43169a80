"""One MODO as a curator sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.commit.commit import undo_commit
from modos_widgets.modo.commit.history import history
from modos_widgets.modo.comparison import Comparison, compare
from modos_widgets.modo.draft.draft import Draft
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.repair import Repair, repair
from modos_widgets.modo.schema.slots import AnySchema, Schema
from modos_widgets.modo.stored_object import StoredObject
from modos_widgets.modo.validation.storage_checks import validate_object

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from modos_widgets.modo.commit.commit import Commit
    from modos_widgets.modo.validation.findings import Findings
    from modos_widgets.progress import Progress

__all__ = ["Modo"]


class Modo(StoredObject):
    """A Multi-Omics Digital Object: its metadata, its files, its tree.

    Made by `modos_widgets.open_modo` and `modos_widgets.create_modo`.

    Parameters
    ----------
    storage : Storage
        The object's bytes.
    endpoint : str, optional
        URL of the modos server that the object was found at.

    Raises
    ------
    ArgumentError
        `storage` is not a Storage.
    """

    def edit(self, schema: AnySchema = ()) -> Draft:
        """Begin to change the metadata; nothing is written until `Draft.commit`.

        Parameters
        ----------
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.

        Returns
        -------
        Draft
            Based on what the object shows now. No network use after opening.

        Raises
        ------
        ArgumentError
            `schema` contains something else than a model class.
        BrokenArchiveError
            The root's metadata cannot be read.
        """
        return Draft([self], schema)

    def validate(
        self,
        *,
        schema: AnySchema = (),
        checksums: bool = False,
        nodes: bool | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Check the metadata, the files, and whether the root's copy is up to date.

        Touches the network: five listings, and one for each folder of files; besides, each
        element's own document where `nodes` says so.

        Parameters
        ----------
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.
        checksums : bool
            Read every file that has a checksum and compare.
        nodes : bool, optional
            Read every element's document; by default of objects with at most 500 elements.
        on_progress : callable, optional
            Called with a `Progress` of the files whose checksums are read; their bytes count.

        Returns
        -------
        Findings
            Errors first; empty where nothing was found.

        Raises
        ------
        ArgumentError
            `schema` contains something else than a model class.
        CredentialsError, EndpointError, BrokenArchiveError
            The store refuses or fails, or the root's metadata cannot be read.
        """
        return validate_object(
            self, Schema.of(schema), checksums=checksums, nodes=nodes, on_progress=on_progress
        )

    def compare(self, *, nodes: bool = False) -> Comparison:
        """Compare the root's copy of the metadata with the nodes; touches the network.

        Parameters
        ----------
        nodes : bool
            Read every node; otherwise five listings find elements added and removed.

        Returns
        -------
        Comparison
            False in a boolean context where there is no difference.

        Raises
        ------
        CredentialsError, EndpointError
            The store refuses or fails.
        """
        return compare(self, deep=nodes)

    def repair(self, *, timeout: float = 30.0) -> Repair:
        """Bring the root's copy of the metadata up to date; touches the network, writes.

        Settles a commit of this user and computer that was interrupted, and says what of it
        is stored. Safe while others are writing.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a commit that is running.

        Returns
        -------
        Repair
            What was found and done.

        Raises
        ------
        LockedError
            A commit was running until the timeout.
        ReadOnlyError
            The object was opened for reading.
        CredentialsError, EndpointError, StorageError
            The store refuses or fails.
        """
        return repair(self, timeout=timeout)

    @property
    def interrupted(self) -> str:
        """Id of a commit from here that was interrupted; empty where there is none.

        Reads the journal on this computer only.
        """
        torn = (record.id for record in Journal(self.storage).unfinished() if not record.is_live)
        return next(torn, "")

    def commits(self) -> pd.DataFrame:
        """List the commits made from here, the latest first; reads the journal only.

        Returns
        -------
        pandas.DataFrame
            Index ``commit``; columns when, who, message, state, changes, undoes.
        """
        return history(self.storage)

    def undo_commit(self, commit_id: str | None = None, message: str | None = None) -> Commit:
        """Undo a commit of an earlier session; touches the network, writes.

        Parameters
        ----------
        commit_id : str, optional
            The commit (see `commits`); by default the latest.
        message : str, optional
            Message of the new commit, for the journal.

        Returns
        -------
        Commit
            The commit that undoes it.

        Raises
        ------
        NotFoundError
            The journal has no such commit.
        ConflictError
            Someone else has changed its cells since; nothing was undone.
        OptionError
            It is undone already.
        ReadOnlyError, LockedError, InterruptedCommitError, StorageError
            As for `Draft.commit`.
        """
        return undo_commit(self, commit_id, message)
