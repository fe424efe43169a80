"""Headers of HDF5 files, such as those of AnnData (h5ad): shape and labels of the matrix."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Self

from modos_widgets.archive import parse_node
from modos_widgets.headers.header_stream import (
    LONGEST_SECONDS,
    HeaderError,
    UnsupportedHeaderError,
)
from modos_widgets.headers.matrix_nodes import matrix_header, read_matrix_nodes

if TYPE_CHECKING:
    from types import TracebackType

    from modos_widgets.archive import Node
    from modos_widgets.headers.file_header import FileHeader
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_hdf5"]

BLOCK = 32 * 1024
"""Number of bytes of a request. Metadata are spread over the file, in pieces of a few KiB."""

MOST_BYTES = 2 * 2**20
"""Maximum number of bytes of a file that are read beyond its head, and so of 64 requests."""

CONCURRENT_PARSERS: Final = 4
"""Maximum number of processes that parse files at the same time."""

_PROGRAM = "modos_widgets.headers.hdf5_parser"
_MOST_READ = 32 * 1024  # of the program, which only a process with h5py can import
_MOST_SECONDS = 60  # without a message; an overloaded computer may start the program slowly
_MOST_ANSWER = 64 * 1024

_VERSION = 8  # place of the version of the superblock, behind the magic
_CLASSIC = 2  # from this version on, the superblock has another layout
_LATEST = 3

_parsers = threading.BoundedSemaphore(CONCURRENT_PARSERS)


def read_hdf5(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with the shape, chunks and labels of the matrix of an HDF5 file.

    The metadata of the file are parsed by h5py, in a process of its own (`hdf5_parser`).
    """
    end = _stated_end(stream.head)
    if stream.ranges.size < end:
        message = f"The file has {stream.ranges.size:,} bytes, and its head states {end:,}."
        return replace(header, truncated=message)
    if not sys.platform.startswith("linux") or not sys.executable:
        raise UnsupportedHeaderError("HDF5 files are read on Linux only.")
    if find_spec("h5py") is None:
        raise UnsupportedHeaderError(
            "It was not read, because h5py is missing: pip install 'modos-widgets[genomics]'."
        )
    with _parsers, _Parser(stream) as parser:
        root = parser.node("")
        if root is None:
            raise _damaged()
        return matrix_header(header, read_matrix_nodes(root, parser.node))


def _stated_end(head: bytes) -> int:
    """Return where the data end, as the superblock states it; 0 if it states nothing.

    Source: HDF5 file format specification 3.0, section II.A.
    """
    version = head[_VERSION] if len(head) > _VERSION else _LATEST + 1
    if version > _LATEST:
        raise UnsupportedHeaderError(f"The version {version} of HDF5 is not supported.")
    size = head[13 if version < _CLASSIC else 9]
    first = (24, 28, 12, 12)[version]
    addresses = [head[first + n * size : first + (n + 1) * size] for n in range(3)]
    base, end = (int.from_bytes(addresses[n], "little") for n in (0, 2))
    is_known = len(addresses[2]) == size and addresses[2] != b"\xff" * size
    return base + end if is_known and base < end else 0


def _damaged() -> HeaderError:
    return HeaderError("The metadata of the HDF5 file are damaged.")


class _Parser:
    """Process that parses a file, of which it is served ranges; killed at the end.

    Parameters
    ----------
    stream : HeaderStream
        The file, whose first bytes are read.
    """

    def __init__(self, stream: HeaderStream) -> None:
        self._stream = stream
        self._blocks: dict[int, bytes] = {}
        self._received = b""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", _PROGRAM, str(self._stream.ranges.size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            # nothing of the environment: it may hold keys
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONDONTWRITEBYTECODE": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            cwd="/",
            start_new_session=True,  # Ctrl-C is sent to the parent only
        )
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def node(self, path: str) -> Node | None:
        """Return an object of the file; None if there is none.

        Raises
        ------
        HeaderError
            The file is damaged, or costs too much.
        """
        self._send(json.dumps(path).encode() + b"\n")
        while True:
            self._stream.check_limits()
            message = self._receive()
            if "read" in message:
                self._send(self._range(message["read"]))
            elif "node" in message:
                document = message["node"]
                return parse_node(path, document) if isinstance(document, dict) else None
            elif message.get("problem") == "memory":
                raise HeaderError("Reading the header takes more than 64 MiB of memory.")
            else:
                raise _damaged()

    def _range(self, wanted: Any) -> bytes:
        """Return a range of the file, from blocks that are read once."""
        match wanted:
            case [int(begin), int(size)] if begin >= 0 and 0 < size <= _MOST_READ:
                end = begin + size
            case _:
                raise _damaged()
        head = self._stream.head
        if end <= len(head):
            return head[begin:end]
        first, last = begin // BLOCK, (end - 1) // BLOCK
        data = b"".join(self._block(number) for number in range(first, last + 1))
        part = data[begin - first * BLOCK :][:size]
        if len(part) < size:
            raise _damaged()
        return part

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) * BLOCK >= MOST_BYTES:
                raise UnsupportedHeaderError(
                    f"The metadata of the file are spread over more than {MOST_BYTES // 2**20} MiB."
                )
            block = self._stream.ranges.read(number * BLOCK, (number + 1) * BLOCK)
            self._blocks[number] = block
        return block

    def _send(self, data: bytes) -> None:
        while data:
            self._wait_for(self._input, select.POLLOUT)
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise self._ended() from None

    def _receive(self) -> dict[str, Any]:
        """Return the next message of the process, which is not trusted."""
        while b"\n" not in self._received:
            self._wait_for(self._output, select.POLLIN)
            data = os.read(self._output, _MOST_ANSWER)
            self._received += data
            if not data or len(self._received) > _MOST_ANSWER:
                raise self._ended()
        line, _, self._received = self._received.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError:
            raise _damaged() from None
        return message if isinstance(message, dict) else {}

    def _wait_for(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(_MOST_SECONDS * 1000):
            raise HeaderError(f"Reading the header takes more than {_MOST_SECONDS} s.")

    def _ended(self) -> HeaderError:
        """Return why the process ended."""
        try:
            code = self._process.wait(_MOST_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code == -signal.SIGXCPU:
            return HeaderError(f"Reading the header takes more than {LONGEST_SECONDS:g} s.")
        return _damaged()
