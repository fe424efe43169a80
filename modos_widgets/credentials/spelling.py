"""The spellings of S3 options: those of s3fs and those of obstore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, overload

from modos_widgets.credentials.secret import hide
from modos_widgets.credentials.sources import is_true
from modos_widgets.errors import OptionError

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
"""Accepted for the sake of old code; the endpoint's URL and this package decide them."""


def spelled_out(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Bring both spellings to one, without the options that are None.

    Raises
    ------
    OptionError
        Names the options that are not known, or that are given twice with different values.
    """
    flat = _flat(s3_kwargs)
    unknown = sorted(str(name) for name in flat if name not in _MEANING)
    if unknown:
        raise OptionError(
            f"Unknown S3 option{'s'[: len(unknown) > 1]}: {', '.join(unknown)}.",
            "Known are key, secret, token, anon, region, endpoint_url, profile, credentials, "
            "verify and addressing_style.",
        )
    given: dict[str, Any] = {}
    for spelling, value in flat.items():
        name = _MEANING[spelling]
        if value is None:
            continue
        if name == "anonymous":
            if is_true(spelling, value):  # anon=False says nothing about where the key is from
                given[name] = True
            continue
        if name in given and given[name] != value:
            raise OptionError(
                f"The S3 option {spelling} is given twice, with different values.",
                "Use one spelling.",
            )
        given[name] = _checked(spelling, name, value)
    return given


@overload
def hidden_options(s3_kwargs: None) -> None: ...
@overload
def hidden_options(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]: ...
@overload
def hidden_options(s3_kwargs: Mapping[str, Any] | None) -> dict[str, Any] | None: ...
def hidden_options(s3_kwargs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Give the same options with their secrets hidden from ``repr``.

    Whoever takes options does this first: a traceback prints the arguments of its frames.

    Parameters
    ----------
    s3_kwargs : mapping, optional
        Options in either spelling; unknown ones are left as they are.

    Raises
    ------
    OptionError
        They are no mapping.
    """
    if s3_kwargs is None:
        return None
    if not isinstance(s3_kwargs, Mapping):
        raise OptionError(
            f"s3_kwargs is a {type(s3_kwargs).__name__}.", "Give a dictionary of options."
        )
    options: dict[str, Any] = hide(dict(s3_kwargs), _HIDDEN)
    return options


def _checked(spelling: str, name: str, value: Any) -> Any:
    if name == "verify":
        if isinstance(value, bool) or (isinstance(value, str) and value):
            return value
        raise OptionError(
            "The S3 option verify is neither a file name nor a bool.", "Give one of the two."
        )
    if name != "credentials" and not isinstance(value, str):
        raise OptionError(f"The S3 option {spelling} is not a string.", "Give a string.")
    if isinstance(value, str) and any(ord(c) < ord(" ") for c in value):
        raise OptionError(
            f"The S3 option {spelling} holds a line break or control character.",
            "Copy the value again, without what surrounds it.",
        )
    return value


def _flat(s3_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Lift the options out of s3fs's nested dictionaries."""
    flat: dict[str, Any] = {}
    for name, value in s3_kwargs.items():
        if name in _ACCEPTED:
            continue
        if name == _VIRTUAL:
            flat["addressing_style"] = "virtual" if value in {True, "true"} else "path"
        elif name in {"client_kwargs", "config_kwargs", "s3"}:
            if not isinstance(value, dict):
                raise OptionError(f"The S3 option {name} is not a dictionary.", "Give one.")
            flat.update(_flat(value))
        else:
            flat[name] = value
    return flat
