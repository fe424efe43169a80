"""One endpoint: a modos server and the services that it names."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import LoginError, OptionError, PathError, ResponseError
from modos_widgets.remote.bearer import BearerAuth, Scope, get_session
from modos_widgets.remote.refusals import plain
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import fetch_json

if TYPE_CHECKING:
    import requests

SERVICES = ("auth", "kms", "s3", "fuzon", "htsget", "refget")


class EndpointManager:
    """A modos server and the services around it. Immutable.

    The server is asked once, when something that it knows is first wanted;
    `refresh` asks again. Services that are given win over those the server names.

    Parameters
    ----------
    modos : str, optional
        URL of the modos server.
    services : mapping, optional
        Services by name (``s3``, ``kms``, ``htsget``, ``fuzon``, ``refget``, ``auth``)
        where no server tells them.
    allow_http : bool
        Send the token over plain http to another machine too, with a warning
        (or set ``MODOS_ALLOW_HTTP=1``).

    Raises
    ------
    PathError
        When a URL is none, has no scheme, or holds a password.

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
        """URL of the modos server, as it was given."""
        return self._modos

    @property
    def services(self) -> dict[str, Any]:
        """The services that were given, by name (a copy)."""
        return dict(self._given)

    @property
    def allow_http(self) -> bool:
        """Whether the token may go over plain http."""
        return self._allow_http

    @property
    def address(self) -> Address | None:
        """The address of the modos server, normalised."""
        return self._address

    @property
    def session(self) -> requests.Session:
        """A session of `get_session` that sends its token to this endpoint only. No network."""
        session = get_session()
        session.auth = self.bearer()
        return session

    def bearer(self) -> BearerAuth:
        """Give the auth that sends the token to this endpoint and its services only."""
        return BearerAuth(scope=self._scope, allow_http=self._allow_http)

    def list(self) -> dict[str, Any]:
        """List the services of this endpoint. Asks the server, once.

        Returns
        -------
        dict
            Each known service that has one, to its URL; ``auth`` to its dict
            (``url`` and ``client_id``).

        Raises
        ------
        CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
            When the server does not answer as agreed.
        """
        named = self.said()
        found = {name: self._given.get(name) or named.get(name) for name in SERVICES}
        return {name: value for name, value in found.items() if _usable(name, value)}

    def said(self) -> dict[str, Any]:
        """Give what the server says about itself, unchecked; empty without a server.

        Asks the server, once. Raises what `list` raises.
        """
        if self._address is None:
            return {}
        with self._lock:
            if self._answer is None:
                self._answer = self._ask(self._address)
            return dict(self._answer)

    def refresh(self) -> EndpointManager:
        """Ask the server again and give this manager back; raises what `list` raises."""
        if self._address is not None:
            answer = self._ask(self._address)
            with self._lock:
                self._answer = answer
        return self

    def _ask(self, address: Address) -> dict[str, Any]:
        scope = Scope(address)  # the services are what is asked for: not known yet
        auth = BearerAuth(scope=lambda: scope, allow_http=self._allow_http)
        answer = fetch_json(f"{address}/", auth=auth)
        if not isinstance(answer, dict):
            raise ResponseError(
                f"{address} does not answer as a modos server.", "Look at the address."
            )
        return answer

    def named(self) -> tuple[str, ...]:
        """Give the URLs of the services that the server names: a login's token may go there.

        Asks the server, once. Raises what `list` raises.
        """
        return _named(self.said())

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
        """The identity provider: ``url`` (its issuer) and ``client_id``; None without login."""
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
        """Two managers are equal when they were made of the same."""
        if not isinstance(other, EndpointManager):
            return NotImplemented
        return (self._address, self._given, self._allow_http) == (
            other._address,
            other._given,
            other._allow_http,
        )

    def __hash__(self) -> int:
        """Follow equality."""
        return hash((self._address, tuple(sorted(self._given))))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process without what the server said."""
        return _again, (self._modos, self._given, self._allow_http)

    def __repr__(self) -> str:
        """Show what it was made of."""
        parts = [] if self._modos is None else [f"modos={self._modos!r}"]
        if self._given:
            parts.append(f"services={plain(repr(self._given))}")
        return f"EndpointManager({', '.join(parts)})"


def _again(modos: str | None, services: dict[str, Any], allow_http: bool) -> EndpointManager:  # noqa: FBT001
    return EndpointManager(modos, services, allow_http=allow_http)


def manager_of(
    endpoint: str | EndpointManager, *, allow_http: bool = False
) -> tuple[EndpointManager, Address]:
    """Take a URL or a manager, and give the manager and the modos server's address. No network.

    Raises
    ------
    LoginError
        For a manager without a modos server: a login belongs to one.
    PathError
        When it is no web address.
    """
    if isinstance(endpoint, EndpointManager):
        manager = endpoint
    else:
        manager = EndpointManager(endpoint, allow_http=allow_http)
    if manager.address is None:
        raise LoginError("A sign-in belongs to a modos server.", "Give its URL.")
    return manager, manager.address


def _named(answer: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(answer[name]) for name in SERVICES if name != "auth" and _usable(name, answer.get(name))
    )


def _check_given(value: object) -> None:
    if isinstance(value, dict):
        value = value.get("url")
    if value:
        Address.parse(value)


def _usable(name: str, value: object) -> bool:
    """Whether a service's value is what was agreed: one bad string hides no other service."""
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
    raise OptionError(
        f"services is a {type(services).__name__}.",
        'Give a dictionary, such as {"s3": "https://..."}.',
    )
