"""One answer for s3fs, obstore and requests: proxies, certificates, and whose fault it was."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from modos_widgets import catalog, create_modo, open_modo, retry, s3, transfer
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options, proxy_for
from modos_widgets.errors import (
    EndpointError,
    NotFoundError,
    OptionError,
    ResponseError,
    ServerError,
    UnreachableError,
)
from modos_widgets.remote import get_session
from modos_widgets.remote.http import fetch
from modos_widgets.retry import ENDPOINT
from modos_widgets.s3.client import S3Client
from modos_widgets.s3.relay import Relay
from tests.parts.forward_proxy import ForwardProxy
from tests.parts.proxy import Fault, Proxy
from tests.parts.tls import make_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
KEY = {"key": "testing", "secret": "testing-secret"}


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "BOTOCORE_TRIES", 1)
    for name in (*_VARIABLES, *_CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


# -- NO_PROXY -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("s3.example.org", "http://s3.example.org", True),
        ("S3.Example.ORG", "http://s3.example.org", True),
        ("example.org", "http://s3.example.org", True),
        (".example.org", "http://s3.example.org", True),
        ("*.example.org", "http://s3.example.org", True),
        (".example.org", "http://example.org", True),
        ("example.org", "http://notexample.org", False),
        ("s3.example.org", "http://example.org", False),
        ("other.org, example.org", "http://s3.example.org", True),
        ("other.org example.org", "http://s3.example.org", True),
        ("example.org:9000", "http://s3.example.org:9000", True),
        ("example.org:9000", "http://s3.example.org", False),
        ("example.org:443", "https://s3.example.org", True),
        ("example.org:80", "https://s3.example.org", False),
        ("*", "http://s3.example.org", True),
        ("other.org,*", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.1.2.3", "http://10.1.2.3:9000", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9001", False),
        ("10.1.2", "http://10.1.2.3", False),
        ("1.2.3", "http://10.1.2.3", False),
        ("::1", "http://[::1]:9000", True),
        ("[::1]", "http://[::1]:9000", True),
        ("[::1]:9000", "http://[::1]:9000", True),
        ("[::1]:9001", "http://[::1]:9000", False),
        ("fd00::/8", "http://[fd12::1]", True),
        ("fd00::/8", "http://[fe80::1]", False),
        ("0:0:0:0:0:0:0:1", "http://[::1]", True),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]", True),
        ("10.0.0.0/99", "http://10.1.2.3", False),
        ("localhost", "http://localhost:9000", True),
        ("example.org.", "http://s3.example.org.", True),
        ("http://example.org", "http://s3.example.org", True),
        (",, ,", "http://s3.example.org", False),
        ("", "http://s3.example.org", False),
    ],
)
@pytest.mark.parametrize("spelling", ["NO_PROXY", "no_proxy"])
def test_every_form_of_no_proxy(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, spelling: str, *, direct: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    monkeypatch.setenv(spelling, no_proxy)
    assert proxy_for(url) == (None if direct else "http://proxy:3128")


@pytest.mark.parametrize(
    ("variables", "http", "https"),
    [
        ({}, None, None),
        ({"HTTP_PROXY": "http://a:1"}, "http://a:1", None),
        ({"https_proxy": "http://a:1"}, None, "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, "http://a:1", "http://a:1"),
        ({"all_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "http://a:1", "http://b:1"),
        ({"HTTP_PROXY": "http://a:1", "http_proxy": "http://b:1"}, "http://b:1", None),
        ({"HTTP_PROXY": "a:3128"}, "http://a:3128", None),
        ({"HTTP_PROXY": "//a:3128"}, "http://a:3128", None),
    ],
)
def test_the_proxy_of_a_scheme(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    http: str | None,
    https: str | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (proxy_for("http://s3.example.org"), proxy_for("https://s3.example.org")) == (
        http,
        https,
    )


@pytest.mark.parametrize("value", ["socks5://a:1", "http://", "http://a:port", "ftp://a", "a b"])
def test_an_unsupported_proxy_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value.replace("://", "://ada:hunter2@"))
    with pytest.raises(OptionError, match="HTTPS_PROXY") as caught:
        proxy_for("https://s3.example.org")
    assert "hunter2" not in str(caught.value)


# -- three clients, one proxy -------------------------------------------------


def by_s3fs(endpoint: str, **more: Any) -> None:
    client = S3Client(S3Options.resolve(endpoint, {**KEY, **more}))
    client.run(client.get("lake", "no-such-key"))


def by_obstore(endpoint: str, **more: Any) -> None:
    client = s3.BulkClient(S3Options.resolve(endpoint, {**KEY, **more}), "lake")
    wait(client.get("no-such-key"))


def by_requests(endpoint: str, **_: Any) -> None:
    try:
        fetch(f"{endpoint}/lake/no-such-key")
    except ResponseError as error:  # reached, and found to be an S3 server
        raise NotFoundError(error.message, error.hint) from error


CLIENTS = (by_s3fs, by_obstore, by_requests)


@pytest.fixture
def lake(moto_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """The address of a server whose names only the proxy knows."""
    moto_server.client().create_bucket(Bucket="lake")
    monkeypatch.setattr(retry, "S3", replace(retry.S3, tries=1))
    monkeypatch.setattr(retry, "S3_BUSY", replace(retry.S3_BUSY, tries=1))
    host, port = moto_server.endpoint.removeprefix("http://").split(":")
    return host, int(port)


@pytest.fixture
def proxy(lake: tuple[str, int]) -> Iterator[ForwardProxy]:
    with ForwardProxy({"s3.example.org": lake}) as proxy:
        yield proxy


@pytest.mark.parametrize("no_proxy", ["", "*", ".example.org", "s3.example.org:80", "10.0.0.0/8"])
@pytest.mark.parametrize("client", CLIENTS)
def test_three_clients_agree_on_the_proxy(
    client: Callable[..., None],
    no_proxy: str,
    proxy: ForwardProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    through = no_proxy in {"", "10.0.0.0/8"}
    # without the proxy nobody knows the name
    with pytest.raises(NotFoundError if through else UnreachableError):
        client("http://s3.example.org")
    assert bool(proxy.targets) == through


@pytest.mark.parametrize(
    "no_proxy", ["127.0.0.0/8", "127.0.0.1", "*", "127.0.0.1:{port}", "127.0.0.1/32,x"]
)
@pytest.mark.parametrize("client", CLIENTS)
def test_an_address_is_excluded_in_every_form(
    client: Callable[..., None],
    no_proxy: str,
    lake: tuple[str, int],
    proxy: ForwardProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy.refusal = 502
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", no_proxy.format(port=lake[1]))
    with pytest.raises(NotFoundError):
        client(f"http://127.0.0.1:{lake[1]}")
    assert proxy.targets == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("status", [502, 503, 407])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_response_of_a_proxy_is_reported_as_such(
    client: Callable[..., None],
    scheme: str,
    status: int,
    proxy: ForwardProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy.refusal = status
    monkeypatch.setenv("ALL_PROXY", proxy.url.replace("//", "//ada:hunter2@"))
    monkeypatch.setattr("modos_widgets.remote.http.HttpSession.retry", replace(ENDPOINT, tries=1))
    with pytest.raises(EndpointError, match=rf"proxy http://…@127\.0\.0\.1:{proxy.port}") as caught:
        client(f"{scheme}://s3.example.org")
    told = str(caught.value)
    assert "s3.example.org" in told
    assert "hunter2" not in told
    assert ("user name and password" in told) == (status == 407)
    assert proxy.credentials  # the proxy was given what its URL holds


@pytest.mark.parametrize("client", CLIENTS)
def test_a_proxy_that_is_not_there(
    client: Callable[..., None], lake: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr("modos_widgets.remote.http.HttpSession.retry", replace(ENDPOINT, tries=1))
    with pytest.raises(UnreachableError, match=r"proxy http://127\.0\.0\.1:1 "):
        client("https://s3.example.org")


@pytest.mark.parametrize("client", [by_s3fs, by_obstore])
def test_a_server_s_own_fault_behind_a_proxy_stays_the_server_s(
    client: Callable[..., None],
    lake: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Proxy(f"http://{lake[0]}:{lake[1]}") as server:
        server.faults = [Fault("status", status=503, code="SlowDown", times=99)]
        with ForwardProxy({"s3.example.org": ("127.0.0.1", server.port)}) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            with pytest.raises(ServerError, match="SlowDown") as caught:
                client("http://s3.example.org")
    assert "proxy" not in caught.value.message.lower()


def test_another_proxy_is_used_from_the_next_client_on(
    lake: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = S3Options.resolve("http://s3.example.org", KEY)
    before = S3Client.shared(options)
    assert S3Client.shared(options) is before
    with ForwardProxy({"s3.example.org": lake}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        client = S3Client.shared(options)
        assert client is not before
        with pytest.raises(NotFoundError):
            client.run(client.get("lake", "no-such-key"))
        assert len(proxy.targets) == 1


def test_a_redirect_chooses_its_own_proxy_and_one_chosen_in_code_wins(
    lake: tuple[str, int], proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    session = get_session()
    session.proxies = {"http": proxy.url}
    assert session.get("http://s3.example.org/lake/no-such-key").status_code == 404
    prepared = session.prepare_request(requests.Request("GET", "http://s3.example.org/lake/no"))
    assert session.send(prepared).status_code == 404
    assert len(proxy.targets) == 2


# -- certificates -------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({}, "is not trusted"),
        ({"authority": True}, "is not trusted"),
        ({"hosts": ("other.example.org",), "trust": True}, "is for another host name"),
        ({"begins": -3, "ends": -1, "trust": True}, "has expired"),
        ({"begins": 1, "ends": 3, "trust": True}, "is not valid yet"),
    ],
    ids=["nobody", "authority", "host", "expired", "early"],
)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_rejected_certificate_is_reported_with_the_reason(  # noqa: PLR0917
    client: Callable[..., None],
    made: dict[str, Any],
    told: str,
    moto_server: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = dict(made)
    trust = made.pop("trust", False)
    certificate = make_certificate(tmp_path, *made.pop("hosts", ()), **made)
    with Proxy(moto_server.endpoint, tls=certificate.context) as server:
        if trust:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.public))
        with pytest.raises(UnreachableError) as caught:
            client(server.endpoint)
    assert caught.value.message == f"The certificate of {server.endpoint} {told}."
    if "trusted" in told:
        assert "BUNDLE" in caught.value.hint
    assert server.requests == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_without_tls_behind_an_https_address(
    client: Callable[..., None], lake: tuple[str, int]
) -> None:
    with pytest.raises(UnreachableError, match="does not answer with TLS"):
        client(f"https://127.0.0.1:{lake[1]}")


@pytest.mark.parametrize("variable", _CERTIFICATES)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_documented_variable_names_certificates_to_trust(  # noqa: PLR0917
    client: Callable[..., None],
    variable: str,
    moto_server: S3Server,
    lake: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv(variable, str(certificate.public))
    only_s3 = variable == "AWS_CA_BUNDLE" and client is by_requests
    with (
        Proxy(moto_server.endpoint, tls=certificate.context) as server,
        pytest.raises(UnreachableError if only_s3 else NotFoundError),
    ):
        client(server.endpoint)


@pytest.mark.parametrize("client", [by_s3fs, by_obstore])
def test_verify_takes_precedence_over_the_environment(
    client: Callable[..., None],
    moto_server: S3Server,
    lake: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, other = make_certificate(tmp_path), make_certificate(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other.public))
    with Proxy(moto_server.endpoint, tls=certificate.context) as server:
        with pytest.raises(NotFoundError):
            client(server.endpoint, verify=str(certificate.public))
        with pytest.raises(NotFoundError):
            client(server.endpoint, verify=False)
        with pytest.raises(UnreachableError, match="not trusted"):
            client(server.endpoint, verify=True)


@pytest.mark.parametrize("content", [None, b"", b"nonsense"], ids=["missing", "empty", "nonsense"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_file_without_certificates_is_named(
    client: Callable[..., None],
    content: bytes | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with pytest.raises(OptionError, match=f"certificates in {path}"):
        client("https://127.0.0.1:1")


@pytest.mark.parametrize("client", CLIENTS)
def test_certificate_errors_are_reported_through_a_proxy_too(
    client: Callable[..., None],
    moto_server: S3Server,
    lake: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = make_certificate(tmp_path, "s3.example.org")
    with (
        Proxy(moto_server.endpoint, tls=certificate.context) as server,
        ForwardProxy({"s3.example.org": ("127.0.0.1", server.port)}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(UnreachableError, match="not trusted"):
            client("https://s3.example.org")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.public))
        with pytest.raises(NotFoundError):
            client("https://s3.example.org")
        assert set(proxy.targets) == {"s3.example.org:443"}


def openssl_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate as most instructions say: openssl makes it an authority (CA:TRUE)."""
    public, private = folder / "self.pem", folder / "self.key"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-keyout", private, "-out", public, "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_a_self_signed_authority_that_is_trusted_works_in_every_function(
    moto_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, context = openssl_certificate(tmp_path)
    bucket = moto_server.bucket()
    with Proxy(moto_server.endpoint, tls=context) as server:
        services = {"s3": server.endpoint}
        for trust in ("argument", "environment"):
            options = {**KEY, "verify": str(public)} if trust == "argument" else KEY
            if trust == "environment":
                monkeypatch.setenv("AWS_CA_BUNDLE", str(public))
            url = f"s3://{bucket}/{trust}"
            modo = create_modo(url, services=services, s3_kwargs=options)
            modo.storage.put([b"x" * (9 * 2**20 + 1)], "large")
            modo.storage.put([b"small"], "small")
            frame = catalog(url, services=services, s3_kwargs=options)
            assert len(frame.attrs.get("failed", {})) == 0
            assert open_modo(url, services=services, s3_kwargs=options).id == modo.id
            for target in (tmp_path / f"copy-{trust}", f"s3://{bucket}/back-{trust}"):
                transfer(url, target, services=services, s3_kwargs=options).wait(120)
            assert (tmp_path / f"copy-{trust}" / "large").stat().st_size == 9 * 2**20 + 1
    keys = moto_server.keys(bucket)
    assert keys["back-argument/small"] == keys["back-environment/small"] == b"small"


@pytest.mark.parametrize("client", [by_s3fs, by_obstore])
def test_a_trusted_authority_s_own_certificate_through_a_proxy(
    client: Callable[..., None],
    moto_server: S3Server,
    lake: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = make_certificate(tmp_path, "s3.example.org", authority=True)
    with (
        Proxy(moto_server.endpoint, tls=certificate.context) as server,
        ForwardProxy({"s3.example.org": ("127.0.0.1", server.port)}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ada:hunter2@"))
        with pytest.raises(NotFoundError):
            client("https://s3.example.org", verify=str(certificate.public))
        assert set(proxy.targets) == {"s3.example.org:443"}
        assert set(proxy.credentials) == {"Basic YWRhOmh1bnRlcjI="}


def test_the_relay_leads_to_its_own_server_only(
    moto_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, authority=True)
    with Proxy(moto_server.endpoint, tls=certificate.context) as server:
        options = S3Options.resolve(server.endpoint, {**KEY, "verify": str(certificate.public)})
        relay = wait(Relay.shared(options))
        assert wait(Relay.shared(options)) is relay
        proxies = {"http": relay.url}
        answer = requests.get(f"{relay.endpoint}/", proxies=proxies, timeout=10)
        assert answer.ok
        for other in ("http://example.org/", f"http://not{relay.endpoint[7:]}/"):
            with pytest.raises(requests.RequestException):
                requests.get(other, proxies=proxies, timeout=10)
        assert len(server.requests) == 1
