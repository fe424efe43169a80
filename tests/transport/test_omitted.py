"""What is not a file is named and not copied, and everything else arrives, the root too."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modos_widgets import transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.storage import LocalStorage, S3Storage
from modos_widgets.transport import compare
from tests.parts.examples import examples

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

CONTENT = {
    ROOT_DOCUMENT: b'{"zarr_format": 3, "node_type": "group", "attributes": {"id": "x"}}',
    "data.zarr/sample/zarr.json": b'{"zarr_format": 3, "node_type": "group"}',
    "reads.cram": b"reads",
    "empty.tsv": b"",
}
_numbers = itertools.count()


def options(server: S3Server) -> dict[str, Any]:
    return {"services": {"s3": server.endpoint}, "s3_kwargs": server.s3_kwargs}


def write(server: S3Server, content: dict[str, bytes], prefix: str = "obj") -> tuple[str, str]:
    bucket = server.bucket()
    for name, data in content.items():
        server.client().put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data)
    return bucket, f"s3://{bucket}/{prefix}"


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def there(server: S3Server, bucket: str, prefix: str) -> dict[str, bytes]:
    found = server.keys(bucket, f"{prefix}/")
    return {key.removeprefix(f"{prefix}/"): data for key, data in found.items()}


def omitted(frame: Any, target: str, what: str = "outcome") -> dict[str, str]:
    rows = frame[frame[what] == "not copied"]
    return {
        path.removeprefix(f"{target}/"): detail
        for path, detail in zip(rows["path"], rows["detail"], strict=True)
    }


EMPTY, FILLED = "Empty folder.", "The key of a folder has content."
EMPTY_PART, RELATIVE = "Its name has an empty part.", "Its name has a relative part."
ODD: dict[str, tuple[dict[str, bytes], dict[str, str]]] = {
    "an empty folder": ({"plots/": b""}, {"plots/": EMPTY}),
    "empty folders at any depth": (
        {"a/": b"", "a/b/": b"", "c/d/e/": b"", "data.zarr/f/": b""},
        {"a/b/": EMPTY, "c/d/e/": EMPTY, "data.zarr/f/": EMPTY},
    ),
    "a folder with files": ({"plots/": b"", "plots/a.png": b"a"}, {}),
    "the object's own folder": ({"": b""}, {}),
    "the archive's own folder": ({"data.zarr/": b"", "data.zarr/sample/": b""}, {}),
}
ODD_ON_MOTO: dict[str, tuple[dict[str, bytes], dict[str, str]]] = {
    "a folder's key with content": ({"plots/": b"text"}, {"plots/": FILLED}),
    "the same, with files": ({"plots/": b"text", "plots/a": b"a"}, {"plots/": FILLED}),
    "the object's own folder, with content": ({"": b"text"}, {"": FILLED}),
    "a file and a folder's key": ({"plots": b"file", "plots/": b""}, {"plots/": EMPTY}),
    "empty parts": (
        {"x//y": b"1", "x//": b"", "/z": b"2", "data.zarr//zarr.json": b"{}"},
        dict.fromkeys(["x//y", "x//", "/z", "data.zarr//zarr.json"], EMPTY_PART),
    ),
    "relative parts": (
        {"a/../b": b"1", "./c": b"2", "d/..": b"3", "../e": b"4"},
        dict.fromkeys(["a/../b", "./c", "d/..", "../e"], RELATIVE),
    ),
    "a control character": ({"a\tb": b"1"}, {"a\tb": "Its name contains a control character."}),
}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        *(("moto_server", what) for what in (*ODD, *ODD_ON_MOTO)),
        *(("seaweedfs", what) for what in ODD),
    ],
)
@pytest.mark.parametrize("goal", ["local", "s3"])
def test_from_s3(
    kind: str, what: str, goal: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(kind)
    more, named = {**ODD, **ODD_ON_MOTO}[what]
    bucket, source = write(server, {**CONTENT, **more})
    target = str(tmp_path / "copy") if goal == "local" else f"s3://{bucket}/copy"
    plan = compare(source, target, **options(server))
    assert omitted(plan.frame(), target, "action") == named
    assert plan.omitted == len(named)
    going = transfer(source, target, **options(server))
    report = going.wait(60)
    assert omitted(report, target) == named
    progress = going.progress
    assert (progress.state, progress.omitted) == ("done", len(named))
    files = {
        name: data
        for name, data in (CONTENT | more).items()
        if name and not name.endswith("/") and name not in named
    }
    assert progress.total == progress.done == len(files)
    got = read(Path(target)) if goal == "local" else there(server, bucket, "copy")
    assert got == files
    # run again it is up to date, and says the same
    again = transfer(source, target, **options(server)).wait(60)
    assert set(again["outcome"]) - {"not copied"} == {"same"}
    assert omitted(again, target) == named


@pytest.mark.parametrize("kind", [pytest.param("moto_server", marks=pytest.mark.twin), "seaweedfs"])
@pytest.mark.parametrize("data", [b"", b"text"])
def test_a_key_that_is_a_file_and_a_folder(
    kind: str, data: bytes, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(kind)
    content = {**CONTENT, "a": data, "a/b": b"b", "data.zarr/sample/zarr.json/odd": b"odd"}
    bucket, source = write(server, content)
    written = there(server, bucket, "obj")  # SeaweedFS keeps no empty key beside a folder
    target = str(tmp_path / "copy")
    report = transfer(source, target, **options(server)).wait(60)
    left = {"a", "data.zarr/sample/zarr.json/odd"} & set(written)
    assert set(omitted(report, target)) == left
    assert read(tmp_path / "copy") == {k: v for k, v in written.items() if k not in left}
    report = transfer(source, f"s3://{bucket}/copy", **options(server)).wait(60)
    assert set(report["outcome"]) == {"copied"}
    assert there(server, bucket, "copy") == written
    again = transfer(source, f"s3://{bucket}/copy", **options(server)).wait(60)
    assert set(again["outcome"]) == {"same"}


@pytest.mark.parametrize(
    "kind", ["local", pytest.param("moto_server", marks=pytest.mark.twin), "seaweedfs"]
)
def test_empty_folders_on_their_way_up(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = tmp_path / "x"
    for name, data in CONTENT.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    for name in ("plots", "a/b", ".hidden", "data.zarr/c"):
        (source / name).mkdir(parents=True)
    (source / "a/b/.modos-0123456789abcdef.part").write_bytes(b"cut off")
    target, arguments = str(tmp_path / "y"), {}
    if kind != "local":
        server: S3Server = request.getfixturevalue(kind)
        target, arguments = f"s3://{server.bucket()}/y", options(server)
    named = dict.fromkeys(["plots/", "a/b/", ".hidden/", "data.zarr/c/"], EMPTY)
    assert omitted(compare(source, target, **arguments).frame(), target, "action") == named
    report = transfer(source, target, **arguments).wait(60)
    assert omitted(report, target) == named
    assert set(report["outcome"]) == {"copied", "not copied"}


@pytest.mark.parametrize("kind", [pytest.param("moto_server", marks=pytest.mark.twin), "seaweedfs"])
def test_odd_keys_at_the_target_stop_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(kind)
    bucket = server.bucket()
    odd = {"plots/": b"", "a/b/": b""}
    if kind == "moto_server":
        odd |= {"empty.tsv/": b"", "x//y": b"1", "a/../b": b"1", "reads.cram/": b"reads"}
    for name, data in odd.items():
        server.client().put_object(Bucket=bucket, Key=f"y/{name}", Body=data)
    source = tmp_path / "x"
    for name, data in CONTENT.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    transfer(source, f"s3://{bucket}/y", **options(server)).wait(60)
    found = there(server, bucket, "y")
    assert {name: found[name] for name in CONTENT} == CONTENT
    again = transfer(source, f"s3://{bucket}/y", **options(server)).wait(60)
    assert set(again["outcome"]) == {"same"}


def test_the_documented_transfer_warns(tmp_path: Path, moto_server: S3Server) -> None:
    _, source = write(moto_server, {**CONTENT, "plots/": b"", "x//y": b"1"})
    storage = S3Storage(source, moto_server.endpoint, moto_server.s3_kwargs)
    target = LocalStorage(tmp_path / "y")
    with pytest.warns(UserWarning, match=r"'plots/' \(Empty folder\.\).*'x//y'") as caught:
        storage.transfer(target)
    assert caught[0].filename == __file__
    assert read(tmp_path / "y") == CONTENT


PARTS = st.sampled_from(["a", "b", "", ".", "..", "zarr.json", "data.zarr", "ü", "a b", "c\x07"])
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(more=st.dictionaries(NAMES, st.sampled_from([b"", b"1", b"22"]), max_size=8))
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_of_any_keys_each_arrives_or_is_named(
    more: dict[str, bytes], tmp_path: Path, moto_server: S3Server
) -> None:
    content = {**more, **CONTENT}
    bucket, source = write(moto_server, content)
    base = tmp_path / str(next(_numbers))
    for target in (str(base / "copy"), f"s3://{bucket}/copy"):
        report = transfer(source, target, **options(moto_server)).wait(60)
        named = omitted(report, target)
        local = not target.startswith("s3://")
        got = read(Path(target)) if local else there(moto_server, bucket, "copy")
        for name, data in content.items():
            if name in named:
                assert name not in got
            elif name.endswith("/") or not name:
                assert not data
                assert not name or any(
                    other != name and other.startswith(name) for other in content
                )
            else:
                assert got.pop(name) == data
        assert not got
        again = transfer(source, target, **options(moto_server)).wait(60)
        assert set(again["outcome"]) - {"not copied"} == {"same"}
