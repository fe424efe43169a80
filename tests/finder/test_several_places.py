"""One finder over several servers or folders, which may have the same paths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Finder, Location, catalog, edit
from modos_widgets.errors import OptionError
from tests.finder.objects import document, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

BUCKET = "same-name-on-both"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def place(server: S3Server, path: str) -> Location:
    return Location(path, services={"s3": server.endpoint}, s3_kwargs=dict(server.s3_kwargs))


def put(server: S3Server, name: str, **sample: str) -> None:
    elements = {"sample/s1": {"@type": "Sample", "name": f"Tumour of {name}", **sample}}
    data = json.dumps(document("study", elements, name=f"Study of {name}")).encode()
    key = "study/data.zarr/zarr.json"
    server.client().put_object(Bucket=BUCKET, Key=key, Body=data)


@pytest.mark.real
def test_the_same_path_on_two_servers_is_two_objects(
    moto_server: S3Server, seaweedfs: S3Server
) -> None:
    path = f"s3://{BUCKET}/study"
    servers = {"moto": moto_server, "weed": seaweedfs}
    for name, server in servers.items():
        server.bucket(BUCKET)
        put(server, name)
    places = [place(server, path) for server in servers.values()]
    names = [f"{server.endpoint}#{path}" for server in servers.values()]
    finder = Finder(places)
    finder.load()
    assert finder.paths == names
    assert finder.search("weed").paths == names[1:]
    assert list(finder.frame.index) == [
        (name, element) for name in sorted(names) for element in ("study", "sample/s1")
    ]
    finder.read_sizes()
    assert set(finder.sizes) == set(names)
    finder.refresh()
    assert (finder.progress.unchanged, len(finder.paths)) == (2, 2)

    (modo,) = edit(finder.search("weed").locations).modos
    assert modo.hierarchy.root.attributes["name"] == "Study of weed"
    put(seaweedfs, "weed", sex="Female")
    finder.refresh()
    assert finder.search("sex:Female").paths == names[1:]
    later = Finder(places)
    later.load()
    assert later.progress.unchanged == 2
    assert later.search("sex:Female").paths == names[1:]
    with pytest.raises(OptionError, match="two different servers"):
        catalog(places)


def test_folders_in_a_list_stand_for_their_objects(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        for name in ("m1", "m2"):
            write(tmp_path / folder, name, {}, name=f"{name} in {folder}")
    (tmp_path / "none").mkdir()
    sources: list[Any] = [tmp_path / "a", str(tmp_path / "b"), tmp_path / "none"]
    finder = Finder([*sources, tmp_path / "a" / "m1"])
    finder.load()
    found = [str(tmp_path / folder / name) for folder in ("a", "b") for name in ("m1", "m2")]
    assert finder.paths == [*found, str(tmp_path / "none")]
    assert finder.search("is:failed").paths == [str(tmp_path / "none")]
    assert finder.search("m2 in b").paths == [str(tmp_path / "b" / "m2")]
