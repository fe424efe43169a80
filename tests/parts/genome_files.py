"""Sorted and indexed files of alignments and variants, large enough to have many blocks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.parts.omics_files import tool, write_reference

if TYPE_CHECKING:
    from pathlib import Path

CONTIGS = {"chr1": 300_000, "HLA:A*01": 40_000, "chr2": 120_000, "empty": 5_000}
SAMPLES = ("NA1", "id", "Ünï")
ALIGNMENTS = ("reads.bam", "csi.bam", "reads3.0.cram", "reads3.1.cram")
VARIANTS = ("calls.vcf.gz", "csi.vcf.gz", "calls.bcf")
SEQUENCES = ("ref.fa", "ref.fa.gz")
_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")


@dataclass(frozen=True)
class GenomeStudy:
    """A folder of genome files, and the sequences of their reference."""

    folder: Path
    sequences: dict[str, str]

    def path(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="session")
def genome_study(tmp_path_factory: pytest.TempPathFactory) -> GenomeStudy:
    """Make the files once per run."""
    return make_genome_study(tmp_path_factory.mktemp("genome"))


def make_genome_study(folder: Path) -> GenomeStudy:
    """Make the files in a folder."""
    sequences = write_reference(folder / "ref.fa", 7, CONTIGS)
    (folder / "reads.sam").write_text(_reads(sequences), encoding="utf-8")
    (folder / "calls.vcf").write_text(_variants(sequences), encoding="utf-8")
    tool("bgzip", "-k", "ref.fa", cwd=folder)
    tool("samtools", "faidx", "ref.fa.gz", cwd=folder)
    view = ("samtools", "view", "--no-PG", "-T", "ref.fa")
    for name, index in (("reads.bam", ()), ("csi.bam", ("-c", "-m", "12"))):
        tool(*view, "-b", "-o", name, "reads.sam", cwd=folder)
        tool("samtools", "index", *index, name, cwd=folder)
    for version in ("3.0", "3.1"):
        name = f"reads{version}.cram"
        output = f"cram,version={version},seqs_per_slice=400"
        tool(*view, "-O", output, "-o", name, "reads.sam", cwd=folder)
        tool("samtools", "index", name, cwd=folder)
    for name, kind in (("calls.vcf.gz", "-Oz"), ("csi.vcf.gz", "-Oz"), ("calls.bcf", "-Ob")):
        tool("bcftools", "view", "--no-version", kind, "-o", name, "calls.vcf", cwd=folder)
    tool("tabix", "calls.vcf.gz", cwd=folder)
    tool("bcftools", "index", "csi.vcf.gz", cwd=folder)
    tool("bcftools", "index", "calls.bcf", cwd=folder)
    return GenomeStudy(folder, sequences)


def _reads(sequences: dict[str, str]) -> str:
    """Return reads with mismatches, deletions, clips and skips, also unmapped ones."""
    randomly = random.Random(3)  # noqa: S311 - bases, not a secret
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    lines += [f"@SQ\tSN:{name}\tLN:{len(bases)}" for name, bases in sequences.items()]
    lines.append("@RG\tID:g0\tSM:NA1")
    number = 0
    for name, bases in sequences.items():
        count = 0 if name == "empty" else len(bases) // 40
        for begin in sorted(randomly.randrange(len(bases) - 2500) for _ in range(count)):
            number += 1
            flag, cigar, read = _read(randomly, bases, begin)
            qualities = "".join(randomly.choices("#+5?I", k=len(read)))
            lines.append(
                f"r{number}\t{flag}\t{name}\t{begin + 1}\t{randomly.randrange(61)}\t{cigar}\t*\t0"
                f"\t0\t{read}\t{qualities}\tRG:Z:g0"
            )
    lines += [f"u{n}\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII" for n in range(30)]
    return "\n".join(lines) + "\n"


def _read(randomly: random.Random, bases: str, begin: int) -> tuple[int, str, str]:
    """Return flag, CIGAR and bases of a read."""
    part = bases[begin : begin + 60]
    kind = randomly.randrange(6)
    if kind == 0:
        return 4, "*", part  # unmapped, placed beside its mate
    if kind == 1:
        return 16, "30M5D25M", part[:30] + bases[begin + 35 : begin + 60]
    if kind == 2:
        gap = randomly.choice((200, 2000))
        return 0, f"30M{gap}N30M", part[:30] + bases[begin + 30 + gap : begin + 60 + gap]
    if kind == 3:
        return 0, "5S50M3I2M", "ACGTA" + part[:50] + "GGG" + part[50:52]
    place = randomly.randrange(60)
    return 0, "60M", part[:place] + randomly.choice("ACGTN") + part[place + 1 :]


def _variants(sequences: dict[str, str]) -> str:
    """Return variants of three samples: one base, deletions, a long one with END, no genotype."""
    randomly = random.Random(4)  # noqa: S311 - bases, not a secret
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={name},length={len(bases)}>" for name, bases in sequences.items()]
    lines += [
        '##INFO=<ID=END,Number=1,Type=Integer,Description="End">',
        '##ALT=<ID=DEL,Description="Deletion">',
        '##FILTER=<ID=low,Description="Low">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        "\t".join([*_COLUMNS, *SAMPLES]),
    ]
    for name, bases in sequences.items():
        count = 0 if name == "empty" else len(bases) // 30
        for place in sorted(randomly.sample(range(1, len(bases) - 3000), count)):
            kind = randomly.randrange(5)
            ref, alt, info, form = bases[place - 1], "N", ".", "GT:DP"
            if kind == 0:
                ref = bases[place - 1 : place + 8]
                alt = ref[0]
            elif kind == 1:
                alt, info = "<DEL>", f"END={place + randomly.choice((50, 2500))}"
            elif kind == 2:
                form = "DP"
            genotypes = [randomly.choice(("0/1", "1|1", "./.", "0/0")) for _ in SAMPLES]
            cells = [f"{each}:{randomly.randrange(40)}" for each in genotypes]
            cells = ["12"] * len(SAMPLES) if form == "DP" else cells
            quality = randomly.choice((".", "9", "33.5"))
            filters = randomly.choice(("PASS", "low", "."))
            lines.append(
                "\t".join([name, str(place), f"v{place}", ref, alt, quality, filters, info, form])
                + "\t"
                + "\t".join(cells)
            )
    return "\n".join(lines) + "\n"
