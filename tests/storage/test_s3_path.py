"""S3Path holds Amazon's naming rules."""

from __future__ import annotations

import contextlib
import copy
import pickle
import time

import pytest
from pydantic import ValidationError

from modos_widgets import errors
from modos_widgets.storage import S3Path, S3Storage, connect_s3


@pytest.mark.parametrize(
    "bucket",
    [
        "abc", "a-b", "a.b.c", "123", "1.2.3", "0ab", "a" * 63, "my.bucket-1", "a--b",
        "1.2.3.4.5", "256-1.2.3", "xn-a", "s3alias",
    ],
)  # fmt: skip
def test_bucket_names_that_are_allowed(bucket: str) -> None:
    path = S3Path(url=f"s3://{bucket}/key")
    assert path.s3_url_parts() == (path.bucket, path.key) == (bucket, "key")


@pytest.mark.parametrize(
    "bucket",
    [
        "", "ab", "a" * 64, "Abc", "a_b", "-abc", "abc-", ".abc", "abc.", "a..b", "a.-b", "a-.b",
        "192.168.0.1", "1.2.3.4", "999.999.999.999", "xn--abc", "sthree-abc",
        "sthree-configurator", "amzn-s3-demo-abc", "abc-s3alias", "abc--ol-s3", "abc.mrap",
        "abc--x-s3", "a b", "bücket", "a/b"[:1], "abc\n", "a@b", "٣٣٣",
    ],
)  # fmt: skip
def test_bucket_names_that_are_not(bucket: str) -> None:
    with pytest.raises(ValidationError):
        S3Path(url=f"s3://{bucket}/key")
    with pytest.raises(errors.PathError) as caught:
        connect_s3(f"s3://{bucket}/key", "http://127.0.0.1:1", {"anon": True})
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "key",
    [
        "a", "a/b", "ünïcödé 漢字", "a b", "+%#[]*?()", "a" * 1024, "é" * 512, "a//b", "~", "..a",
        "🧬", "a:b",
    ],
)  # fmt: skip
def test_keys_that_are_allowed(key: str) -> None:
    assert S3Path(url=f"s3://test/{key}").key == key


@pytest.mark.parametrize(
    "key", ["a" * 1025, "é" * 513, "a\nb", "a\0", "\x7f", "\x85", "a/../b", "..", "./a", "\ud800"]
)
def test_keys_that_are_not(key: str) -> None:
    with pytest.raises(ValidationError):
        S3Path(url=f"s3://test/{key}")


@pytest.mark.parametrize("url", ["", "test/ex", "http://test/ex", "s3:/test/ex", "S3://test/ex",
                                 " s3://test/ex", "s3://", "s3:///ex"])  # fmt: skip
def test_invalid_s3_urls_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        S3Path(url=url)
    with pytest.raises(errors.PathError):
        S3Storage(url, "http://127.0.0.1:1", {"anon": True})


def test_a_trailing_slash_is_one_and_the_same() -> None:
    paths = {S3Path(url=f"s3://test/ex{slashes}") for slashes in ("", "/", "//")}
    assert len(paths) == 1
    assert S3Path(url="s3://test/") == S3Path(url="s3://test")
    assert S3Path(url="s3://test").s3_url_parts() == ("test", "")


def test_it_joins_and_shows_itself() -> None:
    path = S3Path(url="s3://test/ex")
    assert path / "data.zarr" == S3Path(url="s3://test/ex/data.zarr")
    assert str(path / "a" / "b") == "s3://test/ex/a/b"
    assert repr(path) == "S3Path(url='s3://test/ex')"
    assert str(S3Path(url="s3://test") / "a") == "s3://test/a"
    with pytest.raises(ValidationError):
        path / ".."
    with pytest.raises(ValidationError):
        path.url = "s3://other/ex"


def test_the_url_goes_by_position_and_by_name() -> None:
    path = S3Path("s3://test/ex/")
    assert path == S3Path(url="s3://test/ex")
    assert (path.bucket, path.key) == ("test", "ex")
    assert pickle.loads(pickle.dumps(path)) == path  # noqa: S301
    assert copy.deepcopy(path) == S3Path.model_validate({"url": "s3://test/ex"}) == path
    with pytest.raises(ValidationError):
        S3Path("s3://?invalid-bucket-name!/def")
    for wrong in ((), ("s3://test", "ex")):
        with pytest.raises(TypeError):
            S3Path(*wrong)


@pytest.mark.parametrize(
    "url",
    ["s3://" + "a." * 200_000, "s3://" + "a-" * 200_000 + "!", "s3://abc/" + "/" * 400_000,
     "s3://abc/" + "a/" * 200_000, "s3://" + "1." * 200_000 + "1"],
)  # fmt: skip
def test_long_nonsense_is_refused_in_linear_time(url: str) -> None:
    begin = time.process_time()
    with contextlib.suppress(ValidationError):
        S3Path(url=url)
    assert time.process_time() - begin < 2
