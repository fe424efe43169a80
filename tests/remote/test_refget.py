"""Lengths of sequences from a refget service, as one answers, and as a broken one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import EndpointError, NotFoundError, ResponseError

if TYPE_CHECKING:
    from tests.remote.conftest import Serve

MD5 = "6aef897c3d6ff0c78aff06ac189178dd"


def scripted(answer: Any) -> Flask:
    app = Flask("refget")
    app.add_url_rule(f"/sequence/{MD5}/metadata", view_func=lambda: answer, endpoint="metadata")
    return app


def test_the_length_of_a_sequence_is_read_without_a_credential(serve: Serve) -> None:
    refget = serve(scripted({"metadata": {"md5": MD5, "length": 248956422, "aliases": []}}))
    modos = serve(create_app({}, services={"refget": refget.url}))
    assert remote.fetch_sequence_length(remote.EndpointManager(modos.url), MD5) == 248956422
    assert remote.fetch_sequence_length(refget.url, MD5) == 248956422
    assert refget.tokens == [None] * 2
    with pytest.raises(NotFoundError):
        remote.fetch_sequence_length(refget.url, "0" * 32)


@pytest.mark.parametrize("md5", ["", "../service-info", MD5.upper(), f"{MD5}/.."])
def test_only_an_md5_is_requested(serve: Serve, md5: str) -> None:
    refget = serve(scripted({"metadata": {"length": 1}}))
    assert remote.fetch_sequence_length(refget.url, md5) is None
    without = remote.EndpointManager(serve(create_app({}, services={})).url)
    assert remote.fetch_sequence_length(without, MD5) is None
    assert refget.paths == []


@pytest.mark.parametrize(
    "answer",
    ["<html>", [], {}, {"metadata": None}, {"metadata": {"length": "9"}}]
    + [{"metadata": {"length": number}} for number in (True, -1, 2.5, None)],
    ids=str,
)
def test_a_response_without_a_length_is_an_error(serve: Serve, answer: Any) -> None:
    with pytest.raises(EndpointError) as error:
        remote.fetch_sequence_length(serve(scripted(answer)).url, MD5)
    assert isinstance(error.value, ResponseError)
