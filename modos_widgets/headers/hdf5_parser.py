"""Program that parses one HDF5 file in a process of its own, which limits what that can cost.

HDF5 is C code, and the file is untrusted. The process therefore has no environment, no keys and no
file: `hdf5_files` starts it, serves it ranges of the file, and kills it at the end. Before it reads
the first byte, it gives up the right to open files and sockets, to start processes and to write,
and limits its memory and time. So neither an external link nor a virtual dataset leads anywhere;
links other than hard ones are not followed anyway.

It reads paths of objects from standard input, one a line, and answers each with one line of JSON on
standard output: ``{"node": document}``, or ``{"node": null}`` if there is no such object. The
document is that of a zarr array or group. In between, ``{"read": [begin, size]}`` requests a range
of the file, which follows on standard input. The last line is ``{"problem": "memory"}`` or
``{"problem": "damaged"}``.

The argument of the program is the size of the file in bytes.
"""

from __future__ import annotations

import io
import json
import math
import os
import resource
import sys
from pathlib import Path
from typing import Any

import h5py

__all__ = ["MEMORY", "MOST_READ", "SECONDS", "main"]

MEMORY = 64 * 2**20
"""Number of bytes of memory that parsing may take, beyond those of the process before it."""

SECONDS = 5
"""Processor time that parsing may take."""

MOST_READ = 32 * 1024
"""Maximum number of bytes of one range; a pipe holds more, so that neither side has to wait."""

_ATTRIBUTES = (
    "_index",
    "encoding-type",
    "encoding-version",
    "h5sparse_format",
    "h5sparse_shape",
    "shape",
)
"""Attributes that say what a matrix or a table of labels is (AnnData, on-disk format)."""

_MOST_VALUES = 8
_LONGEST_TEXT = 1000


class _ServedFile(io.RawIOBase):
    """The file, of which the parent serves ranges.

    Parameters
    ----------
    size : int
        Its size in bytes.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        self._position = max(0, origin[whence] + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        wanted, done = min(len(view), self._size - self._position), 0
        while done < wanted:
            size = min(MOST_READ, wanted - done)
            _write({"read": [self._position + done, size]})
            view[done : done + size] = _read(size)
            done += size
        self._position += max(0, done)
        return max(0, done)


def _write(message: dict[str, Any]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(1, data) :]


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = os.read(0, size - len(data))
        if not more:
            os._exit(0)  # the parent has ended
        data += more
    return data


def _read_line() -> str:
    line = b""
    while not line.endswith(b"\n"):
        line += _read(1)
    return str(json.loads(line))


def _limit() -> None:
    """Limit memory and processor time, and forbid files, sockets and other processes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime) + SECONDS
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    memory = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in ("CORE", "FSIZE", "NOFILE", "NPROC"):
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (0, 0))


def _document(root: Any, path: str) -> dict[str, Any] | None:
    """Return what an object is, as the document of a zarr node; None if there is none.

    Only hard links are followed.
    """
    place = root
    for name in filter(None, path.split("/")):
        key = name.encode("utf-8", "replace")
        if not isinstance(place, h5py.h5g.GroupID) or key not in place:
            return None
        if place.links.get_info(key).type != h5py.h5l.TYPE_HARD:
            return None
        place = h5py.h5o.open(place, key)
    if isinstance(place, h5py.h5g.GroupID):
        return {"zarr_format": 3, "node_type": "group", "attributes": _attributes(place)}
    return _array(place) if isinstance(place, h5py.h5d.DatasetID) else None


def _array(place: Any) -> dict[str, Any] | None:
    """Return the document of an array; None for a virtual dataset, and one without a shape."""
    stored = place.get_create_plist()
    if stored.get_layout() == h5py.h5d.VIRTUAL:  # its shape depends on other files
        return None
    space = place.get_space()
    if space.get_simple_extent_type() == h5py.h5s.NULL:
        return None
    shape = list(space.get_simple_extent_dims())
    chunks = list(stored.get_chunk()) if stored.get_layout() == h5py.h5d.CHUNKED else shape
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": f"r{8 * place.get_type().get_size()}",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
    }


def _attributes(place: Any) -> dict[str, Any]:
    """Return what the attributes of a group say; their texts may be stored far away from it."""
    found: dict[str, Any] = {}
    for name in _ATTRIBUTES:
        if h5py.h5a.exists(place, name.encode()):
            value = _value(h5py.Group(place), name)
            found |= {} if value is None else {name: value}
    return found


def _value(group: Any, name: str) -> Any:
    """Return a short text or a few whole numbers; None for any other value."""
    attribute = h5py.h5a.open(group.id, name.encode())
    kind, space = attribute.get_type(), attribute.get_space()
    if space.get_simple_extent_type() == h5py.h5s.NULL:
        return None
    if space.get_simple_extent_npoints() > _MOST_VALUES:
        return None
    if kind.get_class() == h5py.h5t.INTEGER:
        value = group.attrs[name]
        return [int(each) for each in value] if attribute.shape else int(value)
    if kind.get_class() != h5py.h5t.STRING or attribute.shape:
        return None
    if not kind.is_variable_str() and kind.get_size() > _LONGEST_TEXT:
        return None
    value = group.attrs[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text[:_LONGEST_TEXT]


def main() -> None:
    """Answer the parent until it ends the process."""
    file = _ServedFile(int(sys.argv[1]))
    _limit()
    path = _read_line()  # what follows in the pipe are ranges
    try:
        opened = h5py.File(file, "r")
        root = h5py.h5o.open(opened.id, b"/")
        while True:
            _write({"node": _document(root, path)})
            path = _read_line()
    except MemoryError:
        problem = "memory"
    except Exception as error:  # noqa: BLE001 - damaged files raise any
        problem = "memory" if "alloc" in str(error) else "damaged"
    _write({"problem": problem})
    os._exit(1)  # nothing is to be written, and closing could fail


if __name__ == "__main__":
    main()
