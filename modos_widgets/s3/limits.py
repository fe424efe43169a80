"""Limit of the concurrent requests of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from modos_widgets.concurrency import all_together

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

__all__ = ["side_by_side"]

T = TypeVar("T")

_SIDE_BY_SIDE = 16


async def side_by_side(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await many requests, with as many running at a time as one client supports."""
    return await all_together(work, most=_SIDE_BY_SIDE)
