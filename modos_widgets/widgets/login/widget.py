"""Login: sign in without leaving the notebook or blocking the kernel."""

from __future__ import annotations

import html
import os
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets.credentials import Secret, sign_in_is_in_memory
from modos_widgets.remote import Account, EndpointManager
from modos_widgets.session import SignIn
from modos_widgets.widgets.front_end import SAVING_PATIENCE, FrontEndWidget, Request, answers
from modos_widgets.widgets.login.wire import AccountShown, BeginRequest, Shown
from modos_widgets.widgets.shown_code import Piece, program
from modos_widgets.widgets.wire import OriginRequest, session_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from modos_widgets.session import DeviceCode

__all__ = ["Login"]

_OBSERVED: Final = ["state", "account", "code", "problem", "can_begin", "keys"]


class Login(FrontEndWidget):
    """Sign-in at an endpoint, with a code to confirm at its provider or with a token.

    With a valid sign-in there is nothing to click. The kernel stays free while the widget waits.
    No secret is ever a trait.

    Parameters
    ----------
    endpoint : str, optional
        URL of the modos server; default ``MODOS_ENDPOINT``.
    sign_in : SignIn, optional
        Sign-in of a `Session`, to show in place of an own one.
    **traits
        Values of the traits below.

    Raises
    ------
    PathError
        `endpoint` is not a web address.

    Examples
    --------
    >>> login = Login("https://modos.example.org")  # doctest: +SKIP
    >>> login.account.subject  # doctest: +SKIP
    'a.curator'
    """

    _bundle_name = "login"

    endpoint = traitlets.Unicode(None, allow_none=True, help="URL of the modos server; settable.")
    account = traitlets.Instance(
        Account,
        allow_none=True,
        help="Account that is signed in, with expires_at, scopes and permissions; or None.",
    )
    state = traitlets.Unicode(
        "no endpoint",
        help="'no endpoint', 'checking', 'signed out', 'starting', 'waiting', 'signed in', "
        "'expired', 'not needed' or 'failed'.",
    )
    _shown = traitlets.Dict().tag(sync=True)
    _observing = False

    def __init__(
        self, endpoint: str | None = None, *, sign_in: SignIn | None = None, **traits: Any
    ) -> None:
        own = sign_in is None
        if sign_in is None:
            endpoint = endpoint or os.environ.get("MODOS_ENDPOINT") or None
            sign_in = SignIn(None if endpoint is None else EndpointManager(endpoint))
        self._sign_in = sign_in
        self.before_sign_out: Callable[[Callable[[], object]], object] | None = None
        """Called instead of a sign-out that a person chooses, with the function that signs out."""
        self._own = own
        super().__init__(**traits)
        self._sign_in.observe(self._publish, _OBSERVED)
        self._observing = True
        self._publish()
        self.observe(self._moved, "endpoint")

    # -- in Python --------------------------------------------------------------------------

    def begin(self, *, for_command_line: bool = False) -> None:
        """Request a code and wait for its confirmation, in the background.

        Parameters
        ----------
        for_command_line : bool
            Write a key into ``s3.env``, for the ``modos`` command line too.
        """
        self._sign_in.begin(for_command_line=for_command_line)

    def cancel(self) -> None:
        """Cancel the sign-in that is under way."""
        self._sign_in.cancel()

    def sign_out(self, *, remove_keys: bool = False) -> None:
        """Delete the tokens and revoke them at the provider; uses the network.

        Parameters
        ----------
        remove_keys : bool
            Also remove keys from ``s3.env`` that the sign-in did not write.

        Raises
        ------
        ModosError
            The cache folder cannot be changed.
        """
        self._sign_in.sign_out(remove_keys=remove_keys)

    @property
    def code(self) -> DeviceCode | None:
        """Code to enter at the provider, and its page; None unless the widget waits for it."""
        return self._sign_in.code

    def settle(self, seconds: float = 10.0) -> None:
        """Wait for running requests, but not for the user to enter the code.

        Parameters
        ----------
        seconds : float
            Longest wait.
        """
        self._sign_in.settle(seconds)

    def close(self) -> None:
        """Cancel work under way and close the widget."""
        if self._observing:  # ipywidgets closes twice, and also after a failed constructor
            self._observing = False
            self._sign_in.unobserve(self._publish, _OBSERVED)
            if self._own:
                self._sign_in.close()
        super().close()

    # -- what is shown ----------------------------------------------------------------------

    def _moved(self, change: dict[str, Any]) -> None:
        manager = self._sign_in.manager
        if _url(manager) != change["new"]:
            self._sign_in.move(EndpointManager(change["new"]) if change["new"] else None)

    def _publish(self, _: object = None) -> None:
        sign_in = self._sign_in
        code = sign_in.code
        self.account = sign_in.account
        self.endpoint = _url(sign_in.manager)
        self.state = sign_in.state
        shown: Shown = {
            "state": sign_in.state,
            "endpoint": str(sign_in.manager.address or "") if sign_in.manager else "",
            "can_begin": sign_in.can_begin,
            "account": None if sign_in.account is None else _account(sign_in.account),
            "code": None
            if code is None
            else {
                "user_code": code.user_code,
                "address": code.address,
                "link": code.link,
                "expires_at": _seconds(code.expires_at),
            },
            "problem": session_problem(sign_in.problem),
            "keys": [(key.place, key.removable) for key in sign_in.keys],
            "in_memory": sign_in_is_in_memory(),
        }
        self._shown = dict(shown)

    def _pieces(self) -> list[Piece]:
        if self.endpoint is None:
            return []
        imports, endpoint = ["from modos_widgets import remote"], repr(self.endpoint)
        if self.state == "not needed":
            lines = [
                f"manager = remote.EndpointManager({endpoint})",
                "print(manager.auth)  # None: no sign-in required",
            ]
            return [Piece("Check that no sign-in is required", program(imports, *lines))]
        lines = [
            f"endpoint = {endpoint}",
            "account = remote.account(endpoint)",
            "if account is None or account.expired:",
            "    login = remote.begin_login(endpoint)",
            "    page = login.verification_uri_complete or login.verification_uri",
            '    print("Open", page, "and confirm", login.user_code)',
            "    account = login.wait()",
            "print(account.name or account.subject, account.expires_at)",
        ]
        sign_out = f"remote.sign_out({endpoint})"
        return [
            Piece("Sign in, unless already signed in", program(imports, *lines)),
            Piece("Sign out", program(imports, sign_out)),
        ]

    # -- requests ---------------------------------------------------------------------------

    @answers("begin", at_once=True)
    def _begin_login(self, request: Request[BeginRequest]) -> None:
        self._sign_in.begin(for_command_line=request.payload.get("for_command_line") is True)

    @answers("cancel", at_once=True)
    def _cancel_login(self, _: Request) -> None:
        self._sign_in.cancel()

    @answers("check", at_once=True)
    def _check(self, _: Request) -> None:
        self._sign_in.check()

    @answers("lapse", at_once=True)
    def _lapse(self, _: Request) -> None:
        self._sign_in.lapse()

    @answers("paste")
    def _paste(self, request: Request[BeginRequest]) -> None:
        # the token comes as bytes beside the message, since kernels log messages at DEBUG
        if request.buffers:
            self._sign_in.paste(
                Secret(bytes(request.buffers.pop()).decode("utf-8", "replace")),
                for_command_line=request.payload.get("for_command_line") is True,
            )

    @answers("confirm service")
    def _confirm_service(self, request: Request[OriginRequest]) -> None:
        self._sign_in.confirm(str(request.payload["origin"])[:500])

    @answers("remove keys")
    def _remove_keys(self, _: Request) -> None:
        self._sign_in.remove_keys()

    @answers("sign out")
    def _sign_out(self, _: Request) -> None:
        if self.before_sign_out is None:
            self._sign_in.sign_out()
        else:
            self.before_sign_out(self._sign_in.sign_out)

    # -- in a saved notebook ----------------------------------------------------------------

    def _settle(self) -> None:
        self.settle(SAVING_PATIENCE)

    def _as_text(self) -> str:
        return f"Login({self.state})"

    def _as_html(self) -> str:
        return f"<pre>{html.escape(self._as_text())}</pre>"


def _url(manager: EndpointManager | None) -> str | None:
    return None if manager is None else manager.modos


def _account(account: Account) -> AccountShown:
    return {
        "name": account.name or account.subject or "signed in",
        "subject": account.subject or "",
        "expires_at": None if account.expires_at is None else _seconds(account.expires_at),
        "renews": account.renews,
        "scopes": list(account.scopes),
        "permissions": [(grant.path, grant.permissions) for grant in account.permissions],
    }


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), 3)
