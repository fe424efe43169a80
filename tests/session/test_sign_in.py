"""Signing in at a protected deployment: every state, and what it leaves behind."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from modos_widgets import TransferPanel, create_modo, demo, open_modo, remote, transfer
from modos_widgets.errors import CredentialsError
from modos_widgets.session.session import Session
from modos_widgets.session.sign_in import SignIn
from tests.parts.places import app_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.session.bookmarks import Bookmarks
    from tests.parts.places import ServeApp


@pytest.fixture(scope="module")
def deployment() -> Iterator[demo.Deployment]:
    with demo.start(protected=True) as running:
        yield running


def at(deployment: demo.Deployment) -> Any:
    sign_in = SignIn(remote.EndpointManager(deployment.endpoint))
    wait_until(lambda: sign_in.state != "checking")
    return sign_in


def decide(sign_in: Any, decision: str = "approve", person: str = "a.curator") -> None:
    wait_until(lambda: sign_in.state == "waiting")
    assert sign_in.code is not None
    form = {"user_code": sign_in.code.user_code, "decision": decision, "person": person}
    requests.post(sign_in.code.address, form, timeout=10).close()


def test_a_login_is_enough_to_copy_to_its_endpoint(
    deployment: demo.Deployment, tmp_path: Path
) -> None:
    create_modo(tmp_path / "new", name="New")
    there, endpoint = "s3://demo/smoc/new", deployment.endpoint
    with pytest.raises(CredentialsError):
        transfer(tmp_path / "new", there, endpoint=endpoint).wait()
    login = remote.begin_login(endpoint)
    deployment.approve(login)
    assert login.wait().name == "Ada Curator"
    transfer(tmp_path / "new", there, endpoint=endpoint).wait()
    assert open_modo(there, endpoint=endpoint).metadata["new"]["name"] == "New"
    panel = TransferPanel(there, tmp_path / "back", endpoint=endpoint)
    names: dict[str, Any] = {}
    exec(panel.as_python, names)  # noqa: S102
    assert set(names["report"]["outcome"]) == {"copied"}
    assert (tmp_path / "back" / "data.zarr").is_dir()
    remote.sign_out(endpoint)


def test_from_signed_out_to_signed_in_and_out_again(
    deployment: demo.Deployment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in, other = at(deployment), at(deployment)
    assert (sign_in.state, sign_in.can_begin) == ("signed out", True)
    states: list[str] = []
    sign_in.observe(lambda change: states.append(change["new"]), "state")
    sign_in.begin()
    decide(sign_in)
    wait_until(lambda: sign_in.account is not None and sign_in.account.permissions)
    assert states == ["starting", "waiting", "signed in"]
    assert sign_in.account is not None
    assert (sign_in.account.name, sign_in.code) == ("Ada Curator", None)
    assert [tuple(grant) for grant in sign_in.account.permissions] == [
        ("s3://demo/smoc", "read,write"),
        ("s3://demo/public", "read,write"),
    ]
    wait_until(lambda: other.state == "signed in")  # another widget of the same kernel

    late = SignIn(remote.EndpointManager(deployment.endpoint))
    assert late.state == "signed in"  # at once, with nothing to click

    secrets = [each.read_text() for each in (tmp_path / "cache").rglob("token.jwt")]
    secrets.append(remote.s3_credentials(deployment.endpoint)().secret_access_key)
    said = caplog.text + repr([vars(sign_in), sign_in.account, states])
    assert secrets
    assert not [secret for secret in secrets if secret.strip() in said]

    sign_in.sign_out()
    assert (sign_in.state, sign_in.account) == ("signed out", None)
    wait_until(lambda: other.state == "signed out")


def test_cancelling_leaves_no_thread_and_a_new_code_can_be_had(
    deployment: demo.Deployment,
) -> None:
    before = set(threading.enumerate())
    sign_in = at(deployment)
    for _ in range(2):
        sign_in.begin()
        wait_until(lambda: sign_in.state == "waiting")
        sign_in.cancel()
        assert (sign_in.state, sign_in.code) == ("signed out", None)
    ours = "modos-"
    wait_until(
        lambda: (
            not [each for each in set(threading.enumerate()) - before if each.name.startswith(ours)]
        ),
        10,
    )
    assert sign_in.state == "signed out"


def test_nothing_waits_for_the_person(deployment: demo.Deployment) -> None:
    sign_in = at(deployment)
    began = time.monotonic()
    sign_in.begin()
    assert time.monotonic() - began < 0.5
    wait_until(lambda: sign_in.state == "waiting")
    sign_in.cancel()


def test_a_refused_user_sees_the_reason_and_can_retry(deployment: demo.Deployment) -> None:
    sign_in = at(deployment)
    sign_in.begin()
    decide(sign_in, "deny")
    wait_until(lambda: sign_in.state == "failed")
    assert sign_in.problem is not None
    assert sign_in.problem.message
    sign_in.begin()
    decide(sign_in)
    wait_until(lambda: sign_in.state == "signed in")
    sign_in.sign_out()


def test_moving_elsewhere_ends_the_waiting(
    deployment: demo.Deployment, serve_app: ServeApp
) -> None:
    sign_in = at(deployment)
    sign_in.begin()
    wait_until(lambda: sign_in.state == "waiting")
    sign_in.move(remote.EndpointManager(serve_app(app_of("P-1"))))
    wait_until(lambda: sign_in.state == "not needed")
    assert sign_in.code is None
    sign_in.move(None)
    assert sign_in.state == "no endpoint"


def test_an_unreachable_endpoint_is_reported(serve_app: ServeApp) -> None:
    sign_in: Any = SignIn(remote.EndpointManager("http://127.0.0.1:9"))
    wait_until(lambda: sign_in.state == "failed")
    assert sign_in.problem is not None
    assert sign_in.problem.hint


def test_a_token_that_is_none_is_refused(deployment: demo.Deployment) -> None:
    sign_in = at(deployment)
    with pytest.raises(CredentialsError):
        sign_in.paste("garbage")
    assert sign_in.state == "signed out"


def test_signing_in_lists_hidden_objects(
    deployment: demo.Deployment, remembered: Bookmarks
) -> None:
    session: Any = Session(deployment.endpoint, remembered=remembered)
    wait_until(lambda: session.problem)
    assert session.problem is not None
    assert session.problem.credentials
    wait_until(lambda: session.sign_in.state == "signed out")
    session.sign_in.begin()
    decide(session.sign_in)
    wait_until(lambda: len(session.objects) >= len(deployment.objects))  # others may have copied
    assert session.problem is None
    session.open("s3://demo/smoc/P-0003").result(30)
    assert session.modo is not None
    assert session.modo.id == "P-0003"
    assert session.recent == ("s3://demo/smoc/P-0003",)
    seen: list[Any] = []
    session.observe(lambda change: seen.append((session.who, change["new"])), "recent")
    session.sign_in.sign_out()
    wait_until(lambda: session.problem and session.problem.credentials)
    session.sign_in.begin()
    decide(session.sign_in, person="g.guest")
    wait_until(lambda: session.sign_in.state == "signed in" and session.listed)
    assert session.recent == ()  # another account's
    assert seen == [("", ())]  # who it is and what it opened change together
    session.sign_in.sign_out()
