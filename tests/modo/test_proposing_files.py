"""What a draft proposes for files, and files that it attaches from the object and detaches."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import AlreadyExistsError, NotFoundError, PathError
from modos_widgets.modo import clean_file_name
from modos_widgets.modo.attachments.file_kinds import kind_of_file
from modos_widgets.modo.data_paths import check_target
from tests.modo.objects import ELEMENTS, FILES, keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("P1.cram", "P1.cram"),
        ("C:\\reads\\P1.cram", "P1.cram"),
        ("a/b/../P1.cram", "P1.cram"),
        ("../../etc/passwd", "passwd"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("lpt¹.vcf", "_lpt¹.vcf"),
        ("con", "_con"),
        ("console.txt", "console.txt"),
        ("what?.vcf", "what_.vcf"),
        ("P1.cram. ", "P1.cram"),
        (" P1.cram", "P1.cram"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\nb\tc.tsv", "a_b_c.tsv"),
        ("Zu\u0308rich.tsv", "Zürich.tsv"),
        ("\udce4.tsv", "_.tsv"),
        ("<img src=x onerror=alert(1)>.vcf", "_img src=x onerror=alert(1)_.vcf"),
    ],
)
def test_a_name_is_made_safe_for_every_disk(name: str, cleaned: str) -> None:
    assert clean_file_name(name) == cleaned
    assert check_target(cleaned) == cleaned


@pytest.mark.parametrize("name", ["", "..", ".", "a/..", "/", "...", "\u200b", "data.zarr"])
def test_a_name_of_which_nothing_is_left_is_refused(name: str) -> None:
    with pytest.raises(PathError):
        clean_file_name(name)


@pytest.mark.parametrize("letter", ["a", "ü", "漢", "\U0001f9ec"])
def test_a_long_name_is_shortened_before_its_ending(letter: str) -> None:
    found = clean_file_name(letter * 300 + ".vcf.gz")
    assert found.endswith(f"{letter}.vcf.gz")
    assert 230 < len(found.encode()) <= 243  # 12 bytes stay for a number
    assert len(clean_file_name("x" * 300).encode()) == 243
    assert len(clean_file_name("x." + "y" * 300).encode()) == 243


@pytest.mark.parametrize(
    ("name", "head", "class_name", "format_name", "content", "mismatch"),
    [
        ("a.bam", b"", "AlignmentSet", "", "", False),
        ("a.bam", gzip.compress(b"BAM\x01" + b"x" * 50, mtime=0), "AlignmentSet", "", "BAM", False),
        ("a.cram", b"CRAM\x03\x00", "AlignmentSet", "CRAM", "CRAM", False),
        (
            "a.vcf.gz",
            gzip.compress(b"##fileformat=VCFv4.2\n", mtime=0),
            "VariantSet",
            "VCF",
            "VCF",
            False,
        ),
        ("a.bcf", gzip.compress(b"BCF\x02\x02", mtime=0), "VariantSet", "BCF", "BCF", False),
        ("a.dat", b"CRAM\x03\x00", "AlignmentSet", "CRAM", "CRAM", False),
        ("a.vcf", b"CRAM\x03\x00", "AlignmentSet", "CRAM", "CRAM", True),
        ("a.cram", b"<html>", "AlignmentSet", "CRAM", "", None),
        ("a.fa", b">1 chr\nACGT\n", "ReferenceGenome", "FASTA", "FASTA", False),
        ("a.fastq", b"@r1\nACGT\n+\nIIII\n", "DataEntity", "FASTQ", "FASTQ", False),
        ("a.txt", b">quoted\n\n", "DataEntity", "", "", False),
        ("a.tsv", b"x\ty\n", "DataEntity", "TSV", "", False),
        ("a.mztab", b"MTD\tmzTab-version\t1.0", "MassSpectrometryResults", "mzTab", "mzTab", False),
        ("a.gz", b"\x1f\x8b" + b"\xff" * 40, "DataEntity", "", "", False),
    ],
)
def test_the_kind_follows_the_content_and_then_the_name(
    name: str,
    head: bytes,
    class_name: str,
    format_name: str,
    content: str,
    *,
    mismatch: bool | None,
) -> None:
    kind = kind_of_file(name, head)
    assert (kind.class_name, kind.format) == (class_name, format_name)
    assert (kind.content, kind.mismatch) == (content, mismatch is True)
    assert kind.unrecognized == (mismatch is None)


def test_a_compressed_head_is_decompressed_only_in_part() -> None:
    head = gzip.compress(b"BAM\x01" + bytes(50 * 2**20))
    assert kind_of_file("a.bam", head).content == "BAM"


def test_files_get_a_class_an_id_and_their_index(local: Place) -> None:
    draft = local.open(local.put()).edit()
    found = draft.propose_files(
        [("P2.bam.bai", b""), ("P2.bam", b""), ("d1.cram", b"CRAM"), ("d1.cram", b"CRAM")]
    )
    index, data, first, second = found
    assert (index.index_of, index.element) == (1, "")
    assert (data.name, data.class_name, data.element) == ("P2.bam", "AlignmentSet", "data/p2")
    assert (data.taken, data.owner, data.renamed) == ("", "", False)
    assert (first.name, first.taken, first.owner) == ("d1_2.cram", "d1.cram", "data/d1")
    assert (second.name, first.element, second.element) == ("d1_3.cram", "data/d1_2", "data/d1_3")
    assert first.format == "CRAM"
    twice = draft.propose_files([("P2.bam", b""), ("P2.bam", b"")])
    assert [(each.name, each.is_numbered, each.taken) for each in twice] == [
        ("P2.bam", False, ""),
        ("P2_2.bam", True, ""),
    ]
    assert len(draft) == 0


def test_a_file_of_the_draft_takes_its_name(local: Place, tmp_path: Path) -> None:
    draft = local.open(local.put()).edit()
    (tmp_path / "x.vcf").write_text("##fileformat=VCFv4.2\n")
    draft.add("data/x", {"@type": "VariantSet"})
    draft.attach("data/x", tmp_path / "x.vcf")
    [found] = draft.propose_files([("X.VCF", b"")])
    assert (found.name, found.taken, found.owner) == ("X_2.VCF", "X.VCF", "data/x")
    assert found.element == "data/x_2"


def unnamed(place: Place) -> str:
    """Put an object whose file d1.cram no element names."""
    elements = {name: dict(each) for name, each in ELEMENTS.items()}
    del elements["data/d1"]["data_path"]
    return place.put(keys_of(elements))


def test_a_stored_file_is_attached_where_it_is(near: Place) -> None:
    path = unnamed(near)
    draft = near.open(path).edit()
    draft.attach_stored("data/d1", "d1.cram")
    assert draft.current("data/d1", "data_path") == "d1.cram"
    assert (
        draft.current("data/d1", "data_checksum") == hashlib.blake2b(FILES["d1.cram"]).hexdigest()
    )
    assert draft.current("data/d1", "data_format") == "CRAM"
    draft.undo()
    assert len(draft) == 0
    draft.redo()
    draft.commit()
    keys = near.keys(path)
    assert {key: data for key, data in keys.items() if not key.startswith("data.zarr")} == FILES
    assert near.open(path).files().loc["d1.cram", "named_by"] == "data/d1"
    assert not near.open(path).validate(checksums=True)


def test_a_stored_file_that_is_missing_or_named_is_refused(local: Place) -> None:
    draft = local.open(local.put()).edit()
    with pytest.raises(AlreadyExistsError, match=r"r1\.fa is the file of reference/r1"):
        draft.attach_stored("data/d1", "r1.fa")
    with pytest.raises(NotFoundError, match=r"has no file x\.cram"):
        draft.attach_stored("data/d1", "x.cram")
    with pytest.raises(PathError):
        draft.attach_stored("data/d1", "../x.cram")
    assert len(draft) == 0


def test_a_detached_file_stays_in_the_object(near: Place) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.detach("data/d1")
    assert draft.attachments() == ()
    assert "data_path" not in draft.elements()["data/d1"]
    draft.commit(force=True)
    assert set(near.open(path).files().index) == set(FILES)
    assert "data_path" not in near.attributes(path, "data/d1")
    with pytest.raises(NotFoundError, match="has no file"):
        near.open(path).edit().detach("data/d1")


def test_a_detached_file_can_be_removed_with_its_index(near: Place) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.detach("data/d1", with_file=True)
    commit = draft.commit(force=True)
    assert set(near.open(path).files().index) == {"r1.fa", "r1.fa.fai"}
    commit.undo()
    assert set(near.open(path).files().index) == set(FILES)
    assert near.attributes(path, "data/d1")["data_path"] == "d1.cram"


def test_a_removed_file_is_kept_if_it_is_attached_again(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.detach("data/d1", with_file=True)
    draft.add("data/d2", {"@type": "DataEntity"})
    draft.attach_stored("data/d2", "d1.cram")
    assert draft.attachments() == ()
    draft.commit(force=True)
    assert set(local.open(path).files().index) == set(FILES)


def test_detaching_what_the_draft_attached_keeps_the_stored_file(
    local: Place, tmp_path: Path
) -> None:
    path = local.put()
    (tmp_path / "new.cram").write_bytes(b"CRAM")
    for with_file, left in ((False, set(FILES)), (True, {"r1.fa", "r1.fa.fai"})):
        draft = local.open(path).edit()
        draft.attach("data/d1", tmp_path / "new.cram")
        draft.detach("data/d1", with_file=with_file)
        draft.commit(force=True)
        assert set(local.open(path).files().index) == left
        local.put()


def test_the_files_of_a_draft_are_those_after_the_commit(near: Place, tmp_path: Path) -> None:
    path = near.put()
    draft = near.open(path).edit()
    (tmp_path / "x.vcf").write_text("##fileformat=VCFv4.2\n")
    (tmp_path / "x.vcf.tbi").write_text("i")
    draft.add("data/x", {"@type": "VariantSet"})
    draft.attach("data/x", tmp_path / "x.vcf")
    draft.set("reference/r1", "data_path", "ref/r1.fa")
    draft.detach("data/d1")
    found = [(name, row.named_by, row.state) for name, row in draft.files().iterrows()]
    assert found == [
        ("d1.cram", "", ""),
        ("d1.cram.crai", "", ""),
        ("r1.fa", "", "removed"),
        ("r1.fa.fai", "", "removed"),
        ("ref/r1.fa", "reference/r1", "new"),
        ("ref/r1.fa.fai", "reference/r1", "new"),
        ("x.vcf", "data/x", "new"),
        ("x.vcf.tbi", "data/x", "new"),
    ]
    after = draft.files().query("state != 'removed'")
    draft.commit(force=True)
    stored = near.open(path).files()
    assert stored["size"].to_dict() == after["size"].to_dict()
    assert stored["named_by"].to_dict() == after["named_by"].to_dict()


def test_a_file_that_another_element_names_is_never_removed(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS, "data/too": dict(ELEMENTS["data/d1"])}))
    draft = local.open(path).edit()
    draft.detach("data/d1", with_file=True)
    assert draft.attachments() == ()
