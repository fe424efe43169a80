"""How aiobotocore signs for this package: with short-lived keys, and bodies by their digest."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from aiobotocore.credentials import AioCredentials
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from botocore.awsrequest import AWSRequest

    from modos_widgets.credentials.renewal import RenewingCredential


_TOKEN = re.compile(r"(x-amz-security-token[:=])[^\n&]*", re.IGNORECASE)


def _hide_token(record: logging.LogRecord) -> bool:
    """Take the session token out of what botocore logs of the text that it signs."""
    told = record.getMessage()
    if _TOKEN.search(told):
        record.msg, record.args = _TOKEN.sub(r"\1***", told), None
    return True


logging.getLogger("botocore.auth").addFilter(_hide_token)


class RenewingAioCredentials(AioCredentials):  # type: ignore[misc]
    """Asked before every request; asks the source on a thread when a key runs out."""

    def __init__(self, renewing: RenewingCredential) -> None:
        super().__init__("", "", None, method="modos")
        self._renewing = renewing

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Give the key to sign the next request with."""
        credential = await self._renewing.asked()
        return ReadOnlyCredentials(
            credential.access_key_id, credential.secret_access_key, credential.session_token
        )


def sign_parts_by_digest(session: AioSession) -> None:
    """Sign the Content-MD5 of a part that is uploaded, and not its bytes as well.

    The digest is among the signed headers, and the server holds the part against it (Amazon S3
    API, UploadPart), so the signature binds the bytes. Over HTTPS botocore leaves their SHA-256
    out by itself; over plain HTTP it cost a quarter of an upload's CPU.
    """
    session.register("before-sign.s3.UploadPart", _leave_body_unsigned)


def _leave_body_unsigned(request: AWSRequest, **_: Any) -> None:
    if "Content-MD5" in request.headers:
        config = request.context["client_config"]
        unsigned = Config(s3={**(config.s3 or {}), "payload_signing_enabled": False})
        request.context["client_config"] = config.merge(unsigned)
