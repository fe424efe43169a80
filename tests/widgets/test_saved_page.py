"""`page`: what the file holds, and what it must not hold."""

from __future__ import annotations

import base64
import errno
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from modos_widgets import Location, cli, create_modo, open_modo, page
from modos_widgets.errors import ArgumentError, NotFoundError, StorageError
from modos_widgets.widgets.saved_page import preview_record
from modos_widgets.widgets.saved_page.names import Names

if TYPE_CHECKING:
    from pathlib import Path

RECORDED = re.compile(r'<script type="application/json" id="recorded">(.*?)</script>', re.DOTALL)
HOSTILE = "</script><script>window.hit=1</script><!-- \u2028"


def make_study(path: Path, name: str = "Study") -> Path:
    draft = create_modo(path, name=name).edit()
    draft.add("sample/s1", {"name": "First", "sex": "unknown", "taxon_id": "9606"})
    draft.add("sample/s2", {"name": "Second", "sex": "Female"})
    draft.add("assay/a", {"name": "RNA", "has_sample": ["sample/s1"]})
    draft.commit(force=True)
    return path


def recorded(file: Path) -> dict[str, Any]:
    found = RECORDED.search(file.read_text(encoding="utf-8"))
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_a_page_holds_the_table_the_findings_and_the_tree(tmp_path: Path) -> None:
    file = page(make_study(tmp_path / "study"), tmp_path / "study.html")
    assert file == tmp_path / "study.html"
    content = recorded(file)
    assert content["title"] == "study"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", content["made"])
    table = content["table"]
    assert len(table["tabs"]) == 4
    assert sorted(set(table["tabs"])) == ["Assay", "MODO", "Sample"]
    assert table["status"]["errors"] >= 1
    severities = {
        table["kinds"][place][0]
        for row in table["findings"].values()
        for places in row.values()
        for place in places
    }
    assert "error" in severities
    groups = {node["name"]: node for node in content["objects"][0]["tree"]["nodes"]}
    assert [node["name"] for node in groups["sample"]["nodes"]] == ["s1", "s2"]
    assert content["changes"] is None


def test_a_folder_of_objects_is_one_page_without_paths(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    make_study(folder / "one" / "study")
    make_study(folder / "two" / "study")
    make_study(folder / "three")
    file = page(folder, tmp_path / "all.html")
    names = [each["name"] for each in recorded(file)["objects"]]
    assert sorted(names) == ["one/study", "three", "two/study"]
    assert recorded(file)["title"] == "3 objects"
    assert str(folder) not in file.read_text(encoding="utf-8")
    named = page(folder, tmp_path / "named.html", addresses=True)
    assert str(folder / "three") in {each["name"] for each in recorded(named)["objects"]}


def test_a_list_may_hold_paths_locations_and_objects(tmp_path: Path) -> None:
    first, second, third = (make_study(tmp_path / name) for name in ("one", "two", "three"))
    source: list[Any] = [str(first), Location(second), open_modo(third)]
    file = page((each for each in source), tmp_path / "list.html")
    assert [each["name"] for each in recorded(file)["objects"]] == ["one", "three", "two"]
    assert recorded(page(Location(first), tmp_path / "one.html"))["title"] == "one"


def test_an_object_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    make_study(tmp_path / "all" / "good")
    broken = make_study(tmp_path / "all" / "bad")
    (broken / "data.zarr" / "zarr.json").write_text("{")
    file = page(tmp_path / "all", tmp_path / "all.html")
    assert [each["name"] for each in recorded(file)["objects"]] == ["good"]
    assert len(recorded(file)["failures"]) == 1
    assert recorded(file)["failures"][0].startswith("bad: ")
    assert str(tmp_path) not in file.read_text(encoding="utf-8")


def test_a_page_of_a_draft_holds_its_changes(tmp_path: Path) -> None:
    draft = open_modo(make_study(tmp_path / "study")).edit()
    draft.set("sample/s2", "name", "Renamed")
    draft.add("sample/s3", {"name": "New"})
    content = recorded(page(draft, tmp_path / "draft.html", title="For review"))
    assert content["title"] == "For review"
    assert ["study", "sample/s2", "name", "Second", "Renamed"] in content["changes"]["rows"]
    groups = {node["name"]: node for node in content["objects"][0]["tree"]["nodes"]}
    assert [node["name"] for node in groups["sample"]["nodes"]] == ["s1", "s2", "s3"]


def test_a_page_is_a_copy_of_a_draft_that_it_does_not_change(tmp_path: Path) -> None:
    draft = open_modo(make_study(tmp_path / "study"), mode="r+").edit()
    draft.set("sample/s2", "name", "Renamed")
    page(draft, tmp_path / "draft.html")
    assert len(draft) == 1
    draft.commit(force=True)


def test_metadata_cannot_end_the_script_that_holds_them(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "study", name=HOSTILE).edit()
    draft.add("sample/s", {"name": HOSTILE, HOSTILE: HOSTILE})
    draft.commit(force=True)
    file = page(tmp_path / "study", tmp_path / "study.html", title=HOSTILE)
    text = file.read_text(encoding="utf-8")
    assert text.count("</script>") == 4
    assert text.count("<script") == 4
    assert recorded(file)["title"] == HOSTILE


def test_nothing_from_elsewhere_is_allowed(tmp_path: Path) -> None:
    file = page(make_study(tmp_path / "study"), tmp_path / "study.html")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', file.read_text())
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy[1]
    assert "unsafe-eval" not in policy[1]


def test_a_page_of_ten_thousand_elements_is_at_most_ten_megabytes(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "large").edit()
    for number in range(10_000):
        values = {"name": f"Sample {number}", "description": f"Taken on day {number % 365}."}
        draft.add(f"sample/s{number}", {**values, "sex": ("Male", "Female")[number % 2]})
    file = page(draft, tmp_path / "large.html")
    assert file.stat().st_size < 10_000_000


def test_what_cannot_be_saved_is_an_error(tmp_path: Path) -> None:
    wrong: Any = 5
    with pytest.raises(ArgumentError, match="path"):
        page(tmp_path, wrong)
    with pytest.raises(ArgumentError, match="previews"):
        page(make_study(tmp_path / "any"), tmp_path / "none.html", previews=wrong)
    with pytest.raises(NotFoundError):
        page(tmp_path / "none", tmp_path / "none.html")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="No object"):
        page(tmp_path / "empty", tmp_path / "none.html")
    with pytest.raises(StorageError, match="cannot be written"):
        page(make_study(tmp_path / "study"), tmp_path / "no" / "study.html")


def test_the_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_study(tmp_path / "study")
    target = tmp_path / "out.html"
    assert cli.main(["page", str(tmp_path / "study"), "-o", str(target)]) == 0
    assert "MB" in capsys.readouterr().out
    assert recorded(target)["title"] == "study"
    assert cli.main(["page", str(tmp_path / "none"), "-o", str(target)]) == 1


def test_names_are_as_short_as_they_can_be() -> None:
    names = Names(["s3://a/x/study", "s3://a/y/study", "/home/ada/other/"])
    assert [names.of(path) for path in ("s3://a/x/study", "/home/ada/other/")] == [
        "x/study",
        "other",
    ]
    assert names.without_paths("s3://a/y/study is broken") == "y/study is broken"
    assert Names(["/home/ada/x"], keep=True).of("/home/ada/x") == "/home/ada/x"


def test_a_page_that_cannot_be_completed_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, folder = make_study(tmp_path / "study"), tmp_path / "pages"
    folder.mkdir()
    (folder / "study.html").write_text("before")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StorageError, match="cannot be written: No space left"):
        page(study, folder / "study.html")
    assert [each.read_text() for each in folder.iterdir()] == ["before"]


def test_a_page_without_findings(tmp_path: Path) -> None:
    file = page(make_study(tmp_path / "study"), tmp_path / "study.html", findings=False)
    table = recorded(file)["table"]
    assert table["findings"] == {}
    assert table["kinds"] == []
    assert "errors" not in table["status"]
    assert {tab["errors"] for tab in table["status"]["tabs"].values()} == {0}


def make_arrays(path: Path) -> Path:
    """Make a study with a matrix, and hostile labels of its rows."""
    draft = open_modo(make_study(path), mode="r+").edit()
    values = {"name": "Counts", "data_format": "Zarr", "data_path": "data.zarr/data/counts"}
    draft.add("data/counts", values)
    labels = [f"<b>{HOSTILE} {row}" for row in range(20)]
    draft.add_array("data/counts", np.arange(600.0).reshape(20, 30), obs=labels, name="x")
    draft.commit(force=True)
    return path


def previews_of(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = recorded(file)["objects"][0]["previews"]
    return found


def test_previews_are_saved_only_if_asked(tmp_path: Path) -> None:
    study = make_arrays(tmp_path / "study")
    plain = page(study, tmp_path / "plain.html")
    assert previews_of(plain) == {}
    full = page(study, tmp_path / "full.html", previews=True)
    previews = previews_of(full)
    assert sorted(previews) == ["data/counts/obs", "data/counts/x"]
    matrix = previews["data/counts/x"]
    assert matrix["facts"]["fixed"] is True
    picture = matrix["drawn"]["picture"]
    numbers = np.frombuffer(base64.b64decode(matrix["buffers"][0]), picture["type"])
    assert numbers.reshape(picture["shape"]).tolist() == np.arange(600.0).reshape(20, 30).tolist()
    assert matrix["part"]["table"]["cells"][0][:3] == ["0", "1", "2"]
    assert str(tmp_path) not in full.read_text(encoding="utf-8")
    assert full.read_text(encoding="utf-8").count("<script") == 5
    one = page(study, tmp_path / "one.html", previews=["data/counts/x", "data/none"])
    assert list(previews_of(one)) == ["data/counts/x"]


def test_previews_are_limited_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_record, "MOST_PREVIEW_BYTES", 3000)
    file = page(make_arrays(tmp_path / "study"), tmp_path / "full.html", previews=True)
    assert recorded(file)["left_out"] == 1
    assert list(previews_of(file)) == ["data/counts/obs"]


def test_a_preview_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    study = make_arrays(tmp_path / "study")
    chunks = study / "data.zarr" / "data" / "counts" / "x" / "c"
    for chunk in chunks.rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"broken")
    file = page(study, tmp_path / "full.html", previews=True)
    assert str(tmp_path) not in file.read_text(encoding="utf-8")
