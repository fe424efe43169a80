"""A folder as a sequencing pipeline leaves it, with small real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.parts.omics_files import sam_text, tool, vcf_text, write_reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAMPLES = tuple(f"P{number:02}" for number in range(1, 13))
CONTIGS = {"chr1": 50_000, "chr2": 30_000, "chrM": 2_000}
"""Together more than the first request for a file, so that the sequences are read in the index."""


def write_pipeline_folder(
    folder: Path, samples: Sequence[str] = SAMPLES, contigs: dict[str, int] = CONTIGS
) -> Path:
    """Write what nf-core's pipelines leave: alignments, variants, counts, reference, reports."""
    fasta = folder / "reference" / "genome.fasta"
    fasta.parent.mkdir(parents=True)
    sequences = write_reference(fasta, contigs=contigs)
    for sample in samples:
        text = folder / "text"
        cram = folder / "preprocessing" / sample / f"{sample}.recal.cram"
        vcf = folder / "variant_calling" / sample / f"{sample}.vcf.gz"
        for file in (cram, vcf):
            file.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(sam_text(sequences, (sample,), records=2))
        tool("samtools", "view", "--no-PG", "-C", "-T", fasta, "-o", cram, text)
        tool("samtools", "index", cram)
        text.write_text(vcf_text(sequences, (sample,)))
        tool("bcftools", "view", "--no-version", "-Oz", "-o", vcf, text)
        tool("tabix", "-p", "vcf", vcf)
        text.unlink()
    sexes = ("XX", "XY")
    rows = [f"{sample},{sexes[place % 2]},9606" for place, sample in enumerate(samples)]
    counts = "\t".join(map(str, range(len(samples))))
    files = {
        "samplesheet.csv": "\n".join(["sample,sex,taxon_id", *rows]),
        "counts/gene_counts.tsv": "\n".join(
            ["\t".join(["gene_id", *samples]), *(f"G{gene}\t{counts}" for gene in range(5)), ""]
        ),
        "multiqc/multiqc_report.html": "<html></html>",
        "pipeline_info/params.json": '{"genome": "GRCh38"}',
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture(scope="session")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of twelve samples, which tests only read."""
    return write_pipeline_folder(tmp_path_factory.mktemp("pipeline") / "results")
