"""Editing in a session: what is opened, what refuses, and that nothing unsaved is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import create_modo
from modos_widgets.errors import NotFoundError, ReadOnlyError, UnsavedChangesError
from modos_widgets.modo import open_modo
from modos_widgets.remote import Account
from modos_widgets.session.session import Session
from modos_widgets.session.write_access import read_only_reason
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.session.bookmarks import Bookmarks
    from tests.parts.s3 import S3Server


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        draft = create_modo(tmp_path / "cohort" / name, name=f"Study {name}").edit()
        draft.add("sample/s1", {"@type": "Sample", "name": "one"})
        draft.commit("Add a sample")
    return tmp_path / "cohort"


@pytest.fixture
def session(cohort: Path, remembered: Bookmarks) -> Any:
    found: Any = Session(folder=cohort, remembered=remembered)
    wait_until(lambda: found.listed)
    return found


def test_editing_the_open_object_keeps_the_selection(session: Any, cohort: Path) -> None:
    with pytest.raises(NotFoundError, match="No object is open"):
        session.edit()
    session.open(str(cohort / "a"), "sample/s1").result(20)
    assert session.modo.storage.read_only
    session.edit().result(20)
    assert [modo.path for modo in session.draft.modos] == [str(cohort / "a")]
    assert session.modo is session.draft.modos[0]
    assert not session.modo.storage.read_only
    assert session.selected == "sample/s1"
    assert (session.unsaved, session.proposing, session.read_only) == (0, False, "")
    session.draft.set("sample/s1", "sex", "Male")
    session.draft.commit("Set the sex")
    assert open_modo(cohort / "a").metadata["sample/s1"]["sex"] == "Male"
    session.stop_editing()
    assert session.draft is None
    assert session.modo.metadata["sample/s1"]["sex"] == "Male"


def test_unsaved_changes_are_never_lost_by_another_action(session: Any, cohort: Path) -> None:
    paths = [str(cohort / name) for name in "ab"]
    session.edit([*paths, paths[0]]).result(20)
    assert [modo.path for modo in session.draft.modos] == paths
    assert session.modo.path == paths[0]
    session.open(paths[1]).result(20)
    assert session.modo is session.draft.modos[1]  # as it is being edited
    session.draft.set((paths[1], "sample/s1"), "sex", "Female")
    assert session.unsaved == 1
    draft = session.draft
    for action in (
        lambda: session.open(str(cohort / "c")),
        lambda: session.go(str(cohort / "c")),
        lambda: session.edit([str(cohort / "c")]),
        lambda: setattr(session, "folder", str(cohort / "c")),
        session.stop_editing,
    ):
        with pytest.raises(UnsavedChangesError, match="There is 1 unsaved change"):
            action()
        assert session.draft is draft
        assert session.folder == str(cohort)
    session.stop_editing(discard=True)
    assert session.draft is None
    session.open(str(cohort / "c")).result(20)
    assert session.modo.path == str(cohort / "c")
    assert "sex" not in open_modo(paths[1]).metadata["sample/s1"]


def test_opening_another_object_ends_editing_without_changes(session: Any, cohort: Path) -> None:
    session.edit([str(cohort / "a")]).result(20)
    session.open(str(cohort / "b")).result(20)
    assert session.draft is None
    assert session.modo.path == str(cohort / "b")


def test_a_missing_object_is_a_problem_and_starts_no_draft(session: Any, cohort: Path) -> None:
    session.edit([str(cohort / "a"), str(cohort / "none")]).result(20)
    assert session.draft is None
    assert session.problem.about == "editing"
    assert not session.preparing


@pytest.fixture
def locked(cohort: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an object whose folder cannot be written; the tests may run as root."""
    allowed = os.access

    def access(path: Any, mode: int, **options: Any) -> bool:
        is_locked = str(path).startswith(str(cohort / "a")) and mode & os.W_OK
        return not is_locked and allowed(path, mode, **options)

    monkeypatch.setattr("modos_widgets.session.write_access.os.access", access)
    return cohort / "a"


def test_a_read_only_object_is_not_edited_but_changes_can_be_proposed(
    session: Any, cohort: Path, locked: Path
) -> None:
    session.edit([str(locked), str(cohort / "b")]).result(20)
    refused = session.draft
    assert refused is None
    assert session.read_only == "You have no permission to write in the folder of a."
    session.edit([str(locked)], propose=True).result(20)
    assert (session.proposing, session.read_only) == (True, "")
    session.draft.set("sample/s1", "sex", "Male")
    with pytest.raises(ReadOnlyError):
        session.draft.commit("Not allowed")
    assert '"sex"' in session.draft.to_json()
    session.stop_editing(discard=True)
    assert not session.proposing


class Keys:
    source = object()


class RemoteModo:
    """An object on S3 whose keys come from a sign-in."""

    def __init__(self, path: str) -> None:
        self.path, self.id = path, "P-1"
        self.storage: Any = type("Storage", (), {"zarr_format": 3, "options": Keys()})()
        self.hierarchy: Any = type("Hierarchy", (), {"nodes": {}})()


@pytest.mark.parametrize(
    ("path", "permissions", "reason"),
    [
        ("s3://demo/smoc/P-1", "read,write", ""),
        ("s3://demo/smoc/P-1", "read", "Ada has no permission to change P-1."),
        ("s3://demo/smoc-2/P-1", "read,write", "Ada has no permission to change P-1."),
        ("s3://demo/smoc", "read,write,owner", ""),
    ],
)
def test_the_permissions_of_the_account_decide(path: str, permissions: str, reason: str) -> None:
    from modos_widgets.remote.login_store import Grant  # noqa: PLC0415

    account = Account("1", "Ada", None, (), (Grant("s3://demo/smoc/", permissions),), "")
    assert read_only_reason(RemoteModo(path), account) == reason  # type: ignore[arg-type]
    assert read_only_reason(RemoteModo(path)) == ""  # type: ignore[arg-type]


def test_a_v2_archive_is_read_only(tmp_path: Path) -> None:
    import zarr  # noqa: PLC0415

    zarr.create_group(tmp_path / "old" / "data.zarr", zarr_format=2, attributes={"@type": "MODO"})
    modo = open_modo(tmp_path / "old")
    assert read_only_reason(modo) == "old is a zarr v2 archive, which is read-only."


def test_objects_of_a_bucket_without_a_modos_server_are_edited_and_deleted(
    moto_server: S3Server, remembered: Bookmarks
) -> None:
    bucket, services = moto_server.bucket(), {"s3": moto_server.endpoint}
    path = f"s3://{bucket}/objects/study"
    create_modo(path, services=services, s3_kwargs=moto_server.s3_kwargs)
    session: Any = Session(
        services=services,
        s3_kwargs=moto_server.s3_kwargs,
        below=f"s3://{bucket}/objects",
        remembered=remembered,
    )
    session.edit([path]).result(20)
    session.draft.set("", "name", "Edited")
    session.draft.commit()
    session.stop_editing()
    session.delete().result(20)
    assert session.modo is None
