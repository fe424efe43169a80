"""A copy whose target is, contains or lies within what is copied is refused before any write."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import create_modo, open_modo, transfer
from modos_widgets.credentials import S3Options
from modos_widgets.errors import PathError
from modos_widgets.storage import LocalStorage, S3Storage
from modos_widgets.storage.copying.endpoints import LocalEnd, RemoteEnd
from modos_widgets.storage.copying.places import check_apart
from modos_widgets.transport import compare
from modos_widgets.widgets.transfer_panel import TransferPanel
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic


def tree(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


LOCAL: dict[str, Callable[[Path], str]] = {
    "itself": lambda base: f"{base}/study/x",
    "below": lambda base: f"{base}/study/x/backup",
    "deep below": lambda base: f"{base}/study/x/a/b/c",
    "above": lambda base: f"{base}/study",
    "far above": str,
    "with a slash": lambda base: f"{base}/study/x/",
    "with dots": lambda base: f"{base}/other/../study/./x/backup",
    "by a link to it": lambda base: f"{base}/link",
    "below a link to it": lambda base: f"{base}/link/new",
    "by a link that leads nowhere yet": lambda base: f"{base}/dangling",
    "relative": lambda base: os.path.relpath(f"{base}/study/x/backup"),
    "an address": lambda base: f"file://{base}/study/x/backup",
    "a Path": lambda base: Path(f"{base}/study/x/backup"),  # type: ignore[return-value,dict-item]
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("how", LOCAL)
def test_local_places(how: str, tmp_path: Path, overwrite: bool) -> None:  # noqa: FBT001
    create_modo(tmp_path / "study" / "x").storage.put([b"reads"], "reads.cram")
    (tmp_path / "link").symlink_to(tmp_path / "study" / "x")
    (tmp_path / "dangling").symlink_to(tmp_path / "study" / "x" / "later")
    before = tree(tmp_path)
    target = LOCAL[how](tmp_path)
    for source in (tmp_path / "study" / "x", tmp_path / "link", open_modo(tmp_path / "study/x")):
        with pytest.raises(PathError, match=r"onto itself|is inside|is an address"):
            transfer(source, target, overwrite=overwrite).wait(60)
    with pytest.raises(PathError, match=r"onto itself|is inside|is an address"):
        compare(tmp_path / "study" / "x", target)
    assert tree(tmp_path) == before


REMOTE = {
    "itself": "study/x",
    "with a slash": "study/x/",
    "below": "study/x/backup",
    "deep below": "study/x/a/b",
    "above": "study",
    "the bucket": "",
    "with an empty part": "study//x/backup",
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "with a slash": lambda url: f"{url}/",
    "in capitals": lambda url: url.replace("http://127.0.0.1", "HTTP://LOCALHOST"),
    "by another number": lambda url: url.replace("127.0.0.1", "127.1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("how", REMOTE)
def test_places_on_s3(how: str, spelling: str, moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    keys: dict[str, Any] = {"s3_kwargs": moto_server.s3_kwargs}
    options: dict[str, Any] = {"services": {"s3": moto_server.endpoint}, **keys}
    create_modo(f"s3://{bucket}/study/x", **options).storage.put([b"reads"], "reads.cram")
    before = moto_server.keys(bucket)
    way = {"services": {"s3": SPELLINGS[spelling](moto_server.endpoint)}, **keys}
    source = open_modo(f"s3://{bucket}/study/x", **options)
    with pytest.raises(PathError, match=r"onto itself|is inside"):
        transfer(source, f"s3://{bucket}/{REMOTE[how]}", allow_unusual=True, **way).wait(60)
    assert moto_server.keys(bucket) == before


def test_neighbours_whose_names_begin_alike_are_apart(
    tmp_path: Path, moto_server: S3Server
) -> None:
    create_modo(tmp_path / "x")
    transfer(tmp_path / "x", tmp_path / "xx").wait(60)
    transfer(tmp_path / "xx", tmp_path / "x-copy" / "x").wait(60)
    bucket = moto_server.bucket()
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    transfer(tmp_path / "x", f"s3://{bucket}/x", **options).wait(60)
    transfer(f"s3://{bucket}/x", f"s3://{bucket}/xx", **options).wait(60)
    transfer(f"s3://{bucket}/x", f"s3://{moto_server.bucket()}/x", **options).wait(60)


def test_several_objects_lie_apart_too(tmp_path: Path) -> None:
    for name in ("a", "b", "a/inner", "c/a"):
        create_modo(tmp_path / name)
    before = tree(tmp_path)
    bad: list[tuple[list[str], str, str]] = [
        (["a", "a/inner"], "out", "is inside the source"),
        (["a/inner", "b", "a"], "out", "is inside the source"),
        (["a", "c/a"], "out", "Two objects would be written"),
        (["a", "b"], "a", "is inside the source"),
        (["a", "b"], "b/deeper", "is inside the source"),
        (["a", "b"], ".", "onto itself"),
    ]
    for sources, target, words in bad:
        with pytest.raises(PathError, match=words):
            transfer([tmp_path / one for one in sources], tmp_path / target).wait(60)
    assert tree(tmp_path) == before
    transfer([tmp_path / "a", tmp_path / "b"], tmp_path / "out").wait(60)


def test_a_place_inside_an_archive_is_refused(tmp_path: Path, moto_server: S3Server) -> None:
    for name in ("x", "y"):
        create_modo(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "y" / "data.zarr")
    bucket = moto_server.bucket()
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    create_modo(f"s3://{bucket}/y", **options)
    before = tree(tmp_path), moto_server.keys(bucket)
    for below in ("data.zarr", "data.zarr/", "data.zarr/sample/new"):
        for base in (str(tmp_path / "y"), f"s3://{bucket}/y"):
            with pytest.raises(PathError, match=r"Choose a target outside .*/y\."):
                transfer(tmp_path / "x", f"{base}/{below}", **options).wait(60)
            with pytest.raises(PathError, match=r"Copy the object itself: .*/y"):
                compare(f"{base}/{below}", tmp_path / "out", **options)
    with pytest.raises(PathError, match="inside the archive of an object"):
        transfer(tmp_path / "x", tmp_path / "link" / "new").wait(60)
    assert (tree(tmp_path), moto_server.keys(bucket)) == before


def test_the_documented_transfer(tmp_path: Path, moto_server: S3Server) -> None:
    source = LocalStorage(tmp_path / "x")
    below, above = LocalStorage(tmp_path / "x" / "below"), LocalStorage(tmp_path)
    bucket = moto_server.bucket()
    arguments = (moto_server.endpoint, moto_server.s3_kwargs)
    far = S3Storage(f"s3://{bucket}/x", *arguments)
    far_below = S3Storage(f"s3://{bucket}/x/below", f"{moto_server.endpoint}/", arguments[1])
    before = tree(tmp_path), moto_server.keys(bucket)
    pairs = [(source, source), (source, below), (source, above), (below, source)]
    for one, other in (*pairs, (far, far), (far, far_below), (far_below, far)):
        with pytest.raises(PathError, match=r"onto itself|is inside"):
            one.transfer(other, overwrite=True)
    assert (tree(tmp_path), moto_server.keys(bucket)) == before


def test_the_panel_says_it(tmp_path: Path) -> None:
    create_modo(tmp_path / "x")
    panel = TransferPanel(tmp_path / "x", tmp_path / "x" / "backup")
    panel.start()
    assert panel.transfer is not None
    with pytest.raises(PathError):
        panel.transfer.wait(60)
    wait_until(lambda: panel.phase != "copying")  # told by another thread
    assert panel.phase == "failed"
    assert "is inside the source" in panel._shown["problem"]["message"]


def test_amazon_is_one_place_and_other_servers_are_their_own() -> None:
    amazon = S3Options(endpoint=None, anonymous=True)
    region = S3Options(endpoint="https://s3.eu-central-1.amazonaws.com", anonymous=True)
    with pytest.raises(PathError, match="onto itself"):
        check_apart([(RemoteEnd(amazon, "bucket", "x"), RemoteEnd(region, "bucket", "x"))])
    one = S3Options(endpoint="https://a.example.org", anonymous=True)
    for other in ("https://b.example.org", "https://a.example.org:8443", "http://a.example.org"):
        there = S3Options(endpoint=other, anonymous=True)
        check_apart([(RemoteEnd(one, "bucket", "x"), RemoteEnd(there, "bucket", "x/y"))])
    same = S3Options(endpoint="HTTPS://A.example.org.:443/", anonymous=True)
    with pytest.raises(PathError, match="is inside"):
        check_apart([(RemoteEnd(one, "bucket", "x"), RemoteEnd(same, "bucket", "x/y"))])


def test_a_disk_that_folds_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Study").mkdir()
    shutil.copytree(create_modo(tmp_path / "x").path, tmp_path / "Study" / "x")
    module = "modos_widgets.storage.copying.places.folds_case"
    monkeypatch.setattr(module, lambda _: True)
    pairs = [
        (LocalEnd(tmp_path / "x"), LocalEnd(tmp_path / "New")),
        (LocalEnd(tmp_path / "Study"), LocalEnd(tmp_path / "nEW" / "deep")),
    ]
    with pytest.raises(PathError, match="is inside the target"):
        check_apart(pairs)
