"""What the page's kernel runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from modos_widgets.widgets.browser import browse

if TYPE_CHECKING:
    from modos_widgets.widgets.browser import Browser

__all__ = ["page"]

_HEIGHT = "calc(100vh - 72px)"  # the window without what is above the panes


def page(path: str | None, endpoint: str | None, folder: str) -> Browser:
    """Give the Browser that a page shows.

    Parameters
    ----------
    path, endpoint : str or None
        As `browse` takes them.
    folder : str
        The folder in which the command was given; downloads go there.
    """
    os.chdir(folder)
    sys.path[:] = [place for place in sys.path if place]  # modules lying there are not ours
    browser = browse(path, endpoint=endpoint)
    browser.height = _HEIGHT
    return browser
