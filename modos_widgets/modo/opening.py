"""Find an object by what a person has in hand, and open it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from modos_widgets.credentials import S3Options, hidden_options, shown_address
from modos_widgets.errors import NotFoundError, OptionError, UnknownObjectError
from modos_widgets.modo.object import Modo

if TYPE_CHECKING:
    import os

    from modos_widgets.storage import Storage

__all__ = ["Mode", "find_storage", "open_modo"]

Mode = Literal["r", "r+", "a", "w-"]
MODES = ("r", "r+", "a", "w-")


def open_modo(
    path: str | os.PathLike[str],
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    mode: Mode = "r",
) -> Modo:
    """Open one object.

    A remote object whose root holds the metadata of its whole tree costs exactly one
    request, metadata and all. Opening never repairs, warns or writes.

    Parameters
    ----------
    path : str or path-like
        A folder on this computer, ``s3://bucket/key``, or, with `endpoint`, the id of an
        object that the endpoint lists or the last part of its path.
    endpoint : str, optional
        URL of a modos server: it names the S3 service, and a login at it gives the keys.
    services : mapping, optional
        ``{"s3": url}`` where there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in s3fs's or obstore's spelling; unknown ones are refused.
    mode : {"r", "r+", "a", "w-"}
        ``"r"`` reads and never writes, ``"r+"`` may write, ``"a"`` creates the object where
        there is none, ``"w-"`` creates it and refuses one that exists.

    Returns
    -------
    Modo

    Raises
    ------
    NotFoundError
        No object is at the path (modes "r" and "r+"); nothing is created.
    OptionError
        An unknown mode or S3 option, or an S3 path without a service.
    UnknownObjectError
        The endpoint knows no such object, or several.
    CredentialsError, EndpointError, BrokenArchiveError
        The store refuses or fails, or what is there is no archive.

    Examples
    --------
    >>> open_modo("/no/such/path")
    Traceback (most recent call last):
      ...
    modos_widgets.errors.NotFoundError: ...
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if mode not in MODES:
        raise OptionError(f"Unknown mode {mode!r}.", f"Use one of {', '.join(MODES)}.")
    storage = find_storage(
        path, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs, mode=mode
    )
    return Modo(storage, endpoint=endpoint)


def find_storage(
    path: str | os.PathLike[str],
    *,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
    mode: Mode,
) -> Storage:
    """Find the storage of an object (see `open_modo`); touches the network for S3."""
    s3_kwargs = hidden_options(s3_kwargs)
    from modos_widgets.storage import LocalStorage  # noqa: PLC0415 - zarr is not loaded before use
    from modos_widgets.storage.paths import folder_of  # noqa: PLC0415

    if not isinstance(services, Mapping | None):
        raise OptionError(f"services is a {type(services).__name__}.", "Give a dictionary.")
    if services is not None and (unknown := set(services) - SERVICES):
        raise OptionError(
            f"Unknown service {', '.join(sorted(map(repr, unknown)))}.",
            f"Known are {', '.join(sorted(SERVICES))}.",
        )
    text = path if isinstance(path, str) and path.startswith("s3://") else folder_of(path)
    if text.startswith("s3://"):
        return _remote(text, endpoint, services, s3_kwargs, mode)
    named = isinstance(path, str) and endpoint is not None and not _looks_local(text)
    if named:
        return _remote(_known_path(text, str(endpoint)), endpoint, services, s3_kwargs, mode)
    return LocalStorage(text, mode=mode)


SERVICES = frozenset({"s3", "auth", "htsget", "fuzon", "kms", "refget"})


def _looks_local(text: str) -> bool:
    return text.startswith(("/", "./", "../", "~")) or text in {".", ".."} or Path(text).is_dir()


def _remote(
    url: str,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
    mode: Mode,
) -> Storage:
    from modos_widgets.storage import S3Storage  # noqa: PLC0415 - zarr is not loaded before use

    s3_url, options = _reach_s3(url, endpoint, services, s3_kwargs)
    return S3Storage(url, s3_url, options or None, mode=mode)


def _reach_s3(
    url: str,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> tuple[str | None, dict[str, Any]]:
    """Find the service and the options for an S3 path (see `open_modo`); asks the endpoint."""
    from modos_widgets import remote  # noqa: PLC0415 - requests is not loaded for local work

    s3_url: str | None = str(services["s3"]) if services and services.get("s3") else None
    options = dict(s3_kwargs or {})
    manager = None if endpoint is None else remote.EndpointManager(modos=endpoint)
    if s3_url is None and manager is not None:
        found = manager.s3
        if found is None:
            raise OptionError(
                f"The endpoint {endpoint} names no S3 service.",
                'Give its address: services={"s3": "https://..."}.',
            )
        s3_url = str(found)
    if s3_url is None and not options.get("endpoint_url"):
        raise OptionError(
            f"{shown_address(url)} is on S3, and no S3 service is given.",
            'Give endpoint= (a modos server) or services={"s3": "https://..."}.',
        )
    if manager is not None and not options:
        options = remote.login_options(manager)
    return s3_url, options


def s3_options(
    url: str,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> S3Options:
    """Give the way to an S3 path: as an endpoint names it, or else as `services` and options say.

    Without any of them it is Amazon's, or what the environment names.
    """
    if endpoint is None:
        s3 = (services or {}).get("s3")
        return S3Options.resolve(str(s3) if s3 else None, s3_kwargs)
    return S3Options.resolve(*_reach_s3(url, endpoint, services, s3_kwargs))


def _known_path(name: str, endpoint: str) -> str:
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
            f"{len(exact)} objects of {endpoint} are called {name!r}.",
            f"Give the path: {', '.join(sorted(exact)[:3])}.",
        )
    if Path(name).exists():
        raise NotFoundError(f"No object is at {name}.", "It has no folder data.zarr.")
    raise UnknownObjectError(
        f"The endpoint {endpoint} lists no object {name!r}.",
        "Look at remote.list_remote_items(endpoint).",
    )
