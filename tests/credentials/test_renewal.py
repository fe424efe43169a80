"""Short-lived keys are asked for again before they expire, in the middle of work too."""

from __future__ import annotations

import datetime as dt
import pickle
import threading
import time
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import S3Store

from modos_widgets.credentials import S3Credential, S3Options
from modos_widgets.credentials.renewal import RenewingCredential
from modos_widgets.errors import CredentialsError, LoginExpiredError, UnreachableError
from modos_widgets.storage import LocalStorage, S3Storage
from tests.parts.proxy import Proxy
from tests.parts.tls import make_certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic


def soon(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


class Source:
    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.given: list[S3Credential] = []

    def __call__(self) -> S3Credential:
        expires = None if self.seconds is None else soon(self.seconds)
        self.given.append(S3Credential(f"key{len(self.given)}", "secret", "token", expires))
        return self.given[-1]


def test_a_key_is_requested_once_in_its_lifetime() -> None:
    for seconds in (None, 3600):
        source = Source(seconds)
        renewing = RenewingCredential(source)
        assert [renewing.get() for _ in range(5)] == [source.given[0]] * 5


def test_a_key_is_renewed_before_its_end() -> None:
    source = Source(1.0)
    renewing = RenewingCredential(source)
    assert renewing.get().access_key_id == "key0"
    time.sleep(0.85)
    assert source.given[0].expires_at is not None
    assert dt.datetime.now(dt.UTC) < source.given[0].expires_at
    assert renewing.get().access_key_id == "key1"


def _ask() -> S3Credential:
    return S3Credential("key", "the-secret")


def test_options_that_were_used_travel_without_the_key_in_hand() -> None:
    options = S3Options(source=_ask)
    assert options.renewing is not None
    options.renewing.get()
    pickled = pickle.dumps(options)
    assert b"the-secret" not in pickled
    again = pickle.loads(pickled)  # noqa: S301 - our own
    assert again == options
    assert again.renewing.get() == _ask()


def test_an_expired_key_is_requested_again_once() -> None:
    source = Source(3600)
    renewing = RenewingCredential(source)
    used = renewing.get()
    for _ in range(3):  # requests that were signed with it fail one after the other
        renewing.discard(used)
        assert renewing.get().access_key_id == "key1"


def test_a_key_that_is_no_longer_valid_is_not_used_again(moto_server: S3Server) -> None:
    class Login(Source):
        signed_in = True

        def __call__(self) -> S3Credential:
            if not self.signed_in:
                raise LoginExpiredError("Nobody is signed in.", "Sign in first.")
            return super().__call__()

        def stands(self) -> bool:
            return self.signed_in

    source = Login(3600)
    storage = S3Storage(
        f"s3://{moto_server.bucket()}/ex", moto_server.endpoint, {"credentials": source}
    )
    provider = storage.options.for_obstore()[2]
    assert provider is not None
    reading = storage.open("data.zarr/zarr.json")
    storage.put([b"x"], "a.txt")
    assert len(source.given) == 1
    source.signed_in = False
    uses: list[Callable[[], object]] = [
        lambda: storage.read("a.txt"),
        lambda: dict(storage.zarr.attrs),
        lambda: storage.store.cat_file("a.txt"),
        provider,
        lambda: storage.open("a.txt"),
        lambda: storage.put([b"y"], "a.txt"),
    ]
    for use in uses:
        with pytest.raises(LoginExpiredError, match="Sign in first"):
            use()
    assert reading.read(1) == b"{"  # what is here already
    assert len(source.given) == 1


def test_threads_share_one_renewal() -> None:
    asked = []

    def slow() -> S3Credential:
        asked.append(1)
        time.sleep(0.2)
        return S3Credential("key", "secret", None, soon(3600))

    renewing = RenewingCredential(slow)
    threads = [threading.Thread(target=renewing.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_errors_of_a_source() -> None:
    def broken() -> S3Credential:
        raise RuntimeError("with a secret inside")

    def signed_out() -> S3Credential:
        raise LoginExpiredError("The login ran out.", "Sign in again.")

    with pytest.raises(CredentialsError, match="RuntimeError") as caught:
        RenewingCredential(broken).get()
    assert "inside" not in str(caught.value)
    with pytest.raises(LoginExpiredError):
        RenewingCredential(signed_out).get()
    with pytest.raises(CredentialsError, match="did not return an S3Credential"):
        RenewingCredential(lambda: ("key", "secret")).get()  # type: ignore[arg-type, return-value]
    with pytest.raises(CredentialsError, match="expired"):
        RenewingCredential(Source(-1)).get()


def test_a_naive_time_of_expiry_is_utc() -> None:
    naive = dt.datetime(2030, 1, 1)  # noqa: DTZ001
    assert S3Credential("k", "s", None, naive).expires_at == naive.replace(tzinfo=dt.UTC)


def test_keys_change_in_the_middle_of_a_transfer(moto_server: S3Server, tmp_path: Path) -> None:
    local = LocalStorage(tmp_path / "ex")
    for number in range(30):
        local.put([b"x"], f"file{number:02}")
    local.put([b"x" * 20 * 2**20], "large")
    source = Source(2.0)
    bucket = moto_server.bucket()
    with Proxy(moto_server.endpoint, delay=0.15) as proxy:
        used: list[tuple[float, str]] = []
        proxy.observe = lambda request: used.append(
            (time.time(), request.headers["authorization"].split("Credential=")[1].split("/")[0])
        )
        target = S3Storage(f"s3://{bucket}/ex", proxy.endpoint, {"credentials": source})
        local.transfer(target)
        for _ in range(8):
            time.sleep(0.3)
            target.exists("large")
    ends = {one.access_key_id: one.expires_at for one in source.given}
    assert len({key for _, key in used}) >= 3
    for moment, key in used:
        end = ends[key]
        assert end is not None
        assert moment < end.timestamp() + 0.5
    assert len(source.given) < len(used) / 2


def test_a_login_that_ran_out_reaches_the_caller(moto_server: S3Server) -> None:
    def signed_out() -> S3Credential:
        raise LoginExpiredError("The login ran out.", "Sign in again.")

    with pytest.raises(LoginExpiredError):
        S3Storage("s3://test-bucket/ex", moto_server.endpoint, {"credentials": signed_out})


def test_obstore_takes_the_same_options(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    source = Source(3600)
    for s3_kwargs in (moto_server.s3_kwargs, {"credentials": source}):
        options = S3Options.resolve(moto_server.endpoint, s3_kwargs)
        config, client, provider = options.for_obstore()
        store = S3Store(
            bucket,
            config=config,  # type: ignore[arg-type]
            client_options=client,  # type: ignore[arg-type]
            credential_provider=provider,  # type: ignore[arg-type]
        )
        obstore.put(store, "key", b"content")
        assert bytes(obstore.get(store, "key").bytes()) == b"content"
    assert len(source.given) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    made = make_certificate(tmp_path, authority=True)
    return made.public, made.context


def test_a_private_certificate_authority_is_accepted(
    moto_server: S3Server,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public, context = certificate
    url = f"s3://{moto_server.bucket()}/ex"
    with Proxy(moto_server.endpoint, tls=context) as proxy:
        with pytest.raises(UnreachableError, match="certificate"):
            S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
        given = {**moto_server.s3_kwargs, "verify": str(public)}
        storage = S3Storage(url, proxy.endpoint, given)
        assert storage.exists("data.zarr")
        storage.put([b"x" * 9 * 2**20], "large")
        (part, *_) = (one.headers for one in proxy.requests if "partNumber=1" in one.target)
        # the digest is signed, and the content is not hashed once more to be signed itself
        assert part["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        assert "content-md5" in part["authorization"]
        monkeypatch.setenv("AWS_CA_BUNDLE", str(public))
        S3Storage(url, proxy.endpoint, {**moto_server.s3_kwargs, "region": "other"}, mode="r")


def test_virtual_addressing_puts_the_bucket_into_the_host(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket  # noqa: PLC0415

    real = socket.getaddrinfo

    def resolve(host: str, *rest: object, **more: object) -> object:
        host = "127.0.0.1" if str(host).endswith(".s3.test") else host
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Proxy(moto_server.endpoint) as proxy:
        for style, path, host in (
            ("virtual", "/ex/data.zarr/zarr.json", f"bucket.s3.test:{proxy.port}"),
            ("path", "/bucket/ex/data.zarr/zarr.json", f"x.s3.test:{proxy.port}"),
        ):
            proxy.reset()
            endpoint = f"http://{'x.' * (style == 'path')}s3.test:{proxy.port}"
            given = {**moto_server.s3_kwargs, "addressing_style": style}
            with pytest.raises(Exception, match="bucket"):
                S3Storage("s3://bucket/ex", endpoint, given, mode="r")
            assert proxy.requests[0].path == path
            assert proxy.requests[0].headers["host"] == host
