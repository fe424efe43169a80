"""Files of a Browser: uploads, folders of the server, attach, detach, and downloads in pieces."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import browse, create_modo, open_modo
from modos_widgets.modo import measure_file
from modos_widgets.session import PIECE, uploads
from modos_widgets.widgets.browser import attaching
from tests.parts.asked import ask
from tests.parts.omics_files import vcf_text
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_folders")

CRAM = b"CRAM\x03\x00" + os.urandom(PIECE)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "cohort" / "study"
    draft = create_modo(path, name="Study").edit()
    draft.add("data/p1", {"@type": "AlignmentSet", "data_format": "CRAM", "data_path": "P1.cram"})
    draft.add("data/empty", {"@type": "DataEntity", "data_format": "TSV"})
    draft.add("sample/s1", {"@type": "Sample", "name": "one"})
    (path / "P1.cram").write_bytes(b"CRAM old")
    (path / "notes.tsv").write_bytes(b"a\tb\n")
    draft.commit(force=True)
    return path


@pytest.fixture
def browser(study: Path) -> Any:
    found: Any = browse(study)
    wait_until(lambda: found._shown["object"])
    return found


def answer(browser: Any, request: str, *buffers: bytes, **payload: Any) -> Any:
    last = ask(browser, request, *buffers, **payload)
    assert last["kind"] == "reply", last
    return last["payload"]


def problem(browser: Any, request: str, **payload: Any) -> str:
    last = ask(browser, request, **payload)
    assert last["kind"] == "problem"
    return f"{last['message']} {last['hint']}"


def send(browser: Any, name: str, data: bytes) -> dict[str, str]:
    begun = answer(browser, "begin upload", name=name, size=len(data), modified=1)
    upload: str = begun["upload"]
    for offset in range(begun["received"], len(data), begun["piece"]):
        piece = data[offset : offset + begun["piece"]]
        answer(browser, "upload piece", piece, upload=upload, offset=offset)
    return {"kind": "upload", "place": upload}


def to_attach(source: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"class_name": "", "format": "", "indexes": [], **source, **more}


def rows(browser: Any) -> list[tuple[str, str, str]]:
    return [(row[0], row[2], row[4]) for row in answer(browser, "files")["rows"]]


def test_uploads_are_attached_with_their_index_and_committed(browser: Any, study: Path) -> None:
    answer(browser, "edit")
    sources = [send(browser, "P9.cram.crai", b"index"), send(browser, "P9.cram", CRAM)]
    offered = answer(browser, "offer files", sources=sources)
    index, data = offered["files"]
    assert (index["index_of"], index["problem"]) == (1, "")
    assert (data["name"], data["class_name"], data["element"]) == (
        "P9.cram",
        "AlignmentSet",
        "data/p9",
    )
    assert (data["format"], data["size"], data["notes"]) == ("CRAM", len(CRAM), [])
    assert offered["elements"] == [("data/empty", ""), ("data/p1", "P1.cram")]
    assert "ReferenceGenome" in offered["classes"]
    assert "Sample" not in offered["classes"]
    file = to_attach(
        sources[1],
        name="P9.cram",
        element="data/p9",
        class_name="AlignmentSet",
        indexes=[sources[0]["place"]],
    )
    before = browser._edit["files"]
    assert answer(browser, "attach files", files=[file]) == {"problems": [""]}
    assert browser._edit["files"] == before + 1
    assert rows(browser) == [
        ("P1.cram", "data/p1", ""),
        ("P9.cram", "data/p9", "new"),
        ("P9.cram.crai", "data/p9", "new"),
        ("notes.tsv", "", ""),
    ]
    draft = browser.session.draft
    assert draft.current("data/p9", "data_checksum") == hashlib.blake2b(CRAM).hexdigest()
    assert draft.current("data/p9", "data_format") == "CRAM"
    browser.table.commit("Add a file", force=True)
    assert (study / "P9.cram").read_bytes() == CRAM
    assert (study / "P9.cram.crai").read_bytes() == b"index"
    assert not uploads()._uploads.keys() & {source["place"] for source in sources}
    assert draft.undo() is False


def test_an_upload_is_continued(browser: Any) -> None:
    answer(browser, "edit")
    asked = {"name": "P9.cram", "size": len(CRAM), "modified": 7}
    begun = answer(browser, "begin upload", **asked)
    answer(browser, "upload piece", CRAM[:PIECE], upload=begun["upload"], offset=0)
    again = answer(browser, "begin upload", **asked)
    assert (again["upload"], again["received"]) == (begun["upload"], PIECE)
    first = hashlib.sha256(CRAM[:PIECE]).digest()
    assert again["proof"] == hashlib.sha256(first).hexdigest()
    answer(browser, "cancel upload", upload=begun["upload"])
    assert "no longer has this upload" in problem(
        browser, "upload piece", upload=begun["upload"], offset=PIECE
    )


def test_all_files_are_attached_or_none(browser: Any, tmp_path: Path) -> None:
    answer(browser, "edit")
    (tmp_path / "x.vcf").write_text("##fileformat=VCFv4.2\n")
    server = {"kind": "server", "place": str(tmp_path / "x.vcf")}
    good = to_attach(server, name="x.vcf", element="data/x", class_name="VariantSet")
    missing = {"kind": "server", "place": "/nowhere"}
    named = {"kind": "stored", "place": "P1.cram"}
    for bad, message in (
        (to_attach(server, name="../x", element="data/y", class_name="VariantSet"), "../x"),
        (to_attach(server, name="y", element="sample/s1", class_name="Sample"), "sample/s1"),
        (to_attach(server, name="P1.cram", element="data/empty"), "P1.cram"),
        (to_attach(missing, name="y", element="data/empty"), "No file"),
        (to_attach(named, name="", element="data/empty"), "data/p1"),
    ):
        problems = answer(browser, "attach files", files=[good, bad])["problems"]
        assert problems[0] == ""
        assert message in problems[1]
        assert browser.session.unsaved == 0


def test_files_of_the_server_are_listed_and_attached(browser: Any, tmp_path: Path) -> None:
    answer(browser, "edit")
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "x.bam").write_bytes(b"\x1f\x8bnot")
    (folder / "x.bam.bai").write_bytes(b"i")
    (folder / "<b>.vcf").write_bytes(b"<html>")
    listed = answer(browser, "server folder", folder=str(folder), hidden=False)
    assert [row[:3] for row in listed["rows"]] == [
        ("<b>.vcf", False, 6),
        ("x.bam", False, 5),
        ("x.bam.bai", False, 1),
    ]
    assert listed["parent"] == str(tmp_path)
    sources = [
        {"kind": "server", "place": str(folder / name)} for name in ("x.bam", "<b>.vcf", "none")
    ]
    found = answer(browser, "offer files", sources=sources)["files"]
    assert found[0]["indexes"] == ["x.bam.bai"]
    assert found[0]["notes"] == ["The content is not recognized. The format is that of the name."]
    assert (found[1]["name"], len(found[1]["notes"])) == ("_b_.vcf", 2)
    assert "No file" in found[2]["problem"]
    browser.server_files = False
    assert "cannot be chosen" in problem(browser, "server folder", folder="", hidden=False)
    assert (
        "cannot be chosen" in answer(browser, "offer files", sources=sources)["files"][0]["problem"]
    )
    file = to_attach(sources[0], name="x.bam", element="data/empty")
    assert "cannot be chosen" in answer(browser, "attach files", files=[file])["problems"][0]
    browser.server_files = True
    assert answer(browser, "attach files", files=[file])["problems"] == [""]
    assert ("x.bam.bai", "data/empty", "new") in rows(browser)


def test_the_draft_can_be_used_while_a_file_is_read(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(browser, "edit")
    (tmp_path / "x.bam").write_bytes(b"bytes")
    free: list[bool] = []

    def measure_slowly(path: str) -> object:
        def use() -> None:
            with browser.table.changing():
                free.append(True)

        other = threading.Thread(target=use)
        other.start()
        other.join(20)
        return measure_file(path)

    monkeypatch.setattr(attaching, "measure_file", measure_slowly)
    file = to_attach(
        {"kind": "server", "place": str(tmp_path / "x.bam")}, name="x.bam", element="data/empty"
    )
    assert answer(browser, "attach files", files=[file])["problems"] == [""]
    assert free == [True]
    assert browser.table.draft.current("data/empty", "data_path").endswith("x.bam")


def test_an_index_from_another_folder_is_refused(browser: Any, tmp_path: Path) -> None:
    answer(browser, "edit")
    (tmp_path / "a").mkdir()
    (tmp_path / "x.bam").write_bytes(b"")
    (tmp_path / "a" / "x.bam.bai").write_bytes(b"i")
    places = [tmp_path / "x.bam", tmp_path / "a" / "x.bam.bai"]
    sources = [{"kind": "server", "place": str(place)} for place in places]
    assert "same folder" in answer(browser, "offer files", sources=sources)["files"][1]["problem"]
    uploaded = [sources[0], send(browser, "x.bam.bai", b"i")]
    assert "same folder" in answer(browser, "offer files", sources=uploaded)["files"][1]["problem"]


def test_a_file_of_the_same_name_is_asked_about(browser: Any, study: Path) -> None:
    answer(browser, "edit")
    source = send(browser, "P1.cram", b"CRAM new")
    [found] = answer(browser, "offer files", sources=[source])["files"]
    assert (found["taken"], found["owner"], found["name"]) == ("P1.cram", "data/p1", "P1_2.cram")
    file = to_attach(source, name="P1_2.cram", element="data/p1")
    assert answer(browser, "attach files", files=[file])["problems"] == [""]
    assert ("P1.cram", "", "removed") in rows(browser)
    again = send(browser, "P1.cram", b"CRAM newer")  # replaces the one of the draft
    file = to_attach(again, name="P1_3.cram", element="data/p1")
    assert answer(browser, "attach files", files=[file])["problems"] == [""]
    browser.table.commit(force=True)
    assert sorted(path.name for path in study.glob("P1*")) == ["P1_3.cram"]
    assert (study / "P1_3.cram").read_bytes() == b"CRAM newer"


def test_a_file_of_the_object_is_attached_and_detached(browser: Any, study: Path) -> None:
    answer(browser, "edit")
    source = {"kind": "stored", "place": "notes.tsv"}
    [found] = answer(browser, "offer files", sources=[source])["files"]
    assert (found["name"], found["taken"], found["format"]) == ("notes.tsv", "", "TSV")
    file = to_attach(source, name="notes.tsv", element="data/empty")
    assert answer(browser, "attach files", files=[file])["problems"] == [""]
    before = browser._edit["files"]
    answer(browser, "detach file", element="data/p1", remove=True)
    assert browser._edit["files"] > before
    assert rows(browser) == [("P1.cram", "", "removed"), ("notes.tsv", "data/empty", "")]
    browser.table.commit(force=True)
    assert [row[0] for row in answer(browser, "files")["rows"]] == ["notes.tsv"]
    assert open_modo(study).files().loc["notes.tsv", "named_by"] == "data/empty"
    answer(browser, "detach file", element="data/empty", remove=False)
    assert rows(browser) == [("notes.tsv", "", "")]
    assert "has no file" in problem(browser, "detach file", element="data/empty", remove=False)


def test_a_file_is_downloaded_in_pieces(browser: Any, study: Path) -> None:
    (study / "big.bin").write_bytes(CRAM)
    begun = answer(browser, "begin download", path="big.bin")
    assert (begun["size"], begun["piece"]) == (len(CRAM), PIECE)
    got = b""
    for offset in range(0, begun["size"], begun["piece"]):
        last = ask(browser, "download piece", download=begun["download"], offset=offset)
        got += bytes(last["buffers"][0])
    assert got == CRAM
    answer(browser, "end download", download=begun["download"])
    assert "has ended" in problem(browser, "download piece", download=begun["download"], offset=0)
    assert "big.bin2" in problem(browser, "begin download", path="big.bin2")


def test_files_are_checked_and_their_findings_listed(browser: Any, study: Path) -> None:
    calls = vcf_text({"chr1": "ACGT" * 100}, ("one",)).encode()
    (study / "P1.cram").write_bytes(calls)
    checked = answer(browser, "check files", path=str(study))

    (row,) = checked["rows"]
    assert row[:2] == ("P1.cram", "VCF 4.2, sample one, toy1")
    assert [problem[0] for problem in row[2]] == ["error", "error", "warning"]
    assert (checked["others"], checked["text"]) == ([], "2 errors, 1 warning")

    answer(browser, "edit")
    before = browser.table.findings.errors
    answer(browser, "check files", path=str(study))
    draft = browser.session.draft
    found = browser.table.findings
    assert len(found.errors) == len(before) + 2
    assert draft.apply_fixes(found.of_code("sample_not_linked")) == 1
    browser.table.refresh()
    assert draft.current("data/p1", "has_sample") == ["sample/s1"]
    assert not browser.table.findings.of_code("sample_not_linked")
    assert browser.table.findings.of_code("wrong_format")
    answer(browser, "check files", path=str(study))
    assert len(browser.table.findings.of_code("wrong_format")) == 1
    draft.remove("data/p1")
    browser.table.refresh()
    assert not browser.table.findings.of_code("wrong_format")


def test_a_file_is_looked_into_page_by_page(browser: Any, study: Path) -> None:
    rows = "".join(f"g{number}\t{number}\n" for number in range(450))
    wide = "\t".join(map(str, range(300)))
    (study / "notes.tsv").write_text(f"gene\tcount\n{rows}", encoding="utf-8")
    (study / "wide.tsv").write_text(f"{wide}\n{'x' * 500}\ty\n", encoding="utf-8")
    view = answer(browser, "view file", path="notes.tsv")
    assert (view["kind"], view["columns"]) == ("table", ["gene", "count"])
    assert (len(view["rows"]), view["rows"][0], view["has_more"]) == (200, ["g0", "0"], True)
    pages = [answer(browser, "view more", view=view["view"]) for _ in range(2)]
    assert [len(page["rows"]) for page in pages] == [200, 50]
    assert pages[1]["rows"][-1] == ["g449", "449"]
    assert not pages[1]["has_more"]
    cut = answer(browser, "view file", path="wide.tsv")
    assert (len(cut["columns"]), cut["hidden_columns"]) == (100, 200)
    assert len(cut["rows"][1][0]) == 201
    assert answer(browser, "view file", path="P1.cram")["has_regions"]
    for _ in range(4):
        answer(browser, "view file", path="P1.cram")
    assert "Choose the file again." in problem(browser, "view more", view=view["view"])
    assert "No file" in problem(browser, "view file", path="gone.tsv")


def test_the_region_tab_follows_the_chosen_genome_file(browser: Any) -> None:
    assert browser._shown["region"] == ""
    browser.session.select("data/p1")
    assert browser._shown["region"] == "data/p1"
    assert browser._region == ""  # nothing is opened before the tab is in front
    browser.tab = "region"
    first = browser.region
    assert (list(first.files), browser._region) == (["data/p1"], f"anywidget:{first.model_id}")
    browser.session.select("sample/s1")
    assert browser.region is first  # it stays until another genome file is chosen
    browser.tab = "files"
    answer(browser, "show region", path="P1.cram")
    assert (browser.tab, browser.region) == ("region", first)
