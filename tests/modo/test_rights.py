"""Who may read and not write: what is refused names what the person knows, and what helps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets.errors import CredentialsError, StorageError
from tests.modo.conftest import Place
from tests.parts.s3 import running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.real
READER = {"accessKey": "reader", "secretKey": "readers-secret"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    identity = {"name": "reader", "credentials": [READER], "actions": ["Read", "List"]}
    with running_seaweedfs(tmp_path_factory.mktemp("rights"), [identity]) as started:
        yield started


@pytest.fixture
def place(server: S3Server, tmp_path: Path) -> Place:
    return Place("seaweedfs", tmp_path, server, server.bucket())


@pytest.fixture
def reader(place: Place) -> Place:
    """Return the same place to somebody whose key may only read."""
    assert place.server is not None
    own = replace(place.server, key=READER["accessKey"], secret=READER["secretKey"])
    return replace(place, server=own)


def test_a_refused_commit_names_the_object_and_asks_for_another_key(
    place: Place, reader: Place, tmp_path: Path
) -> None:
    path = place.put()
    before = place.keys(path)
    (tmp_path / "calls.vcf").write_bytes(b"calls")

    def attach(draft: Any) -> None:
        draft.attach("data/d1", tmp_path / "calls.vcf")

    plans: list[Any] = [
        lambda draft: draft.set("sample/s1", "name", "x"),
        lambda draft: draft.remove("sample/s2"),
        lambda draft: draft.add("sample/s3", {}),
        attach,
    ]
    for plan in plans:
        draft = reader.open(path).edit()
        plan(draft)
        with pytest.raises(CredentialsError, match=f"refuses {path}") as caught:
            draft.commit()
        assert ".part" not in str(caught.value)
        assert "has no write permission there" in caught.value.hint
        assert "sign in with another account" in caught.value.hint
        assert "colleague with write permission" in " ".join(caught.value.__notes__)
        assert draft
        assert not reader.open(path).interrupted
    with pytest.raises(CredentialsError, match=f"refuses {path}-new"):
        modos_widgets.create_modo(
            f"{path}-new", services=reader.services, s3_kwargs=reader.s3_kwargs
        )
    assert place.keys(path) == before


def test_a_refused_transfer_names_the_file_and_asks_for_another_key(
    place: Place, reader: Place, tmp_path: Path
) -> None:
    path = place.put()
    options: dict[str, Any] = {"services": reader.services, "s3_kwargs": reader.s3_kwargs}
    for source in (path, Place("local", tmp_path).put()):
        with pytest.raises(StorageError, match=f"{path}-copy/.*Use a key|key in use") as caught:
            modos_widgets.transfer(source, f"{path}-copy", **options).wait()
        assert ".part" not in str(caught.value)
        assert "sign in with another account" in str(caught.value)


def test_without_a_key_the_hint_is_to_sign_in(place: Place) -> None:
    path = place.put()
    for options in ({"anon": True}, {"key": "nobody", "secret": "x"}):
        with pytest.raises(CredentialsError, match="Sign in, or pass a key"):
            modos_widgets.open_modo(path, services=place.services, s3_kwargs=options)
