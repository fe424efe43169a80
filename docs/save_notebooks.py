"""Runs the notebooks from top to bottom and saves them with their outputs.

``make notebooks`` calls it. What is saved depends on nothing but the project: the notebooks see no
endpoint, credential or cache of the person who saves them. Live views of widgets are left out,
since their ids change with every run; what stays is each widget's static face, which is also what a
reader sees who has no kernel.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
OWN_VARIABLES = ("AWS_", "MODOS_", "XDG_", "IPYTHONDIR", "JUPYTER")


def environment(home: Path) -> dict[str, str]:
    """Give what a notebook's kernel may see; `home` stands in for the caches of the person."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(home / "cache"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def save(path: Path) -> None:
    """Run one notebook and save it."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    with tempfile.TemporaryDirectory() as home:
        client.execute(env=environment(Path(home)))
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    nbformat.write(notebook, path)


def main() -> None:
    """Save the notebooks that are named, or all of them."""
    for path in map(Path, sys.argv[1:] or sorted(map(str, FOLDER.glob("*.ipynb")))):
        save(path)
        print(path)


if __name__ == "__main__":
    main()
