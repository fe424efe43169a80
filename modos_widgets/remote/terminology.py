"""Search for ontology terms at an endpoint's terminology service (fuzon)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ResponseError
from modos_widgets.remote.address import Address
from modos_widgets.remote.http import fetch_json

if TYPE_CHECKING:
    from modos_widgets.remote.endpoint import EndpointManager

__all__ = ["FoundTerm", "find_terms"]


@dataclass(frozen=True)
class FoundTerm:
    """Term found by a search.

    Attributes
    ----------
    label : str
        Name of the term.
    uri : str
        URI of the term, which is stored in metadata.
    """

    label: str
    uri: str


def find_terms(
    manager: EndpointManager | str, collection: str, text: str, number: int = 20
) -> list[FoundTerm]:
    """Search a collection of terms. Sends at most two requests to the terminology service.

    Parameters
    ----------
    manager : EndpointManager or str
        An endpoint that names a terminology service, or the service's URL.
    collection : str
        Name of the collection, such as ``"cell_type"``; see the service's ``/collections``.
    text : str
        Text to search for.
    number : int
        Maximum number of terms.

    Returns
    -------
    list of FoundTerm
        The best match first; empty if there is no service or no such collection.

    Raises
    ------
    EndpointError
        The service does not respond, or its response is invalid.

    Notes
    -----
    The wire contract is that of fuzon: ``GET /collections`` names the collections,
    ``GET /codes/top?collection=&query=&num=`` returns the terms, with their URIs in angle brackets.

    Examples
    --------
    >>> find_terms("https://fuzon.example.org", "cell_type", "hepato")  # doctest: +SKIP
    [FoundTerm(label='hepatocyte', uri='http://purl.obolibrary.org/obo/CL_0000182')]
    """
    url = manager if isinstance(manager, str) else manager.fuzon
    if not url or not text.strip():
        return []
    service = Address.parse(url)
    known = fetch_json(service.join("collections"))
    names = known.get("collections", []) if isinstance(known, dict) else known
    if not isinstance(names, list) or collection not in names:
        return []
    answer = fetch_json(
        service.join("codes/top"),
        parameters={"collection": collection, "query": text, "num": str(number)},
    )
    codes: Any = answer.get("codes") if isinstance(answer, dict) else None
    if not isinstance(codes, list):
        raise ResponseError(f"{service.host} is not a terminology service.", "Check the endpoint.")
    terms = [(code.get("label"), code.get("uri")) for code in codes if isinstance(code, dict)]
    return [
        FoundTerm(label, uri.strip("<>"))
        for label, uri in terms
        if isinstance(label, str) and isinstance(uri, str)
    ][:number]
