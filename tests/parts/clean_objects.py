"""Generated objects whose files and metadata agree, for counting false alarms."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import zarr

from tests.modo.objects import keys_of
from tests.parts.hdf5_cells import write_cells
from tests.parts.omics_files import sam_text, tool, vcf_text, write_reference

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("bam", "cram2.1", "cram3.0", "cram3.1", "sam.gz", "vcf.gz", "bcf", "vcf")
FILES_OF_AN_OBJECT = len(FORMATS) + 7
_NAMES = ("NA12878", "patient 7", "Ünï-1", "S_1", "tumor.2", "样本", "0042")


def make_clean_object(folder: Path, seed: int) -> dict[str, dict[str, Any]]:
    """Write the files of an object, and return its elements.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files go.
    seed : int
        Decides contigs, samples, assembly and number of records.
    """
    randomly = random.Random(seed)  # noqa: S311 - names and sizes, not a secret
    folder.mkdir(parents=True)
    prefix = randomly.choice(["chr", "", "scaffold_"])
    numbers = range(1, randomly.choice([1, 3, 40]) + 1)
    contigs = {f"{prefix}{number}": randomly.randint(200, 4000) for number in numbers}
    sequences = write_reference(folder / "ref.fa", seed, contigs)
    samples = tuple(randomly.sample(_NAMES, randomly.choice([1, 1, 2, 4])))
    assembly, named = randomly.choice(
        [("GRCh38", "hg38"), ("GRCh37", "b37"), ("toy1", "our own"), ("", "GRCh38")]
    )
    records = randomly.choice([0, 1, 50, 500])
    text = sam_text(sequences, samples, records=records, assembly=assembly)
    (folder / "x.sam").write_text(text, encoding="utf-8")
    calls = vcf_text(sequences, samples).replace("assembly=toy1", f"assembly={assembly or 'x'}")
    (folder / "calls.vcf").write_text(calls, encoding="utf-8")
    view = ("samtools", "view", "--no-PG", "-h", "-T", "ref.fa", "-O")
    call = ("bcftools", "view", "--no-version")
    for name, form in (("x.bam", "bam"), ("x.sam.gz", "sam,level=6")):
        tool(*view, form, "-o", name, "x.sam", cwd=folder)
    for version in ("2.1", "3.0", "3.1"):
        tool(*view, f"cram,version={version}", "-o", f"x{version}.cram", "x.sam", cwd=folder)
        tool("samtools", "index", f"x{version}.cram", cwd=folder)
    tool("samtools", "index", "x.bam", cwd=folder)
    tool(*call, "-Oz", "-o", "calls.vcf.gz", "calls.vcf", cwd=folder)
    tool(*call, "-Ob", "-o", "calls.bcf", "calls.vcf", cwd=folder)
    tool("tabix", "calls.vcf.gz", cwd=folder)
    tool("bcftools", "index", "calls.bcf", cwd=folder)
    (folder / "x.sam").unlink()
    first, size = next(iter(contigs.items()))
    (folder / "genes.gff3").write_text(
        f"##gff-version 3\n##sequence-region {first} 1 {size}\n"
        f"{first}\t.\tgene\t1\t9\t.\t+\t.\tID=a\n"
    )
    (folder / "peaks.bed").write_text(f"{first}\t0\t5\n")
    (folder / "reads.fastq").write_text("@r\nACGT\n+\nIIII\n")
    mztab = "MTD\tmzTab-version\t1.0.0\n" + "".join(
        f"MTD\tsample[{n}]-description\t{name}\n" for n, name in enumerate(samples, 1)
    )
    (folder / "proteins.mztab").write_text(mztab, encoding="utf-8")
    cells, genes = randomly.choice([(0, 3), (5, 40), (2000, 30)])
    libver, sparse = randomly.choice(["earliest", "latest"]), randomly.choice([True, False])
    write_cells(
        folder / "cells.h5ad", cells, genes, sparse=sparse, libver=libver, columns=len(samples)
    )
    write_zarr_cells(folder / "cells.zarr", cells, genes)
    return _elements(samples, named)


def write_zarr_cells(folder: Path, cells: int, genes: int, **labels: int) -> None:
    """Write a matrix as AnnData does, with as many labels of ``obs`` and ``var`` as given."""
    root = zarr.create_group(folder, attributes={"encoding-type": "anndata"}, overwrite=True)
    root.create_array("X", shape=(cells, genes), dtype="f4")
    for axis, count in (("obs", cells), ("var", genes)):
        root.create_group(axis, attributes={"_index": "name"})
        root.create_array(f"{axis}/name", shape=(labels.get(axis, count),), dtype="i4")


def _elements(samples: tuple[str, ...], named: str) -> dict[str, dict[str, Any]]:
    ids = [f"sample/s{number}" for number in range(len(samples))]
    elements: dict[str, dict[str, Any]] = {
        element: {"@type": "Sample", "name": name, "taxon_id": ["NCBITaxon:9606"]}
        for element, name in zip(ids, samples, strict=True)
    }
    elements["sample/other"] = {"@type": "Sample", "name": "other"}
    elements["reference/r"] = {
        "@type": "ReferenceGenome", "name": named, "data_path": "ref.fa",
    }  # fmt: skip
    linked = {"has_sample": ids, "has_reference": ["reference/r"]}
    for name in ("x.bam", "x.sam.gz", "x2.1.cram", "x3.0.cram", "x3.1.cram"):
        stated = {"data_format": "CRAM"} if name.endswith("cram") else {}
        elements[f"data/{name}"] = {
            "@type": "AlignmentSet", "data_path": name, **stated, **linked,
        }  # fmt: skip
    for name, form in (("calls.vcf.gz", "VCF"), ("calls.bcf", "BCF"), ("calls.vcf", "VCF")):
        elements[f"data/{name}"] = {
            "@type": "VariantSet", "data_path": name, "data_format": form, **linked,
        }  # fmt: skip
    for name in ("genes.gff3", "peaks.bed"):
        elements[f"data/{name}"] = {
            "@type": "DataEntity", "data_path": name, "data_format": "TSV",
            "has_reference": ["reference/r"],
        }  # fmt: skip
    elements["data/reads"] = {
        "@type": "DataEntity", "data_path": "reads.fastq", "data_format": "FASTQ",
    }  # fmt: skip
    elements["data/proteins"] = {
        "@type": "MassSpectrometryResults", "data_path": "proteins.mztab",
        "data_format": "mzTab", "has_sample": ids,
    }  # fmt: skip
    elements["data/cells.h5ad"] = {"@type": "Array", "data_path": "cells.h5ad"}
    elements["data/cells.zarr"] = {
        "@type": "Array", "data_path": "cells.zarr", "data_format": "Zarr",
    }  # fmt: skip
    return elements


def write_archive(folder: Path, elements: dict[str, dict[str, Any]]) -> None:
    """Write the archive of an object beside its files."""
    for key, content in keys_of(elements, files={}).items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
