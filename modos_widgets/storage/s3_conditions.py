"""Whether a server heeds conditions: one that ignores them makes no write safe."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from modos_widgets.errors import ChangedError, UnsupportedError
from modos_widgets.storage.failures import KeyNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.storage.s3_client import S3Client

_conditional: dict[tuple[str | None, str], bool] = {}
_conditional_lock = threading.Lock()


def need_conditions(client: S3Client, bucket: str, key: Callable[[str], str]) -> None:
    """Find out once per bucket whether the server heeds conditions.

    A server that ignores them would let two people overwrite each other unnoticed.
    """
    identity = (client.options.endpoint, bucket)
    with _conditional_lock:
        known = _conditional.get(identity)
    if known is None:
        known = client.run(_heeds_conditions(client, bucket, key))
        with _conditional_lock:
            _conditional[identity] = known
    if not known:
        raise UnsupportedError(
            f"{client.options.endpoint} ignores conditions, so a safe write is not possible there.",
            "Use a server that knows If-Match, or write without one.",
        )


async def _heeds_conditions(client: S3Client, bucket: str, key_of: Callable[[str], str]) -> bool:
    key = key_of(f".modos-{secrets.token_hex(8)}.part")
    try:
        await client.put_if(bucket, key, b"", f'"{"0" * 32}"')
    except (ChangedError, KeyNotFoundError):
        return True
    await client.delete(bucket, key)
    return False
