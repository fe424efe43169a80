"""Whether a server heeds conditions: one that ignores them makes no write safe."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ChangedError, UnsupportedError
from modos_widgets.storage.failures import KeyNotFoundError, attempts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from modos_widgets.storage.s3_client import S3Client

_conditional: dict[tuple[str | None, str], bool] = {}
_deleting: dict[tuple[str | None, str], bool] = {}
_conditional_lock = threading.Lock()


def need_conditions(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Find out once per bucket whether the server heeds conditions.

    A server that ignores them would let two people overwrite each other unnoticed.
    """
    if not _known(_conditional, client, bucket, _heeds_conditions, key):
        raise UnsupportedError(
            f"{client.options.endpoint} ignores conditions, so a safe write is not possible there.",
            "Use a server that knows If-Match, or write without one.",
        )


def delete_if(
    client: S3Client, bucket: str, key: str, expected: str, key_of: Callable[[str], str]
) -> None:
    """Delete a key that has the expected etag.

    One request where the server deletes on a condition (found out once per bucket), and two,
    a look and a delete, where it does not.

    Raises
    ------
    ChangedError
        It has another one, or nothing is there.
    """
    if not _known(_deleting, client, bucket, _deletes_on_condition, key_of):
        if client.run(_etag_of(client, bucket, key)) != expected:
            raise ChangedError(f"s3://{bucket}/{key} has changed.", "Read it again.")
        client.run(client.delete(bucket, key))
        return
    try:
        client.run(client.delete(bucket, key, if_match=expected))
    except (ChangedError, KeyNotFoundError) as error:
        # a repeated request finds nothing when only the first answer was lost
        if attempts_of(error) and client.run(_etag_of(client, bucket, key)) is None:
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
    answers: dict[tuple[str | None, str], bool],
    client: S3Client,
    bucket: str,
    probe: Callable[[S3Client, str, Callable[[str], str]], Coroutine[Any, Any, bool]],
    key_of: Callable[[str], str],
) -> bool:
    """Give what a probe found out about a bucket; it is made once."""
    identity = (client.options.endpoint, bucket)
    with _conditional_lock:
        known = answers.get(identity)
    if known is None:
        known = client.run(probe(client, bucket, key_of))
        with _conditional_lock:
            answers[identity] = known
    return known


async def _etag_of(client: S3Client, bucket: str, key: str) -> str | None:
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
    nothing, named = _probe(bucket, key_of)
    try:
        await client.delete(bucket, nothing, if_match=f'"{"0" * 32}"', named=named)
    except (ChangedError, KeyNotFoundError):
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
