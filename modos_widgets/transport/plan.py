"""What a transfer would do: file by file, before anything is written."""

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

"""The archive's root: written last, so that a target is never an object before it is whole."""

_NAMED = 5  # files an error names
_COMPARED = 32  # files compared at a time
_LARGEST_ROOT = 64 << 20  # bytes that are read to learn an object's id


@dataclass(frozen=True)
class Job:
    """One object to copy.

    Attributes
    ----------
    source, target : End
        Where from and where to.
    copy : tuple of FileEntry
        Files to copy, the archive's root last.
    same : tuple of FileEntry
        Files that are at the target already.
    differs : tuple of FileEntry
        Files that are at the target with another content.
    unknown : tuple of FileEntry
        Files of which the target has one of the same size, and no server states enough to
        tell whether the contents are the same.
    there : dict of str to FileEntry
        Name -> the file at the target, of those that are unknown.
    omitted : tuple of Omitted
        What is not copied, and why: empty folders, keys that no file can have.
    """

    source: End
    target: End
    copy: tuple[FileEntry, ...]
    same: tuple[FileEntry, ...]
    differs: tuple[FileEntry, ...]
    unknown: tuple[FileEntry, ...] = ()
    there: Mapping[str, FileEntry] = field(default_factory=dict)
    omitted: tuple[Omitted, ...] = ()

    @property
    def items(self) -> tuple[FileEntry, ...]:
        """Every file of the source."""
        return (*self.copy, *self.same, *self.differs, *self.unknown)


@dataclass(frozen=True)
class Plan:
    """What a transfer would do.

    Attributes
    ----------
    jobs : tuple of Job
        One an object.
    """

    jobs: tuple[Job, ...]

    @property
    def files(self) -> int:
        """Files to copy, those included that would be overwritten."""
        return sum(len(job.copy) + len(job.differs) for job in self.jobs)

    @property
    def bytes(self) -> int:
        """Bytes to copy, those included that would overwrite."""
        return sum(item.size for job in self.jobs for item in (*job.copy, *job.differs))

    @property
    def omitted(self) -> int:
        """Empty folders, and keys that no file can have: they are not copied."""
        return sum(len(job.omitted) for job in self.jobs)

    def frame(self) -> pd.DataFrame:
        """Return the plan as a table: ``path``, ``bytes``, ``action``, ``detail``.

        The action is ``"copy"``, ``"overwrite"`` (the target has another content), ``"same"``,
        ``"not copied"`` (the detail says why) or ``"unknown"``: of the same size, and only
        reading both can tell. A transfer that verifies reads them.

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
        """Raise when a file at a target would be overwritten.

        Raises
        ------
        AlreadyExistsError
            Names the objects and the first files.
        """
        touched = [job for job in self.jobs if job.differs]
        if not touched:
            return
        names = [f"{job.target.url}/{item.name}" for job in touched for item in job.differs]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise AlreadyExistsError(
            f"{len(names)} files at the target have another content: "
            f"{', '.join(names[:_NAMED])}{more}.",
            "Choose another target, or allow to overwrite them.",
        )


def table(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return a frame of rows, also of file names that are not UTF-8, which Arrow does not hold."""
    import pandas as pd  # noqa: PLC0415  heavy

    try:
        return pd.DataFrame(rows, columns=list(columns))
    except UnicodeEncodeError:
        return pd.DataFrame(rows, columns=list(columns), dtype=object)


async def make_plan(pairs: Iterable[tuple[End, End]], *, allow_unusual: bool = False) -> Plan:
    """Compare sources with their targets; reads listings, and local files of the same size.

    Parameters
    ----------
    pairs : iterable of (End, End)
        Source and target of each object.
    allow_unusual : bool
        Take new S3 keys that other software refuses.

    Returns
    -------
    Plan

    Raises
    ------
    NotFoundError
        A source is no object.
    AlreadyExistsError
        An object with another id is at a target: overwriting would mix the two.
    PathError
        A source is a file, two names would be one file, a target lies at, below or above what
        is copied, or a new S3 key is one that other software refuses.
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
                f"{source.url} is a file; what is copied is an object, which is a folder.",
                f"Pass the folder that has {ARCHIVE} in it.",
            )


async def _job(
    source: End, target: End, listed: Listing, found: Listing, *, allow_unusual: bool
) -> Job:
    listed, there = fitting(listed, target), found.items
    wanted = listed.items
    if ROOT_DOCUMENT not in wanted and f"{ARCHIVE}/.zgroup" in wanted:
        raise UnsupportedError(
            f"The archive of {source.url} is of zarr format 2.", "Convert it with zarr-python."
        )
    if ROOT_DOCUMENT not in wanted:
        raise NotFoundError(
            f"There is no object at {source.url}.", f"An object has a {ARCHIVE} folder."
        )
    if isinstance(target, RemoteEnd) and ROOT_DOCUMENT not in there and not allow_unusual:
        refuse_unusual(target.url, target.prefix)
    if isinstance(target, LocalEnd):
        await asyncio.to_thread(_check_case, target, wanted)
    names = sorted(wanted, key=lambda name: (name == ROOT_DOCUMENT, PurePosixPath(name).parts))
    both = [name for name in names if name in there and wanted[name].size == there[name].size]
    told = await all_together(
        (alike(source, wanted[name], target, there[name]) for name in both), most=_COMPARED
    )
    sure = dict(zip(both, told, strict=True))

    def those(fits: Callable[[str], bool]) -> tuple[FileEntry, ...]:
        return tuple(wanted[name] for name in names if fits(name))

    if ROOT_DOCUMENT in there and sure.get(ROOT_DOCUMENT) is not True:
        await _refuse_another_object(source, wanted[ROOT_DOCUMENT], target, there[ROOT_DOCUMENT])
    unknown = those(lambda name: name in sure and sure[name] is None)
    return Job(
        source,
        target,
        copy=those(lambda name: name not in there),
        same=those(lambda name: sure.get(name) is True),
        differs=those(lambda name: name in there and (name not in sure or sure[name] is False)),
        unknown=unknown,
        there={item.name: there[item.name] for item in unknown},
        omitted=listed.omitted,
    )


async def _refuse_another_object(
    source: End, root: FileEntry, target: End, found: FileEntry
) -> None:
    if max(root.size, found.size) > _LARGEST_ROOT:
        return
    both = await asyncio.gather(source.fetch(root), target.fetch(found))
    ours, theirs = (_id(bytes(one)) for one in both)
    if ours is not None and theirs is not None and ours != theirs:
        raise AlreadyExistsError(
            f"Another object is at {target.url}: its id is {theirs!r}, not {ours!r}.",
            "Choose another target, or remove that object first.",
        )


def _id(root: bytes) -> str | None:
    try:
        found = parse_json(root)["attributes"]["id"]
    except (ValueError, LookupError, TypeError, RecursionError):  # it can be replaced as it is
        return None
    return found if isinstance(found, str) else None


def _check_case(target: LocalEnd, wanted: Iterable[str]) -> None:
    """Refuse names that only differ by case where the file system folds case."""
    folded: dict[str, str] = {}
    for name in wanted:
        twin = folded.setdefault(name.casefold(), name)
        if twin != name and _folds_case(target):
            raise PathError(
                f"{twin} and {name} would be one file on this computer's file system.",
                "Choose a target that tells upper and lower case apart.",
            )


def _folds_case(target: LocalEnd) -> bool:
    return folds_case(target.root)
