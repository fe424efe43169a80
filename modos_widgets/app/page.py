"""Code that runs in the kernel of a page."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from modos_widgets.widgets import browse

if TYPE_CHECKING:
    from modos_widgets.widgets import Browser

__all__ = ["page"]

_HEIGHT = "calc(100vh - 72px)"  # the window height without the area above the panes


def page(path: str | None, endpoint: str | None, folder: str) -> Browser:
    """Return the Browser that a page shows.

    Parameters
    ----------
    path, endpoint : str or None
        Arguments of `browse`.
    folder : str
        Working folder of the command; downloads are saved there.
    """
    os.chdir(folder)
    sys.path[:] = [place for place in sys.path if place]  # do not import modules from that folder
    browser = browse(path, endpoint=endpoint)
    browser.height = _HEIGHT
    return browser
