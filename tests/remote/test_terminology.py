"""Terms from a terminology service, as one answers today, and as a broken one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, request

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.demo.terminology import create_terminology
from modos_widgets.errors import EndpointError, ResponseError

if TYPE_CHECKING:
    from tests.remote.conftest import Serve


def scripted(codes: Any, collections: Any = ("cell_type",)) -> Flask:
    app = Flask("fuzon")
    app.add_url_rule("/collections", "collections", lambda: {"collections": list(collections)})
    app.add_url_rule("/codes/top", "top", lambda: codes)
    return app


def test_an_endpoint_with_a_terminology_service_finds_terms(serve: Serve) -> None:
    fuzon = serve(create_terminology())
    modos = serve(create_app({}, services={"fuzon": fuzon.url}))
    manager = remote.EndpointManager(modos.url)
    found = remote.find_terms(manager, "cell_type", "hepato", 3)
    assert 0 < len(found) <= 3
    assert all(term.uri.startswith("http") for term in found)
    assert found == remote.find_terms(fuzon.url, "cell_type", "hepato", 3)
    assert fuzon.tokens == [None] * 4  # no token goes there


def test_no_request_without_account_or_service(serve: Serve) -> None:
    fuzon = serve(scripted({"codes": []}))
    assert remote.find_terms(fuzon.url, "cell_type", "  ") == []
    without = remote.EndpointManager(serve(create_app({}, services={})).url)
    assert remote.find_terms(without, "sex", "x") == []
    assert fuzon.paths == []
    assert remote.find_terms(fuzon.url, "unknown", "x") == []
    assert fuzon.paths == ["/collections"]


def test_a_bad_term_or_collection_hides_no_other(serve: Serve) -> None:
    rows = [None, {"label": None, "uri": "<x>"}, {"label": "a", "uri": 3}, ["b"], {"label": "c"}]
    good = {"label": "c", "uri": "<http://x.org/c>"}
    fuzon = serve(scripted({"codes": [*rows, good]}, [None, 3, "cell_type"]))
    found = remote.find_terms(fuzon.url, "cell_type", "c", 1)
    assert [(term.label, term.uri) for term in found] == [("c", "http://x.org/c")]
    app = Flask("null")
    app.add_url_rule("/collections", view_func=lambda: {"collections": None})
    assert remote.find_terms(serve(app).url, "cell_type", "c") == []


def test_queries_are_encoded_and_responses_are_text_only(serve: Serve) -> None:
    app = Flask("fuzon")
    asked: list[dict[str, str]] = []
    app.add_url_rule("/collections", "collections", lambda: ["cell_type"])

    def top() -> Any:
        asked.append(dict(request.args))
        rows = [
            {"label": "<b>x</b>", "uri": "<http://x.org/1>", "score": 1},
            {"label": "no uri"},
            7,
        ]
        return {"codes": rows}

    app.add_url_rule("/codes/top", "top", top)
    found = remote.find_terms(serve(app).url, "cell_type", "T cell & CD4+", 5)
    assert asked == [{"collection": "cell_type", "query": "T cell & CD4+", "num": "5"}]
    assert found == [remote.FoundTerm("<b>x</b>", "http://x.org/1")]


@pytest.mark.parametrize("answer", ["<html>", {"codes": "none"}, ["a"], ("down", 503)])
def test_a_service_that_answers_badly_is_an_error_of_ours(answer: Any, serve: Serve) -> None:
    with pytest.raises(EndpointError) as raised:
        remote.find_terms(serve(scripted(answer)).url, "cell_type", "x")
    assert raised.value.hint
    assert isinstance(raised.value, ResponseError) == (answer != ("down", 503))
