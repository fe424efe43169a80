"""Documented functions on archives: create one, add to it, list it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.abc.store import Store
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.core.group import AsyncGroup, GroupMetadata
from zarr.core.sync import sync
from zarr.storage import StorePath

from modos_widgets.archive import (
    FORMAT,
    encode_document,
    fetch_document,
    join_path,
    new_documents,
    nodes_below,
    parse_stored,
    replace_document,
    update_copies,
)
from modos_widgets.errors import (
    AlreadyExistsError,
    ArgumentError,
    ChangedError,
    InvalidMetadataError,
    MetadataArgumentError,
    OptionError,
    ReadOnlyError,
)
from modos_widgets.storage.archive_store import ArchiveStore
from modos_widgets.storage.paths import absolute_folder, child_name, is_text
from modos_widgets.storage.zarr_stores import LocalArchive

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import ArrayLike


_DATA = "data"


def init_zarr(zarr_store: Store | str | PathLike[str]) -> zarr.Group:
    """Initialize object's directory and metadata structure.

    Creates the groups assay, data, reference, sample and sequence; existing groups are kept.

    Parameters
    ----------
    zarr_store : zarr.abc.store.Store, str or pathlib.Path
        Store, such as `S3Storage.zarr_store`, or path of a folder.

    Returns
    -------
    zarr.Group
        The root group, for writing (without the consolidated copy).

    Raises
    ------
    ReadOnlyError
        The store is read-only.
    """
    store = (
        zarr_store if isinstance(zarr_store, Store) else LocalArchive(absolute_folder(zarr_store))
    )
    _check_writable(store)

    async def make() -> None:
        for key, data in new_documents().items():
            await store.set_if_not_exists(key, default_buffer_prototype().buffer.from_bytes(data))

    sync(make())
    return zarr.open_group(store, mode="r+", zarr_format=FORMAT, use_consolidated=False)


def add_metadata_group(
    parent_group: zarr.Group, metadata: Mapping[str, Any], *, overwrite: bool = False
) -> None:
    """Add input metadata dictionary to an existing zarr group.

    The child group is named ``metadata["id"]`` with ``_`` instead of ``/``; the id itself is not
    stored. The consolidated copies above it are updated. If this fails, nothing is changed.

    Parameters
    ----------
    parent_group : zarr.Group
        Group that was opened for writing.
    metadata : mapping
        JSON values by name, and ``id``.
    overwrite : bool
        Replace the metadata of an existing element; its arrays are kept.

    Raises
    ------
    InvalidMetadataError
        There is no id, or a value is not valid JSON. Nothing is written.
    AlreadyExistsError
        The id exists, and ``overwrite`` is not set.
    PathError
        The id cannot be the name of a group.
    ReadOnlyError
        The group was opened read-only, or is of zarr v2.
    """
    _check_group(parent_group)
    if not isinstance(metadata, Mapping):
        raise MetadataArgumentError.expected("a dictionary with an 'id'", metadata, name="metadata")
    if "id" not in metadata:
        raise InvalidMetadataError("The metadata have no id.", "Add an 'id'.")
    name = child_name(metadata["id"])
    document = encode_document(
        {
            "attributes": _json({key: value for key, value in metadata.items() if key != "id"}),
            "zarr_format": FORMAT,
            "node_type": "group",
        }
    )
    store, parent = parent_group.store_path.store, parent_group.store_path.path
    _check_writable(store)
    if parent_group.metadata.zarr_format != FORMAT:
        raise ReadOnlyError(
            f"{parent_group.name} is a zarr v2 group.", "Copy it into a zarr v3 archive first."
        )
    path = join_path(parent, name)
    sync(_add(store, path, document, overwrite=overwrite))


async def _add(store: Store, path: str, document: bytes, *, overwrite: bool) -> None:
    key = f"{path}/zarr.json"
    old = await fetch_document(store, key)
    if old is not None and not overwrite:
        raise _exists(path)
    if old is not None and parse_stored(old.data, key).get("node_type") != "group":
        raise AlreadyExistsError(f"An array already exists at {path!r}.", "Choose another id.")
    try:
        await replace_document(store, key, document, None if old is None else old.etag)
    except ChangedError as error:
        raise _exists(path) from error
    try:
        await update_copies(store, [path])
    except BaseException as error:
        try:
            if old is None:
                await store.delete(key)
            else:
                value = default_buffer_prototype().buffer.from_bytes(old.data)
                await store.set(key, value)
        except Exception as second:  # noqa: BLE001
            error.add_note(f"The change of {path!r} could not be undone: {second}")
        raise


def _exists(path: str) -> AlreadyExistsError:
    return AlreadyExistsError(
        f"An element already exists at {path!r}.", "Pass overwrite=True to replace its metadata."
    )


def add_data(group: zarr.Group, data: ArrayLike) -> None:
    """Add a numpy array to an existing zarr group.

    The new array is named ``data``. Strings are stored as zarr strings.

    Parameters
    ----------
    group : zarr.Group
        Group that was opened for writing.
    data : array_like
        Any shape; numbers, booleans, times or strings.

    Raises
    ------
    AlreadyExistsError
        The group has an array ``data``.
    OptionError
        zarr does not support the data type of the values.
    ReadOnlyError
        The group was opened read-only.
    """
    _check_group(group)
    store = group.store_path.store
    _check_writable(store)
    values = _strings_as_such(np.asarray(data))
    path = join_path(group.store_path.path, _DATA)
    if sync(fetch_document(store, f"{path}/zarr.json")) is not None:
        raise AlreadyExistsError(f"An array already exists at {path!r}.", "Remove it first.")
    if values.dtype == np.dtypes.StringDType():
        array = group.create_array(_DATA, shape=values.shape, dtype="string")
        array[...] = values
    else:
        group.create_array(_DATA, data=values)
    if not isinstance(store, ArchiveStore):  # which updates its copies itself
        sync(update_copies(store, [path]))


def _strings_as_such(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return text as numpy's string type: zarr accepts no objects, and warns of fixed widths."""
    if values.dtype.kind == "O":
        flat = values.ravel().tolist()
        if not all(isinstance(value, str) and is_text(value) for value in flat):
            raise OptionError(
                "The array contains Python objects that are not strings.",
                "Pass numbers, booleans, times or strings.",
            )
    if values.dtype.kind == "U" and not all(map(is_text, values.ravel().tolist())):
        raise OptionError("The array contains an unpaired surrogate.", "Replace it.")
    if values.dtype.kind in {"O", "U"}:
        return values.astype(np.dtypes.StringDType())
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8").astype(np.dtypes.StringDType())
    return values


def list_zarr_items(group: zarr.Group) -> list[tuple[str, zarr.Group | zarr.Array[Any]]]:
    """Recursively list all zarr groups and arrays.

    Reads the store, not the group's consolidated copy (one listing and one read for each node).

    Parameters
    ----------
    group : zarr.Group

    Returns
    -------
    list of (str, zarr.Group or zarr.Array)
        Paths relative to the group, sorted.
    """
    _check_group(group)
    store, path = group.store_path.store, group.store_path.path
    if group.metadata.zarr_format != FORMAT:
        plain = zarr.open_group(group.store_path, mode="r", zarr_format=2, use_consolidated=False)
        return sorted(plain.members(max_depth=None), key=lambda item: item[0].split("/"))
    # zarr's own walk warns of empty folders that a server has not removed yet
    found = sync(nodes_below(store, path))
    begin = len(path) + 1 if path else 0
    paths = sorted((one for one in found if one != path), key=lambda one: one.split("/"))
    return [(one[begin:], _node(store, one, found[one])) for one in paths]


def _node(store: Store, path: str, document: dict[str, Any]) -> zarr.Group | zarr.Array[Any]:
    place = StorePath(store, path)
    if document.get("node_type") == "array":
        return zarr.Array(AsyncArray(document, place))  # type: ignore[call-overload]
    return zarr.Group(AsyncGroup(GroupMetadata.from_dict(document), place))


def _json(attributes: dict[str, Any]) -> dict[str, Any]:
    try:
        again = json.loads(json.dumps(attributes, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMetadataError(
            f"The metadata contain a value that is not valid JSON: {error}.",
            "Use strings, numbers, booleans, lists and dictionaries.",
        ) from error
    result: dict[str, Any] = again
    return result


def _check_group(group: object) -> None:
    if not isinstance(group, zarr.Group):
        raise ArgumentError.expected("a zarr.Group, such as storage.zarr", group)


def _check_writable(store: Store) -> None:
    if store.read_only:
        raise ReadOnlyError("The group was opened read-only.", 'Open it with mode="r+".')
