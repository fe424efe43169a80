"""Nodes from metadata documents of zarr v3 and v2.

Documents are untrusted: every value is checked before it is used, and an invalid document becomes
a node of kind ``broken`` that states the problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from modos_widgets.archive.document import (
    OLD_FORMAT,
    DocumentError,
    NotJSONError,
    attributes_of_group,
    check_format,
    check_node,
    parse_object,
)

__all__ = ["ArrayMetadata", "Node", "parse_node"]

Kind = Literal["group", "array", "broken"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_LONGEST_NAME: Final = 100
_MOST_AXES: Final = 64  # maximum number of axes in numpy
_LARGEST: Final = 2**63 - 1
_INVALID: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,  # numpy reads types as Python
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class ArrayMetadata:
    """Metadata of an array.

    Attributes
    ----------
    shape, chunks : tuple of int
        Numbers of elements; `chunks` is the shape of a stored chunk (of a shard, if there are any).
    inner_chunks : tuple of int or None
        Shape of the chunks within a shard, if they can be read one by one.
    dtype : str
        Name of the data type, such as ``float32`` or ``string``.
    codecs : tuple of str
        Names, in the order in which they are applied.
    fill_value : Any
        Fill value as stored.
    dimension_names : tuple of (str or None)
        Empty if there are none.
    itemsize : int
        Bytes of one element; 0 if they vary (strings).
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    inner_chunks: tuple[int, ...] | None
    dtype: str
    codecs: tuple[str, ...]
    fill_value: Any
    dimension_names: tuple[str | None, ...]
    itemsize: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def real_size(self) -> int | None:
        """Bytes of the decoded array; None if the elements' sizes vary."""
        return self.size * self.itemsize if self.itemsize else None

    @property
    def compression(self) -> str:
        """Name of the compressor, or ``uncompressed``."""
        plain = {"bytes", "vlen-utf8", "vlen-bytes", "transpose", "crc32c", "sharding_indexed"}
        names = [name for name in self.codecs if name not in plain]
        return " + ".join(names) or "uncompressed"


@dataclass(frozen=True, slots=True)
class Node:
    """Group or array of an archive.

    Attributes
    ----------
    path : str
        Path below the root, without surrounding slashes; empty for the root.
    kind : {"group", "array", "broken"}
        ``"broken"`` if its metadata cannot be read.
    attributes : Mapping
        Attributes as stored.
    array : ArrayMetadata or None
        Metadata of an array.
    problem, hint : str
        Problem and next step for a broken node, as sentences.
    reason : str
        The problem in two or three words, if it is an error of the store.
    document : Mapping
        The known part of the metadata document.
    """

    path: str
    kind: Kind
    attributes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    array: ArrayMetadata | None = None
    problem: str = ""
    hint: str = ""
    reason: str = ""
    document: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """Path of the group that contains it."""
        return self.path.rpartition("/")[0]


def parse_node(path: str, document: bytes | Mapping[str, Any] | None) -> Node:
    """Return the node of a metadata document; an invalid document makes a broken node, no error.

    Parameters
    ----------
    path : str
        Path of the node.
    document : bytes, Mapping or None
        A ``zarr.json``, its content, or the result of `merge_v2`; None if there is no document.

    Returns
    -------
    Node
    """
    known = attributes_of_group(document)
    if known is not None:
        return Node(path, "group", known, document=cast("Mapping[str, Any]", document))
    return _parse_any_node(path, document)


def _parse_any_node(path: str, document: bytes | Mapping[str, Any] | None) -> Node:
    if document is None:
        return _broken(
            path,
            "There is no zarr metadata here.",
            "Check whether the node was removed or only partly written.",
        )
    try:
        if isinstance(document, bytes):
            document = parse_object(document)
            old = False
        else:
            old = isinstance(document, Mapping) and document.get("zarr_format") == OLD_FORMAT
        check_node(document)
        if not old and "zarr_format" in document:
            check_format(document)
    except NotJSONError as error:
        return _broken(path, f"Its metadata is not JSON: {error.reason}.", "Write the node again.")
    except DocumentError as error:
        return _broken(
            path,
            f"Its metadata is invalid: {error.reason}.",
            "Check that this is a zarr node, or write it again.",
        )
    attributes, kind = document.get("attributes", _NOTHING), document["node_type"]
    if kind == "group":
        return Node(path, "group", attributes, document=document)
    try:
        array = _v2_array(document) if old else _array(document)
    except _INVALID as error:
        return Node(
            path,
            "broken",
            attributes,
            problem=f"Its array metadata is invalid ({type(error).__name__}: {error}).",
            hint="Write the array again.",
        )
    return Node(path, "array", attributes, array, document=document)


def _broken(path: str, problem: str, hint: str) -> Node:
    return Node(path, "broken", problem=problem, hint=hint)


def _numbers(value: Any, name: str) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{name} is not a list")
    numbers = tuple(value)
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
        raise TypeError(f"{name} contains values that are not whole numbers")
    if any(each < 0 for each in numbers):
        raise ValueError(f"{name} contains a negative number")
    if len(numbers) > _MOST_AXES:
        raise ValueError(
            f"{name} has {len(numbers):,} axes, but at most {_MOST_AXES} are supported"
        )
    if any(each > _LARGEST for each in numbers):
        raise ValueError(f"{name} contains a number of more than 64 bits")
    return numbers


def _name_of(value: Any) -> str:
    """Return the name of a codec, data type or grid: a string, or an object with a name."""
    if isinstance(value, Mapping):
        value = value.get("name", value.get("id"))
    if not isinstance(value, str):
        raise TypeError("a name is missing")
    return value[:_LONGEST_NAME]


def _array(document: Mapping[str, Any]) -> ArrayMetadata:
    shape = _numbers(document["shape"], "shape")
    grid = document["chunk_grid"]
    chunks = _chunks(grid.get("configuration", {}), shape)
    codecs = list(document.get("codecs") or [])
    inner = None
    names = [_name_of(codec) for codec in codecs]
    for codec in codecs:
        if isinstance(codec, Mapping) and codec.get("name") == "sharding_indexed":
            configuration = codec.get("configuration", {})
            within = _numbers(configuration.get("chunk_shape"), "chunk_shape")
            if len(within) != len(shape):
                raise ValueError("the shards and the shape have different numbers of axes")
            if len(codecs) == 1:  # with another codec a shard is unpacked as a whole
                inner = within
            names += [_name_of(each) for each in configuration.get("codecs", [])]
    dtype = _name_of(document["data_type"])
    labels = document.get("dimension_names") or ()
    return ArrayMetadata(
        shape=shape,
        chunks=chunks,
        inner_chunks=inner,
        dtype=dtype,
        codecs=tuple(names),
        fill_value=document.get("fill_value"),
        dimension_names=_labels(labels),
        itemsize=_itemsize(dtype, document["data_type"]),
    )


def _chunks(configuration: Mapping[str, Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    stored = configuration.get("chunk_shape")
    if stored is None and "chunk_shapes" in configuration:  # a rectilinear grid: its first chunk
        firsts = [
            each[0] if isinstance(each, list) else each for each in configuration["chunk_shapes"]
        ]
        stored = [each[0] if isinstance(each, list) else each for each in firsts]
    chunks = _numbers(stored, "chunk_shape")
    if len(chunks) != len(shape):
        raise ValueError("the chunks and the shape have different numbers of axes")
    return chunks


def _labels(names: Any) -> tuple[str | None, ...]:
    if not isinstance(names, Sequence) or isinstance(names, str):
        return ()
    return tuple(each if isinstance(each, str) else None for each in names)


def _itemsize(dtype: str, stored: Any) -> int:
    if isinstance(stored, Mapping):
        configuration = stored.get("configuration")
        length = configuration.get("length_bytes") if isinstance(configuration, Mapping) else None
        if isinstance(length, int):
            if not 0 <= length <= _LARGEST:
                raise ValueError(f"its elements have {length:.3g} bytes")
            return length
    if dtype in {"string", "variable_length_bytes", "bytes"}:
        return 0
    if dtype.startswith("r") and dtype[1:].isdigit():
        return int(dtype[1:]) // 8
    import numpy as np  # noqa: PLC0415  heavy

    try:
        return np.dtype(dtype.replace("numpy.", "")).itemsize
    except TypeError:
        return 0


def _v2_array(document: Mapping[str, Any]) -> ArrayMetadata:
    import numpy as np  # noqa: PLC0415  heavy

    shape = _numbers(document["shape"], "shape")
    chunks = _numbers(document["chunks"], "chunks")
    if len(chunks) != len(shape):
        raise ValueError("the chunks and the shape have different numbers of axes")
    stored = document["dtype"]
    fields = [tuple(each) for each in stored] if isinstance(stored, list) else stored
    dtype = np.dtype(fields)
    codecs = [_name_of(each) for each in document.get("filters") or []]
    if document.get("compressor"):
        codecs.append(_name_of(document["compressor"]))
    is_object = dtype.kind == "O"
    return ArrayMetadata(
        shape=shape,
        chunks=chunks,
        inner_chunks=None,
        dtype="string" if is_object else str(dtype),
        codecs=tuple(codecs),
        fill_value=document.get("fill_value"),
        dimension_names=_labels(document["attributes"].get("_ARRAY_DIMENSIONS", ())),
        itemsize=0 if is_object else dtype.itemsize,
    )
