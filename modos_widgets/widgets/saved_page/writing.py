"""`page`: objects as one HTML file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, NotFoundError
from modos_widgets.location import Location
from modos_widgets.modo import Draft, Modo
from modos_widgets.session import write_local_file
from modos_widgets.widgets.saved_page.document import page_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modos_widgets.location import AnyPath

__all__ = ["page"]


def page(
    source: AnyPath | Modo | Draft | Iterable[AnyPath | Modo],
    path: str | os.PathLike[str],
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    title: str | None = None,
    findings: bool = True,
    previews: bool | Iterable[str] = False,
    addresses: bool = False,
) -> Path:
    """Write objects as one HTML file that opens without a kernel, a server or a network.

    The file contains the metadata of the objects, the findings in it, and the names and shapes of
    their nodes; for a draft, also its changes. It contains no keys, and no values of arrays unless
    `previews` is set. Uses the network if `source` does.

    Parameters
    ----------
    source : str, path, Location, Modo, Draft or iterable of them
        An object, or several: a modos server's URL, ``s3://bucket`` or a prefix, a folder, or a
        list, as for `catalog`. A draft, for a review by mail.
    path : str or path-like
        The file to write, such as ``study.html``. An existing file is replaced.
    endpoint : str, optional
        URL of a modos server, for S3 paths and ids.
    services : mapping, optional
        ``{"s3": url}`` for S3 paths: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.
    title : str, optional
        Title of the page; default: the name of the object, or the number of objects.
    findings : bool
        Whether the page contains the findings.
    previews : bool or iterable of str
        Whether the page contains previews of the arrays: their first values, and pictures of at
        most 6 MiB in all. Or the paths of the arrays that have one, such as ``data/counts``.
    addresses : bool
        Whether to name objects by their whole path. By default the file contains the last parts
        of the paths, enough to tell the objects apart.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ArgumentError
        `source` or `path` has a wrong type.
    NotFoundError
        There is no object in `source`.
    StorageError
        The file cannot be written, or the front-end of the package is not built.
    EndpointError, CredentialsError
        A server does not answer, or refuses the objects.

    Examples
    --------
    >>> page("study", "study.html")  # doctest: +SKIP
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError.expected("a path", path, name="path")
    way = Location(endpoint=endpoint, services=services, s3_kwargs=hidden_options(s3_kwargs))
    draft, failures = _draft(source, way)
    text = page_text(
        draft,
        failures,
        title=title,
        findings=findings,
        previews=previews if isinstance(previews, bool) else _paths(previews),
        addresses=addresses,
    )
    return write_local_file(path, text.encode("utf-8", "replace"))


def _paths(previews: Any) -> list[str]:
    if isinstance(previews, str):
        return [previews]
    try:
        paths = list(previews)
    except TypeError:
        paths = [None]
    if not all(isinstance(each, str) for each in paths):
        raise ArgumentError.expected("True, False or paths of arrays", previews, name="previews")
    return paths


def _draft(source: Any, way: Location) -> tuple[Draft, list[tuple[str, str]]]:
    """Return the objects as a draft, and what could not be read."""
    if isinstance(source, Draft):
        return source, []
    if isinstance(source, Modo):
        return source.edit(), []
    from modos_widgets.harvest import open_objects  # noqa: PLC0415 - it loads clients of S3

    modos, failures = open_objects(source, way)
    if not modos:
        reason = f" {failures[0][1]}" if failures else ""
        raise NotFoundError(f"No object to save.{reason}", "Check the source.")
    return Draft(modos), failures
