"""Code that runs in the kernel of a page."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from modos_widgets.app.offers import DEMO_QUERY, DEMO_VARIABLE
from modos_widgets.demo import OWN_VARIABLES
from modos_widgets.widgets import browse

if TYPE_CHECKING:
    from modos_widgets.widgets import Browser

__all__ = ["page"]

_HEIGHT = "calc(100vh - 130px)"  # the window height without the area above the panes


def page(path: str | None, endpoint: str | None, folder: str) -> Browser:
    """Return the Browser that a page shows, which is that of the demo if its address asks for it.

    Parameters
    ----------
    path, endpoint : str or None
        Arguments of `browse`.
    folder : str
        Working folder of the command; downloads are saved there.
    """
    os.chdir(folder)
    sys.path[:] = [place for place in sys.path if place]  # do not import modules from that folder
    variables = os.environ.pop(DEMO_VARIABLE, None)
    if variables is not None and os.environ.get("QUERY_STRING") == DEMO_QUERY:  # set by Voila
        for name in OWN_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(json.loads(variables))
        path = endpoint = None
    browser = browse(path, endpoint=endpoint)
    browser.height = _HEIGHT
    return browser
