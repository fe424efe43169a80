"""Checks of a target right before a copy, which S3 cannot make conditional on the target."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from modos_widgets.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modos_widgets.s3 import Key
    from modos_widgets.storage.copying.endpoints import RemoteEnd

__all__ = ["TargetChecks"]

_Waiting = tuple[str, "asyncio.Future[Key | None]"]


class TargetChecks:
    """Checks of the keys of one target, which concurrent callers share.

    A check begins after it was requested, so it is as reliable as a HEAD request of each key:
    callers during a check wait for the next one. Must be used on one event loop.

    Parameters
    ----------
    target : RemoteEnd
        The target.
    """

    def __init__(self, target: RemoteEnd) -> None:
        self._target = target
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def at(self, key: str) -> Key | None:
        """Return the entry of a key; None if it does not exist.

        Takes one listing for all waiting keys, or a HEAD request if only one is waiting.

        Raises
        ------
        ModosError
            The server fails or denies permission.
        """
        answer: asyncio.Future[Key | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._check())
        return await answer

    async def _check(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            try:
                found = await self._found(list(dict(some)))
            except BaseException as error:
                for _, answer in some:
                    if not answer.done():
                        answer.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for key, answer in some:
                    if not answer.done():
                        answer.set_result(found[key])

    async def _found(self, keys: Sequence[str]) -> Mapping[str, Key | None]:
        """Check keys by a listing of their common prefix, if it fits into one page.

        Only a complete listing proves that a key does not exist, because some servers do not list
        in the order of keys, or ignore the requested start.
        """
        if len(keys) == 1:
            return {keys[0]: await self._head(keys[0])}
        begin = os.path.commonprefix(keys)  # noqa: RUF071 - a common prefix of letters, not of folders
        page = await self._target.page(begin)
        if page.token is None:
            found_keys = {each.key: each for each in page.keys}
            return {key: found_keys.get(key) for key in keys}
        groups: dict[str, list[str]] = {}
        for key in keys:
            groups.setdefault(key[: len(begin) + 1], []).append(key)
        parts = await asyncio.gather(*map(self._found, groups.values()))
        return {key: found for part in parts for key, found in part.items()}

    async def _head(self, key: str) -> Key | None:
        try:
            return await self._target.client.head(key)
        except NotFoundError:
            return None
