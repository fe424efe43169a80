"""Spellings of S3 options, as in s3fs and as in obstore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, overload

from modos_widgets.credentials.sources import is_true
from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.secret import hide

if TYPE_CHECKING:
    from typing import Any

_SPELLINGS = {
    "key": ("key", "access_key_id", "aws_access_key_id", "username"),
    "secret": ("secret", "secret_access_key", "aws_secret_access_key", "password"),
    "token": ("token", "session_token", "aws_session_token", "aws_token"),
    "anonymous": ("anon", "skip_signature", "aws_skip_signature"),
    "region": ("region", "region_name", "aws_region", "default_region", "aws_default_region"),
    "endpoint": ("endpoint_url", "endpoint", "aws_endpoint", "aws_endpoint_url"),
    "profile": ("profile",),
    "credentials": ("credentials",),
    "verify": ("verify", "ca_bundle"),
    "addressing": ("addressing_style",),
}
_MEANING = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_HIDDEN = {*_SPELLINGS["secret"], *_SPELLINGS["token"]}
_VIRTUAL = "virtual_hosted_style_request"
_ACCEPTED = frozenset({"use_ssl", "allow_http", "asynchronous", "use_listings_cache"})
"""Accepted for old code, but ignored: the endpoint's URL and this package decide."""


def spelled_out(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Convert both spellings to one, and remove options that are None.

    Raises
    ------
    OptionError
        Options are unknown, or passed twice with different values; the message names them.
    """
    flat = _flat(s3_kwargs)
    unknown = sorted(str(name) for name in flat if name not in _MEANING)
    if unknown:
        raise OptionError(
            f"Unknown S3 option{'s'[: len(unknown) > 1]}: {', '.join(unknown)}.",
            "Use key, secret, token, anon, region, endpoint_url, profile, credentials, "
            "verify or addressing_style.",
        )
    options: dict[str, Any] = {}
    for spelling, value in flat.items():
        name = _MEANING[spelling]
        if value is None:
            continue
        if name == "anonymous":
            if is_true(spelling, value):  # anon=False does not determine the source of the key
                options[name] = True
            continue
        if name in options and options[name] != value:
            raise OptionError(
                f"The S3 option {spelling} is passed twice, with different values.",
                "Use one spelling.",
            )
        options[name] = _checked(spelling, name, value)
    return options


@overload
def hidden_options(s3_kwargs: None) -> None: ...
@overload
def hidden_options(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]: ...
@overload
def hidden_options(s3_kwargs: Mapping[str, Any] | None) -> dict[str, Any] | None: ...
def hidden_options(s3_kwargs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the same options with their secrets hidden from ``repr``.

    Every function that takes options calls this first, because a traceback prints the arguments
    of its frames.

    Parameters
    ----------
    s3_kwargs : mapping, optional
        Options in either spelling; unknown options are kept unchanged.

    Returns
    -------
    dict or None

    Raises
    ------
    OptionError
        The options are not a mapping.
    """
    if s3_kwargs is None:
        return None
    if not isinstance(s3_kwargs, Mapping):
        raise ArgumentError.expected("a dictionary", s3_kwargs, name="s3_kwargs")
    options: dict[str, Any] = hide(dict(s3_kwargs), _HIDDEN)
    return options


def _checked(spelling: str, name: str, value: Any) -> Any:
    if name == "verify":
        if isinstance(value, bool) or (isinstance(value, str) and value):
            return value
        raise ArgumentError.expected("a file name or a bool", value, name="the S3 option verify")
    if name != "credentials" and not isinstance(value, str):
        raise ArgumentError.expected("a str", value, name=f"the S3 option {spelling}")
    if isinstance(value, str) and any(ord(c) < ord(" ") for c in value):
        raise OptionError(
            f"The S3 option {spelling} contains a line break or control character.",
            "Copy the value again, without surrounding text.",
        )
    return value


def _flat(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten the nested dictionaries of s3fs options."""
    flat: dict[str, Any] = {}
    for name, value in s3_kwargs.items():
        if name in _ACCEPTED:
            continue
        if name == _VIRTUAL:
            flat["addressing_style"] = "virtual" if value in {True, "true"} else "path"
        elif name in {"client_kwargs", "config_kwargs", "s3"}:
            if not isinstance(value, dict):
                raise ArgumentError.expected("a dictionary", value, name=f"the S3 option {name}")
            flat.update(_flat(value))
        else:
            flat[name] = value
    return flat
