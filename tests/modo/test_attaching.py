"""Files that a commit brings along: from where they come, and who else brings one."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import (
    AlreadyExistsError,
    ConflictError,
    EndpointError,
    NotFoundError,
    OptionError,
    PathError,
    StorageError,
)
from modos_widgets.modo import measure_file
from modos_widgets.modo.data_paths import INDEXES, index_names, indexed_names
from tests.modo.conftest import Place, without_lock
from tests.modo.objects import ELEMENTS, FILES, keys_of
from tests.parts.lines import lines_of
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.draft.draft import Draft

pytestmark = pytest.mark.traffic

SMALL, LARGE = 1000, 9 * 2**20


def attaching(place: Place, path: str, folder: Path, who: str, size: int) -> Draft:
    """Begin a draft that attaches `calls.vcf` and its index."""
    (folder / who).mkdir()
    (folder / who / "calls.vcf").write_bytes(who.encode() * (size // len(who)))
    (folder / who / "calls.vcf.tbi").write_bytes(who.encode())
    draft = place.open(path).edit()
    draft.add(f"data/{who}", {"@type": "VariantSet"})
    draft.attach(f"data/{who}", folder / who / "calls.vcf")
    return draft


def start_together(place: Place, drafts: list[Draft], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Commit at the same time: all send their files when each has looked that none is there.

    moto looks and writes in two steps, so there one sends after the other.
    """
    together = threading.Barrier(len(drafts))
    gate = threading.Lock() if place.kind == "moto" else contextlib.nullcontext()
    results: list[Any] = [None] * len(drafts)

    def commit(number: int, draft: Draft) -> None:
        storage = draft.modos[0].storage
        stream, waiting = storage.stream, [True]

        def held(*args: Any, **options: Any) -> None:
            if waiting.pop() if waiting else False:
                together.wait(60)
            with gate:
                stream(*args, **options)

        monkeypatch.setattr(storage, "stream", held)
        try:
            results[number] = draft.commit()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            results[number] = error

    threads = [threading.Thread(target=commit, args=one) for one in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_two_drafts_that_attach_the_same_name_do_not_overwrite_each_other(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = place.put()
    people = ["ann", "bob"]
    drafts = [attaching(place, path, tmp_path, who, size) for who in people]
    # on a local disk the lock lets one commit after the other: take it away
    without_lock(monkeypatch)
    results = start_together(place, drafts, monkeypatch)
    refused = [number for number, one in enumerate(results) if isinstance(one, ConflictError)]
    assert len(refused) == 1, results
    winner, loser = people[1 - refused[0]], people[refused[0]]
    keys = place.keys(path)
    assert keys["calls.vcf"] == winner.encode() * (size // 3)
    assert keys["calls.vcf.tbi"] == winner.encode()
    assert f"data.zarr/data/{loser}/zarr.json" not in keys
    if place.server is not None:
        assert not place.server.uploads(place.bucket)
    error = results[refused[0]]
    assert "calls.vcf already exists" in str(error)
    draft = drafts[refused[0]]
    draft.resolve(error.conflicts, "mine")
    assert draft.current(f"data/{loser}", "data_path") == "calls-2.vcf"
    draft.commit()
    keys = place.keys(path)
    assert keys["calls.vcf"] == winner.encode() * (size // 3)
    assert keys["calls-2.vcf"] == loser.encode() * (size // 3)
    assert keys["calls-2.vcf.tbi"] == loser.encode()
    assert not place.open(path).validate(checksums=True).errors


def test_a_rename_keeps_the_file_and_the_array_of_the_element(near: Place, tmp_path: Path) -> None:
    path = near.put()
    draft = attaching(near, path, tmp_path, "ann", SMALL)
    draft.add_array("data/ann", [[1]])
    draft.rename("data/ann", "data/eve")
    assert list(draft.diff().query("element == 'data/eve'")["slot"]).count("calls.vcf") == 1
    draft.commit()
    keys = near.keys(path)
    assert {"calls.vcf", "calls.vcf.tbi", "data.zarr/data/eve/data/zarr.json"} <= keys.keys()
    assert not any("data/ann" in key for key in keys)
    assert not near.open(path).validate(checksums=True).errors


def test_a_file_whose_name_is_taken_can_be_left_out(near: Place, tmp_path: Path) -> None:
    path = near.put()
    source = tmp_path / "new" / "d1.cram"
    source.parent.mkdir()
    source.write_bytes(b"another")
    draft = near.open(path).edit()
    draft.set("data/d1", "name", "Kept")
    draft.attach("data/d1", source)
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    draft.resolve(caught.value.conflicts, "theirs")
    assert set(draft.diff()["slot"]) == {"name"}
    draft.commit()
    assert {key: data for key, data in near.keys(path).items() if key in FILES} == FILES


def test_the_number_in_a_new_file_name_increases_until_the_name_is_free(
    local: Place, tmp_path: Path
) -> None:
    path = local.put()
    local.write(path, "calls.vcf.tbi", b"an index alone")
    local.write(path, "calls-2.vcf", b"taken")
    draft = attaching(local, path, tmp_path, "ann", SMALL)
    for _ in range(2):
        with pytest.raises(ConflictError) as caught:
            draft.commit()
        draft.resolve(caught.value.conflicts, "mine")
    draft.commit()
    keys = local.keys(path)
    assert (keys["calls.vcf.tbi"], keys["calls-2.vcf"]) == (b"an index alone", b"taken")
    assert keys["calls-3.vcf.tbi"] == b"ann"
    assert local.open(path).metadata["data/ann"]["data_path"] == "calls-3.vcf"


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_file_whose_response_was_lost_is_not_a_conflict(
    remote: Place, tmp_path: Path, size: int
) -> None:
    assert remote.server is not None
    path = remote.put()
    with Proxy(remote.server.endpoint) as proxy:
        behind = replace(remote, server=replace(remote.server, endpoint=proxy.endpoint))
        draft = attaching(behind, path, tmp_path, "ann", size)
        contains = "calls.vcf" if size == SMALL else "calls.vcf?uploadId"
        method = "PUT" if size == SMALL else "POST"
        proxy.faults = [Fault("reset-after", method=method, contains=contains)]
        draft.commit()
        assert proxy.faults[0].seen > 1
    assert remote.keys(path)["calls.vcf"] == b"ann" * (size // 3)


def test_an_undo_keeps_a_file_that_another_element_names(near: Place, tmp_path: Path) -> None:
    path = near.put()
    first = attaching(near, path, tmp_path, "ann", SMALL).commit()
    draft = near.open(path).edit()
    draft.add("data/too", {"@type": "VariantSet", "data_path": "calls.vcf", "data_format": "VCF"})
    draft.commit()
    first.undo()
    assert near.keys(path)["calls.vcf"] == b"ann" * (SMALL // 3)
    assert "data/ann" not in near.open(path).metadata


def test_a_commit_is_undone_only_once(near: Place, tmp_path: Path) -> None:
    path = near.put()
    commit = attaching(near, path, tmp_path, "ann", SMALL).commit()
    near.write(path, "kept.txt", b"a note")
    commit.undo()
    assert "calls.vcf" not in near.keys(path)
    near.write(path, "calls.vcf", b"of somebody else")
    with pytest.raises(OptionError, match="already undone"):
        commit.undo()
    with pytest.raises(OptionError, match="already undone"):
        near.open(path).undo_commit(commit.id)
    assert near.keys(path)["calls.vcf"] == b"of somebody else"


def test_a_file_that_a_failed_commit_did_not_write_is_never_removed(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    draft = attaching(near, path, tmp_path, "ann", SMALL)
    storage = draft.modos[0].storage
    stream = storage.stream

    def after_somebody(*args: Any, **options: Any) -> None:
        near.write(path, "calls.vcf", b"of somebody else")
        stream(*args, **options)

    monkeypatch.setattr(storage, "stream", after_somebody)
    with pytest.raises(ConflictError):
        draft.commit()
    modo = near.open(path)
    (failed,) = modo.commits().index
    with pytest.raises(OptionError, match="already undone"):
        modo.undo_commit(failed)
    modo.repair()
    assert near.keys(path)["calls.vcf"] == b"of somebody else"


def incoming(place: Place) -> dict[str, Any]:
    """Put a file and its index into another bucket, where no object is."""
    assert place.server is not None
    bucket = place.server.bucket()
    for key, data in {"run/new.cram": b"CRAM" * 1000, "run/new.cram.crai": b"index"}.items():
        place.server.client().put_object(Bucket=bucket, Key=key, Body=data)
    return {"bucket": bucket, "services": {"s3": place.server.endpoint}}


def test_a_file_on_s3_is_attached_to_objects_on_s3_and_on_a_disk(
    remote: Place, tmp_path: Path
) -> None:
    source = incoming(remote)
    there = {"services": source["services"], "s3_kwargs": remote.s3_kwargs}
    here = Place("local", tmp_path)
    for place, options in ((remote, {}), (here, there)):
        path = place.put()
        draft = place.open(path).edit()
        draft.add("data/new", {"@type": "AlignmentSet"})
        draft.attach("data/new", f"s3://{source['bucket']}/run/new.cram", **options)
        draft.commit()
        keys = place.keys(path)
        assert keys["new.cram"] == b"CRAM" * 1000
        assert keys["new.cram.crai"] == b"index"
        element = place.open(path).metadata["data/new"]
        assert element["data_path"] == "new.cram"
        assert element["data_format"] == "CRAM"
        assert element["data_checksum"] == hashlib.blake2b(b"CRAM" * 1000).hexdigest()
        assert not place.open(path).validate(checksums=True).errors
        with pytest.raises(NotFoundError, match=r"gone\.cram"):
            draft.attach("data/new", f"s3://{source['bucket']}/run/gone.cram", **options)
    draft = here.open(path).edit()
    with pytest.raises(OptionError, match="no S3 service"):
        draft.attach("data/d1", f"s3://{source['bucket']}/run/new.cram")


def test_a_source_that_is_not_a_file_is_refused(remote: Place, tmp_path: Path) -> None:
    source = incoming(remote)
    bucket = source.pop("bucket")
    options = {**source, "s3_kwargs": remote.s3_kwargs}
    away = {"services": {"s3": "http://127.0.0.1:9"}}
    draft = Place("local", tmp_path).open(Place("local", tmp_path).put()).edit()
    for path, given, error, reason in (
        (f"s3://{bucket}/run/new.cram?versionId=null", options, PathError, "has a query"),
        (f"s3://{bucket}/run/new.cram ", options, PathError, "ends with a blank"),
        (f" s3://{bucket}/run/new.cram", options, PathError, "is an address"),
        ("http://example.org/new.cram", options, PathError, "is an address"),
        (f"s3://{bucket}/run", options, NotFoundError, "No file at"),
        ("s3://no-such-bucket/new.cram", options, NotFoundError, "no such bucket"),
        (f"s3://{bucket}/run/new.cram", away, EndpointError, "does not respond"),
        (str(tmp_path / ("x" * 300) / "x.cram"), {}, PathError, "too long"),
    ):
        with pytest.raises(error, match=reason):
            draft.attach("data/d1", path, **given)
    with pytest.raises(TypeError, match="Expected a path"):
        draft.attach("data/d1", 5)  # type: ignore[arg-type]
    assert not draft


def test_a_large_file_is_attached_in_parts(near: Place, tmp_path: Path) -> None:
    path = near.put()
    source = tmp_path / "big.bcf"
    block, digest = bytes(range(256)) * 4096, hashlib.blake2b()
    with source.open("wb") as file:
        for number in range(18):
            file.write(bytes([number]) + block[1:])
            digest.update(bytes([number]) + block[1:])
    draft = near.open(path).edit()
    draft.add("data/big", {"@type": "VariantSet"})
    draft.attach("data/big", source)
    draft.commit()
    modo = near.open(path)
    assert modo.metadata["data/big"]["data_checksum"] == digest.hexdigest()
    assert modo.files().loc["big.bcf", "size"] == 18 * 2**20
    assert not modo.validate(checksums=True).errors
    assert modo.undo_commit().notes == (
        "Removed permanently, because undo keeps 16 MiB per commit: big.bcf.",
    )
    assert "big.bcf" not in near.open(path).files().index


def test_an_existing_file_is_not_overwritten(local: Place, tmp_path: Path) -> None:
    path = local.put()
    (tmp_path / "d1.cram").write_bytes(b"other")
    draft = local.open(path).edit()
    draft.attach("data/d1", tmp_path / "d1.cram")
    with pytest.raises(ConflictError, match=r"d1\.cram already exists"):
        draft.commit()
    assert local.keys(path)["d1.cram"] == FILES["d1.cram"]


def test_a_file_that_changed_since_it_was_attached_is_refused(local: Place, tmp_path: Path) -> None:
    path = local.put()
    before = local.keys(path)
    source = tmp_path / "new.cram"
    source.write_bytes(b"one")
    draft = local.open(path).edit()
    draft.attach("data/d1", source)
    source.write_bytes(b"two")
    with pytest.raises(StorageError, match="changed since"):
        draft.commit()
    assert local.keys(path) == before


def put(folder: Path, *names: str) -> Path:
    """Write files of different bytes, and return the folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(str(folder / name).encode())
    return folder


CLASHES = [
    # what data/a gets, what data/b is to get, the name that it may have instead
    ("reads.cram", "reads.cram", "b.cram"),
    ("reads.cram", "Reads.CRAM", "b.cram"),
    ("caf\u00e9.vcf", "cafe\u0301.vcf", "b.vcf"),
    ("reads.cram", "reads.cram.crai", "b.crai"),
    ("reads.bam", "reads.bai", "b.bai"),
    ("runs", "runs/reads.cram", "b.cram"),
    ("runs/reads.cram", "runs", "b"),
]


@pytest.mark.parametrize("names", CLASHES, ids=[one[1] for one in CLASHES])
@pytest.mark.parametrize("first_is", ["in the draft", "stored"])
def test_two_files_of_one_name_are_refused(
    near: Place, tmp_path: Path, names: tuple[str, str, str], first_is: str
) -> None:
    path = near.put()
    first, second, other = names
    source = put(tmp_path / "new", "x", "y")
    draft = near.open(path).edit()
    for name in "ab":
        draft.add(f"data/{name}", {"@type": "AlignmentSet", "name": name, "data_format": "CRAM"})
    draft.attach("data/a", source / "x", name=first)
    if first_is == "stored":
        draft.commit(force=True)
    before = draft.diff()
    with pytest.raises((AlreadyExistsError, PathError)) as caught:
        draft.attach("data/b", source / "y", name=second)
    assert isinstance(caught.value, PathError) == (second == "cafe\u0301.vcf")
    assert draft.diff().equals(before)
    draft.attach("data/b", source / "y", name=other)
    draft.commit(force=True)
    keys = near.keys(path)
    assert (keys[first], keys[other]) == (
        (source / "x").read_bytes(),
        (source / "y").read_bytes(),
    )
    assert not near.open(path).validate(checksums=True).of_code("checksum_mismatch")


def test_the_name_of_a_file_that_another_element_names_is_refused(
    near: Place, tmp_path: Path
) -> None:
    path = near.put()
    source = put(tmp_path / "new", "d1.cram", "R1.FA")
    draft = near.open(path).edit()
    draft.add("data/x", {"@type": "AlignmentSet"})
    for name in ("d1.cram", "R1.FA"):
        with pytest.raises(AlreadyExistsError, match="name="):
            draft.attach("data/x", source / name)
    for target in ("d1.cram.crai", "d1.crai", "d1.cram/x"):
        with pytest.raises(AlreadyExistsError):
            draft.attach("data/x", source / "d1.cram", name=target)
    with pytest.raises(AlreadyExistsError, match="index file"):
        draft.attach("data/d1", source / "d1.cram", name="d1.cram.bai")
    draft.attach("data/x", source / "d1.cram", name="x.cram")
    draft.commit()
    assert {key: data for key, data in near.keys(path).items() if key in FILES} == FILES


def test_an_element_has_at_most_one_file(near: Place, tmp_path: Path) -> None:
    path = near.put()
    source = put(tmp_path / "new", "R1.fastq", "R2.fastq")
    draft = near.open(path).edit()
    draft.add("data/x", {"@type": "DataEntity"})
    draft.attach("data/x", source / "R1.fastq")
    before = draft.diff()
    with pytest.raises(AlreadyExistsError, match=r"R1\.fastq.*Add another element"):
        draft.attach("data/x", source / "R2.fastq")
    assert draft.diff().equals(before)
    (source / "R1.fastq").write_bytes(b"changed")
    draft.attach("data/x", source / "R1.fastq")
    assert draft.undo()
    assert draft.undo()
    draft.attach("data/x", source / "R2.fastq")
    assert draft.undo()
    assert draft.redo()
    draft.commit()
    keys = near.keys(path)
    assert "R1.fastq" not in keys
    assert keys["R2.fastq"] == (source / "R2.fastq").read_bytes()
    assert not near.open(path).validate(checksums=True)


SPELLINGS = [
    ("x.bam", ["x.bam.bai", "x.bai", "x.bam.csi", "x.csi", "x.bam.pbi"], ["y.bai", "x.crai"]),
    ("x.cram", ["x.cram.crai", "x.crai", "x.cram.crai.c4gh"], ["x.bai", "x.cram.md5"]),
    ("x.cram.c4gh", ["x.cram.crai.c4gh", "x.cram.c4gh.crai", "x.crai"], ["x.c4gh"]),
    ("x.fa", ["x.fa.fai", "x.fai", "x.dict", "x.fa.dict"], ["x.tbi"]),
    ("x.fasta.gz", ["x.fasta.gz.fai", "x.fasta.gz.gzi", "x.dict"], ["x.gz.tbi"]),
    ("x.vcf.gz", ["x.vcf.gz.tbi", "x.vcf.gz.csi", "x.tbi", "x.vcf.gz.idx"], ["x.bai"]),
    ("x.vcf", ["x.vcf.idx", "x.idx"], ["x.fai"]),
    ("in/x.bcf", ["in/x.bcf.csi", "in/x.csi"], ["x.bcf.csi"]),
]


@pytest.mark.parametrize(
    ("name", "indexes", "others"), SPELLINGS, ids=[one[0] for one in SPELLINGS]
)
def test_index_files_of_each_spelling_are_attached_moved_and_removed(
    near: Place, tmp_path: Path, name: str, indexes: list[str], others: list[str]
) -> None:
    path = near.put()
    source = put(tmp_path / "new", name, *indexes, *others)
    draft = near.open(path).edit()
    draft.add("data/x", {"@type": "DataEntity", "data_format": "CRAM"})
    draft.attach("data/x", source / name, name=name)
    draft.commit()
    modo = near.open(path)
    assert set(modo.files().index) == {*FILES, name, *indexes}
    assert set(modo.files()["named_by"].loc[[name, *indexes]]) == {"data/x"}
    assert not modo.validate(checksums=True)
    draft = modo.edit()
    draft.set("data/x", "data_path", f"moved/new{name[name.index('x') + 1 :]}")
    assert {name, *indexes} <= set(draft.diff()["slot"])
    draft.commit()
    modo = near.open(path)
    contents = {data for key, data in near.keys(path).items() if key.startswith("moved/new")}
    assert contents == {(source / one).read_bytes() for one in (name, *indexes)}
    assert not modo.validate(checksums=True)
    draft = modo.edit()
    draft.remove("data/x", with_file=True)
    draft.commit()
    assert set(modo.files().index) == set(FILES)


@pytest.mark.parametrize("name", ["a/x", "x.bam", "x.fa.gz", "x.vcf.bgz", "x.cram.c4gh", ".bai"])
def test_index_names_and_indexed_names_are_inverse(name: str) -> None:
    assert len(set(index_names(name))) == len(index_names(name))
    for index in index_names(name):
        assert name in indexed_names(index)
    for suffix in INDEXES:
        assert name + suffix in index_names(name)


def test_an_index_of_two_files_is_attached_once_and_removed_with_the_last(
    local: Place, tmp_path: Path
) -> None:
    path = local.put()
    source = put(tmp_path / "new", "x.fa", "x.fa.gz", "x.dict")
    draft = local.open(path).edit()
    for name in ("x.fa", "x.fa.gz"):
        draft.add(f"reference/{name}", {"@type": "ReferenceGenome"})
        draft.attach(f"reference/{name}", source / name)
    draft.commit()
    draft.remove("reference/x.fa", with_file=True)
    draft.commit()
    assert {"x.fa.gz", "x.dict"} <= local.keys(path).keys()
    draft.remove("reference/x.fa.gz", with_file=True)
    draft.commit()
    assert set(local.open(path).files().index) == set(FILES)


def test_attaching_a_file_removes_the_previous_file_of_the_element(
    near: Place, tmp_path: Path
) -> None:
    path = near.put()
    source = put(tmp_path / "new", "calls.bcf", "calls.bcf.csi")
    draft = near.open(path).edit()
    draft.attach("data/d1", source / "calls.bcf")
    assert draft.current("data/d1", "data_format") == "BCF"
    gone = draft.diff().query("after.isna()", engine="python")
    assert {"d1.cram", "d1.cram.crai"} <= set(gone["slot"])
    commit = draft.commit()
    keys = near.keys(path)
    assert {"calls.bcf", "calls.bcf.csi", "r1.fa", "r1.fa.fai"} == set(
        near.open(path).files().index
    )
    assert not near.open(path).validate(checksums=True)
    commit.undo()
    keys = near.keys(path)
    assert {key: data for key, data in keys.items() if not key.startswith("data.zarr")} == FILES
    draft = near.open(path).edit()
    draft.attach("data/d1", source / "calls.bcf", keep=True)
    draft.commit()
    assert set(FILES) < set(near.open(path).files().index)


def test_attaching_a_file_keeps_a_previous_file_that_another_element_names(
    local: Place, tmp_path: Path
) -> None:
    path = local.put(keys_of({**ELEMENTS, "data/too": dict(ELEMENTS["data/d1"])}))
    draft = local.open(path).edit()
    draft.attach("data/d1", put(tmp_path / "new", "x.cram") / "x.cram")
    draft.commit()
    assert {"d1.cram", "d1.cram.crai", "x.cram"} <= local.keys(path).keys()


@pytest.mark.parametrize(
    ("stated", "name", "after"),
    [
        ({"data_path": "d1.cram", "data_format": "CRAM"}, "x.bam", None),
        ({"data_path": "d1.cram", "data_format": "CRAM"}, "x.vcf.gz", "VCF"),
        ({"data_path": "r.tsv", "data_format": "mzTab"}, "x.tsv", "mzTab"),
        ({"data_format": "FASTA"}, "x.json", "FASTA"),
        ({"data_format": "FASTA"}, "x.txt", "FASTA"),
        ({}, "x.json", "JSON"),
    ],
)
def test_the_format_follows_the_file(
    local: Place, tmp_path: Path, stated: dict[str, str], name: str, after: str | None
) -> None:
    path = local.put(keys_of({"data/d1": {"@type": "DataEntity", **stated}}, root={}))
    draft = local.open(path).edit()
    draft.attach("data/d1", put(tmp_path / "new", name) / name)
    assert draft.current("data/d1", "data_format") == after


@pytest.mark.parametrize(
    "name",
    ["", ".", "../x", "a/../../x", "/x", "data.zarr", "DATA.zarr/x", "./data.zarr/x", "a\\b",
     "a\nb", "a\u202eb", "x ", "a/ /b", "\ud83d", "x" * 300, "s3://b/x", "a/", 5,
     ".modos-0123456789abcdef.part"],
)  # fmt: skip
def test_a_name_that_no_file_of_an_object_can_have_is_refused(
    local: Place, tmp_path: Path, name: Any
) -> None:
    draft = local.open(local.put()).edit()
    with pytest.raises(PathError):
        draft.attach("data/d1", put(tmp_path / "new", "x.cram") / "x.cram", name=name)
    assert not draft


def test_a_renamed_element_refuses_another_array_of_the_same_name(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.add_array("sample/s1", [[1]])
    draft.commit()
    draft.rename("sample/s1", "sample/new")
    with pytest.raises(AlreadyExistsError, match="data"):
        draft.add_array("sample/new", [[2]])
    draft.rename("sample/new", "sample/s1")
    assert not draft
    draft.remove("sample/s1")
    for claim in (
        lambda: draft.add("sample/s1", {"@type": "Sample"}),
        lambda: draft.rename("sample/s2", "sample/s1"),
    ):
        with pytest.raises(AlreadyExistsError, match="arrays"):
            claim()
    draft.commit()
    draft.add("sample/s1", {"@type": "Sample"})
    draft.add_array("sample/s1", [[3]])
    draft.commit()
    root: Any = local.open(path).storage.zarr
    assert root["sample/s1/data"][:].tolist() == [[3]]


@pytest.mark.parametrize("elements", ["stored", "added"])
def test_a_file_is_attached_by_as_many_steps_however_many_are(
    local: Place, tmp_path: Path, elements: str
) -> None:
    count = 120
    added = elements == "added"
    stored = {f"data/d{number}": {"@type": "DataEntity"} for number in range(count)}
    draft = local.open(local.put(keys_of({} if added else stored, files={}))).edit()
    (tmp_path / "new").mkdir()
    for number in range(count):
        (tmp_path / "new" / f"f{number}.cram").write_bytes(b"CRAM")
        if added:
            draft.add(f"data/d{number}", {"@type": "DataEntity"})
    steps = [
        lines_of(
            lambda number=number: draft.attach(  # type: ignore[misc]
                f"data/d{number}", tmp_path / "new" / f"f{number}.cram"
            )
        )
        for number in range(count)
    ]
    assert steps[-1] < 1.1 * steps[9]  # the first ones also fill caches
    assert len(draft.attachments()) == count


def test_undo_restores_the_order_of_attachments(local: Place, tmp_path: Path) -> None:
    draft = local.open(local.put(keys_of(files={}))).edit()
    (tmp_path / "new").mkdir()
    for number in range(3):
        (tmp_path / "new" / f"f{number}.cram").write_bytes(b"CRAM")
        draft.add(f"data/e{number}", {"@type": "DataEntity"})
        draft.attach(f"data/e{number}", tmp_path / "new" / f"f{number}.cram")
    before = draft.attachments()
    draft.rename("data/e1", "renamed")
    draft.remove("data/e0")
    after = draft.attachments()
    assert [payload.element for payload in after] == ["data/renamed", "data/e2"]
    assert draft.undo()
    assert draft.undo()
    assert draft.attachments() == before
    assert draft.redo()
    assert draft.redo()
    assert draft.attachments() == after


def test_a_measured_file_is_read_again_by_the_commit_only(local: Place, tmp_path: Path) -> None:
    draft = local.open(local.put(keys_of(files={}))).edit()
    draft.add("data/new", {"@type": "VariantSet"})
    file, index = tmp_path / "a.vcf", tmp_path / "a.vcf.tbi"
    file.write_bytes(b"measured")
    index.write_bytes(b"index")
    measured = measure_file(file)
    file.write_bytes(b"other")  # not noticed by attach, as it is not read there
    draft.attach("data/new", measured)
    assert draft.current("data/new", "data_checksum") == hashlib.blake2b(b"measured").hexdigest()
    assert [str(payload)[:7] for payload in draft.attachments()] == ["8 bytes", "5 bytes"]
    with pytest.raises(StorageError, match="has changed"):
        draft.commit(force=True)
    file.write_bytes(b"measured")
    draft.commit(force=True)
    with pytest.raises(NotFoundError):
        measure_file(tmp_path / "none.vcf")
    with pytest.raises(OptionError):
        measure_file(tmp_path)
