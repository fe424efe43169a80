"""`page`: objects as one HTML file."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, ModosError, NotFoundError, StorageError
from modos_widgets.files import replace_file
from modos_widgets.harvest import MetadataStream
from modos_widgets.location import Location
from modos_widgets.modo import Draft, Modo, open_modo, text_of
from modos_widgets.widgets.front_end import static_text
from modos_widgets.widgets.saved_page.names import Names
from modos_widgets.widgets.saved_page.table_record import record_changes, record_table
from modos_widgets.widgets.saved_page.tree_record import MOST_NODES, record_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.archive import Hierarchy
    from modos_widgets.location import AnyPath

__all__ = ["page"]

_WIDGETS: Final = ("metadata_table", "zarr_tree")
_EXPORT: Final = re.compile(r"export\{([\w$]+) as default\};?\s*\Z")
_POLICY: Final = (
    "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
_DOCUMENT: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
<noscript>This page shows metadata with JavaScript. Allow scripts for this file.</noscript>
<main id="page"></main>
<script type="application/json" id="recorded">{recorded}</script>
{scripts}
</body>
</html>
"""


def page(
    source: AnyPath | Modo | Draft | Iterable[AnyPath | Modo],
    path: str | os.PathLike[str],
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    title: str | None = None,
    addresses: bool = False,
) -> Path:
    """Write objects as one HTML file that opens without a kernel, a server or a network.

    The file contains the metadata of the objects, the findings in it, and the names and shapes of
    their nodes; for a draft, also its changes. It contains no values of arrays and no keys. Uses
    the network if `source` does.

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
    names = Names([modo.path for modo in draft.modos], keep=addresses)
    text = _document(draft, failures, names, title)
    target = Path(path)
    try:
        replace_file(target, [text.encode("utf-8", "replace")])
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}.", "Check the folder."
        ) from error
    return target


def _draft(source: Any, way: Location) -> tuple[Draft, list[dict[str, str]]]:
    """Return the objects as a draft, and what could not be read."""
    if isinstance(source, Draft):
        return source, []
    if isinstance(source, Modo):
        return source.edit(), []
    stream = MetadataStream(
        source, endpoint=way.endpoint, services=way.services, s3_kwargs=way.s3_kwargs
    )
    objects = _Objects()
    stream.read(objects)
    failures = objects.failures
    modos = []
    for path in sorted(objects.paths):
        place = stream.location_of(path)
        try:
            modos.append(place if isinstance(place, Modo) else open_modo(place.at(path)))
        except ModosError as error:
            failures.append({"path": path, "message": error.message})
    if not modos:
        reason = f" {failures[0]['message']}" if failures else ""
        raise NotFoundError(f"No object to save.{reason}", "Check the source.")
    return Draft(modos), failures


class _Objects:
    """The objects of a source, as they are found."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.failures: list[dict[str, str]] = []

    def found(self, path: str) -> None:
        """Do nothing: an object counts once it was read."""

    def read(self, path: str, hierarchy: Hierarchy, version: str) -> None:  # noqa: ARG002
        """Add an object."""
        self.paths.add(path)

    def unchanged(self, path: str) -> None:
        """Add an object that was read before."""
        self.paths.add(path)

    def failed(self, path: str, error: str, hint: str) -> None:  # noqa: ARG002
        """Add an object that could not be read."""
        self.failures.append({"path": path, "message": error})


def _document(draft: Draft, failures: list[dict[str, str]], names: Names, title: str | None) -> str:
    scripts = _scripts()
    modos = draft.modos
    if title is None:
        title = names.of(modos[0].path) if len(modos) == 1 else f"{len(modos):,} objects"
    table = record_table(draft, names)
    share = max(1, MOST_NODES // len(modos))
    recorded = {
        "title": title,
        "made": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "table": table,
        "objects": [_object(modo, draft, names, share) for modo in modos],
        "changes": record_changes(draft, names) if draft else None,
        "failures": [
            f"{Names([failure['path']]).of(failure['path'])}: "
            f"{Names([failure['path']]).without_paths(failure['message'])}"
            for failure in failures
        ],
    }
    return _DOCUMENT.format(
        policy=_POLICY.format(" ".join(map(_source, scripts))),
        title=html.escape(title),
        recorded=json.dumps(recorded, ensure_ascii=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029"),
        scripts="\n".join(f'<script type="module">{each}</script>' for each in scripts),
    )


def _scripts() -> list[str]:
    """Return the code of the page; the widgets' bundles come first, and put themselves into it."""
    scripts = []
    for name in (*_WIDGETS, "page"):
        code = static_text(name)
        if code is None:
            raise StorageError(
                "The front-end of modos_widgets is not built.", "Run `make build` in the checkout."
            )
        if name in _WIDGETS:
            code = _EXPORT.sub(rf";(globalThis.modosWidgets??={{}}).{name}=\1;", code)
        scripts.append(code)
    return scripts


def _source(script: str) -> str:
    """Return how a Content-Security-Policy names a script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _object(modo: Modo, draft: Draft, names: Names, most: int) -> dict[str, Any]:
    elements = draft.elements(modo.path)
    root = next(iter(elements), "")
    return {
        "name": names.of(modo.path),
        "title": text_of(elements.get(root, {}).get("name")),
        "root": root,
        "elements": max(0, len(elements) - 1),
        "tree": record_tree(modo, draft, names, most),
    }
