"""Signing in at one endpoint, as a state that a widget can show."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import remote
from modos_widgets.errors import LoginCancelledError, LoginError, LoginExpiredError, ModosError
from modos_widgets.session import background
from modos_widgets.session.problem import Problem, problem_of
from modos_widgets.session.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["Code", "SignIn"]

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
class Code:
    """What the person enters at the provider, and where.

    Attributes
    ----------
    user_code : str
    address : str
        Where to enter it: untrusted text.
    link : str or None
        The address to open, None where that should be no link.
    expires_at : datetime.datetime
    """

    user_code: str
    address: str
    link: str | None
    expires_at: datetime


class SignIn(Telling):
    """The sign-in at one endpoint: nothing here is a secret, nothing here waits.

    Every method returns at once; `state`, `account`, `code` and `problem` tell what came of it.

    Parameters
    ----------
    manager : EndpointManager, optional
        The endpoint.
    """

    state = traitlets.Enum(STATES, "no endpoint", help="Where the sign-in is.")
    account = traitlets.Instance(
        remote.Account, allow_none=True, help="Who is signed in; no secret."
    )
    code = traitlets.Instance(Code, allow_none=True, help="While it waits: the code.")
    problem = traitlets.Instance(Problem, allow_none=True, help="Why it failed.")
    can_begin = traitlets.Bool(
        default_value=False, help="Whether the endpoint names an identity provider."
    )

    def __init__(self, manager: remote.EndpointManager | None = None) -> None:
        super().__init__()
        self._task: background.Task[None] | None = None
        self._login: remote.DeviceLogin | None = None
        self._turn = 0
        self.manager = manager
        """The endpoint; see `move`."""
        with _alive_lock:
            _alive.add(self)
        self.check()

    # -- what a person does -------------------------------------------------------------------

    def move(self, manager: remote.EndpointManager | None) -> None:
        """Turn to another endpoint; what is under way for the old one is cancelled."""
        with self.changing():
            self._stop()
            self.manager = manager
            self.account = None
            self.can_begin = False
        self.check()

    def check(self) -> None:
        """Look who is signed in. Asks the endpoint whether a login is needed at all."""
        manager = self.manager
        if manager is None or manager.address is None:
            self._become(self._next(), "no endpoint")
            return
        known = remote.account(manager)
        turn = self._next()
        if known is not None and not known.expired:
            self._become(turn, "signed in", account=known)  # nothing to wait for, nothing to click
        else:
            self._become(turn, "checking", account=known)
        self._run(turn, self._check, manager)

    def begin(self) -> None:
        """Ask the provider for a code and wait for the person, in the background."""
        manager = self.manager
        if manager is None:
            return
        with self.changing():
            turn = self._stop()
        self._become(turn, "starting", account=self.account)
        self._run(turn, self._wait, manager)

    def cancel(self) -> None:
        """Stop waiting."""
        with self.changing():
            if self.state not in {"starting", "waiting"}:
                return
            turn = self._stop()
        known = self.account
        self._become(turn, "expired" if known is not None else "signed out", account=known)

    def paste(self, token: str) -> None:
        """Keep a token that the person pasted.

        Raises
        ------
        ModosError
            When it is none, or the endpoint does not answer. Touches the network: call it in
            the background.
        """
        manager = self.manager
        if manager is None:
            raise LoginError("There is no endpoint to sign in at.", "Choose an endpoint.")
        account = remote.sign_in_with_token(manager, token)
        with self.changing():
            if manager is not self.manager:
                return
            turn = self._stop()
        self._become(turn, "signed in", account=account)
        self._run(turn, self._learn_rights, manager)
        self._tell_others()

    def sign_out(self) -> None:
        """Forget the tokens here, and have the provider revoke them. Touches the network.

        Raises
        ------
        ModosError
            When the cache folder cannot be changed.
        """
        manager = self.manager
        if manager is None:
            return
        with self.changing():
            turn = self._stop()
        told = remote.sign_out(manager)
        said = None
        if not told:
            said = Problem(
                "You are signed out here, but the provider could not be told.",
                "The token stays valid there until it expires.",
                "sign-in",
            )
        self._become(turn, "signed out", problem=said)
        self._tell_others()

    def lapse(self) -> None:
        """Look again when the login may have run out."""
        known = self.account
        if self.state == "signed in" and known is not None:
            manager = self.manager
            now = None if manager is None else remote.account(manager)
            if now is None or now.expired:
                self.check()
            elif now != known:
                self._become(self._turn, "signed in", account=now)

    def settle(self, seconds: float = 10.0) -> None:
        """Wait for what is under way, but not for the person, and not longer than this."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            task = self._task
            if task is None or task.done or self.state == "waiting":
                return
            time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Stop what is under way."""
        with self.changing():
            self._stop()

    # -- in the background ----------------------------------------------------------------------

    def _check(self, turn: int, manager: remote.EndpointManager) -> None:
        signed_in = self.state == "signed in"
        try:
            offered = manager.auth is not None
        except ModosError:
            if signed_in:
                return  # the listing tells that the endpoint does not answer
            raise
        if turn == self._turn:
            self.can_begin = offered
        if signed_in:
            self._learn_rights(turn, manager)
        elif self.account is not None:
            self._become(turn, "expired", account=self.account)
        else:
            self._become(turn, "signed out" if offered else "not needed")

    def _wait(self, turn: int, manager: remote.EndpointManager) -> None:
        login = remote.begin_login(manager)
        with self.changing():
            if turn != self._turn:
                return
            self._login = login
        code = Code(login.user_code, login.verification_uri, login.link, login.expires_at)
        self._become(turn, "waiting", code=code, account=self.account)
        account = login.wait()
        self._become(turn, "signed in", account=account)
        self._learn_rights(turn, manager)
        self._tell_others()

    def _learn_rights(self, turn: int, manager: remote.EndpointManager) -> None:
        """Ask the key service: what it gives says which paths, with which permissions."""
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
                return  # whoever cancelled has said what is now
            except LoginExpiredError as error:
                self._become(turn, "expired", problem=problem_of(error, "sign-in"))
            except Exception as error:  # noqa: BLE001 - shown to the person
                about = "checking" if work == self._check else "sign-in"
                self._become(turn, "failed", problem=problem_of(error, about))

        self._task = background.run(guarded)

    def _tell_others(self) -> None:
        """Have the other sign-ins of this kernel at the same endpoint look again."""
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
        """End what is under way; what it says afterwards is not heard. Gives the new turn."""
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
            self.state = state
