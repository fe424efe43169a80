"""Objects that are deleted and restored: on a disk, on moto and on SeaweedFS."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets import Modo, catalog, cli, deleted_modos, open_modo
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    InterruptedCommitError,
    LockedError,
    ModosError,
    NotFoundError,
    OptionError,
    PathError,
    ReadOnlyError,
    StorageError,
)
from modos_widgets.modo.journal import Journal, Record, this_process
from modos_widgets.s3 import S3Client
from modos_widgets.storage import LocalDeleted, S3Deleted, is_temporary, list_remote_modos
from tests.modo.objects import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.modo.conftest import Place


def options_of(place: Place) -> dict[str, Any]:
    return {"services": place.services, "s3_kwargs": place.s3_kwargs}


def parent_of(path: str) -> str:
    return path.rpartition("/")[0]


def everything(place: Place, path: str) -> dict[str, bytes]:
    """Return every file below the folder that contains an object."""
    found = place.keys(parent_of(path))
    return {name: data for name, data in found.items() if not name.endswith(".modos-lock")}


def objects_in(place: Place, path: str) -> list[str]:
    found = catalog(parent_of(path), **options_of(place))
    return sorted(set(found.index.get_level_values(0)))


def test_a_deleted_object_is_restored_as_it_was(place: Place) -> None:
    path, other = place.put(), place.put(name="other")
    before = place.keys(path)
    modo = place.open(path)
    deleted = modo.delete()
    assert deleted.path.startswith(f"{parent_of(path)}/.modos-deleted/study-")
    assert (deleted.original, deleted.id, deleted.state) == (path, "study", "deleted")
    assert deleted.left == ()
    assert place.keys(path) == {}
    moved = place.keys(deleted.path)
    assert moved == {key.replace("data.zarr/", "deleted.zarr/"): before[key] for key in before}
    assert objects_in(place, path) == [other]
    with pytest.raises(NotFoundError):
        place.open(path)
    (listed,) = deleted_modos(parent_of(path), **options_of(place))
    assert listed == deleted
    restored = Modo.restore(deleted.path, **options_of(place))
    assert restored.path == path
    assert place.keys(path) == before
    assert objects_in(place, path) == [other, path]
    assert [name for name in everything(place, path) if ".modos-deleted" in name] == []
    assert deleted_modos(parent_of(path), **options_of(place)) == []


def test_a_commit_before_the_deletion_can_be_undone_after_the_restore(near: Place) -> None:
    path = near.put()
    modo = near.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    restored = Modo.restore(modo.delete().path, **options_of(near))
    restored.undo_commit()
    assert restored.metadata["sample/s1"]["sex"] == "Male"


def test_other_software_does_not_list_a_deleted_object(near: Place) -> None:
    path = near.put()
    near.open(path).delete()
    names = everything(near, path)
    assert not [name for name in names if "data.zarr" in name.split("/")]
    if near.server is not None:
        store = modos_widgets.storage.connect_s3(
            parent_of(path), near.server.endpoint, near.s3_kwargs
        )
        assert list_remote_modos(store) == []


def test_two_deletions_of_one_name_are_kept_apart(near: Place) -> None:
    path = near.put()
    first = near.open(path).delete()
    near.put()
    second = near.open(path).delete()
    assert first.path != second.path
    assert len(deleted_modos(f"{parent_of(path)}/.modos-deleted", **options_of(near))) == 2
    Modo.restore(first.path, **options_of(near))
    with pytest.raises(AlreadyExistsError):
        Modo.restore(second.path, **options_of(near))
    assert near.keys(second.path)["d1.cram"] == b"CRAM" * 5
    (listed,) = deleted_modos(parent_of(path), **options_of(near))
    assert listed == second


def test_a_file_at_the_original_path_is_not_overwritten(near: Place) -> None:
    path = near.put()
    deleted = near.open(path).delete()
    near.write(path, "d1.cram", b"someone else's")
    with pytest.raises(AlreadyExistsError):
        Modo.restore(deleted.path, **options_of(near))
    assert near.keys(path) == {"d1.cram": b"someone else's"}
    assert near.keys(deleted.path)["d1.cram"] == b"CRAM" * 5


def test_an_object_that_someone_else_has_changed_is_not_deleted(place: Place) -> None:
    path = place.put()
    modo, theirs = place.open(path), place.open(path).edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit()
    before = place.keys(path)
    with pytest.raises(ChangedError, match="someone else"):
        modo.delete()
    assert place.keys(path) == before
    assert deleted_modos(parent_of(path), **options_of(place)) == []
    modo.refresh()
    deleted = modo.delete()
    restored = Modo.restore(deleted.path, **options_of(place))
    assert restored.metadata["sample/s1"]["name"] == "Theirs"


def test_an_element_that_the_root_does_not_list_stops_the_deletion(near: Place) -> None:
    path = near.put()
    modo = near.open(path)
    node = near.keys(path)["data.zarr/sample/s1/zarr.json"]
    near.write(path, "data.zarr/sample/new/zarr.json", node)
    with pytest.raises(ChangedError, match="root does not list"):
        modo.delete()


def test_objects_that_cannot_be_deleted(near: Place) -> None:
    path = near.put()
    with pytest.raises(ReadOnlyError):
        near.open(path, "r").delete()
    modo = near.open(path)
    record = Record("1", path, "x", "2026-01-01T00:00:00+00:00", "", "other 1 -", {})
    Journal(modo.storage).begin(record)
    with pytest.raises(InterruptedCommitError):
        modo.delete()
    record.process = this_process()
    Journal(modo.storage).begin(record)
    with pytest.raises(LockedError):
        modo.delete()
    Journal(modo.storage).finish(record, "done")
    near.write(path, "deleted.zarr/x", b"")
    with pytest.raises(PathError, match=r"deleted\.zarr"):
        modo.delete()
    assert deleted_modos(parent_of(path), **options_of(near)) == []
    assert near.keys(path)["d1.cram"] == b"CRAM" * 5


@pytest.mark.parametrize("name", ["", "x", "study/.modos-deleted", ".modos-deleted/.."])
def test_paths_that_are_not_deleted_objects(local: Place, name: str) -> None:
    with pytest.raises(PathError, match="not a deleted object"):
        Modo.restore(local.folder / name)


def test_a_missing_deleted_object(near: Place) -> None:
    path = near.put()
    with pytest.raises(NotFoundError, match="deleted_modos"):
        Modo.restore(f"{parent_of(path)}/.modos-deleted/x", **options_of(near))


def test_links_are_not_followed(local: Place, tmp_path: Path) -> None:
    path = local.put()
    link = Path(parent_of(path)) / "link"
    link.symlink_to(path)
    with pytest.raises(PathError, match="symbolic link"):
        local.open(str(link)).delete()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (Path(parent_of(path)) / ".modos-deleted").symlink_to(elsewhere)
    with pytest.raises(PathError, match="symbolic link"):
        local.open(path).delete()
    with pytest.raises(PathError, match="symbolic link"):
        deleted_modos(parent_of(path))
    assert list(elsewhere.iterdir()) == []
    assert link.is_symlink()


def test_a_link_at_the_original_path_is_not_replaced(local: Place, tmp_path: Path) -> None:
    path = local.put()
    deleted = local.open(path).delete()
    Path(path).symlink_to(tmp_path / "nowhere")
    with pytest.raises(AlreadyExistsError):
        Modo.restore(deleted.path)


@pytest.mark.parametrize(
    "note",
    [
        b"{",
        b"[" * 50_000,
        b"x" * 100_000,
        {"name": "../evil"},
        {"name": ".."},
        {"name": ""},
        {"name": 5},
        {"name": "a\x00b"},
        {"name": ".modos-deleted"},
        {"version": 2},
        {"who": "x" * 2000},
    ],
)
def test_a_note_is_not_trusted(near: Place, note: Any, caplog: pytest.LogCaptureFixture) -> None:
    path = near.put()
    deleted = near.open(path).delete()
    name = deleted.path.rpartition("/")[2]
    stored = json.loads(near.keys(parent_of(path))[f".modos-deleted/{name}.json"])
    data = note if isinstance(note, bytes) else json.dumps(stored | note).encode()
    near.write(parent_of(path), f".modos-deleted/{name}.json", data)
    assert deleted_modos(parent_of(path), **options_of(near)) == []
    assert "is not shown" in caplog.text
    with pytest.raises(StorageError):
        Modo.restore(deleted.path, **options_of(near))
    assert near.keys(deleted.path)["d1.cram"] == b"CRAM" * 5


def test_an_id_is_not_part_of_a_path(near: Place) -> None:
    path = near.put(keys_of(root={"@type": "MODO", "id": "../../é/x" + "y" * 300}))
    deleted = near.open(path).delete()
    assert deleted.path.rpartition("/")[0] == f"{parent_of(path)}/.modos-deleted"
    assert Modo.restore(deleted.path, **options_of(near)).path == path


def test_a_bucket_is_not_deleted(remote: Place) -> None:
    assert remote.server is not None
    for key, data in keys_of().items():
        remote.server.client().put_object(Bucket=remote.bucket, Key=key, Body=data)
    with pytest.raises(PathError, match="whole bucket"):
        remote.open(f"s3://{remote.bucket}").delete()


def test_a_commit_that_is_faster_than_a_deletion_is_kept(
    remote: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = remote.put()
    modo, theirs = remote.open(path), remote.open(path).edit()
    theirs.set("sample/s1", "name", "Theirs")
    copy = S3Client.copy
    done: list[int] = []

    async def slow(*args: Any, **options: Any) -> str:
        etag = await copy(*args, **options)
        if args[1][1].endswith("d1.cram") and not done:
            done.append(1)
            for key in ("sample/s1/zarr.json", "zarr.json"):
                text = remote.keys(path)[f"data.zarr/{key}"]
                remote.write(path, f"data.zarr/{key}", text.replace(b"Sample 1", b"Theirs"))
        return etag

    monkeypatch.setattr(S3Client, "copy", slow)
    with pytest.raises(ChangedError, match="someone else"):
        modo.delete()
    monkeypatch.undo()
    assert remote.open(path).metadata["sample/s1"]["name"] == "Theirs"
    assert set(remote.keys(path)) == set(keys_of())
    assert not [name for name in everything(remote, path) if ".modos-deleted" in name]


def test_a_file_that_is_written_during_a_deletion_stays(
    remote: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = remote.put()
    modo, delete = remote.open(path), S3Client.delete
    done: list[int] = []

    async def slow(self: S3Client, bucket: str, key: str, **options: Any) -> None:
        await delete(self, bucket, key, **options)
        if key.endswith("study/data.zarr/zarr.json") and not done:
            done.append(1)
            remote.write(path, "d1.cram", b"newer")
            remote.write(path, "late.txt", b"late")

    monkeypatch.setattr(S3Client, "delete", slow)
    deleted = modo.delete()
    assert deleted.left == ("d1.cram", "late.txt")
    assert remote.keys(path) == {"d1.cram": b"newer", "late.txt": b"late"}
    assert remote.keys(deleted.path)["d1.cram"] == b"CRAM" * 5


# Interruptions


def watched(at: Callable[[], None]) -> None:
    """Call `at` before and after every change to a disk or a server."""
    for name in ("rename", "fsync", "replace", "link"):
        original = getattr(os, name)

        def local(*args: Any, _original: Any = original, **options: Any) -> Any:
            at()
            result = _original(*args, **options)
            at()
            return result

        setattr(os, name, local)
    for name in ("copy", "delete", "delete_keys", "put_if"):
        original = getattr(S3Client, name)

        async def remote(*args: Any, _original: Any = original, **options: Any) -> Any:
            at()
            result = await _original(*args, **options)
            at()
            return result

        setattr(S3Client, name, remote)


def move_and_die(kind: str, path: str, options: Any, state: str, moment: int) -> None:
    """Delete or restore an object, and be killed at a moment."""
    os.environ["XDG_STATE_HOME"] = state
    modo = open_modo(path, mode="r+", **options) if kind == "delete" else None
    left = [moment]

    def at() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    watched(at)
    if modo is not None:
        modo.delete()
    else:
        Modo.restore(path, **options)


@pytest.mark.campaign
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["delete", "restore"])
def test_a_killed_deletion_or_restore_loses_nothing(
    place: Place, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["modos_widgets.modo.object", "modos_widgets.storage.s3"])
    if os.environ.get("MODOS_CAMPAIGN") == "1":
        moments = range(30) if place.kind == "local" else range(0, 120, 2)
    else:
        moments = range(0, 30, 2) if place.kind == "local" else range(5, 80, 16)
    content = keys_of(files={"d1.cram": b"CRAM" * 5, "sub/x": b"1"})
    killed = interrupted = 0
    for moment in moments:
        path = place.put(content, name=f"{kind}{moment}")
        start = path if kind == "delete" else place.open(path).delete().path
        child = context.Process(
            target=move_and_die,
            args=(kind, start, options_of(place), os.environ["XDG_STATE_HOME"], moment),
        )
        child.start()
        child.join(120)
        assert child.exitcode in {0, -9}
        killed += child.exitcode == -9
        here = [
            one
            for one in deleted_modos(parent_of(path), **options_of(place))
            if one.original == path
        ]
        assert len(here) <= 1
        for found in here:
            interrupted += found.state == "interrupted"
            again = kind == "delete" and moment % 4 == 0 and _opens(place, path)
            deleted = place.open(path).delete() if again else found
            assert Modo.restore(deleted.path, **options_of(place)).path == path
        assert place.keys(path) == content
        assert place.open(path).metadata.keys() >= {"study", "sample/s1"}
        names = [name for name in everything(place, path) if name.startswith(".modos-deleted/")]
        assert [name for name in names if not is_temporary(name)] == []
    with capsys.disabled():
        print(f"\n{kind} {place.kind}: {killed} killed, {interrupted} interrupted")  # noqa: T201
    assert killed


def _opens(place: Place, path: str) -> bool:
    try:
        place.open(path)
    except ModosError:
        return False
    return True


def test_a_purged_object_is_gone_for_good(place: Place) -> None:
    path, other = place.put(), place.put(name="other")
    kept = place.open(other).delete()
    deleted = place.open(path).delete()
    options = options_of(place)
    with pytest.raises(OptionError, match="is not the id"):
        Modo.purge(deleted.path, confirm="other", **options)
    with pytest.raises(PathError, match="not a deleted object"):
        Modo.purge(other, confirm="other", **options)
    assert place.keys(deleted.path)
    gone = Modo.purge(deleted.path, confirm="study", **options)
    assert (gone.path, gone.original, gone.id) == (deleted.path, path, "study")
    assert place.keys(deleted.path) == {}
    assert [each.path for each in deleted_modos(parent_of(path), **options)] == [kept.path]
    for call in (Modo.restore, lambda *a, **b: Modo.purge(*a, confirm="study", **b)):
        with pytest.raises(NotFoundError):
            call(deleted.path, **options)
    Modo.restore(kept.path, **options)
    assert objects_in(place, path) == [other]


def test_an_interrupted_purge_is_completed_and_nothing_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.put()
    deleted = place.open(path).delete()
    options = options_of(place)

    def fail(*_: object) -> None:
        raise StorageError("The disk is gone.", "Retry.")

    with monkeypatch.context() as patched:
        for kind in (LocalDeleted, S3Deleted):
            patched.setattr(kind, "purge", fail)
        with pytest.raises(StorageError, match="disk is gone"):
            Modo.purge(deleted.path, confirm="study", **options)
    [left] = deleted_modos(parent_of(path), **options)
    assert left.state == "purging"
    with pytest.raises(StorageError, match="already deleted for good"):
        Modo.restore(deleted.path, **options)
    Modo.purge(deleted.path, confirm="study", **options)
    assert deleted_modos(parent_of(path), **options) == []


def test_an_interrupted_deletion_is_not_purged(near: Place) -> None:
    path = near.put()
    deleted = near.open(path).delete()
    name = deleted.path.rpartition("/")[2]
    folder = parent_of(path)
    note = f".modos-deleted/{name}.json"
    data = near.keys(folder)[note].replace(b'"deleted"', b'"restoring"')
    near.write(folder, note, data)
    with pytest.raises(LockedError, match="interrupted"):
        Modo.purge(deleted.path, confirm="study", **options_of(near))
    assert near.keys(deleted.path)


def test_the_command_purges_after_a_confirmation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        modos_widgets.create_modo(tmp_path / name).delete()
    answers = iter(["no", "yes"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    command = ["purge", str(tmp_path)]
    assert cli.main([*command, "--older-than", "30"]) == 0
    assert "no deleted objects" in capsys.readouterr().out
    assert cli.main(command) == 1
    assert len(deleted_modos(tmp_path)) == 2
    assert cli.main(command) == 0
    assert "2 objects deleted for good" in capsys.readouterr().out
    assert not (tmp_path / ".modos-deleted").exists()
