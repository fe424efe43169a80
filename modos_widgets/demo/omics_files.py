"""Small files in omics formats that readers of these formats accept.

The same arguments always produce the same bytes.
Source: mzTab 1.0.0 from HUPO-PSI.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BASES = bytes(b"ACGT"[value & 3] for value in range(256))


def noise(seed: str, size: int) -> bytes:
    """Return `size` bytes that look random and are determined by the seed (SHAKE-256)."""
    return hashlib.shake_256(seed.encode()).digest(size)


def bases(seed: str, length: int) -> str:
    """Return a made-up DNA sequence."""
    return noise(seed, length).translate(_BASES).decode()


def fasta(sequences: Mapping[str, str], width: int = 60) -> tuple[bytes, bytes]:
    """Return a FASTA file and its ``.fai`` index."""
    text, index = bytearray(), []
    for name, sequence in sequences.items():
        text += f">{name}\n".encode()
        index.append(f"{name}\t{len(sequence)}\t{len(text)}\t{width}\t{width + 1}\n")
        lines = (sequence[start : start + width] for start in range(0, len(sequence), width))
        text += "".join(f"{line}\n" for line in lines).encode()
    return bytes(text), "".join(index).encode()


def mztab(title: str, samples: Sequence[str], seed: str, count: int) -> bytes:
    """Return an mzTab 1.0.0 file with `count` proteins."""
    rows = [
        ["MTD", "mzTab-version", "1.0.0"],
        ["MTD", "mzTab-mode", "Summary"],
        ["MTD", "mzTab-type", "Quantification"],
        ["MTD", "description", title],
        ["MTD", "protein_search_engine_score[1]", "[MS, MS:1001171, Mascot:score, ]"],
        ["MTD", "protein-quantification_unit", "[PRIDE, PRIDE:0000393, Relative unit, ]"],
    ]
    rows += [["MTD", f"sample[{n}]-description", name] for n, name in enumerate(samples, 1)]
    abundances = [f"protein_abundance_assay[{n}]" for n in range(1, len(samples) + 1)]
    rows += [[], ["PRH", "accession", "description", "taxid", "species", *abundances]]
    values = noise(seed, count * (4 + len(samples)))
    for number in range(count):
        part = values[number * (4 + len(samples)) :][: 4 + len(samples)]
        accession = f"P{10000 + int.from_bytes(part[:2], 'big') % 89999}"
        figures = [f"{1000 + value * 137}.{value % 10}" for value in part[4:]]
        species = ["9606", "Homo sapiens (Human)"]
        rows.append(["PRT", accession, f"Made-up protein {number + 1}", *species, *figures])
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def table(columns: Sequence[str], rows: Sequence[str], seed: str) -> bytes:
    """Return a TSV file of whole numbers with a first column of names."""
    values = noise(seed, 2 * len(columns) * len(rows))
    lines = ["\t".join(["gene", *columns])]
    for number, name in enumerate(rows):
        start = number * len(columns)
        figures = [
            str(int.from_bytes(values[2 * at : 2 * at + 2], "big") % 4096)
            for at in range(start, start + len(columns))
        ]
        lines.append("\t".join([name, *figures]))
    return ("\n".join(lines) + "\n").encode()


def report(facts: Mapping[str, object]) -> bytes:
    """Return a JSON report."""
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()
