"""New objects."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets.errors import (
    AlreadyExistsError,
    InvalidMetadataError,
    PathError,
    StorageError,
)
from modos_widgets.location import Location
from modos_widgets.storage import S3Storage
from modos_widgets.storage.paths import UnusualNameWarning

if TYPE_CHECKING:
    from tests.modo.conftest import Place
    from tests.parts.s3 import S3Server


def test_a_new_object_is_created_and_an_existing_one_is_kept(place: Place) -> None:
    path = place.put()
    before = place.keys(path)
    options: dict[str, Any] = {"services": place.services, "s3_kwargs": place.s3_kwargs}
    with pytest.raises(AlreadyExistsError):
        modos_widgets.create_modo(path, **options)
    assert place.keys(path) == before
    made = modos_widgets.create_modo(f"{path}-new", name="A new one", **options)
    assert made.id == "study-new"
    assert made.metadata["study-new"]["name"] == "A new one"
    assert not made.validate()
    assert not made.files().size
    made.edit()
    draft = made.edit()
    draft.add("sample/s1", {"sex": "Male"})
    draft.commit()
    again = place.open(f"{path}-new", "r")
    assert again.metadata["sample/s1"] == {"@type": "Sample", "sex": "Male"}


def test_a_commit_creates_the_object_of_its_draft_or_leaves_nothing(place: Place) -> None:
    at = Location(f"{place.put()}-new", services=place.services, s3_kwargs=place.s3_kwargs)
    place.write(str(at.path), "reads.cram", b"CRAM")
    draft = modos_widgets.edit(at, create=True)
    draft.add("sample/s1", {"sex": "Male"})
    assert list(draft.files().index) == ["reads.cram"]
    data = draft.add("data/d1", {"@type": "AlignmentSet"})
    with pytest.raises(InvalidMetadataError):
        draft.commit()
    assert place.keys(str(at.path)) == {"reads.cram": b"CRAM"}
    draft.attach_stored(data, "reads.cram")
    other = modos_widgets.edit(at, create=True)
    draft.commit()
    stored = place.open(str(at.path), "r")
    assert not [found for found in stored.validate() if found.severity == "error"]
    assert (
        stored.metadata["study-new"]["creation_date"]
        == stored.metadata["study-new"]["last_update_date"]
    )
    assert not draft.modos[0].storage.is_new
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    before = place.keys(str(at.path))
    with pytest.raises(AlreadyExistsError):
        other.commit()
    assert place.keys(str(at.path)) == before


def test_a_commit_that_fails_removes_the_object_that_it_has_created(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{place.put()}-new"
    at = Location(path, services=place.services, s3_kwargs=place.s3_kwargs)
    draft = modos_widgets.edit(at, create=True)
    draft.add("sample/s1", {"sex": "Male"})
    storage = draft.modos[0].storage

    def refused(*_: object, **__: object) -> None:
        assert "data.zarr/zarr.json" in place.keys(path)
        raise StorageError("The disk is full.", "Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "write_many", refused)
        with pytest.raises(StorageError, match="disk is full"):
            draft.commit()
    assert storage.is_new
    assert not place.keys(path)
    assert place.server is not None or not Path(path).exists()
    draft.commit()
    assert place.attributes(path, "sample/s1")["sex"] == "Male"


UNUSUAL = ["my obj", "Zürich", "a+b", "a=b", "a@b", "a%20b", "deep er/obj", "a//b", "a😀b", "a:b"]


@pytest.mark.parametrize("create", ["create_modo", "open_modo", "S3Storage"])
@pytest.mark.parametrize("key", UNUSUAL)
def test_a_new_key_that_other_software_refuses_needs_allow_unusual(
    key: str, create: str, moto_server: S3Server
) -> None:
    bucket = moto_server.bucket()
    path = f"s3://{bucket}/{key}"
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }

    def made(**more: Any) -> object:
        if create == "S3Storage":
            return S3Storage(path, moto_server.endpoint, moto_server.s3_kwargs, **more)
        if create == "open_modo":
            return modos_widgets.open_modo(path, mode="a", **options, **more)
        return modos_widgets.create_modo(path, **options, **more)

    with pytest.raises(PathError, match=r"other MODO software refuses.*allow_unusual=True"):
        made()
    assert not moto_server.keys(bucket)
    if "//" in key:  # no client of ours reads such a key
        return
    made(allow_unusual=True)
    # what exists opens as before
    assert modos_widgets.open_modo(path, mode="r+", **options).path == path


@pytest.mark.parametrize("key", ["x", "cohort-1/Patient_07.v2", "a/b/c/0"])
def test_a_portable_key_needs_no_option(key: str, moto_server: S3Server) -> None:
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    path = f"s3://{moto_server.bucket()}/{key}"
    assert modos_widgets.create_modo(path, **options).path == path


def test_on_a_disk_only_the_last_part_of_the_path_is_warned_about(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        modos_widgets.create_modo(tmp_path / "my cohort" / "p1")
    with pytest.warns(UnusualNameWarning, match=r"p 1' contains ' '") as caught:
        modos_widgets.create_modo(tmp_path / "p 1")
    assert [one.filename for one in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        modos_widgets.open_modo(tmp_path / "p 1", mode="a")
    with pytest.warns(UnusualNameWarning, match="'ä'"):
        modos_widgets.create_modo(tmp_path / "p2", "ä")
