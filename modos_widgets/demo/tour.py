"""Where the notebooks of the guided tour are, and a copy of them for the person to work in."""

from __future__ import annotations

from pathlib import Path

import modos_widgets
from modos_widgets.errors import NotFoundError

__all__ = ["COPIES", "copy_tour", "find_tour"]

COPIES = "modos-notebooks"
"""Name of the folder that the copies go to, below the folder where the person is."""

_IN_PACKAGE = Path(__file__).parent / "notebooks"


def find_tour() -> tuple[Path, bool]:
    """Find the notebooks.

    Returns
    -------
    folder : pathlib.Path
        A checkout's own ``notebooks``, else those that are packed into the wheel.
    checkout : bool
        Whether it is a checkout's, whose notebooks are there to be changed.

    Raises
    ------
    NotFoundError
        When there are none: the installation is not whole.
    """
    checkout = Path(modos_widgets.__file__).parent.parent
    if (checkout / "pyproject.toml").is_file() and any((checkout / "notebooks").glob("*.ipynb")):
        return checkout / "notebooks", True
    if not any(_IN_PACKAGE.glob("*.ipynb")):
        raise NotFoundError(
            "The notebooks are missing from this installation of modos_widgets.",
            "Install it again: pip install --force-reinstall 'modos-widgets[demo]'",
        )
    return _IN_PACKAGE, False


def copy_tour(tour: Path, folder: Path) -> None:
    """Copy the notebooks into a folder, which is made; one that is there stays as it is.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(tour.glob("*.ipynb")):
        content = notebook.read_bytes()
        try:
            copy = (folder / notebook.name).open("xb")
        except FileExistsError:
            continue  # the person has worked in it
        with copy:
            copy.write(content)
