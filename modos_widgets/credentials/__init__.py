"""S3 options in both spellings, their sources, and automatically renewed keys."""

from __future__ import annotations

from modos_widgets.credentials.cache import cache_folder, sign_in_is_in_memory
from modos_widgets.credentials.network import (
    TRUST_SERVICES,
    TlsError,
    allowed_connections,
    certificates_named,
    checked_certificates,
    proxy_answered,
    proxy_for,
    proxy_unreachable,
    tls_failure,
)
from modos_widgets.credentials.network import parse_ip as parse_ip
from modos_widgets.credentials.options import S3Options
from modos_widgets.credentials.renewal import (
    CredentialKeeper as CredentialKeeper,
)
from modos_widgets.credentials.renewal import (
    CredentialsExpiredError,
    CredentialSource,
    S3Credential,
)
from modos_widgets.credentials.renewal import HeldCredential as HeldCredential
from modos_widgets.credentials.renewal import renewal_margin as renewal_margin
from modos_widgets.credentials.sources import (
    cached_environment as cached_environment,
)
from modos_widgets.credentials.sources import (
    cached_environment_path as cached_environment_path,
)
from modos_widgets.credentials.sources import (
    change_cached_environment,
    environment_decides,
)
from modos_widgets.credentials.spelling import hidden_options
from modos_widgets.files import make_private_folder, write_private
from modos_widgets.secret import (
    HiddenText,
    Secret,
    SecretBytes,
    forget_frames,
    hide,
    shown_address,
)

__all__ = [
    "TRUST_SERVICES",
    "CredentialSource",
    "CredentialsExpiredError",
    "HiddenText",
    "S3Credential",
    "S3Options",
    "Secret",
    "SecretBytes",
    "TlsError",
    "allowed_connections",
    "cache_folder",
    "certificates_named",
    "change_cached_environment",
    "checked_certificates",
    "environment_decides",
    "forget_frames",
    "hidden_options",
    "hide",
    "make_private_folder",
    "proxy_answered",
    "proxy_for",
    "proxy_unreachable",
    "shown_address",
    "sign_in_is_in_memory",
    "tls_failure",
    "write_private",
]
