"""The HTML of a saved page, around the record of what it shows."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import StorageError
from modos_widgets.explore import Overlay, open_source, record_tree
from modos_widgets.modo import text_of
from modos_widgets.widgets.front_end import static_text
from modos_widgets.widgets.saved_page.names import Names
from modos_widgets.widgets.saved_page.preview_record import PreviewRecorder
from modos_widgets.widgets.saved_page.table_record import record_changes, record_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from modos_widgets.explore import NodeSource
    from modos_widgets.modo import ChangeSet, Draft, Modo

__all__ = ["MOST_NODES", "page_text"]

MOST_NODES: Final = 30_000
"""Largest number of nodes in the trees of a page."""

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


def page_text(
    draft: Draft,
    failures: Iterable[tuple[str, str]] = (),
    *,
    title: str | None = None,
    findings: bool = True,
    previews: bool | Iterable[str] = False,
    addresses: bool = False,
    lock: AbstractContextManager[Any] | None = None,
    check: Callable[[], object] = lambda: None,
) -> str:
    """Return the HTML of a page. Uses the network if nodes of the objects were not read yet.

    Parameters
    ----------
    draft : Draft
        The objects, and their changes; it is checked.
    failures : iterable of tuple
        Path and message of each object that could not be read.
    title : str, optional
        Title of the page; default: the name of the object, or the number of objects.
    findings : bool
        Whether the page contains the findings.
    previews : bool or iterable of str
        Whether it contains previews of the arrays, or the paths of the arrays that have one.
    addresses : bool
        Whether to name objects by their whole path.
    lock : context manager, optional
        Held while the draft is used, but not while nodes are read.
    check : callable
        Called repeatedly; an exception that it raises cancels the work.

    Raises
    ------
    StorageError
        The front-end of the package is not built.
    """
    names = Names([modo.path for modo in draft.modos], keep=addresses)
    modos = draft.modos
    if title is None:
        title = names.of(modos[0].path) if len(modos) == 1 else f"{len(modos):,} objects"
    share = max(1, MOST_NODES // len(modos))
    with nullcontext() if lock is None else lock:
        table = record_table(draft, names, findings=findings)
        changes = record_changes(draft, names) if draft else None
        objects = [_object(modo, draft, names) for modo in modos]
        changed = {each.path: each for each in draft.changes()}
        sources = [_source_of(modo, draft, changed.get(modo.path)) for modo in modos]
    recorder = PreviewRecorder(previews, names.without_paths, check)
    for each, source in zip(objects, sources, strict=True):
        tree = record_tree(source, most=share, words=names.without_paths, check=check)
        each["tree"] = {**tree, "name": each["name"]}
        each["previews"] = recorder.record(source, tree)
    has_previews = any(each["previews"] for each in objects)
    scripts = _scripts([*_WIDGETS, *(["array_preview"] if has_previews else [])])
    recorded = {
        "title": title,
        "made": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "table": table,
        "objects": objects,
        "changes": changes,
        "left_out": recorder.left_out,
        "failures": [
            f"{Names([path]).of(path)}: {Names([path]).without_paths(message)}"
            for path, message in failures
        ],
    }
    return _DOCUMENT.format(
        policy=_POLICY.format(" ".join(map(_policy_source, scripts))),
        title=html.escape(title),
        recorded=json.dumps(recorded, ensure_ascii=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029"),
        scripts="\n".join(f'<script type="module">{each}</script>' for each in scripts),
    )


def _scripts(widgets: Iterable[str]) -> list[str]:
    """Return the code of the page; the widgets' bundles come first, and put themselves into it."""
    scripts = []
    for name in (*widgets, "page"):
        code = static_text(name)
        if code is None:
            raise StorageError(
                "The front-end of modos_widgets is not built.", "Run `make build` in the checkout."
            )
        if name != "page":
            code = _EXPORT.sub(rf";(globalThis.modosWidgets??={{}}).{name}=\1;", code)
        scripts.append(code)
    return scripts


def _policy_source(script: str) -> str:
    """Return how a Content-Security-Policy names a script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _object(modo: Modo, draft: Draft, names: Names) -> dict[str, Any]:
    elements = draft.elements(modo.path)
    root = next(iter(elements), "")
    return {
        "name": names.of(modo.path),
        "title": text_of(elements.get(root, {}).get("name")),
        "root": root,
        "elements": max(0, len(elements) - 1),
    }


def _source_of(modo: Modo, draft: Draft, changes: ChangeSet | None) -> NodeSource:
    """Return the nodes of an object, with its changes."""
    source = open_source(modo)
    if changes:
        elements = draft.elements(modo.path)
        changed = {
            "" if each == changes.root else each: elements[each]
            for each in changes.cells
            if each in elements
        }
        source.overlay = Overlay(changed, changes.added, 1)
    return source
