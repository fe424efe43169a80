"""Terms of ontologies, searched at an endpoint's terminology service (fuzon)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ResponseError
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import fetch_json

if TYPE_CHECKING:
    from modos_widgets.remote.endpoint import EndpointManager

__all__ = ["FoundTerm", "find_terms"]


@dataclass(frozen=True)
class FoundTerm:
    """A term that a search found.

    Attributes
    ----------
    label : str
        What people call it.
    uri : str
        What is stored.
    """

    label: str
    uri: str


def find_terms(
    manager: EndpointManager | str, collection: str, text: str, number: int = 20
) -> list[FoundTerm]:
    """Search a collection of terms. Asks the terminology service, twice at most.

    Parameters
    ----------
    manager : EndpointManager or str
        An endpoint that names a terminology service, or the service's URL.
    collection : str
        Which, such as ``"cell_type"``; see the service's ``/collections``.
    text : str
        What to look for.
    number : int
        How many at most.

    Returns
    -------
    list of FoundTerm
        The best first; empty where there is no service, or no such collection.

    Raises
    ------
    EndpointError
        The service does not answer, or not as agreed.

    Notes
    -----
    The wire contract is that of fuzon: ``GET /collections`` names the collections,
    ``GET /codes/top?collection=&query=&num=`` gives the terms, their URIs in angle brackets.

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
    if collection not in names:
        return []
    answer = fetch_json(
        service.join("codes/top"),
        parameters={"collection": collection, "query": text, "num": str(number)},
    )
    codes: Any = answer.get("codes") if isinstance(answer, dict) else None
    if not isinstance(codes, list):
        raise ResponseError(
            f"{service.host} did not answer as a terminology service does.", "Look at the endpoint."
        )
    return [
        FoundTerm(str(code["label"]), str(code["uri"]).strip("<>"))
        for code in codes[:number]
        if isinstance(code, dict) and "label" in code and "uri" in code
    ]
