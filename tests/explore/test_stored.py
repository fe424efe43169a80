"""What an array takes in its store costs few requests on any store, and can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr
from zarr.storage import FsspecStore, MemoryStore, WrapperStore

from modos_widgets.errors import CancelledError, UnsupportedError
from modos_widgets.explore import open_source, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

CHUNKS = 500


class Foreign(WrapperStore[MemoryStore]):
    """A store that nothing is known of: each size is a request."""

    asked = 0

    async def getsize(self, key: str) -> int:
        type(self).asked += 1
        return await self._store.getsize(key)


@pytest.fixture
def foreign() -> Store:
    Foreign.asked = 0
    store = Foreign(MemoryStore())
    array = zarr.create_array(store, shape=(CHUNKS,), chunks=(1,), dtype="u1", compressors=None)
    array[:] = np.ones(CHUNKS, dtype="u1")
    return store


def test_a_store_without_listed_sizes_is_queried_for_a_limited_number(foreign: Store) -> None:
    found = open_source(foreign).stored("")
    assert (found.chunks, found.complete) == (stored.MOST_ASKED, False)
    assert found.size == Foreign.asked == stored.MOST_ASKED < CHUNKS


def ends_after(times: int) -> Callable[[], None]:
    calls = iter(range(times))

    def check() -> None:
        if next(calls, None) is None:
            raise CancelledError("The operation was cancelled.")

    return check


def test_adding_up_ends_between_requests(foreign: Store) -> None:
    with pytest.raises(CancelledError):
        open_source(foreign).stored("", ends_after(2))
    assert Foreign.asked == 32


@pytest.mark.parametrize("most", [200, 5])
def test_other_file_systems_are_listed_folder_by_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(stored, "MOST_FOLDERS", most)
    group = zarr.create_group(tmp_path / "x.zarr")
    array = group.create_array("a", shape=(9, 9), chunks=(1, 3), dtype="u1", compressors=None)
    array[:] = np.ones((9, 9), dtype="u1")
    store = FsspecStore.from_url((tmp_path / "x.zarr").as_uri(), read_only=True)
    found = open_source(store).stored("a")
    # the array's folder, "c", and nine with three chunks of three bytes each
    assert found == ((81, 27, True) if most == 200 else (found.size, found.chunks, False))
    with pytest.raises(CancelledError):
        open_source(store).stored("a", ends_after(1))


def test_the_stored_size_on_a_web_server_is_not_reported_as_zero() -> None:
    store = FsspecStore.from_url("http://127.0.0.1:9/x.zarr", read_only=True)
    with pytest.raises(UnsupportedError, match="web server"):
        open_source(store).stored("a")
