"""Drafts: changes to the metadata of objects that are not written before they are committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import InvalidMetadataError, OptionError
from modos_widgets.json_text import copy_value, same
from modos_widgets.location import Location
from modos_widgets.modo.attachments.diff import diff_rows
from modos_widgets.modo.attachments.files import unmoved_notes
from modos_widgets.modo.attachments.resolution import settle_conflict
from modos_widgets.modo.attachments.retention import removal_notes
from modos_widgets.modo.attachments.sources import MeasuredFile
from modos_widgets.modo.change_set import ChangeSet, Row, diff_frame, diff_html
from modos_widgets.modo.commit.changed_objects import states_to_commit
from modos_widgets.modo.commit.commit import Commit, commit_objects
from modos_widgets.modo.conflicts import Conflict
from modos_widgets.modo.draft.change_set_text import (
    apply_change_sets,
    paths_in_change_set,
    read_change_set,
    write_change_set,
)
from modos_widgets.modo.draft.drafted_files import drafted_files
from modos_widgets.modo.draft.drafted_objects import DraftedObjects, ElementKey
from modos_widgets.modo.draft.editor import Editor
from modos_widgets.modo.draft.file_proposals import FileProposal, propose_files
from modos_widgets.modo.draft.fix_application import FixApplication, group_fixes
from modos_widgets.modo.draft.live_check import LiveCheck, Watch
from modos_widgets.modo.draft.new_elements import IdProposals, check_new_element
from modos_widgets.modo.draft.new_errors import find_new_errors
from modos_widgets.modo.draft.proposal import Cells, Proposal, ProposedChange
from modos_widgets.modo.draft.readable_files import readable_files
from modos_widgets.modo.draft.removal import Removal, removal_of
from modos_widgets.modo.metadata_frame import frame_of, several_index
from modos_widgets.modo.repair import Repair, repair
from modos_widgets.modo.schema.slots import AnySchema, Schema
from modos_widgets.modo.state.steps import Steps
from modos_widgets.modo.validation.content_checks import check_contents
from modos_widgets.modo.validation.content_reading import read_contents
from modos_widgets.modo.validation.findings import Finding, Findings, FixGroup
from modos_widgets.modo.validation.sample_checks import check_aliases
from modos_widgets.modo.validation.sequence_lengths import look_up_lengths
from modos_widgets.modo.validation.storage_checks import find_interrupted
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import pandas as pd

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.draft.evidence import Evidence
    from modos_widgets.modo.object import Modo
    from modos_widgets.modo.state.payloads import Payload
    from modos_widgets.modo.validation.findings import Severity
    from modos_widgets.progress import Progress

__all__ = ["Draft"]


class Draft:
    """Changes to one or more objects that are not written before `commit`.

    `Modo.edit` and `modos_widgets.edit` create drafts. A draft is based on the values that the
    objects showed when it was created: its commit reports every cell that someone else has
    changed since. Only `commit` and `repair` write.

    Parameters
    ----------
    modos : iterable of Modo
        The objects.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.

    Attributes
    ----------
    import_report : pandas.DataFrame or None
        What `import_sheet` noticed in the sheet that this draft comes from; None for other drafts.
        Columns sheet, cell, read, offered, applied; the index says what the problem is.
    evidence : Evidence or None
        Which file said what, for a draft of `modos_widgets.describe`; None for other drafts. See
        `known_from`.

    Raises
    ------
    ArgumentError
        `modos` contains something other than objects.
    OptionError
        There is no object, or an object is passed twice.
    """

    def __init__(self, modos: Iterable[Modo], schema: AnySchema = ()) -> None:
        self.schema = Schema.of(schema)
        self._objects = DraftedObjects(modos)
        self._steps = Steps(self._objects.states)
        self._editor = Editor(self._objects, self._steps, self.schema)
        self._proposal = Proposal(self._objects, self._steps, self.schema)
        self._live: LiveCheck | None = None
        self._summaries: dict[str, dict[str, str]] = {}
        self.import_report: pd.DataFrame | None = None
        self.evidence: Evidence | None = None

    # Values

    @property
    def modos(self) -> tuple[Modo, ...]:
        """The objects, in the order in which they were passed."""
        return tuple(cast("Modo", state.stored) for state in self._objects)

    def elements(self, path: str | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Return the attributes of the root and of each element after the commit; no network use.

        The attributes are not copied: use `set` to change them.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        Mapping of str to Mapping
            Element id to its attributes.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The draft has several objects, and `path` is not given.
        """
        return MappingProxyType(self._objects.state(path).now)

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

    def current(self, element: ElementKey, slot: str, default: Any = None) -> Any:
        """Return a value after the commit; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.
        default : Any
            Returned if there is no such attribute.

        Returns
        -------
        Any
            A copy of the value.

        Raises
        ------
        NotFoundError
            There is no such element.
        """
        state, name = self._objects.find(element)
        return copy_value(state.now[name].get(slot, default))

    def is_changed(self, element: ElementKey, slot: str) -> bool:
        """Return whether a cell differs from the value that the draft is based on; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.

        Returns
        -------
        bool

        Raises
        ------
        NotFoundError
            There is no such element.
        """
        state, name = self._objects.find(element)
        before, after = state.base.get(name, {}), state.now[name]
        return not same(before.get(slot, MISSING), after.get(slot, MISSING))

    def changed_slots(self, element: ElementKey) -> tuple[str, ...]:
        """Return the changed cells of an element; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of str
            The slots of its rows in `rows`; an empty name if the element has no attributes.
        """
        state, name = self._objects.split(element)
        return state.changed_slots(name)

    def frame(self) -> pd.DataFrame:
        """Return the metadata after the commit as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            As `Modo.frame` returns it; with several objects, the index is (object, element).
        """
        if len(self._objects) == 1:
            return frame_of(self._objects.state().now)
        keys = [(path, name) for path, state in self._objects.states.items() for name in state.now]
        rows = [found for state in self._objects for found in state.now.values()]
        frame = frame_of({str(number): row for number, row in enumerate(rows)})
        frame.index = several_index(keys)
        return frame

    @property
    def known_from(self) -> pd.DataFrame | None:
        """Which file said what, for a draft of `modos_widgets.describe`; None for other drafts.

        Columns element, slot, value, file (relative to the described folder) and detail. A row
        without element names a file, or a part of it, that was not used, and why.
        """
        if self.evidence is None:
            return None
        return self.evidence.frame({id for state in self._objects for id in state.now})  # noqa: A001

    # Changes

    def set(self, element: ElementKey, slot: str, value: Any) -> None:
        """Set an attribute to any JSON value; `validate` checks it.

        No network use, except that changing ``data_path`` can list the object's files: the commit
        moves the file.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.
        value : Any
            The value.

        Raises
        ------
        OptionError
            JSON cannot contain the value (NaN, an unpaired surrogate), the value is larger than
            1 MiB, or `slot` is empty.
        NotFoundError
            There is no such element.
        """
        self._editor.set(element, slot, value)

    def unset(self, element: ElementKey, slot: str) -> None:
        """Remove an attribute.

        No network use, except that removing ``data_path`` can list the object's files.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.

        Raises
        ------
        NotFoundError
            There is no such element.
        ArgumentError
            `slot` is not text.
        """
        self._editor.unset(element, slot)

    def add(
        self,
        id: ElementKey,  # noqa: A002
        attributes: Mapping[str, Any],
        *,
        link: bool = True,
    ) -> str:
        """Add an element; an assay is also linked from the root; no network use.

        The root links to its assays by ``has_assay``. Links between assays, data and samples are
        set by the caller.

        Parameters
        ----------
        id : str or tuple of (str, str)
            ``group/name``, or the name alone if ``@type`` determines the group; in a draft over
            several objects, (object path, id).
        attributes : Mapping
            The attributes of the element. An ``id`` among them is not stored.
        link : bool
            Link to the element from the root's attributes that link to its class.

        Returns
        -------
        str
            The id of the element, in which slashes of the name are replaced by ``_``.

        Raises
        ------
        ArgumentError
            `attributes` is not a mapping.
        OptionError
            The group is unknown, or JSON cannot contain the attributes.
        PathError
            An element cannot have this name.
        AlreadyExistsError
            Another element has the id, or the object stores arrays under it.
        """
        return self._editor.add(id, attributes, link=link)

    def propose_ids(
        self,
        names: Iterable[str],
        class_name: str,
        *,
        path: str | None = None,
        group: str = "",
    ) -> list[str]:
        """Propose ids for new elements from their names; no network use.

        Parameters
        ----------
        names : iterable of str
            Names of the new elements.
        class_name : str
            Their class, such as ``Sample``.
        path : str, optional
            Path of the object; required if the draft has several objects.
        group : str
            Their group, for a class of yours that can be in any.

        Returns
        -------
        list of str
            An id for each name, such as ``sample/adjacent_normal``: free, different from each
            other also in lower case, and accepted by all MODO software.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The group is unknown, or the draft has several objects, and `path` is not given.
        """
        proposals = IdProposals(self._objects.state(path), self.schema)
        return [proposals.propose(name, class_name, group) for name in names]

    def check_new(self, id: ElementKey, attributes: Mapping[str, Any]) -> Findings:  # noqa: A002
        """Check an element as if `add` had added it; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            As for `add`.
        attributes : Mapping
            The attributes of the element.

        Returns
        -------
        Findings
            Errors first.

        Raises
        ------
        ArgumentError, OptionError, PathError, AlreadyExistsError
            `add` would raise the same error.
        """
        state, wanted = self._objects.split(id)
        return Findings(check_new_element(state, wanted, attributes, self.schema))

    def check_rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Return the id that `rename` would return, and rename nothing; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        new : str
            The new id, or the new name without the group.

        Returns
        -------
        str

        Raises
        ------
        NotFoundError, OptionError, PathError, AlreadyExistsError
            `rename` would raise the same error.
        """
        return self._editor.renamed_id(id, new)

    def removal(self, id: ElementKey) -> Removal:  # noqa: A002
        """Return what `remove` would change; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        Removal
            The links that it would remove, and the file of the element.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root.
        """
        state, element = self._objects.find_below_root(id)
        return removal_of(state, element, self.schema)

    def remove(self, id: ElementKey, *, with_file: bool = False) -> None:  # noqa: A002
        """Remove an element and the links to it, optionally with its file.

        Network use: `with_file` lists the object's files once. Their sizes show what `Commit.undo`
        could not restore, which `notes` and the diff state.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        with_file : bool
            Also remove the file that the element names, with its index, unless another element
            names it.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root.
        CredentialsError, EndpointError
            The files cannot be listed.
        """
        self._editor.remove(id, with_file=with_file)

    def rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Rename an element, with its arrays and the links to it; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        new : str
            The new id, or the new name without the group.

        Returns
        -------
        str
            The new id, in which slashes of the name are replaced by ``_``.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root, or its class does not belong to the group of the new id.
        PathError
            An element cannot have this name.
        AlreadyExistsError
            Another element has the id, or the object stores arrays under it.
        """
        renamed = self._editor.rename(id, new)
        if self.evidence is not None:
            self.evidence.rename(id if isinstance(id, str) else id[1], renamed)
        return renamed

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
        self._editor.attach(id, place, name=name, keep=keep, checksums=checksums)

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
        self._editor.attach_stored(id, name, keep=keep)

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
        self._editor.detach(id, with_file=with_file)

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
        self._editor.add_array(id, values, obs, var, name=name)

    def apply_fixes(
        self, findings: Finding | Iterable[Finding] | None = None, *, code: str | None = None
    ) -> int:
        """Apply the fixes of findings as one step for `undo`; no network use.

        Parameters
        ----------
        findings : Finding or iterable of Finding, optional
            The findings; by default all that `validate` returns.
        code : str, optional
            Apply only fixes of findings of this kind.

        Returns
        -------
        int
            Number of fixes that were applied. A finding whose cell has changed since is skipped.
        """
        chosen = self.validate() if findings is None else findings
        chosen = [chosen] if isinstance(chosen, Finding) else chosen
        wanted = [finding for finding in chosen if finding.fix and code in {None, finding.code}]
        with self.together():
            return FixApplication(self._objects, self._editor, self._check).apply(wanted)

    def resolve(
        self, conflicts: Conflict | Iterable[Conflict], keep: Literal["mine", "theirs"]
    ) -> None:
        """Resolve conflicts that a commit met: keep the draft's value or the stored one.

        If a file cannot be attached because its name is taken, ``"mine"`` renames it, and
        ``"theirs"`` leaves it out. If the draft links to an element that someone else has removed,
        ``"mine"`` keeps the broken link, and ``"theirs"`` removes it. If someone else has linked to
        an element that the draft removes, ``"mine"`` removes the element and the link, and
        ``"theirs"`` keeps the element.

        Network use: for a file that is moved, lists the object's files.

        Parameters
        ----------
        conflicts : Conflict or iterable of Conflict
            The conflicts, such as those of `ConflictError.conflicts`.
        keep : {"mine", "theirs"}
            Keep the draft's value, or the stored one.

        Raises
        ------
        OptionError
            `keep` is neither ``"mine"`` nor ``"theirs"``, or is ``"mine"`` for an array that would
            replace a stored one.
        """
        if keep not in {"mine", "theirs"}:
            raise OptionError(f"Unknown answer {keep!r}.", "Pass 'mine' or 'theirs'.")
        for conflict in [conflicts] if isinstance(conflicts, Conflict) else conflicts:
            state = self._objects.state(conflict.object)
            settle_conflict(state, conflict, self.schema, mine=keep == "mine")
            self._proposal.settle(conflict)
        self._steps.forget()

    # Review of proposed changes

    def undecided(self) -> list[ProposedChange]:
        """Return the changes of a change set that nobody has decided; no network use.

        After `from_json`, every change is undecided. `accept`, `reject` and `resolve` decide
        changes, and so does giving a cell another value. `commit` writes undecided changes too.

        Returns
        -------
        list of ProposedChange
            In the order of `rows`, each with the value that it is based on, the proposed value and
            the value that the object shows now. A removed element is one change.
        """
        return self._proposal.undecided()

    def conflicts(self) -> list[Conflict]:
        """Return the changes whose cell has another stored value than the draft is based on.

        `commit` would raise a ConflictError for them. No network use: to find the latest changes of
        others, call `Modo.refresh` first. Files are compared by `commit`.

        Returns
        -------
        list of Conflict
        """
        return self._proposal.conflicts()

    def accept(self, cells: Cells | None = None, *, overwrite: bool = False) -> None:
        """Keep changes and mark them as decided, as one step for `undo`; no network use.

        Changes that depend on each other are decided together: both sides of a rename, a removed
        element with its file, and an added or moved file with the attributes that describe it.

        Parameters
        ----------
        cells : str, tuple, ProposedChange or iterable of these, optional
            The changes: an element id (all its changes), (element, slot),
            (object path, element, slot), or results of `undecided`. For a file, the slot is its
            name in the object. By default all undecided changes.
        overwrite : bool
            Accept changes although another value is stored than they are based on. The commit
            then replaces the stored value.

        Raises
        ------
        ConflictError
            Another value is stored than a change is based on, and `overwrite` is not set; or the
            changed element no longer exists. ``conflicts`` lists them; nothing is accepted.
        NotFoundError
            There is no such element or object.
        OptionError
            The draft does not change the cell, or removes its element; or it has several objects,
            and a cell names none of them.
        ArgumentError
            `cells` contains something other than cells.

        Examples
        --------
        >>> draft = Draft.from_json(text, modo)                  # doctest: +SKIP
        >>> draft.accept([("sample/s1", "sex"), "sample/s2"])    # doctest: +SKIP
        >>> draft.reject()                                       # doctest: +SKIP
        >>> draft.commit("Accepted in part")                     # doctest: +SKIP
        """
        self._proposal.accept(cells, overwrite=overwrite)

    def reject(self, cells: Cells | None = None) -> None:
        """Replace changes by what is stored, as one step for `undo`; no network use.

        An added element is removed with its files and the links to it; a removed element returns
        with the links that the proposal removed. Changes that depend on each other are decided
        together, as for `accept`. To reject an added element, pass its id.

        Parameters
        ----------
        cells : str, tuple, ProposedChange or iterable of these, optional
            As for `accept`; changes that are already accepted are possible too.

        Raises
        ------
        NotFoundError, OptionError, ArgumentError
            As for `accept`; nothing is rejected.
        """
        self._proposal.reject(cells)

    # Steps

    def together(self) -> AbstractContextManager[None]:
        """Combine all changes within a block to one step for `undo`; an exception undoes them.

        Returns
        -------
        context manager

        Examples
        --------
        >>> with draft.together():               # doctest: +SKIP
        ...     draft.set("sample/s1", "sex", "Male")
        ...     draft.set("sample/s2", "sex", "Female")
        """
        return self._steps.together()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step that `undo` can undo."""
        return bool(self._steps.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step that `redo` can redo."""
        return bool(self._steps.undone)

    def undo(self) -> bool:
        """Undo the last step; no network use.

        Returns
        -------
        bool
            Whether there was one.
        """
        return self._steps.undo()

    def redo(self) -> bool:
        """Redo the step that was undone last; no network use.

        Returns
        -------
        bool
            Whether there was one.
        """
        return self._steps.redo()

    def discard(self) -> None:
        """Discard every change; no network use."""
        for state in self._objects:
            state.drop_changes()
        self._steps.forget()

    def reload(self) -> None:
        """Discard every change, and base the draft on what the objects show now.

        No network use: to read the objects again, call `Modo.refresh` first.

        Raises
        ------
        BrokenArchiveError
            The metadata of an object cannot be read.
        """
        for state in self._objects:
            state.restart()
        self._steps.forget()

    # Results

    def changes(self) -> list[ChangeSet]:
        """Return the net changes; no network use.

        Returns
        -------
        list of ChangeSet
            One for each object that has any.
        """
        return [found for state in self._objects if (found := state.changes())]

    def rows(self) -> list[Row]:
        """Return the net changes cell by cell; no network use.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, slot, before, after; `MISSING` if there is no value.
        """
        found: list[Row] = []
        for state in self._objects:
            found.extend(state.changes().rows())
            found.extend(diff_rows(state))
        return found

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

    def diff(self) -> pd.DataFrame:
        """Return the net changes as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            Columns object, element, slot, before, after; None if there is no value.
        """
        return diff_frame(self.rows())

    def diff_html(self) -> str:
        """Return the net changes as an HTML table; no network use.

        Returns
        -------
        str
            The first 200 changes; all values are escaped.
        """
        return diff_html(self.rows(), several=len(self._objects) > 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings about the commit: what it removes permanently, and files that it cannot move."""
        return tuple(
            note
            for state in self._objects
            for note in (*removal_notes(state), *unmoved_notes(state))
        )

    def validate(
        self,
        *,
        contents: bool = False,
        aliases: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Check the metadata that the commit would store; no network use without `contents`.

        Parameters
        ----------
        contents : bool
            Also compare the metadata with the headers of the files (see `check_files`).
        aliases, on_progress
            As for `check_files`.

        Returns
        -------
        Findings
            Errors first.

        Raises
        ------
        OptionError, ChangedError, CredentialsError, EndpointError, StorageError
            As for `check_files`.
        """
        self._check.run()
        findings = self._check.findings()
        if not contents:
            return findings
        return Findings([*findings, *self.check_files(aliases, on_progress)])

    def check_files(
        self,
        aliases: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Compare the metadata with the headers of the files, as both will be after the commit.

        Network use: for each file that an element names, its header and at most three requests
        and 256 KiB beyond it, side by side. Where a file states the length of a sequence and the
        object only its MD5, the endpoint's refget service is asked for the length (of at most 64
        sequences of an object, without a credential).

        Parameters
        ----------
        aliases : mapping of str to str, optional
            Names of samples in files to the ids of their elements, such as
            ``{"NA777": "sample/s1"}``.
        on_progress : callable, optional
            Called with a `Progress` after each file, on any thread.

        Returns
        -------
        Findings
            Errors first. Their fixes can be passed to `apply_fixes`.

        Raises
        ------
        OptionError
            An alias names an element that no object has.
        ChangedError
            A file was replaced while it was read.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        known = dict(aliases or {})
        check_aliases(known, {id: {} for state in self._objects for id in state.now})  # noqa: A001
        found: list[Finding] = []
        summaries: dict[str, dict[str, str]] = {}
        for state in self._objects:
            elements = dict(state.now)  # an edit may come while the files are read
            contents = read_contents(
                state.path,
                elements,
                readable_files(state),
                nodes=state.stored.hierarchy.nodes,
                schema=self.schema,
                aliases={name: element for name, element in known.items() if element in elements},
                on_progress=on_progress,
            )
            contents = look_up_lengths(contents, state.stored.endpoint)
            found.extend(check_contents(contents))
            summaries[state.path] = contents.summaries
        self._summaries = summaries
        return Findings(found)

    def file_summaries(self, path: str | None = None) -> dict[str, str]:
        """Return what each file is, in one line, as the last `check_files` read it.

        Parameters
        ----------
        path : str, optional
            Path of the object; not needed if the draft has only one.

        Returns
        -------
        dict of str to str
            Path of a file, relative to the object, to a text such as "CRAM 3.0, 2 read groups,
            sample NA12878, GRCh38, 195 contigs, sorted, indexed". Empty before the first check.

        Raises
        ------
        OptionError, NotFoundError
            As for `elements`.
        """
        return dict(self._summaries.get(self._objects.state(path).path, {}))

    def keep_findings(self, findings: Iterable[Finding]) -> None:
        """List the findings of `check_files` in `findings` too, until their cells change.

        They replace those that were kept before. No network use.

        Parameters
        ----------
        findings : iterable of Finding
            Findings of objects of this draft.
        """
        self._check.keep(findings)

    @property
    def _check(self) -> LiveCheck:
        if self._live is None:
            self._live = LiveCheck(self._objects.states, self.schema)
        return self._live

    def watch(self) -> Watch:
        """Return a `Watch` that records which elements, files and arrays change from now on.

        A view uses it to update only what has changed. No network use.

        Returns
        -------
        Watch
        """
        return self._check.watch()

    def check(self, seconds: float | None = None) -> bool:
        """Check what has changed since the last check, and what depends on it; no network use.

        Parameters
        ----------
        seconds : float, optional
            Stop after this time; the next call continues. By default, check everything.

        Returns
        -------
        bool
            Whether everything is checked, so that `findings` equals the result of `validate`.
        """
        return self._check.run(seconds)

    @property
    def unchecked(self) -> int:
        """Number of changed elements that are not checked yet."""
        return self._check.waiting

    @property
    def findings(self) -> Findings:
        """The findings of the checks so far."""
        return self._check.findings()

    def finding_counts(self) -> tuple[dict[Severity, int], int]:
        """Count the findings of the checks so far; no network use.

        Returns
        -------
        tuple of (dict of str to int, int)
            Severity to the number of findings, and the number of findings that have a fix.
        """
        return self._check.counts, self._check.fixable

    def findings_of(self, element: ElementKey) -> tuple[Finding, ...]:
        """Return the findings of the checks so far in one element; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of Finding
        """
        state, name = self._objects.split(element)
        return self._check.of(state.path, name)

    def new_errors(self) -> Findings:
        """Return the errors that the draft adds; no network use.

        Only the elements that changed are checked, and those that link to them.

        Returns
        -------
        Findings
            The errors of changed objects that did not exist when the draft was created.
        """
        return Findings(find_new_errors(self._objects, self.schema))

    def fix_groups(self, findings: Iterable[Finding]) -> list[FixGroup]:
        """Group the findings that have a fix by kind and by the effect of the fix.

        Apply the fixes of a group with ``apply_fixes(group.findings)``. No network use.

        Parameters
        ----------
        findings : iterable of Finding
            The findings, such as those of `validate`.

        Returns
        -------
        list of FixGroup
            Fixes that only change the form of a value come first, fixes that delete come last.
        """
        return group_fixes(self._objects, findings)

    @property
    def interrupted(self) -> Findings:
        """Interrupted commits of this computer, for example because a kernel was killed.

        One finding per commit, over all objects of the draft. The objects may show only a part of
        such a commit, so report these findings first. `repair` repairs the objects. Reads the
        journal on this computer only.
        """
        return Findings(finding for modo in self.modos for finding in find_interrupted(modo))

    def repair(self, *, timeout: float = 30.0) -> tuple[Repair, ...]:
        """Repair the objects whose last commit was interrupted; reads and writes the objects.

        Afterwards the draft contains the stored values and its own changes. Changed cells keep
        the value that they are based on, so conflicts are still found.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a running commit.

        Returns
        -------
        tuple of Repair
            The result of each repair (see `Modo.repair`).

        Raises
        ------
        LockedError
            A commit was still running after the timeout.
        ReadOnlyError
            An object was opened read-only.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        repairs = []
        for path in sorted({finding.object for finding in self.interrupted}):
            state = self._objects.states[path]
            repairs.append(repair(state.stored, timeout=timeout))
            changes, payloads, undecided = state.changes(), state.payloads, state.undecided
            state.restart()
            state.rebase(changes)
            state.payloads = payloads
            state.undecided = undecided
            self._steps.forget()
        return tuple(repairs)

    def to_json(self) -> str:
        """Return the changes as text that a colleague can review and apply with `from_json`.

        No network use.

        Returns
        -------
        str
            A change set in JSON. It names attached files and does not contain them.

        Raises
        ------
        OptionError
            The draft adds an array, which a change set cannot contain.
        """
        return write_change_set(self._objects)

    @classmethod
    def from_json(
        cls,
        text: str,
        objects: Modo | Iterable[Modo],
        schema: AnySchema = (),
        *,
        files_from: str | os.PathLike[str] | None = None,
    ) -> Draft:
        """Create a draft from a change set, for review.

        The draft is based on the values that the change set was based on: if another value is
        stored now, `conflicts` lists it, and the commit raises ConflictError. All changes are
        `undecided` until they are accepted or rejected. A change set is not trusted: everything in
        it is checked like a call of a method of `Draft`, and is shown in the diff.

        Network use: if files are moved or removed, lists the object's files once.

        Parameters
        ----------
        text : str
            The result of `to_json`.
        objects : Modo or iterable of Modo
            The objects, matched by their paths; a single object can have another path.
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.
        files_from : str or path-like, optional
            Folder of the files that the change set attaches. Relative paths start there. No other
            file is read, and links that lead out of the folder are not followed.

        Returns
        -------
        Draft

        Raises
        ------
        OptionError
            The text is not a change set, is larger than 64 MiB, or is inconsistent; or it attaches
            files, and `files_from` is missing.
        PathError
            A file or element cannot have a name in it, or a file is outside `files_from`.
        AlreadyExistsError
            Another element has a file of the same name.
        NotFoundError
            A file or an object does not exist.
        StorageError
            A file has another checksum than the change set states.
        """
        modos = list(objects) if isinstance(objects, Iterable) else [objects]
        draft = cls(modos, schema)
        read_change_set(text, draft._objects.states, draft.schema, files_from)
        draft._proposal.begin()
        return draft

    def propose(self, changes: Iterable[ChangeSet] = ()) -> None:
        """Apply changes with values of their own as the base; no network use.

        As `from_json`, for changes of metadata only: cells whose stored value is neither the base
        nor the new value are conflicts, and all changes of the draft are `undecided`.

        Parameters
        ----------
        changes : iterable of ChangeSet
            The changes, at most one for each object. Without any, the present changes of the
            draft become undecided.

        Raises
        ------
        OptionError
            The draft already changes an object of `changes`, a change is inconsistent, or JSON
            cannot contain a value.
        NotFoundError
            This draft does not have the object of a change.
        PathError, AlreadyExistsError
            A new element cannot have its id.
        """
        changes = list(changes)
        if any(self._objects.state(each.path).changed for each in changes):
            raise OptionError("This draft has changes already.", "Commit or discard them first.")
        apply_change_sets(changes, self._objects.states, self.schema)
        self._proposal.begin()

    @staticmethod
    def objects_in_json(text: str) -> tuple[str, ...]:
        """Return the paths of the objects that a change set changes; no network use.

        Parameters
        ----------
        text : str
            The result of `to_json`, which is not trusted.

        Returns
        -------
        tuple of str

        Raises
        ------
        OptionError
            The text is not a change set, or is larger than 64 MiB.
        """
        return paths_in_change_set(text)

    def commit(
        self,
        message: str | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - the agreed signature
        *,
        unconditional: bool = False,
        timeout: float = 30.0,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Commit:
        """Commit the changes without overwriting those of other writers. Uses the network.

        The commit reads the stored elements again, keeps cells that only others have changed,
        and writes each document on the condition that it has not changed since it was read. It
        writes the elements first and the root last.

        Parameters
        ----------
        message : str, optional
            Commit message, for the journal.
        force : bool
            Commit although the draft adds errors.
        unconditional : bool
            Commit although the server ignores conditions. A change that someone else makes at
            the same moment may be lost.
        timeout : float
            Seconds to wait for another process that is writing.
        on_progress : callable, optional
            Called with a `Progress` that counts objects.

        Returns
        -------
        Commit
            With ``.id``, ``.diff`` and ``.undo()``.

        Raises
        ------
        InvalidMetadataError
            The draft adds errors (see `new_errors`), and `force` is not set.
        ConflictError
            Someone else has changed a cell or a file that the draft changes, has removed an element
            that it links to, or has linked to an element that it removes. ``conflicts`` lists
            all of them. Nothing was written, unless the hint names changes that remain stored.
        ReadOnlyError
            An object was opened read-only, or is a zarr v2 archive.
        LockedError
            Another process was writing until the timeout.
        InterruptedCommitError
            An earlier commit of this computer was interrupted: call `Modo.repair` first.
        UnsupportedError
            The server ignores conditions, so another writer's update could be lost.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails. The commit reverts what it has written; notes
            of the error list what remains stored.
        """
        states = states_to_commit(self._objects, timeout)
        if not force:
            self._refuse_new_errors()
        return commit_objects(
            states,
            message,
            schema=self.schema,
            unconditional=unconditional,
            timeout=timeout,
            on_progress=on_progress,
            on_write=self._steps.forget,
        )

    def _refuse_new_errors(self) -> None:
        errors = self.new_errors()
        if errors:
            raise InvalidMetadataError(
                f"This commit adds {len(errors):,} error{'s' if len(errors) != 1 else ''}: "
                f"{errors[0].element} {errors[0].slot}: {errors[0].message}",
                "Check Draft.new_errors(), or commit with force=True.",
                errors,
            )

    def __len__(self) -> int:
        """Return the number of changed cells."""
        return len(self.rows())

    def __bool__(self) -> bool:
        """Return whether there are changes to commit."""
        return any(state.changed for state in self._objects)

    def __repr__(self) -> str:
        """Return the number of changes."""
        rows = self.rows()
        objects = len({row[0] for row in rows})
        summary = (
            f"Draft: {len(rows):,} change{'s' if len(rows) != 1 else ''} "
            f"in {objects:,} object{'s' if objects != 1 else ''}"
        )
        return "\n".join([summary, *self.notes])

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())
        return f"{lines}{self.diff_html() if self else ''}"
