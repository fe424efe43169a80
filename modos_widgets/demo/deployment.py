"""Start and stop of a deployment in a separate process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from modos_widgets.demo.approval import approve
from modos_widgets.errors import UnreachableError
from modos_widgets.serving import child_environment, require_extra

if TYPE_CHECKING:
    from types import TracebackType

    from modos_widgets.demo.approval import Code, Waiting

__all__ = ["OWN_VARIABLES", "Deployment", "start", "start_unless_live"]

_MARK = "MODOS_DEMO_ENDPOINT"
"""Environment variable that marks the endpoint of a demo, as opposed to the user's own."""

OWN_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SKIP_SIGNATURE",
    "MODOS_ANON",
    "MODOS_OAUTH_AUTH_URL",
    "MODOS_OAUTH_CLIENT_ID",
)
"""Environment variables of the user's own credentials, which are removed to use a demo."""

_CHILD = "modos_widgets.demo.deployment_process"
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


def start(
    *, protected: bool = False, token_seconds: int = 900, key_seconds: int = 3600
) -> Deployment:
    """Start a deployment: an S3 server, a modos server and 24 sample objects.

    Each call starts a new process with new state on free ports of 127.0.0.1; deployments
    share nothing. The process ends with `Deployment.stop`, with the ``with`` block, when
    the handle is garbage-collected, and when this process ends, even if it is killed. Contents,
    keys and dates are the same at each start; only ports differ.

    The environment is not changed. Without `protected`, the bucket is open to everyone, with
    any key or none; for another bucket on the same server use `Deployment.s3_kwargs`.

    Parameters
    ----------
    protected : bool
        Require a sign-in: start an identity provider, a key service and an S3 server that checks
        permissions. Only a signed-in account can list objects, and only those that it may read.
    token_seconds, key_seconds : int
        Lifetime of an access token and of an S3 key of a protected deployment.

    Returns
    -------
    Deployment
        Handle, which is also a context manager.

    Raises
    ------
    MissingExtraError
        The extra ``demo`` is not installed.
    UnreachableError
        The process does not start within a minute.

    Examples
    --------
    >>> from modos_widgets import demo
    >>> with demo.start() as deployment:
    ...     print(deployment.bucket, len(deployment.objects), deployment.objects[-1])
    demo 24 s3://demo/smoc/P-0018_second-resection_reprocessed-2025-03_after-renewed-consent
    """
    require_extra("demo", "flask", "flask_cors", "moto")
    settings: dict[str, object] = {
        "protected": protected,
        "token_seconds": token_seconds,
        "key_seconds": key_seconds,
    }
    with tempfile.TemporaryFile() as log:
        process = _launch(log)
        try:
            facts = _agree(process, settings, log)
        except BaseException:
            _end(process, os.getpid())
            raise
    return Deployment(process, facts)


def start_unless_live(*, protected: bool = False) -> Deployment | None:
    """Start a demo for this kernel, unless ``MODOS_ENDPOINT`` names an endpoint of your own.

    The variable is set to the demo, so that all widgets and functions find it. In this kernel
    your own keys are removed from the environment, and another cache folder is used, so your
    sign-ins elsewhere are not changed. If the variable names an endpoint of ``modos-widgets demo``,
    a separate demo is started for this notebook.

    Parameters
    ----------
    protected : bool
        As for `start`.

    Returns
    -------
    Deployment or None
        A new deployment at each call, which must be kept in a variable while it is used; None if
        the endpoint is your own.

    Raises
    ------
    MissingExtraError
        The extra ``demo`` is not installed.
    UnreachableError
        The demo does not start.

    Examples
    --------
    >>> deployment = start_unless_live()  # doctest: +SKIP
    >>> endpoint = os.environ["MODOS_ENDPOINT"]  # doctest: +SKIP
    """
    live = os.environ.get("MODOS_ENDPOINT")
    if live and live != os.environ.get(_MARK):
        return None
    deployment = start(protected=protected)
    scratch = tempfile.TemporaryDirectory(prefix="modos-widgets-", ignore_cleanup_errors=True)
    weakref.finalize(deployment, scratch.cleanup)
    for name in OWN_VARIABLES:
        os.environ.pop(name, None)
    os.environ["XDG_CACHE_HOME"] = str(Path(scratch.name) / "cache")
    os.environ.update(deployment.environment(Path(scratch.name)))
    return deployment


class Deployment:
    """Running deployment; created by `start`.

    Attributes
    ----------
    endpoint : str
        URL of the modos server.
    s3_endpoint : str
        URL of the S3 server.
    bucket : str
        Name of the bucket, ``demo``.
    objects : tuple of str
        Paths of the objects at the start, ``s3://demo/smoc/P-0001`` and so on, ordered.
    protected : bool
        Whether it requires a sign-in.
    issuer : str or None
        URL of the identity provider of a protected deployment.
    """

    endpoint: str
    s3_endpoint: str
    bucket: str
    objects: tuple[str, ...]
    protected: bool
    issuer: str | None

    def __init__(self, process: subprocess.Popen[bytes], facts: dict[str, Any]) -> None:
        self.endpoint = facts["endpoint"]
        self.s3_endpoint = facts["s3_endpoint"]
        self.bucket = facts["bucket"]
        self.objects = tuple(facts["objects"])
        self.protected = bool(facts["protected"])
        self.issuer = facts["issuer"]
        self._s3_kwargs: dict[str, Any] = facts["s3_kwargs"]
        self._process = process
        self._end = weakref.finalize(self, _end, process, os.getpid())

    @property
    def s3_kwargs(self) -> dict[str, Any]:
        """Credentials for `open_modo` and `S3Storage`, a new dict each time.

        Those of a protected deployment belong to its owner: they permit everything and do not
        expire. An account that signs in gets others.
        """
        return dict(self._s3_kwargs)

    def environment(self, scratch: Path) -> dict[str, str]:
        """Return the environment variables with which another process uses this deployment.

        Parameters
        ----------
        scratch : Path
            A private folder, in which a protected deployment stores its tokens.

        Returns
        -------
        dict of str to str
        """
        found = {"MODOS_ENDPOINT": self.endpoint, _MARK: self.endpoint}
        if self.protected:
            return {**found, "XDG_CACHE_HOME": str(scratch / "cache")}
        key, secret = self._s3_kwargs["key"], self._s3_kwargs["secret"]
        return {**found, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}

    def approve(self, login: Waiting | Code, person: str = "a.curator") -> None:
        """Confirm a sign-in as a demo account, as a click on the demo's page does.

        With this, notebooks and tests run without a user. Only the demo supports it.
        Sends requests to the demo, and waits until the sign-in is complete.

        Parameters
        ----------
        login : Login or DeviceLogin
            The widget, whose sign-in is started if needed; or the result of
            `remote.begin_login`, whose `wait` then returns.
        person : {"a.curator", "g.guest"}
            Ada Curator reads and writes ``smoc`` and ``public``, Gus Guest reads ``public``.

        Raises
        ------
        LoginError
            The demo has no sign-in, or did not accept the code.
        """
        approve(self.issuer, login, person)

    @property
    def running(self) -> bool:
        """Whether the process is running."""
        return self._end.alive and self._process.poll() is None

    def stop(self) -> None:
        """End the process and wait for its end; does nothing if it has ended."""
        self._end()

    def __enter__(self) -> Self:
        """Return the handle itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the deployment."""
        self.stop()

    def __repr__(self) -> str:
        """Return state and size as text: no port and no secret, so outputs are reproducible."""
        state = "running" if self.running else "stopped"
        return f"<Deployment {state}: {len(self.objects)} objects in s3://{self.bucket}>"


def _launch(log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=child_environment(),
        start_new_session=True,  # an interrupt of the notebook's kernel must not stop the demo
    )


def _agree(
    process: subprocess.Popen[bytes], settings: dict[str, object], log: IO[bytes]
) -> dict[str, Any]:
    """Send the settings to the process, and read its facts."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process has no pipes")
    answer: list[bytes] = []
    stdin, stdout = process.stdin, process.stdout

    def talk() -> None:
        with contextlib.suppress(OSError, ValueError):  # it ended early, so the response is empty
            stdin.write(json.dumps(settings).encode() + b"\n")
            stdin.flush()
            answer.append(stdout.readline())

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    thread.join(_START_SECONDS)
    if not answer or not answer[0].endswith(b"\n"):
        log.seek(0)
        last = log.read().decode(errors="replace").strip().rpartition("\n")[2]
        reason = f": {last}" if last else "."
        raise UnreachableError(
            f"The demo did not start{reason}",
            "Run `python -m modos_widgets demo`, or restart the kernel.",
        )
    facts: dict[str, Any] = json.loads(answer[0])
    return facts


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() != owner:
        return  # a forked copy of the handle must not end the process
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it has already ended
            process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
