"""Sample objects below ``public/``, similar to public data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from modos_widgets.demo import genome_files, omics_files
from modos_widgets.demo.objects import HUMAN, Matrix, SampleObject, add_reference, counts, genes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OBO = "http://purl.obolibrary.org/obo/"
_SEWAGE = f"{_OBO}NCBITaxon_2697049"


def public_objects() -> list[SampleObject]:
    """Build the six public objects."""
    return [_trio(), _example(), _low_coverage(), _islets(), _proteome(), _sewage()]


def _start(name: str, title: str, description: str, created: str, updated: str) -> SampleObject:
    root = {
        "@type": "MODO",
        "id": name,
        "name": title,
        "description": description,
        "creation_date": created,
        "last_update_date": updated,
        "source_uri": f"https://example.org/public/{quote(name)}",
    }
    return SampleObject(f"public/{name}", root)


def _add_people(
    target: SampleObject, people: Mapping[str, str], cell_type: str, material: str
) -> list[str]:
    return [
        target.add(
            f"sample/{name}",
            "Sample",
            name=name,
            description=f"{name}, as published.",
            cell_type=f"{_OBO}{cell_type}",
            source_material=f"{_OBO}{material}",
            sex=sex,
            taxon_id=[HUMAN],
        )
        for name, sex in people.items()
    ]


def _add_assay(target: SampleObject, title: str, omics: str, data: Sequence[str]) -> None:
    target.add(
        "assay/assay1",
        "Assay",
        name=title,
        description=f"{title}, as published.",
        omics_type=[omics],
        has_data=list(data),
    )
    target.link_assays()


def _trio() -> SampleObject:
    target = _start(
        "GIAB",
        "Genome in a Bottle, Ashkenazim trio",
        "Calls of son, father and mother against an excerpt of the reference.",
        "2023-05-04T10:00:00Z",
        "2024-11-20T09:12:44Z",
    )
    people = {"HG002": "Male", "HG003": "Male", "HG004": "Female"}
    samples = _add_people(target, people, "CL_0000542", "UBERON_0000178")
    sequences = {"chr20": omics_files.bases("chr20", 30_000)}
    reference = add_reference(target, "GRCh38", sequences)
    data = []
    for name, sample in zip(people, samples, strict=True):
        path = f"{name}_benchmark_v4.2.1.bcf"
        found = genome_files.variants(sequences, f"{target.path}/{name}", 300, 1)
        calls, target.files[f"{path}.csi"] = genome_files.bcf([name], sequences, found)
        data.append(
            target.add_file(
                f"data/{name}_benchmark",
                "VariantSet",
                path,
                calls,
                name=f"Benchmark calls of {name}",
                description="Made-up calls in the manner of the benchmark sets.",
                data_format="BCF",
                has_sample=[sample],
                has_reference=[reference],
            )
        )
    _add_assay(target, "Benchmark sequencing", "GENOMICS", data)
    return target


def _example() -> SampleObject:
    target = _start(
        "ex",
        "Example",
        "A small example with one alignment.",
        "2024-01-17T00:00:00Z",
        "2024-10-15T00:00:00Z",
    )
    samples = _add_people(target, {"sample1": "Male"}, "CL_0002627", "UBERON_0002316")
    sequences = {"BA000007.3": omics_files.bases("ecoli", 12_000)}
    reference = add_reference(target, "reference1", sequences)
    found = genome_files.variants(sequences, target.path, 20, 1)
    data, index = genome_files.cram("sample1", sequences, target.path, 20_000, found)
    target.files["demo1.cram.crai"] = index
    entity = target.add_file(
        "data/demo1",
        "AlignmentSet",
        "demo1.cram",
        data,
        name="Demo 1",
        description="Demo CRAM file.",
        data_format="CRAM",
        has_sample=samples,
        has_reference=[reference],
    )
    _add_assay(target, "Assay 1", "GENOMICS", [entity])
    return target


def _low_coverage() -> SampleObject:
    target = _start(
        "1000G_HG00096_low-coverage",
        "1000 Genomes, HG00096, low coverage",
        "One genome at 4x, from the first phase.",
        "2023-02-11T12:00:00Z",
        "2023-02-11T12:00:00Z",
    )
    samples = _add_people(target, {"HG00096": "Male"}, "CL_0000542", "UBERON_0000178")
    sequences = {"chr20": omics_files.bases("chr20", 30_000)}
    reference = add_reference(target, "GRCh38", sequences)
    found = genome_files.variants(sequences, target.path, 50, 1)
    data, index = genome_files.cram("HG00096", sequences, target.path, 64_000, found, depth=4)
    path = "HG00096.chrom20.ILLUMINA.bwa.GBR.low_coverage.20120522.cram"
    target.files[f"{path}.crai"] = index
    entity = target.add_file(
        "data/HG00096_low_coverage",
        "AlignmentSet",
        path,
        data,
        name="HG00096, chromosome 20",
        description="Alignments in the manner of the 1000 Genomes Project.",
        data_format="CRAM",
        has_sample=samples,
        has_reference=[reference],
    )
    _add_assay(target, "Low coverage sequencing", "GENOMICS", [entity])
    return target


def _islets() -> SampleObject:
    target = _start(
        "E-MTAB-5061_human-pancreas-islets_single-cell",
        "Human pancreas islets, single cells",
        "Counts of 400 genes in 256 cells of four donors.",
        "2023-09-30T07:30:00Z",
        "2024-06-02T18:05:10Z",
    )
    people = {"donor1": "Male", "donor2": "Male", "donor3": "Female", "donor4": "Female"}
    samples = _add_people(target, people, "CL_0008024", "UBERON_0000006")
    cells = [f"{list(people)[at % 4]}_cell{at // 4 + 1:03d}" for at in range(256)]
    matrix = Matrix(counts(target.path, 400, 256), genes(400), cells, (200, 64))
    entity = target.add_matrix(
        "data/cell_counts",
        matrix,
        name="Counts of single cells",
        description="Rows are genes (var), columns are cells (obs).",
        has_sample=samples,
    )
    _add_assay(target, "Smart-seq2", "TRANSCRIPTOMICS", [entity])
    return target


def _proteome() -> SampleObject:
    target = _start(
        "PXD000561_draft-map-of-the-human-proteome",
        "Draft map of the human proteome",
        "Protein abundances in two adult tissues.",
        "2023-07-07T07:07:07Z",
        "2024-02-29T11:00:00Z",
    )
    samples = _add_people(
        target, {"liver": "Male", "colon": "Female"}, "CL_0000255", "UBERON_0000062"
    )
    entity = target.add_file(
        "data/proteins",
        "MassSpectrometryResults",
        "proteins.mzTab",
        omics_files.mztab("Adult tissues", ["liver", "colon"], target.path, 400),
        name="Protein abundances",
        description="Relative abundances of 400 made-up proteins.",
        data_format="mzTab",
        has_sample=samples,
    )
    _add_assay(target, "Mass spectrometry", "PROTEOMICS", [entity])
    return target


def _sewage() -> SampleObject:
    target = _start(
        "sewage-surveillance-zurich",
        "Sewage surveillance, Zürich",
        "Weekly samples of SARS-CoV-2 in sewage, and what was found in them.",
        "2023-10-02T06:00:00Z",
        "2025-01-06T06:00:00Z",
    )
    weeks = [f"week{number:02d}" for number in range(40, 46)]
    samples = [
        target.add(
            f"sample/{week}",
            "Sample",
            name=f"Sewage, {week}",
            description=f"24 h composite sample of {week}, 2023.",
            source_material=f"{_OBO}ENVO_00002018",
            taxon_id=[_SEWAGE],
            collector=["Eawag"],
        )
        for week in weeks
    ]
    entity = target.add_file(
        "data/lineages",
        "DataEntity",
        "lineages.tsv",
        omics_files.table(weeks, ["BA.2.86", "EG.5.1", "JN.1", "XBB.1.5", "XBB.1.16"], target.path),
        name="Lineages a week",
        description="Made-up reads of each lineage in each weekly sample.",
        data_format="TSV",
        has_sample=samples,
    )
    _add_assay(target, "Amplicon sequencing", "GENOMICS", [entity])
    return target
