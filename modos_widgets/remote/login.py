"""Sign-in with a token, sign-out, and confirmation of moved services."""

from __future__ import annotations

import logging
import uuid

from modos_widgets.credentials import Secret
from modos_widgets.errors import (
    CredentialsError,
    EndpointError,
    LoginError,
    NotFoundError,
    OptionError,
    PathError,
)
from modos_widgets.remote import key_file
from modos_widgets.remote.accounts import Account, account_of, scopes_of
from modos_widgets.remote.address import Address, require_secure
from modos_widgets.remote.claims import read_expiry
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.login_store import (
    LoginRecord,
    bare_services,
    forget,
    forget_bare,
    is_bearer,
    keep_bare_services,
    lock,
    read_logins,
    save,
)
from modos_widgets.remote.tokens import JWT
from modos_widgets.remote.trusted_origins import (
    has_origin_of,
    is_trusted,
    is_trusted_by,
    moved_service_error,
)

_log = logging.getLogger(__name__)


def sign_in_with_token(
    endpoint: str | EndpointManager,
    token: str,
    *,
    allow_http: bool = False,
    for_command_line: bool = False,
) -> Account:
    """Sign in at an endpoint with a pasted token. Queries the endpoint for its services.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.
    token : str
        The access token, with or without the prefix ``Bearer``.
    allow_http : bool
        Send it over plain http to another machine too, with a warning.
    for_command_line : bool
        Use the sign-in for the ``modos`` command line too, see `use_for_command_line`.

    Returns
    -------
    Account

    Raises
    ------
    CredentialsError
        The token is invalid or has expired.
    InsecureEndpointError
        The token would be sent unencrypted.
    PathError, ResponseError, ServerError, UnreachableError
        The endpoint does not respond, or its response is invalid.
    """
    token = text = Secret(token.strip().removeprefix("Bearer ").strip())
    manager, address = manager_of(endpoint, allow_http=allow_http)
    allow_http = allow_http or manager.allow_http
    require_secure(address, allow_http=allow_http)
    if not is_bearer(text) or read_expiry(text) is None:
        raise CredentialsError("This is not an access token.", "Copy the whole token again.")
    if JWT(text).is_expired:
        raise CredentialsError("This token has expired.", "Get a new one.")
    record = LoginRecord(
        endpoint=str(address),
        serial=uuid.uuid4().hex,
        access_token=text,
        services=manager.named(),
        issuer=manager.issuer(),
        scopes=scopes_of(text),
        allow_http=allow_http,
    )
    with lock():
        save(record, made=True)
    if for_command_line:
        from modos_widgets.remote.key_service import use_for_command_line  # noqa: PLC0415

        use_for_command_line(manager)
    return account_of(record)


def sign_out(endpoint: str | EndpointManager, *, remove_keys: bool = False) -> bool:
    """Sign out at an endpoint: delete its tokens, then revoke them at the provider.

    Afterwards no session sends the tokens, and no key is requested with them. A token of the
    ``modos`` command line is deleted too, and the key that this sign-in wrote to ``s3.env``.
    Other S3 keys remain and can still open objects: a warning in the log names their places (see
    `remaining_keys`). Uses the network.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.
    remove_keys : bool
        Remove any other key from ``s3.env`` too; its other lines are kept.

    Returns
    -------
    bool
        Whether a token was revoked, or there was none to revoke. Otherwise the reason is
        logged, and the tokens remain valid at the provider until they expire.

    Raises
    ------
    PathError
        `endpoint` is not a web address.
    StorageError, LockedError
        The cache folder cannot be changed.
    """
    _, address = manager_of(endpoint)
    with lock():  # a running refresh ends first, so that its new token is revoked
        logins = read_logins()
        record = logins.at(address)
        bare = None if logins.bare is None else bare_services(logins.bare, str(address))
        forget(str(address))
        forget_bare()
        if remove_keys or (record is not None and key_file.holds(record.key_file)):
            key_file.remove_command_line_key()
    places = ", ".join(key.place for key in key_file.remaining_keys())
    if places:
        _log.warning("Signed out, but S3 keys remain in %s.", places)
    if record is None and logins.bare is None:
        return True
    # load authlib only to refresh, sign in or sign out
    from modos_widgets.remote.identity_provider import revoke  # noqa: PLC0415

    refresh = None if record is None else record.refresh_token
    access = logins.bare if record is None else record.access_token
    revoked = False
    try:
        client_id, url = _revocation(endpoint, record, bare)
        if refresh is not None:
            revoke(client_id, url, refresh, "refresh_token")
            revoked = True
        if access is not None:
            revoke(client_id, url, access, "access_token")
            revoked = True
    except (EndpointError, LoginError, CredentialsError, NotFoundError) as error:
        # Many providers cannot revoke a JWT access token, which simply expires.
        level = logging.INFO if revoked else logging.WARNING
        _log.log(level, "The provider did not revoke a token: %s", error)
    return revoked


def _revocation(
    endpoint: str | EndpointManager, record: LoginRecord | None, bare: tuple[str, ...] | None
) -> tuple[str, str]:
    """Return client id and URL for revocation, from the login or the endpoint's provider.

    A provider that the endpoint did not name at sign-in gets no token. A bare token that was
    never used at the endpoint has no list of services (`bare` is None).
    """
    if record is not None and record.revocation_endpoint and record.client_id:
        return record.client_id, record.revocation_endpoint
    from modos_widgets.remote.identity_provider import discover  # noqa: PLC0415  # loads authlib

    allow_http = record is not None and record.allow_http
    if not isinstance(endpoint, EndpointManager):
        endpoint = EndpointManager(endpoint, allow_http=allow_http)
    auth = endpoint.auth
    if auth is None:
        raise LoginError("The endpoint names no identity provider.")
    if record is not None:
        known = is_trusted_by(record, str(auth["url"]))
    else:
        known = bare is None or has_origin_of(str(auth["url"]), (str(endpoint.address), *bare))
    if not known:
        raise moved_service_error(str(endpoint.address), str(auth["url"]))
    provider = discover(str(auth["url"]), allow_http=allow_http or endpoint.allow_http)
    if provider.revocation_endpoint is None:
        raise LoginError(f"{provider.issuer} does not support revocation.")
    return str(auth.get("client_id") or ""), provider.revocation_endpoint


def moved_services(endpoint: str | EndpointManager) -> dict[str, str]:
    """List the services at an origin that the endpoint did not name at sign-in.

    The token and its S3 keys are not sent to them until `confirm_service` is called. Queries the
    endpoint for its services.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.

    Returns
    -------
    dict
        Name to URL; empty if nobody is signed in.

    Raises
    ------
    CredentialsError, NotFoundError, PathError, ResponseError, ServerError, UnreachableError
        The endpoint does not respond, or its response is invalid.
    """
    manager, address = manager_of(endpoint)
    passed = manager.services
    return {
        name: url
        for name, url in manager.list().items()
        if not passed.get(name) and isinstance(url, str) and not is_trusted(address, url)
    }


def moved_origin(manager: EndpointManager, name: str, url: str) -> str:
    """Return the origin of a service that the endpoint did not name at sign-in. No network.

    Parameters
    ----------
    manager : EndpointManager
        The endpoint.
    name : str
        Name of the service, as in `ServiceHealth.name`.
    url : str
        Its address.

    Returns
    -------
    str
        Scheme, host and port; empty if the token may be sent there, or is never sent there.
    """
    address = manager.address
    if address is None or name in {"modos", "auth", *manager.services}:
        return ""
    try:
        return "" if is_trusted(address, url) else Address.parse(url).site
    except PathError:
        return ""


def confirm_service(endpoint: str | EndpointManager, origin: str) -> None:
    """Allow the token of a sign-in to be sent to services that moved to another origin.

    Check the address with the endpoint's administrator first. Queries the endpoint for its
    services.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.
    origin : str
        Scheme, host and port, such as ``https://keys.example.org``.

    Raises
    ------
    CredentialsError
        Nobody is signed in.
    OptionError
        The endpoint names no service at that origin.
    NotFoundError, PathError, ResponseError, ServerError, UnreachableError
        The endpoint does not respond, or its response is invalid.
    LockedError, StorageError
        The cache folder cannot be changed.
    """
    manager, address = manager_of(endpoint)
    wanted = Address.parse(origin).origin
    added = tuple(url for url in manager.named() if Address.parse(url).origin == wanted)
    if not added:
        raise OptionError(
            f"{address} names no service at {Address.parse(origin).site}.",
            "Check the services with remote.moved_services(endpoint).",
        )
    with lock():
        logins = read_logins()
        record = logins.at(address)
        if record is not None:
            services = tuple(dict.fromkeys((*record.services, *added)))
            save(record.model_copy(update={"services": services}), made=False)
        elif logins.bare is not None:
            known = bare_services(logins.bare, str(address)) or ()
            keep_bare_services(logins.bare, str(address), tuple(dict.fromkeys((*known, *added))))
        else:
            raise CredentialsError(f"Nobody is signed in at {address}.", "Sign in.")
