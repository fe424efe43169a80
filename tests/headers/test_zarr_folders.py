"""Zarr archives in folders: shape, chunks and labels, from their metadata documents only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import zarr

from modos_widgets.headers import read_zarr_header
from modos_widgets.headers.zarr_folders import LARGEST_DOCUMENTS
from modos_widgets.storage import LocalRanges

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.storage import Ranges


def opener(folder: Path, opened: list[str] | None = None) -> Callable[[str], Ranges]:
    def open_file(name: str) -> Ranges:
        ranges = LocalRanges(folder / name)
        if opened is not None:
            opened.append(name)
        return ranges

    return open_file


def write_cells(folder: Path, zarr_format: Any, *, sparse: bool = False) -> None:
    """Write a matrix as AnnData does: 6 cells, 4 genes, labels in tables."""
    root = zarr.create_group(
        folder, zarr_format=zarr_format, attributes={"encoding-type": "anndata"}
    )
    if sparse:
        root.create_group("X", attributes={"encoding-type": "csr_matrix", "shape": [6, 4]})
        root.create_array("X/data", shape=(9,), dtype="f4")
    else:
        root.create_array("X", shape=(6, 4), chunks=(3, 4), dtype="f4")
    for axis, count, index in (("obs", 6, "barcode"), ("var", 4, "_index")):
        root.create_group(axis, attributes={"encoding-type": "dataframe", "_index": index})
        root.create_array(f"{axis}/{index}", shape=(count,), dtype="i4")


@pytest.mark.filterwarnings("ignore:Consolidated metadata")  # of zarr, for format 3
@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.parametrize("zarr_format", [3, 2])
def test_shape_chunks_and_labels(tmp_path: Path, zarr_format: Any, *, consolidated: bool) -> None:
    write_cells(tmp_path, zarr_format)
    if consolidated:
        zarr.consolidate_metadata(tmp_path, zarr_format=zarr_format)
    opened: list[str] = []
    header = read_zarr_header("cells.zarr", opener(tmp_path, opened))
    assert header.complete
    assert (header.shape, header.chunks) == ((6, 4), (3, 4))
    assert (header.obs_shape, header.var_shape) == (6, 4)
    assert header.summary() == f"Zarr {zarr_format}, anndata, 6 x 4, chunks of 3 x 4"
    if consolidated:
        assert opened == ["zarr.json" if zarr_format == 3 else ".zmetadata"]
    assert all(name.rpartition("/")[2].startswith((".z", "zarr.json")) for name in opened)


def test_a_sparse_matrix_and_a_bare_array(tmp_path: Path) -> None:
    write_cells(tmp_path / "cells", 3, sparse=True)
    sparse = read_zarr_header("cells.zarr", opener(tmp_path / "cells"))
    assert (sparse.shape, sparse.chunks, sparse.obs_shape) == ((6, 4), (), 6)
    zarr.create_array(tmp_path / "image", shape=(5, 6, 7), chunks=(1, 6, 7), dtype="u1")
    image = read_zarr_header("image.zarr", opener(tmp_path / "image"))
    assert image.summary() == "Zarr 3, 5 x 6 x 7, chunks of 1 x 6 x 7"
    assert (image.obs_shape, image.var_shape) == (None, None)


@pytest.mark.parametrize(
    "name",
    ["../secret", "a/b", "..", "", 7, None],
    ids=["up", "below", "dots", "no", "int", "null"],
)
def test_labels_are_not_read_from_elsewhere(tmp_path: Path, name: object) -> None:
    write_cells(tmp_path / "cells", 3)
    zarr.create_array(tmp_path / "cells" / "secret", shape=(99,), dtype="i4")
    table: Any = zarr.open_group(tmp_path / "cells" / "obs")
    table.attrs["_index"] = name
    opened: list[str] = []
    header = read_zarr_header("cells.zarr", opener(tmp_path / "cells", opened))
    assert header.obs_shape is None
    assert {each.count("/") for each in opened} <= {0, 1, 2}
    assert not any(".." in each for each in opened)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "invalid"),
        (b'{"zarr_format": 4, "node_type": "group"}', "invalid"),
        (b'{"zarr_format": 3, "node_type": "array", "shape": [-1]}', "invalid"),
        (b" " * (LARGEST_DOCUMENTS + 1), "larger than 8 MiB"),
    ],
    ids=["empty", "deep", "list", "bare", "version", "array", "large"],
)
def test_damaged_documents_are_a_problem_and_no_error(
    tmp_path: Path, document: bytes, problem: str
) -> None:
    (tmp_path / "zarr.json").write_bytes(document)
    header = read_zarr_header("cells.zarr", opener(tmp_path))
    assert problem in header.problem
    assert header.summary().startswith("Zarr: ")
    assert header.unsupported == (problem == "larger than 8 MiB")
    (tmp_path / "zarr.json").unlink()
    (tmp_path / ".zmetadata").write_bytes(document)
    assert read_zarr_header("cells.zarr", opener(tmp_path)).problem


def test_a_folder_without_metadata_and_damaged_parts(tmp_path: Path) -> None:
    header = read_zarr_header("cells.zarr", opener(tmp_path))
    assert header.problem == "The folder has no zarr metadata."
    write_cells(tmp_path, 3)
    (tmp_path / "X" / "zarr.json").write_text("{")
    (tmp_path / "obs" / "zarr.json").write_text(json.dumps({"shape": 1}))
    header = read_zarr_header("cells.zarr", opener(tmp_path))
    assert header.complete
    assert (header.shape, header.obs_shape, header.var_shape) == ((), None, 4)
