"""The app: Voila with a hidden notebook of one cell."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.app.offers import OFFERS_VARIABLE
from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.remote import EndpointManager
from modos_widgets.serving import HOST, Launch, Server

if TYPE_CHECKING:
    from typing import Final

__all__ = ["serve"]

_NOTEBOOK = "modos.ipynb"
_FIRST_PORT, _RETRIES = 8866, 50
# A page shuts its kernel down when it is closed. These limits end kernels of crashed pages.
_CULL_SECONDS, _CULL_EVERY_SECONDS = 120, 30
_EXTENSIONS: Final = [  # other installed extensions could load content from elsewhere
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
]
# A page loads nothing from other servers, whatever the metadata contain.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    f"connect-src 'self' ws://{HOST}:*; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def serve(
    source: str | None = None,
    *,
    endpoint: str | None = None,
    port: int | None = None,
    browser: bool = True,
) -> Server:
    """Start the app.

    It listens on the loopback interface, requires a token, and runs no code that a page sends:
    a kernel receives only widget messages. Each page has its own kernel, which ends when the
    page is closed. A page can start the demo, and open JupyterLab in the user's browser, if they
    are installed.

    Parameters
    ----------
    source : str, optional
        URL of a modos server, an object or a folder of objects; see `browse`.
        Default: the same as `browse` without arguments.
    endpoint : str, optional
        URL of the modos server, if `source` is an object.
    port : int, optional
        Port of the server; default the first free port from 8866 on.
    browser : bool
        Whether the app may open the user's browser, which a page asks for to open JupyterLab.

    Returns
    -------
    Server

    Raises
    ------
    NotFoundError
        `source` is a local path that does not exist.
    OptionError
        Two modos servers were passed.
    PathError
        The endpoint is not a web address.
    """
    path, endpoint = _checked(source, endpoint)
    known = endpoint or os.environ.get("MODOS_ENDPOINT") or None
    offers = {"endpoint": known, "first": known is None and path is None, "browser": browser}

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
            # Unlike other Voila pages, this one serves a single user: their home may be used.
            environment={
                "JUPYTER_PATH": places,
                "MODOS_LOGIN": os.environ.get("MODOS_LOGIN") or "home",
                OFFERS_VARIABLE: json.dumps(offers),
            },
        )

    return Server("App", prepare, own=True)


def _checked(source: str | None, endpoint: str | None) -> tuple[str | None, str | None]:
    """Return path and endpoint for the kernel of the page; a local path is made absolute."""
    if source is not None and source.startswith(("http://", "https://")):
        if endpoint is not None:
            raise OptionError(f"{source} and {endpoint} are two endpoints.", "Pass one of them.")
        source, endpoint = None, source
    if url := endpoint or os.environ.get("MODOS_ENDPOINT"):
        EndpointManager(url)  # check the URL early; no network
    if source is None or "://" in source:
        return source, endpoint
    path = Path(source).expanduser()
    if path.is_dir():
        return str(path.resolve()), endpoint
    if endpoint is not None:
        return source, endpoint
    raise NotFoundError(
        f"No folder at {source}.",
        "Pass the URL of a modos server, s3://bucket/key, or an existing folder.",
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
