"""Measure a sheet of 100,000 rows x 20 columns on its way out and back, beside pandas.

``python benchmarks/sheets.py [ROWS]`` prints seconds of CPU and peak memory of each step, each in
a process of its own. pandas needs openpyxl, which only this comparison uses.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 100_000
COLUMNS = 20


def make_object(folder: Path, rows: int) -> None:
    """Write an object with `rows` samples of 20 attributes, as zarr-python writes it."""
    kind = {"kind": "inline", "must_understand": False}
    nodes = {
        group: {"attributes": {}, "zarr_format": 3, "node_type": "group"}
        for group in ("assay", "data", "reference", "sample", "sequence")
    }
    for number in range(rows):
        attributes = {"@type": "Sample", "name": f"Sample {number}", "sex": "Male"}
        attributes |= {f"field_{place}": f"value {number % 997} {place}" for place in range(15)}
        attributes |= {"age": number % 90, "taxon_id": ["NCBITaxon:9606"]}
        node = {"attributes": attributes, "zarr_format": 3, "node_type": "group"}
        nodes[f"sample/s{number:06}"] = node
    root = {
        "attributes": {
            "@type": "MODO",
            "id": "study",
            "creation_date": "2026-01-01T00:00:00Z",
            "last_update_date": "2026-01-01T00:00:00Z",
        },
        "zarr_format": 3,
        "node_type": "group",
        "consolidated_metadata": {**kind, "metadata": nodes},
    }
    archive = folder / "data.zarr"
    archive.mkdir(parents=True)
    (archive / "zarr.json").write_text(json.dumps(root))


def measured(step: Callable[..., None], *arguments: object) -> tuple[float, float]:
    """Run a step in a process of its own; return seconds of CPU and MiB of peak memory."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_run, (step, arguments))


def _run(step: Callable[..., None], arguments: tuple[object, ...]) -> tuple[float, float]:
    begin = time.process_time()
    step(*arguments)
    used = time.process_time() - begin
    return used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def export_ours(folder: Path, sheet: Path) -> None:
    from modos_widgets import export_sheet  # noqa: PLC0415 - its import counts

    export_sheet(folder, sheet)


def import_ours(folder: Path, sheet: Path) -> None:
    from modos_widgets import import_sheet  # noqa: PLC0415

    assert import_sheet(sheet, folder).rows() == []


def export_pandas(folder: Path, sheet: Path) -> None:
    from modos_widgets import open_modo  # noqa: PLC0415

    frame = (
        open_modo(folder).frame().map(lambda cell: str(cell) if isinstance(cell, list) else cell)
    )
    frame.to_excel(sheet, engine="openpyxl")


def import_pandas(_folder: Path, sheet: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    assert len(pd.read_excel(sheet, engine="openpyxl"))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        make_object(folder, rows)
        print(f"{rows:,} rows x {COLUMNS} columns")
        steps = [
            ("export xlsx", export_ours, "a.xlsx"),
            ("import xlsx", import_ours, "a.xlsx"),
            ("export csv", export_ours, "a.csv"),
            ("import csv", import_ours, "a.csv"),
        ]
        if "--ours" not in sys.argv:
            steps += [
                ("pandas with openpyxl, out", export_pandas, "p.xlsx"),
                ("pandas with openpyxl, back", import_pandas, "p.xlsx"),
            ]
        for title, step, sheet in steps:
            seconds, memory = measured(step, folder, Path(name) / sheet)
            print(f"{title:<28} {seconds:6.1f} s CPU {memory:6.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
