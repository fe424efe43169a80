"""HDF5 files: shape and labels of matrices, parsed in a process with limits."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modos_widgets.headers import hdf5_files, read_header
from modos_widgets.headers.hdf5_files import BLOCK, MOST_BYTES
from modos_widgets.headers.hdf5_parser import MEMORY, MOST_READ
from modos_widgets.headers.header_stream import FIRST_BLOCK
from modos_widgets.storage import BytesRanges, LocalRanges
from tests.parts.checkout import ROOT
from tests.parts.hdf5_cells import write_cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.headers import FileHeader

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")


class CountedRanges(LocalRanges):
    """Ranges of a file, with what was read of them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reads: list[tuple[int, int]] = []

    def read(self, begin: int, end: int) -> bytes:
        self.reads.append((begin, end))
        return super().read(begin, end)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("hdf5") / "cells.h5ad"
    write_cells(path)
    return path.read_bytes()


def read(data: bytes) -> FileHeader:
    return read_header(BytesRanges("cells.h5ad", data))


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("sparse", [False, True])
def test_shape_chunks_and_labels(tmp_path: Path, libver: str, *, sparse: bool) -> None:
    options: dict[str, Any] = {} if sparse else {"chunks": (3, 4), "compression": "gzip"}
    path = tmp_path / "cells.h5ad"
    write_cells(path, sparse=sparse, libver=libver, labels={"var": 3}, **options)
    header = read_header(path)
    assert header.complete
    assert (header.shape, header.obs_shape, header.var_shape) == ((6, 4), 6, 3)
    shown = "" if sparse else ", chunks of 3 x 4"
    assert header.summary() == f"HDF5, anndata 0.1.0, 6 x 4{shown}"


def test_labels_of_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "cells.h5ad"
    write_cells(path)
    with h5py.File(path, "r+") as file:
        for axis, encoding, part in (
            ("obs", "nullable-string-array", "values"),
            ("var", "categorical", "codes"),
        ):
            del file[axis]
            labels = file.create_group(f"{axis}/_index")
            labels.attrs["encoding-type"] = encoding
            labels[part] = np.zeros(7, "i4")
    header = read_header(path)
    assert (header.obs_shape, header.var_shape) == (7, 7)


def test_files_of_old_versions_of_anndata(tmp_path: Path) -> None:
    """Before 0.7, labels were in a table of records, and the shape of a sparse matrix elsewhere."""
    path = tmp_path / "cells.h5ad"
    with h5py.File(path, "w") as file:
        file.create_group("X").attrs["h5sparse_format"] = "csr"
        file["X"].attrs["h5sparse_shape"] = [6, 4]
        file["obs"] = np.zeros(6, [("index", "S5"), ("age", "f4")])
        file["var"] = np.zeros(3, [("index", "S5")])
    header = read_header(path)
    assert (header.shape, header.obs_shape, header.var_shape) == ((6, 4), 6, 3)


def test_other_hdf5_files_are_recognized(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["matrix"] = np.zeros((2, 3))
    header = read_header(tmp_path / "other.h5")
    assert header.complete
    assert header.summary() == "HDF5"
    assert (header.shape, header.obs_shape) == ((), None)


def test_few_parts_of_a_large_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.h5ad"
    write_cells(path, 40_000, 200, columns=30, chunks=(1000, 200))
    ranges = CountedRanges(path)
    header = read_header(ranges)
    assert (header.shape, header.obs_shape, header.var_shape) == ((40_000, 200), 40_000, 200)
    assert ranges.reads[0] == (0, FIRST_BLOCK)
    assert len(ranges.reads) <= 12
    assert sum(end - begin for begin, end in ranges.reads[1:]) <= 12 * BLOCK


def test_a_file_without_its_end_is_truncated(whole: bytes) -> None:
    for size in (len(whole) - 1, len(whole) // 2, 200):
        assert "its head states" in read(whole[:size]).truncated
    assert not read(whole[:16]).complete
    assert not read(whole + b"more").truncated


def test_a_newer_version_is_not_checked(whole: bytes) -> None:
    header = read(whole[:8] + b"\x09" + whole[9:])
    assert header.unsupported
    assert "version 9" in header.problem


def test_without_h5py_the_extra_is_named(whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_files, "find_spec", lambda _: None)
    header = read(whole)
    assert header.unsupported
    assert header.format == "HDF5"
    assert "pip install 'modos-widgets[genomics]'" in header.problem
    assert "its head states" in read(whole[:-1]).truncated


def external(file: Any) -> None:
    del file["X"]
    file["X"] = h5py.ExternalLink("/etc/hostname", "/X")


def soft_loop(file: Any) -> None:
    del file["X"], file["obs"]
    file["X"] = h5py.SoftLink("/obs")
    file["obs"] = h5py.SoftLink("/X")


def hard_loop(file: Any) -> None:
    del file["obs"], file["X"]
    group = file.create_group("obs")
    group["_index"] = group
    file["X"] = group


def virtual(file: Any) -> None:
    del file["X"]
    layout = h5py.VirtualLayout((6, 4), "f4", maxshape=(None, 4))
    source = h5py.VirtualSource("/etc/hostname", "X", (6, 4), maxshape=(None, 4))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("X", layout)


def elsewhere(file: Any) -> None:
    del file["X"]
    file.create_dataset("X", (6, 4), "u1", external=[("/etc/hostname", 0, 24)])


def deep(file: Any) -> None:
    group = file
    for _ in range(2000):
        group = group.create_group("g")
    file["obs"].attrs["_index"] = "/".join(["g"] * 2000)


def many_groups(file: Any) -> None:
    for number in range(20_000):
        file.create_group(f"g{number:06}")


def long_text(file: Any) -> None:
    file["obs"].attrs["_index"] = "x" * (200 * 2**20)


def fixed_text(file: Any) -> None:
    file["obs"].attrs["_index"] = np.bytes_(b"x" * 60_000)


def odd_values(file: Any) -> None:
    file.attrs["encoding-type"] = np.zeros(5000, "i4")
    file.attrs["encoding-version"] = h5py.Empty("f4")
    file["obs"].attrs["_index"] = np.array([1.5, 2.5])
    file["var"].attrs["_index"] = file.ref
    file["X"].attrs["shape"] = "6"


def names(file: Any) -> None:
    for axis, name in (("obs", "../X"), ("var", "\udc80")):
        file[axis].attrs["_index"] = name.encode("utf-8", "surrogateescape")


def null(file: Any) -> None:
    del file["X"]
    file["X"] = h5py.Empty("f4")


def datatype(file: Any) -> None:
    del file["X"]
    file["X"] = np.dtype("f4")


def huge(file: Any) -> None:
    del file["X"]
    file.create_dataset("X", (2**62, 2**62), "u1", chunks=(2**10, 2**10))


HOSTILE: dict[str, tuple[Callable[[Any], None], tuple[int, ...], int | None]] = {
    "external link": (external, (), 6),
    "loop of soft links": (soft_loop, (), None),
    "loop of hard links": (hard_loop, (), None),
    "virtual dataset": (virtual, (), 6),
    "values in another file": (elsewhere, (6, 4), 6),
    "deep groups": (deep, (6, 4), None),
    "many groups": (many_groups, (6, 4), 6),
    "long text": (long_text, (), None),
    "text of a fixed length": (fixed_text, (6, 4), None),
    "values of other types": (odd_values, (6, 4), None),
    "names of elsewhere": (names, (6, 4), None),
    "no value": (null, (), 6),
    "type": (datatype, (), 6),
    "huge shape": (huge, (2**62, 2**62), 6),
}
"""What is hostile to how it is made, and the shape and the labels that are read."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_lead_nowhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cells.h5ad"
    write_cells(path)
    change, shape, labels = HOSTILE[name]
    with h5py.File(path, "r+", libver="latest") as file:
        change(file)
    ranges = CountedRanges(path)
    header = read_header(ranges)
    assert (header.shape, header.obs_shape) == (shape, labels)
    assert header.summary().isprintable()
    assert sum(end - begin for begin, end in ranges.reads) <= MOST_BYTES + FIRST_BLOCK


@given(
    edits=st.lists(st.tuples(st.integers(8, 14_000), st.binary(max_size=8)), max_size=6),
    end=st.floats(0.9, 1),
)
@settings(max_examples=40, deadline=None)
def test_damaged_files_are_read_without_a_crash(
    whole: bytes, edits: list[tuple[int, bytes]], end: float
) -> None:
    data = bytearray(whole)
    for place, new in edits:
        data[place : place + len(new)] = new
    header = read(bytes(data[: int(len(data) * end)]))
    assert header.format == "HDF5"
    header.summary()


PROGRAM = """
import socket, sys
from pathlib import Path
from modos_widgets.headers import hdf5_parser
status = open("/proc/self/status")
def peak():
    status.seek(0)
    return int(next(line for line in status if line.startswith("VmHWM:")).split()[1])
bare = peak()
hdf5_parser._limit()
if sys.argv[1] == "memory":
    for size in range(1, 200):
        kept = b"x" * (size * 2**20)
        print((peak() - bare) // 1024, flush=True)
elif sys.argv[1] == "time":
    while True:
        pass
elif sys.argv[1] == "file":
    open("/etc/hostname")
elif sys.argv[1] == "socket":
    socket.socket()
"""


def limited(what: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, what]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_process_has_no_more_memory_than_its_limit() -> None:
    done = limited("memory")
    assert "MemoryError" in done.stderr
    taken = max(map(int, done.stdout.split()))
    assert 16 <= taken <= MEMORY // 2**20


def test_the_process_ends_when_it_takes_too_long() -> None:
    assert limited("time").returncode == -signal.SIGXCPU


@pytest.mark.parametrize("what", ["file", "socket"])
def test_the_process_opens_no_file_and_no_socket(what: str) -> None:
    assert "Too many open files" in limited(what).stderr


def processes() -> list[psutil.Process]:
    """Return the processes that parse files."""
    return [each for each in psutil.Process().children() if "hdf5_parser" in each.cmdline()[-2]]


def test_the_process_knows_no_secret_and_is_killed(
    whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    environments: list[dict[str, str]] = []

    class Watched(BytesRanges):
        def read(self, begin: int, end: int) -> bytes:
            environments.extend(process.environ() for process in processes())
            return super().read(begin, end)

    monkeypatch.setattr("modos_widgets.headers.header_stream.FIRST_BLOCK", 512)
    assert read_header(Watched("cells.h5ad", whole)).complete
    assert environments
    assert not any("a-secret" in each.values() for each in environments)
    assert not processes()


def test_a_request_that_fails_is_an_error_and_leaves_no_process(
    whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modos_widgets.headers.header_stream.FIRST_BLOCK", 512)

    class Failing(BytesRanges):
        def read(self, begin: int, end: int) -> bytes:
            if end > 512:
                raise ConnectionError("lost")
            return super().read(begin, end)

    data = bytes(whole) + bytes(BLOCK)
    with pytest.raises(ConnectionError):
        read_header(Failing("cells.h5ad", data))
    assert not processes()


def test_both_sides_agree_on_the_size_of_a_range() -> None:
    assert hdf5_files._MOST_READ == MOST_READ
