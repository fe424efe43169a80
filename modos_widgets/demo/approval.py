"""Confirmation of a sign-in as a demo account, so that notebooks and tests need no click."""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable

import requests

from modos_widgets.errors import LoginError

__all__ = ["Code", "Waiting", "approve"]

_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0


@runtime_checkable
class Code(Protocol):
    """Code that the user enters at the identity provider."""

    @property
    def user_code(self) -> str:
        """Code."""


class Waiting(Protocol):
    """Sign-in with an observable state, such as the widget `modos_widgets.Login`."""

    state: str

    @property
    def code(self) -> Code | None:
        """Code, while the sign-in waits for the user."""

    def begin(self) -> None:
        """Request a code."""

    def settle(self) -> None:
        """Wait for running work, but not for the user."""


def approve(issuer: str | None, login: Waiting | Code, person: str) -> None:
    """Confirm a sign-in at the demo's page (see `Deployment.approve`)."""
    if issuer is None:
        raise LoginError("This demo has no sign-in.", "Start it with protected=True.")
    if isinstance(login, Code):
        _confirm(issuer, login.user_code, person)
        return
    login.settle()
    if login.state not in {"waiting", "signed in"}:
        login.begin()
        login.settle()
    code = login.code
    if code is not None:
        _confirm(issuer, code.user_code, person)
    ends = time.monotonic() + _PATIENCE_SECONDS
    while login.state in {"starting", "waiting"} and time.monotonic() < ends:
        time.sleep(_LOOK_SECONDS)
    login.settle()
    if login.state != "signed in":
        raise LoginError(f"The sign-in ended as {login.state!r}.", "Retry.")


def _confirm(issuer: str, user_code: str, person: str) -> None:
    with requests.Session() as session:
        session.trust_env = False  # this machine needs no proxy to reach itself
        form = {"user_code": user_code, "decision": "approve", "person": person}
        answer = session.post(f"{issuer}/device", form, timeout=_PATIENCE_SECONDS)
    if not answer.ok or "<h1>Signed in" not in answer.text:
        raise LoginError(
            f"The demo did not accept the code {user_code} for {person!r}.",
            "Start the sign-in again, with an account of modos_widgets.demo.people.",
        )
