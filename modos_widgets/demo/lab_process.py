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
    """A Jupyter server that keeps the port it finds.

    Jupyter's own looks for a free port, lets go of it, and ends when another program has taken it
    by the time that it listens.
    """

    _kept: list[socket.socket]

    def _find_http_port(self) -> None:
        while True:
            super()._find_http_port()  # from the port of before on; ends the process without one
            try:
                self._kept = bind_sockets(self.port, self.ip)
            except OSError:  # taken since the look
                continue
            return

    def _bind_http_server_tcp(self) -> bool:
        self.http_server.add_sockets(self._kept)
        return True


if __name__ == "__main__":
    LabApp.serverapp_class = _Server  # a class below it would be an extension of another package
    run_server(LabApp.launch_instance)
