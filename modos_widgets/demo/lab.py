"""JupyterLab on a notebook, for use with a deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from modos_widgets.demo.tour import COPIES, copy_tour, find_tour
from modos_widgets.errors import NotFoundError
from modos_widgets.serving import HOST, Launch, Server, allow_root

if TYPE_CHECKING:
    from modos_widgets.demo.deployment import Deployment

__all__ = ["find_notebook", "lab"]

_FIRST_NOTEBOOK = "01_find_and_browse.ipynb"
_FIRST_PORT, _RETRIES = 8888, 50
_NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


def find_notebook(scratch: Path, asked: Path | None = None) -> Path:
    """Return the notebook to open, which is a copy, so that running it leaves a checkout clean.

    All notebooks are copied into the folder ``modos-notebooks`` of the checkout, where git ignores
    it, or of the current folder. Existing files are kept, but in a checkout, copies that were only
    run are updated with the checkout's notebooks. If that folder cannot be written, the scratch
    folder is used.

    Parameters
    ----------
    scratch : Path
        A private folder that is removed with the demo.
    asked : Path, optional
        The requested notebook.

    Returns
    -------
    Path

    Raises
    ------
    NotFoundError
        The requested notebook does not exist.
    """
    if asked is not None:
        if not asked.is_file():
            raise NotFoundError(f"No notebook at {asked}.", "Pass the path of an .ipynb file.")
        return asked.resolve()
    tour, checkout = find_tour()
    folder = (checkout or Path.cwd()) / COPIES
    try:
        copy_tour(tour, folder, renew=checkout is not None)
    except OSError:
        folder = scratch / COPIES
        copy_tour(tour, folder)
    return folder / _FIRST_NOTEBOOK


def lab(deployment: Deployment, *, notebook: Path | None = None, port: int | None = None) -> Server:
    """Start JupyterLab on a notebook.

    Announcements are turned off, so no request leaves this computer.

    Parameters
    ----------
    deployment : Deployment
        ``MODOS_ENDPOINT`` is set to its endpoint. Without protection, the environment also contains
        a key for the demo, so that the user's own keys are not used; with protection, the cache
        of tokens is in the scratch folder, so that the user's own sign-in is not changed.
    notebook : Path, optional
        See `find_notebook`.
    port : int, optional
        Port of the server, which must be free; default: the first free port from 8888 on.

    Returns
    -------
    Server

    Raises
    ------
    NotFoundError
        The notebook does not exist.
    """

    def prepare(scratch: Path) -> Launch:
        opened = find_notebook(scratch, notebook)
        page_config = scratch / "config" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True)
        page_config.write_text(json.dumps(_NO_NEWS))
        arguments = [
            str(opened),
            f"--ServerApp.root_dir={opened.parent}",
            f"--ServerApp.ip={HOST}",
            f"--ServerApp.port={port or _FIRST_PORT}",
            f"--ServerApp.port_retries={0 if port else _RETRIES}",
            "--ServerApp.open_browser=False",  # see Server.show
            f"--ServerApp.allow_root={allow_root()}",
            "--LabApp.news_url=None",
            "--LanguageServerManager.autodetect=False",  # a build would run npm
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
        return Launch(
            "modos_widgets.demo.lab_process",
            arguments,
            page=f"lab/tree/{quote(opened.name)}",
            notice=_place(opened.parent, scratch),
            ready="api/status",
            environment=deployment.environment(scratch),
        )

    return Server("JupyterLab", prepare, own=False)


def _place(folder: Path, scratch: Path) -> str:
    """Return a line with the folder of the notebooks, and whether it is deleted at the end."""
    gone = "  (deleted when the demo stops: the current folder is read-only)"
    return f"Notebooks    {folder}{gone if folder.is_relative_to(scratch) else ''}"
