"""The demo's objects as a page without a kernel, for the documentation site.

``make docs`` writes it beside the site's pages. Binder can take minutes to start, and is not always
available; this page opens at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modos_widgets import demo, page

if TYPE_CHECKING:
    from docutils import nodes

__all__ = ["ADDRESS", "NAME", "link_to", "write"]

NAME: Final = "demo.html"
"""Name of the page in the folder of the site."""

ADDRESS: Final = f"https://modos-widgets.github.io/modos_widgets/{NAME}"
"""Address of the page on the published site; its owner is a guess until then."""

_TITLE: Final = "Demo study"
_PREVIEWS: Final = ("data/rna_counts/data", "data/counts/data")


def write(folder: Path) -> Path:
    """Write the page; it uses a demo deployment on this machine.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the site.

    Returns
    -------
    pathlib.Path
        The page.
    """
    with demo.start() as deployment:
        return page(deployment.endpoint, folder / NAME, title=_TITLE, previews=_PREVIEWS)


def link_to(document: nodes.document, name: str) -> None:
    """Point links of a page of the site to the page beside it, not to the published one.

    Parameters
    ----------
    document : docutils.nodes.document
        The page of the site.
    name : str
        Its name, such as ``docs/page``.
    """
    for node in document.findall():
        if getattr(node, "attributes", {}).get("refuri") == ADDRESS:
            node["refuri"] = "../" * name.count("/") + NAME


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
