"""What the notebooks need of the demo: a start that spares the person's own, and a sign-in."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

import modos_widgets
from modos_widgets import demo, remote
from modos_widgets.errors import LoginError

OWN = {"AWS_ACCESS_KEY_ID": "own", "AWS_SESSION_TOKEN": "own", "MODOS_ANON": "1"}


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODOS_ENDPOINT", "MODOS_DEMO_ENDPOINT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in {"XDG_CACHE_HOME": str(tmp_path), **OWN}.items():
        monkeypatch.setenv(name, value)


def test_an_endpoint_of_the_person_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODOS_ENDPOINT", "https://modos.example.org")
    before = dict(os.environ)
    assert demo.start_unless_live() is None
    assert dict(os.environ) == before


def test_a_notebook_gets_a_demo_for_itself_and_sees_nothing_of_the_person(tmp_path: Path) -> None:
    first = demo.start_unless_live()
    assert first is not None
    assert os.environ["MODOS_ENDPOINT"] == first.endpoint
    assert os.environ["AWS_ACCESS_KEY_ID"] == "demo"
    assert not {"AWS_SESSION_TOKEN", "MODOS_ANON"} & set(os.environ)
    cache = Path(os.environ["XDG_CACHE_HOME"])
    assert cache != tmp_path
    second = demo.start_unless_live()  # the cell is run again, or Lab stands beside a demo
    assert second is not None
    assert second.endpoint != first.endpoint
    del first
    gc.collect()
    assert not cache.parent.exists()
    second.stop()


def test_the_widget_is_signed_in_without_a_click() -> None:
    deployment = demo.start_unless_live(protected=True)
    assert deployment is not None
    with deployment:
        assert "AWS_ACCESS_KEY_ID" not in os.environ
        login = modos_widgets.Login()
        login.settle()
        assert repr(login) == "Login(signed out)"
        deployment.approve(login)
        assert login.account is not None
        assert login.account.name == "Ada Curator"
        assert {grant.path for grant in login.account.permissions} == {
            "s3://demo/smoc",
            "s3://demo/public",
        }
        deployment.approve(login)  # nothing is left to do
        login.sign_out()
        login.settle()
        assert repr(login) == "Login(signed out)"
        assert remote.account(deployment.endpoint) is None
        login.begin()
        login.settle()
        assert login.code is not None
        deployment.approve(login, "g.guest")
        assert login.account.subject == "g.guest"
        with pytest.raises(LoginError, match="code"):
            deployment.approve(remote.begin_login(deployment.endpoint), "nobody")
        login.close()


def test_a_demo_without_login_says_so(deployment: demo.Deployment) -> None:
    login = modos_widgets.Login(deployment.endpoint)
    with pytest.raises(LoginError, match="no sign-in"):
        deployment.approve(login)
    login.close()
