"""S3 options in both spellings, where they come from, and keys that renew themselves."""

from __future__ import annotations

from modos_widgets.credentials.cache import cache_folder, write_private
from modos_widgets.credentials.options import S3Options
from modos_widgets.credentials.renewal import (
    EXPIRED_CODES,
    CredentialsExpiredError,
    CredentialSource,
    S3Credential,
)
from modos_widgets.credentials.secret import (
    HiddenText,
    Secret,
    SecretBytes,
    forget_frames,
    hide,
    shown_address,
)
from modos_widgets.credentials.sources import environment_decides
from modos_widgets.credentials.spelling import hidden_options

__all__ = [
    "EXPIRED_CODES",
    "CredentialSource",
    "CredentialsExpiredError",
    "HiddenText",
    "S3Credential",
    "S3Options",
    "Secret",
    "SecretBytes",
    "cache_folder",
    "environment_decides",
    "forget_frames",
    "hidden_options",
    "hide",
    "shown_address",
    "write_private",
]
