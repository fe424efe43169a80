"""Plan of a transfer, file by file, before anything is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT
from modos_widgets.concurrency import all_together
from modos_widgets.errors import AlreadyExistsError, NotFoundError, PathError, UnsupportedError
from modos_widgets.json_text import parse_json
from modos_widgets.storage import (
    LocalEnd,
    RemoteEnd,
    alike,
    check_apart,
    fitting,
    folds_case,
    listings,
    refuse_unusual,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from modos_widgets.storage import End, FileEntry, Listing, Omitted

__all__ = ["Job", "Plan", "make_plan"]

"""Root of the archive, written last, so that a target is not an object before it is complete."""

_NAMED = 5  # maximum number of files that an error names
_COMPARED = 32  # files compared at a time
_LARGEST_ROOT = 64 << 20  # bytes to read for an object's id


@dataclass(frozen=True)
class Job:
    """Object to copy.

    Attributes
    ----------
    source, target : End
        The ends.
    copy : tuple of FileEntry
        Files to copy, the archive's root last.
    same : tuple of FileEntry
        Files that already exist at the target.
    differs : tuple of FileEntry
        Files that exist at the target with another content.
    unknown : tuple of FileEntry
        Files of which the target has one of the same size, while no checksums from the servers
        show whether the contents are the same.
    existing : dict of str to FileEntry
        Name to the file at the target, for the unknown ones.
    omitted : tuple of Omitted
        Entries that are not copied, with the reason: empty folders, keys that no file can have.
    """

    source: End
    target: End
    copy: tuple[FileEntry, ...]
    same: tuple[FileEntry, ...]
    differs: tuple[FileEntry, ...]
    unknown: tuple[FileEntry, ...] = ()
    existing: Mapping[str, FileEntry] = field(default_factory=dict)
    omitted: tuple[Omitted, ...] = ()

    @property
    def items(self) -> tuple[FileEntry, ...]:
        """All files of the source."""
        return (*self.copy, *self.same, *self.differs, *self.unknown)


@dataclass(frozen=True)
class Plan:
    """Plan of a transfer.

    Attributes
    ----------
    jobs : tuple of Job
        One for each object.
    """

    jobs: tuple[Job, ...]

    @property
    def files(self) -> int:
        """Number of files to copy, including those that would be overwritten."""
        return sum(len(job.copy) + len(job.differs) for job in self.jobs)

    @property
    def bytes(self) -> int:
        """Number of bytes to copy, including those of files that would be overwritten."""
        return sum(item.size for job in self.jobs for item in (*job.copy, *job.differs))

    @property
    def omitted(self) -> int:
        """Entries that are not copied: empty folders, and keys that no file can have."""
        return sum(len(job.omitted) for job in self.jobs)

    def frame(self) -> pd.DataFrame:
        """Return the plan as a table: ``path``, ``bytes``, ``action``, ``detail``.

        The action is ``"copy"``, ``"overwrite"`` (the target has another content), ``"same"``,
        ``"not copied"`` (the detail states the reason) or ``"unknown"``: the sizes are equal, and
        only reading both files can show whether they differ. A transfer that verifies reads them.

        Returns
        -------
        pandas.DataFrame
            One row per file.
        """
        rows = [
            (f"{job.target.url}/{item.name}", item.size, action, getattr(item, "reason", ""))
            for job in self.jobs
            for action, items in (
                ("copy", job.copy),
                ("overwrite", job.differs),
                ("unknown", job.unknown),
                ("same", job.same),
                ("not copied", job.omitted),
            )
            for item in items
        ]
        return table(rows, ["path", "bytes", "action", "detail"])

    def refuse_overwriting(self) -> None:
        """Raise an error if a file at a target would be overwritten.

        Raises
        ------
        AlreadyExistsError
            The message names the objects and the first files.
        """
        touched = [job for job in self.jobs if job.differs]
        if not touched:
            return
        names = [f"{job.target.url}/{item.name}" for job in touched for item in job.differs]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise AlreadyExistsError(
            f"{len(names)} files at the target have another content: "
            f"{', '.join(names[:_NAMED])}{more}.",
            "Choose another target, or pass overwrite=True.",
        )


def table(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a frame, also with file names that are not UTF-8, which Arrow rejects."""
    import pandas as pd  # noqa: PLC0415  heavy

    try:
        return pd.DataFrame(rows, columns=list(columns))
    except UnicodeEncodeError:
        return pd.DataFrame(rows, columns=list(columns), dtype=object)


async def make_plan(pairs: Iterable[tuple[End, End]], *, allow_unusual: bool = False) -> Plan:
    """Compare sources with their targets. Reads listings, and local files of the same size.

    Parameters
    ----------
    pairs : iterable of (End, End)
        Source and target of each object.
    allow_unusual : bool
        Accept new S3 keys that other MODO software refuses.

    Returns
    -------
    Plan

    Raises
    ------
    NotFoundError
        A source is not an object.
    AlreadyExistsError
        An object with another id exists at a target: overwriting would mix the two.
    PathError
        A source is a file, two names would become one file, a target is, contains or is inside a
        source, or other software refuses a new S3 key.
    """
    ends = list(pairs)
    await asyncio.to_thread(_check_places, ends)
    listed = await listings(end for pair in ends for end in pair)
    jobs = (
        _job(source, target, listed[source], listed[target], allow_unusual=allow_unusual)
        for source, target in ends
    )
    return Plan(tuple(await asyncio.gather(*jobs)))


def _check_places(ends: Sequence[tuple[End, End]]) -> None:
    check_apart(ends)
    for source, _ in ends:
        if isinstance(source, LocalEnd) and source.root.is_file():
            raise PathError(
                f"{source.url} is a file, not the folder of an object.",
                f"Pass the folder that contains {ARCHIVE}.",
            )


async def _job(
    source: End, target: End, listed: Listing, found: Listing, *, allow_unusual: bool
) -> Job:
    listed, existing = fitting(listed, target), found.items
    wanted = listed.items
    if ROOT_DOCUMENT not in wanted and f"{ARCHIVE}/.zgroup" in wanted:
        raise UnsupportedError(
            f"The archive of {source.url} is of zarr format 2.", "Convert it with zarr-python."
        )
    if ROOT_DOCUMENT not in wanted:
        raise NotFoundError(
            f"There is no object at {source.url}.",
            f"Check the path: the folder of an object contains {ARCHIVE}.",
        )
    if isinstance(target, RemoteEnd) and ROOT_DOCUMENT not in existing and not allow_unusual:
        refuse_unusual(target.url, target.prefix)
    if isinstance(target, LocalEnd):
        await asyncio.to_thread(_check_case, target, wanted)
    names = sorted(wanted, key=lambda name: (name == ROOT_DOCUMENT, PurePosixPath(name).parts))
    both = [name for name in names if name in existing and wanted[name].size == existing[name].size]
    results = await all_together(
        (alike(source, wanted[name], target, existing[name]) for name in both), most=_COMPARED
    )
    sure = dict(zip(both, results, strict=True))

    def those(fits: Callable[[str], bool]) -> tuple[FileEntry, ...]:
        return tuple(wanted[name] for name in names if fits(name))

    if ROOT_DOCUMENT in existing and sure.get(ROOT_DOCUMENT) is not True:
        await _refuse_another_object(source, wanted[ROOT_DOCUMENT], target, existing[ROOT_DOCUMENT])
    unknown = those(lambda name: name in sure and sure[name] is None)
    return Job(
        source,
        target,
        copy=those(lambda name: name not in existing),
        same=those(lambda name: sure.get(name) is True),
        differs=those(lambda name: name in existing and (name not in sure or sure[name] is False)),
        unknown=unknown,
        existing={item.name: existing[item.name] for item in unknown},
        omitted=listed.omitted,
    )


async def _refuse_another_object(
    source: End, root: FileEntry, target: End, found: FileEntry
) -> None:
    if max(root.size, found.size) > _LARGEST_ROOT:
        return
    both = await asyncio.gather(source.fetch(root), target.fetch(found))
    own_id, other_id = (_id(bytes(one)) for one in both)
    if own_id is not None and other_id is not None and own_id != other_id:
        raise AlreadyExistsError(
            f"Another object exists at {target.url}: its id is {other_id!r}, not {own_id!r}.",
            "Choose another target, or remove that object first.",
        )


def _id(root: bytes) -> str | None:
    try:
        found = parse_json(root)["attributes"]["id"]
    except (ValueError, LookupError, TypeError, RecursionError):  # it can be replaced
        return None
    return found if isinstance(found, str) else None


def _check_case(target: LocalEnd, wanted: Iterable[str]) -> None:
    """Check for names that differ only by case if the file system ignores case."""
    folded: dict[str, str] = {}
    for name in wanted:
        twin = folded.setdefault(name.casefold(), name)
        if twin != name and _folds_case(target):
            raise PathError(
                f"{twin} and {name} would be one file on this computer's file system.",
                "Choose a target on a case-sensitive file system.",
            )


def _folds_case(target: LocalEnd) -> bool:
    return folds_case(target.root)
