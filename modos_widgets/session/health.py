"""The health of an endpoint's services, kept up to date in the background."""

from __future__ import annotations

import threading

import traitlets

from modos_widgets import remote
from modos_widgets.errors import ModosError
from modos_widgets.session import background
from modos_widgets.session.telling import Telling

__all__ = ["Health"]


class Health(Telling):
    """How the services of one endpoint are.

    Parameters
    ----------
    deadline : float
        Seconds after which a service counts as not reachable.
    """

    services = traitlets.Dict(help="Name to `remote.ServiceHealth`, as far as they answered.")
    checking = traitlets.Bool(default_value=False, help="Whether some have not answered yet.")

    def __init__(self, deadline: float = 5.0) -> None:
        super().__init__()
        self._deadline = deadline
        self._cancel = threading.Event()

    def check(self, manager: remote.EndpointManager | None) -> None:
        """Ask all services side by side, in the background; an older check is cancelled."""
        with self.changing():
            self._cancel.set()
            self._cancel = cancel = threading.Event()
            self.services = {}
            self.checking = manager is not None
        if manager is not None:
            background.run(self._ask, manager, cancel)

    def close(self) -> None:
        """Stop."""
        with self.changing():
            self._cancel.set()

    def _ask(self, manager: remote.EndpointManager, cancel: threading.Event) -> None:
        def take(result: remote.ServiceHealth) -> None:
            with self.changing():
                if not cancel.is_set():
                    self.services = {**self.services, result.name: result}

        try:
            remote.check_services(
                manager, deadline=self._deadline, on_result=take, cancelled=cancel
            )
        except ModosError as error:
            url = str(manager.address or "")
            take(remote.ServiceHealth("modos", url, reachable=False, problem=error.message))
        finally:
            with self.changing():
                if not cancel.is_set():
                    self.checking = False
