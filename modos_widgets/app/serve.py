"""Voila on a notebook of one cell, which nobody sees."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.remote import EndpointManager
from modos_widgets.serving import HOST, Launch, Server

if TYPE_CHECKING:
    from typing import Final

__all__ = ["serve"]

_NOTEBOOK = "modos.ipynb"
_FIRST_PORT, _RETRIES = 8866, 50
# A page says goodbye when it is closed, and its kernel ends. These are for one that could not.
_CULL_SECONDS, _CULL_EVERY_SECONDS = 120, 30
_EXTENSIONS: Final = [  # of those on this machine; others may ask for anything
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
]
# What a page may ask for: nothing from elsewhere, whatever is in the metadata that it shows.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    f"connect-src 'self' ws://{HOST}:*; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def serve(
    source: str | None = None, *, endpoint: str | None = None, port: int | None = None
) -> Server:
    """Start the app.

    It listens on the loopback, asks for a token, and runs nothing that a page sends: only
    messages of widgets reach a kernel. Each page has a kernel of its own, which ends when the
    page is closed.

    Parameters
    ----------
    source : str, optional
        URL of a modos server; or an object, or a folder of objects, as `browse` takes it.
        Without it what `browse` shows without arguments.
    endpoint : str, optional
        URL of the modos server, where `source` is an object.
    port : int, optional
        Fail when it is taken; without it the first free port from 8866 on.

    Raises
    ------
    NotFoundError
        A path on this machine at which there is nothing.
    OptionError
        Two modos servers.
    PathError
        An endpoint that is no web address.
    """
    path, endpoint = _checked(source, endpoint)

    def prepare(scratch: Path) -> Launch:
        notebook = scratch / "pages" / _NOTEBOOK
        notebook.parent.mkdir()
        notebook.write_text(json.dumps(_notebook(path, endpoint)), encoding="utf-8")
        settings = scratch / "config" / "voila.json"
        settings.parent.mkdir()
        settings.write_text(json.dumps(_settings(scratch, port)), encoding="utf-8")
        templates = str(Path(__file__).parent / "share")
        places = os.pathsep.join(filter(None, [templates, os.environ.get("JUPYTER_PATH")]))
        return Launch(
            "modos_widgets.app.voila_process",
            [str(notebook), f"--Voila.config_file_paths={settings.parent}"],
            page="",
            ready="voila/static/voila.js",
            environment={"JUPYTER_PATH": places},
        )

    return Server("App", prepare, own=True)


def _checked(source: str | None, endpoint: str | None) -> tuple[str | None, str | None]:
    """Give path and endpoint as the page's kernel finds them: a local path in full."""
    if source is not None and source.startswith(("http://", "https://")):
        if endpoint is not None:
            raise OptionError(f"{source} and {endpoint} are two endpoints.", "Give one of them.")
        source, endpoint = None, source
    if asked := endpoint or os.environ.get("MODOS_ENDPOINT"):
        EndpointManager(asked)  # raises here and now; asks nobody
    if source is None or "://" in source:
        return source, endpoint
    path = Path(source).expanduser()
    if path.is_dir():
        return str(path.resolve()), endpoint
    if endpoint is not None:
        return source, endpoint
    raise NotFoundError(
        f"There is no folder at {source}.",
        "Give the URL of a modos server, s3://bucket/key, or a folder that is there.",
    )


def _settings(scratch: Path, port: int | None) -> dict[str, object]:
    return {
        "Voila": {
            "ip": HOST,
            "port": port or _FIRST_PORT,
            "port_retries": 0 if port else _RETRIES,
            "auto_token": True,
            "connection_dir_root": str(scratch / "tmp"),
            "tornado_settings": {
                "allow_remote_access": False,
                "headers": {
                    "Content-Security-Policy": _POLICY,
                    "Referrer-Policy": "same-origin",
                    "X-Content-Type-Options": "nosniff",
                },
            },
        },
        "VoilaConfiguration": {
            "template": "modos",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "file_allowlist": [],
            "extension_allowlist": _EXTENSIONS,
        },
        "MappingKernelManager": {
            "cull_idle_timeout": _CULL_SECONDS,
            "cull_interval": _CULL_EVERY_SECONDS,
        },
    }


def _notebook(path: str | None, endpoint: str | None) -> dict[str, object]:
    folder = str(Path.cwd())
    code = f"from modos_widgets.app.page import page\npage({path!r}, {endpoint!r}, {folder!r})"
    cell: dict[str, object] = {
        "id": "page",
        "cell_type": "code",
        "metadata": {},
        "source": code,
        "execution_count": None,
        "outputs": [],
    }
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
