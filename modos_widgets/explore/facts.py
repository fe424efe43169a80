"""What a node's metadata document says, for zarr v3 and v2, in the words that a row shows.

Documents are untrusted: every value is checked before it is used, and a document that cannot be
understood becomes a node of kind ``broken`` that says why; it never raises.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from modos_widgets.errors import ModosError
from modos_widgets.explore.failures import reason_for

__all__ = ["ArrayFacts", "NodeFacts", "describe", "describe_parts", "merge_v2"]

LONGEST_TEXT: Final = 200
"""Letters of an attribute that a row shows at most."""

_MOST_NESTING_WORDS: Final = 100
_MOST_AXES: Final = 64  # of numpy
_LARGEST: Final = 2**63 - 1
_UNDERSTOOD: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,  # numpy reads types as Python
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """What is known of an array without reading it.

    Attributes
    ----------
    shape, chunks : tuple of int
        In elements; `chunks` is what is read at once (a shard where there are shards).
    inner_chunks : tuple of int or None
        Chunks within a shard, where they can be read one by one.
    dtype : str
        The data type's name, such as ``float32`` or ``string``.
    codecs : tuple of str
        Names, in the order in which they are applied.
    fill_value : Any
        As stored.
    dimension_names : tuple of (str or None)
        Empty when there are none.
    itemsize : int
        Bytes of one element; 0 where they vary (strings).
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
        """Bytes of the decoded array; None where the elements' sizes vary."""
        return self.size * self.itemsize if self.itemsize else None

    @property
    def compression(self) -> str:
        """Name of the compressor, or ``uncompressed``."""
        plain = {"bytes", "vlen-utf8", "vlen-bytes", "transpose", "crc32c", "sharding_indexed"}
        names = [name for name in self.codecs if name not in plain]
        return " + ".join(names) or "uncompressed"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What is known of a node.

    Attributes
    ----------
    kind : str
        ``group``, ``array`` or ``broken``.
    attributes : mapping
        As stored.
    array : ArrayFacts or None
        For arrays.
    problem, hint : str
        For broken nodes: what is wrong, and what to do.
    reason : str
        The problem in two or three words for a narrow row, where it is the store's.
    document : mapping
        The metadata document, to open an array without reading it again.
    """

    kind: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    array: ArrayFacts | None = None
    problem: str = ""
    hint: str = ""
    reason: str = ""
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def element_class(self) -> str:
        """``@type`` of a MODO's element, or an empty string."""
        value = self.attributes.get("@type")
        return value if isinstance(value, str) else ""

    @property
    def title(self) -> str:
        """The element's name, cut to what a row can show."""
        value = self.attributes.get("name")
        return value[:LONGEST_TEXT] if isinstance(value, str) else ""

    @classmethod
    def broken(cls, problem: str, hint: str = "", reason: str = "") -> NodeFacts:
        """Give the facts of a node that cannot be read."""
        return cls("broken", problem=problem, hint=hint, reason=reason)


def describe(  # noqa: PLR0911  each return is a fault of its own
    document: bytes | Mapping[str, Any] | None,
) -> NodeFacts:
    """Tell what a metadata document says.

    Parameters
    ----------
    document : bytes, mapping or None
        A ``zarr.json`` or what `merge_v2` gives; None where there is none.
    """
    if document is None:
        return NodeFacts.broken(
            "There is no zarr metadata here.", "The node was removed, or never finished."
        )
    if isinstance(document, bytes):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return NodeFacts.broken(
                "Its metadata is not JSON: torn or overwritten.", "Write the node again."
            )
    if not isinstance(document, Mapping):
        return NodeFacts.broken("Its metadata is no JSON object.", "Write the node again.")
    attributes = document.get("attributes", {})
    if not isinstance(attributes, Mapping):
        return NodeFacts.broken("Its attributes are no JSON object.", "Write the node again.")
    kind = document.get("node_type")
    if kind == "group":
        return NodeFacts("group", attributes)
    if kind != "array":
        return NodeFacts.broken("Its metadata does not say group or array.", "Is this zarr?")
    try:
        array = _v2_array(document) if document.get("zarr_format") == 2 else _array(document)  # noqa: PLR2004
    except _UNDERSTOOD as error:
        return NodeFacts(
            "broken",
            attributes,
            problem=f"Its array metadata cannot be understood ({type(error).__name__}: {error}).",
            hint="Write the array again.",
        )
    return NodeFacts("array", attributes, array, document=document)


def describe_parts(parts: Sequence[bytes | ModosError | None], most: int) -> NodeFacts:
    """Tell what a node's metadata files say: one, or the three of zarr v2.

    Parameters
    ----------
    parts : sequence of (bytes, ModosError or None)
        What was read of each, what went wrong, or that there is none.
    most : int
        Bytes from which a file was cut.
    """
    documents: list[bytes | None] = []
    for part in parts:
        if isinstance(part, ModosError):
            return NodeFacts.broken(part.message, part.hint, reason_for(part))
        if part is not None and len(part) >= most:
            return NodeFacts.broken("Its metadata is larger than 8 MiB.", "Look at it in code.")
        documents.append(part)
    return describe(documents[0] if len(documents) == 1 else merge_v2(*documents))


def merge_v2(
    group: bytes | Mapping[str, Any] | None,
    array: bytes | Mapping[str, Any] | None,
    attributes: bytes | Mapping[str, Any] | None,
) -> bytes | Mapping[str, Any] | None:
    """Put the documents of a v2 node (``.zgroup``, ``.zarray``, ``.zattrs``) into one."""
    own = array if array is not None else group
    if own is None:
        return None
    parts: list[Mapping[str, Any]] = []
    for part in (own, attributes if attributes is not None else {}):
        if isinstance(part, bytes):
            try:
                part = json.loads(part)  # noqa: PLW2901
            except (ValueError, RecursionError):
                return b"torn"
        if not isinstance(part, Mapping):
            return b"torn"
        parts.append(part)
    return {
        **parts[0],
        "attributes": parts[1],
        "node_type": "group" if array is None else "array",
        "zarr_format": 2,
    }


def _numbers(value: Any, name: str) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{name} is no list")
    numbers = tuple(value)
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
        raise TypeError(f"{name} has other things than whole numbers")
    if any(each < 0 for each in numbers):
        raise ValueError(f"{name} has a negative number")
    if len(numbers) > _MOST_AXES:
        raise ValueError(f"{name} has {len(numbers):,} axes, at most {_MOST_AXES} can be")
    if any(each > _LARGEST for each in numbers):
        raise ValueError(f"{name} has a number of more than 64 bits")
    return numbers


def _name_of(value: Any) -> str:
    """Name of a codec, data type or grid: a string, or an object with a name."""
    if isinstance(value, Mapping):
        value = value.get("name", value.get("id"))
    if not isinstance(value, str):
        raise TypeError("a name is missing")
    return value[:_MOST_NESTING_WORDS]


def _array(document: Mapping[str, Any]) -> ArrayFacts:
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
                raise ValueError("the shards have another number of axes than the shape")
            if len(codecs) == 1:  # beside another codec a shard is unpacked whole
                inner = within
            names += [_name_of(each) for each in configuration.get("codecs", [])]
    dtype = _name_of(document["data_type"])
    labels = document.get("dimension_names") or ()
    return ArrayFacts(
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
        raise ValueError("the chunks have another number of axes than the shape")
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
    try:
        return np.dtype(dtype.replace("numpy.", "")).itemsize
    except TypeError:
        return 0


def _v2_array(document: Mapping[str, Any]) -> ArrayFacts:
    shape = _numbers(document["shape"], "shape")
    chunks = _numbers(document["chunks"], "chunks")
    if len(chunks) != len(shape):
        raise ValueError("the chunks have another number of axes than the shape")
    stored = document["dtype"]
    fields = [tuple(each) for each in stored] if isinstance(stored, list) else stored
    dtype = np.dtype(fields)
    codecs = [_name_of(each) for each in document.get("filters") or []]
    if document.get("compressor"):
        codecs.append(_name_of(document["compressor"]))
    is_object = dtype.kind == "O"
    return ArrayFacts(
        shape=shape,
        chunks=chunks,
        inner_chunks=None,
        dtype="string" if is_object else str(dtype),
        codecs=tuple(codecs),
        fill_value=document.get("fill_value"),
        dimension_names=_labels(document["attributes"].get("_ARRAY_DIMENSIONS", ())),
        itemsize=0 if is_object else dtype.itemsize,
    )
