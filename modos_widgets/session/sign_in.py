"""Sign-in at one endpoint, as state for widgets."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import background, remote
from modos_widgets.errors import LoginCancelledError, LoginError, LoginExpiredError, ModosError
from modos_widgets.session.observable import Observable
from modos_widgets.session.problem import Problem, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["DeviceCode", "SignIn"]

STATES = (
    "no endpoint",
    "checking",
    "signed out",
    "starting",
    "waiting",
    "signed in",
    "expired",
    "not needed",
    "failed",
)

_LOOK_SECONDS = 0.02

_alive: weakref.WeakSet[SignIn] = weakref.WeakSet()
_alive_lock = threading.Lock()


@dataclass(frozen=True)
class DeviceCode:
    """Code that the user enters on the provider's page.

    Attributes
    ----------
    user_code : str
        The code.
    address : str
        Address of the page: untrusted text.
    link : str or None
        Address to open; None if it must not be a link.
    expires_at : datetime.datetime
        When the code expires.
    """

    user_code: str
    address: str
    link: str | None
    expires_at: datetime


class SignIn(Observable):
    """Sign-in at one endpoint, without secrets.

    Most methods return at once; `state`, `account`, `code` and `problem` show the result.

    Parameters
    ----------
    manager : EndpointManager, optional
        The endpoint.
    """

    state = traitlets.Enum(STATES, "no endpoint", help="State of the sign-in.")
    account = traitlets.Instance(
        remote.Account, allow_none=True, help="Account that is signed in; no secret."
    )
    code = traitlets.Instance(DeviceCode, allow_none=True, help="Code to enter, while waiting.")
    problem = traitlets.Instance(Problem, allow_none=True, help="Error, if the sign-in failed.")
    can_begin = traitlets.Bool(
        default_value=False, help="Whether the endpoint names an identity provider."
    )
    keys = traitlets.Tuple(
        help="After a sign-out: the places (`remote.RemainingKey`) that still hold S3 keys."
    )

    def __init__(self, manager: remote.EndpointManager | None = None) -> None:
        super().__init__()
        self._task: background.Task[None] | None = None
        self._login: remote.DeviceLogin | None = None
        self._turn = 0
        self.manager = manager
        """Endpoint; see `move`."""
        with _alive_lock:
            _alive.add(self)
        self.check()

    # -- actions ----------------------------------------------------------------------------

    def move(self, manager: remote.EndpointManager | None) -> None:
        """Change to another endpoint; running work for the old one is cancelled."""
        with self.changing():
            self._stop()
            self.manager = manager
            self.account = None
            self.can_begin = False
        self.check()

    def check(self) -> None:
        """Check which account is signed in, and whether the endpoint has a sign-in at all."""
        manager = self.manager
        if manager is None or manager.address is None:
            self._become(self._next(), "no endpoint")
            return
        known = remote.account(manager)
        turn = self._next()
        if known is not None and not known.expired:
            self._become(turn, "signed in", account=known)  # no need to wait for the network
        else:
            self._become(turn, "checking", account=known)
        self._run(turn, self._check, manager)

    def begin(self, *, for_command_line: bool = False) -> None:
        """Request a code from the provider and wait for the user, in the background.

        Parameters
        ----------
        for_command_line : bool
            Use the sign-in for the ``modos`` command line too.
        """
        manager = self.manager
        if manager is None:
            return
        with self.changing():
            turn = self._stop()
        self._become(turn, "starting", account=self.account)
        self._run(turn, partial(self._wait, for_command_line=for_command_line), manager)

    def cancel(self) -> None:
        """Cancel the sign-in."""
        with self.changing():
            if self.state not in {"starting", "waiting"}:
                return
            turn = self._stop()
        known = self.account
        self._become(turn, "expired" if known is not None else "signed out", account=known)

    def paste(self, token: str, *, for_command_line: bool = False) -> None:
        """Sign in with a pasted token. Uses the network: call it in the background.

        Parameters
        ----------
        token : str
            The access token.
        for_command_line : bool
            Use the sign-in for the ``modos`` command line too.

        Raises
        ------
        ModosError
            The token is invalid, or the endpoint does not respond.
        """
        manager = self.manager
        if manager is None:
            raise LoginError("No endpoint is chosen.", "Choose an endpoint.")
        account = remote.sign_in_with_token(manager, token)
        with self.changing():
            if manager is not self.manager:
                return
            turn = self._stop()
        self._become(turn, "signed in", account=account)
        self._run(turn, partial(self._learn, for_command_line=for_command_line), manager)
        self._notify_others()

    def sign_out(self, *, remove_keys: bool = False) -> None:
        """Delete the tokens, and revoke them at the provider. Uses the network.

        Parameters
        ----------
        remove_keys : bool
            Remove other keys from ``s3.env`` too.

        Raises
        ------
        ModosError
            The cache folder cannot be changed.
        """
        manager = self.manager
        if manager is None:
            return
        with self.changing():
            turn = self._stop()
        revoked = remote.sign_out(manager, remove_keys=remove_keys)
        problem = None
        if not revoked:
            problem = Problem(
                "You are signed out here, but the provider did not revoke the token.",
                "The token remains valid there until it expires.",
                "sign-in",
            )
        self._become(turn, "signed out", problem=problem, keys=remote.remaining_keys())
        self._notify_others()

    def remove_keys(self) -> None:
        """Remove the keys from ``s3.env`` after a sign-out.

        Raises
        ------
        StorageError
            The file cannot be changed.
        """
        with self.changing():
            turn = self._turn
        remote.remove_command_line_key()
        self._become(turn, self.state, account=self.account, keys=remote.remaining_keys())

    def confirm(self, origin: str) -> None:
        """Allow the token to be sent to a service that moved to `origin`. Uses the network.

        Raises
        ------
        ModosError
            The endpoint does not respond, or names no service there.
        """
        manager = self.manager
        if manager is None or manager.address is None:
            return
        remote.confirm_service(manager.refresh(), origin)
        self.check()
        self._notify_others()

    def lapse(self) -> None:
        """Check again when the login may have expired."""
        known = self.account
        if self.state == "signed in" and known is not None:
            manager = self.manager
            now = None if manager is None else remote.account(manager)
            if now is None or now.expired:
                self.check()
            elif now != known:
                self._become(self._turn, "signed in", account=now)

    def settle(self, seconds: float = 10.0) -> None:
        """Wait for running work, but not for the user, and at most this many seconds."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            task = self._task
            if task is None or task.done or self.state == "waiting":
                return
            time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Cancel running work."""
        with self.changing():
            self._stop()

    # -- in the background ----------------------------------------------------------------------

    def _check(self, turn: int, manager: remote.EndpointManager) -> None:
        signed_in = self.state == "signed in"
        try:
            offered = manager.auth is not None
        except ModosError:
            if signed_in:
                return  # the listing reports that the endpoint does not respond
            raise
        if turn == self._turn:
            self.can_begin = offered
        if signed_in:
            self._learn_rights(turn, manager)
        elif self.account is not None:
            self._become(turn, "expired", account=self.account)
        else:
            self._become(turn, "signed out" if offered else "not needed")

    def _wait(self, turn: int, manager: remote.EndpointManager, *, for_command_line: bool) -> None:
        login = remote.begin_login(manager)
        with self.changing():
            if turn != self._turn:
                return
            self._login = login
        code = DeviceCode(login.user_code, login.verification_uri, login.link, login.expires_at)
        self._become(turn, "waiting", code=code, account=self.account)
        account = login.wait()
        self._become(turn, "signed in", account=account)
        self._learn(turn, manager, for_command_line=for_command_line)
        self._notify_others()

    def _learn(self, turn: int, manager: remote.EndpointManager, *, for_command_line: bool) -> None:
        self._learn_rights(turn, manager)
        if not for_command_line or self.problem is not None:
            return
        try:
            remote.use_for_command_line(manager)
        except ModosError as error:
            problem = problem_of(error, "sign-in")
            self._become(turn, "signed in", account=self.account, problem=problem)

    def _learn_rights(self, turn: int, manager: remote.EndpointManager) -> None:
        """Request a key from the key service, which reports paths and permissions."""
        if manager.kms is None:
            return
        try:
            remote.s3_credentials(manager)()
        except ModosError as error:
            problem = problem_of(error, "sign-in")
            self._become(turn, "signed in", account=self.account, problem=problem)
            return
        account = remote.account(manager)
        if account is not None and not account.expired:
            self._become(turn, "signed in", account=account)

    def _run(
        self,
        turn: int,
        work: Callable[[int, remote.EndpointManager], None],
        manager: remote.EndpointManager,
    ) -> None:
        def guarded() -> None:
            try:
                work(turn, manager)
            except LoginCancelledError:
                return  # the state was set when it was cancelled
            except LoginExpiredError as error:
                self._become(turn, "expired", problem=problem_of(error, "sign-in"))
            except Exception as error:  # noqa: BLE001 - shown to the user
                about = "checking" if work == self._check else "sign-in"
                self._become(turn, "failed", problem=problem_of(error, about))

        self._task = background.run(guarded)

    def _notify_others(self) -> None:
        """Trigger a new check of the other sign-ins of this kernel at the same endpoint."""
        with _alive_lock:
            others = list(_alive)
        for other in others:
            if other is not self and other.manager == self.manager:
                other.check()

    def _next(self) -> int:
        with self.changing():
            self._turn += 1
            return self._turn

    def _stop(self) -> int:
        """Cancel running work and ignore its results; return the new turn."""
        self._turn += 1
        if self._login is not None:
            self._login.cancel()
            self._login = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        return self._turn

    def _become(self, turn: int, state: str, **facts: Any) -> None:
        with self.changing():
            if turn != self._turn:
                return
            if state not in {"starting", "waiting"}:
                self._login = None
            self.account = facts.get("account")
            self.code = facts.get("code")
            self.problem = facts.get("problem")
            self.keys = facts.get("keys", ())
            self.state = state
