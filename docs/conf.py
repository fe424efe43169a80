"""How Sphinx builds the documentation site: ``make docs``.

The source folder is the checkout, so that links between README.md, docs/ and notebooks/ work on the
site as they do in the files. Pages of the API reference are written by docs/reference.py first.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import modos_widgets  # noqa: E402
from docs import demo_page, reference  # noqa: E402  (found by the path above)

project = "modos_widgets"
author = "The modos_widgets developers"
project_copyright = author
version = release = modos_widgets.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**",
    "notebooks/*.ipynb",
    "benchmarks/*.md",
]
exclude_patterns = ["docs/site", "docs/**.py", "**/__pycache__", "**/.ipynb_checkpoints"]

# Notebooks show their stored outputs, which tests compare with those of a run.
nb_execution_mode = "off"
# Types such as "bytes" are also the names of members.
suppress_warnings = ["ref.python"]
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
add_module_names = False
napoleon_use_ivar = True

templates_path: list[str] = []
html_theme = "pydata_sphinx_theme"
html_title = "modos_widgets"
html_theme_options: dict[str, Any] = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_show_sourcelink = False
html_copy_source = False


def _names(folder: str, pattern: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / folder).glob(pattern))


# The navigation. It is added here, so that the pages read well without a site.
_NAVIGATION: Final = {
    "docs/index": ("getting_started", "how_to", "gallery", "notebooks", "look_up", "develop"),
    "docs/how_to": (
        "browse", "find", "credentials", "look_into_data", "curation", "sheets", "describe", "move",
        "page", "administrators", "hosts", "accessibility",
    ),
    "docs/accessibility": tuple(
        f"transcripts/{name}" for name in _names("docs/transcripts", "*.md")
    ),
    "docs/notebooks": tuple(f"../notebooks/{name}" for name in _names("notebooks", "*.ipynb")),
    "docs/look_up": (
        "api/index", "findings", "glossary", "limits", "sizes", "../CHANGELOG",
    ),
    "docs/sizes": tuple(f"../benchmarks/{name}" for name in _names("benchmarks", "*.md")),
    "docs/develop": ("../README", "architecture", "../CONTRIBUTING"),
    "docs/architecture": tuple(f"packages/{name}" for name in _names("docs/packages", "*.md")),
}  # fmt: skip
_QUOTED: Final = re.compile(r"(?<![`:\w])`([^`<>\n]+)`(?!`)")


def _navigation(_: Sphinx, page: str, source: list[str]) -> None:
    if page in _NAVIGATION:
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", *_NAVIGATION[page], "```", ""])


def setup(app: Sphinx) -> None:
    """Write the pages of the API reference before the sources are read, and the demo at the end."""
    targets: dict[str, str] = {}

    def begin(_: Sphinx) -> None:
        reference.write(ROOT / "docs" / "api")
        targets.update(reference.targets())

    def link(found: re.Match[str]) -> str:
        name = found[1]
        goal = targets.get(name.removesuffix("()"))
        return f":py:obj:`{name} <{goal}>`" if goal else f"``{name}``"

    def docstring(_: Sphinx, what: str, *rest: Any) -> None:
        lines: list[str] = rest[-1]
        lines[:] = [_QUOTED.sub(link, line) for line in lines]
        if what in {"attribute", "data", "property"}:
            # napoleon takes what precedes a colon in the first line for a type
            lines[:0] = ["..", ""]

    def finish(_: Sphinx, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            demo_page.write(Path(app.outdir))

    def resolve(_: Sphinx, document: Any, name: str) -> None:
        demo_page.link_to(document, name)

    app.connect("builder-inited", begin)
    app.connect("doctree-resolved", resolve)
    app.connect("build-finished", finish)
    app.connect("source-read", _navigation)
    app.connect("autodoc-process-docstring", docstring, priority=400)  # before napoleon
