"""Keys that S3 takes and no path has, inside an object: skipped and logged, they hide nothing."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modos_widgets import create_modo, open_modo
from modos_widgets.explore.opening import open_source
from modos_widgets.storage import S3Storage
from modos_widgets.storage.paths import is_unusable_key, is_unusable_name
from tests.parts.examples import examples
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

NODE = b'{"zarr_format": 3, "node_type": "group", "attributes": {}}'
ODD = [
    "/x",
    "../y",
    "./z",
    "..",
    "a/../b",
    "a//b",
    "a\x01b/c",
    "a\x7fb",
    "reads/",
    "data.zarr/",
    "data.zarr//zarr.json",
    "data.zarr/../zarr.json",
    "data.zarr/./zarr.json",
    "data.zarr/sample//zarr.json",
    "data.zarr/sample/./zarr.json",
    "data.zarr/sample/../zarr.json",
    "data.zarr/sample/a\x01/zarr.json",
    "data.zarr/sample/s9/",
    "data.zarr/sample/s9//",
]
_numbers = itertools.count()


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as one:
        yield one


def put(bucket: str, key: str) -> None:
    """Put a key that no client would send into moto itself."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends["123456789012"]["aws"]
    backend.put_object(bucket, key, NODE, disable_notification=True)


def reach(server: S3Server, proxy: Proxy) -> dict[str, Any]:
    return {"services": {"s3": proxy.endpoint}, "s3_kwargs": server.s3_kwargs}


def made(server: S3Server, proxy: Proxy, *, consolidated: bool = True) -> tuple[str, str]:
    bucket = server.bucket(f"odd-keys-{next(_numbers)}")
    url = f"s3://{bucket}/obj"
    modo = create_modo(url, **reach(server, proxy))
    draft = modo.edit()
    draft.add("sample/s1", {"name": "S"})
    draft.commit(force=True)
    if not consolidated:
        put(bucket, "obj/data.zarr/zarr.json")
    put(bucket, "obj/reads.cram")
    return bucket, url


@pytest.mark.filterwarnings("ignore:Object at s9 is not recognized")  # an empty folder, by zarr
@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.parametrize("key", ODD)
def test_an_odd_key_inside_an_object_hides_nothing(
    key: str,
    consolidated: bool,  # noqa: FBT001
    moto_server: S3Server,
    proxy: Proxy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bucket, url = made(moto_server, proxy, consolidated=consolidated)
    storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
    before = [path.as_posix() for path in storage.list()]
    groups = {"assay", "data", "reference", "sample", "sequence"}
    put(bucket, f"obj/{key}")
    proxy.reset()
    assert [path.as_posix() for path in storage.list()] == before
    assert ("Skipped keys" in caplog.text) is not key.endswith("/")
    assert [entry.name for entry in storage.files()] == ["reads.cram"]
    levels = storage.levels(["", "data.zarr", "data.zarr/sample"])
    assert "data.zarr" in levels[""].folders
    assert set(levels["data.zarr"].folders) == groups
    assert set(levels["data.zarr/sample"].folders) - {"s9"} == {"s1"}
    assert {name for name, _ in storage.zarr.members(max_depth=None)} == {*groups, "sample/s1"}
    modo = open_modo(url, **reach(moto_server, proxy))
    assert list(modo.files().index) == ["reads.cram"]
    assert "sample/s1" in modo.metadata
    assert {finding.code for finding in modo.validate(nodes=True)} <= {
        "file_unnamed",
        "stale_copy",
        "not_consolidated",
        "missing",
        "required",
    }
    source = open_source(storage.zarr_store)
    source.start()
    for path, names in (("", groups), ("sample", {"s1"})):
        level = source.level(path)
        while not level.advance():
            pass
        assert set(level.names) - {"s9"} == names
    assert proxy.count() < 80


NAMES = ["a", "b c", ".h", "data.zarr", "sample", "zarr.json"]
PARTS = st.sampled_from([*NAMES, "", ".", "..", "x\x02"])


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(keys=st.lists(st.lists(PARTS, min_size=1, max_size=5).map("/".join), max_size=10))
def test_whatever_keys_an_object_has_its_files_are_listed(
    keys: list[str], moto_server: S3Server, proxy: Proxy
) -> None:
    bucket, url = made(moto_server, proxy)
    for key in keys:
        put(bucket, f"obj/{key}")
    every = {key.removeprefix("obj/") for key in moto_server.keys(bucket) if key != "obj/"}
    good = {key for key in every if not key.endswith("/") and not is_unusable_key(key)}
    storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
    proxy.reset()
    assert {path.as_posix() for path in storage.list()} == good
    assert {entry.name for entry in storage.files()} == {
        key for key in good if not key.startswith("data.zarr/")
    }
    assert proxy.count() <= 6 + 2 * sum(key.count("/") for key in every)


@pytest.mark.parametrize("key", ["", "/a", "a//b", "a/..", "./a", "a/./b", "a\nb", "a\x85", "a//"])
def test_keys_that_make_no_path(key: str) -> None:
    assert is_unusable_key(key)
    assert any(map(is_unusable_name, key.removesuffix("/").split("/")))


@pytest.mark.parametrize("key", ["a", "a/b", "a/", "..a/b", "a../.b", "...", "é/%2F/a b"])
def test_keys_that_make_a_path(key: str) -> None:
    assert not is_unusable_key(key)


@pytest.mark.parametrize(
    "server", ["moto_server", pytest.param("seaweedfs", marks=pytest.mark.real)]
)
def test_pages_of_keys_show_siblings_as_listings_of_each_do(
    server: str, request: pytest.FixtureRequest
) -> None:
    real: S3Server = request.getfixturevalue(server)
    bucket = real.bucket()
    storage = S3Storage(f"s3://{bucket}/obj", real.endpoint, real.s3_kwargs)
    # "-" and "." sort before "/", "0" after it; SeaweedFS sorts folder by folder
    names = [
        "a",
        "a-b",
        "a.b",
        "a0",
        "a b",
        "\u00e4",
        "b",
        "b-1",
        "b/c",
        "e",
        "f",
        "g",
        "only file",
    ]
    for name in names:
        for key in ("zarr.json", "x/zarr.json", "x-y", "z/c/0"):
            real.client().put_object(Bucket=bucket, Key=f"obj/top/{name}/{key}", Body=b"1")
    real.client().put_object(Bucket=bucket, Key="obj/top/last", Body=b"1")
    folders = [f"top/{name}" for name in names] + ["top/absent", "top/last"]
    assert storage.levels(folders) == {folder: storage.level(folder) for folder in folders}
