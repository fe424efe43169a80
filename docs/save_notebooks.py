"""Runs the notebooks from top to bottom and saves them with their outputs.

``make notebooks`` calls it. What is saved depends on nothing but the project: the notebooks see no
endpoint, credential or cache of the person who saves them. Live views of widgets are left out,
since their ids change with every run; what stays is each widget's static face, which is also what a
reader sees who has no kernel. An output that differs from the saved one only in what the tests let
differ (``tests/sanitize.cfg``) stays as it was saved.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
OWN_VARIABLES = ("AWS_", "MODOS_", "XDG_", "IPYTHONDIR", "JUPYTER")


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a notebook's kernel; `home` replaces the person's caches."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(home / "cache"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def joined(outputs: list[Any]) -> list[Any]:
    """Join what was printed: in how many pieces it comes is chance."""
    found: list[Any] = []
    for output in outputs:
        kind = (output.output_type, output.get("name"))
        if found and kind[0] == "stream" and kind == (found[-1].output_type, found[-1].get("name")):
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def lasting(outputs: list[Any]) -> str:
    """Return the outputs as text, without what differs between two runs."""
    rules = configparser.ConfigParser(interpolation=None)
    rules.read(ROOT / "tests" / "sanitize.cfg")
    text = json.dumps(outputs, sort_keys=True)
    for rule in rules.sections():
        text = re.sub(rules[rule]["regex"], rules[rule]["replace"], text)
    return text


def save(path: Path) -> None:
    """Run one notebook and save it."""
    notebook = nbformat.read(path, as_version=4)
    saved = {cell.id: cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells}
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
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            output.get("data", {}).pop(VIEW, None)
        cell.outputs = joined(cell.outputs)
        if lasting(cell.outputs) == lasting(saved[cell.id]):
            cell.outputs = saved[cell.id]
    nbformat.write(notebook, path)


def main() -> None:
    """Save the notebooks that are named, or all of them."""
    for path in map(Path, sys.argv[1:] or sorted(map(str, FOLDER.glob("*.ipynb")))):
        save(path)
        print(path)


if __name__ == "__main__":
    main()
