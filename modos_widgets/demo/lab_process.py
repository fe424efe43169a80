"""JupyterLab that ends with its parent: ``python -m modos_widgets.demo.lab_process``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp
from tornado.netutil import bind_sockets

from modos_widgets.serving import run_server

if TYPE_CHECKING:
    import socket


class _Server(ServerApp):
    """Jupyter server that keeps the port that it finds.

    Jupyter's own server finds a free port, releases it, and ends if another program uses it
    before the server listens.
    """

    _kept: list[socket.socket]

    def _find_http_port(self) -> None:
        while True:
            super()._find_http_port()  # tries the next ports; ends the process if none is free
            try:
                self._kept = bind_sockets(self.port, self.ip)
            except OSError:  # another program uses it since the check
                continue
            return

    def _bind_http_server_tcp(self) -> bool:
        self.http_server.add_sockets(self._kept)
        return True


if __name__ == "__main__":
    LabApp.serverapp_class = (
        _Server  # Jupyter would treat a subclass as an extension of another package
    )
    run_server(LabApp.launch_instance)
