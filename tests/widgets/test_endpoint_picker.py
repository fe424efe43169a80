"""EndpointPicker in Python: what is taken, what is offered, how services are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import traitlets
from flask import Flask, jsonify

from modos_widgets import EndpointPicker, remote
from modos_widgets.errors import ModosError, PathError
from modos_widgets.session.bookmarks import Bookmarks
from tests.parts.places import app_of, make_object, wait_until
from tests.remote.conftest import make_jwt
from tests.widgets.test_login import ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.places import ServeApp

pytestmark = pytest.mark.usefixtures("own_folders")


BAD = [
    "http://",
    "ftp://example.org",
    "file:///tmp",
    "https://user:secret-word@example.org",
    "https://example.org/?a=b",
    "modos.example.org",
    "https://exa mple.org",
    "javascript://alert(1)",
]


@pytest.mark.parametrize("url", BAD)
def test_an_invalid_endpoint_is_refused(url: str) -> None:
    with pytest.raises(PathError) as caught:
        EndpointPicker(url)
    assert "secret-word" not in str(caught.value)
    picker: Any = EndpointPicker()
    with pytest.raises((ModosError, traitlets.TraitError)):
        picker.value = url
    assert picker.value is None
    sent = ask(picker, "choose", text=url)
    assert sent[-1]["kind"] == "problem"
    assert "secret-word" not in json.dumps(sent)


@pytest.mark.parametrize(
    "url",
    ["https://modos.example.org/sub/path/", "http://127.0.0.1:9", "https://mödos.example.org"],
)
def test_valid_urls_are_accepted(url: str) -> None:
    picker: Any = EndpointPicker()
    assert ask(picker, "validate", text=url)[-1]["payload"]["message"] == ""
    assert ask(picker, "validate", text="http://")[-1]["payload"]["message"]
    assert ask(picker, "validate", text="https://user:pw@h")[-1]["payload"]["hint"]
    assert EndpointPicker(url).value == url.rstrip("/")


def test_each_endpoint_is_listed_once_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = Bookmarks(tmp_path / "state.json")
    for url in ("https://used.example.org", "https://demo.example.org"):
        remembered.use(url)
    monkeypatch.setenv("MODOS_ENDPOINT", "https://named.example.org")
    picker: Any = EndpointPicker(
        options={"demo": "https://demo.example.org"}, remembered=remembered
    )
    assert picker.value == "https://named.example.org"
    assert [(each["label"], each["url"], each["why"]) for each in picker._offered] == [
        ("demo", "https://demo.example.org", "offered"),
        ("", "https://named.example.org", "MODOS_ENDPOINT"),
        ("", "https://used.example.org", "recent"),
    ]
    ask(picker, "forget", url="https://used.example.org")
    assert len(picker._offered) == 2


def test_one_dead_service_hides_no_other(serve_app: ServeApp) -> None:
    alive = serve_app(app_of())
    picker: Any = EndpointPicker(
        serve_app(app_of("P-1", services={"s3": "http://127.0.0.1:9", "fuzon": alive}))
    )
    wait_until(lambda: picker.health and not picker.checking)
    assert {name: each.reachable for name, each in picker.health.items()} == {
        "modos": True,
        "s3": False,
        "fuzon": True,
    }
    assert [row["word"] for row in picker._services] == ["server", "S3", "fuzon"]
    assert picker._services[1]["problem"]
    assert picker._services[0]["milliseconds"] >= 0


def test_another_endpoint_clears_the_health_of_the_old_services(serve_app: ServeApp) -> None:
    picker: Any = EndpointPicker("http://127.0.0.1:9")
    picker.value = serve_app(app_of("P-1"))
    wait_until(lambda: picker.health and not picker.checking)
    assert picker.health["modos"].reachable
    assert picker.health["modos"].url == picker.value


def test_a_local_folder_can_be_chosen(tmp_path: Path) -> None:
    make_object(tmp_path)
    picker: Any = EndpointPicker()
    listed = ask(picker, "folders", path=str(tmp_path))[-1]["payload"]
    assert ("study", True) in listed["folders"]
    ask(picker, "choose", text=str(tmp_path))
    assert picker.value == str(tmp_path)
    assert picker.is_folder
    assert not picker.health
    assert ask(picker, "choose", text=str(tmp_path / "nothing"))[-1]["kind"] == "problem"
    assert picker.value == str(tmp_path)


def test_a_saved_notebook_has_no_address(serve_app: ServeApp) -> None:
    picker = EndpointPicker(serve_app(app_of("P-1")))
    assert repr(picker) == "EndpointPicker(endpoint chosen)"
    assert "127.0.0.1" not in json.dumps(picker._repr_mimebundle_()[0]["text/html"])


def test_a_service_that_moved_since_sign_in_is_marked_and_confirmed(
    serve_app: ServeApp, remembered: Bookmarks
) -> None:
    services: dict[str, str] = {"kms": serve_app(Flask("before"))}
    app = Flask("endpoint")
    app.add_url_rule("/", "root", lambda: jsonify(auth=None, status="ok", **services))
    url = serve_app(app)
    remote.sign_in_with_token(url, make_jwt())
    services["kms"] = serve_app(Flask("after"))
    picker: Any = EndpointPicker(url, remembered=remembered)
    wait_until(lambda: [row["moved"] for row in picker._services if row["name"] == "kms"])
    assert {row["name"]: row["moved"] for row in picker._services} == {
        "modos": "",
        "kms": services["kms"],
    }
    ask(picker, "confirm service", origin=services["kms"])
    wait_until(lambda: not picker.checking and len(picker._services) == 2)
    assert [row["moved"] for row in picker._services] == ["", ""]
    picker.close()
