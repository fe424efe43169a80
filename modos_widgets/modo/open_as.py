"""Nodes and zarr files of an object, opened with the library of their field.

The libraries are optional, so they are imported when they are used. `LIBRARIES` has one entry per
library: what it opens, how, and the same as a line of code.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from modos_widgets.archive import ArrayMetadata, Node
from modos_widgets.errors import (
    ArgumentError,
    MissingExtraError,
    ModosError,
    NotFoundError,
    OptionError,
    UnsupportedError,
)
from modos_widgets.modo.data_paths import file_in_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import zarr

    from modos_widgets.modo.stored_object import StoredObject

    AnyNode = zarr.Group | zarr.Array[Any]

__all__ = ["LIBRARIES", "Library", "Opener", "libraries_for", "open_as"]


class Opener(NamedTuple):
    """How a library opens a node.

    Attributes
    ----------
    modules : tuple of str
        Modules to import.
    code : str
        Expression that opens the node in the variable ``node``.
    open : callable
        Does the same; called with the node and the modules.
    """

    modules: tuple[str, ...]
    code: str
    open: Callable[..., Any]


class Library(NamedTuple):
    """A library that opens nodes.

    Attributes
    ----------
    install : str
        Arguments of ``pip install``.
    result : str
        Name of a variable for what it returns.
    group, array : Opener or None
        How it opens a group, and an array.
    """

    install: str
    result: str
    group: Opener | None = None
    array: Opener | None = None


def _dataset(node: zarr.Group, xarray: Any) -> Any:
    return xarray.open_zarr(node.store, group=node.path, consolidated=False, chunks={})


def _data_array(node: zarr.Array[Any], dask: Any, xarray: Any) -> Any:
    return xarray.DataArray(dask.from_zarr(node), dims=_dimensions(node) or None)


def _spatialdata(node: zarr.Group, spatialdata: Any) -> Any:
    import zarr  # noqa: PLC0415  heavy

    if not isinstance(node.store, zarr.storage.LocalStore):
        raise UnsupportedError(
            "spatialdata opens only data in a folder on this computer.",
            "Copy the object to a folder with modos_widgets.transfer, and open the copy.",
        )
    return spatialdata.read_zarr(Path(node.store.root) / node.path)


_ZARR: Final = Opener((), "node", lambda node: node)

LIBRARIES: Final[Mapping[str, Library]] = {
    "zarr": Library("zarr", "node", _ZARR, _ZARR),
    "numpy": Library("numpy", "values", None, Opener((), "node[...]", lambda node: node[...])),
    "dask": Library(
        "'dask[array]'",
        "lazy",
        None,
        Opener(
            ("dask.array",), "dask.array.from_zarr(node)", lambda node, dask: dask.from_zarr(node)
        ),
    ),
    "xarray": Library(
        "xarray 'dask[array]'",
        "data",
        Opener(
            ("xarray",),
            "xarray.open_zarr(node.store, group=node.path, consolidated=False, chunks={})",
            _dataset,
        ),
        Opener(
            ("dask.array", "xarray"),
            "xarray.DataArray(dask.array.from_zarr(node){dims})",
            _data_array,
        ),
    ),
    "pandas": Library(
        "anndata",
        "frame",
        Opener(
            ("anndata.io",),
            "anndata.io.read_elem(node)",
            lambda node, anndata: anndata.read_elem(node),
        ),
        Opener(
            ("pandas",),
            "pandas.DataFrame(node[...])",
            lambda node, pandas: pandas.DataFrame(node[...]),
        ),
    ),
    "anndata": Library(
        "'anndata[dask,lazy]'",
        "adata",
        Opener(
            ("anndata.experimental",),
            "anndata.experimental.read_lazy(node)",
            lambda node, anndata: anndata.read_lazy(node),
        ),
    ),
    "mudata": Library(
        "mudata",
        "mdata",
        Opener(
            ("mudata",),
            "mudata.read_zarr(node.store_path)",
            lambda node, mudata: mudata.read_zarr(node.store_path),
        ),
    ),
    "spatialdata": Library(
        "spatialdata",
        "sdata",
        Opener(("spatialdata",), "spatialdata.read_zarr(node)", _spatialdata),
    ),
}
"""Libraries by name, in the order in which they are offered."""

_ENCODINGS: Final = {"anndata": "anndata", "MuData": "mudata", "dataframe": "pandas"}
_OLD_ANNDATA: Final = frozenset({"obs", "var"})
_TABLE_AXES: Final = frozenset({1, 2})


def libraries_for(node: Node, children: Callable[[], Iterable[Node]]) -> tuple[str, ...]:
    """Return the libraries that open a node, by its metadata.

    Parameters
    ----------
    node : Node
        The node.
    children : callable
        Returns the nodes directly below it; called only if they are needed.

    Returns
    -------
    tuple of str
        Keys of `LIBRARIES`, in their order.
    """
    found = {"zarr"}
    if node.array is not None:
        found |= {"numpy", "dask", "xarray"}
        found |= {"pandas"} if len(node.array.shape) in _TABLE_AXES else set()
    elif node.kind == "group":
        found |= _of_group(node.attributes, children)
    return tuple(name for name in LIBRARIES if name in found)


def _of_group(attributes: Mapping[str, Any], children: Callable[[], Iterable[Node]]) -> set[str]:
    encoding = attributes.get("encoding-type")
    if isinstance(encoding, str):
        return {_ENCODINGS[encoding]} if encoding in _ENCODINGS else set()
    if isinstance(attributes.get("spatialdata_attrs"), Mapping):
        return {"spatialdata"}
    below = {child.name: child.array for child in children()}
    if below.keys() >= _OLD_ANNDATA and below.keys() & {"X", "layers"}:
        return {"anndata"}
    arrays = [array for array in below.values() if array is not None]
    return {"xarray"} if arrays and _share_axes(arrays) else set()


def _share_axes(arrays: Iterable[ArrayMetadata]) -> bool:
    """Return whether each axis has a name, and axes of the same name have the same length."""
    lengths: dict[str | None, int] = {}
    for array in arrays:
        names = array.dimension_names
        if len(names) != len(array.shape) or not all(names) or len(set(names)) < len(names):
            return False
        for name, length in zip(names, array.shape, strict=True):
            if lengths.setdefault(name, length) != length:
                return False
    return True


def _dimensions(node: zarr.Array[Any]) -> list[str]:
    """Return the names of the axes of an array, or an empty list if one has none."""
    names = getattr(node.metadata, "dimension_names", None) or node.attrs.get("_ARRAY_DIMENSIONS")
    if not isinstance(names, list | tuple) or not all(names) or len(names) != len(node.shape):
        return []
    texts = [str(name) for name in names]
    return texts if len(set(texts)) == len(texts) else []


def open_as(modo: StoredObject, library: str, path: str) -> Any:
    """Open a node of an object, or a zarr hierarchy among its files, with a library.

    Parameters
    ----------
    modo : StoredObject
        The object.
    library, path : str
        As for `Modo.open_as`, which also lists the errors.

    Returns
    -------
    object
    """
    if not isinstance(library, str):
        raise ArgumentError.expected("the name of a library", library, name="library")
    if not isinstance(path, str):
        raise ArgumentError.expected("the path of a node or file", path, name="path")
    found = LIBRARIES.get(library)
    if found is None:
        raise OptionError(
            f"Unknown library {library!r:.80}.", f"Use one of {', '.join(LIBRARIES)}."
        )
    try:
        node, fitting = _node_at(modo, path.strip("/"))
    except Exception as error:
        raise _explained(error, "zarr", path) from error
    opener = found.array if hasattr(node, "shape") else found.group
    if library not in fitting or opener is None:
        raise OptionError(
            f"{path or 'The root'} does not contain data for {library}.",
            f"Use one of {', '.join(fitting)}.",
        )
    try:
        modules = [import_module(name) for name in opener.modules]
    except ImportError as error:
        raise MissingExtraError(
            f"{library} cannot be imported ({error}).", f"Run: pip install {found.install}"
        ) from error
    try:
        return opener.open(node, *modules)
    except Exception as error:
        raise _explained(error, library, path) from error


def _explained(error: BaseException, library: str, path: str) -> ModosError:
    """Return the error of this package that caused an error, or one that names it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModosError):
            return cause
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, ImportError):
        return MissingExtraError(
            f"{library} cannot open {path or 'the root'} ({error}).",
            f"Run: pip install {LIBRARIES[library].install}",
        )
    reason = " ".join(str(error).split())[:200]
    return UnsupportedError(
        f"{library} cannot open {path or 'the root'} ({type(error).__name__}: {reason}).",
        "Check the data, or open it with zarr.",
    )


def _node_at(modo: StoredObject, path: str) -> tuple[AnyNode, tuple[str, ...]]:
    """Return a node of the archive or the root of a zarr file, and what opens it."""
    stored = modo.hierarchy.nodes.get(path)
    if stored is None:
        return _root_at(modo, path)
    data_path = file_in_object(stored.attributes.get("data_path"), modo.path)
    if stored.kind == "group" and data_path is not None and not modo.hierarchy.children(path):
        return _root_at(modo, data_path)
    node: AnyNode = modo.storage.zarr[path] if path else modo.storage.zarr
    return node, libraries_for(stored, lambda: modo.hierarchy.children(path))


def _root_at(modo: StoredObject, path: str) -> tuple[AnyNode, tuple[str, ...]]:
    if file_in_object(path, modo.path) is None:
        raise NotFoundError(
            f"{path!r:.80} is neither a node nor a file of the object.", "Check the path."
        )
    import zarr  # noqa: PLC0415  heavy

    from modos_widgets.storage import store_in  # noqa: PLC0415  loads zarr

    try:
        root: AnyNode = zarr.open(store_in(modo.storage, path), mode="r")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"No node and no zarr file at {path!r:.80}.", "Check the path."
        ) from error

    def children() -> list[Node]:
        return (
            [_described(node) for _, node in root.members()] if isinstance(root, zarr.Group) else []
        )

    return root, libraries_for(_described(root), children)


def _described(node: AnyNode) -> Node:
    """Return the metadata of an open node."""
    import zarr  # noqa: PLC0415  heavy

    name = node.path.rpartition("/")[2]
    if isinstance(node, zarr.Group):
        return Node(name, "group", node.attrs.asdict())
    array = ArrayMetadata(
        node.shape, node.chunks, None, str(node.dtype), (), None, tuple(_dimensions(node)), 0
    )
    return Node(name, "array", node.attrs.asdict(), array)
