"""A refresh over S3 finds what others did, and goes on using what came with the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import NotFoundError
from modos_widgets.explore import NodeSource, consolidated, open_source
from modos_widgets.explore.search import Searcher
from tests.explore.stores import consolidate, fill, group_document, make_counts, upload
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

OPENED = ("", "sample")
SEEN = ("sample", "sample/s0")
# the root and its level; four levels with children; the level of the seen s0; both own documents
COMPARED = 2 + 4 + 1 + 2


class Remote:
    """An object in S3 that is looked at while others write into it."""

    def __init__(self, server: S3Server, proxy: Proxy, folder: Path) -> None:
        self.server, self.proxy, self.bucket = server, proxy, server.bucket()
        make_counts(folder / "x.zarr")
        upload(server, self.bucket, "x.zarr", folder / "x.zarr")
        url = f"s3://{self.bucket}/x.zarr"
        self.source: NodeSource = open_source(
            url, services={"s3": proxy.endpoint}, s3_kwargs=server.s3_kwargs
        )
        self.source.start()

    def write(self, path: str, name: str = "") -> None:
        document = group_document(name=name or path)
        fill(self.server, self.bucket, {f"x.zarr/{path}/zarr.json": document})

    def refresh(self) -> int:
        """Refresh and read the root; give the number of requests."""
        self.source.refresh(OPENED, SEEN)
        self.proxy.reset()
        self.source.start()
        return self.counted()

    def counted(self) -> int:
        found = self.proxy.count()
        self.proxy.reset()
        return found


@pytest.fixture
def remote(moto_server: S3Server, tmp_path: Path) -> Iterator[Remote]:
    with Proxy(moto_server.endpoint) as proxy:
        yield Remote(moto_server, proxy, tmp_path)


def test_where_nothing_differs_later_levels_ask_nothing(remote: Remote) -> None:
    assert remote.refresh() == COMPARED
    for path in ("", "data", "data/counts", "sample", "reference"):
        names = remote.source.level(path).names
        remote.source.describe(f"{path}/{name}" if path else name for name in names)
    found = list(Searcher(remote.source).search("tumor", lambda: None))[-1]
    assert (found.matches, found.complete, found.attributes) == (3, True, True)
    assert remote.counted() == 0


def test_changes_without_an_updated_copy_are_found(remote: Remote) -> None:
    remote.write("sample/s0", "Renamed")
    remote.write("sample/added")
    remote.write("sample/added/below")
    remote.write("data/counts/more")  # neither open nor seen
    remote.refresh()
    source = remote.source
    assert source.level("sample").names == ["added", "s0", "s1", "s2"]
    assert source.level("data/counts").names == ["data", "more", "obs", "var"]
    assert remote.counted() == 0
    facts = source.describe(["sample/s0", "sample/added", "assay/rna", "data/counts"])
    assert facts["sample/s0"].attributes["name"] == "Renamed"
    assert facts["assay/rna"].attributes["name"] == "RNA-seq"
    assert remote.counted() == 2  # a level that differs is read itself, no other
    assert source.level("sample/added").names == ["below"]
    found = list(Searcher(source).search("below", lambda: None))[-1]
    assert (found.paths, found.complete) == (["sample/added/below"], True)


def test_a_change_of_a_node_in_sight_is_found_where_all_names_agree(remote: Remote) -> None:
    remote.write("sample/s0", "Renamed")
    remote.refresh()
    found = remote.source.describe(["sample/s0", "sample/s1"])
    assert found["sample/s0"].attributes["name"] == "Renamed"
    assert found["sample/s1"].attributes["name"] == "Tumor 1"


def test_children_of_a_row_in_sight_that_had_none_are_found(remote: Remote) -> None:
    remote.write("sample/s0/new")
    remote.refresh()
    assert remote.source.known_count("sample/s0") == (1, True)


def test_a_level_that_was_not_compared_is_listed_once_when_it_is_opened(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidated, "MOST_LEVELS", 2)
    remote.write("sample/added")
    remote.write("data/counts/more")
    assert remote.refresh() == COMPARED - 3 - 1  # three levels, and s0 is in one that differs
    assert remote.source.level("assay").names == ["rna"]
    remote.source.describe(["assay/rna"])
    assert remote.counted() == 1
    assert remote.source.level("data/counts").names == ["data", "more", "obs", "var"]
    assert remote.counted() == 1


def test_a_copy_that_was_renewed_is_trusted_again(
    remote: Remote, moto_server: S3Server, tmp_path: Path
) -> None:
    remote.write("sample/added")
    remote.refresh()
    root = make_counts(tmp_path / "y.zarr", consolidated=False)
    root.create_group("sample/added")
    consolidate(root.store)
    upload(moto_server, remote.bucket, "x.zarr", tmp_path / "y.zarr")
    remote.refresh()
    assert "added" in remote.source.level("sample").names
    remote.source.describe(["sample/added", "sample/s2", "data/counts/obs"])
    assert remote.counted() == 0


def refusing(what: str) -> Fault:
    return Fault("status", contains=what, status=403, code="AccessDenied", times=99)


def test_where_nothing_can_be_listed_the_copy_stays(remote: Remote) -> None:
    remote.source.refresh(OPENED, SEEN)
    remote.proxy.faults = [refusing("list-type")]
    assert remote.source.level("sample").names == ["s0", "s1", "s2"]
    assert remote.source.describe(["sample/s0"])["sample/s0"].attributes["name"] == "Tumor 0"


def test_a_level_that_is_refused_says_so_when_it_is_opened(remote: Remote) -> None:
    remote.source.refresh(OPENED, SEEN)
    remote.proxy.faults = [refusing("sample")]
    assert remote.source.level("").names[3] == "sample"
    assert remote.source.level("data").names == ["counts"]
    with pytest.raises(NotFoundError, match="refuses"):
        remote.source.level("sample")
