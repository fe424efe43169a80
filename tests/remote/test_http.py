"""Servers that misbehave, and the word that comes of it."""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Flask, Response, jsonify, redirect

from modos_widgets import errors, remote
from modos_widgets.remote import http
from modos_widgets.remote.http_limits import LimitedAdapter
from modos_widgets.retry import ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.remote.conftest import Serve

Talk = Callable[[socket.socket], None]


@pytest.fixture
def raw() -> Iterator[Callable[..., tuple[str, list[bytes]]]]:
    """A server of bare sockets: what it does with each connection is given."""
    ending: list[Callable[[], None]] = []

    def start(talk: Talk, context: ssl.SSLContext | None = None) -> tuple[str, list[bytes]]:
        heard: list[bytes] = []
        listening = socket.create_server(("127.0.0.1", 0))
        threads: list[threading.Thread] = []

        def speak(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                if context is not None:
                    with context.wrap_socket(connection, server_side=True) as encrypted:
                        heard.append(encrypted.recv(65536))
                        talk(encrypted)
                else:
                    heard.append(connection.recv(65536))
                    talk(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threads.append(threading.Thread(target=speak, args=(connection,)))
                    threads[-1].start()

        thread = threading.Thread(target=accept)
        thread.start()

        def end() -> None:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            thread.join()
            for one in threads:
                one.join()

        ending.append(end)
        scheme = "http" if context is None else "https"
        return f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", heard

    yield start
    for end in ending:
        end()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.HttpSession, "retry", replace(ENDPOINT, first=0.01))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, errors.CredentialsError),
        (403, errors.CredentialsError),
        (404, errors.NotFoundError),
        (410, errors.NotFoundError),
        (422, errors.OptionError),
        (400, errors.ResponseError),
        (429, errors.ResponseError),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (503, errors.ServerError),
    ],
)
@pytest.mark.parametrize("detail", ["because", [{"msg": "because"}], {"x": 1}, "html"])
def test_a_status_is_a_typed_error_with_the_servers_word(
    serve: Serve, status: int, error: type[errors.ModosError], detail: Any
) -> None:
    app = Flask("refusing")

    @app.get("/list")
    def answer() -> Any:
        if detail == "html":
            return Response("<h1>Oops because</h1>", status, mimetype="text/html")
        return jsonify(detail=detail), status

    with pytest.raises(error) as caught:
        remote.list_remote_items(serve(app).url)
    assert ("(because)" in caught.value.message) == (detail not in ({"x": 1}, "html"))
    assert caught.value.hint
    assert "<" not in str(caught.value)


FIELD_REQUIRED = {"type": "missing", "loc": ["query", "num"], "msg": "Field required"}


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
@pytest.mark.parametrize(
    "detail",
    [
        [FIELD_REQUIRED],
        [FIELD_REQUIRED, {**FIELD_REQUIRED, "msg": "Input should be a valid integer"}],
        "1 validation error for Query\nnum\n  Field required [type=missing, input_value={}]",
    ],
)
def test_messages_of_models_are_not_shown(serve: Serve, status: int, detail: Any) -> None:
    app = Flask("validating")
    app.add_url_rule("/list", view_func=lambda: (jsonify(detail=detail), status))
    with pytest.raises(errors.ModosError) as caught:
        remote.list_remote_items(serve(app).url)
    for words in ("required", "Input should", "validation error", "Ask otherwise"):
        assert words not in str(caught.value)
    assert ("(query.num)" in caught.value.message) == isinstance(detail, list)


@pytest.mark.parametrize("place", [["header", "authorization"], ["header", "Authorization"]])
def test_a_missing_token_is_called_so_whatever_the_status(serve: Serve, place: list[str]) -> None:
    detail = [{"type": "missing", "loc": place, "msg": "Field required"}]
    app = Flask("validating")
    app.add_url_rule("/list", view_func=lambda: (jsonify(detail=detail), 422))
    with pytest.raises(errors.CredentialsError, match="requires a sign-in"):
        remote.list_remote_items(serve(app).url)


def test_a_web_page_instead_of_data_is_said_to_be_one(serve: Serve) -> None:
    app = Flask("page")
    app.add_url_rule("/list", view_func=lambda: "<!doctype html><title>Sign in</title>")
    with pytest.raises(errors.ResponseError, match="web page"):
        remote.list_remote_items(serve(app).url)


@pytest.mark.parametrize("body", ['{"data": ["s3://', "", "[" * 100_000, '{"data": \xff'])
def test_json_that_is_torn_or_none_is_refused(serve: Serve, body: str) -> None:
    app = Flask("torn")
    app.add_url_rule("/list", view_func=lambda: Response(body, mimetype="application/json"))
    with pytest.raises(errors.ResponseError, match="invalid or incomplete JSON"):
        remote.list_remote_items(serve(app).url)


def answering(text: str) -> Talk:
    return lambda connection: connection.sendall(text.replace("\n", "\r\n").encode())


def test_an_incomplete_body_is_retried_and_then_reported(raw: Any) -> None:
    url, heard = raw(answering('HTTP/1.1 200 OK\nContent-Length: 100\n\n{"data": []}'))
    with pytest.raises(errors.ResponseError, match="was interrupted"):
        remote.list_remote_items(url)
    assert len(heard) == 3


def test_a_connection_that_is_reset_is_tried_again(raw: Any) -> None:
    answers = iter(["", "", 'HTTP/1.1 200 OK\nContent-Length: 12\n\n{"data": []}'])

    def talk(connection: socket.socket) -> None:
        answering(next(answers))(connection)

    url, heard = raw(talk)
    assert remote.list_remote_items(url) == []
    assert len(heard) == 3


def test_something_that_does_not_speak_http_is_said(raw: Any) -> None:
    url, _ = raw(answering("SSH-2.0-OpenSSH_9.2\n"))
    with pytest.raises(errors.EndpointError):
        remote.list_remote_items(url)


def test_a_read_that_times_out_is_not_tried_again(
    raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.2)
    url, heard = raw(lambda _: time.sleep(0.5))
    with pytest.raises(errors.UnreachableError, match="timed out"):
        remote.list_remote_items(url)
    assert len(heard) == 1


def test_a_body_that_stops_half_way_is_not_tried_again(
    raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.2)

    def half(connection: socket.socket) -> None:
        answering("HTTP/1.1 200 OK\nContent-Length: 12\n\n{")(connection)
        time.sleep(0.5)

    url, heard = raw(half)
    with pytest.raises(errors.UnreachableError):
        remote.list_remote_items(url)
    assert len(heard) == 1


DRIPS = {
    "status line": "",
    "header": "HTTP/1.1 200 OK\nX-Slow: ",
    "body": "HTTP/1.1 200 OK\nContent-Length: 1000\n\n",
    "body without length": "HTTP/1.1 200 OK\nConnection: close\n\n[",
}


@pytest.mark.parametrize("where", DRIPS)
def test_a_server_that_drips_does_not_hold_a_call_for_ever(
    raw: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(http.HttpSession, "call_timeout", 0.5)

    def drip(connection: socket.socket) -> None:
        answering(DRIPS[where])(connection)
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)

    url, heard = raw(drip)
    started = time.monotonic()
    with pytest.raises(errors.UnreachableError, match="timed out"):
        remote.list_remote_items(url)
    assert 0.4 < time.monotonic() - started < 8
    assert len(heard) == 1


def test_a_call_leaves_no_thread_behind(serve: Serve) -> None:
    app = Flask("well")
    app.add_url_rule("/list", view_func=lambda: jsonify(data=[]))
    remote.list_remote_items(serve(app).url)
    assert "modos-deadline" not in {thread.name for thread in threading.enumerate()}


def test_a_request_that_fails_once_is_retried(serve: Serve) -> None:
    statuses = iter([500, 503, 200])
    app = Flask("shaky")
    app.add_url_rule("/list", view_func=lambda: (jsonify(data=[]), next(statuses)))
    served = serve(app)
    assert remote.list_remote_items(served.url) == []
    assert len(served.requests) == 3


def test_a_server_may_say_when_to_come_back(serve: Serve) -> None:
    app = Flask("busy")
    waits = iter(["1", "3600", "3600"])
    answers: Any = lambda: (jsonify(), 503, {"Retry-After": next(waits)})  # noqa: E731
    app.add_url_rule("/list", view_func=answers)
    served = serve(app)
    started = time.monotonic()
    with pytest.raises(errors.ServerError):
        remote.list_remote_items(served.url)
    assert time.monotonic() - started > 1
    assert len(served.requests) == 2  # an hour is not waited for


def test_unsafe_requests_are_sent_once(serve: Serve) -> None:
    app = Flask("shaky")
    app.add_url_rule("/", view_func=lambda: (jsonify(), 503), methods=["POST"])
    served = serve(app)
    assert remote.get_session().post(served.url).status_code == 503
    assert len(served.requests) == 1


def test_a_refused_connection_is_reported_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(errors.UnreachableError, match="Connection refused"):
        remote.list_remote_items(url)


def test_an_unknown_host_is_reported() -> None:
    with pytest.raises(errors.UnreachableError, match=r"https://no\.such\.invalid"):
        remote.list_remote_items("https://no.such.invalid")


def test_a_circle_of_redirects_is_said(serve: Serve) -> None:
    app = Flask("circle")
    app.add_url_rule("/list", view_func=lambda: redirect("/list"))
    with pytest.raises(errors.ResponseError, match="in a loop"):
        remote.list_remote_items(serve(app).url)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "javascript:1", "http://"])
def test_a_redirect_out_of_the_web_is_refused(serve: Serve, target: str) -> None:
    app = Flask("away")
    answer: Any = lambda: ("", 302, {"Location": target})  # noqa: E731
    app.add_url_rule("/list", view_func=answer)
    with pytest.raises(errors.ModosError):
        remote.list_remote_items(serve(app).url)


def test_packed_garbage_is_said(raw: Any) -> None:
    text = "HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 7\n\ngarbage"
    url, _ = raw(answering(text))
    with pytest.raises(errors.ResponseError, match="decompressed"):
        remote.list_remote_items(url)


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_fills_no_memory(
    raw: Any, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(LimitedAdapter, "largest", 2**20)
    sent: list[int] = []

    def talk(connection: socket.socket) -> None:
        body = b" " * 64 * 2**20
        if packed:
            body = gzip.compress(body, 1)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Encoding: gzip\r\n" if packed else ""
        connection.sendall(f"{head}\r\n".encode())
        connection.sendall(body)
        sent.append(len(body))

    url, heard = raw(talk)
    with pytest.raises(errors.ResponseError, match="too large"):
        remote.list_remote_items(url)
    assert len(heard) == 1
    assert packed or not sent  # it was hung up on


def test_an_untrusted_certificate_is_reported_and_not_retried(raw: Any, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "cert.pem"))
    url, heard = raw(answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"), context)
    with pytest.raises(errors.UnreachableError, match=r"certificate of https://127\.0\.0\.1"):
        remote.list_remote_items(url)
    assert heard == []


def test_encrypted_answers_that_drip_are_cut_off_too(
    raw: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path / "cert.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr(http.HttpSession, "call_timeout", 0.6)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def drip(connection: socket.socket) -> None:
        answering("HTTP/1.1 200 OK\nContent-Length: 1000\n\n")(connection)
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)

    url, heard = raw(drip, context)
    started = time.monotonic()
    with pytest.raises(errors.UnreachableError, match="timed out"):
        remote.list_remote_items(url)
    assert time.monotonic() - started < 8
    assert len(heard) == 1


def test_a_session_keeps_no_cookies(serve: Serve) -> None:
    app = Flask("cookies")
    answer: Any = lambda: ("", 200, {"Set-Cookie": "a=b"})  # noqa: E731
    app.add_url_rule("/", view_func=answer)
    session = remote.get_session()
    session.get(serve(app).url)
    assert not session.cookies


def test_a_session_streams_without_a_limit_on_the_whole(
    raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.HttpSession, "call_timeout", 0.2)

    def slow(connection: socket.socket) -> None:
        answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n1")(connection)
        time.sleep(0.4)
        connection.sendall(b"2")

    url, _ = raw(slow)
    with remote.get_session().get(url, stream=True) as response:
        assert response.content == b"12"
    with pytest.raises(requests.Timeout):
        remote.get_session().get(url)


def self_signed(path: Path) -> Path:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
