"""Python code that opens a node, without a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import LIBRARIES, libraries_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore.source import NodeSource
    from modos_widgets.storage import PackedStore

__all__ = ["code_for"]

_WIDTH = 79
_MOST_CHILDREN: Final = 200


def code_for(source: NodeSource, path: str) -> dict[str, str]:
    """Return code that opens a node with each library that fits it. May read metadata.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the node.

    Returns
    -------
    dict of str to str
        Code to paste into a cell, by library: ``modos_widgets`` for nodes of a MODO, always
        ``zarr``, and the others of `modos_widgets.modo.LIBRARIES` that open such a node.
    """
    facts = source.describe([path])[path]
    opening, place = _store_lines(source)
    inside = "/".join(part for part in (_prefix(source), path) if part)
    function = {"group": "open_group", "array": "open_array"}.get(facts.kind, "open")
    arguments = [place, *([f"path={inside!r}"] if inside else []), "mode='r'"]
    zarr_lines = [*opening, f"node = zarr.{function}({', '.join(arguments)})"]
    found = {}
    fitting = _fitting(source, facts)
    if facts.array is None:  # what knows the data of a group comes first
        fitting = tuple(sorted(fitting, key=lambda name: name == "zarr"))
    for name in fitting:
        library = LIBRARIES[name]
        opener = library.array if facts.array is not None else library.group
        if name == "zarr" or opener is None:
            found["zarr"] = "\n".join(zarr_lines)
        elif source.is_modo and name != "numpy":
            found[name] = _open_as_lines(source, name, path)
        else:
            imports = [f"import {module}" for module in opener.modules]
            code = opener.code.replace("{dims}", _dimensions(facts.array))
            found[name] = "\n".join([*imports, *zarr_lines, f"{library.result} = {code}"])
    if source.is_modo:
        found["modos_widgets"] = _modo_lines(source, path)
    return found


def _fitting(source: NodeSource, facts: Node) -> tuple[str, ...]:
    def children() -> Iterable[Node]:
        names = source.level(facts.path).names
        if len(names) > _MOST_CHILDREN:
            return []
        paths = [f"{facts.path}/{name}".lstrip("/") for name in names]
        return source.describe(paths).values()

    fitting = libraries_for(facts, children)
    # spatialdata opens folders of this computer only
    is_folder = not source.reader.remote and "Local" in type(source.reader.store).__name__
    return tuple(name for name in fitting if name != "spatialdata" or source.is_modo or is_folder)


def _dimensions(array: ArrayMetadata | None) -> str:
    """Return dimension names as an argument: `xarray.open_zarr` needs them for every array."""
    names = () if array is None else array.dimension_names
    if not names or not all(names) or len(set(names)) < len(names):
        return ""
    return f", dims={list(names)!r}"


def _modo_lines(source: NodeSource, path: str) -> str:
    facts = source.known(path)
    if (facts is not None and facts.array is not None) or path.count("/") > 1:
        line = f"node = modo.storage.zarr[{path!r}]"
    elif "/" in path:
        line = f"metadata = modo.metadata[{path!r}]"
    else:
        line = "frame = modo.frame()"
    return "\n".join(["import modos_widgets", "", _open_modo(source, source.object_path), line])


def _open_as_lines(source: NodeSource, name: str, path: str) -> str:
    """Return code with `Modo.open_as`, which needs no S3 keys of its own."""
    arguments = ", ".join(repr(each) for each in (name, path) if each)
    line = f"{LIBRARIES[name].result} = modo.open_as({arguments})"
    if name != "spatialdata" or not source.reader.remote:
        return "\n".join(["import modos_widgets", "", _open_modo(source, source.object_path), line])
    folder = source.object_path.rstrip("/").rpartition("/")[2]
    return "\n".join(
        [
            "import modos_widgets",
            "",
            "# spatialdata opens data on this computer only, so this copies the object first.",
            f"{_call('modos_widgets.transfer', source, source.object_path, folder)}.wait()",
            f"modo = modos_widgets.open_modo({folder!r})",
            line,
        ]
    )


def _open_modo(source: NodeSource, path: str) -> str:
    return f"modo = {_call('modos_widgets.open_modo', source, path)}"


def _call(function: str, source: NodeSource, *paths: str) -> str:
    """Return the call of a function with paths, and the arguments that reach the object."""
    arguments = [repr(path) for path in paths]
    s3 = _endpoint(source)
    if source.endpoint is not None:
        arguments.append(f"endpoint={source.endpoint!r}")
    elif s3:
        arguments.append(f"services={{'s3': {s3!r}}}")
    line = f"{function}({', '.join(arguments)})"
    if len(line) + len("modo = ") <= _WIDTH:
        return line
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"{function}(\n{inside})"


def _endpoint(source: NodeSource) -> str | None:
    store = source.reader.store
    options = getattr(store, "options", None)  # S3Archive's, or a PackedStore's on S3
    file_system = getattr(store, "fs", None)
    stored = getattr(options, "endpoint", None) or getattr(file_system, "endpoint_url", None)
    client: Any = getattr(file_system, "client_kwargs", None) or {}
    found = stored or client.get("endpoint_url")
    return str(found) if found else None


def _prefix(source: NodeSource) -> str:
    """Return the path of the root for the code: a zip file may have a folder around it."""
    around = getattr(source.reader.store, "folder", "")
    return "/".join(part for part in (around, source.reader.prefix) if part)


def _from_url(url: str, options: dict[str, Any]) -> list[str]:
    return [
        "store = zarr.storage.FsspecStore.from_url(",
        f"    {url!r},",
        f"    storage_options={options!r},",
        "    read_only=True,",
        ")",
    ]


def _opening_of(source: NodeSource) -> list[str]:
    """Return lines that open a store, or none if its address is enough."""
    store: Any = source.reader.store
    path = getattr(store, "path", None)
    if type(store).__name__ == "PackedStore":
        return _opening_of_packed(store, _s3_options(source))
    if type(store).__name__ == "ZipStore" and path is not None:
        return [f"store = zarr.storage.ZipStore({os.fspath(path)!r}, mode='r')"]
    if type(store).__name__ == "ObjectStore":
        return _opening_of_obstore(store.store)
    file_system = getattr(store, "fs", None)
    options = dict(getattr(file_system, "storage_options", None) or {})
    references = options.get("fo")
    if getattr(file_system, "protocol", None) == "reference" and isinstance(references, str):
        named = {
            name: options[name]
            for name in ("fo", "target_protocol", "remote_protocol")
            if isinstance(options.get(name), str)
        }
        return _from_url("reference://", named)
    return []


def _opening_of_packed(store: PackedStore, options: dict[str, Any]) -> list[str]:
    is_remote = store.name.startswith("s3://")
    if store.kind == "zip":
        if not is_remote:
            return [f"store = zarr.storage.ZipStore({store.name!r}, mode='r')"]
        return _from_url(f"zip://::{store.name}", {"s3": options})
    named: dict[str, Any] = {"fo": store.name, "remote_protocol": "s3" if is_remote else "file"}
    if is_remote:
        named |= {"target_options": options, "remote_options": {**options, "asynchronous": True}}
    return _from_url("reference://", named)


def _opening_of_obstore(store: Any) -> list[str]:
    """Return lines for a store of obstore, without its keys."""
    kind = type(store).__name__
    config = dict(getattr(store, "config", None) or {})
    prefix = getattr(store, "prefix", None)
    if kind == "LocalStore" and prefix:
        arguments = [repr(os.fspath(prefix))]
    elif kind == "HTTPStore":
        arguments = [repr(str(store.url).partition("?")[0])]
    elif kind == "S3Store":
        shown = ("endpoint", "region", "skip_signature", "virtual_hosted_style_request")
        arguments = [repr(config.get("bucket", ""))]
        arguments += [f"prefix={prefix!r}"] if prefix else []
        arguments += [f"{name}={config[name]!r}" for name in shown if config.get(name) is not None]
        if str(config.get("endpoint", "")).startswith("http://"):
            arguments.append("client_options={'allow_http': True}")
    else:
        return []
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return [
        "import obstore.store",
        "",
        f"store = zarr.storage.ObjectStore(obstore.store.{kind}(",
        f"{inside}), read_only=True)",
    ]


def _s3_options(source: NodeSource) -> dict[str, Any]:
    """Return S3 options in the spelling of s3fs, without keys."""
    store = source.reader.store
    held, file_system = getattr(store, "options", None), getattr(store, "fs", None)
    options: dict[str, Any] = {}
    if getattr(file_system, "anon", False) or getattr(held, "anonymous", False):
        options["anon"] = True
    endpoint = _endpoint(source)
    return options | ({"endpoint_url": endpoint} if endpoint else {})


def _store_lines(source: NodeSource) -> tuple[list[str], str]:
    """Return the lines that come first, and the expression for the store after them."""
    address = source.reader.address
    prefix = source.reader.prefix
    base = address.removesuffix(f"/{prefix}") if prefix else address
    special = _opening_of(source)
    if special:
        imports = [line for line in special if line.startswith("import ")]
        rest = [line for line in special if line not in {*imports, ""}]
        return [*imports, "import zarr", "", *rest], "store"
    if not base:
        kind = type(source.reader.store).__name__
        return ["import zarr", "", f"# First assign your {kind} to the name store."], "store"
    if not base.startswith("s3://"):
        return ["import zarr", ""], repr(base)
    return ["import zarr", "", *_from_url(base, _s3_options(source))], "store"
