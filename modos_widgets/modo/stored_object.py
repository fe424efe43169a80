"""The stored metadata and files of one object."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.archive import Hierarchy, load_hierarchy
from modos_widgets.errors import ArgumentError
from modos_widgets.json_text import copy_value
from modos_widgets.modo.data_paths import file_in_object, indexed_names
from modos_widgets.modo.metadata_frame import frame_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.remote import EndpointManager
    from modos_widgets.storage import Storage

__all__ = ["StoredObject"]


class StoredObject:
    """The reading part of `Modo`, on which drafts, commits and checks are based.

    Parameters
    ----------
    storage, endpoint
        As for `Modo`.
    """

    def __init__(self, storage: Storage, *, endpoint: str | EndpointManager | None = None) -> None:
        if not hasattr(storage, "root_document"):
            raise ArgumentError.expected(
                "a Storage", storage, hint="To open a path, use open_modo(path)."
            )
        self._storage = storage
        self._endpoint: str | None
        self._manager: EndpointManager | None
        if endpoint is None or isinstance(endpoint, str):
            self._endpoint, self._manager = endpoint, None
        else:
            self._endpoint, self._manager = endpoint.modos, endpoint
        self._hierarchy: Hierarchy | None = None
        self._etag: str | None = None

    @property
    def storage(self) -> Storage:
        """The storage of the object's files and zarr archive."""
        return self._storage

    @property
    def endpoint(self) -> str | None:
        """URL of the modos server that lists the object, or None."""
        return self._endpoint

    @property
    def manager(self) -> EndpointManager | None:
        """The modos server that lists the object, with what it has said so far, or None."""
        if self._manager is None and self._endpoint is not None:
            from modos_widgets.remote import EndpointManager  # noqa: PLC0415 - loads requests

            self._manager = EndpointManager(self._endpoint)
        return self._manager

    @property
    def path(self) -> str:
        """Path of the object: ``s3://bucket/key``, or an absolute path on this computer."""
        return self._storage.url

    @property
    def etag(self) -> str | None:
        """Version of the root's metadata (ETag), or None if the storage has none."""
        return self._etag or self._storage.root_document().etag

    @property
    def hierarchy(self) -> Hierarchy:
        """Tree of the archive, from the root's consolidated metadata.

        No network use, unless the archive has no consolidated metadata: then it is read level by
        level on first use.

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
        """Id of the object, or the name of its folder if it has none."""
        stored = self.hierarchy.root.attributes.get("id")
        return stored if isinstance(stored, str) and stored else self._folder_name

    @property
    def _folder_name(self) -> str:
        return PurePosixPath(self._storage.path.as_posix()).name

    @property
    def root_element(self) -> str:
        """Key of the root in `metadata`: the object's id.

        If an element has the same id, it is the name of the object's folder.
        """
        name = self.id
        if "/" in name and name in self.hierarchy.nodes:
            return self._folder_name
        return name

    @property
    def metadata(self) -> dict[str, dict[str, Any]]:
        """Attributes of the root (key: the object's id) and of each element (key: its id).

        It is a copy: changing it does not change the object. An element that cannot be read has no
        attributes; `Modo.validate` reports it. No network use after opening.
        """
        return {
            element: {slot: copy_value(value) for slot, value in attributes.items()}
            for element, attributes in self._elements().items()
        }

    def _elements(self) -> dict[str, Mapping[str, Any]]:
        found = {self.root_element: self.hierarchy.root.attributes}
        return found | self.hierarchy.element_attributes()

    def frame(self) -> pd.DataFrame:
        """Return the metadata as a table; no network use after opening.

        Returns
        -------
        pandas.DataFrame
            One row for the root and one per element, with the index ``element`` (the element's
            id). The first column is ``@type``. Values are as stored, None if there is none.

        Raises
        ------
        BrokenArchiveError
            The root's metadata cannot be read.
        """
        return frame_of(self._elements())

    def files(self) -> pd.DataFrame:
        """List the object's files, without those of its archive.

        Network use: one listing per folder.

        Returns
        -------
        pandas.DataFrame
            Index ``path`` (relative to the object); columns ``size`` (bytes), ``modified`` and
            ``named_by``: the ids of the elements whose ``data_path`` is the file, or the file that
            it is an index of, separated by ``", "``.

        Raises
        ------
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
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
                    [", ".join(_elements_of(entry.name, named)) for entry in entries], dtype=object
                ),
            }
        ).set_index(pd.Index([entry.name for entry in entries], dtype=object, name="path"))

    def named_files(self) -> dict[str, list[str]]:
        """Return each file that a ``data_path`` names, with the ids of the elements that do.

        Returns
        -------
        dict of str to list of str
            Paths relative to the object. It is not checked whether the files exist. No network use
            after opening.
        """
        named: dict[str, list[str]] = {}
        for node in self.hierarchy.elements():
            path = file_in_object(node.attributes.get("data_path"), self.path)
            if path is not None:
                named.setdefault(path, []).append(node.path)
        return named

    def refresh(self) -> bool:
        """Read the root's metadata again; network use: one request.

        Returns
        -------
        bool
            Whether the metadata have changed.

        Raises
        ------
        NotFoundError
            The object no longer exists.
        BrokenArchiveError
            The metadata cannot be read.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        before = self.etag
        self._etag = self._storage.root_document(refresh=True).etag
        changed = self._etag != before or self._etag is None
        if changed or not self.hierarchy.consolidated:
            self._hierarchy = None
        return changed

    def _show(self, root: bytes, etag: str) -> None:
        """Use the root that a commit of this process has just written."""
        self._hierarchy = Hierarchy.parse(root)
        self._etag = etag

    def __repr__(self) -> str:
        """Return the path; no network use."""
        return f"{type(self).__name__}({self.path!r})"


def _elements_of(path: str, named: dict[str, list[str]]) -> list[str]:
    """Return the elements that name a file, or the file that it is an index of."""
    if path in named:
        return named[path]
    owners = (element for name in indexed_names(path) for element in named.get(name, []))
    return list(dict.fromkeys(owners))
