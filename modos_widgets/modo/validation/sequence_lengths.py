"""Lengths of the sequences of references, from the refget service of an endpoint."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import CredentialsError, EndpointError, NotFoundError
from modos_widgets.modo.validation.reference_checks import sequences_without_length
from modos_widgets.remote import EndpointManager, fetch_sequence_length

if TYPE_CHECKING:
    from modos_widgets.modo.validation.content_reading import Contents

__all__ = ["MOST_SEQUENCES", "look_up_lengths"]

MOST_SEQUENCES = 64
"""Maximum number of sequences of an object that are looked up."""
_AT_ONCE = 8


def look_up_lengths(contents: Contents, endpoint: str | None) -> Contents:
    """Add the lengths of sequences that files name with a length, and references only by an MD5.

    Network use: none if no such sequence exists. Else one request for the services of the
    endpoint, and one to its refget service for each of at most 64 sequences, without a credential.

    Parameters
    ----------
    contents : Contents
        The elements, and what their files say.
    endpoint : str or None
        URL of the modos server that lists the object.

    Returns
    -------
    Contents
        With `sequence_lengths`; or with `refget_problem` if a server does not respond or refuses.
    """
    wanted = list(islice(sequences_without_length(contents), MOST_SEQUENCES))
    if not wanted or endpoint is None:
        return contents
    try:
        url = EndpointManager(endpoint).refget
        if not url:
            return contents
        lengths = on_threads(lambda md5: _length(url, md5), wanted, most=_AT_ONCE)
    except (CredentialsError, EndpointError) as error:
        return replace(contents, refget_problem=error.message)
    known = zip(wanted, lengths, strict=True)
    return replace(
        contents, sequence_lengths={md5: length for md5, length in known if length is not None}
    )


def _length(url: str, md5: str) -> int | None:
    """Return the length of a sequence; None if the service does not have it."""
    try:
        return fetch_sequence_length(url, md5)
    except NotFoundError:
        return None
