"""The Browser as a web page: one kernel per page, served by Voila on this machine only."""

from __future__ import annotations

from modos_widgets.app.serve import serve

__all__ = ["serve"]
