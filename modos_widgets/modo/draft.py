"""Change the metadata of objects without writing anything, until commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import OptionError
from modos_widgets.modo import attaching
from modos_widgets.modo.drafting import DraftState, ElementKey
from modos_widgets.modo.findings import Finding
from modos_widgets.modo.ids import new_id
from modos_widgets.modo.merging import Conflict, FileConflict
from modos_widgets.modo.review import apply_fixes, load_changes
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema
from modos_widgets.modo.values import MISSING, as_json

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from modos_widgets.modo.committed import Commit
    from modos_widgets.modo.object import Modo

__all__ = ["Draft", "ElementKey"]

FORMAT = "modos_widgets.changes"
VERSION = 1


def as_modos(objects: Modo | Iterable[Modo]) -> list[Modo]:
    """Give a list of objects for one or several."""
    from modos_widgets.modo.object import Modo  # noqa: PLC0415 - it imports this module

    return [objects] if isinstance(objects, Modo) else list(objects)


class Draft(DraftState):
    """Changes to one object or many, kept apart until `commit`.

    Made by `Modo.edit` and `modos_widgets.edit`. It is based on the values that the
    objects showed then: a commit tells of every cell that somebody else has changed since.
    Nothing here touches the network or writes, but `commit`.

    Parameters
    ----------
    modos : sequence of Modo
        The objects.
    schema : Schema
        The classes that `validate` checks against.
    """

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
        """Take an attribute away.

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
            Another element has the id.
        """
        working, wanted = self._object_of(id)
        if not isinstance(attributes, Mapping):
            raise OptionError(
                f"The attributes are a {type(attributes).__name__}.", "Give a dictionary."
            )
        stored = as_json(dict(attributes), name="attributes")
        stored.pop("id", None)
        element = new_id(wanted, stored, working.ids, self.schema)
        if "@type" not in stored:
            default = self.schema.default_class.get(element.partition("/")[0])
            stored = {**({"@type": default} if default else {}), **stored}
        with self.together():
            self._note(working.put(element, stored))
            for step in working.linked_from_root(element, self.schema) if link else ():
                self._note(step)
        return element

    def remove(self, id: ElementKey, *, with_file: bool = False) -> None:  # noqa: A002
        """Remove an element, mend the links to it, and remove its file when asked.

        With its file it touches the network: it looks which files there are, and how large, so
        that `notes` and the diff can say what `Commit.undo` could not bring back.
        """
        working, element = self._element_of(id)
        with self.together():
            gone = () if not with_file else attaching.files_to_remove(working, element)
            self._note(working.put(element, None))
            for step in working.relinked(element, None, self.schema):
                self._note(step)
            kept = tuple(one for one in working.payloads if one.element != element)
            if kept != working.payloads or gone:
                self._note(working.put_payloads((*kept, *gone)))

    def rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Give an element another id, with what lies below it, and mend the links to it."""
        working, element = self._element_of(id)
        attributes = working.now[element]
        renamed = new_id(new, attributes, working.ids, self.schema, besides=element)
        if renamed == element:
            return element
        with self.together():
            payloads = attaching.renamed(working, element, renamed)
            self._note(working.put(element, None))
            moved = attaching.attributes_renamed(attributes, element, renamed)
            self._note(working.put(renamed, moved))
            for step in working.relinked(element, renamed, self.schema):
                self._note(step)
            if payloads != working.payloads:
                self._note(working.put_payloads(payloads))
        return renamed

    def attach(
        self,
        id: ElementKey,  # noqa: A002
        file: str | os.PathLike[str],
        *,
        name: str | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        services: Mapping[str, str] | None = None,
    ) -> None:
        """Bring a file into the object with the commit, its index file beside it too.

        Stores ``data_path``, ``data_checksum`` (BLAKE2b) for a data entity, and
        ``data_format`` where there is none and the file's name tells it. The file is read
        once now for its checksum, and once at the commit, which checks it.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element.
        file : str or path-like
            A file on this computer, or ``s3://bucket/key``.
        name : str, optional
            What it will be called in the object; its own name where it is not given.
        s3_kwargs, services : mapping, optional
            As for `open_modo`; the object's own where they are not given.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        working, element = self._element_of(id)
        found = attaching.payloads_of(
            working, element, file, name=name, s3_kwargs=s3_kwargs, services=services
        )
        changed = attaching.attributes_with(working.now[element], found[0], self.schema)
        with self.together():
            targets = {one.target for one in found}
            kept = tuple(
                one for one in working.payloads if getattr(one, "target", None) not in targets
            )
            self._note(working.put(element, changed))
            self._note(working.put_payloads((*kept, *found)))

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
        values : array-like
            Numbers, truth values or text; rows are obs and columns var, or the other way
            where the labels only fit so.
        obs, var : iterable, optional
            Labels; stored as string arrays ``obs`` and ``var`` beside the values.
        name : str
            What the array is called.
        """
        working, element = self._element_of(id)
        payload = attaching.array_of(working, element, values, obs=obs, var=var, name=name)
        stored = working.now[element]
        filled = attaching.attributes_with_array(stored, element, self.schema)
        with self.together():
            if filled is not stored:
                self._note(working.put(element, dict(filled)))
            self._note(working.put_payloads((*working.payloads, payload)))

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
        wanted = [one for one in listed if one.fix and code in {None, one.code}]
        with self.together():
            return apply_fixes(self, wanted)

    def resolve(
        self, conflicts: Conflict | Iterable[Conflict], keep: Literal["mine", "theirs"]
    ) -> None:
        """Settle conflicts that a commit met: keep the draft's value or take the stored one.

        A file that cannot be attached, since another of its name is in the object, gets another
        name (``"mine"``) or is left out (``"theirs"``).

        Raises
        ------
        OptionError
            An answer that is neither.
        """
        if keep not in {"mine", "theirs"}:
            raise OptionError(f"Unknown answer {keep!r}.", "Say 'mine' or 'theirs'.")
        for one in [conflicts] if isinstance(conflicts, Conflict) else conflicts:
            working = self.working(one.object)
            if isinstance(one, FileConflict):
                attaching.settle_file(working, one.element, one.slot, mine=keep == "mine")
                continue
            working.settle(one.element, one.slot, one.theirs, mine=keep == "mine")
        self.forget_steps()

    def to_json(self) -> str:
        """Give the changes as a text that a colleague can review and apply."""
        objects = [
            {**work.changes().to_dict(), "files": attaching.files_to_dict(work)}
            for work in self._objects.values()
            if work.changed
        ]
        return json.dumps({"format": FORMAT, "version": VERSION, "objects": objects}, indent=2)

    @classmethod
    def from_json(
        cls, text: str, objects: Modo | Iterable[Modo], schema: Schema = DEFAULT_SCHEMA
    ) -> Draft:
        """Make a draft of a change set, over the objects as they are now.

        It is based on the values that the change set was based on: where another value is
        stored by now, the commit raises ConflictError.

        Parameters
        ----------
        text : str
            What `to_json` gave.
        objects : Modo or iterable of Modo
            The objects; told apart by their paths, which do not matter for a single one.
        """
        draft = cls(as_modos(objects), schema)
        load_changes(draft, text, kind=FORMAT, version=VERSION)
        return draft

    def commit(
        self,
        message: str | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - the agreed signature
        *,
        unconditional: bool = False,
        timeout: float = 30.0,
        on_progress: Callable[[int, int], None] | None = None,
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
            Called with (objects done, objects in all).

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
        from modos_widgets.modo.commit import commit_draft  # noqa: PLC0415 - imports this module

        return commit_draft(
            self,
            message,
            force=force,
            unconditional=unconditional,
            timeout=timeout,
            on_progress=on_progress,
        )
