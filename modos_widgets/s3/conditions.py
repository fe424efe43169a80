"""Check whether a server supports conditions, without which no write is safe."""

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
    """Results of one kind of probe by bucket, and running probes."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str | None, str], bool] = {}
        self.under_way: dict[
            tuple[Any, ...], asyncio.Task[bool]
        ] = {}  # used on the event loop only


_conditional = PerProcess(_Probes)
_deleting = PerProcess(_Probes)


def need_conditions(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Check once per bucket that the server supports conditional writes.

    With a server that ignores conditions, two users would overwrite each other without notice.
    """
    if not _known(_conditional, client, bucket, _heeds_conditions, key):
        raise UnsupportedError(
            f"{client.options.endpoint} ignores conditions, so safe writes are not possible there.",
            "Use a server that supports If-Match, or write without a condition.",
        )


def need_conditional_deletes(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Check once per bucket that the server supports conditional deletions.

    A server may support conditional writes but not these. Checking the key before the deletion is
    not enough: a write between the two would be deleted after it was reported as successful.
    """
    if not _known(_deleting, client, bucket, _deletes_on_condition, key):
        raise UnsupportedError(
            f"{client.options.endpoint} ignores the conditions of deletes, so nothing can be "
            "removed there safely.",
            "Use a server that supports If-Match for deletes, or commit with unconditional=True "
            "while nobody else writes to the object.",
        )


def delete_if(
    client: S3Client, bucket: str, key: str, expected: str, key_of: Callable[[str], str]
) -> None:
    """Delete a key that has the expected etag.

    Raises
    ------
    ChangedError
        It has another etag, or does not exist.
    UnsupportedError
        The server ignores conditions of a deletion.
    """
    need_conditional_deletes(client, bucket, key_of)
    try:
        client.run(client.delete(bucket, key, if_match=expected))
    except (ChangedError, KeyNotFoundError) as error:
        # a repeated request finds no key if only the first response was lost
        if attempts_of(error) and client.run(etag_of(client, bucket, key)) is None:
            return
        raise ChangedError(f"s3://{bucket}/{key} has changed.", "Read it again.") from error


def delete_marked(
    client: S3Client, bucket: str, key: str, mark: str, key_of: Callable[[str], str]
) -> bool:
    """Delete a key if it has the mark of a write; return whether it was deleted."""
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
    """Return the result of a probe of a bucket.

    The probe is made once, even if many threads call this at the same time: they wait for the
    running probe. A failed probe is made again by the next call.
    """
    known, place = probes.value, (client.options.endpoint, bucket)

    async def ask() -> bool:
        if place in known.answers:
            return known.answers[place]
        with_key = *place, client.options  # other S3 keys may have other permissions
        task = known.under_way.get(with_key)
        if task is None:
            task = asyncio.ensure_future(probe(client, bucket, key_of))
            known.under_way[with_key] = task
            task.add_done_callback(lambda done: finish(with_key, done))
        return await asyncio.shield(task)  # an interrupt ends the waiting but not the probe

    def finish(with_key: tuple[Any, ...], task: asyncio.Task[bool]) -> None:
        del known.under_way[with_key]
        if not task.cancelled() and task.exception() is None:
            known.answers[place] = task.result()

    answer = known.answers.get(place)
    return client.run(ask()) if answer is None else answer


async def etag_of(client: S3Client, bucket: str, key: str) -> str | None:
    """Return the ETag of a key, or None if it does not exist."""
    try:
        return (await client.head(bucket, key)).etag
    except KeyNotFoundError:
        return None


def _probe(bucket: str, key_of: Callable[[str], str]) -> tuple[str, str]:
    """Return a key that does not exist, and the object that an error names instead of it."""
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
    # servers respond differently for a missing key, so the probe is repeated with an existing one
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
