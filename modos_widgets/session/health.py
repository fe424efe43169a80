"""The health of an endpoint's services, kept up to date in the background."""

from __future__ import annotations

import threading

import traitlets

from modos_widgets import background, remote
from modos_widgets.errors import ModosError
from modos_widgets.session.observable import Observable

__all__ = ["Health"]


class Health(Observable):
    """Health of the services of one endpoint.

    Parameters
    ----------
    deadline : float
        Seconds after which a service counts as not reachable.
    """

    services = traitlets.Dict(
        help="Name to `remote.ServiceHealth`, for services that have responded."
    )
    checking = traitlets.Bool(default_value=False, help="Whether the check is running.")

    def __init__(self, deadline: float = 5.0) -> None:
        super().__init__()
        self._deadline = deadline
        self._cancel = threading.Event()

    def check(self, manager: remote.EndpointManager | None) -> None:
        """Check all services in the background, in parallel; a running check is cancelled."""
        with self.changing():
            self._cancel.set()
            self._cancel = cancel = threading.Event()
            self.services = {}
            self.checking = manager is not None
        if manager is not None:
            background.run(self._ask, manager, cancel)

    def close(self) -> None:
        """Cancel the check."""
        with self.changing():
            self._cancel.set()

    def _ask(self, manager: remote.EndpointManager, cancel: threading.Event) -> None:
        def add(result: remote.ServiceHealth) -> None:
            with self.changing():
                if not cancel.is_set():
                    self.services = {**self.services, result.name: result}

        try:
            remote.check_services(manager, deadline=self._deadline, on_result=add, cancelled=cancel)
        except ModosError as error:
            url = str(manager.address or "")
            add(remote.ServiceHealth("modos", url, reachable=False, problem=error.message))
        finally:
            with self.changing():
                if not cancel.is_set():
                    self.checking = False
