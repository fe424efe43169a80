"""S3 keys of the ``modos`` command line (the file ``s3.env``) and of other places."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modos_widgets.credentials import (
    cached_environment,
    cached_environment_path,
    change_cached_environment,
    sign_in_is_in_memory,
)
from modos_widgets.errors import OptionError, ResponseError
from modos_widgets.remote.login_store import fingerprint

if TYPE_CHECKING:
    from modos_widgets.remote.keys import S3Key

_KEY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_REGION = "AWS_DEFAULT_REGION"


class RemainingKey(NamedTuple):
    """A place that contains an S3 key, without its value.

    Parameters
    ----------
    place : str
        Path of a file, or name of an environment variable.
    removable : bool
        Whether `sign_out` can remove it: true for ``s3.env`` only.
    """

    place: str
    removable: bool


def remaining_keys() -> tuple[RemainingKey, ...]:
    """List the places other than a sign-in that contain an S3 key, without values. No network.

    Returns
    -------
    tuple of RemainingKey
        ``s3.env`` of the cache folder, environment variables, and the AWS credentials file.

    Raises
    ------
    StorageError
        ``s3.env`` cannot be read.
    """
    found = []
    if any(cached_environment().get(name) for name in _KEY[:2]):
        found.append(RemainingKey(str(cached_environment_path()), removable=True))
    named = [name for name in (*_KEY, "AWS_PROFILE") if os.environ.get(name)]
    found += [RemainingKey(name, removable=False) for name in named]
    shared = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    path = Path(os.path.expandvars(shared)).expanduser()
    if path.is_file():
        found.append(RemainingKey(str(path), removable=False))
    return tuple(found)


def write_key(key: S3Key) -> str:
    """Write a key to ``s3.env``, keep other lines, and return its mark. No network.

    Raises
    ------
    OptionError
        Sign-ins are kept in memory only.
    ResponseError
        The key contains characters that the file cannot store.
    StorageError
        The file cannot be written.
    """
    if sign_in_is_in_memory():
        raise OptionError(
            "A sign-in in memory does not write s3.env.",
            "Sign in with the modos command line.",
        )
    values = (key.access_key_id, key.secret_access_key, key.session_token, key.spec.region)
    if not all(
        value is None or (value.isprintable() and value == value.strip()) for value in values
    ):
        raise ResponseError(
            "The S3 key contains a control character, or starts or ends with a space.",
            "Contact the endpoint's administrator.",
        )
    change_cached_environment(dict(zip((*_KEY, _REGION), values, strict=True)))
    return fingerprint(key.access_key_id)


def holds(mark: str | None) -> bool:
    """Return whether ``s3.env`` contains the key with this mark. No network."""
    return mark is not None and fingerprint(cached_environment().get(_KEY[0], "")) == mark


def remove_command_line_key() -> None:
    """Remove the key from ``s3.env``, and the file if it is then empty. No network.

    Raises
    ------
    StorageError
        The file cannot be changed.
    """
    if not sign_in_is_in_memory():
        change_cached_environment(dict.fromkeys((*_KEY, _REGION)))
