"""Change the metadata of objects without writing anything, until commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, InvalidMetadataError, NotFoundError, OptionError
from modos_widgets.json_text import copy_value, same
from modos_widgets.location import Location
from modos_widgets.modo.attachments.arrays import (
    array_payload,
    attributes_with_array,
    check_free,
)
from modos_widgets.modo.attachments.diff import diff_rows
from modos_widgets.modo.attachments.files import (
    check_targets,
    files_to_remove,
    payloads_after_move,
    payloads_with_files,
    unmoved_notes,
)
from modos_widgets.modo.attachments.renames import (
    attributes_renamed,
    copied_from,
    payloads_renamed,
)
from modos_widgets.modo.attachments.resolution import settle_file, settle_removal
from modos_widgets.modo.attachments.retention import removal_notes
from modos_widgets.modo.attachments.sources import attributes_with_file, payloads_of_file
from modos_widgets.modo.change_set import ChangeSet, Row, diff_frame, diff_html
from modos_widgets.modo.commit.commit import Commit, commit_objects, states_to_commit
from modos_widgets.modo.conflicts import (
    ArrayConflict,
    Conflict,
    FileConflict,
    RemovedFileConflict,
)
from modos_widgets.modo.draft.change_set_text import read_change_set, write_change_set
from modos_widgets.modo.draft.live_check import LiveCheck, Watch
from modos_widgets.modo.metadata_frame import frame_of, several_index
from modos_widgets.modo.repair import Repair, repair
from modos_widgets.modo.schema.slots import AnySchema, Schema
from modos_widgets.modo.state.element_ids import new_id
from modos_widgets.modo.state.object_state import ObjectState, Step, find_state
from modos_widgets.modo.state.steps import Steps
from modos_widgets.modo.validation.findings import Effect, Finding, Findings, FixGroup
from modos_widgets.modo.validation.fixes import effect_of
from modos_widgets.modo.validation.metadata_checks import (
    check_cohort,
    check_element,
    check_object,
)
from modos_widgets.modo.validation.storage_checks import find_interrupted
from modos_widgets.modo.values import MISSING, as_json

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import pandas as pd

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.object import Modo
    from modos_widgets.modo.state.payloads import Payload
    from modos_widgets.modo.validation.findings import Severity
    from modos_widgets.progress import Progress

__all__ = ["Draft", "ElementKey"]

ElementKey = str | tuple[str, str]
ROUNDS = 8
"""How often fixes are applied on top of one another."""
FOUND_IN_FILES = frozenset({"file_missing", "checksum_mismatch"})
"""Findings that a check of the metadata alone does not make."""


class Draft:
    """Changes to one object or many, kept apart until `commit`.

    Made by `Modo.edit` and `modos_widgets.edit`. It is based on the values that the
    objects showed then: a commit reports every cell that someone else has changed since.
    Only `commit` and `repair` write.

    Parameters
    ----------
    modos : sequence of Modo
        The objects.
    schema : iterable of pydantic model classes, or Schema
        Classes of your own, beside the published ones; or the schema of a draft.

    Raises
    ------
    ArgumentError
        Something else than objects.
    OptionError
        No object at all, or one of them twice.
    """

    def __init__(self, modos: Sequence[Modo], schema: AnySchema = ()) -> None:
        self.schema = Schema.of(schema)
        self._states: dict[str, ObjectState] = {}
        if not isinstance(modos, Iterable):
            raise ArgumentError.expected("a list of Modo", modos)
        for modo in modos:
            if not hasattr(modo, "hierarchy"):
                raise ArgumentError.expected("a Modo", modo, hint="To edit a path, use edit(path).")
            if modo.path in self._states:
                raise OptionError(f"{modo.path} is given twice.", "Give each object once.")
            self._states[modo.path] = ObjectState(modo)
        if not self._states:
            raise OptionError("There is no object to edit.", "Give at least one.")
        self._steps = Steps(self._states)
        self._live: LiveCheck | None = None

    # What is there

    @property
    def modos(self) -> tuple[Modo, ...]:
        """The objects, in the given order."""
        return tuple(cast("Modo", state.stored) for state in self._states.values())

    def elements(self, path: str | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Return the attributes of the root and of each element, as they will be.

        Not copied: use `set` to change them. No network use.

        Parameters
        ----------
        path : str, optional
            Path of the object; needed in a draft over several.

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
        return MappingProxyType(self._state(path).now)

    def attachments(self, path: str | None = None) -> tuple[Payload, ...]:
        """Return the files and arrays that come with the commit; no network use.

        Parameters
        ----------
        path : str, optional
            Path of the object; needed in a draft over several.

        Returns
        -------
        tuple of Payload
            What `attach`, `add_array`, `rename` and `remove` have added.

        Raises
        ------
        NotFoundError, OptionError
            As for `elements`.
        """
        return self._state(path).payloads

    def current(self, element: ElementKey, slot: str, default: Any = None) -> Any:
        """Return a value as it will be after the commit; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.
        default : Any
            What to return where there is no such attribute.

        Returns
        -------
        Any
            A copy of the value.

        Raises
        ------
        NotFoundError
            There is no such element.
        """
        state, name = self._locate(element)
        return copy_value(state.now[name].get(slot, default))

    def is_changed(self, element: ElementKey, slot: str) -> bool:
        """Return whether a cell differs from what the draft is based on; no network use.

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
        state, name = self._locate(element)
        before, after = state.base.get(name, {}), state.now[name]
        return not same(before.get(slot, MISSING), after.get(slot, MISSING))

    def changed_slots(self, element: ElementKey) -> tuple[str, ...]:
        """Return the cells of an element in the net changes; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of str
            The slots of its rows in `rows`: an empty name where the element has no attributes.
        """
        state, name = self._object_of(element)
        return tuple(row[2] for row in state.changes_of([name]).rows())

    def frame(self) -> pd.DataFrame:
        """Return the metadata as they will be; no network use.

        Returns
        -------
        pandas.DataFrame
            Like that of `Modo.frame`; over several objects the index is (object, element).
        """
        if len(self._states) == 1:
            return frame_of(self._state().now)
        keys = [(path, name) for path, state in self._states.items() for name in state.now]
        rows = [found for state in self._states.values() for found in state.now.values()]
        frame = frame_of({str(number): row for number, row in enumerate(rows)})
        frame.index = several_index(keys)
        return frame

    # Changes

    def set(self, element: ElementKey, slot: str, value: Any) -> None:
        """Store a value: any that JSON holds; `validate` judges it.

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
            A value that JSON cannot hold (NaN, half a character) or over 1 MiB, an
            attribute without name.
        NotFoundError
            There is no such element.
        """
        if not isinstance(slot, str) or not slot:
            raise OptionError("An attribute needs a name.", "Give the slot as text.")
        self._change(element, as_json(slot, name="slot"), as_json(value, name=slot[:80]))

    def unset(self, element: ElementKey, slot: str) -> None:
        """Remove an attribute; no network use, except for one listing where a file follows.

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
        OptionError
            An attribute's name that is no text.
        """
        if not isinstance(slot, str):
            raise OptionError("An attribute's name is text.", "Give the slot as text.")
        self._change(element, slot, MISSING)

    def add(
        self,
        id: ElementKey,  # noqa: A002
        attributes: Mapping[str, Any],
        *,
        link: bool = True,
    ) -> str:
        """Add an element; an assay is named in the root's ``has_assay`` too.

        The schema has an object consist of its assays (``has_assay`` is a ``has_part``). What
        belongs to an assay or a data entity is for the caller to say.

        Parameters
        ----------
        id : str or tuple of (str, str)
            ``group/name``, or the name alone where ``@type`` tells the group.
        attributes : Mapping
            Its attributes; an ``id`` among them is not stored, as documented.
        link : bool
            Name it in the slots of the root that hold elements of its class.

        Returns
        -------
        str
            The id that it has: a slash within the name has become ``_``.

        Raises
        ------
        OptionError
            A group that is not known; attributes that are no mapping, or hold what JSON cannot.
        PathError
            A name that no element can have.
        AlreadyExistsError
            Another element has the id, or arrays of an element that the draft removes have it.
        """
        state, wanted = self._object_of(id)
        if not isinstance(attributes, Mapping):
            raise ArgumentError.expected("a dictionary", attributes, name="attributes")
        stored = as_json(dict(attributes), name="attributes")
        stored.pop("id", None)
        element = new_id(wanted, stored, state.ids, self.schema)
        check_free(state, element)
        if "@type" not in stored:
            default = self.schema.default_class.get(element.partition("/")[0])
            stored = {**({"@type": default} if default else {}), **stored}
        with self.together():
            self._note(state.put(element, stored))
            for step in state.linked_from_root(element, self.schema) if link else ():
                self._note(step)
        return element

    def remove(self, id: ElementKey, *, with_file: bool = False) -> None:  # noqa: A002
        """Remove an element and the links to it, and its file when asked.

        With its file it touches the network: one listing finds the files and their sizes, so that
        `notes` and the diff can say what `Commit.undo` could not restore.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        with_file : bool
            Remove the file that the element names too, with its index, unless another element
            names it.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root.
        CredentialsError, EndpointError
            The store refuses or fails, with `with_file`.
        """
        state, element = self._element_of(id)
        with self.together():
            gone = () if not with_file else files_to_remove(state, element)
            self._note(state.put(element, None))
            for step in state.relinked(element, None, self.schema):
                self._note(step)
            kept = tuple(one for one in state.payloads if one.element != element)
            if kept != state.payloads or gone:
                self._note(state.put_payloads((*kept, *gone)))

    def rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Give an element another id, with its arrays and the links to it; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        new : str
            The new id, or its name alone.

        Returns
        -------
        str
            The id that it has: a slash within the name has become ``_``.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root, or the new id names another group than its class.
        PathError
            A name that no element can have.
        AlreadyExistsError
            Another element has the id, or arrays of an element that the draft removes have it.
        """
        state, element = self._element_of(id)
        attributes = state.now[element]
        renamed = new_id(new, attributes, state.ids, self.schema, besides=element)
        if renamed == element:
            return element
        check_free(state, renamed, besides=copied_from(state, element))
        with self.together():
            payloads = payloads_renamed(state, element, renamed)
            self._note(state.put(element, None))
            moved = attributes_renamed(attributes, element, renamed)
            self._note(state.put(renamed, moved))
            for step in state.relinked(element, renamed, self.schema):
                self._note(step)
            if payloads != state.payloads:
                self._note(state.put_payloads(payloads))
        return renamed

    def attach(
        self,
        id: ElementKey,  # noqa: A002
        file: AnyPath,
        *,
        name: str | None = None,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        keep: bool = False,
    ) -> None:
        """Bring a file into the object with the commit, and the index files beside it.

        Stores ``data_path``, ``data_checksum`` (BLAKE2b) and ``data_format`` of a data entity;
        the format is removed where the schema has none for the new file. The file is read
        once now for its checksum, and once at the commit, which checks it.

        A stored file that the element named is removed with its index, as the diff shows, unless
        another element names it. One listing then looks for it.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element.
        file : str, path-like or Location
            A file on this computer, or ``s3://bucket/key``.
        name : str, optional
            What it will be called in the object; its own name where it is not given.
        endpoint, services, s3_kwargs : optional
            As for `open_modo`; the object's own where they are not given.
        keep : bool
            Keep the stored file that the element named before.

        Raises
        ------
        AlreadyExistsError
            The element gets another file in this draft; another element has, or gets, a file of
            that name.
        NotFoundError
            There is no such file or element.
        PathError
            A name that a file of the object cannot have.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        state, element = self._element_of(id)
        place = Location.of(file, endpoint, services, s3_kwargs)
        found = payloads_of_file(state, element, place, name=name)
        check_targets(state, found)
        payloads = payloads_with_files(state, element, found, keep=keep)
        changed = attributes_with_file(state.now[element], found[0], self.schema)
        with self.together():
            self._note(state.put(element, changed))
            self._note(state.put_payloads(payloads))

    def add_array(
        self,
        id: ElementKey,  # noqa: A002
        values: Any,
        obs: Iterable[Any] | None = None,
        var: Iterable[Any] | None = None,
        *,
        name: str = "data",
    ) -> None:
        """Put a labelled matrix under an element with the commit.

        A data entity that names no data yet gets the ``data_path`` of its own group in the
        archive, and the ``data_format`` Zarr where it has none.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element.
        values : array-like, pandas.DataFrame, pandas.Series or xarray.DataArray
            Numbers, truth values or text; rows are obs and columns var, or the other way
            where the labels only fit so.
        obs, var : iterable, optional
            Labels; stored as string arrays ``obs`` and ``var`` beside the values. The index and
            the columns of a table, and the coordinates of a DataArray, are stored so by
            themselves; given as well, they must be the same.
        name : str
            What the array is called.

        Raises
        ------
        OptionError
            Something could not be stored as it is: values of other types, a `MultiIndex`, missing
            labels, labels that are told apart only by their type (1 and ``'1'``), coordinates that
            label no axis, masked values, or whole numbers that a float cannot hold.
        AlreadyExistsError
            The element has an array of that name, or other labels, already.

        Notes
        -----
        Labels are stored as text: 10 becomes ``'10'``, a day ``'2024-01-31 00:00:00'``. Labels that
        occur twice stay so. An index that only counts from 0 is not stored. Further axes of a
        DataArray bear the names of their dimensions, and their labels lie in arrays of these
        names. What the axes are called is kept in the attribute ``axis_names``, the name of a
        series or a DataArray in ``long_name``, ``attrs`` in the attributes. No network use.
        """
        state, element = self._element_of(id)
        payload = array_payload(state, element, values, obs=obs, var=var, name=name)
        stored = state.now[element]
        filled = attributes_with_array(stored, element, self.schema)
        with self.together():
            if filled is not stored:
                self._note(state.put(element, dict(filled)))
            self._note(state.put_payloads((*state.payloads, payload)))

    def apply_fixes(
        self, findings: Finding | Iterable[Finding] | None = None, *, code: str | None = None
    ) -> int:
        """Apply the fixes of findings, as one step that `undo` takes back.

        Parameters
        ----------
        findings : Finding or iterable of Finding, optional
            Which; all that `validate` finds now where it is not given.
        code : str, optional
            Only those of one kind.

        Returns
        -------
        int
            How many were applied; a cell that was changed since is left alone.
        """
        chosen = self.validate() if findings is None else findings
        listed = [chosen] if isinstance(chosen, Finding) else list(chosen)
        wanted = [finding for finding in listed if finding.fix and code in {None, finding.code}]
        with self.together():
            return self._apply_fixes(wanted)

    def _apply_fixes(self, wanted: Sequence[Finding]) -> int:
        """Apply fixes, one a cell and round, since a second fix builds on the first's value.

        A finding that a check of the draft does not make (it took a look at files) is applied
        as it is, first.
        """
        known = {finding.key for finding in self.validate()}
        count = 0
        for finding in wanted:
            if finding.fix is not None and finding.fix.reconsolidate:
                self._state(finding.object).reconsolidate = True
                count += 1
            elif finding.key not in known and finding.code in FOUND_IN_FILES:
                count += self._apply_fix(finding)
        keys = {finding.key for finding in wanted}
        for _ in range(ROUNDS):
            cells: set[tuple[str, str, str]] = set()
            for finding in self.validate():
                cell, fix = finding.key[:3], finding.fix
                if finding.key in keys and fix and not fix.rename and cell not in cells:
                    cells.add(cell)
                    keys.discard(finding.key)
                    count += self._apply_fix(finding)
            if not cells:
                break
        # last, since the other findings know the elements by their old ids
        renaming = [
            one for one in self.validate() if one.key in keys and one.fix and one.fix.rename
        ]
        return count + sum(map(self._apply_fix, renaming))

    def _apply_fix(self, finding: Finding) -> int:
        state, fix = self._state(finding.object), finding.fix
        if fix is None or finding.element not in state.now:
            return 0
        for element, slot, value in fix.changes:
            if value is MISSING:
                self.unset((finding.object, element), slot)
            else:
                self.set((finding.object, element), slot, value)
        if fix.rename:
            name, number = fix.rename, 1
            while state.ids.like(name, besides=finding.element) is not None:
                number += 1
                name = f"{fix.rename}-{number}"
            self.rename((finding.object, finding.element), name)
        return 1

    def resolve(
        self, conflicts: Conflict | Iterable[Conflict], keep: Literal["mine", "theirs"]
    ) -> None:
        """Resolve conflicts that a commit met: keep the draft's value or the stored one.

        A file that cannot be attached, since another of its name is in the object, gets another
        name (``"mine"``) or is left out (``"theirs"``). Touches the network only for files that
        are moved, for one listing.

        Parameters
        ----------
        conflicts : Conflict or iterable of Conflict
            Those of `ConflictError.conflicts`.
        keep : {"mine", "theirs"}
            Keep the draft's value, or the stored one.

        Raises
        ------
        OptionError
            An answer that is neither.
        """
        if keep not in {"mine", "theirs"}:
            raise OptionError(f"Unknown answer {keep!r}.", "Say 'mine' or 'theirs'.")
        for one in [conflicts] if isinstance(conflicts, Conflict) else conflicts:
            state = self._state(one.object)
            if isinstance(one, ArrayConflict | RemovedFileConflict):
                settle_removal(state, one, mine=keep == "mine")
                continue
            if isinstance(one, FileConflict):
                settle_file(state, one.element, one.slot, mine=keep == "mine")
                continue
            state.settle(one.element, one.slot, one.theirs, mine=keep == "mine")
        self._steps.forget()

    # Steps

    def together(self) -> AbstractContextManager[None]:
        """Make all changes within one step for `undo`; a failure undoes them all.

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
        for state in self._states.values():
            state.drop_changes()
        self._steps.forget()

    def reload(self) -> None:
        """Discard every change, and begin again with what the objects show now.

        No network use: to read them again, call `Modo.refresh` first.

        Raises
        ------
        BrokenArchiveError
            The metadata of an object cannot be read.
        """
        for state in self._states.values():
            state.restart()
        self._steps.forget()

    # What it comes to

    def changes(self) -> list[ChangeSet]:
        """Return the net changes; no network use.

        Returns
        -------
        list of ChangeSet
            One for each object that has any.
        """
        return [found for state in self._states.values() if (found := state.changes())]

    def rows(self) -> list[Row]:
        """Return the net changes cell by cell.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, slot, before, after; `MISSING` where there is no value.
        """
        found: list[Row] = []
        for state in self._states.values():
            found.extend(state.changes().rows())
            found.extend(diff_rows(state))
        return found

    def attachment_rows(self, path: str | None = None) -> list[Row]:
        """Return the net changes of files and arrays of one object, as `rows` does.

        Parameters
        ----------
        path : str, optional
            Path of the object; needed in a draft over several.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, name, before, after; `MISSING` where there is nothing.

        Raises
        ------
        NotFoundError, OptionError
            As for `elements`.
        """
        return diff_rows(self._state(path))

    def diff(self) -> pd.DataFrame:
        """Return the net changes as a table.

        Returns
        -------
        pandas.DataFrame
            Columns object, element, slot, before, after; None where there is no value.
        """
        return diff_frame(self.rows())

    def diff_html(self) -> str:
        """Return the net changes as a table in HTML.

        Returns
        -------
        str
            Escaped; the first 200 changes.
        """
        return diff_html(self.rows(), several=len(self._states) > 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before the commit: what is removed for good, or not moved."""
        return tuple(
            note
            for state in self._states.values()
            for note in (*removal_notes(state), *unmoved_notes(state))
        )

    def validate(self) -> Findings:
        """Check the metadata as they will be; no network use.

        Returns
        -------
        Findings
            Errors first.
        """
        self._check.run()
        return self._check.findings()

    @property
    def _check(self) -> LiveCheck:
        if self._live is None:
            self._live = LiveCheck(self._states, self.schema)
        return self._live

    def watch(self) -> Watch:
        """Return what notes the elements, files and arrays that change from now on.

        With it, a view updates what has changed, whatever the size of the draft. No network use.

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
            Stop after so long, and continue with the next call.

        Returns
        -------
        bool
            Whether all is checked, so that `findings` is what `validate` would return.
        """
        return self._check.run(seconds)

    @property
    def unchecked(self) -> int:
        """How many elements `check` has not come to since they changed."""
        return self._check.waiting

    @property
    def findings(self) -> Findings:
        """What the checks have found so far; checks nothing."""
        return self._check.findings()

    def finding_counts(self) -> tuple[dict[Severity, int], int]:
        """Count what the checks have found so far; no network use.

        Returns
        -------
        tuple of (dict of str to int, int)
            Severity to the number of findings, and how many have a fix.
        """
        return self._check.counts, self._check.fixable

    def findings_of(self, element: ElementKey) -> tuple[Finding, ...]:
        """Return what the checks have found in one element so far; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of Finding
        """
        state, name = self._object_of(element)
        return self._check.of(state.path, name)

    def new_errors(self) -> Findings:
        """Return the errors that the draft adds; no network use.

        Only the elements that changed are checked, and those that link to them.

        Returns
        -------
        Findings
            The errors of changed objects that what the draft is based on does not have.
        """
        changed = {path: state for path, state in self._states.items() if state.changed}
        errors: list[Finding] = []
        for path, state in changed.items():
            found = [
                finding
                for element in state.affected(self.schema)
                for finding in check_element(
                    path, state.root, element, state.now, ids=state.ids, schema=self.schema
                )
                if finding.severity == "error"
            ]
            if found:
                suspects = dict.fromkeys(finding.element for finding in found)
                before = [element for element in suspects if element in state.base]
                known = {
                    finding.key
                    for finding in check_object(
                        path, state.root, state.base, self.schema, only=before
                    )
                }
                errors.extend(finding for finding in found if finding.key not in known)
        if changed:
            bases = {path: (state.root, state.base) for path, state in self._states.items()}
            known = {finding.key for finding in check_cohort(bases)}
            cohort = {path: (state.root, state.now) for path, state in self._states.items()}
            errors.extend(
                finding
                for finding in check_cohort(cohort)
                if finding.object in changed and finding.key not in known
            )
        return Findings(errors)

    def fix_groups(self, findings: Iterable[Finding]) -> list[FixGroup]:
        """Group the findings that have a fix by their kind and by what the fix does.

        Apply those of a group with ``apply_fixes(group.findings)``. Fixes that only change the
        form of a value come first. No network.

        Parameters
        ----------
        findings : iterable of Finding
            What `validate` has found.

        Returns
        -------
        list of FixGroup
        """
        found: dict[tuple[Effect, str], list[Finding]] = {}
        for one in findings:
            if one.fix is not None:
                effect = effect_of(one, self._state(one.object).now)
                found.setdefault((effect, one.code), []).append(one)
        return [
            FixGroup(code, effect, tuple(group))
            for wanted in ("keeps", "assumes", "deletes")
            for (effect, code), group in found.items()
            if effect == wanted
        ]

    @property
    def interrupted(self) -> Findings:
        """Commits from here that were interrupted, for example by a kernel that ended.

        One finding a commit, over all objects of the draft. What the objects show may be half of
        such a commit, so say this before anything else; `repair` settles it, and so does
        `apply_fixes` with the next commit. Reads the journal on this computer only.
        """
        return Findings(one for modo in self.modos for one in find_interrupted(modo))

    def repair(self, *, timeout: float = 30.0) -> tuple[Repair, ...]:
        """Repair the objects whose last commit was interrupted; touches the network, writes.

        Afterwards the draft shows what is stored, with its own changes on top; a cell that it
        changes keeps the value that it is based on, so that a conflict is still found.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a commit that is running.

        Returns
        -------
        tuple of Repair
            What each repair found and did (see `Modo.repair`).

        Raises
        ------
        LockedError
            A commit was running until the timeout.
        ReadOnlyError
            An object was opened for reading.
        """
        repairs = []
        for path in sorted({finding.object for finding in self.interrupted}):
            state = self._states[path]
            repairs.append(repair(state.stored, timeout=timeout))
            changes, payloads = state.changes(), state.payloads
            state.restart()
            state.rebase(changes)
            state.payloads = payloads
            self._steps.forget()
        return tuple(repairs)

    def to_json(self) -> str:
        """Return the changes as text that a colleague can review and apply with `from_json`.

        Returns
        -------
        str
            A change set in JSON; files are named in it, not contained. No network use.

        Raises
        ------
        OptionError
            The draft adds an array, which does not fit into a change set.
        """
        return write_change_set(self._states.values())

    @classmethod
    def from_json(
        cls,
        text: str,
        objects: Modo | Iterable[Modo],
        schema: AnySchema = (),
        *,
        files_from: str | os.PathLike[str] | None = None,
    ) -> Draft:
        """Make a draft from a change set, over the objects as they are now.

        It is based on the values that the change set was based on: where another value is
        stored by now, the commit raises ConflictError. Nothing in it is trusted: all of it is
        checked as the methods of a draft check, and shown in the diff. Touches the network
        where files are moved or removed, for one listing.

        Parameters
        ----------
        text : str
            What `to_json` returned.
        objects : Modo or iterable of Modo
            The objects; told apart by their paths, which do not matter for a single one.
        schema : iterable of pydantic model classes, or Schema
            Classes of your own, beside the published ones; or the schema of a draft.
        files_from : str or path-like, optional
            The folder that files of this computer may be read from, where the change set brings
            some; links that lead out of it are not followed. Relative paths begin there.

        Returns
        -------
        Draft

        Raises
        ------
        OptionError
            A text that is not a change set, or contradicts itself; it brings files, and
            `files_from` is not given.
        PathError
            A name that no file or element can have; a file outside `files_from`.
        AlreadyExistsError
            Another element has, or gets, a file of that name.
        NotFoundError
            A file, or an object, is not there.
        StorageError
            A file is not the one that the change set was made with.
        """
        modos = list(objects) if isinstance(objects, Iterable) else [objects]
        draft = cls(modos, schema)
        read_change_set(text, draft._states, draft.schema, files_from)
        return draft

    def commit(
        self,
        message: str | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - the agreed signature
        *,
        unconditional: bool = False,
        timeout: float = 30.0,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Commit:
        """Write the changes, never over those of a colleague; touches the network.

        The nodes are read afresh, changes of other cells are merged, and every write says
        which version it replaces. The nodes come first, the root last.

        Parameters
        ----------
        message : str, optional
            Why, for the journal.
        force : bool
            Write although the draft brings in errors.
        unconditional : bool
            Write although the server ignores conditions, so that a change of somebody
            else in the same moment may be lost.
        timeout : float
            Seconds to wait for another process that is writing.
        on_progress : callable, optional
            Called with a `Progress` of the objects.

        Returns
        -------
        Commit
            With ``.id``, ``.diff`` and ``.undo()``.

        Raises
        ------
        InvalidMetadataError
            The draft brings in errors (see `new_errors`), unless forced.
        ConflictError
            A cell's stored value is no longer what the draft is based on, or another file of
            its name is where one should go; nothing was written. Its ``conflicts`` name each.
        ReadOnlyError
            The object was opened for reading, or is a zarr v2 archive.
        LockedError
            Another process was writing all the while.
        TornCommitError
            An earlier commit from here ended half-way: `Modo.repair` first.
        UnsupportedError
            The server ignores conditions: a lost update cannot be excluded.
        CredentialsError, EndpointError, StorageError
            The store refuses or fails; what was written is taken back where it can be.
        """
        states = states_to_commit(self._states.values(), timeout)
        if not force:
            self._refuse_new_errors()
        return commit_objects(
            states,
            message,
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
                "Check draft.new_errors(), or commit with force=True.",
                errors,
            )

    def __len__(self) -> int:
        """Return the number of changed cells."""
        return len(self.rows())

    def __bool__(self) -> bool:
        """Return whether there is anything to commit."""
        return any(state.changed for state in self._states.values())

    def __repr__(self) -> str:
        """Return how much it changes."""
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

    # Elements by their keys

    def _state(self, path: str | None = None) -> ObjectState:
        if path is not None:
            return find_state(self._states, path)
        if len(self._states) > 1:
            raise OptionError(
                f"This draft has {len(self._states)} objects.", "Pass the path of one."
            )
        return next(iter(self._states.values()))

    def _object_of(self, key: ElementKey) -> tuple[ObjectState, str]:
        if isinstance(key, tuple):
            path, element = key
            return self._state(path), element
        if len(self._states) > 1:
            raise OptionError(
                f"{key!r:.80} may be in any of {len(self._states)} objects.",
                "Give (object path, element id).",
            )
        return self._state(), key

    def _locate(self, key: ElementKey) -> tuple[ObjectState, str]:
        state, element = self._object_of(key)
        element = element or state.root
        if element not in state.now:
            raise NotFoundError(
                f"There is no element {element!r:.80} in {state.path}.",
                "Check Draft.frame(); add() adds a new one.",
            )
        return state, element

    def _element_of(self, key: ElementKey) -> tuple[ObjectState, str]:
        state, element = self._locate(key)
        if element == state.root:
            raise OptionError("The root is the object itself.", "Set its 'id', or move the object.")
        return state, element

    def _change(self, key: ElementKey, slot: str, value: Any) -> None:
        state, element = self._locate(key)
        before = state.now[element].get(slot, MISSING)
        if same(before, value):
            return
        with self.together():
            self._note(state.put(element, state.with_cell(element, slot, value)))
            if slot == "data_path" and element != state.root:
                payloads = payloads_after_move(state, element, before)
                if payloads != state.payloads:
                    self._note(state.put_payloads(payloads))

    def _note(self, step: Step) -> None:
        self._steps.note(step)
