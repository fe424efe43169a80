"""Records in a file that a service sends."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pysam

from modos_widgets.headers import read_header
from modos_widgets.regions import Locus, served_records
from modos_widgets.regions.records import alignment_frame
from modos_widgets.regions.small_files import bam_head

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONTIGS = 40_000


def test_a_header_of_many_blocks_is_read_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contigs = [{"SN": f"contig{number}", "LN": 1000} for number in range(CONTIGS)]
    path = tmp_path / "reads.bam"
    with pysam.AlignmentFile(str(path), "wb", header={"HD": {"VN": "1.6"}, "SQ": contigs}) as file:
        read = pysam.AlignedSegment(file.header)
        read.query_name, read.query_sequence = "r1", "ACGT"
        read.reference_id, read.reference_start = CONTIGS - 1, 5
        read.cigarstring = "4M"
        file.write(read)
    sizes: list[int] = []
    header_end = served_records._header_end

    def counted(kind: str, data: bytearray) -> int | None:
        sizes.append(len(data))
        return header_end(kind, data)

    monkeypatch.setattr(served_records, "_header_end", counted)
    header = read_header(path)

    pieces = served_records.served_records("reads.bam", header, path.read_bytes(), 2**20)
    frame = alignment_frame(
        "reads.bam", chain([bam_head(header)], pieces), Locus(f"contig{CONTIGS - 1}", 0, 1000)
    )

    assert list(frame["name"]) == ["r1"]
    assert sizes[-1] > 20 * 2**16
    assert sum(sizes) < 4 * sizes[-1]
