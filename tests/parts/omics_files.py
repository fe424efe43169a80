"""Files of every format, made by samtools, bcftools and tabix."""

from __future__ import annotations

import hashlib
import random
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
CONTIGS = {"chr1": 3000, "chr2": 1500, "chrM": 600}


@dataclass(frozen=True)
class Study:
    """Files of a small study: reference, alignments and variants of the samples NA1 and Ünï.

    Attributes
    ----------
    folder : pathlib.Path
        Where they are.
    sequences : dict of str to str
        The contigs of the reference.
    """

    folder: Path
    sequences: dict[str, str]

    def path(self, name: str) -> Path:
        return self.folder / name

    def data(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def md5(self, contig: str) -> str:
        data = self.sequences[contig].encode()
        return hashlib.md5(data, usedforsecurity=False).hexdigest()


def tool(*command: str | Path, cwd: Path | None = None, stdin: str | None = None) -> str:
    """Run one of the programs; a missing one fails the test."""
    given = None if stdin is None else stdin.encode()
    words = [*map(str, command)]
    done = subprocess.run(words, cwd=cwd, input=given, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    return done.stdout.decode()


def sam_text(
    sequences: dict[str, str],
    samples: tuple[str, ...] = ("NA1",),
    *,
    order: str = "coordinate",
    records: int = 100,
    assembly: str = "toy1",
) -> str:
    """Return a SAM file with the given read groups and as many records."""
    lines = [f"@HD\tVN:1.6\tSO:{order}"]
    for name, bases in sequences.items():
        md5 = hashlib.md5(bases.encode(), usedforsecurity=False).hexdigest()
        stated = f"\tAS:{assembly}" if assembly else ""
        lines.append(f"@SQ\tSN:{name}\tLN:{len(bases)}\tM5:{md5}{stated}\tSP:Homo sapiens")
    lines += [f"@RG\tID:g{n}\tSM:{name}\tLB:l\tPL:ILLUMINA" for n, name in enumerate(samples)]
    first, bases = next(iter(sequences.items()))
    group = "\tRG:Z:g0" if samples else ""
    for number in range(records):
        begin = number * (len(bases) - 50) // max(1, records)
        read = bases[begin : begin + 50]
        lines.append(
            f"r{number}\t0\t{first}\t{begin + 1}\t60\t50M\t*\t0\t0\t{read}\t{'I' * 50}{group}"
        )
    return "\n".join(lines) + "\n"


def vcf_text(sequences: dict[str, str], samples: tuple[str, ...]) -> str:
    """Return a VCF file of some variants in its first contig."""
    lines = ["##fileformat=VCFv4.2", "##reference=file:///data/toy1.fa"]
    lines += [
        f"##contig=<ID={name},length={len(bases)},assembly=toy1>"
        for name, bases in sequences.items()
    ]
    lines += [
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="a, \\"quoted\\" depth">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join([*_COLUMNS, *samples]),
    ]
    first, bases = next(iter(sequences.items()))
    lines += [
        "\t".join([first, str(place), ".", bases[place - 1], "N", "9", "PASS", "DP=1", "GT"])
        + "\t0/1" * len(samples)
        for place in range(10, len(bases) - 10, 100)
    ]
    return "\n".join(lines) + "\n"


def write_reference(path: Path, seed: int = 1, contigs: dict[str, int] = CONTIGS) -> dict[str, str]:
    """Write a FASTA file with its index, and return its sequences."""
    randomly = random.Random(seed)  # noqa: S311 - bases, not a secret
    sequences = {name: "".join(randomly.choices("ACGT", k=size)) for name, size in contigs.items()}
    with path.open("w") as file:
        for name, bases in sequences.items():
            lines = [bases[begin : begin + 60] for begin in range(0, len(bases), 60)]
            file.write(f">{name} of a toy\n" + "\n".join(lines) + "\n")
    tool("samtools", "faidx", path)
    return sequences


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Make the files once per run."""
    folder = tmp_path_factory.mktemp("omics")
    sequences = write_reference(folder / "ref.fa")
    (folder / "reads.sam").write_text(sam_text(sequences, ("NA1", "Ünï")), encoding="utf-8")
    tool("bgzip", "-k", "-i", "ref.fa", cwd=folder)
    tool("samtools", "faidx", "ref.fa.gz", cwd=folder)
    tool("samtools", "dict", "-o", "ref.dict", "ref.fa", cwd=folder)
    view = ("samtools", "view", "--no-PG", "-T", "ref.fa")
    tool(*view, "-b", "-o", "reads.bam", "reads.sam", cwd=folder)
    tool(*view, "-u", "-o", "plain.bam", "reads.sam", cwd=folder)
    tool(*view, "-h", "-O", "sam,level=6", "-o", "reads.sam.gz", "reads.sam", cwd=folder)
    for version in ("2.1", "3.0", "3.1"):
        output = f"cram,version={version}"
        tool(*view, "-O", output, "-o", f"reads{version}.cram", "reads.sam", cwd=folder)
        tool("samtools", "index", f"reads{version}.cram", cwd=folder)
    tool("samtools", "index", "reads.bam", cwd=folder)
    tool("samtools", "index", "-c", "reads.bam", cwd=folder)
    (folder / "calls.vcf").write_text(vcf_text(sequences, ("NA1", "Ünï")), encoding="utf-8")
    tool("bcftools", "view", "--no-version", "-Oz", "-o", "calls.vcf.gz", "calls.vcf", cwd=folder)
    tool("bcftools", "view", "--no-version", "-Ob", "-o", "calls.bcf", "calls.vcf", cwd=folder)
    tool("bcftools", "view", "--no-version", "-Ou", "-o", "plain.bcf", "calls.vcf", cwd=folder)
    tool("tabix", "calls.vcf.gz", cwd=folder)
    tool("bcftools", "index", "calls.bcf", cwd=folder)
    tool("bcftools", "index", "-c", "calls.vcf.gz", cwd=folder)
    (folder / "reads.fastq").write_text("@r1 1:N:0:AC\nACGT\n+\nIIII\n")
    return Study(folder, sequences)
