"""The Browser as a web page: a kernel for each page, served by Voila on this machine alone."""

from __future__ import annotations

from modos_widgets.app.serve import serve

__all__ = ["serve"]
