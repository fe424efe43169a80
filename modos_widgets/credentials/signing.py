"""Short-lived keys in the form that aiobotocore signs with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiobotocore.credentials import AioCredentials
from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from modos_widgets.credentials.renewal import RenewingCredential


class RenewingAioCredentials(AioCredentials):  # type: ignore[misc]
    """Asked before every request; asks the source on a thread when a key runs out."""

    def __init__(self, renewing: RenewingCredential) -> None:
        super().__init__("", "", None, method="modos")
        self._renewing = renewing

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Give the key to sign the next request with."""
        credential = self._renewing.current()
        if credential is None:
            credential = await asyncio.to_thread(self._renewing.get)
        return ReadOnlyCredentials(
            credential.access_key_id, credential.secret_access_key, credential.session_token
        )
