"""Measure a sheet of 100,000 rows x 20 columns on its way out and back, beside pandas.

Run from the checkout: ``python -m benchmarks.sheets [ROWS]``. Each step is a process of its own;
its CPU and peak memory are those of the whole process, imports included. pandas with openpyxl is
taken from the peers' Python (benchmarks/peers.lock); without it, its rows are left out. Writes
benchmarks/sheets.md.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

from benchmarks import programs

REPORT = Path(__file__).with_suffix(".md")
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


OURS = {
    "out": """
        import json, sys; from modos_widgets import export_sheet
        export_sheet(*json.loads(sys.argv[1]))
    """,
    "back": """
        import json, sys; from modos_widgets import import_sheet
        folder, sheet = json.loads(sys.argv[1])
        assert import_sheet(sheet, folder).rows() == []
    """,
}

PANDAS = {
    "out": """
        import json, sys; import pandas as pd
        folder, sheet = json.loads(sys.argv[1])
        root = json.load(open(folder + "/data.zarr/zarr.json"))
        nodes = root["consolidated_metadata"]["metadata"]
        rows = {key: node["attributes"] for key, node in nodes.items() if "/" in key}
        for row in rows.values():
            row["taxon_id"] = ", ".join(row["taxon_id"])
        pd.DataFrame.from_dict(rows, orient="index").to_excel(sheet, engine="openpyxl")
    """,
    "back": """
        import json, sys; import pandas as pd
        assert len(pd.read_excel(json.loads(sys.argv[1])[1], engine="openpyxl"))
    """,
}


def main() -> None:
    """Measure, and write the report."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    lines = []
    peer = programs.PEERS / "python"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        make_object(folder, rows)
        jobs = [("modos_widgets", OURS, sys.executable, kind) for kind in ("xlsx", "csv", "tsv")]
        if peer.exists():
            jobs.append(("pandas with openpyxl", PANDAS, str(peer), "xlsx"))
        for who, steps, python, kind in jobs:
            sheet = Path(name) / f"{who}.{kind}"
            for step, code in steps.items():
                arguments = json.dumps([str(folder), str(sheet)])
                cost = programs.run([python, "-c", dedent(code), arguments])
                figures = (f"{cost.cpu:.1f}", f"{cost.seconds:.1f}", f"{cost.mebibytes:.0f}")
                lines.append(f"| {' | '.join((who, kind, step, *figures))} |")
                print(lines[-1], flush=True)
    about = (
        f"`python -m benchmarks.sheets`: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, one run on a shared machine. An object with {rows:,} "
        f"elements of {COLUMNS} attributes is exported, and the untouched sheet is imported again. "
        "Each step is a process of its own: CPU and peak memory are those of the whole process, "
        "imports included."
    )
    remark = (
        "pandas writes and reads the cells only. Ours adds the lists, the comments and the stamp; "
        "the import compares every cell with the stamp, and builds a draft."
    )
    head = ["| who | kind | step | CPU s | s | peak MiB |", "|---|---|---|---:|---:|---:|"]
    text = ["# Sheets: measured", "", about, "", *head, *lines, "", remark, ""]
    REPORT.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
