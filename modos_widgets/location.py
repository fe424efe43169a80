"""Location of an object: its path, and the endpoint, services and S3 options to reach it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import S3Options, hidden_options, shown_address
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, UnknownObjectError

if TYPE_CHECKING:
    from modos_widgets.remote import EndpointManager
    from modos_widgets.storage import Mode, Storage

__all__ = ["AnyPath", "Location", "is_endpoint"]

_SERVICES = frozenset({"s3", "auth", "htsget", "fuzon", "kms", "refget"})


class Location:
    """Path with the endpoint, services and S3 options to reach it.

    It is immutable, and its secrets are never shown. Every function and widget that accepts a
    path also accepts a Location, so paths on different servers can be passed together. Creating
    a Location uses no network.

    Parameters
    ----------
    path : str or path-like
        A folder on this computer, ``s3://bucket/key``, or, with `endpoint`, the id of an
        object that the endpoint lists or the last part of its path.
    endpoint : str or EndpointManager, optional
        URL of a modos server. It names the S3 server; a sign-in there provides the keys.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, see `modos_widgets.credentials.S3Options.resolve`. If they
        are passed, the sign-in at the endpoint is not used.

    Raises
    ------
    OptionError
        A service is unknown.

    Examples
    --------
    >>> Location("s3://bucket/study", services={"s3": "https://s3.example.org"})
    Location('s3://bucket/study', services={'s3': 'https://s3.example.org'})
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "",
        *,
        endpoint: str | EndpointManager | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        manager = None if endpoint is None else _manager_of(endpoint)
        if services is None and manager is not None:
            services = manager.services
        self._path = path
        self._services = _checked(services)
        self._s3_kwargs = dict(s3_kwargs or {})
        self._manager = None if manager is None or manager.address is None else manager

    @classmethod
    def of(
        cls,
        path: AnyPath,
        endpoint: str | EndpointManager | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
    ) -> Location:
        """Return the Location of a path and options, or the Location that was passed.

        Parameters
        ----------
        path, endpoint, services, s3_kwargs
            As for `Location`; `path` may be a Location.

        Returns
        -------
        Location

        Raises
        ------
        OptionError
            A Location was passed together with other options.
        """
        s3_kwargs = hidden_options(s3_kwargs)
        if not isinstance(path, Location):
            return cls(path, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        if endpoint is not None or services is not None or s3_kwargs is not None:
            raise OptionError(
                "A Location already contains endpoint, services and S3 options.",
                "Remove endpoint=, services= and s3_kwargs=, or pass a path.",
            )
        return path

    def at(self, path: AnyPath) -> Location:
        """Return the Location of another path with the same endpoint, services and options.

        A Location that is passed is returned unchanged.

        Parameters
        ----------
        path : str, path or Location
            Path of the other object.

        Returns
        -------
        Location
        """
        if isinstance(path, Location):
            return path
        other = copy(self)
        other._path = path  # noqa: SLF001 - its own class
        return other

    def located(self, source: Any) -> Any:
        """Return the Location of a path; return any other source, such as a Modo, unchanged.

        Parameters
        ----------
        source : object
            A path, or anything else.

        Returns
        -------
        Location or object
        """
        is_path = isinstance(source, str | os.PathLike | Location)
        return self.at(source) if is_path else source

    # -- arguments -----------------------------------------------------------------------------

    @property
    def path(self) -> str | os.PathLike[str]:
        """Path, as passed."""
        return self._path

    @property
    def endpoint(self) -> str | None:
        """URL of the modos server, or None."""
        return None if self._manager is None else self._manager.modos

    @property
    def services(self) -> dict[str, str]:
        """Services that were passed, by name (a copy)."""
        return dict(self._services)

    @property
    def s3_kwargs(self) -> dict[str, Any]:
        """S3 options that were passed (a copy)."""
        return dict(self._s3_kwargs)

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments ``endpoint``, ``services`` and ``s3_kwargs``; None if not passed."""
        return {
            "endpoint": self._manager,
            "services": self._services or None,
            "s3_kwargs": self._s3_kwargs or None,
        }

    @property
    def is_s3(self) -> bool:
        """Whether the path is an S3 path."""
        return isinstance(self._path, str) and self._path.startswith("s3://")

    @property
    def is_id(self) -> bool:
        """Whether the path is the id of an object that the endpoint lists."""
        if not isinstance(self._path, str) or self._manager is None or "://" in self._path:
            return False
        return not _looks_local(self._path)

    @property
    def has_options(self) -> bool:
        """Whether endpoint, services or S3 options were passed."""
        return self.names_server or bool(self._s3_kwargs)

    @property
    def names_server(self) -> bool:
        """Whether an endpoint, a service or an option names the S3 server. No network."""
        named = self._manager is not None or bool(self._services.get("s3"))
        return named or bool(self._s3_kwargs.get("endpoint_url"))

    @property
    def manager(self) -> EndpointManager | None:
        """Manager of the modos server, or None. The server is queried on first use."""
        return self._manager

    # -- connection ----------------------------------------------------------------------------

    @property
    def s3_server(self) -> str | None:
        """URL of the S3 server: from `services`, else from the endpoint (network).

        None: the S3 options or the environment name the server, else it is Amazon S3.

        Raises
        ------
        OptionError
            The endpoint names no S3 server.
        EndpointError
            The endpoint is not a modos server or does not respond.
        """
        if server := self._services.get("s3"):
            return str(server)
        if self._manager is None:
            return None
        found = self._manager.s3
        if found is None:
            raise OptionError(
                f"The endpoint {self.endpoint} names no S3 server.",
                'Pass its address: services={"s3": "https://..."}.',
            )
        return str(found)

    def options(self) -> S3Options:
        """Return the S3 options; the endpoint is queried for its S3 server once.

        Keys come from the S3 options, else from the environment, else from a sign-in at the
        endpoint.

        Returns
        -------
        S3Options

        Raises
        ------
        OptionError, CredentialsError, EndpointError
        """
        return S3Options.resolve(self.s3_server, self._keys())

    def _keys(self) -> dict[str, Any]:
        from modos_widgets import remote  # noqa: PLC0415 - requests is not loaded for local work

        if self._s3_kwargs or self._manager is None:
            return self._s3_kwargs
        return remote.login_options(self._manager)

    def check_server(self) -> None:
        """Check that an S3 server is named, so that Amazon S3 is not queried by mistake.

        Raises
        ------
        OptionError
        """
        if not self.names_server:
            raise OptionError(
                f"{shown_address(str(self._path))} is on S3, and no S3 service is given.",
                'Pass endpoint= (a modos server) or services={"s3": "https://..."}.',
            )

    def account(self, options: S3Options) -> str:
        """Return an identifier of the account: the subject of the sign-in, else the key id.

        Parameters
        ----------
        options : S3Options
            Credentials that were found for this location.

        Returns
        -------
        str
            ``subject ...`` for a sign-in; a key id, a profile or ``anonymous`` otherwise.
        """
        from modos_widgets import remote  # noqa: PLC0415 - requests is not loaded for local work

        if self._manager is not None and options.source is not None:
            signed_in = remote.account(self._manager)
            if signed_in is not None:
                return f"subject {signed_in.subject}"
        if options.anonymous or options.credential is None:
            return options.profile or "anonymous"
        return options.credential.access_key_id

    # -- object ---------------------------------------------------------------------------------

    def find(self) -> Location:
        """Return the Location of the object; queries the endpoint if the path is an id.

        Returns
        -------
        Location

        Raises
        ------
        UnknownObjectError
            The endpoint lists no such object, or more than one.
        """
        return self.at(_listed_path(str(self._path), str(self.endpoint))) if self.is_id else self

    def storage(self, mode: Mode, *, allow_unusual: bool = False, later: bool = False) -> Storage:
        """Open the storage of the object. S3 uses the network.

        Parameters and errors are those of `modos_widgets.open_modo`.

        Parameters
        ----------
        mode : {'a', 'r', 'r+', 'w-'}
            As for `modos_widgets.open_modo`.
        allow_unusual : bool
            Also create S3 keys that other software refuses.
        later : bool
            Do not create a missing object before `Storage.create` is called.

        Returns
        -------
        Storage
        """
        from modos_widgets.storage import (  # noqa: PLC0415 - loads zarr
            LocalStorage,
            S3Storage,
            folder_of,
        )

        folder = None if self.is_s3 else folder_of(self._path)
        place = self.find()
        if folder is not None and not place.is_s3:
            return LocalStorage(folder, mode=mode, later=later)
        place.check_server()
        server, keys = place.s3_server, place._keys()  # noqa: SLF001 - its own class
        url = str(place.path)
        return S3Storage(url, server, keys, mode=mode, allow_unusual=allow_unusual, later=later)

    def __repr__(self) -> str:
        """Return path, endpoint and services, without S3 options."""
        parts = [repr(self._path)]
        if self._manager is not None:
            parts.append(f"endpoint={self.endpoint!r}")
        if self._services:
            shown = {name: shown_address(str(url)) for name, url in self._services.items()}
            parts.append(f"services={shown!r}")
        return f"Location({', '.join(parts)})"


AnyPath = str | os.PathLike[str] | Location
"""Types that functions and widgets accept as a path."""


def is_endpoint(source: object) -> bool:
    """Return whether a source of objects is the URL of a modos server."""
    return isinstance(source, str) and source.startswith(("http://", "https://"))


def _manager_of(endpoint: str | EndpointManager) -> EndpointManager:
    from modos_widgets import remote  # noqa: PLC0415 - requests is not loaded for local work

    if isinstance(endpoint, remote.EndpointManager):
        return endpoint
    return remote.EndpointManager(modos=endpoint)


def _checked(services: Mapping[str, str] | None) -> dict[str, str]:
    if services is None:
        return {}
    if not isinstance(services, Mapping):
        raise ArgumentError.expected("a dictionary", services, name="services")
    if unknown := sorted(repr(name) for name in services if name not in _SERVICES):
        raise OptionError(
            f"Unknown service {', '.join(unknown)}.", f"Use one of {', '.join(sorted(_SERVICES))}."
        )
    return dict(services)


def _looks_local(text: str) -> bool:
    """Return whether a text is the path of a folder rather than an object's id."""
    return text.startswith(("/", "./", "../", "~")) or text in {".", ".."} or Path(text).is_dir()


def _listed_path(name: str, endpoint: str) -> str:
    from modos_widgets import remote  # noqa: PLC0415 - requests is not loaded for local work

    paths = remote.list_remote_items(endpoint)
    exact = [path for path in paths if name.strip("/") == path.removeprefix("s3://").strip("/")]
    if not exact:
        exact = [path for path in paths if path.rstrip("/").rpartition("/")[2] == name]
    if not exact:
        exact = list(remote.get_s3_path(endpoint, name, exact_match=True))
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise UnknownObjectError(
            f"{len(exact)} objects of {endpoint} have the name {name!r}.",
            f"Pass the path: {', '.join(sorted(exact)[:3])}.",
        )
    if Path(name).exists():
        raise NotFoundError(f"No object at {name}: it has no folder data.zarr.", "Check the path.")
    raise UnknownObjectError(
        f"The endpoint {endpoint} lists no object {name!r}.",
        "Use remote.list_remote_items(endpoint) to list the objects.",
    )
