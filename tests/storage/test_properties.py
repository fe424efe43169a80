"""Properties of paths, S3 URLs and the order of listings."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from modos_widgets.errors import PathError
from modos_widgets.storage import LocalStorage, S3Path
from modos_widgets.storage.ordering import in_path_order
from modos_widgets.storage.paths import normal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.traffic

PARTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/"), min_size=1, max_size=8
).filter(lambda part: part not in {".", ".."})
TARGETS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
BUCKETS = st.from_regex(r"[a-z0-9.-]{0,66}", fullmatch=True)


def amazon_allows(bucket: str) -> bool:
    """Say the rules once more, one by one and plainly."""
    return (
        3 <= len(bucket) <= 63
        and all(letter in "abcdefghijklmnopqrstuvwxyz0123456789.-" for letter in bucket)
        and bucket[0] not in ".-"
        and bucket[-1] not in ".-"
        and ".." not in bucket
        and ".-" not in bucket
        and "-." not in bucket
        and not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", bucket)
        and not any(bucket.startswith(p) for p in ("xn--", "sthree-", "amzn-s3-demo-"))
        and not any(bucket.endswith(s) for s in ("-s3alias", "--ol-s3", ".mrap", "--x-s3"))
    )


@given(BUCKETS | st.text(max_size=10), TARGETS)
@example("1.2.3.4", "a")
@example("abc--x-s3", "a")
def test_s3_path_allows_what_amazon_allows(bucket: str, key: str) -> None:
    if "/" in bucket:
        return
    if re.fullmatch(r"\d{4,}\.\d+\.\d+\.\d+|(\d+\.){3}\d{4,}", bucket):
        return  # no address of IPv4; either answer will do
    if key != key.rstrip() or re.search(r"\?([A-Za-z][\w.-]*=|versionId|versions$)", key):
        with pytest.raises(ValidationError):  # text that slipped in beside an address
            S3Path(url=f"s3://{bucket}/{key}")
    elif amazon_allows(bucket):
        path = S3Path(url=f"s3://{bucket}/{key}")
        assert path.s3_url_parts() == (bucket, key)
        assert S3Path(url=str(path)) == path
        assert hash(S3Path(url=f"{path}/")) == hash(path)
        assert S3Path(url=f"s3://{bucket}") / key == path
    else:
        with pytest.raises(ValidationError):
            S3Path(url=f"s3://{bucket}/{key}")


@given(st.text(max_size=30))
def test_a_normal_path_never_leaves(text: str) -> None:
    try:
        found = normal(text)
    except PathError:
        return
    assert ".." not in found.split("/")
    assert "\0" not in found
    if not text.startswith("/"):
        assert not found.startswith("/")
        assert (Path("/object") / found).is_relative_to("/object")
        assert normal(found) == found
        assert found == normal(PurePosixPath(text))


@given(TARGETS)
def test_a_normal_path_equals_that_of_pathlib(target: str) -> None:
    assert normal(target) == PurePosixPath(target).as_posix()


@given(st.sets(st.text("ab-./0 ~é", min_size=1, max_size=6), max_size=30))
def test_listings_come_in_the_order_of_paths(names: set[str]) -> None:
    keys = {"/".join(filter(None, name.split("/"))) for name in names} - {""}
    by_bytes = sorted(keys, key=str.encode)
    expected = sorted(keys, key=lambda key: key.split("/"))
    assert list(in_path_order(iter(by_bytes))) == expected
    assert list(in_path_order(iter(expected))) == expected


def test_the_order_needs_no_listing_in_memory() -> None:
    taken = 0

    def listing() -> Iterator[str]:
        nonlocal taken
        for number in range(100_000):
            taken = number
            yield f"data.zarr/data/x/c/{number:06}"

    asked: list[str] = []

    def is_empty(folder: str) -> bool:
        asked.append(folder)
        return True

    order = in_path_order(listing(), is_empty)
    assert [next(order) for _ in range(5000)][-1] == "data.zarr/data/x/c/004999"
    assert taken < 7000
    assert asked == ["data/"]


@given(st.lists(st.sampled_from(["..", ".", "a", "", "/", "link", "b"]), max_size=6))
def test_nothing_outside_is_reached(parts: list[str]) -> None:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder) / "outside"
        outside.mkdir()
        storage = LocalStorage(Path(folder) / "ex")
        (storage.path / "link").symlink_to(outside)
        target = "/".join(parts)
        with contextlib.suppress(PathError):
            storage.put([b"x"], target)
        assert list(outside.iterdir()) == []
        assert sorted(path.name for path in Path(folder).iterdir()) == ["ex", "outside"]
