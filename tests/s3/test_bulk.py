"""The bulk client on a real wire: counts, conditions, retries, errors in our words."""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.session
import obstore
import pytest
from botocore import handlers
from botocore.handlers import decode_list_object_v2
from botocore.parsers import ResponseParser, create_parser

from modos_widgets import s3
from modos_widgets.concurrency import all_together, wait
from modos_widgets.credentials import S3Credential, S3Options
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    CredentialsError,
    LoginExpiredError,
    ModosError,
    NotFoundError,
    ServerError,
    UnreachableError,
)
from modos_widgets.s3 import listing
from modos_widgets.s3.obstore_errors import translate
from tests.explore.stores import fill
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

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


@pytest.fixture(params=[pytest.param("moto_server", marks=pytest.mark.twin), "seaweedfs"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def client(s3_server: S3Server) -> s3.BulkClient:
    options = S3Options.resolve(s3_server.endpoint, s3_server.s3_kwargs)
    return s3.BulkClient(options, s3_server.bucket())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_come_back_as_they_went(client: s3.BulkClient, name: str) -> None:
    async def there_and_back() -> tuple[bytes, list[str]]:
        await client.put(f"folder/{name}", name.encode())
        fetched = await client.get(f"folder/{name}")
        keys = [entry.key async for page in client.keys("folder") for entry in page]
        assert fetched is not None
        return bytes(fetched.data), keys

    data, keys = wait(there_and_back())
    assert data == name.encode()
    assert keys == [f"folder/{name}"]


def test_parts_of_a_key_and_its_whole_size(client: s3.BulkClient) -> None:
    async def parts() -> list[Any]:
        await client.put("k", b"0123456789")
        return [
            await client.get("k", start=2, end=5),
            await client.get("k", start=7),
            await client.get("k", end=100),
        ]

    fetched = wait(parts())
    assert [part.data for part in fetched] == [b"234", b"789", b"0123456789"]
    assert {part.size for part in fetched} == {10}


def test_a_known_etag_brings_no_bytes(client: s3.BulkClient) -> None:
    etag = wait(client.put("k", b"x" * 1000))
    before = client.counters.read()
    assert wait(client.get("k", known=etag)) is None
    after = client.counters.read()
    assert after.requests == before.requests + 1
    assert after.received == before.received


def test_conditions_hold(client: s3.BulkClient) -> None:
    etag = wait(client.put("k", b"one", create=True))
    with pytest.raises(AlreadyExistsError):
        wait(client.put("k", b"two", create=True))
    wait(client.put("k", b"three", match=etag))
    with pytest.raises(ChangedError):
        wait(client.put("k", b"four", match=etag))
    fetched = wait(client.get("k"))
    assert fetched is not None
    assert bytes(fetched.data) == b"three"


def test_a_level_shows_folders_and_keys_and_counts_pages(client: s3.BulkClient) -> None:
    async def many() -> s3.Page:
        keys = [f"top/k{number:04}" for number in range(1001)] + ["top/sub/x", "topper"]
        await asyncio.gather(*(client.put(key, b"") for key in keys))
        before = client.counters.read().requests
        listing = await client.level("top")
        assert client.counters.read().requests - before == 2
        return listing

    listing = wait(many())
    assert listing.prefixes == ("top/sub/",)
    assert len(listing.keys) == 1001


def test_a_missing_key_and_a_missing_bucket(client: s3.BulkClient, s3_server: S3Server) -> None:
    with pytest.raises(NotFoundError, match="No file at"):
        wait(client.get("none"))
    options = S3Options.resolve(s3_server.endpoint, s3_server.s3_kwargs)
    with pytest.raises(NotFoundError, match="no such bucket"):
        wait(s3.BulkClient(options, "no-such-bucket-here").level(""))
    with pytest.raises(NotFoundError, match="No file at"):
        wait(client.get("a//b"))  # obstore rejects this key


def test_a_passing_fault_is_tried_again_and_counted(
    client: s3.BulkClient, monkeypatch: pytest.MonkeyPatch
) -> None:

    real: Callable[..., Any] = obstore.get_async
    calls = 0

    async def flaky(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise ServerError("The server failed.")
        return await real(*args, **kwargs)

    wait(client.put("k", b"here"))
    monkeypatch.setattr(obstore, "get_async", flaky)
    fetched = wait(client.get("k"))
    assert fetched is not None
    assert bytes(fetched.data) == b"here"
    assert client.counters.read().retries == 2


def test_an_expired_key_is_renewed_once_for_all_requests(moto_server: S3Server) -> None:
    given: list[int] = []

    def keys() -> S3Credential:
        given.append(1)
        return S3Credential("KEY", "secret", None, datetime.now(UTC) + timedelta(hours=1))

    bucket = moto_server.bucket()
    with Proxy(moto_server.endpoint, delay=0.2) as proxy:
        options = S3Options.resolve(proxy.endpoint, {"credentials": keys})
        client = s3.BulkClient(options, bucket)
        expired = Fault("status", status=400, code="ExpiredToken", times=20)
        proxy.faults = [expired]

        async def everything() -> list[list[s3.Key]]:
            await all_together(client.put(f"k{number}", b"x") for number in range(20))
            expired.seen, expired.times = 0, 1
            return [page async for page in client.keys("")]

        (page,) = wait(everything())
        assert len(page) == 20
        assert len(given) == 3
        expired.seen, expired.times = 0, 99
        with pytest.raises(CredentialsError, match="expired"):
            wait(client.get("k1"))


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


def test_requests_end_with_the_login_and_continue_with_the_next(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    monkeypatch.setattr("modos_widgets.s3.bulk._PAGE", 10)
    login = Login()
    with Proxy(moto_server.endpoint) as proxy:
        options = S3Options.resolve(proxy.endpoint, {"credentials": login})
        client = s3.BulkClient(options, moto_server.bucket())

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

        wait(all_together(client.put(f"k{number}", b"") for number in range(25)))
        assert login.given == 1
        proxy.reset()
        before = client.counters.read().requests
        assert len(set(wait(list_all()))) == 25
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
        client = s3.BulkClient(options, moto_server.bucket())
        wait(all_together(client.put(f"k{number}", b"") for number in range(20)))
        assert proxy.most_at_once == 5


def test_a_refused_connection_is_reported_after_limited_attempts() -> None:
    options = S3Options.resolve("http://127.0.0.1:9", {"key": "k", "secret": "topsecret"})
    client = s3.BulkClient(options, "bucket")
    with pytest.raises(UnreachableError) as caught:
        wait(client.get("k"))
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


PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>{more}</IsTruncated><NextContinuationToken>t+/=</NextContinuationToken>
{encoding}<Prefix>a</Prefix>
<Contents><Key>a%20b%2B+{key}</Key><LastModified>2024-02-29T01:02:03.400Z</LastModified>
<ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag><Size>5</Size>
<Owner><ID>x</ID></Owner></Contents>
<Contents><LastModified>2024-02-29T01:02:03Z</LastModified><Size>0</Size>
<Key> ü&#10;</Key></Contents>
<CommonPrefixes><Prefix>a/b%2F&amp;</Prefix></CommonPrefixes>
<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>
</ListBucketResult>"""


@pytest.mark.parametrize("encoding", ["", "<EncodingType>url</EncodingType>"])
@pytest.mark.parametrize("more", ["true", "false"])
@pytest.mark.parametrize("space", [True, False])
def test_a_page_is_parsed_as_botocore_does(encoding: str, more: str, *, space: bool) -> None:
    text = PAGE.format(more=more, encoding=encoding, key="/../x/")
    body = text if space else text.replace(' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', "")
    assert listing.parse_page(body.encode()) == parsed_by_botocore(body)


def parsed_by_botocore(body: str) -> Any:
    service = botocore.session.get_session().get_service_model("s3")
    shape = service.operation_model("ListObjectsV2").output_shape
    answer = {"body": body.encode(), "headers": {}, "status_code": 200}
    parsed = create_parser("rest-xml").parse(answer, shape)
    decode_list_object_v2(parsed, {"encoding_type_auto_set": True})
    return listing.page_of(parsed)


PLAIN = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Delimiter/>
<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;+/=</NextContinuationToken>{encoding}
<Contents><Key>a%20b%2B+</Key><LastModified>2024-02-29T01:02:03.400Z</LastModified>
<ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag><Owner><ID>x</ID></Owner><Size>5</Size>
</Contents>
<Contents><Key>{key}</Key><LastModified>2024-02-29T01:02:03Z</LastModified>
<ETag>{etag}</ETag><Owner><ID>&#121;</ID></Owner><Size>0</Size>
</Contents>{more}</ListBucketResult>
"""


@pytest.mark.parametrize("encoding", ["", "<EncodingType>url</EncodingType>"])
@pytest.mark.parametrize(("key", "etag", "more", "plain"), [
    ("a", '"x-2"', "", True),
    ("/ü//&lt;&amp;amp;&gt;&quot;&apos;/../", "", "<KeyCount>2</KeyCount>", True),
    ("a&#10;b", "x", "", False),
    ("a", "x&amp;", "", False),
    ("<![CDATA[a]]>", "x", "", False),
    ("a\r\nb", "x", "", False),
    ("a</Key><Key>b", "x", "", False),
    ("a", "x", "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>", False),
    ("a", "x", "<Contents><Size>1</Size><Key>b</Key></Contents>", False),
])  # fmt: skip
def test_a_plain_page_is_parsed_by_a_pattern_as_botocore_does(
    encoding: str, key: str, etag: str, more: str, *, plain: bool
) -> None:
    body = PLAIN.format(encoding=encoding, key=key, etag=etag, more=more)
    assert (listing._plain_page(body.encode()) is not None) == plain
    found = listing.parse_page(body.encode())
    if "</Key><Key>" not in key:  # botocore makes a list of it
        assert found == parsed_by_botocore(body)


@pytest.mark.parametrize("body", [
    b"", b"<html></html>", b"<ListBucketResult>", b"{}", b"<Error><Code>X</Code></Error>",
    b"<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
    b"<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
])  # fmt: skip
def test_responses_other_than_pages_are_left_to_botocore(body: bytes) -> None:
    assert listing.parse_page(body) is None


def test_pages_cost_no_walk_through_a_model(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = moto_server.bucket()
    fill(moto_server, bucket, {f"ex/f{number:04}": b"x" for number in range(1000)})
    client = s3.S3Client.shared(S3Options.resolve(moto_server.endpoint, moto_server.s3_kwargs))
    real, shapes = ResponseParser._parse_shape, []

    def counted(self: Any, shape: Any, node: Any) -> Any:
        shapes.append(shape)
        return real(self, shape, node)

    monkeypatch.setattr(ResponseParser, "_parse_shape", counted)
    (page,) = [page for page in [client.run(client.page(bucket, "ex/"))] if page.token is None]
    assert [key.key for key in page.keys] == [f"ex/f{number:04}" for number in range(1000)]
    assert page.keys[0].size == 1
    assert len(shapes) < 50
    found = client.fs.find(f"{bucket}/ex")  # which reads what botocore parsed
    assert len(found) == 1000


def test_a_page_is_parsed_once(moto_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = moto_server.bucket()
    fill(moto_server, bucket, {"a": b"x"})
    searched: list[bytes] = []
    search = handlers._looks_like_special_case_error

    def searching(status: int, body: bytes) -> bool:
        searched.append(body)
        return bool(search(status, body))

    monkeypatch.setattr(handlers, "_looks_like_special_case_error", searching)
    client = s3.S3Client.shared(S3Options.resolve(moto_server.endpoint, moto_server.s3_kwargs))
    assert [key.key for key in client.run(client.page(bucket, "")).keys] == ["a"]
    assert searched == [b"<ListBucketResult/>"]  # botocore parses the body that replaces the page
