"""Jupyter server in a separate process, shared by the demo and the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.serving.extras import require_extra as require_extra
    from modos_widgets.serving.lifeline import child_environment as child_environment
    from modos_widgets.serving.lifeline import take_lifeline as take_lifeline
    from modos_widgets.serving.lifeline import wait_for_end as wait_for_end
    from modos_widgets.serving.server import HOST as HOST
    from modos_widgets.serving.server import Launch as Launch
    from modos_widgets.serving.server import Server as Server
    from modos_widgets.serving.server import allow_root as allow_root
    from modos_widgets.serving.server import check_port as check_port
    from modos_widgets.serving.server_process import run_server as run_server

_MODULES = {
    "HOST": "server",
    "Launch": "server",
    "Server": "server",
    "allow_root": "server",
    "check_port": "server",
    "child_environment": "lifeline",
    "require_extra": "extras",
    "run_server": "server_process",
    "take_lifeline": "lifeline",
    "wait_for_end": "lifeline",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
