"""JupyterLab on a notebook, for use with a deployment."""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from modos_widgets import __version__
from modos_widgets.demo.tour import COPIES, copy_tour, find_tour, is_unchanged
from modos_widgets.errors import NotFoundError
from modos_widgets.serving import HOST, Launch, Server, allow_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.demo.deployment import Deployment

__all__ = ["find_notebook", "install_extension", "lab", "notebook_folder"]

_FIRST_NOTEBOOK = "01_find_and_browse.ipynb"
_FIRST_PORT, _RETRIES = 8888, 50
_NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
_EXTENSION = "modos-widgets-demo"  # as in js/demo_lab


def notebook_folder() -> Path:
    """Return the folder of the copied notebooks: in the checkout, else in the current folder.

    Raises
    ------
    NotFoundError
        The installation is incomplete and has no notebooks.
    """
    return (find_tour()[1] or Path.cwd()) / COPIES


def find_notebook(
    scratch: Path,
    asked: Path | None = None,
    *,
    report: Callable[[str], object] = lambda _: None,
) -> Path:
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
    report : callable, optional
        Called with a line that names the folder, before anything is copied.

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
    folder = notebook_folder()
    report(f"Notebooks    {folder}  (copies: change them as you like)")
    try:
        copy_tour(tour, folder, renew=checkout is not None)
    except OSError:
        folder = scratch / COPIES
        report(f"Notebooks    {folder}  (read-only folder: copies are deleted when the demo stops)")
        copy_tour(tour, folder)
    return folder / _FIRST_NOTEBOOK


def lab(
    place: Deployment | str | None,
    *,
    notebook: Path | None = None,
    port: int | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> Server:
    """Start JupyterLab on a notebook.

    The first notebook of the tour is run up to its first widget when the page opens, unless its
    copy was edited. Announcements are turned off, so no request leaves this computer.

    Parameters
    ----------
    place : Deployment, str or None
        Deployment or URL that ``MODOS_ENDPOINT`` is set to; None leaves the environment as it is.
        For a deployment without protection, the environment also contains a key for the demo, so
        that the user's own keys are not used; with protection, the cache of tokens is in the
        scratch folder, so that the user's own sign-in is not changed.
    notebook : Path, optional
        See `find_notebook`.
    port : int, optional
        Port of the server, which must be free; default: the first free port from 8888 on.
    report : callable, optional
        See `find_notebook`.

    Returns
    -------
    Server

    Raises
    ------
    NotFoundError
        The notebook does not exist.
    """

    def prepare(scratch: Path) -> Launch:
        opened = find_notebook(scratch, notebook, report=report)
        page_config = scratch / "config" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True)
        runs = {"modosRunNotebook": opened.name} if notebook is None and _is_ours(opened) else {}
        page_config.write_text(json.dumps(_NO_NEWS | runs))
        _write_extension(scratch / "data" / "labextensions" / _EXTENSION)
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
            ready="api/status",
            environment=environment(scratch),
        )

    def environment(scratch: Path) -> dict[str, str]:
        if place is None:
            return {}
        return {"MODOS_ENDPOINT": place} if isinstance(place, str) else place.environment(scratch)

    return Server("JupyterLab", prepare, own=place is None or isinstance(place, str))


def _is_ours(copy: Path) -> bool:
    """Return whether a copy has the cells of the tour, so that it may run without being asked."""
    return is_unchanged(copy, find_tour()[0])


def install_extension() -> None:
    """Install the JupyterLab extension of the demo for the running Python, as Binder does.

    Running all cells of a notebook then keeps its first widget in view.
    """
    _write_extension(Path(sys.prefix) / "share" / "jupyter" / "labextensions" / _EXTENSION)


def _write_extension(folder: Path) -> None:
    """Write the JupyterLab extension of the demo, which JupyterLab finds in its data folder."""
    source = resources.files("modos_widgets") / "static" / "demo_lab.js"
    if not source.is_file():  # the front-end is not built: the notebook opens as it was saved
        return
    (folder / "static").mkdir(parents=True, exist_ok=True)
    (folder / "static" / "remoteEntry.js").write_bytes(source.read_bytes())
    build = {"load": "static/remoteEntry.js", "extension": "./extension"}
    package = {"name": _EXTENSION, "version": __version__, "jupyterlab": {"_build": build}}
    (folder / "package.json").write_text(json.dumps(package))
