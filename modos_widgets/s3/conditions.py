"""Whether a server heeds conditions: one that ignores them makes no write safe."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import PerProcess
from modos_widgets.errors import ChangedError, UnsupportedError
from modos_widgets.s3.botocore_errors import attempts_of
from modos_widgets.s3.errors import KeyNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from modos_widgets.s3.client import S3Client


class _Probes:
    """What was found out about buckets by one kind of probe, and the probes under way."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str | None, str], bool] = {}
        self.under_way: dict[tuple[Any, ...], asyncio.Task[bool]] = {}  # on the event loop only


_conditional = PerProcess(_Probes)
_deleting = PerProcess(_Probes)


def need_conditions(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Find out once per bucket whether the server heeds conditions.

    A server that ignores them would let two people overwrite each other unnoticed.
    """
    if not _known(_conditional, client, bucket, _heeds_conditions, key):
        raise UnsupportedError(
            f"{client.options.endpoint} ignores conditions, so a safe write is not possible there.",
            "Use a server that knows If-Match, or write without one.",
        )


def need_conditional_deletes(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Find out once per bucket whether the server heeds the conditions of deletes.

    A server may heed those of writes and ignore these. A look before the delete is no substitute:
    what is written between the two is deleted as well, and its writer has been told of success.
    """
    if not _known(_deleting, client, bucket, _deletes_on_condition, key):
        raise UnsupportedError(
            f"{client.options.endpoint} ignores the conditions of deletes, so nothing can be "
            "removed there safely.",
            "Use a server that heeds If-Match for deletes, or commit with unconditional=True "
            "while nobody else writes to the object.",
        )


def delete_if(
    client: S3Client, bucket: str, key: str, expected: str, key_of: Callable[[str], str]
) -> None:
    """Delete a key that has the expected etag.

    Raises
    ------
    ChangedError
        It has another one, or nothing is there.
    UnsupportedError
        The server deletes without conditions.
    """
    need_conditional_deletes(client, bucket, key_of)
    try:
        client.run(client.delete(bucket, key, if_match=expected))
    except (ChangedError, KeyNotFoundError) as error:
        # a repeated request finds nothing when only the first answer was lost
        if attempts_of(error) and client.run(etag_of(client, bucket, key)) is None:
            return
        raise ChangedError(f"s3://{bucket}/{key} has changed.", "Read it again.") from error


def delete_marked(
    client: S3Client, bucket: str, key: str, mark: str, key_of: Callable[[str], str]
) -> bool:
    """Delete a key that carries the mark of a write, and say whether it was there."""
    etag = client.run(client.etag_of_marked(bucket, key, mark))
    if etag is None:
        return False
    try:
        delete_if(client, bucket, key, etag, key_of)
    except ChangedError:
        return False
    return True


def _known(
    probes: PerProcess[_Probes],
    client: S3Client,
    bucket: str,
    probe: Callable[[S3Client, str, Callable[[str], str]], Coroutine[Any, Any, bool]],
    key_of: Callable[[str], str],
) -> bool:
    """Return what a probe found out about a bucket.

    It is made once, also when many threads ask at the same time: they wait for the probe that is
    under way. One that failed is made again by whoever asks next.
    """
    known, place = probes.value, (client.options.endpoint, bucket)

    async def ask() -> bool:
        if place in known.answers:
            return known.answers[place]
        with_key = *place, client.options  # other keys may be allowed more, or less
        task = known.under_way.get(with_key)
        if task is None:
            task = asyncio.ensure_future(probe(client, bucket, key_of))
            known.under_way[with_key] = task
            task.add_done_callback(lambda done: finish(with_key, done))
        return await asyncio.shield(task)  # an interrupt ends the waiting, not the probe

    def finish(with_key: tuple[Any, ...], task: asyncio.Task[bool]) -> None:
        del known.under_way[with_key]
        if not task.cancelled() and task.exception() is None:
            known.answers[place] = task.result()

    answer = known.answers.get(place)
    return client.run(ask()) if answer is None else answer


async def etag_of(client: S3Client, bucket: str, key: str) -> str | None:
    """Return the ETag of a key, or None where nothing is."""
    try:
        return (await client.head(bucket, key)).etag
    except KeyNotFoundError:
        return None


def _probe(bucket: str, key_of: Callable[[str], str]) -> tuple[str, str]:
    """Give a key where nothing is, and the object that an error is to name instead of it."""
    return key_of(f".modos-{secrets.token_hex(8)}.part"), f"s3://{bucket}/{key_of('')}".rstrip("/")


async def _deletes_on_condition(
    client: S3Client, bucket: str, key_of: Callable[[str], str]
) -> bool:
    wrong = f'"{"0" * 32}"'
    key, named = _probe(bucket, key_of)
    try:
        await client.delete(bucket, key, if_match=wrong, named=named)
    except ChangedError:
        return True
    except KeyNotFoundError:
        pass
    # of a key that is not there, servers say different things: ask again where one is
    await client.put(bucket, key, b"")
    try:
        await client.delete(bucket, key, if_match=wrong, named=named)
    except ChangedError:
        await client.delete(bucket, key, named=named)
        return True
    return False


async def _heeds_conditions(client: S3Client, bucket: str, key_of: Callable[[str], str]) -> bool:
    key, named = _probe(bucket, key_of)
    try:
        await client.put_if(bucket, key, b"", f'"{"0" * 32}"', named=named)
    except (ChangedError, KeyNotFoundError):
        return True
    await client.delete(bucket, key, named=named)
    return False
