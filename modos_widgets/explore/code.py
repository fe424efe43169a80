"""Python code that opens a node, without a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore.source import NodeSource

__all__ = ["code_for"]

_WIDTH = 79


def code_for(source: NodeSource, path: str) -> dict[str, str]:
    """Return code that opens a node. May read the node's metadata.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the node.

    Returns
    -------
    dict of str to str
        Code to paste into a cell, by library: always ``zarr``; ``numpy``, ``dask`` and
        ``xarray`` for arrays; ``modos_widgets`` for nodes of a MODO.
    """
    facts = source.describe([path])[path]
    opening, place = _store_lines(source)
    inside = "/".join(part for part in (source.reader.prefix, path) if part)
    function = {"group": "open_group", "array": "open_array"}.get(facts.kind, "open")
    arguments = [place, *([f"path={inside!r}"] if inside else []), "mode='r'"]
    zarr_lines = [*opening, f"node = zarr.{function}({', '.join(arguments)})"]
    found = {"zarr": "\n".join(zarr_lines)}
    if facts.array is not None:
        found["numpy"] = "\n".join([*zarr_lines, "values = node[...]  # reads the whole array"])
        found["dask"] = "\n".join(
            ["import dask.array", *zarr_lines, "lazy = dask.array.from_zarr(node)"]
        )
        found["xarray"] = "\n".join(
            [
                "import dask.array\nimport xarray",
                *zarr_lines,
                f"data = xarray.DataArray(dask.array.from_zarr(node){_dimensions(facts.array)})",
            ]
        )
    if source.is_modo:
        found["modos_widgets"] = _modo_lines(source, path)
    return found


def _dimensions(array: ArrayMetadata) -> str:
    """Return dimension names as an argument: `xarray.open_zarr` needs them for every array."""
    names = array.dimension_names
    if not names or not all(names) or len(set(names)) < len(names):
        return ""
    return f", dims={list(names)!r}"


def _modo_lines(source: NodeSource, path: str) -> str:
    arguments = [repr(source.object_path)]
    s3 = _endpoint(source)
    if source.endpoint is not None:
        arguments.append(f"endpoint={source.endpoint!r}")
    elif s3:
        arguments.append(f"services={{'s3': {s3!r}}}")
    line = f"modo = modos_widgets.open_modo({', '.join(arguments)})"
    if len(line) > _WIDTH:
        inside = "".join(f"    {argument},\n" for argument in arguments)
        line = f"modo = modos_widgets.open_modo(\n{inside})"
    lines = ["import modos_widgets", "", line]
    facts = source.known(path)
    if facts is not None and facts.array is not None:
        lines.append(f"node = modo.storage.zarr[{path!r}]")
    elif "/" in path:
        lines.append(f"metadata = modo.metadata[{path!r}]")
    else:
        lines.append("frame = modo.frame()")
    return "\n".join(lines)


def _endpoint(source: NodeSource) -> str | None:
    options = getattr(source.reader.store, "options", None)  # S3Archive's
    file_system = getattr(source.reader.store, "fs", None)
    stored = getattr(options, "endpoint", None) or getattr(file_system, "endpoint_url", None)
    client: Any = getattr(file_system, "client_kwargs", None) or {}
    found = stored or client.get("endpoint_url")
    return str(found) if found else None


def _opening_of(store: Any) -> list[str]:
    """Return lines that open a store, or none if its address is enough."""
    path = getattr(store, "path", None)
    if type(store).__name__ == "ZipStore" and path is not None:
        return [f"store = zarr.storage.ZipStore({os.fspath(path)!r}, mode='r')"]
    file_system = getattr(store, "fs", None)
    options = dict(getattr(file_system, "storage_options", None) or {})
    references = options.get("fo")
    if getattr(file_system, "protocol", None) == "reference" and isinstance(references, str):
        named = {
            name: options[name]
            for name in ("fo", "target_protocol", "remote_protocol")
            if isinstance(options.get(name), str)
        }
        return [
            "store = zarr.storage.FsspecStore.from_url(",
            '    "reference://",',
            f"    storage_options={named!r},",
            "    read_only=True,",
            ")",
        ]
    return []


def _store_lines(source: NodeSource) -> tuple[list[str], str]:
    """Return the lines that come first, and the expression for the store after them."""
    address = source.reader.address
    prefix = source.reader.prefix
    base = address.removesuffix(f"/{prefix}") if prefix else address
    file_system = getattr(source.reader.store, "fs", None)
    special = _opening_of(source.reader.store)
    if special:
        return ["import zarr", "", *special], "store"
    if not base:
        kind = type(source.reader.store).__name__
        return ["import zarr", "", f"# First assign your {kind} to the name store."], "store"
    if not base.startswith("s3://"):
        return ["import zarr", ""], repr(base)
    held = getattr(source.reader.store, "options", None)
    options: dict[str, Any] = {}
    if getattr(file_system, "anon", False) or getattr(held, "anonymous", False):
        options["anon"] = True
    endpoint = _endpoint(source)
    if endpoint:
        options["endpoint_url"] = endpoint
    lines = ["import zarr"]
    lines += [
        "",
        "store = zarr.storage.FsspecStore.from_url(",
        f"    {base!r},",
        f"    storage_options={options!r},",
        "    read_only=True,",
        ")",
    ]
    return lines, "store"
