"""Write the reference of the public names into a folder, from their docstrings: ``make docs``.

pdoc finds and renders them; here stands only which modules are public, and whose members are shown.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path
from typing import Final

import pdoc.doc
import pdoc.render
from traitlets import HasTraits

MODULES: Final = (
    "modos_widgets",
    "modos_widgets.storage",
    "modos_widgets.remote",
    "modos_widgets.errors",
    "modos_widgets.demo",
    "modos_widgets.credentials",
    "modos_widgets.transport",
)
"""What is public: the names in ``__all__`` of these."""

_SOURCE: Final = Path(__file__).resolve().parent


def modules() -> dict[str, pdoc.doc.Module]:
    """Find the public modules."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for public in module.__all__:
            getattr(module, public)  # lazy names are there when they were used
        found[name] = pdoc.doc.Module(module)
    for described in found.values():
        for member in described.members.values():
            if isinstance(member, pdoc.doc.Class):
                _take_ours(member)
    return found


def _take_ours(described: pdoc.doc.Class) -> None:
    """Show members of our own bases with the class, and none of other packages' bases.

    A method of traitlets that our own base overrides is traitlets' too.
    """
    ours = {
        name: member
        for name, member in described.members.items()
        if member.taken_from[0].partition(".")[0] == MODULES[0]
        and (name.startswith("_") or not _is_of_traitlets(described.obj, name))
    }
    shown = {"members": ours, "own_members": list(ours.values()), "inherited_members": {}}
    described.__dict__.update(shown)


def _is_of_traitlets(kind: type, name: str) -> bool:
    return issubclass(kind, HasTraits) and hasattr(HasTraits, name)


def write(folder: Path) -> list[Path]:
    """Write a page a module, an index, and what the search needs; give the pages."""
    pdoc.render.configure(docformat="numpy", show_source=False, footer_text="modos_widgets")
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # pdoc's, of what it cannot read
        # a class with a method `list` makes `list[str]` unreadable; it is shown as it is written
        warnings.filterwarnings("ignore", "Error parsing type annotation")
        found = modules()
        pages = []
        for name, module in found.items():
            page = folder / f"{name.replace('.', '/')}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(pdoc.render.html_module(module, found), encoding="utf-8")
            pages.append(page)
    index = folder / "index.html"
    index.write_text(pdoc.render.html_index(found), encoding="utf-8")
    (folder / "search.js").write_text(pdoc.render.search_index(found), encoding="utf-8")
    return [*pages, index]


if __name__ == "__main__":
    goal = Path(sys.argv[1]) if len(sys.argv) > 1 else _SOURCE / "reference"
    for path in write(goal):
        print(path)
