"""Notebooks of the guided tour, and a copy of them for the user to work in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import modos_widgets
from modos_widgets.errors import NotFoundError

__all__ = ["COPIES", "copy_tour", "find_tour", "is_unchanged"]

COPIES = "modos-notebooks"
"""Name of the folder with the copies."""

_NOTE = ".copied.json"
_IN_PACKAGE = Path(__file__).parent / "notebooks"


def find_tour() -> tuple[Path, Path | None]:
    """Find the notebooks.

    Returns
    -------
    folder : pathlib.Path
        ``notebooks`` of a checkout, else the notebooks in the wheel.
    checkout : pathlib.Path or None
        The checkout, if the package runs from one.

    Raises
    ------
    NotFoundError
        The installation is incomplete and has no notebooks.
    """
    checkout = Path(modos_widgets.__file__).parent.parent
    if (checkout / "pyproject.toml").is_file() and any((checkout / "notebooks").glob("*.ipynb")):
        return checkout / "notebooks", checkout
    if not any(_IN_PACKAGE.glob("*.ipynb")):
        raise NotFoundError(
            "The notebooks are missing from this installation of modos_widgets.",
            "Reinstall it: pip install --force-reinstall 'modos-widgets[demo]'",
        )
    return _IN_PACKAGE, None


def copy_tour(tour: Path, folder: Path, *, renew: bool = False) -> None:
    """Copy the notebooks into a folder, which is created if needed; existing files are kept.

    Parameters
    ----------
    tour, folder : pathlib.Path
        Source and target.
    renew : bool
        Replace a copy that the user only ran if the cells of its notebook have changed, for
        example after a pull in a checkout. A hidden file of the folder records the copies.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / _NOTE
    copied = _read_note(note) if renew else {}
    for notebook in sorted(tour.glob("*.ipynb")):
        content, copy = notebook.read_bytes(), folder / notebook.name
        cells = _cells(content)
        if copy.exists():
            before = copied.get(notebook.name)
            if before in {None, cells} or before != _cells(copy.read_bytes()):
                continue  # up to date, or edited by the user
            copy.unlink()
        with copy.open("xb") as file:
            file.write(content)
        copied[notebook.name] = cells
    if renew:
        note.write_text(json.dumps(copied, indent=1))


def is_unchanged(copy: Path, tour: Path) -> bool:
    """Return whether a copy has the same cells as its notebook; outputs may differ.

    Parameters
    ----------
    copy : pathlib.Path
        A copied notebook.
    tour : pathlib.Path
        Folder of the notebooks.

    Returns
    -------
    bool
        False also if either file cannot be read.
    """
    try:
        return _cells(copy.read_bytes()) == _cells((tour / copy.name).read_bytes())
    except OSError:
        return False


def _read_note(note: Path) -> dict[str, str]:
    try:
        found = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _cells(notebook: bytes) -> str:
    """Return a digest of the cells of a notebook, without their outputs."""
    try:
        content: Any = [
            [cell["cell_type"], cell["source"]] for cell in json.loads(notebook)["cells"]
        ]
    except (ValueError, LookupError, TypeError):
        content = notebook.hex()
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
