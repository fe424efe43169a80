"""One MODO as a curator sees it."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.modo.committed import Commit, history, undo_record
from modos_widgets.modo.draft import Draft
from modos_widgets.modo.hierarchy import Hierarchy, copy_value
from modos_widgets.modo.inspecting import inspect_object
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.locating import INDEX_SUFFIXES, file_in_object
from modos_widgets.modo.reading import load_hierarchy
from modos_widgets.modo.repairing import Comparison, Repair, compare, repair
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema
from modos_widgets.modo.tabulate import frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

    from modos_widgets.modo.findings import Findings
    from modos_widgets.storage import Storage

__all__ = ["Modo"]


class Modo:
    """A Multi-Omics Digital Object: its metadata, its files, its tree.

    Made by `modos_widgets.open_modo` and `modos_widgets.create_modo`.

    Parameters
    ----------
    storage : Storage
        Where it lies.
    endpoint : str, optional
        URL of the modos server that it was found at.
    """

    def __init__(self, storage: Storage, *, endpoint: str | None = None) -> None:
        self._storage = storage
        self._endpoint = endpoint
        self._hierarchy: Hierarchy | None = None
        self._etag: str | None = None

    @property
    def storage(self) -> Storage:
        """The bytes and the zarr archive of the object."""
        return self._storage

    @property
    def endpoint(self) -> str | None:
        """URL of the modos server that the object was found at, or None."""
        return self._endpoint

    @property
    def path(self) -> str:
        """``s3://bucket/key``, or the absolute path on this computer."""
        return self._storage.url

    @property
    def etag(self) -> str | None:
        """What tells this version of the root's metadata from any other."""
        return self._etag or self._storage.root_document().etag

    @property
    def hierarchy(self) -> Hierarchy:
        """The tree of the archive.

        Read from the root's consolidated metadata, which opening has read already. An
        archive without them is read once, level by level, over the network.

        Raises
        ------
        BrokenArchiveError
            The root's metadata cannot be read.
        """
        if self._hierarchy is None:
            self._hierarchy = load_hierarchy(self._storage)
            self._etag = self._storage.root_document().etag
        return self._hierarchy

    @property
    def id(self) -> str:
        """The object's own id, or its folder's name where it has none."""
        stored = self.hierarchy.root.attributes.get("id")
        return stored if isinstance(stored, str) and stored else self._folder_name

    @property
    def _folder_name(self) -> str:
        return PurePosixPath(self._storage.path.as_posix()).name

    @property
    def root_element(self) -> str:
        """The root's key in `metadata`: the object's id, or its folder's name.

        The folder's name stands in where an element has the object's id.
        """
        name = self.id
        if "/" in name and name in self.hierarchy.nodes:
            return self._folder_name
        return name

    @property
    def metadata(self) -> dict[str, dict[str, Any]]:
        """Attributes of the root (key: the object's id) and of each element (key: its id).

        A copy: writing into it changes nothing. An element that cannot be read is there
        without attributes; `validate` says why.
        """
        found = {self.root_element: self.hierarchy.root.attributes}
        found |= self.hierarchy.element_attributes()
        return {
            element: {slot: copy_value(value) for slot, value in attributes.items()}
            for element, attributes in found.items()
        }

    def frame(self) -> pd.DataFrame:
        """Give the metadata as a table.

        Returns
        -------
        pandas.DataFrame
            One row for the root and one an element, index ``element`` (the element's id),
            first column ``@type``; values as stored, None where there is none.
        """
        found = {self.root_element: self.hierarchy.root.attributes}
        found |= self.hierarchy.element_attributes()
        return frame_of(found)

    def files(self) -> pd.DataFrame:
        """List the object's files, without those of its archive; touches the network.

        Returns
        -------
        pandas.DataFrame
            Index ``path`` (relative to the object); columns ``size`` (bytes), ``modified``
            and ``named_by``: ids of the elements whose ``data_path`` is the file, or the
            file that it is the index of, joined by ``", "``.
        """
        entries = sorted(self._storage.files(), key=lambda entry: entry.name)
        named = self.named_files()
        return pd.DataFrame(
            {
                "size": pd.Series([entry.size for entry in entries], dtype="int64"),
                "modified": pd.to_datetime(
                    pd.Series([entry.modified for entry in entries], dtype=object), utc=True
                ),
                "named_by": pd.Series(
                    [", ".join(_naming(entry.name, named)) for entry in entries], dtype=object
                ),
            }
        ).set_index(pd.Index([entry.name for entry in entries], dtype=object, name="path"))

    def named_files(self) -> dict[str, list[str]]:
        """Give each file of the object that a ``data_path`` names, and the ids that do."""
        named: dict[str, list[str]] = {}
        for node in self.hierarchy.elements():
            path = file_in_object(node.attributes.get("data_path"), self.path)
            if path is not None:
                named.setdefault(path, []).append(node.path)
        return named

    def refresh(self) -> bool:
        """Read the root's metadata again; touches the network.

        Returns
        -------
        bool
            Whether they had changed.
        """
        before = self.etag
        self._etag = self._storage.root_document(refresh=True).etag
        changed = self._etag != before or self._etag is None
        if changed or not self.hierarchy.consolidated:
            self._hierarchy = None
        return changed

    def adopt(self, root: bytes, etag: str) -> None:
        """Show the root that a commit of ours has just written."""
        self._hierarchy = Hierarchy.parse(root)
        self._etag = etag

    def edit(self, schema: Iterable[type[BaseModel]] = ()) -> Draft:
        """Begin to change the metadata; nothing is written until `Draft.commit`.

        Parameters
        ----------
        schema : iterable of pydantic model classes
            Classes of your own, beside the published ones.
        """
        return Draft([self], Schema(schema) if schema else DEFAULT_SCHEMA)

    def validate(
        self,
        *,
        schema: Iterable[type[BaseModel]] = (),
        checksums: bool = False,
        nodes: bool | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Findings:
        """Check the metadata, the files, and whether the root's copy is true.

        Touches the network: five listings and one a folder of files; besides, each
        element's own document where `nodes` says so.

        Parameters
        ----------
        schema : iterable of pydantic model classes
            Classes of your own, beside the published ones.
        checksums : bool
            Read every file that has a checksum and compare.
        nodes : bool, optional
            Read every element's document; where it is not given, up to 500 of them.
        on_progress : callable, optional
            Called with (bytes read, bytes in all) of checksums.
        """
        return inspect_object(
            self,
            Schema(schema) if schema else DEFAULT_SCHEMA,
            checksums=checksums,
            nodes=nodes,
            on_progress=on_progress,
        )

    def compare(self, *, nodes: bool = False) -> Comparison:
        """Compare the root's copy of the metadata with what is there; touches the network.

        Parameters
        ----------
        nodes : bool
            Read every node; otherwise five listings find elements added and removed.
        """
        return compare(self, deep=nodes)

    def repair(self, *, timeout: float = 30.0) -> Repair:
        """Bring the root's copy of the metadata up to date; touches the network, writes.

        Settles a commit of this user and computer that ended half-way, and says what of it
        is stored. Safe beside others who are writing.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a commit that is running.

        Raises
        ------
        LockedError
            A commit was running all the while.
        ReadOnlyError
            The object was opened for reading.
        """
        return repair(self, timeout=timeout)

    @property
    def interrupted(self) -> str:
        """Id of a commit from here that ended half-way; empty where there is none."""
        torn = [one.id for one in Journal(self._storage).unfinished() if not one.is_live]
        return torn[0] if torn else ""

    def commits(self) -> pd.DataFrame:
        """List the commits made from here, the latest first; reads the journal only.

        Returns
        -------
        pandas.DataFrame
            Index ``commit``; columns when, who, message, state, changes, undoes.
        """
        return history(self)

    def undo_commit(self, commit_id: str | None = None, message: str | None = None) -> Commit:
        """Take back a commit of an earlier session; touches the network.

        Parameters
        ----------
        commit_id : str, optional
            Which (see `commits`); the latest where it is not given.
        message : str, optional
            Why, for the journal.

        Raises
        ------
        NotFoundError
            The journal has no such commit.
        ConflictError
            Somebody has changed its cells since; nothing was taken back.
        OptionError
            It is taken back already.
        """
        return undo_record(self, commit_id, message)

    def __repr__(self) -> str:
        """Give the path; reading nothing."""
        return f"Modo({self.path!r})"


def _naming(path: str, named: dict[str, list[str]]) -> list[str]:
    stem, suffix = posixpath.splitext(path)
    if path not in named and suffix in INDEX_SUFFIXES:
        return named.get(stem, [])
    return named.get(path, [])
