"""What objects an endpoint has: both generations of the modos server are understood.

Which generation a server is of shows in what it answers (``{"data": [...]}`` the new
one, ``{"modos": [...]}``, ``{"bucket/modo": {...}}`` or a bare list the old one), so
nothing is asked in advance.
"""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import EndpointError, NotFoundError, ResponseError, UnknownObjectError
from modos_widgets.remote.endpoint import EndpointManager
from modos_widgets.remote.refusals import plain
from modos_widgets.remote.wire import fetch_json

if TYPE_CHECKING:
    from modos_widgets.remote.urls import Address

_log = logging.getLogger(__name__)

_S3 = "s3://"
_SIMILAR = 0.6
_SUGGESTIONS = 3


def is_s3_path(path: object) -> bool:
    """Whether a path is an S3 path. No network.

    Parameters
    ----------
    path : str or path-like

    Examples
    --------
    >>> is_s3_path("s3://bucket/object")
    True
    >>> is_s3_path("/home/me/object")
    False
    """
    return str(path).startswith(_S3)


def list_remote_items(url: str) -> list[str]:
    """List the objects of an endpoint. Asks the server.

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
        When `url` is no web address.
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        When the server does not answer as agreed.

    Examples
    --------
    >>> list_remote_items("https://modos.example.org")  # doctest: +SKIP
    ['s3://demo/ex']
    """
    return _listed(EndpointManager(url))


def get_metadata_from_remote(url: str, modo_id: str | None = None) -> dict[str, Any]:
    """Get the metadata of all objects of an endpoint, or of one. Asks the server.

    Parameters
    ----------
    url : str
        URL of the modos server.
    modo_id : str, optional
        Which object: its id, its path, or the last part of its path.

    Returns
    -------
    dict
        From object path (``s3://bucket/prefix``) to its metadata, which map element id
        to attributes; with `modo_id` the metadata of that object.

    Raises
    ------
    UnknownObjectError
        (a ValueError) When no object answers to `modo_id`, or more than one does.
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        When the server does not answer as agreed.

    Examples
    --------
    >>> get_metadata_from_remote("https://modos.example.org", "ex")  # doctest: +SKIP
    {'ex': {'@type': 'MODO', ...}, 'sample/sample1': {...}}
    """
    manager = EndpointManager(url)
    metadata = _metadata(manager)
    return metadata if modo_id is None else metadata[_find(metadata, str(modo_id))]


def get_s3_path(url: str, query: str, exact_match: bool = False) -> dict[str, dict[str, Any]]:  # noqa: FBT001, FBT002
    """Find objects of an endpoint by name. Asks the server.

    Servers that answer nothing to any query exist; the list of objects is searched then.

    Parameters
    ----------
    url : str
        URL of the modos server.
    query : str
        What is looked for.
    exact_match : bool
        Only objects of exactly this name; otherwise similar names too.

    Returns
    -------
    dict
        From object path (``s3://bucket/prefix``) to ``{"s3_endpoint", "modo_path"}``.

    Raises
    ------
    CredentialsError, NotFoundError, ResponseError, ServerError, UnreachableError
        When the server does not answer as agreed.
    OptionError
        The query is no text.

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
        answer = []  # a server without this question is asked for its list
    found = _places(manager, answer)
    return found or _search_list(manager, query, exact=exact_match)


def _at(manager: EndpointManager) -> Address:
    address = manager.address
    if address is None:
        raise NotFoundError("No modos server was named.", "Give its URL.")
    return address


def _listed(manager: EndpointManager) -> list[str]:
    answer = fetch_json(_at(manager).join("list"), auth=manager.bearer())
    items = answer
    if isinstance(answer, dict):
        items = answer.get("data", answer.get("modos"))
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _shape(manager, "list of objects")
    return [_s3(item) for item in items]


def _metadata(manager: EndpointManager) -> dict[str, dict[str, Any]]:
    answer = fetch_json(_at(manager).join("meta"), auth=manager.bearer())
    if not isinstance(answer, dict):
        raise _shape(manager, "metadata")
    data = answer.get("data")
    pairs: list[tuple[Any, Any]]
    if isinstance(data, list):
        if not all(isinstance(one, dict) for one in data):
            raise _shape(manager, "metadata")
        pairs = [(one.get("path"), one.get("meta") or {}) for one in data]
    else:
        pairs = list(answer.items())
    if not all(isinstance(path, str) and isinstance(meta, dict) for path, meta in pairs):
        raise _shape(manager, "metadata")
    return {_s3(path): meta for path, meta in pairs}


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
            f"More than one object answers to {wanted!r}: {', '.join(sorted(found))}.",
            "Give the whole path of the one that is meant.",
        )
    names = sorted({_name(path) for path in metadata})
    close = difflib.get_close_matches(wanted, names, _SUGGESTIONS)
    raise UnknownObjectError(
        f"There is no object {wanted!r} at this endpoint.",
        f"Is it {' or '.join(close)}?" if close else "list_remote_items shows what there is.",
    )


def _ids(meta: dict[str, Any]) -> set[str]:
    """Give the ids that an object's own entry has: elements have their group before theirs."""
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
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _shape(manager, "answer to a query")
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        for prefix, place in item.items():
            if not isinstance(place, dict):
                raise _shape(manager, "answer to a query")
            path = _s3(str(place.get("modo_path") or prefix))
            found[path] = {"s3_endpoint": place.get("s3_endpoint"), "modo_path": path}
    return found


def _search_list(manager: EndpointManager, query: str, *, exact: bool) -> dict[str, dict[str, Any]]:
    paths = [path for path in _listed(manager) if _matches(path, query, exact=exact)]
    if not paths:
        return {}
    try:
        endpoint = manager.s3
    except EndpointError as error:  # the objects are known all the same
        _log.warning("%s does not tell its S3 server: %s", _at(manager), error)
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
        f"{plain(str(_at(manager)))} gave a {what} of an unknown shape.",
        "Look whether a modos server is there.",
    )
