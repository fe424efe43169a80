"""Where S3 keys are looked for: the environment, the cache, botocore's chain."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from modos_widgets.credentials.renewal import S3Credential
from modos_widgets.credentials.secret import Secret
from modos_widgets.errors import CredentialsError, OptionError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


def is_true(name: str, value: object) -> bool:
    """Read a switch from an argument or the environment."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise OptionError(f"{name} is {text!r}, neither true nor false.", "Use true or false.")


def anonymous_environment() -> bool:
    """Whether the environment asks for unsigned requests."""
    return any(
        is_true(name, os.environ.get(name, "")) for name in ("MODOS_ANON", "AWS_SKIP_SIGNATURE")
    )


def credential_of(values: Mapping[str, str]) -> S3Credential | None:
    """Read a key from ``AWS_*`` values."""
    key, secret = values.get("AWS_ACCESS_KEY_ID"), values.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return S3Credential(key, secret, values.get("AWS_SESSION_TOKEN") or None)
    return None


def environment_decides() -> bool:
    """Whether the environment names an S3 key or asks for none: it then goes before a login."""
    return anonymous_environment() or credential_of(os.environ) is not None


def cached_environment() -> dict[str, str]:
    """Read ``s3.env`` of the cache folder: lines of ``NAME=value``. No network."""
    # the folder is not made here: only reading must leave nothing behind
    path = os.path.join(platformdirs.user_cache_dir("modos", "sdsc"), "s3.env")  # noqa: PTH118
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            lines = file.read().splitlines()
    except (FileNotFoundError, NotADirectoryError):  # HOME may be /dev/null
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path} cannot be read ({type(error).__name__}).", "Mend it or delete it."
        ) from error
    values: dict[str, str] = {}
    for line in lines:
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            values[name.strip()] = Secret(value.strip().strip("\"'"))
    return values


def botocore_session(profile: str | None, endpoint: str | None) -> Any | None:
    """Give a botocore session whose chain finds a key, or None.

    The key services of a cloud machine (which cost a second of waiting where
    there are none) are asked for Amazon's own endpoint only.
    """
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session = Session(profile=profile)
    try:
        if endpoint is not None and not is_amazon(endpoint):
            resolver = session.get_component("credential_provider")
            for name in ("container-role", "iam-role"):
                resolver.remove(name)
        if session.get_credentials() is None:
            return None
    except BotoCoreError as error:
        raise CredentialsError(
            f"The AWS configuration gives no key: {error}",
            "Mend the profile in ~/.aws, or pass s3_kwargs.",
        ) from error
    return session


def is_amazon(endpoint: str) -> bool:
    """Whether an endpoint is Amazon's own."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
