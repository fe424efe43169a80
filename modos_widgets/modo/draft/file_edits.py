"""The files and arrays of a draft: those after the commit, and the changes of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import AlreadyExistsError, NotFoundError
from modos_widgets.location import Location
from modos_widgets.modo.attachments.arrays import array_payload, attributes_with_array
from modos_widgets.modo.attachments.diff import diff_rows
from modos_widgets.modo.attachments.files import (
    check_targets,
    payloads_with_files,
    payloads_without_file,
)
from modos_widgets.modo.attachments.sources import (
    MeasuredFile,
    attributes_with_file,
    measure,
    payloads_of_file,
)
from modos_widgets.modo.data_paths import check_target, file_in_object, index_names
from modos_widgets.modo.draft.base import DraftBase
from modos_widgets.modo.draft.drafted_files import drafted_files
from modos_widgets.modo.draft.file_proposals import FileProposal, propose_files
from modos_widgets.modo.state.payloads import RemoveFilePayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.change_set import Row
    from modos_widgets.modo.draft.drafted_objects import ElementKey
    from modos_widgets.modo.state.payloads import Payload

__all__ = ["FileEdits"]


class FileEdits(DraftBase):
    """The part of `Draft` that attaches, detaches and lists files and arrays."""

    def attachments(self, path: str | None = None) -> tuple[Payload, ...]:
        """Return the files and arrays that the commit adds, moves and removes; no network use.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        tuple of Payload
            The results of `attach`, `add_array`, `rename` and `remove`.

        Raises
        ------
        NotFoundError, OptionError
            As for `elements`.
        """
        return self._objects.state(path).payloads

    def attachment_rows(self, path: str | None = None) -> list[Row]:
        """Return the net changes of the files and arrays of one object; no network use.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, name, before, after; `MISSING` if there is nothing.

        Raises
        ------
        NotFoundError, OptionError
            As for `elements`.
        """
        return diff_rows(self._objects.state(path))

    def files(self, path: str | None = None) -> pd.DataFrame:
        """List the object's files as they will be after the commit.

        Network use: lists the object's files once.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        pandas.DataFrame
            Index ``path`` (relative to the object); columns ``size`` (bytes), ``named_by`` (as
            for `Modo.files`, after the commit) and ``state``: ``"new"`` for a file that the
            commit adds, ``"removed"`` for one that it removes, otherwise empty. A file that is
            moved has two rows.

        Raises
        ------
        NotFoundError, OptionError
            As for `elements`.
        CredentialsError, EndpointError, StorageError
            The files cannot be listed.
        """
        return drafted_files(self._objects.state(path))

    def propose_files(
        self, files: Iterable[tuple[str, bytes]], *, path: str | None = None
    ) -> list[FileProposal]:
        """Propose a name, a class and an element id for files to attach.

        Index files are paired with their data files. Network use: lists the object's files once.

        Parameters
        ----------
        files : iterable of (str, bytes)
            Name of each file, and its first bytes, of which at most 64 KiB are used; these may be
            empty.
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        list of FileProposal
            In the same order.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The draft has several objects, and `path` is not given.
        PathError
            No file of an object can have one of the names, such as ``..``.
        CredentialsError, EndpointError, StorageError
            The files of the object cannot be listed.
        """
        return propose_files(self._objects.state(path), files, self.schema)

    def attach(
        self,
        id: ElementKey,  # noqa: A002
        file: AnyPath | MeasuredFile,
        *,
        name: str | None = None,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        keep: bool = False,
    ) -> None:
        """Add a file to an element; the commit copies it with the index files beside it.

        Sets ``data_path``, and ``data_checksum`` (BLAKE2b) and ``data_format`` of a data entity.
        The format is removed if the schema has none for the new file. The file is read now to
        compute its checksum, and again by the commit, which verifies it.

        If the element already has a stored file, the commit removes that file with its index,
        unless another element names it or `keep` is set.

        Network use: reads a file on S3 and lists the index files beside it. If the element has a
        stored file, lists the object's files once.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        file : str, path-like, Location or MeasuredFile
            A file on this computer, or ``s3://bucket/key``. The result of `measure_file` is not
            read again before the commit.
        name : str, optional
            Path of the file in the object; by default the name of `file`.
        endpoint, services, s3_kwargs : optional
            As for `open_modo`; by default those of the object.
        keep : bool
            Keep the stored file that the element named before.

        Raises
        ------
        AlreadyExistsError
            The draft already adds a file to the element, or another element has a file of that
            name.
        NotFoundError
            There is no such file or element.
        OptionError
            The element is the root, or `file` is a folder or a device.
        PathError
            A file of the object cannot have this name.
        CredentialsError, EndpointError, StorageError
            The file cannot be read.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        checksums = None
        if isinstance(file, MeasuredFile):
            checksums, file = file.checksums, file.place
        place = Location.of(file, endpoint, services, s3_kwargs)
        state, element = self._objects.find_below_root(id)
        files = payloads_of_file(state, element, place, name=name, checksums=checksums)
        check_targets(state, files)
        replaced, added = payloads_with_files(state, element, files, keep=keep)
        first = files[0]
        attributes = attributes_with_file(
            state.now[element], first.target, first.checksum, self.schema
        )
        with self._steps.together():
            self._put(state, element, attributes)
            self._put_payloads(state, replaced, added)

    def attach_stored(
        self,
        id: ElementKey,  # noqa: A002
        name: str,
        *,
        keep: bool = False,
    ) -> None:
        """Attach a file that the object already stores, and that no element names.

        Sets the same attributes as `attach`. If the element already has a stored file, the commit
        removes that file as `attach` does.

        Network use: lists the object's files once, and reads the file if the class of the element
        has a checksum.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        name : str
            Path of the file in the object.
        keep : bool
            Keep the stored file that the element named before.

        Raises
        ------
        AlreadyExistsError
            Another element names the file.
        NotFoundError
            There is no such file or element.
        OptionError
            The element is the root.
        PathError
            `name` is not a path of a file in the object.
        CredentialsError, EndpointError, StorageError
            The file cannot be read.
        """
        state, element = self._objects.find_below_root(id)
        target = check_target(name)
        if target not in state.files:
            raise NotFoundError(f"{state.path} has no file {target}.", "Check Modo.files().")
        others = [each for each in state.named_files.elements(target) if each != element]
        if others:
            raise AlreadyExistsError(
                f"{target} is the file of {others[0]}.", "Choose a file that no element names."
            )
        if file_in_object(state.now[element].get("data_path"), state.path) == target:
            return
        attributes = state.now[element]
        checksum = ""
        if "data_checksum" in {**attributes, **self.schema.slots(attributes.get("@type"))}:
            _, checksum = measure(partial(state.storage.open, target))
        attributes = attributes_with_file(attributes, target, checksum, self.schema)
        replaced, removed = payloads_with_files(state, element, (), keep=keep)
        if state.removed_as(target):  # The draft no longer removes it.
            for file in (target, *index_names(target)):
                replaced |= dict.fromkeys(state.removed_as(file))
                removed = [payload for payload in removed if _target(payload) != file]
        with self._steps.together():
            self._put(state, element, attributes)
            self._put_payloads(state, replaced, removed)

    def detach(self, id: ElementKey, *, with_file: bool = False) -> None:  # noqa: A002
        """Detach the file of an element: remove ``data_path`` and ``data_checksum``.

        A file that this draft attached is not added. A stored file stays in the object, without an
        element that names it, unless `with_file` is set.

        Network use: `with_file` lists the object's files once.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        with_file : bool
            Also remove the stored file with its index, unless another element names it.

        Raises
        ------
        NotFoundError
            There is no such element, or it has no file.
        OptionError
            The element is the root.
        CredentialsError, EndpointError
            The files cannot be listed.
        """
        state, element = self._objects.find_below_root(id)
        attributes = state.now[element]
        if "data_path" not in attributes:
            raise NotFoundError(f"{element} has no file.", "Choose an element with a file.")
        replaced, removed = payloads_without_file(state, element, remove=with_file)
        left = {
            slot: value
            for slot, value in attributes.items()
            if slot not in {"data_path", "data_checksum"}
        }
        with self._steps.together():
            self._put(state, element, left)
            self._put_payloads(state, replaced, removed)

    def add_array(
        self,
        id: ElementKey,  # noqa: A002
        values: Any,
        obs: Iterable[Any] | None = None,
        var: Iterable[Any] | None = None,
        *,
        name: str = "data",
    ) -> None:
        """Add a labelled matrix to an element; no network use before the commit.

        A data entity without ``data_path`` gets the path of its own group in the archive, and the
        ``data_format`` Zarr if it has none.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        values : array-like, pandas.DataFrame, pandas.Series or xarray.DataArray
            Numbers, booleans or text. Rows are obs and columns are var, or the other way round if
            the labels fit only that way.
        obs, var : iterable, optional
            Labels, stored as string arrays ``obs`` and ``var`` beside the values. By default the
            index and the columns of a table, or the coordinates of a DataArray; if both are
            present, they must be equal.
        name : str
            Name of the array.

        Raises
        ------
        OptionError
            Something cannot be stored unchanged: values of other types, a `MultiIndex`, missing
            labels, labels that differ only in type (1 and ``'1'``), coordinates that label no axis,
            masked values, or integers that a float cannot represent.
        AlreadyExistsError
            The element already has an array of that name, or other labels.
        PathError
            An array cannot have this name.

        Notes
        -----
        Labels are stored as text: 10 becomes ``'10'``, a day ``'2024-01-31 00:00:00'``. Duplicate
        labels are kept. A default index (0, 1, 2, ...) is not stored. Further axes of a DataArray
        keep the names of their dimensions, and their labels are stored in arrays of these names.
        The names of the axes are stored in the attribute ``axis_names``, the name of a series or a
        DataArray in ``long_name``, and ``attrs`` in the attributes.
        """
        state, element = self._objects.find_below_root(id)
        payload = array_payload(state, element, values, obs=obs, var=var, name=name)
        stored = state.now[element]
        filled = attributes_with_array(stored, element, self.schema)
        with self._steps.together():
            if filled is not stored:
                self._put(state, element, dict(filled))
            self._put_payloads(state, {}, [payload])


def _target(payload: Payload) -> str:
    return payload.target if isinstance(payload, RemoveFilePayload) else ""
