from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from flask import Flask, jsonify

from modos_widgets.demo.server import create_app
from modos_widgets.errors import PathError, ResponseError
from modos_widgets.remote import EndpointManager

if TYPE_CHECKING:
    from tests.remote.conftest import Serve

NAMED = {"s3": "http://127.0.0.1:9/s3", "kms": "http://127.0.0.1:9/kms/"}
AUTH = {"url": "http://127.0.0.1:9/oidc", "client_id": "modos"}


def test_the_server_is_queried_once_and_again_on_refresh(serve: Serve) -> None:
    served = serve(create_app({}, services=NAMED, auth=AUTH))
    manager = EndpointManager(served.url)
    assert served.paths == []
    assert manager.list() == {"auth": AUTH, "s3": NAMED["s3"], "kms": NAMED["kms"]}
    assert (manager.s3, manager.kms, manager.auth) == (NAMED["s3"], NAMED["kms"], AUTH)
    assert (manager.fuzon, manager.htsget, manager.refget) == (None, None, None)
    assert served.paths == ["/"]
    assert manager.refresh() is manager
    assert served.paths == ["/", "/"]


def test_services_can_be_given_without_a_server() -> None:
    manager = EndpointManager(services={"s3": "http://s3.example.org"})
    assert manager.s3 == "http://s3.example.org"
    assert manager.list() == {"s3": "http://s3.example.org"}
    assert manager.kms is None
    assert manager.modos is None


def test_a_given_service_wins_over_the_named_one(serve: Serve) -> None:
    served = serve(create_app({}, services=NAMED))
    manager = EndpointManager(served.url, {"s3": "http://127.0.0.1:9/mine"})
    assert manager.s3 == "http://127.0.0.1:9/mine"
    assert manager.kms == NAMED["kms"]


def test_a_manager_cannot_be_changed() -> None:
    manager = EndpointManager("http://127.0.0.1:9", {"s3": "http://127.0.0.1:9/s3"})
    with pytest.raises(AttributeError):
        manager.modos = "http://127.0.0.1:1"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        manager.other = 1  # type: ignore[attr-defined]
    manager.services["s3"] = "http://127.0.0.1:1"
    assert manager.s3 == "http://127.0.0.1:9/s3"
    assert pickle.loads(pickle.dumps(manager)) == manager  # noqa: S301
    assert len({manager, EndpointManager("http://127.0.0.1:9/", manager.services)}) == 1


def test_one_unusable_service_hides_no_other(serve: Serve) -> None:
    app = Flask("odd")
    app.add_url_rule(
        "/",
        view_func=lambda: jsonify(
            status="<b>ok</b>",
            s3="<script>alert(1)</script>",
            kms="http://127.0.0.1:9/kms",
            auth="javascript:alert(1)",
            htsget={"url": "http://127.0.0.1:9"},
            fuzon=3,
            refget="file:///etc/passwd",
            more="http://127.0.0.1:9",
        ),
    )
    assert EndpointManager(serve(app).url).list() == {"kms": "http://127.0.0.1:9/kms"}


@pytest.mark.parametrize("path", ["", "/", "//", "/modos", "/modos/"])
def test_trailing_slashes_and_sub_paths_are_accepted(serve: Serve, path: str) -> None:
    app = Flask("below")
    for at in ("/", "/modos/"):
        app.add_url_rule(at, at, lambda: jsonify(NAMED))
    served = serve(app)
    assert EndpointManager(served.url + path).s3 == NAMED["s3"]
    assert served.paths == ["/modos/" if "modos" in path else "/"]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("modos.example.org", "not a web address"),
        ("localhost:8000", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("javascript:alert(1)", "not a web address"),
        ("https://ada:hunter2@modos.example.org", "user name or password"),
        ("https://modos.example.org?x=1", "query"),
        ("https://", "host"),
        ("https://modos.example.org:99999", "host"),
        ("https://modos.example.org\\@evil.example", "not an address"),
        ("https://<b>x</b>", "not an address"),
        ("", "not a web address"),
    ],
)
def test_a_bad_url_is_refused_before_anything_is_sent(url: str, word: str) -> None:
    for make in (
        lambda: EndpointManager(url),
        lambda: EndpointManager(services={"s3": url or " "}),
    ):
        with pytest.raises(PathError, match=word) as caught:
            make()
        assert "hunter2" not in str(caught.value)


def test_an_international_host_is_accepted_in_both_spellings() -> None:
    managers = {
        EndpointManager("https://bücher.example/"),
        EndpointManager("https://XN--bcher-kva.example:443"),
    }
    assert len(managers) == 1


def test_another_answer_than_an_object_is_refused(serve: Serve) -> None:
    app = Flask("odd")
    app.add_url_rule("/", view_func=lambda: jsonify([1]))
    with pytest.raises(ResponseError, match="modos server"):
        EndpointManager(serve(app).url).list()
