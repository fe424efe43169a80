"""Objects of an endpoint, from both generations of the modos server.

The generation of a server is recognised by its responses (``{"data": [...]}`` from a new
one; ``{"modos": [...]}``, ``{"bucket/modo": {...}}`` or a bare list from an old one), so
no extra request is needed.
"""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from modos_widgets.errors import EndpointError, NotFoundError, ResponseError, UnknownObjectError
from modos_widgets.remote.endpoint import EndpointManager
from modos_widgets.remote.http import fetch_json
from modos_widgets.remote.server_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.remote.address import Address

T = TypeVar("T")

_log = logging.getLogger(__name__)

_S3 = "s3://"
_SIMILAR = 0.6
_SUGGESTIONS = 3


def list_remote_items(url: str) -> list[str]:
    """List the objects of an endpoint. Uses the network.

    Parameters
    ----------
    url : str
        URL of the modos server.

    Returns
    -------
    list of str
        ``s3://bucket/prefix``, in the server's order.

    Raises
    ------
    PathError
        `url` is not a web address.
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        The server does not respond, or its response is invalid.

    Examples
    --------
    >>> list_remote_items("https://modos.example.org")  # doctest: +SKIP
    ['s3://demo/ex']
    """
    return _listed(EndpointManager(url))


def get_metadata_from_remote(url: str, modo_id: str | None = None) -> dict[str, Any]:
    """Read the metadata of all objects of an endpoint, or of one. Uses the network.

    Parameters
    ----------
    url : str
        URL of the modos server.
    modo_id : str, optional
        Id of an object, its path, or the last part of its path.

    Returns
    -------
    dict
        Object path (``s3://bucket/prefix``) to its metadata, which map element ids
        to attributes; with `modo_id`, the metadata of that object.

    Raises
    ------
    UnknownObjectError
        No object has the name `modo_id`, or more than one does (a ValueError).
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        The server does not respond, or its response is invalid.

    Examples
    --------
    >>> get_metadata_from_remote("https://modos.example.org", "ex")  # doctest: +SKIP
    {'ex': {'@type': 'MODO', ...}, 'sample/sample1': {...}}
    """
    manager = EndpointManager(url)
    metadata = _metadata(manager)
    return metadata if modo_id is None else metadata[_find(metadata, str(modo_id))]


def get_s3_path(url: str, query: str, exact_match: bool = False) -> dict[str, dict[str, Any]]:  # noqa: FBT001, FBT002
    """Find objects of an endpoint by name. Uses the network.

    Some servers respond to every query with an empty list; the list of objects is searched then.

    Parameters
    ----------
    url : str
        URL of the modos server.
    query : str
        Name to search for.
    exact_match : bool
        Find only objects with exactly this name; otherwise similar names too.

    Returns
    -------
    dict
        Object path (``s3://bucket/prefix``) to ``{"s3_endpoint", "modo_path"}``.

    Raises
    ------
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        The server does not respond, or its response is invalid.
    OptionError
        The query is not a string.

    Examples
    --------
    >>> get_s3_path("https://modos.example.org", "ex")  # doctest: +SKIP
    {'s3://demo/ex': {'s3_endpoint': 'https://s3.example.org', 'modo_path': 's3://demo/ex'}}
    """
    manager = EndpointManager(url)
    exact = "true" if exact_match else "false"
    fuzzy = "false" if exact_match else "true"
    try:
        answer = fetch_json(
            _at(manager).join("get"),
            auth=manager.bearer(),
            parameters={"query": query, "fuzzy": fuzzy, "exact_match": exact},
        )
    except NotFoundError:
        answer = []  # for a server without this route, search its list
    found = _places(manager, answer)
    return found or _search_list(manager, query, exact=exact_match)


def _at(manager: EndpointManager) -> Address:
    address = manager.address
    if address is None:
        raise NotFoundError("No modos server is set.", "Pass its URL.")
    return address


def _listed(manager: EndpointManager) -> list[str]:
    answer = fetch_json(_at(manager).join("list"), auth=manager.bearer())
    items = answer
    if isinstance(answer, dict) and not {"data", "modos"}.isdisjoint(answer):
        items = answer.get("data") or answer.get("modos") or []
    what = "list of objects"
    if not isinstance(items, list):
        raise _shape(manager, what)
    return [_s3(item) for item in _usable(manager, items, _is_path, what)]


def _metadata(manager: EndpointManager) -> dict[str, dict[str, Any]]:
    answer = fetch_json(_at(manager).join("meta"), auth=manager.bearer())
    what = "metadata"
    if not isinstance(answer, dict):
        raise _shape(manager, what)
    data = answer.get("data", answer)
    pairs: list[tuple[Any, Any]]
    if data is None or isinstance(data, list):
        data = data or []
        entries = _usable(manager, data, lambda entry: isinstance(entry, dict), what)
        pairs = [(entry.get("path"), entry.get("meta")) for entry in entries]
    else:
        pairs = list(answer.items())
    usable = _usable(
        manager, pairs, lambda pair: _is_path(pair[0]) and isinstance(pair[1] or {}, dict), what
    )
    return {_s3(path): meta or {} for path, meta in usable}


def _is_path(item: object) -> bool:
    return isinstance(item, str) and bool(item.removeprefix(_S3).strip("/"))


def _usable(
    manager: EndpointManager, entries: list[T], is_usable: Callable[[T], bool], what: str
) -> list[T]:
    """Return the valid entries of a response; the others are logged and skipped.

    Raises
    ------
    ResponseError
        There are entries other than null, but none is valid: the structure is different.
    """
    usable = [entry for entry in entries if is_usable(entry)]
    if not usable and any(entry is not None for entry in entries):
        raise _shape(manager, what)
    if skipped := len(entries) - len(usable):
        place = shown_text(str(_at(manager)))
        _log.warning("Skipped %d entries of the %s of %s: invalid.", skipped, what, place)
    return usable


def _find(metadata: dict[str, dict[str, Any]], wanted: str) -> str:
    path = _s3(wanted)
    if path in metadata:
        return path
    found = [
        path for path, meta in metadata.items() if wanted == _name(path) or wanted in _ids(meta)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownObjectError(
            f"More than one object has the name {wanted!r}: {', '.join(sorted(found))}.",
            "Pass the path of one of them.",
        )
    names = sorted({_name(path) for path in metadata})
    close = difflib.get_close_matches(wanted, names, _SUGGESTIONS)
    raise UnknownObjectError(
        f"There is no object {wanted!r} at this endpoint.",
        f"Check the name. Similar: {', '.join(close)}."
        if close
        else "Use list_remote_items to list the objects.",
    )


def _ids(meta: dict[str, Any]) -> set[str]:
    """Return the ids of the object itself; the ids of elements start with their group."""
    ids = set()
    for key, attributes in meta.items():
        kind = attributes.get("@type") if isinstance(attributes, dict) else None
        if kind == "MODO" or (kind is None and "/" not in key.strip("/")):
            ids.add(key.strip("/"))
            if isinstance(attributes, dict) and isinstance(attributes.get("id"), str):
                ids.add(attributes["id"])
    return ids - {""}


def _places(manager: EndpointManager, answer: object) -> dict[str, dict[str, Any]]:
    items = answer.get("data") if isinstance(answer, dict) else answer
    if items is None:
        return {}
    if isinstance(items, dict):
        items = [items]
    what = "search result"
    if not isinstance(items, list):
        raise _shape(manager, what)
    rows = _usable(manager, items, lambda item: isinstance(item, dict), what)
    pairs = [pair for row in rows for pair in row.items()]
    found: dict[str, dict[str, Any]] = {}
    for prefix, place in _usable(manager, pairs, lambda pair: isinstance(pair[1], dict), what):
        own, endpoint = place.get("modo_path"), place.get("s3_endpoint")
        path = _s3(own if _is_path(own) else prefix)
        s3_endpoint = endpoint if isinstance(endpoint, str) else None
        found[path] = {"s3_endpoint": s3_endpoint, "modo_path": path}
    return found


def _search_list(manager: EndpointManager, query: str, *, exact: bool) -> dict[str, dict[str, Any]]:
    paths = [path for path in _listed(manager) if _matches(path, query, exact=exact)]
    if not paths:
        return {}
    try:
        endpoint = manager.s3
    except EndpointError as error:  # the objects are still known
        _log.warning("%s did not name its S3 server: %s", _at(manager), error)
        endpoint = None
    return {path: {"s3_endpoint": endpoint, "modo_path": path} for path in paths}


def _matches(path: str, query: str, *, exact: bool) -> bool:
    if exact:
        return query == _name(path) or _s3(query) == path
    wanted, name = query.casefold(), _name(path).casefold()
    if wanted in name or wanted in path.removeprefix(_S3).casefold():
        return True
    return difflib.SequenceMatcher(None, wanted, name).ratio() >= _SIMILAR


def _s3(path: str) -> str:
    return _S3 + path.removeprefix(_S3).strip("/")


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _shape(manager: EndpointManager, what: str) -> ResponseError:
    return ResponseError(
        f"{shown_text(str(_at(manager)))} responded with an invalid {what}.",
        "Check that it is a modos server.",
    )
