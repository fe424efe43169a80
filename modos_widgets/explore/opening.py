"""Opening of a `NodeSource` from a path, store, array, object or Storage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modos_widgets.archive import ARCHIVE, NODE, V2_COPY, new_documents
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, NotFoundError, PathError, UnsupportedError
from modos_widgets.explore.reader import LocalReader
from modos_widgets.explore.source import NodeSource
from modos_widgets.location import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.explore.store_reader import StoreReader
    from modos_widgets.storage import PackedStore

__all__ = ["open_source"]

_ROOTS = (NODE, ".zgroup", ".zarray", V2_COPY)


def open_source(
    source: Any,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> NodeSource:
    """Return a source of nodes for anything that contains zarr.

    Uses the network only with `endpoint`, to read its S3 server and its list of objects.

    Parameters
    ----------
    source : path, str, Location, zarr.Group, zarr.Array, zarr store, Storage, Modo or NodeSource
        The hierarchy. A path or URL may be that of a zarr archive or of a MODO; with
        `endpoint`, it may also be the id of an object that the endpoint lists.
    endpoint : str, optional
        URL of a modos server. It names the S3 server; a sign-in there provides the keys.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        S3 options in the spelling of s3fs or obstore, for ``s3://`` URLs.

    Returns
    -------
    NodeSource

    Raises
    ------
    NotFoundError
        There is no zarr archive at a local path.
    OptionError
        The source contains no zarr, or an option does not apply to it.
    UnknownObjectError, EndpointError, CredentialsError
        The endpoint does not list the object, or does not respond.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if isinstance(source, NodeSource):
        return source
    if isinstance(source, str | os.PathLike | Location):
        place = Location.of(source, endpoint, services, s3_kwargs)
        path = os.fspath(place.path)
        if "://" in path and not path.startswith("file://"):
            return _from_url(path, place)
        if not place.is_id:
            return _from_path(Path(path.removeprefix("file://")))
        from modos_widgets.modo import open_modo  # noqa: PLC0415  heavy

        source = open_modo(place)
    from_zarr = _from_zarr(source)
    if from_zarr is not None:
        return from_zarr
    storage = getattr(source, "storage", source)  # a Modo has one
    if hasattr(storage, "root_document"):
        found = _from_storage(
            storage, name=str(getattr(source, "id", "")) if storage is not source else ""
        )
        found.endpoint = getattr(source, "endpoint", None)  # a Modo's
        return found
    raise ArgumentError.expected(
        "a path, a URL, a zarr group, array or store, a Storage or a Modo", source
    )


def _from_path(path: Path) -> NodeSource:
    path = path.expanduser()
    if any((path / name).is_file() for name in _ROOTS):
        is_modo = path.name == ARCHIVE
        named = path.absolute().parent.name if is_modo else ""
        place = str(path.parent) if is_modo else ""
        return NodeSource(LocalReader(path, named), is_modo=is_modo, object_path=place)
    inside = path / ARCHIVE
    if inside.is_dir():
        reader = LocalReader(inside, path.absolute().name)
        return NodeSource(reader, is_modo=True, object_path=str(path))
    if path.is_file():
        from modos_widgets.storage import is_packed, packed_folder_file  # noqa: PLC0415  heavy

        if is_packed(path.name):
            return _from_packed(packed_folder_file(path))
    if (path / "snapshots").is_dir() and (path / "manifests").is_dir():
        raise UnsupportedError(
            f"{path} is an icechunk repository.",
            'Open it with icechunk, and pass repo.readonly_session("main").store.',
        )
    raise NotFoundError(f"No zarr archive at {path}.", "Check the path.")


def _from_packed(store: PackedStore) -> NodeSource:
    from modos_widgets.explore.store_reader import StoreReader  # noqa: PLC0415  heavy

    name = store.name.rstrip("/").rpartition("/")[2]
    return NodeSource(StoreReader(store, name=name))


def _from_url(url: str, place: Location) -> NodeSource:
    import zarr  # noqa: F401, PLC0415  before its parts
    from zarr.storage import FsspecStore  # noqa: PLC0415  heavy

    from modos_widgets.explore.store_reader import StoreReader  # noqa: PLC0415  heavy

    bare = url.split("?", 1)[0].rstrip("/")
    if not url.startswith("s3://"):
        address = _without_password(bare)
        try:
            store = FsspecStore.from_url(url.rstrip("/"), read_only=True)
        except ImportError as error:
            raise UnsupportedError(
                f"The software that reads {address} is not installed.", f"{error}."
            ) from error
        except ValueError as error:  # no file system of fsspec has this protocol
            raise PathError(
                f"{address!r} is not an address of a zarr archive.",
                "Check the path: it looks like s3://bucket/key or https://host/archive.zarr.",
            ) from error
        return NodeSource(StoreReader(store, address=address))
    from modos_widgets.storage import (  # noqa: PLC0415  heavy
        S3Archive,
        is_packed,
        packed_s3_file,
        s3_path_of,
    )

    bare = s3_path_of(url).url
    bucket, _, key = bare.removeprefix("s3://").partition("/")
    options = place.options()
    if is_packed(key):
        return _from_packed(packed_s3_file(options, bucket, key))
    is_modo = key.rpartition("/")[2] == ARCHIVE
    object_path = bare.removesuffix(f"/{ARCHIVE}") if is_modo else ""
    name = object_path.rpartition("/")[2]
    found = NodeSource(
        StoreReader(S3Archive(options, bucket, key, read_only=True), name=name, address=bare),
        is_modo=is_modo,
        object_path=object_path,
    )
    found.endpoint = place.endpoint
    return found


def _without_password(url: str) -> str:
    """Return a URL without ``user:password@``, so that it can be shown and copied."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _from_zarr(source: Any) -> NodeSource | None:
    from zarr import Array, AsyncArray, AsyncGroup, Group  # noqa: PLC0415  heavy
    from zarr.abc.store import Store  # noqa: PLC0415  heavy
    from zarr.storage import LocalStore  # noqa: PLC0415  heavy

    from modos_widgets.explore.store_reader import StoreReader  # noqa: PLC0415  heavy

    prefix = ""
    is_array = isinstance(source, Array | AsyncArray)
    if isinstance(source, Group | Array | AsyncGroup | AsyncArray):
        prefix = source.store_path.path
        source = source.store_path.store
    if not isinstance(source, Store):
        return None
    if isinstance(source, LocalStore):
        return NodeSource(LocalReader(Path(source.root) / prefix), is_array=is_array)
    return NodeSource(StoreReader(source, prefix), is_array=is_array)


def _empty_reader(name: str) -> StoreReader:
    """Return a reader of the archive of an object that is not created yet."""
    from zarr.core.buffer import default_buffer_prototype  # noqa: PLC0415  heavy
    from zarr.storage import MemoryStore  # noqa: PLC0415  heavy

    from modos_widgets.explore.store_reader import StoreReader  # noqa: PLC0415  heavy

    buffer = default_buffer_prototype().buffer
    keys = {key: buffer.from_bytes(data) for key, data in new_documents().items()}
    return StoreReader(MemoryStore(keys, read_only=True), name=name)


def _from_storage(storage: Any, *, name: str) -> NodeSource:
    document = storage.root_document()
    place = str(storage.url)
    name = name or place.rstrip("/").rsplit("/", 1)[-1]
    if getattr(storage, "is_new", False):
        return NodeSource(_empty_reader(name), is_modo=True, object_path=place)
    if "://" not in place:
        return NodeSource(
            LocalReader(Path(place) / ARCHIVE, name),
            root_document=document.data,
            is_modo=True,
            object_path=place,
        )
    from modos_widgets.explore.store_reader import StoreReader  # noqa: PLC0415  heavy

    reader = StoreReader(storage.zarr_store, name=name, address=f"{place}/{ARCHIVE}")
    return NodeSource(reader, root_document=document.data, is_modo=True, object_path=place)
