"""Files that a commit brings along: from where they come, and who else brings one."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import ConflictError, NotFoundError, OptionError, StorageError
from tests.modo.conftest import Place
from tests.modo.objects import FILES
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.draft import Draft

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
def test_two_who_attach_one_name_at_once_never_overwrite_each_other(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = place.put()
    people = ["ann", "bob"]
    drafts = [attaching(place, path, tmp_path, who, size) for who in people]
    # on a local disk the lock lets one commit after the other: take it away
    monkeypatch.setattr("modos_widgets.modo.lock.fcntl", None)
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
    assert "calls.vcf is in the object already" in str(error)
    draft = drafts[refused[0]]
    draft.resolve(error.conflicts, "mine")
    assert draft.current(f"data/{loser}", "data_path") == "calls-2.vcf"
    draft.commit()
    keys = place.keys(path)
    assert keys["calls.vcf"] == winner.encode() * (size // 3)
    assert keys["calls-2.vcf"] == loser.encode() * (size // 3)
    assert keys["calls-2.vcf.tbi"] == loser.encode()
    assert not place.open(path).validate(checksums=True).errors


def test_a_file_and_an_array_go_with_an_element_that_is_renamed(
    near: Place, tmp_path: Path
) -> None:
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


def test_a_number_is_counted_on_where_that_name_is_taken_too(local: Place, tmp_path: Path) -> None:
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
def test_an_answer_that_is_lost_is_no_file_of_somebody_else(
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


def test_an_undo_leaves_a_file_that_another_element_names_by_now(
    near: Place, tmp_path: Path
) -> None:
    path = near.put()
    first = attaching(near, path, tmp_path, "ann", SMALL).commit()
    draft = near.open(path).edit()
    draft.add("data/too", {"@type": "VariantSet", "data_path": "calls.vcf", "data_format": "VCF"})
    draft.commit()
    first.undo()
    assert near.keys(path)["calls.vcf"] == b"ann" * (SMALL // 3)
    assert "data/ann" not in near.open(path).metadata


def test_a_commit_is_taken_back_once(near: Place, tmp_path: Path) -> None:
    path = near.put()
    commit = attaching(near, path, tmp_path, "ann", SMALL).commit()
    near.write(path, "kept.txt", b"a note")
    commit.undo()
    assert "calls.vcf" not in near.keys(path)
    near.write(path, "calls.vcf", b"of somebody else")
    with pytest.raises(OptionError, match="taken back already"):
        commit.undo()
    with pytest.raises(OptionError, match="taken back already"):
        near.open(path).undo_commit(commit.id)
    assert near.keys(path)["calls.vcf"] == b"of somebody else"


def test_what_a_failed_commit_could_not_put_is_never_taken_away_later(
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
    with pytest.raises(OptionError, match="taken back already"):
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


def test_a_file_on_s3_is_attached_to_an_object_there_and_here(
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
        "Removed for good, since undo keeps 16 MiB a commit: big.bcf.",
    )
    assert "big.bcf" not in near.open(path).files().index


def test_a_file_that_is_there_is_not_overwritten(local: Place, tmp_path: Path) -> None:
    path = local.put()
    (tmp_path / "d1.cram").write_bytes(b"other")
    draft = local.open(path).edit()
    draft.attach("data/d1", tmp_path / "d1.cram")
    with pytest.raises(ConflictError, match=r"d1\.cram is in the object already"):
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
