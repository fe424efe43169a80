"""A Jupyter server in a process of its own: what the demo and the app have in common."""

from __future__ import annotations

from modos_widgets.serving.extras import require_extra
from modos_widgets.serving.server import HOST, Launch, Server, allow_root, check_port

__all__ = ["HOST", "Launch", "Server", "allow_root", "check_port", "require_extra"]
