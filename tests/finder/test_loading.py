"""Loading of a finder: requests, refreshing, failures, other accounts, many paths."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Finder, catalog, create_modo
from modos_widgets.archive import Hierarchy
from modos_widgets.errors import CancelledError, NotFoundError, OptionError
from modos_widgets.finder import Query, Result
from modos_widgets.finder.frames import object_frame
from modos_widgets.finder.index import Builder
from modos_widgets.finder.matching import Matcher
from modos_widgets.harvest import MetadataStream
from tests.finder.objects import document, write

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Progress
    from tests.parts.s3 import S3Server

SAMPLE: dict[str, dict[str, Any]] = {"sample/s1": {"@type": "Sample", "name": "One"}}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def options(server: S3Server) -> dict[str, Any]:
    return {"services": {"s3": server.endpoint}, "s3_kwargs": dict(server.s3_kwargs)}


def put(server: S3Server, bucket: str, own_id: str, **root: Any) -> None:
    data = json.dumps(document(own_id, SAMPLE, **root)).encode()
    key = f"{own_id}/data.zarr/zarr.json"
    server.client().put_object(Bucket=bucket, Key=key, Body=data)


def states(finder: Finder) -> dict[str, str]:
    found = finder.objects["state"]
    return {str(path).rpartition("/")[2]: str(state) for path, state in found.items()}


@pytest.mark.traffic
def test_a_refresh_reads_only_what_changed(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    for number in range(5):
        put(s3_server, bucket, f"m{number}", name=f"Study {number}")
    paths = [f"s3://{bucket}/m{number}" for number in range(5)]
    finder = Finder(paths, **options(s3_server))
    finder.load()
    assert (finder.progress.requests, finder.progress.unchanged) == (5, 0)
    assert len(finder.search("study")) == 5
    put(s3_server, bucket, "m3", name="Renamed")
    finder.refresh()
    assert (finder.progress.requests, finder.progress.unchanged) == (5, 4)
    assert finder.search("renamed").paths == [f"s3://{bucket}/m3"]
    assert len(finder.search("study")) == 4
    later = Finder(paths, **options(s3_server))
    published: list[int] = []
    later.on_change(lambda each: published.append(len(each.search("type:Sample"))))
    later.load()
    assert published[0] == 5  # before the first request for an object
    assert (later.progress.requests, later.progress.unchanged) == (5, 5)


@pytest.mark.traffic
def test_what_catalog_has_cached_is_used(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    for number in range(3):
        put(s3_server, bucket, f"m{number}")
    catalog(f"s3://{bucket}", **options(s3_server))
    finder = Finder(f"s3://{bucket}", **options(s3_server))
    finder.load()
    assert finder.progress.unchanged == 3
    assert len(finder.search("type:Sample").elements) == 3


@pytest.mark.traffic
def test_an_object_that_is_removed_is_marked_and_may_return(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    for number in range(2):
        put(s3_server, bucket, f"m{number}")
    finder = Finder(f"s3://{bucket}", **options(s3_server))
    finder.load()
    s3_server.client().delete_object(Bucket=bucket, Key="m1/data.zarr/zarr.json")
    finder.refresh()
    if s3_server.kind == "seaweedfs":  # it keeps the empty folder, which is then not readable
        assert states(finder) == {"m0": "read", "m1": "failed"}
    else:
        assert states(finder) == {"m0": "read", "m1": "removed"}
        assert finder.paths == [f"s3://{bucket}/m0"]
        assert finder.search("").totals.removed == 1
    put(s3_server, bucket, "m1", name="Back")
    finder.refresh()
    assert states(finder) == {"m0": "read", "m1": "read"}
    assert finder.search("back").paths == [f"s3://{bucket}/m1"]


def test_an_object_that_cannot_be_read_is_shown_with_the_reason(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    put(s3_server, bucket, "good")
    paths = [f"s3://{bucket}/good", f"s3://{bucket}/gone"]
    finder = Finder(paths, **options(s3_server))
    finder.load()
    assert states(finder) == {"good": "read", "gone": "failed"}
    reason = finder.objects.loc[f"s3://{bucket}/gone", "reason"]
    assert "NotFoundError" in str(reason)
    assert [failure["path"] for failure in finder.failures] == [f"s3://{bucket}/gone"]
    assert finder.search("is:failed").paths == [f"s3://{bucket}/gone"]
    assert finder.search("gone").paths == [f"s3://{bucket}/gone"]


def test_objects_without_consolidated_metadata_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    modo = create_modo(folder / "levels", name="By levels")
    root = folder / "levels" / "data.zarr" / "zarr.json"
    found = json.loads(root.read_text())
    found.pop("consolidated_metadata")
    root.write_text(json.dumps(found))
    finder = Finder(folder)
    finder.load()
    assert [str(modo.path)] == finder.search("levels").paths
    finder.refresh()
    assert states(finder) == {"levels": "read"}


def test_sources_and_accounts_do_not_share_what_is_known() -> None:
    paths = ["s3://bucket/a"]

    def identity(url: str, key: str, source: Any = paths) -> str:
        secret = {"key": key, "secret": "invented"}
        return MetadataStream(source, services={"s3": url}, s3_kwargs=secret).identity

    first = identity("http://one.example", "k")
    assert first == identity("http://one.example", "k")
    others = {
        identity("http://two.example", "k"),
        identity("http://one.example", "other"),
        identity("http://one.example", "k", "s3://bucket"),
        identity("http://one.example", "k", ["s3://bucket/b"]),
    }
    assert first not in others
    assert len(others) == 4


def test_the_snapshot_is_private_and_a_broken_one_is_ignored(tmp_path: Path) -> None:
    write(tmp_path / "objects", "m1", SAMPLE)
    Finder(tmp_path / "objects").load()
    (file,) = (tmp_path / "cache").rglob("*.arrow")
    assert file.stat().st_mode & 0o777 == 0o600
    data = file.read_bytes()
    for broken in (b"", data[:100], data[: len(data) // 2], b"x" * 1000):
        file.write_bytes(broken)
        finder = Finder(tmp_path / "objects")
        finder.load()
        assert len(finder.search("type:Sample").elements) == 1


def test_cancelled(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "objects", f"m{number}", SAMPLE)
    finder = Finder(tmp_path / "objects")

    def stop(_: Progress) -> None:
        raise CancelledError("The operation was cancelled.")

    with pytest.raises(CancelledError):
        finder.load(stop)
    assert not finder.loading
    finder.load()
    assert len(finder.paths) == 3


def test_a_source_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Finder(tmp_path / "nothing").load()


def test_new_paths_in_place_of_the_source(tmp_path: Path) -> None:
    paths = [write(tmp_path / "objects", f"m{number}", SAMPLE) for number in range(3)]
    finder = Finder(paths[:2])
    finder.load()
    finder.refresh(paths=[str(path) for path in paths[1:]])
    assert states(finder) == {"m0": "removed", "m1": "read", "m2": "read"}


def test_a_removed_object_is_not_known_in_the_next_session(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    for number in range(3):
        write(folder, f"m{number}", SAMPLE, name=f"Study {number}")
    finder = Finder(folder)
    finder.load()
    shutil.rmtree(folder / "m0")
    finder.refresh()
    assert states(finder) == {"m0": "removed", "m1": "read", "m2": "read"}
    later = Finder(folder)
    later.load()
    assert states(later) == {"m1": "read", "m2": "read"}
    assert later.search("study").paths == [str(folder / "m1"), str(folder / "m2")]
    assert later.attributes_of(str(folder / "m2"), "m2")["name"] == "Study 2"
    assert len(later.search("").elements) == 2


@pytest.mark.parametrize(
    "text",
    ["sxe:Female", "has:", "is:nothing", "age:>old", "date:yesterday", "word " * 50, "x" * 3000],
)
def test_bad_queries_are_refused_with_a_hint(text: str, tmp_path: Path) -> None:
    write(tmp_path / "objects", "m1", {"sample/s": {"@type": "Sample", "sex": "Male", "age": 3}})
    finder = Finder(tmp_path / "objects")
    finder.load()
    with pytest.raises(OptionError) as caught:
        _ = finder.search(text).paths
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    ['"', '""', "-", "--", ":", "a:b:c:", '"unclosed words', "\\", 'name:"\\', ",", "name:,", "\0",
     "\ud800", "(((", "*", "name:*", "..", "s3://x/y", "https://x", "🧬", "é" * 500],
)  # fmt: skip
def test_odd_queries_are_words(text: str, tmp_path: Path) -> None:
    write(tmp_path / "objects", "m1", SAMPLE)
    finder = Finder(tmp_path / "objects")
    finder.load()
    try:
        result = finder.search(text)
    except OptionError as error:
        assert error.hint  # noqa: PT017 - either is fine
        return
    assert result.paths == result.paths
    assert Query.parse(str(result.query)) == result.query


def test_objects_that_are_only_found_have_no_values_yet() -> None:
    builder = Builder()
    builder.add("s3://bucket/a", Hierarchy.from_root(document("a", SAMPLE)))
    before = Matcher(builder.publish())
    _ = before.completeness, before.links, before.paths
    builder.object("s3://bucket/b")
    after = Matcher(builder.publish(), before)
    assert object_frame(after)["expected"].tolist() == [before.completeness[1][0], 0]


def test_many_paths_take_little_memory() -> None:
    number = 50_000
    paths = [f"s3://bucket/cohort/study-{each}" for each in range(number)]
    tracemalloc.start()
    builder = Builder()
    for path in paths:
        builder.object(path)
    matcher = Matcher(builder.publish())
    result = Result(Finder([]), matcher, Query.parse("study-4999"), frozenset())
    assert len(result) == 11
    assert result.totals.unread == 11
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / number < 1000
