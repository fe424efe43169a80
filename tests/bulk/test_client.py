"""The bulk client on a real wire: counts, conditions, retries, errors in our words."""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import obstore
import pytest

from modos_widgets import bulk
from modos_widgets.bulk.faults import translate
from modos_widgets.credentials import S3Credential, S3Options
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    CredentialsError,
    LoginExpiredError,
    ModosError,
    NotFoundError,
    PathError,
    ServerError,
    UnreachableError,
)
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.s3 import S3Server

ODD_NAMES = [
    "a b",
    "ü",
    "a+b",
    "a%b",
    "a%20b",
    "a#b",
    "a[b]*?",
    "(x)",
    "..a/b",
    "&=;~",
    "'\"<>|^`{}",
]


@pytest.fixture(params=["moto_server", "seaweedfs"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def client(s3_server: S3Server) -> bulk.BulkClient:
    options = S3Options.resolve(s3_server.endpoint, s3_server.s3_kwargs)
    return bulk.BulkClient(options, s3_server.bucket())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_come_back_as_they_went(client: bulk.BulkClient, name: str) -> None:
    async def there_and_back() -> tuple[bytes, list[str]]:
        await client.put(f"folder/{name}", name.encode())
        fetched = await client.get(f"folder/{name}")
        keys = [entry.key async for page in client.keys("folder") for entry in page]
        assert fetched is not None
        return bytes(fetched.data), keys

    data, keys = bulk.wait(there_and_back())
    assert data == name.encode()
    assert keys == [f"folder/{name}"]


def test_parts_of_a_key_and_its_whole_size(client: bulk.BulkClient) -> None:
    async def parts() -> list[Any]:
        await client.put("k", b"0123456789")
        return [
            await client.get("k", start=2, end=5),
            await client.get("k", start=7),
            await client.get("k", end=100),
        ]

    fetched = bulk.wait(parts())
    assert [part.data for part in fetched] == [b"234", b"789", b"0123456789"]
    assert {part.size for part in fetched} == {10}


def test_a_known_etag_brings_no_bytes(client: bulk.BulkClient) -> None:
    etag = bulk.wait(client.put("k", b"x" * 1000))
    before = client.counters.read()
    assert bulk.wait(client.get("k", known=etag)) is None
    after = client.counters.read()
    assert after.requests == before.requests + 1
    assert after.received == before.received


def test_conditions_hold(client: bulk.BulkClient) -> None:
    etag = bulk.wait(client.put("k", b"one", create=True))
    with pytest.raises(AlreadyExistsError):
        bulk.wait(client.put("k", b"two", create=True))
    bulk.wait(client.put("k", b"three", match=etag))
    with pytest.raises(ChangedError):
        bulk.wait(client.put("k", b"four", match=etag))
    fetched = bulk.wait(client.get("k"))
    assert fetched is not None
    assert bytes(fetched.data) == b"three"


def test_a_level_shows_folders_and_keys_and_counts_pages(client: bulk.BulkClient) -> None:
    async def many() -> bulk.Listing:
        keys = [f"top/k{number:04}" for number in range(1500)] + ["top/sub/x", "topper"]
        await asyncio.gather(*(client.put(key, b"") for key in keys))
        before = client.counters.read().requests
        listing = await client.level("top")
        assert client.counters.read().requests - before == 2
        return listing

    listing = bulk.wait(many())
    assert listing.folders == ("top/sub",)
    assert len(listing.entries) == 1500


def test_walk_finds_objects_and_never_looks_into_them(client: bulk.BulkClient) -> None:
    objects = [f"cohort/p{number}" for number in range(30)] + ["public/deep/er/x"]

    async def made() -> list[str]:
        for path in objects:
            await client.put(f"{path}/data.zarr/zarr.json", b"{}")
            await client.put(f"{path}/data.zarr/sample/a/zarr.json", b"{}")
            await client.put(f"{path}/reads/more/a.cram", b"")
        before = client.counters.read().requests
        found = [path async for path in bulk.walk(client)]
        folders = {"", "cohort", "public", "public/deep", "public/deep/er"}
        assert client.counters.read().requests - before == len(folders) + len(objects)
        return found

    assert sorted(bulk.wait(made())) == sorted(objects)


def test_walk_from_an_object_finds_it(client: bulk.BulkClient) -> None:
    async def made() -> list[str]:
        await client.put("a/data.zarr/zarr.json", b"{}")
        await client.put("a/below/data.zarr/zarr.json", b"{}")
        return sorted([path async for path in bulk.walk(client, "a")])

    assert bulk.wait(made()) == ["a", "a/below"]


def test_missing_key_bucket_and_bad_key(client: bulk.BulkClient, s3_server: S3Server) -> None:
    with pytest.raises(NotFoundError, match="Nothing is at"):
        bulk.wait(client.get("none"))
    options = S3Options.resolve(s3_server.endpoint, s3_server.s3_kwargs)
    with pytest.raises(NotFoundError, match="no such bucket"):
        bulk.wait(bulk.BulkClient(options, "no-such-bucket-here").level(""))
    with pytest.raises(PathError):
        bulk.wait(client.get("a//b"))


def test_a_passing_fault_is_tried_again_and_counted(
    client: bulk.BulkClient, monkeypatch: pytest.MonkeyPatch
) -> None:

    real: Callable[..., Any] = obstore.get_async
    calls = 0

    async def flaky(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise ServerError("The server failed.")
        return await real(*args, **kwargs)

    bulk.wait(client.put("k", b"here"))
    monkeypatch.setattr(obstore, "get_async", flaky)
    fetched = bulk.wait(client.get("k"))
    assert fetched is not None
    assert bytes(fetched.data) == b"here"
    assert client.counters.read().retries == 2


def test_an_expired_key_is_asked_for_again_once_for_all_requests(moto_server: S3Server) -> None:
    given: list[int] = []

    def keys() -> S3Credential:
        given.append(1)
        return S3Credential("KEY", "secret", None, datetime.now(UTC) + timedelta(hours=1))

    bucket = moto_server.bucket()
    with Proxy(moto_server.endpoint, delay=0.2) as proxy:
        options = S3Options.resolve(proxy.endpoint, {"credentials": keys})
        client = bulk.BulkClient(options, bucket)
        expired = Fault("status", status=400, code="ExpiredToken", times=20)
        proxy.faults = [expired]

        async def everything() -> list[list[bulk.Entry]]:
            await bulk.all_together(client.put(f"k{number}", b"x") for number in range(20))
            expired.seen, expired.times = 0, 1
            return [page async for page in client.keys("")]

        (page,) = bulk.wait(everything())
        assert len(page) == 20
        assert len(given) == 3
        expired.seen, expired.times = 0, 99
        with pytest.raises(CredentialsError, match="expired"):
            bulk.wait(client.get("k1"))


class Login:
    """A source of keys that belong to a login."""

    def __init__(self) -> None:
        self.over = False
        self.given = 0

    def __call__(self) -> S3Credential:
        if self.over:
            raise LoginExpiredError("Nobody is signed in any more.", "Sign in again.")
        self.given += 1
        return S3Credential(f"KEY{self.given}", "secret", None)

    def stands(self) -> bool:
        return not self.over


def test_what_is_under_way_ends_with_its_login_and_goes_on_with_the_next(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    monkeypatch.setattr("modos_widgets.bulk.client._PAGE", 10)
    login = Login()
    with Proxy(moto_server.endpoint) as proxy:
        options = S3Options.resolve(proxy.endpoint, {"credentials": login})
        client = bulk.BulkClient(options, moto_server.bucket())

        async def list_all() -> list[str]:
            pages = client.keys("")
            first = await anext(pages)
            login.over = True
            asked = len(proxy.requests)
            with pytest.raises(LoginExpiredError, match="any more"):
                await anext(pages)
            for use in (
                client.get("k1"),
                client.put("k2", b""),
                client.level(""),
                client.head("k"),
            ):
                with pytest.raises(LoginExpiredError, match="any more"):
                    await use
            assert len(proxy.requests) == asked
            login.over = False
            pages = client.keys("")
            keys = [entry.key for entry in await anext(pages)]
            assert keys == [entry.key for entry in first]
            assert options.renewing is not None
            assert client._key is not None
            options.renewing.discard(client._key)  # renewed between two pages
            async for page in pages:
                keys += [entry.key for entry in page]
            return keys

        bulk.wait(bulk.all_together(client.put(f"k{number}", b"") for number in range(25)))
        assert login.given == 1
        proxy.reset()
        before = client.counters.read().requests
        assert len(set(bulk.wait(list_all()))) == 25
        assert client.counters.read().requests - before == len(proxy.requests)
        assert login.given == 3
        keys = {each.headers["authorization"].split("/")[0][-4:] for each in proxy.requests}
        assert keys == {"KEY1", "KEY2", "KEY3"}


def test_few_requests_are_under_way_where_few_files_may_be_open(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (20, 100))
    with Proxy(moto_server.endpoint, delay=0.05) as proxy:
        options = S3Options.resolve(proxy.endpoint, moto_server.s3_kwargs)
        client = bulk.BulkClient(options, moto_server.bucket())
        bulk.wait(bulk.all_together(client.put(f"k{number}", b"") for number in range(20)))
        assert proxy.most_at_once == 5


def test_nobody_there_is_told_after_a_bounded_number_of_tries() -> None:
    options = S3Options.resolve("http://127.0.0.1:9", {"key": "k", "secret": "topsecret"})
    client = bulk.BulkClient(options, "bucket")
    with pytest.raises(UnreachableError) as caught:
        bulk.wait(client.get("k"))
    assert client.counters.read().requests == 5
    assert "topsecret" not in repr((client, caught.value, vars(client)))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("status code: 503 x", "ServerError"),
        ("status code: 429 x", "ServerError"),
        ("status code: 403 <Code>ExpiredToken</Code>", "CredentialsExpiredError"),
        ("status code: 400 <Code>ExpiredTokenException</Code>", "CredentialsExpiredError"),
        ("status code: 400 <Code>RequestExpired</Code>", "CredentialsExpiredError"),
        ("status code: 400 <Code>TokenRefreshRequired</Code>", "CredentialsExpiredError"),
        ("status code: 403 <Code>RequestTimeTooSkewed</Code>", "CredentialsError"),
        ("status code: 400 <Code>Odd</Code>", "StorageError"),
        ("status code: 404 <Code>NoSuchBucket</Code>", "NotFoundError"),
        ("error sending request", "UnreachableError"),
    ],
)
def test_answers_become_our_errors(text: str, kind: str) -> None:
    error = translate(OSError(f"Authorization: AWS4 topsecret {text}"), "s3://b/k")
    assert isinstance(error, ModosError)
    assert type(error).__name__ == kind
    assert "topsecret" not in str(error)
