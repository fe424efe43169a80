"""Origins that an endpoint named at sign-in; a token is sent to no other origin.

Otherwise an attacker who later changes the endpoint's response could choose where it is sent.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError, MovedServiceError, PathError, StorageError
from modos_widgets.remote.address import Address
from modos_widgets.remote.login_store import (
    bare_services,
    fingerprint,
    keep_bare_services,
    lock,
    read_logins,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.remote.login_store import LoginRecord

_log = logging.getLogger(__name__)

_unkept: dict[tuple[str, str], tuple[str, ...]] = {}
"""Services that could not be written to the cache folder, for this process."""


def record_services(endpoint: Address, services: tuple[str, ...]) -> None:
    """Store the services that an endpoint names when a bare token is first used. No network.

    The sign-in of the ``modos`` command line is not visible here, so the first use of its token
    counts as the sign-in.
    """
    logins = read_logins()
    token = logins.bare
    if token is None or logins.at(endpoint) is not None or _of_bare(endpoint, token) is not None:
        return
    try:
        with lock():
            if read_logins().bare == token and bare_services(token, str(endpoint)) is None:
                keep_bare_services(token, str(endpoint), services)
    except (LockedError, StorageError) as error:
        _log.debug("The services of the endpoint were not stored: %s", error)
        _unkept[fingerprint(token), str(endpoint)] = services


def is_trusted(endpoint: Address, url: str) -> bool:
    """Return whether an endpoint named the origin of `url` at sign-in, or it was confirmed.

    True also if nobody is signed in. No network.
    """
    logins = read_logins()
    record = logins.at(endpoint)
    if record is not None:
        return is_trusted_by(record, url)
    if logins.bare is None:
        return True
    services = _of_bare(endpoint, logins.bare)
    return services is None or has_origin_of(url, (str(endpoint), *services))


def is_trusted_by(record: LoginRecord, url: str) -> bool:
    """Return whether the origin of `url` was named at the sign-in, or confirmed."""
    return has_origin_of(url, (record.endpoint, *record.services, record.issuer or ""))


def require_trusted(endpoint: Address, url: str) -> None:
    """Check that the origin of an address was named at sign-in. No network.

    Raises
    ------
    MovedServiceError
        It was not named and has not been confirmed.
    """
    if not is_trusted(endpoint, url):
        raise moved_service_error(str(endpoint), url)


def moved_service_error(endpoint: str, url: str) -> MovedServiceError:
    """Return the error for a service at an unknown origin."""
    origin = Address.parse(url).site
    error = MovedServiceError(
        f"{endpoint} now names a service at {origin}, which it did not name at sign-in.",
        f"Check the address, then call remote.confirm_service({endpoint!r}, {origin!r}).",
    )
    error.endpoint, error.origin = endpoint, origin
    return error


def _of_bare(endpoint: Address, token: str) -> tuple[str, ...] | None:
    kept = bare_services(token, str(endpoint))
    return _unkept.get((fingerprint(token), str(endpoint))) if kept is None else kept


def has_origin_of(url: str, known: Iterable[str]) -> bool:
    """Return whether `url` has the origin of one of the known addresses."""
    origins = set()
    for each in known:
        with suppress(PathError):
            origins.add(Address.parse(each).origin)
    return Address.parse(url).origin in origins
