"""zarr v3 archives of the sample objects, written as plain bytes.

The documents are the same as those of zarr-python 3.1, including consolidated metadata in the
root, but zarr itself is not imported, which would take half a second at each start of the demo.
A test compares both.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numcodecs  # noqa: F401  before its parts
import numpy as np
from numcodecs.zstd import Zstd

from modos_widgets.archive import (
    GROUPS,
    NODE,
    consolidated_entry,
    encode_document,
    new_group,
    with_copy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_ZSTD = Zstd(level=3)
_ZSTD_CODEC = {"name": "zstd", "configuration": {"level": 3, "checksum": False}}
_FILL_VALUE = {"float32": 0.0, "int32": 0, "string": ""}
_BYTE_ORDER = {"float32": "<f4", "int32": "<i4"}


class Archive:
    """Builder of a zarr archive.

    Parameters
    ----------
    attributes : mapping
        Attributes of the root (JSON values).
    """

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self._root = dict(attributes)
        self._nodes: dict[str, dict[str, Any]] = {name: new_group({}) for name in GROUPS}
        self._chunks: dict[str, bytes] = {}

    def add_element(self, path: str, attributes: Mapping[str, Any]) -> None:
        """Add one element, such as ``sample/s01``."""
        self._nodes[path] = new_group(attributes)

    def add_matrix(
        self,
        path: str,
        values: NDArray[np.float32 | np.int32],
        chunks: tuple[int, int],
        dimension_names: tuple[str, str],
    ) -> None:
        """Add a matrix of float32 or int32, chunked, compressed with zstd.

        Parameters
        ----------
        path : str
            Path of the array, such as ``data/rna_counts/data``.
        values : ndarray of shape (rows, columns)
        chunks : tuple of int
            Rows and columns of a chunk; chunks at the edge are padded with the fill value.
        dimension_names : tuple of str
            Names of rows and columns.
        """
        data_type = values.dtype.name
        codec = {"name": "bytes", "configuration": {"endian": "little"}}
        self._nodes[path] = _array(data_type, values.shape, chunks, codec, dimension_names)
        high, wide = chunks
        for row in range(0, values.shape[0], high):
            for column in range(0, values.shape[1], wide):
                part = values[row : row + high, column : column + wide]
                block = np.zeros(chunks, dtype=_BYTE_ORDER[data_type])
                block[: part.shape[0], : part.shape[1]] = part
                data = block.tobytes()
                self._chunks[f"{path}/c/{row // high}/{column // wide}"] = _ZSTD.encode(data)

    def add_labels(self, path: str, labels: Sequence[str], dimension_name: str) -> None:
        """Add an array of strings of any length, in one chunk."""
        codec = {"name": "vlen-utf8", "configuration": {}}
        shape = (len(labels),)
        self._nodes[path] = _array("string", shape, shape, codec, (dimension_name,))
        encoded = [label.encode() for label in labels]
        data = struct.pack("<I", len(encoded))
        data += b"".join(struct.pack("<I", len(label)) + label for label in encoded)
        self._chunks[f"{path}/c/0"] = _ZSTD.encode(data)

    def files(self) -> dict[str, bytes]:
        """Return every key below ``data.zarr/`` with its content, the root last."""
        keys = {f"{path}/{NODE}": encode_document(node) for path, node in self._nodes.items()}
        keys.update(self._chunks)
        entries = {path: consolidated_entry(node) for path, node in self._nodes.items()}
        keys[NODE] = encode_document(with_copy(new_group(self._root), entries))
        return keys


def _array(
    data_type: str,
    shape: Sequence[int],
    chunks: Sequence[int],
    codec: dict[str, Any],
    dimension_names: Sequence[str],
) -> dict[str, Any]:
    return {
        "shape": list(shape),
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": _FILL_VALUE[data_type],
        "codecs": [codec, _ZSTD_CODEC],
        "attributes": {},
        "dimension_names": list(dimension_names),
        "zarr_format": 3,
        "node_type": "array",
        "storage_transformers": [],
    }
