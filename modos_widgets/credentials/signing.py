"""Settings of aiobotocore: signing with short-lived keys and digests, and parsing of dates."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiobotocore.credentials import AioCredentials
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from botocore.awsrequest import AWSRequest

    from modos_widgets.credentials.renewal import CredentialKeeper


_TOKEN = re.compile(r"(x-amz-security-token[:=])[^\n&]*", re.IGNORECASE)


def _hide_token(record: logging.LogRecord) -> bool:
    """Remove the session token from botocore's log messages about signing."""
    message = record.getMessage()
    if _TOKEN.search(message):
        record.msg, record.args = _TOKEN.sub(r"\1***", message), None
    return True


logging.getLogger("botocore.auth").addFilter(_hide_token)


class RenewingAioCredentials(AioCredentials):  # type: ignore[misc]
    """Credentials that are read before every request and renewed on a thread."""

    def __init__(self, renewing: CredentialKeeper) -> None:
        super().__init__("", "", None, method="modos")
        self._renewing = renewing

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the key to sign the next request with."""
        credential = await self._renewing.get_async()
        return ReadOnlyCredentials(
            credential.access_key_id, credential.secret_access_key, credential.session_token
        )


def sign_parts_by_digest(session: AioSession) -> None:
    """Sign the Content-MD5 of an uploaded part instead of its bytes.

    The digest is among the signed headers, and the server checks the part against it (Amazon S3
    API, UploadPart), so the signature covers the bytes. Over HTTPS botocore itself omits the
    SHA-256 of the bytes; over plain HTTP it takes a quarter of the CPU time of an upload.
    """
    session.register("before-sign.s3.UploadPart", _leave_body_unsigned)


def parse_dates_fast(session: AioSession) -> None:
    """Parse dates of a listing with the standard library, ten times as fast as dateutil."""
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=_parse_date)


def ask_for_a_region_once(session: AioSession) -> None:
    """Stop botocore from following redirects without a region when it looks up a bucket's region.

    On a redirect without a region, botocore requests the region from the bucket, and repeats
    that if the request is redirected without a region too: with a server that redirects every
    request, this never ends.
    """
    session.register("needs-retry.s3.HeadBucket", _end_without_region)


def _end_without_region(
    request_dict: dict[str, Any], response: tuple[Any, dict[str, Any]] | None, **_: Any
) -> None:
    answer = {} if response is None else response[1].get("ResponseMetadata", {})
    if "x-amz-bucket-region" not in answer.get("HTTPHeaders", {}):
        request_dict["context"].setdefault("s3_redirect", {})["redirected"] = True


def _parse_date(text: Any) -> datetime:
    try:
        date = datetime.fromisoformat(text)
    except (TypeError, ValueError):  # an HTTP header date, or seconds
        date = parse_timestamp(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _leave_body_unsigned(request: AWSRequest, **_: Any) -> None:
    if "Content-MD5" in request.headers:
        config = request.context["client_config"]
        unsigned = Config(s3={**(config.s3 or {}), "payload_signing_enabled": False})
        request.context["client_config"] = config.merge(unsigned)
