"""What is beside a path, a blank or a query, never becomes part of the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import catalog, create_modo, open_modo, transfer
from modos_widgets.errors import PathError
from modos_widgets.explore.opening import open_source
from modos_widgets.storage import S3Path, S3Storage, connect_s3
from modos_widgets.transport import compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.parts.s3 import S3Server

BESIDE = [
    " ", "\u00a0", "/ ", " /", "?versionId=abc", "?versionid=null", "?versionId", "/?versionId=x",
    "?X-Amz-Signature=abc", "?versions", "?a=b&c=d",
]  # fmt: skip
WAYS: dict[str, Callable[..., Any]] = {
    "open_modo": open_modo,
    "create_modo": lambda path, **more: create_modo(path, allow_unusual=True, **more),
    "catalog": catalog,
    "transfer from": lambda path, **more: transfer(path, "never", **more),
    "transfer to": lambda path, **more: transfer("never", path, **more),
    "compare": lambda path, **more: compare(path, "never", **more),
    "ZarrTree": open_source,
    "S3Storage": lambda path, services, s3_kwargs: S3Storage(path, services["s3"], s3_kwargs),
    "connect_s3": lambda path, services, s3_kwargs: connect_s3(path, services["s3"], s3_kwargs),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_blank_or_a_query_is_refused(
    way: str, moto_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket = moto_server.bucket()
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    create_modo(f"s3://{bucket}/x", **options)
    before = moto_server.keys(bucket)
    for beside in BESIDE:
        with pytest.raises(PathError, match=r"ends with a blank|has a query") as refused:
            WAYS[way](f"s3://{bucket}/x{beside}", **options)
        assert "abc" not in str(refused.value)
    assert moto_server.keys(bucket) == before


@pytest.mark.parametrize("beside", BESIDE)
def test_so_does_the_path_alone(beside: str) -> None:
    with pytest.raises(ValueError, match=r"ends with a blank|has a query"):
        S3Path(f"s3://bucket/x{beside}")


def test_keys_and_files_that_only_look_alike_are_kept(moto_server: S3Server) -> None:
    assert S3Path("s3://bucket/what?").key == "what?"
    assert S3Path("s3://bucket/a b").key == "a b"
    storage = S3Storage(
        f"s3://{moto_server.bucket()}/x", moto_server.endpoint, moto_server.s3_kwargs
    )
    for name in ("blank ", "what?a=b"):
        storage.put([b"1"], name)
        assert storage.open(name).read() == b"1"


@pytest.mark.parametrize("path", [" s3://bucket/x", "\ns3://bucket/x", " file:///x"])
def test_an_address_behind_a_blank_is_not_a_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(PathError, match="is an address"):
        create_modo(path)
    assert not list(tmp_path.iterdir())
