"""Tickets of an htsget service: what they may name, and which credentials are sent where."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, redirect, request

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import EndpointError, NotFoundError, OptionError, ResponseError
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.conftest import Serve, Served

REGION = ("chr1", 9, 20)


class Service:
    """An htsget service that answers with one ticket, and the endpoint that names it."""

    def __init__(self, serve: Serve, rename: Callable[[str], str] = str) -> None:
        self.answer: Any = {}
        app = Flask("htsget")
        app.add_url_rule("/reads/<path:name>", view_func=self.ticket)
        self.service = serve(app)
        self.url = rename(self.service.url)
        self.manager = remote.EndpointManager(
            rename(serve(create_app({}, services={"htsget": self.url})).url), allow_http=True
        )
        self.query: dict[str, str] = {}

    def ticket(self, name: str) -> Any:
        self.query = {"name": name, **request.args}
        return self.answer

    def names(self, *urls: Any, **others: Any) -> None:
        self.answer = {"htsget": {"format": "BAM", "urls": list(urls), **others}}

    def read(self, most: int = 1000) -> bytes | None:
        return remote.fetch_region(self.manager, "b/o/ü 1", "BAM", REGION, most=most)


@pytest.fixture
def service(serve: Serve) -> Service:
    return Service(serve)


def store(serve: Serve) -> tuple[Served, list[dict[str, str]]]:
    """Return a server of parts, and the headers that it was sent."""
    app, headers = Flask("store"), []

    @app.get("/part")
    def part() -> Response:
        headers.append(dict(request.headers))
        return Response(b"0123456789", headers={"Content-Type": "application/octet-stream"})

    @app.get("/refused")
    def refused() -> Any:
        return {"detail": "no"}, 422

    @app.get("/elsewhere")
    def elsewhere() -> Any:
        return redirect("/part")

    return serve(app), headers


def inline(data: bytes) -> dict[str, str]:
    return {"url": f"data:;base64,{base64.b64encode(data).decode()}"}


def test_the_parts_are_joined_in_order_and_the_request_names_the_region(
    service: Service, serve: Serve
) -> None:
    parts, headers = store(serve)
    service.names(inline(b"ab"), {"url": f"{parts.url}/part"}, {"url": "data:,c%64"})
    assert service.read() == b"ab0123456789cd"
    expected = {"format": "BAM", "referenceName": "chr1", "start": "9", "end": "20"}
    assert service.query == {"name": "b/o/ü 1", **expected}
    assert headers[0]["Accept-Encoding"] == "identity"
    without = remote.EndpointManager(serve(create_app({}, services={})).url)
    assert remote.fetch_region(without, "x", "BAM", REGION, most=1) is None


def test_a_token_is_sent_to_the_service_and_to_no_address_of_its_ticket(
    service: Service, serve: Serve, cache: Path
) -> None:
    parts, headers = store(serve)
    token = make_jwt()
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "token.jwt").write_text(token)
    url = f"{parts.url}/part"
    service.names({"url": url}, {"url": url, "headers": {"Authorization": "Basic part"}})
    assert service.read() == b"0123456789" * 2
    assert service.service.tokens == [f"Bearer {token}"]
    assert sorted(str(each.get("Authorization")) for each in headers) == ["Basic part", "None"]


BAD: dict[str, Any] = {
    "no ticket": {},
    "no list": {"htsget": {"urls": {}}},
    "another format": {"htsget": {"format": "CRAM", "urls": []}},
    "no address": {"htsget": {"urls": [{"url": 5}]}},
    "no object": {"htsget": {"urls": ["https://x.org"]}},
    "a file": {"htsget": {"urls": [{"url": "file:///etc/hostname"}]}},
    "a password": {"htsget": {"urls": [{"url": "https://me:hush@x.org/"}]}},
    "no headers": {"htsget": {"urls": [{"url": "https://x.org", "headers": [1]}]}},
    "a number": {"htsget": {"urls": [{"url": "https://x.org", "headers": {"Range": 5}}]}},
    "two lines": {"htsget": {"urls": [{"url": "https://x.org", "headers": {"X": "a\r\nHost: b"}}]}},
    "a host": {"htsget": {"urls": [{"url": "https://x.org", "headers": {"Host": "inside"}}]}},
    "a cookie": {"htsget": {"urls": [{"url": "https://x.org", "headers": {"Cookie": "a=b"}}]}},
    "metadata": {"htsget": {"urls": [{"url": "http://169.254.169.254/latest"}]}},
    "metadata as a number": {"htsget": {"urls": [{"url": "http://2852039166/latest"}]}},
    "metadata in IPv6": {"htsget": {"urls": [{"url": "http://[::ffff:169.254.169.254]/"}]}},
    "metadata of a cloud": {"htsget": {"urls": [{"url": "http://[fd00:ec2::254]/"}]}},
    "no base64": {"htsget": {"urls": [{"url": "data:;base64,%%%"}]}},
    "no content": {"htsget": {"urls": [{"url": "data:text/plain"}]}},
    "too many": {"htsget": {"urls": [{"url": "data:,"}] * 10_001}},
    "too large": {"htsget": {"urls": [], "more": "x" * 5_000_000}},
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_a_bad_ticket_is_refused(service: Service, answer: Any) -> None:
    service.answer = answer
    with pytest.raises(ResponseError, match="ticket") as caught:
        service.read()
    assert "hush" not in str(caught.value)


def test_a_service_elsewhere_must_not_name_this_computer(
    serve: Serve, public_name: Callable[[str], str]
) -> None:
    parts, headers = store(serve)
    service = Service(serve, public_name)
    spellings = ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0")
    for host in (*spellings, "[::1]", "[::ffff:127.0.0.1]", "modos.example.test"):
        service.names({"url": parts.url.replace("127.0.0.1", host) + "/part"})
        with pytest.raises(ResponseError, match="this computer"):
            service.read()
    assert headers == []


def test_a_request_that_is_not_accepted_is_not_about_the_size(
    service: Service, serve: Serve
) -> None:
    parts, _ = store(serve)
    service.names({"url": f"{parts.url}/refused"})
    with pytest.raises(ResponseError, match="does not accept"):
        service.read()
    service.answer = {"detail": "no"}, 422
    with pytest.raises(ResponseError, match="does not accept"):
        service.read()


def test_limits_and_failures_of_an_address(service: Service, serve: Serve) -> None:
    parts, headers = store(serve)
    service.names(inline(b"12345"), {"url": f"{parts.url}/part?signature=hush"})
    with pytest.raises(OptionError, match="more than"):
        service.read(most=14)
    assert service.read(most=15) == b"123450123456789"
    before = len(headers)
    service.names({"url": f"{parts.url}/elsewhere", "headers": {"X-Key": "hush"}})
    with pytest.raises(ResponseError, match="leads to another"):
        service.read()
    assert len(headers) == before
    service.names({"url": f"{parts.url}/nothing?signature=hush"})
    with pytest.raises(NotFoundError) as missing:
        service.read()
    service.names({"url": "http://127.0.0.1:9/part?signature=hush"})
    with pytest.raises(EndpointError) as unreachable:
        service.read()
    assert "hush" not in f"{missing.value}{unreachable.value}"
