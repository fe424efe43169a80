"""What the notebooks of the guided tour need of the demo, so that they run by themselves."""

from __future__ import annotations

import os
import tempfile
import time
import weakref
from pathlib import Path
from typing import Protocol, runtime_checkable

import requests

from modos_widgets.demo.deployment import Deployment, start
from modos_widgets.errors import LoginError

__all__ = ["MARK", "Waiting", "approve", "start_unless_live"]

MARK = "MODOS_DEMO_ENDPOINT"
"""Variable that tells a demo's endpoint from one of the person's own."""

_OWN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SKIP_SIGNATURE",
    "MODOS_ANON",
    "MODOS_OAUTH_AUTH_URL",
    "MODOS_OAUTH_CLIENT_ID",
)
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0


@runtime_checkable
class Code(Protocol):
    """What a person enters at the identity provider."""

    @property
    def user_code(self) -> str:
        """The code."""


class Waiting(Protocol):
    """A sign-in that can be begun and watched, such as the widget `modos_widgets.Login`."""

    state: str

    @property
    def code(self) -> Code | None:
        """The code while it waits."""

    def begin(self) -> None:
        """Ask for a code."""

    def settle(self) -> None:
        """Wait for what is under way, unless that waits for the person."""


def start_unless_live(*, protected: bool = False) -> Deployment | None:
    """Start a demo for this kernel, unless ``MODOS_ENDPOINT`` names an endpoint of your own.

    The variable then names the demo, so that all widgets and functions find it, and this kernel
    forgets your own keys and uses another cache folder: your sign-ins elsewhere stay as they are.
    An endpoint of ``modos-widgets demo`` is none of your own: the notebook gets a demo for itself.

    Parameters
    ----------
    protected : bool
        As for `start`.

    Returns
    -------
    Deployment or None
        A new one at each call, to be held as long as it is used; None where the endpoint is yours.

    Raises
    ------
    MissingExtraError
        When the extra ``demo`` is not installed.
    UnreachableError
        When the demo does not start.

    Examples
    --------
    >>> deployment = start_unless_live()  # doctest: +SKIP
    >>> endpoint = os.environ["MODOS_ENDPOINT"]  # doctest: +SKIP
    """
    live = os.environ.get("MODOS_ENDPOINT")
    if live and live != os.environ.get(MARK):
        return None
    deployment = start(protected=protected)
    scratch = tempfile.TemporaryDirectory(prefix="modos-widgets-", ignore_cleanup_errors=True)
    weakref.finalize(deployment, scratch.cleanup)
    for name in _OWN:
        os.environ.pop(name, None)
    os.environ["XDG_CACHE_HOME"] = str(Path(scratch.name) / "cache")
    os.environ.update(deployment.environment(Path(scratch.name)))
    return deployment


def approve(issuer: str | None, login: Waiting | Code, person: str) -> None:
    """Confirm a sign-in at the demo's page (see `Deployment.approve`)."""
    if issuer is None:
        raise LoginError("This demo has no login.", "Start it with protected=True.")
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
        raise LoginError(f"The sign-in ended as {login.state!r}.", "Begin it again.")


def _confirm(issuer: str, user_code: str, person: str) -> None:
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between this machine and itself
        form = {"user_code": user_code, "decision": "approve", "person": person}
        answer = session.post(f"{issuer}/device", form, timeout=_PATIENCE_SECONDS)
    if not answer.ok or "<h1>Signed in" not in answer.text:
        raise LoginError(
            f"The demo did not take the code {user_code} for {person!r}.",
            "Begin the sign-in again; people are in modos_widgets.demo.people.",
        )
