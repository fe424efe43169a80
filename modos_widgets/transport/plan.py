"""What a transfer would do: file by file, before anything is written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.bulk import ARCHIVE, all_together
from modos_widgets.errors import AlreadyExistsError, NotFoundError, PathError, UnsupportedError
from modos_widgets.storage.copying.comparing import alike
from modos_widgets.storage.copying.ends import LocalEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from modos_widgets.storage.copying.ends import End, Item

__all__ = ["ROOT", "Job", "Plan", "make_plan"]

ROOT = f"{ARCHIVE}/zarr.json"
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
    copy : tuple of Item
        Files to copy, the archive's root last.
    same : tuple of Item
        Files that are at the target already.
    differs : tuple of Item
        Files that are at the target with another content.
    unknown : tuple of Item
        Files of which the target has one of the same size, and no server states enough to
        tell whether the contents are the same.
    there : dict of str to Item
        Name -> the file at the target, of those that are unknown.
    """

    source: End
    target: End
    copy: tuple[Item, ...]
    same: tuple[Item, ...]
    differs: tuple[Item, ...]
    unknown: tuple[Item, ...] = ()
    there: Mapping[str, Item] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Item, ...]:
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

    def frame(self) -> pd.DataFrame:
        """Give the plan as a table: ``path``, ``bytes``, ``action``.

        The action is ``"copy"``, ``"overwrite"`` (the target has another content), ``"same"``
        or ``"unknown"``: of the same size, and only reading both can tell. A transfer that
        verifies reads them.
        """
        rows = [
            (f"{job.target.url}/{item.name}", item.size, action)
            for job in self.jobs
            for action, items in (
                ("copy", job.copy),
                ("overwrite", job.differs),
                ("unknown", job.unknown),
                ("same", job.same),
            )
            for item in items
        ]
        return table(rows, ["path", "bytes", "action"])

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
    """Make a frame of rows, also of files whose names are no UTF-8, which Arrow does not hold."""
    try:
        return pd.DataFrame(rows, columns=list(columns))
    except UnicodeEncodeError:
        return pd.DataFrame(rows, columns=list(columns), dtype=object)


async def make_plan(pairs: Iterable[tuple[End, End]]) -> Plan:
    """Compare sources with their targets; reads listings, and local files of the same size.

    Parameters
    ----------
    pairs : iterable of (End, End)
        Source and target of each object.

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
        A source is a file, two sources have one target, a name leaves its object, or two names
        would be one file.
    """
    ends = list(pairs)
    targets = [_place(target) for _, target in ends]
    if len(set(targets)) < len(targets):
        twice = next(place for place in targets if targets.count(place) > 1)
        raise PathError(f"Two objects would be written to {twice[1]}.", "Transfer them one by one.")
    for source, target in ends:
        if _place(source) == _place(target):
            raise PathError(f"{source.url} would be copied onto itself.", "Choose another target.")
    return Plan(tuple(await asyncio.gather(*(_job(source, target) for source, target in ends))))


def _place(end: End) -> tuple[str | None, str]:
    """Tell one place from another: two servers may have buckets of one name."""
    endpoint = None if isinstance(end, LocalEnd) else end.options.endpoint
    return endpoint, end.url.rstrip("/")


async def _job(source: End, target: End) -> Job:
    if isinstance(source, LocalEnd) and await asyncio.to_thread(source.root.is_file):
        raise PathError(
            f"{source.url} is a file; what is copied is an object, which is a folder.",
            f"Give the folder that has {ARCHIVE} in it.",
        )
    wanted, there = await asyncio.gather(source.items(), target.items())
    if ROOT not in wanted and f"{ARCHIVE}/.zgroup" in wanted:
        raise UnsupportedError(
            f"The archive of {source.url} is of zarr format 2.", "Convert it with zarr-python."
        )
    if ROOT not in wanted:
        raise NotFoundError(
            f"There is no object at {source.url}.", f"An object has a {ARCHIVE} folder."
        )
    if isinstance(target, LocalEnd):
        await asyncio.to_thread(_check_case, target, wanted)
    names = sorted(wanted, key=lambda name: (name == ROOT, PurePosixPath(name).parts))
    both = [name for name in names if name in there and wanted[name].size == there[name].size]
    told = await all_together(
        (alike(source, wanted[name], target, there[name]) for name in both), most=_COMPARED
    )
    sure = dict(zip(both, told, strict=True))

    def those(fits: Callable[[str], bool]) -> tuple[Item, ...]:
        return tuple(wanted[name] for name in names if fits(name))

    if ROOT in there and sure.get(ROOT) is not True:
        await _refuse_another_object(source, wanted[ROOT], target, there[ROOT])
    unknown = those(lambda name: name in sure and sure[name] is None)
    return Job(
        source,
        target,
        copy=those(lambda name: name not in there),
        same=those(lambda name: sure.get(name) is True),
        differs=those(lambda name: name in there and (name not in sure or sure[name] is False)),
        unknown=unknown,
        there={item.name: there[item.name] for item in unknown},
    )


async def _refuse_another_object(source: End, root: Item, target: End, found: Item) -> None:
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
        found = json.loads(root)["attributes"]["id"]
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
    folder = target.root
    while not folder.exists():
        folder = folder.parent
    swapped = folder.with_name(folder.name.swapcase())
    return swapped != folder and swapped.exists() and swapped.samefile(folder)
