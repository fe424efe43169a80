"""Endpoint: a modos server and the services that it names."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ArgumentError, LoginError, PathError, ResponseError
from modos_widgets.remote.address import Address
from modos_widgets.remote.bearer import BearerAuth, Scope, get_session
from modos_widgets.remote.http import fetch_json
from modos_widgets.remote.server_text import shown_text
from modos_widgets.remote.trusted_origins import record_services

if TYPE_CHECKING:
    import requests

SERVICES = ("auth", "kms", "s3", "fuzon", "htsget", "refget")


class EndpointManager:
    """A modos server and its services. Immutable.

    The server is queried once, on first use; `refresh` queries it again. Services that are
    passed take precedence over those that the server names.

    Parameters
    ----------
    modos : str, optional
        URL of the modos server.
    services : mapping, optional
        Services by name (``s3``, ``kms``, ``htsget``, ``fuzon``, ``refget``, ``auth``)
        that the server does not name.
    allow_http : bool
        Send the token over plain http to another machine too, with a warning
        (or set ``MODOS_ALLOW_HTTP=1``).

    Raises
    ------
    PathError
        A URL is invalid, has no scheme, or contains a password.

    Examples
    --------
    >>> ex = EndpointManager(modos="http://modos.example.org")  # doctest: +SKIP
    >>> ex.list()  # doctest: +SKIP
    {
      's3: 'http://s3.example.org/',
      'htsget': 'http://htsget.example.org/'
    }
    >>> ex.htsget  # doctest: +SKIP
    'http://htsget.example.org'
    >>> ex = EndpointManager(services={"s3": "http://s3.example.org"})
    >>> ex.s3
    'http://s3.example.org'
    """

    __slots__ = ("_address", "_allow_http", "_answer", "_given", "_lock", "_modos")

    def __init__(
        self,
        modos: str | None = None,
        services: Mapping[str, Any] | None = None,
        *,
        allow_http: bool = False,
    ) -> None:
        self._address = None if modos is None else Address.parse(modos)
        self._modos = None if modos is None else str(modos).strip()
        self._given = _mapping(services)
        for name in SERVICES:
            _check_given(self._given.get(name))
        self._allow_http = allow_http
        self._answer: dict[str, Any] | None = None
        self._lock = threading.Lock()

    @property
    def modos(self) -> str | None:
        """URL of the modos server, as passed."""
        return self._modos

    @property
    def services(self) -> dict[str, Any]:
        """Services that were passed, by name (a copy)."""
        return dict(self._given)

    @property
    def allow_http(self) -> bool:
        """Whether the token may be sent over plain http."""
        return self._allow_http

    @property
    def address(self) -> Address | None:
        """Normalised address of the modos server."""
        return self._address

    @property
    def is_known(self) -> bool:
        """Whether the server has named its services, so that they are known without a request."""
        return self._address is None or self._answer is not None

    @property
    def session(self) -> requests.Session:
        """Session of `get_session` that sends the token to this endpoint only. No network."""
        session = get_session()
        session.auth = self.bearer()
        return session

    def bearer(self) -> BearerAuth:
        """Return the authentication that sends the token to this endpoint and its services only.

        Returns
        -------
        BearerAuth
            Authentication for `requests`.
        """
        return BearerAuth(scope=self._scope, allow_http=self._allow_http)

    def list(self) -> dict[str, Any]:
        """List the services of this endpoint. Queries the server once.

        Returns
        -------
        dict
            Service name to URL; ``auth`` to a dict of ``url`` and ``client_id``. Unknown
            services are left out.

        Raises
        ------
        CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
            The server does not respond, or its response is invalid.
        """
        named = self.server_info()
        found = {name: self._given.get(name) or named.get(name) for name in SERVICES}
        return {name: value for name, value in found.items() if _usable(name, value)}

    def server_info(self) -> dict[str, Any]:
        """Return the server's own description, unchecked; empty without a server.

        Queries the server once. Raises the errors of `list`.

        Returns
        -------
        dict
            JSON object of the server's root.
        """
        if self._address is None:
            return {}
        with self._lock:
            if self._answer is None:
                self._answer = self._ask(self._address)
            return dict(self._answer)

    def refresh(self) -> EndpointManager:
        """Query the server again and return this manager. Raises the errors of `list`.

        Returns
        -------
        EndpointManager
        """
        if self._address is not None:
            answer = self._ask(self._address)
            with self._lock:
                self._answer = answer
        return self

    def _ask(self, address: Address) -> dict[str, Any]:
        scope = Scope(address)  # its services are not known yet
        auth = BearerAuth(scope=lambda: scope, allow_http=self._allow_http)
        answer = fetch_json(f"{address}/", auth=auth)
        if not isinstance(answer, dict):
            raise ResponseError(f"{address} is not a modos server.", "Check the address.")
        record_services(address, (*_named(answer), *_issuer(answer)))
        return answer

    def named(self) -> tuple[str, ...]:
        """Return the URLs of the services that the server names, to which a token may be sent.

        Queries the server once. Raises the errors of `list`.

        Returns
        -------
        tuple of str
        """
        return _named(self.server_info())

    def issuer(self) -> str | None:
        """Return the identity provider that the server names. Queries the server once.

        Returns
        -------
        str or None
            URL of the identity provider.
        """
        return next(iter(_issuer(self.server_info())), None)

    def _scope(self) -> Scope:
        named = _named(self._answer or {})
        given = tuple(
            str(value) for name, value in self._given.items() if name in SERVICES[1:] and value
        )
        return Scope(self._address, named, given)

    def _get(self, name: str) -> Any:
        if self._given.get(name):
            return self._given[name]
        return self.list().get(name)

    @property
    def auth(self) -> dict[str, Any] | None:
        """Identity provider: ``url`` (its issuer) and ``client_id``; None without sign-in."""
        value: dict[str, Any] | None = self._get("auth")
        return value

    @property
    def kms(self) -> str | None:
        """URL of the key service."""
        value: str | None = self._get("kms")
        return value

    @property
    def s3(self) -> str | None:
        """URL of the S3 server."""
        value: str | None = self._get("s3")
        return value

    @property
    def fuzon(self) -> str | None:
        """URL of the terminology service."""
        value: str | None = self._get("fuzon")
        return value

    @property
    def htsget(self) -> str | None:
        """URL of the htsget service."""
        value: str | None = self._get("htsget")
        return value

    @property
    def refget(self) -> str | None:
        """URL of the refget service."""
        value: str | None = self._get("refget")
        return value

    def __eq__(self, other: object) -> bool:
        """Return whether two managers have the same arguments."""
        if not isinstance(other, EndpointManager):
            return NotImplemented
        return (self._address, self._given, self._allow_http) == (
            other._address,
            other._given,
            other._allow_http,
        )

    def __hash__(self) -> int:
        """Return a hash that is equal for equal managers."""
        return hash((self._address, tuple(sorted(self._given))))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments, without the responses of the server."""
        return _restored, (self._modos, self._given, self._allow_http)

    def __repr__(self) -> str:
        """Return the arguments as text."""
        parts = [] if self._modos is None else [f"modos={self._modos!r}"]
        if self._given:
            parts.append(f"services={shown_text(repr(self._given))}")
        return f"EndpointManager({', '.join(parts)})"


def _restored(modos: str | None, services: dict[str, Any], allow_http: bool) -> EndpointManager:  # noqa: FBT001
    return EndpointManager(modos, services, allow_http=allow_http)


def manager_of(
    endpoint: str | EndpointManager, *, allow_http: bool = False
) -> tuple[EndpointManager, Address]:
    """Return the manager of a URL or manager, and the address of its server. No network.

    Raises
    ------
    LoginError
        The manager has no modos server, so there is nothing to sign in at.
    PathError
        The URL is not a web address.
    """
    if isinstance(endpoint, EndpointManager):
        manager = endpoint
    else:
        manager = EndpointManager(endpoint, allow_http=allow_http)
    if manager.address is None:
        raise LoginError("A sign-in requires a modos server.", "Pass its URL.")
    return manager, manager.address


def _named(answer: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(answer[name]) for name in SERVICES if name != "auth" and _usable(name, answer.get(name))
    )


def _issuer(answer: dict[str, Any]) -> tuple[str, ...]:
    auth = answer.get("auth")
    return (str(auth["url"]),) if isinstance(auth, dict) and _usable("auth", auth) else ()


def _check_given(value: object) -> None:
    if isinstance(value, dict):
        value = value.get("url")
    if value:
        Address.parse(value)


def _usable(name: str, value: object) -> bool:
    """Return whether a service is valid; an invalid one is left out, the others are kept."""
    url = value.get("url") if name == "auth" and isinstance(value, dict) else value
    if not isinstance(url, str) or (name == "auth") != isinstance(value, dict):
        return False
    try:
        Address.parse(url)
    except PathError:
        return False
    return True


def _mapping(services: object) -> dict[str, Any]:
    if services is None or isinstance(services, Mapping):
        return dict(services or {})
    raise ArgumentError.expected(
        "a dictionary", services, name="services", hint='Pass {"s3": "https://..."}.'
    )
