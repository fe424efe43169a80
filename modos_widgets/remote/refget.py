"""Bases and lengths of reference sequences from an endpoint's refget service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modos_widgets.errors import ResponseError
from modos_widgets.remote.address import Address
from modos_widgets.remote.http import fetch, fetch_json

if TYPE_CHECKING:
    from modos_widgets.remote.endpoint import EndpointManager

__all__ = ["fetch_sequence", "fetch_sequence_length"]

_MD5 = re.compile(r"[0-9a-f]{32}")
_TEXT = "text/vnd.ga4gh.refget.v2.0.0+plain, text/plain;q=0.9, */*;q=0.1"


def fetch_sequence(manager: EndpointManager | str, md5: str, start: int, end: int) -> str | None:
    """Read a part of a reference sequence. Sends one request to the refget service.

    Parameters
    ----------
    manager : EndpointManager or str
        An endpoint that names a refget service, or the service's URL.
    md5 : str
        MD5 of the upper-case sequence, as in ``M5`` of the SAM specification.
    start, end : int
        First base, counted from 0, and the one after the last.

    Returns
    -------
    str or None
        The bases; None if there is no service, or no MD5.

    Raises
    ------
    NotFoundError
        The service does not have the sequence.
    EndpointError
        The service does not respond, or its response is not the sequence.

    Notes
    -----
    Wire contract: ``GET /sequence/{md5}?start=&end=`` (GA4GH refget, versions 1 and 2).

    Examples
    --------
    >>> fetch_sequence(
    ...     "https://refget.example.org", "6aef897c3d6ff0c78aff06ac189178dd", 0, 10
    ... )  # doctest: +SKIP
    'NNNNNNNNNN'
    """
    url = manager if isinstance(manager, str) else manager.refget
    if not url or not _MD5.fullmatch(md5):
        return None
    service = Address.parse(url)
    response = fetch(
        service.join(f"sequence/{md5}"),
        parameters={"start": str(start), "end": str(end)},
        accept=_TEXT,
    )
    bases = response.content.strip().decode("ascii", "replace")
    if len(bases) != end - start or not bases.isalpha():
        raise ResponseError(
            f"{service.host} responded with something other than {end - start:,} bases.",
            "Check the refget service of the endpoint.",
        )
    return bases


def fetch_sequence_length(manager: EndpointManager | str, md5: str) -> int | None:
    """Read the length of a reference sequence. Sends one request to the refget service.

    No credential is sent.

    Parameters
    ----------
    manager : EndpointManager or str
        An endpoint that names a refget service, or the service's URL.
    md5 : str
        MD5 of the upper-case sequence, as in ``M5`` of the SAM specification.

    Returns
    -------
    int or None
        Number of bases; None if there is no service, or no MD5.

    Raises
    ------
    NotFoundError
        The service does not have the sequence.
    EndpointError
        The service does not respond, or its response states no length.

    Notes
    -----
    Wire contract: ``GET /sequence/{md5}/metadata`` -> ``{"metadata": {"length": int, ...}}``
    (GA4GH refget, versions 1 and 2).

    Examples
    --------
    >>> fetch_sequence_length(
    ...     "https://refget.example.org", "6aef897c3d6ff0c78aff06ac189178dd"
    ... )  # doctest: +SKIP
    248956422
    """
    url = manager if isinstance(manager, str) else manager.refget
    if not url or not _MD5.fullmatch(md5):
        return None
    service = Address.parse(url)
    answer = fetch_json(service.join(f"sequence/{md5}/metadata"))
    metadata = answer.get("metadata") if isinstance(answer, dict) else None
    length = metadata.get("length") if isinstance(metadata, dict) else None
    if type(length) is not int or length < 0:
        raise ResponseError(
            f"{service.host} responded without the length of the sequence.",
            "Check the refget service of the endpoint.",
        )
    return length
