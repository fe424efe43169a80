"""Arguments that make no sense: an error of ours that says what to do, and no secret in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import create_modo, open_modo, transfer
from modos_widgets.credentials import S3Options
from modos_widgets.errors import InvalidMetadataError, ModosError, OptionError, PathError
from modos_widgets.remote import EndpointManager
from modos_widgets.storage import (
    LocalStorage,
    S3Path,
    S3Storage,
    add_data,
    add_metadata_group,
    init_zarr,
    list_zarr_items,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "hunter2"
NO_PATHS: list[Any] = [None, b"x", 5, [], {}, True, 1.5, "", "a\0b", "\ud800"]
ADDRESSES = [
    "s3://bucket/x",
    "S3://bucket/x",
    "https://bucket.s3.example.org/x",
    "file:///tmp/x",
    Path("s3://bucket/x"),
]


@pytest.mark.parametrize("path", NO_PATHS, ids=repr)
def test_what_is_no_path_is_refused(path: Any, tmp_path: Path) -> None:
    openings: list[Callable[[], object]] = [
        lambda: LocalStorage(path),
        lambda: open_modo(path),
        lambda: create_modo(path),
        lambda: init_zarr(path),
        lambda: transfer(tmp_path, path),
    ]
    for opening in openings:
        with pytest.raises(PathError) as caught:
            opening()
        assert caught.value.hint


@pytest.mark.parametrize("address", ADDRESSES, ids=repr)
def test_an_address_never_becomes_a_folder_here(
    address: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for opening in (LocalStorage, init_zarr):
        with pytest.raises(PathError, match="is an address"):
            opening(address)
    if address != "s3://bucket/x":
        with pytest.raises(PathError, match="is an address"):
            create_modo(address)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address",
    [
        f"s3://ada:{SECRET}@bucket/x",
        f"https://ada:{SECRET}@s3.example.org/x",
        f"https://ada:{SECRET}@[::1",
        f"https://bucket.s3.example.org/x?X-Amz-Signature={SECRET}",
        f"https://s3.example.org/#{SECRET}",
        f"ada:{SECRET}@s3.example.org",
    ],
)
def test_no_refusal_repeats_the_secret_of_an_address(address: str) -> None:
    refusals: list[Callable[[], object]] = [
        lambda: S3Path(url=address),
        lambda: S3Storage(address, "https://s3.example.org"),
        lambda: S3Options.resolve(address),
        lambda: EndpointManager(modos=address),
        lambda: EndpointManager(services={"s3": address}),
    ]
    if "://" in address:  # else it is taken for a folder's name
        refusals += [lambda: open_modo(address), lambda: transfer(address, "/nowhere").wait(5)]
    for refused in refusals:
        with pytest.raises((ModosError, ValueError)) as caught:
            refused()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("options", [5, "x", [1]], ids=repr)
def test_options_that_are_no_mapping_are_refused(options: Any, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="dictionary"):
        S3Options.resolve(None, options)
    with pytest.raises(OptionError, match="dictionary"):
        EndpointManager(services=options)
    with pytest.raises(OptionError, match="dictionary"):
        open_modo(tmp_path, services=options)


@pytest.mark.parametrize("thing", [None, "x", 5, []], ids=repr)
def test_values_of_a_wrong_type_are_refused(thing: Any, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    samples = storage.zarr["sample"]
    refusals: list[Callable[[], object]] = [
        lambda: add_metadata_group(thing, {"id": "s1"}),
        lambda: add_data(thing, [1]),
        lambda: list_zarr_items(thing),
        lambda: storage.transfer(thing),
        lambda: LocalStorage(tmp_path / "ex", mode=thing),
    ]
    if thing != []:
        refusals.append(lambda: storage.put(thing, "file"))
    for refused in refusals:
        with pytest.raises(OptionError) as caught:
            refused()
        assert caught.value.hint
    with pytest.raises(InvalidMetadataError, match=r"dictionary|no id"):
        add_metadata_group(samples, thing)  # type: ignore[arg-type]


def test_an_unpaired_surrogate_is_neither_path_nor_value(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    calls: list[Callable[[Any], object]] = [
        storage.exists, storage.open, storage.read, storage.remove, storage.delete, storage.list,
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(PathError, match="unpaired surrogate"):
            call("\ud800")
    with pytest.raises(OptionError, match="unpaired surrogate"):
        add_data(storage.zarr["sample"], ["\ud800"])  # type: ignore[arg-type]


def test_a_name_that_is_too_long_is_reported(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    calls: list[Callable[[Any], object]] = [storage.list, storage.level]
    for call in calls:
        with pytest.raises(PathError, match="too long"):
            call("x" * 300)
