"""What is kept between harvests: private, bounded, apart for every account."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from modos_widgets.harvest import cache as cache_module
from modos_widgets.harvest.cache import MetadataCache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "cache_folder", lambda: tmp_path)


def test_keeps_by_path_and_prefix() -> None:
    kept = MetadataCache("http://s3", "ann")
    kept.keep({"s3://b/x": ('"1"', b"one"), "s3://c/y": ('"2"', b"two")}, [])
    again = MetadataCache("http://s3", "ann")
    assert again.etags() == {"s3://b/x": '"1"', "s3://c/y": '"2"'}
    assert again.etags("s3://b/") == {"s3://b/x": '"1"'}
    assert again.read("s3://c/y") == b"two"
    assert again.read("s3://b/none") is None


def test_two_accounts_share_nothing() -> None:
    MetadataCache("http://s3", "ann").keep({"p": ('"1"', b"secret")}, [])
    assert MetadataCache("http://s3", "bob").etags() == {}
    assert MetadataCache("http://other", "ann").etags() == {}


def test_the_file_is_for_its_owner_alone() -> None:
    old = os.umask(0)
    try:
        kept = MetadataCache("http://s3", "ann")
        kept.keep({"p": ('"1"', b"data")}, [])
        mode = stat.S_IMODE(kept.path.stat().st_mode)
        folder = stat.S_IMODE(kept.path.parent.stat().st_mode)
    finally:
        os.umask(old)
    assert (mode, folder) == (0o600, 0o700)
    assert "ann" not in kept.path.name


def test_the_least_recently_used_documents_are_dropped_first() -> None:
    kept = MetadataCache("http://s3", "ann", most_bytes=2500)
    noise = {name: (name, os.urandom(1000)) for name in ("a", "b")}
    kept.keep(noise, [])
    kept.keep({}, ["a"])
    kept.keep({"c": ("c", os.urandom(1000))}, [])
    assert set(kept.etags()) == {"a", "c"}


def test_a_broken_file_is_created_again() -> None:
    path = MetadataCache("http://s3", "ann").path
    path.write_bytes(b"this is no database" * 100)
    kept = MetadataCache("http://s3", "ann")
    assert kept.etags() == {}
    kept.keep({"p": ('"1"', b"data")}, [])
    assert kept.read("p") == b"data"


def test_a_cache_file_that_breaks_later_does_no_harm() -> None:
    kept = MetadataCache("http://s3", "ann")
    kept.keep({"p": ('"1"', b"data")}, [])
    kept.path.write_bytes(b"this is no database" * 1000)
    assert kept.etags() == {}
    assert kept.read("p") is None
