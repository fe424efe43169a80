"""The Python half of ZarrTree and ArrayPreview: traits, answers, what stands in a notebook."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import modos_widgets
from modos_widgets import ArrayPreview, ZarrTree, background
from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.explore import NodeSource
from modos_widgets.explore.store_reader import StoreReader
from modos_widgets.widgets import front_end
from tests.explore.stores import make_counts, make_wide
from tests.parts.asked import Asked
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_counts(tmp_path / "P-0003" / "data.zarr")
    return tmp_path / "P-0003"


def test_the_first_rows_of_a_tree_come_in_one_answer(folder: Path) -> None:
    ask = Asked(ZarrTree(folder))
    answer = ask("open", paths=["", "sample", "gone"])
    by_path = {each["path"]: each for each in answer["groups"]}
    root, sample, gone = by_path[""], by_path["sample"], by_path["gone"]
    assert (answer["root"]["name"], answer["modo"]) == ("P-0003", True)
    assert [each["name"] for each in root["rows"]] == [
        *("assay", "data", "reference", "sample", "sequence")
    ]
    assert (sample["index"], sample["total"], sample["complete"]) == (3, 3, True)
    assert gone["gone"]


def test_rows_do_not_wait_for_long_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = ZarrTree(folder)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tree, "send", lambda content, *_: sent.append(content))
    gate = threading.Event()
    jobs = [background.run(gate.wait, 30) for _ in range(background.MOST_THREADS)]
    request = {"kind": "request", "view": "v", "id": 1, "name": "rows", "payload": {"path": ""}}
    try:
        tree._receive(tree, request, [])
        wait_until(lambda: any(each["kind"] == "reply" for each in sent))
    finally:
        gate.set()
    assert all(job.result(20) for job in jobs)


def test_levels_to_the_depth_are_open(folder: Path) -> None:
    tree = ZarrTree(folder, depth=3)
    assert tree._first is not None
    tree._first.result(30)
    assert tree.opened == ["", "assay", "data", "sample", "data/counts"]
    assert ZarrTree(folder, depth=0).opened == []


def test_a_node_is_located_through_closed_groups(folder: Path) -> None:
    ask = Asked(ZarrTree(folder))
    answer = ask("locate", path="data/counts/var")
    assert [each["path"] for each in answer["groups"]] == ["", "data", "data/counts"]
    assert answer["index"] == 2
    assert "data/no/where does not exist" in ask("locate", path="data/no/where")["message"]
    assert "not a valid node path" in ask("locate", path="../..")["message"]


def test_a_wide_group_grows_after_its_first_thousand(tmp_path: Path) -> None:
    make_wide(tmp_path / "w.zarr", 1500)
    ask = Asked(ZarrTree(tmp_path / "w.zarr"))
    (group,) = ask("open", paths=[""])["groups"]
    assert (group["total"], group["complete"], len(group["rows"])) == (1000, False, 100)
    grown = ask("grow", path="")
    assert (grown["total"], grown["complete"], grown["row"]["summary"]) == (1500, True, "1,500")
    rows = ask("rows", path="", start=1490, count=100)["rows"]
    assert [each["summary"] for each in rows] == ["empty"] * 10


def test_on_select_calls_back_until_it_is_stopped(folder: Path) -> None:
    tree = ZarrTree(folder)
    told: list[str | None] = []
    end = tree.on_select(told.append)
    tree.value = "sample"
    end()
    tree.value = "data"
    assert told == ["sample"]


def test_another_source_empties_the_selection(folder: Path, tmp_path: Path) -> None:
    make_wide(tmp_path / "w.zarr", 3)
    tree = ZarrTree()
    ask = Asked(tree)
    assert ask("open", paths=[""]) == {"root": None, "groups": []}
    tree.source = folder
    tree.value = "sample"
    tree.source = tmp_path / "w.zarr"
    assert repr(tree.value) == "None"
    assert tree.opened == [""]
    assert [each["name"] for each in ask.sent if each["kind"] == "event"] == ["refresh"] * 2
    tree.source = None
    assert repr(tree) == "ZarrTree()"


def test_wrong_arguments_are_refused_by_name(folder: Path) -> None:
    with pytest.raises(OptionError, match="colour"):
        ZarrTree(folder, colour="red")
    with pytest.raises(NotFoundError):
        ZarrTree("/no/such/path")
    with pytest.raises(OptionError, match="float"):
        ArrayPreview(1.5)


def test_a_saved_notebook_shows_an_escaped_outline(tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path / "x.zarr")
    root.create_group("<b>bold", attributes={"name": "<i>", "@type": "<script>"})
    bundle, _ = ZarrTree(tmp_path / "x.zarr")._repr_mimebundle_()
    assert bundle["text/plain"] == "ZarrTree('x.zarr', group · 1 child · 0 attributes)"
    assert "<b>" not in bundle["text/html"]
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]


def test_the_text_of_a_remote_tree_is_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer = threading.Event()
    begin = NodeSource.start

    def slow(source: NodeSource) -> object:
        assert may_answer.wait(30)
        return begin(source)

    monkeypatch.setattr(NodeSource, "start", slow)
    monkeypatch.setattr(front_end, "SAVING_PATIENCE", 0.01)
    reader = StoreReader(zarr.storage.LocalStore(folder / "data.zarr"), name="far away")
    reader.remote = True
    tree = ZarrTree(NodeSource(reader))
    bundle, _ = tree._repr_mimebundle_()
    assert bundle["text/plain"] == repr(tree) == "ZarrTree('far away')"
    assert "far away" in bundle["text/html"]
    may_answer.set()
    assert tree._first is not None
    tree._first.result(30)
    assert repr(tree) == "ZarrTree('far away')"
    assert "sample" in tree._repr_mimebundle_()[0]["text/html"]


def test_an_unexpected_error_does_not_break_repr(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: NodeSource) -> object:
        raise RuntimeError("no ModosError")

    monkeypatch.setattr(NodeSource, "start", broken)
    tree = ZarrTree(folder)
    assert tree._repr_mimebundle_()[0]["text/plain"] == repr(tree) == "ZarrTree('P-0003')"


def test_a_passed_root_is_shown_without_a_request(folder: Path) -> None:
    document = (folder / "data.zarr" / "zarr.json").read_bytes()
    reader = StoreReader(MemoryStore(), name="P-0003")
    reader.remote = True
    tree = ZarrTree(NodeSource(reader, root_document=document))
    text = tree._repr_mimebundle_()[0]["text/plain"]
    assert text == "ZarrTree('P-0003', MODO · 5 children · 2 attributes)"


def test_the_stored_size_is_sent_on_request(folder: Path) -> None:
    ask = Asked(ZarrTree(folder))
    path = "data/counts/data"
    (place,) = (each for each in ask("rows", path="data/counts")["rows"] if each["name"] == "data")
    assert place["summary"].endswith("float32 · 4.7 KiB")
    assert not place["stored"]
    row = ask("stored", path=path)["row"]
    assert row["stored"]
    assert row["summary"].startswith(place["summary"] + ", ")
    assert row["summary"].endswith(" stored")
    assert "4.7 KiB uncompressed, " in row["facts"]
    assert ask("rows", path="data/counts")["rows"][0] == row


def test_a_fixed_node_is_read_again(tmp_path: Path) -> None:
    make_wide(tmp_path / "w.zarr", 2)
    document = tmp_path / "w.zarr" / "n000001" / "zarr.json"
    whole = document.read_bytes()
    document.write_bytes(b"torn")
    ask = Asked(ZarrTree(tmp_path / "w.zarr"))
    assert ask("rows", path="")["rows"][1]["kind"] == "broken"
    document.write_bytes(whole)
    assert ask("rows", path="")["rows"][1]["kind"] == "broken"  # what was read stays
    assert ask("again", paths=["n000001"])["rows"][0]["kind"] == "group"
    assert ask("rows", path="")["rows"][1]["kind"] == "group"


def test_no_key_is_in_the_state_or_the_code(folder: Path) -> None:
    tree = ZarrTree(
        "s3://bucket/x/data.zarr",
        services={"s3": "http://127.0.0.1:9"},
        s3_kwargs={"key": "AKIDEXAMPLE", "secret": "wJalrSECRET"},
    )
    assert "wJalrSECRET" not in f"{tree.get_state()} {tree!r} {vars(tree)}"


def test_a_preview_answers_with_values_labels_and_a_picture(folder: Path) -> None:
    ask = Asked(ArrayPreview(folder, "data/counts/data"))
    facts = ask("facts", path="data/counts/data")["facts"]
    assert ("Shape", "100 \N{MULTIPLICATION SIGN} 12") in facts
    answer = ask("part", path="data/counts/data", at={"0": 40})
    assert answer["words"] == "var 32\N{EN DASH}99 of 100, all 12 obs"
    assert answer["table"]["rows"][0] == "Gene40"
    assert answer["table"]["cells"][0][1] == "481"
    picture = ask.sent[-2]["payload"]["picture"]  # first, before the labels are read
    assert picture["alt"].startswith("heat map of data/counts/data, var 32")
    assert (picture["shape"], picture["type"], picture["start"]) == ([68, 12], "float32", [32, 0])
    assert np.frombuffer(ask.pictures[-1], "f4").reshape(68, 12)[8, 1] == 481
    assert answer["labels"]["0"]["texts"][8] == "Gene40"
    assert ask("stored", path="data/counts/data")["stored"].endswith("in 4 chunks, ratio 1.7")


def test_a_preview_of_a_zarr_array_needs_no_path() -> None:
    preview = ArrayPreview(zarr.create_array(MemoryStore(), data=np.arange(5)))
    assert preview.path == ""
    ask = Asked(preview)
    assert ask("part", path="")["table"]["cells"] == [["0"], ["1"], ["2"], ["3"], ["4"]]
    assert repr(preview) == "ArrayPreview('MemoryStore', 5 int64)"


def test_a_chunk_above_the_budget_needs_confirmation(folder: Path) -> None:
    ask = Asked(ArrayPreview(folder, "data/counts/data", budget=100))
    answer = ask("part", path="data/counts/data")
    assert (answer["over"], answer["budget"]) == ("1.5 KiB", "100 B")
    assert ask("part", path="data/counts/data", anyway=True)["chunks"] == 1


def test_the_public_names_exist() -> None:
    assert {"ZarrTree", "ArrayPreview"} <= set(modos_widgets.__all__)


def test_another_picture_of_the_same_part_reads_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Asked(ArrayPreview(folder, "data/counts/data"))
    assert ask("part", path="data/counts/data")["size"] == "4.7 KiB"  # of the array, not of chunks

    def refuse(*_: object) -> None:
        raise AssertionError("it was read again")

    monkeypatch.setattr("modos_widgets.explore.ArrayMeaning.read", refuse)
    ask("part", path="data/counts/data", kind="histogram")
    assert ask.sent[-2]["payload"]["picture"]["kind"] == "histogram"
    assert "message" in ask("part", path="data/counts/var")


def test_a_line_of_a_table_still_offers_the_heat_map(folder: Path) -> None:
    ask = Asked(ArrayPreview(folder, "data/counts/data"))
    kinds = ["heat map", "line", "histogram"]
    assert ask("part", path="data/counts/data")["kinds"] == kinds
    answer = ask("part", path="data/counts/data", kind="line", axes=[0, 1], at={"0": 40})
    assert answer["kinds"] == kinds
    assert answer["table"]["cells"][1] == ["481"]
