"""Sources of S3 keys: the environment, the cache folder, botocore's chain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from modos_widgets.credentials.cache import cache_folder, sign_in_is_in_memory
from modos_widgets.credentials.renewal import S3Credential
from modos_widgets.errors import CredentialsError, OptionError, StorageError
from modos_widgets.files import write_private
from modos_widgets.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


def is_true(name: str, value: object) -> bool:
    """Parse a boolean from an argument or the environment."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise OptionError(f"{name} is {text!r}, neither true nor false.", "Use true or false.")


def anonymous_environment() -> bool:
    """Return whether the environment requests anonymous (unsigned) requests."""
    return any(
        is_true(name, os.environ.get(name, "")) for name in ("MODOS_ANON", "AWS_SKIP_SIGNATURE")
    )


def credential_of(values: Mapping[str, str]) -> S3Credential | None:
    """Return the key in ``AWS_*`` values, or None."""
    key, secret = values.get("AWS_ACCESS_KEY_ID"), values.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return S3Credential(key, secret, values.get("AWS_SESSION_TOKEN") or None)
    return None


def environment_decides() -> bool:
    """Return whether the environment sets an S3 key or anonymous access, before any sign-in.

    Returns
    -------
    bool
    """
    return anonymous_environment() or credential_of(os.environ) is not None


def cached_environment_path() -> Path:
    """Return the path of ``s3.env``; its folder is not created. No network."""
    return Path(platformdirs.user_cache_dir("modos", "sdsc")) / "s3.env"


def cached_environment() -> dict[str, str]:
    """Read ``s3.env`` in the cache folder: lines of ``NAME=value``. No network."""
    if sign_in_is_in_memory():
        return {}  # the file belongs to the account of the server, not to the visitor
    values: dict[str, str] = {}
    for line in _cached_lines():
        name, value = _name_of(line), line.partition("=")[2]
        if name:
            values[name] = Secret(value.strip().strip("\"'"))
    return values


def change_cached_environment(values: Mapping[str, str | None]) -> None:
    """Set names in ``s3.env``, or remove those that are None; other lines are kept. No network.

    The file is replaced atomically, with mode 0600, and removed if it is empty.

    Parameters
    ----------
    values : mapping of str to str or None
        Names of variables with their new values.

    Raises
    ------
    StorageError
        The file cannot be read or written.
    """
    values = {name: None if value is None else Secret(value) for name, value in values.items()}
    lines, left = [], {name: value for name, value in values.items() if value is not None}
    before = _cached_lines()
    for line in before:
        name = _name_of(line)
        if name not in values:
            lines.append(line)
        elif name in left:
            lines.append(Secret(f"{name}={left.pop(name)}"))
    lines += [Secret(f"{name}={value}") for name, value in left.items()]
    if lines == before:
        return
    path = cached_environment_path()
    if any(line.strip() for line in lines):
        write_private(cache_folder() / path.name, "".join(f"{line}\n" for line in lines).encode())
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be removed: {error.strerror}.", "Check the folder's permissions."
        ) from error


def _cached_lines() -> list[Secret]:
    path = str(cached_environment_path())
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return [Secret(line) for line in file.read().splitlines()]
    except (FileNotFoundError, NotADirectoryError):  # HOME may be /dev/null
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path} cannot be read ({type(error).__name__}).", "Fix it or delete it."
        ) from error


def _name_of(line: str) -> str:
    """Return the name that a line sets; empty for a comment or anything else."""
    name, separator, _ = line.strip().removeprefix("export ").partition("=")
    return name.strip() if separator and not name.startswith("#") else ""


def botocore_session(profile: str | None, endpoint: str | None) -> Any | None:
    """Return a botocore session whose chain finds a key, or None.

    The key services of a cloud machine are queried for Amazon S3 only: elsewhere there are
    none, and botocore would wait a second for them.
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
            f"The AWS configuration provides no key: {error}",
            "Check the profile in ~/.aws, or pass s3_kwargs.",
        ) from error
    return session


def is_amazon(endpoint: str) -> bool:
    """Return whether an endpoint is Amazon S3."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
