"""Check generated files and injected faults, and count the requests of headers on SeaweedFS.

Run from the checkout: ``python -m benchmarks.headers``. It needs samtools, bcftools, tabix and
Node.js. Writes benchmarks/headers.md.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.signed_in import BUCKET, PREFIX, signed_in
from modos_widgets import open_modo
from modos_widgets.headers import read_headers
from tests.parts.clean_objects import (
    FILES_OF_AN_OBJECT,
    make_clean_object,
    write_archive,
    write_zarr_cells,
)
from tests.parts.hdf5_cells import write_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    Elements = dict[str, dict[str, Any]]
    Fault = Callable[[Path, Elements, str], None]

REPORT = Path(__file__).with_suffix(".md")
OBJECTS = 77
MANY, DELAY = 500, 0.05
SEED, LARGE = 39, 1
"""Three sequences and one sample; 40 sequences and 500 records."""
READS = ("x.bam", "x2.1.cram", "x3.0.cram", "x3.1.cram", "x.sam.gz", "calls.vcf.gz", "calls.bcf")
MATRICES = ("cells.h5ad", "cells.zarr")
FILES = (*READS, *MATRICES)
INDEXES = {
    "x.bam": ".bai",
    "x2.1.cram": ".crai",
    "x3.0.cram": ".crai",
    "x3.1.cram": ".crai",
    "calls.vcf.gz": ".tbi",
    "calls.bcf": ".csi",
}


def empty(folder: Path, _: Elements, name: str) -> None:
    """Remove the content."""
    (folder / name).write_bytes(b"")


def cut(folder: Path, _: Elements, name: str) -> None:
    """Remove the end."""
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-28])


def damage(folder: Path, _: Elements, name: str) -> None:
    """Overwrite a part of the header, behind the magic number."""
    path = folder / name / "zarr.json" if (folder / name).is_dir() else folder / name
    data = bytearray(path.read_bytes())
    data[40:72] = bytes(32)
    path.write_bytes(bytes(data))


def other_content(folder: Path, _: Elements, name: str) -> None:
    """Put an error page in place of the file."""
    (folder / name).write_bytes(b"<html>not found</html>")


def other_labels(folder: Path, _: Elements, name: str) -> None:
    """Write a matrix with fewer labels than rows."""
    if name.endswith(".zarr"):
        write_zarr_cells(folder / name, 9, 4, obs=8)
    else:
        write_cells(folder / name, 9, 4, labels={"obs": 8})


def swap(_: Path, elements: Elements, name: str) -> None:
    """Link to another sample."""
    elements[f"data/{name}"]["has_sample"] = ["sample/other"]


def rename(_: Path, elements: Elements, name: str) -> None:
    """Rename the first sample of the object, so that the one in the file is unknown."""
    elements["sample/s0"]["name"] = "another name"
    only(elements, name)


def other_reference(folder: Path, elements: Elements, name: str) -> None:
    """Link to a reference whose first sequence is longer."""
    text = (folder / "ref.fa").read_text().rstrip() + "ACGT\n"
    (folder / "other.fa").write_text(text)
    elements["reference/other"] = {"@type": "ReferenceGenome", "data_path": "other.fa"}
    elements[f"data/{name}"]["has_reference"] = ["reference/other"]


def other_assembly(_: Path, elements: Elements, name: str) -> None:
    """State another assembly of the reference."""
    elements["reference/r"] |= {"name": "R", "version": "GRCm39"}
    only(elements, name)


def other_species(_: Path, elements: Elements, name: str) -> None:
    """State another species of the samples."""
    elements["sample/s0"]["taxon_id"] = ["NCBITaxon:10090"]
    only(elements, name)


def no_index(folder: Path, _: Elements, name: str) -> None:
    """Remove the index."""
    (folder / (name + INDEXES[name])).unlink()


def foreign_index(folder: Path, _: Elements, name: str) -> None:
    """Put the index of a larger file of another reference in its place."""
    shutil.copy(folder.parent / "large" / (name + INDEXES[name]), folder / (name + INDEXES[name]))


def twice(folder: Path, elements: Elements, name: str) -> None:
    """Name a copy of the file by another element."""
    shutil.copy(folder / name, folder / f"copy-{name}")
    if name in INDEXES:
        shutil.copy(folder / (name + INDEXES[name]), folder / f"copy-{name}{INDEXES[name]}")
    elements["data/copy"] = elements[f"data/{name}"] | {"data_path": f"copy-{name}"}


def only(elements: Elements, name: str) -> None:
    """Remove the other elements that link to the samples and the reference."""
    for element in [each for each in elements if each.startswith("data/")]:
        if element != f"data/{name}":
            del elements[element]


_ALIGNMENTS, _SINGLE = READS[:5], FILES[:-1]
FAULTS: dict[str, tuple[Fault, str, str, tuple[str, ...]]] = {
    "empty": (empty, "file_empty", "", _SINGLE),
    "end cut off": (cut, "file_truncated", "", _SINGLE),
    "damaged header": (damage, "header_unreadable|file_truncated", "", FILES),
    "error page instead": (
        other_content, "wrong_format", "", (*READS[1:4], *READS[5:]),
    ),
    "another sample": (swap, "sample_mismatch", "", READS),
    "unknown sample": (rename, "sample_unknown", "", READS),
    "another reference": (other_reference, "contig_mismatch", "", READS),
    "another assembly": (other_assembly, "assembly_mismatch", "", READS),
    "another species": (other_species, "taxon_mismatch", "sample/s0", _ALIGNMENTS),
    "no index": (no_index, "index_missing", "", tuple(INDEXES)),
    "index of another file": (foreign_index, "index_mismatch", "", tuple(INDEXES)),
    "the same file twice": (twice, "same_content", "data/copy", _SINGLE),
    "fewer labels than rows": (other_labels, "shape_mismatch", "", MATRICES),
}  # fmt: skip
"""Fault to what injects it, the code, the element if it is not that of the file, and formats."""


def found(base: Path, name: str, fault: str) -> str:
    """Inject a fault, and return whether it is found, and what else is."""
    inject, codes, element, _ = FAULTS[fault]
    folder = base.parent / "faulty"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    elements = make_elements(base)
    inject(folder, elements, name)
    write_archive(folder, elements)
    findings = [each for each in open_modo(folder).edit().check_files() if each.severity != "note"]
    places = {element, f"data/{name}"}
    if not any(each.code in codes.split("|") and each.element in places for each in findings):
        return f"**missed** {sorted({each.code for each in findings})}"
    others = {each.code for each in findings if each.element not in places}
    return "found" + (f" ({', '.join(sorted(others))} elsewhere)" if others else "")


ELEMENTS: dict[Path, Elements] = {}


def make_elements(base: Path) -> Elements:
    """Return the elements of a clean object, as a copy."""
    return {name: dict(each) for name, each in ELEMENTS[base].items()}


def false_alarms(scratch: Path) -> tuple[int, int, float]:
    """Check clean objects; return the numbers of files and findings, and the seconds."""
    files = alarms = 0
    seconds = 0.0
    for seed in range(OBJECTS):
        folder = scratch / "clean" / str(seed)
        write_archive(folder, make_clean_object(folder, seed))
        begin = time.perf_counter()
        alarms += len(open_modo(folder).edit().check_files())
        seconds += time.perf_counter() - begin
        files += FILES_OF_AN_OBJECT
        shutil.rmtree(folder)
    return files, alarms, seconds


def on_seaweedfs(base: Path, scratch: Path) -> list[str]:
    """Check an object on SeaweedFS with temporary keys, and return rows of the report."""
    with signed_in(base, scratch) as place:
        modo = open_modo(f"s3://{BUCKET}/{PREFIX}", endpoint=place.url)
        draft = modo.edit()
        place.proxy.reset()
        before = place.answered["bytes"]
        draft.check_files()
        what = f"one object: {FILES_OF_AN_OBJECT} files, {len(INDEXES)} indexes and a .fai"
        received = place.answered["bytes"] - before
        rows = [f"| {what} | {place.proxy.count()} | {received:,} | {place.proxy.round_trips} | |"]
        sizes = {entry.name: entry.size for entry in modo.storage.files()}
        files = [modo.storage.ranges(name, sizes[name]) for name in islice(cycle(READS), MANY)]
        read_headers(files[: len(READS)])  # connections and the key
        place.proxy.reset()
        place.proxy.delay = DELAY
        before, begin = place.answered["bytes"], time.perf_counter()
        headers = read_headers(files)
        seconds = time.perf_counter() - begin
        assert all(header.complete for header in headers)
        rows.append(
            f"| headers of {MANY} files, each answer {DELAY * 1000:.0f} ms later | "
            f"{place.proxy.count()} | {place.answered['bytes'] - before:,} | "
            f"{place.proxy.round_trips} | {seconds:.1f} |"
        )
        return rows


def main() -> None:
    """Measure, and write the report."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for kind in ("CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(scratch / kind.lower())
        files, alarms, seconds = false_alarms(scratch)
        base, large = scratch / "base", scratch / "large"
        ELEMENTS[base] = make_clean_object(base, SEED)
        make_clean_object(large, LARGE)
        table = [
            f"| {fault} | "
            + " | ".join(
                found(base, each, fault) if each in FAULTS[fault][3] else "" for each in FILES
            )
            + " |"
            for fault in FAULTS
        ]
        write_archive(base, ELEMENTS[base])
        requests = on_seaweedfs(base, scratch)
    lines = [
        "# Headers: files checked, faults found, requests",
        "",
        (
            f"Written by `python -m benchmarks.headers`: {os.cpu_count()} cores, one run beside "
            "other work. samtools, bcftools, tabix, h5py and zarr made the files."
        ),
        "",
        (
            f"**Clean files.** {files:,} generated files in {OBJECTS} objects (1 to 40 sequences, "
            "1 to 4 samples with odd names, four ways to name the assembly, 0 to 500 records): "
            f"{alarms} findings, in {seconds:.1f} s."
        ),
        "",
        "**Faults.** An empty cell means that the format cannot show the fault.",
        "",
        f"| fault | {' | '.join(FILES)} |",
        f"|---|{'---|' * len(FILES)}",
        *table,
        "",
        "**Requests** on SeaweedFS with temporary keys of a sign-in.",
        "",
        "| what | requests | bytes | round trips | s |",
        "|---|---:|---:|---:|---:|",
        *requests,
        "",
    ]
    REPORT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
