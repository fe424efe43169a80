"""What other processes do in these tests: commit, be killed, stand still."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import modos_widgets
from modos_widgets import s3
from modos_widgets.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

PRELOAD = [
    "modos_widgets.modo.object",
    "modos_widgets.modo.commit.commit",
    "modos_widgets.storage.s3",
]

Options = dict[str, Any]


def begin(state: str) -> None:
    os.environ["XDG_STATE_HOME"] = state


def count_writes(storage: Any, do: Callable[[str], None]) -> None:
    """Call `do` before and after every write to a storage."""
    for name in ("write", "delete", "stream", "remove"):
        original = getattr(storage, name)

        def watched(*args: Any, _original: Any = original, **options: Any) -> Any:
            do("before")
            result = _original(*args, **options)
            do("after")
            return result

        setattr(storage, name, watched)


def count_wide_writes(do: Callable[[str], None]) -> None:
    """Call `do` before and after every write of many files to S3, which go past `write`."""
    put = s3.BulkClient.put

    async def watched(*args: Any, **options: Any) -> str:
        do("before")
        etag = await put(*args, **options)
        do("after")
        return etag

    s3.BulkClient.put = watched  # type: ignore[method-assign]


def commit_and_die(path: str, options: Options, state: str, moment: int, plan: str) -> None:
    """Make a commit and be killed at a moment: the n-th time that a write begins or ends."""
    begin(state)
    modo = modos_widgets.open_modo(path, mode="r+", **options)
    seen = [0]

    def at(_: str) -> None:
        seen[0] += 1
        if seen[0] == moment + 1:
            os.kill(os.getpid(), signal.SIGKILL)

    draft = modo.edit()
    PLANS[plan](draft)
    count_writes(modo.storage, at)
    count_wide_writes(at)
    if "services" not in options:
        sync = os.fsync

        def flushed(descriptor: int) -> None:
            at("flush")
            sync(descriptor)

        os.fsync = flushed  # type: ignore[assignment]
    draft.commit("To be killed")


def commit_several_and_die(paths: list[str], options: Options, state: str, moment: int) -> None:
    """Make one commit to several objects and be killed when so many writes have begun."""
    begin(state)
    modos = [modos_widgets.open_modo(path, mode="r+", **options) for path in paths]
    draft = modos_widgets.edit(modos)
    seen = itertools.count()

    def at(when: str) -> None:
        if when == "before" and next(seen) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    for modo in modos:
        for number in range(1, 3):
            draft.set((modo.path, f"sample/s{number}"), "name", "after")
        count_writes(modo.storage, at)
    draft.commit("To be killed")


def change_cells(draft: Any) -> None:
    for number in range(1, 5):
        draft.set(f"sample/s{number}", "name", "after")
    draft.set("", "name", "after")


def change_all(draft: Any) -> None:
    draft.set("sample/s1", "name", "after")
    draft.add("sample/added", {"name": "after"})
    draft.remove("sample/s2")
    draft.add_array("sample/s3", [[1, 2], [3, 4]], ["a", "b"], ["x", "y"])


def change_many(draft: Any) -> None:
    change_cells(draft)
    for number in range(20):
        draft.add(f"sample/many{number}", {"name": "after"})


PLANS: dict[str, Callable[[Any], None]] = {
    "cells": change_cells,
    "all": change_all,
    "many": change_many,
}


def commit_and_wait(path: str, options: Options, state: str, ready: str) -> None:
    """Make a commit that stands still for ever before its root is written."""
    begin(state)
    modo = modos_widgets.open_modo(path, mode="r+", **options)
    draft = modo.edit()
    draft.set("sample/s1", "name", "after")
    count = [0]

    def at(_: str) -> None:
        count[0] += 1
        if count[0] == 3:
            Path(ready).write_text("ready")
            time.sleep(600)

    count_writes(modo.storage, at)
    draft.commit()


def edit_often(
    path: str, options: Options, state: str, *, worker: int, edits: int, log: str
) -> None:
    """Do `edit`, and leave what went wrong in the log."""
    try:
        _edit_often(path, options, state, worker=worker, edits=edits, log=log)
    except BaseException:
        Path(log).write_text(traceback.format_exc())
        raise


def _edit_often(
    path: str, options: Options, state: str, *, worker: int, edits: int, log: str
) -> None:
    """Change shared cells again and again, at times from what was shown long ago."""
    begin(state)
    chance = random.Random(worker)  # noqa: S311 - no secret
    modo = modos_widgets.open_modo(path, mode="r+", **options)
    done: list[list[Any]] = []
    told = 0
    for number in range(edits):
        if chance.random() < 0.7:
            modo.refresh()
        draft = modo.edit()
        cells = {(f"sample/s{chance.randint(1, 6)}", chance.choice(["name", "collector"]))}
        if chance.random() < 0.3:
            cells.add((f"sample/s{chance.randint(1, 6)}", "name"))
        for attempt in itertools.count():
            for element, slot in cells:
                draft.set(element, slot, f"{worker}-{number}-{attempt}")
            before = {cell: modo_value(draft, *cell) for cell in cells}
            try:
                draft.commit(force=True, timeout=120)
            except ConflictError as error:
                told += len(error.conflicts)
                if error.stays is not None:
                    done += [
                        [element, slot, *change]
                        for element, slots in error.stays.cells.items()
                        for slot, change in slots.items()
                    ]
                    cells -= {
                        (one, slot) for one, slots in error.stays.cells.items() for slot in slots
                    }
                draft.resolve(error.conflicts, "mine")
                continue
            break
        done += [
            [element, slot, before[element, slot], f"{worker}-{number}-{attempt}"]
            for element, slot in cells
        ]
    Path(log).write_text(json.dumps({"done": done, "told": told}))


def modo_value(draft: Any, element: str, slot: str) -> Any:
    """Return the value that a draft is based on."""
    (state,) = draft._objects
    return state.base[element].get(slot)
