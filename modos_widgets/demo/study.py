"""Sample objects of the demo: a small study with 24 objects in two prefixes.

``smoc/`` contains the fictitious patients of a fictitious cohort (liver metastases of colorectal
cancer, one object per patient), ``public/`` contains objects similar to public data sets. All
sequences, counts and figures are made up and derived from names, so each start creates the same
bytes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from modos_widgets.demo import genome_files, omics_files
from modos_widgets.demo.faults import seed_faults
from modos_widgets.demo.objects import HUMAN, Matrix, SampleObject, add_reference, counts, genes
from modos_widgets.demo.public_objects import public_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.demo.genome_files import Variant

__all__ = ["BUCKET", "sample_objects"]

BUCKET = "demo"
"""Name of the bucket with the sample objects."""

_OBO = "http://purl.obolibrary.org/obo/"
_TISSUES = {
    "tumor": ("Liver metastasis", f"{_OBO}CL_0001064", f"{_OBO}UBERON_0002107"),
    "normal": ("Adjacent normal liver", f"{_OBO}CL_0000182", f"{_OBO}UBERON_0002107"),
    "blood": ("Blood, EDTA", f"{_OBO}CL_0000738", f"{_OBO}UBERON_0000178"),
}
_DNA, _RNA, _LIBRARY = f"{_OBO}OBI_0000257", f"{_OBO}OBI_0000880", f"{_OBO}OBI_0000711"
_COLLECTORS = ("Universitätsspital Zürich", "CHUV Lausanne", "Inselspital Bern")
_FLAGSHIP = 3
_PATIENTS = 18
_TIMES = ("0h", "6h", "24h", "48h")
_LONG = "P3_tumor_wgs_replicate_2_realigned_GRCh38_no_alt_final"


def sample_objects() -> list[SampleObject]:
    """Build the 24 sample objects with the seeded faults, ordered by path."""
    built = [_patient(number) for number in range(1, _PATIENTS + 1)] + public_objects()
    seed_faults({one.path: one for one in built})
    return sorted(built, key=lambda one: one.path)


@cache
def _genome() -> dict[str, str]:
    return {"chr21": omics_files.bases("chr21", 24_000), "chrM": omics_files.bases("chrM", 16_569)}


def _patient(number: int) -> SampleObject:
    name = f"P-{number:04d}"
    if number == _PATIENTS:
        name += "_second-resection_reprocessed-2025-03_after-renewed-consent"
    month, day = divmod(number * 7, 28)
    target = SampleObject(
        f"smoc/{name}",
        {
            "@type": "MODO",
            "id": name,
            "name": f"Patient {number}, liver metastasis",
            "description": (
                f"Tumour, adjacent liver and blood of patient {number} of the SMOC-LM cohort: "
                "whole genomes, transcriptomes and proteomes before treatment."
            ),
            "creation_date": f"2024-{1 + month % 12:02d}-{1 + day:02d}T08:{number:02d}:00Z",
            "last_update_date": f"2025-{1 + number % 6:02d}-{1 + day:02d}T16:40:{number:02d}Z",
            "source_uri": f"https://example.org/studies/smoc-lm/{name}",
        },
    )
    if number == _FLAGSHIP:
        _fill_flagship(target)
    else:
        _fill_patient(target, number)
    target.link_assays()
    return target


def _fill_patient(target: SampleObject, number: int) -> None:
    tissues = ["tumor", "normal", *(["blood"] if number % 3 else [])]
    samples = {tissue: _add_sample(target, number, tissue, tissue) for tissue in tissues}
    reference = add_reference(target, "GRCh38", _genome())
    size = 24_000 + 9_000 * (number % 5)
    found = _variants(target, "calls1", 2)
    genomes = [
        _add_alignment(target, f"{tissue}_wgs", samples[tissue], reference, size, found, column)
        for column, tissue in enumerate(("tumor", "normal"))
    ]
    genomes.append(_add_calls(target, "calls1", list(samples.values())[:2], reference, found))
    genomes.append(_add_quality(target, number))
    _add_assay(target, "wgs", "GENOMICS", genomes, [_DNA, _LIBRARY])
    if number % 4:
        chosen = list(samples.values())
        columns = [sample.removeprefix("sample/") for sample in chosen]
        rows = 240 + 31 * (number % 7)
        matrix = Matrix(counts(target.path, rows, len(columns)), genes(rows), columns, (128, 4))
        data = [_add_counts(target, matrix, chosen), _add_expression(target, columns, chosen)]
        _add_assay(target, "rna", "TRANSCRIPTOMICS", data, [_RNA, _LIBRARY])
    if number % 2:
        chosen = [samples["tumor"], samples["normal"]]
        data = [_add_proteins(target, chosen)]
        _add_assay(target, "proteome", "PROTEOMICS", data, [])


def _fill_flagship(target: SampleObject) -> None:
    """Fill the first object of the tour: 41 elements and a matrix of 1473 x 96."""
    names = [f"s{number:02d}" for number in range(1, 25)]
    tissues = ("tumor", "tumor", "normal", "blood")
    samples = [
        _add_sample(target, _FLAGSHIP, name, tissues[at % 4], f", replicate {1 + at // 4}")
        for at, name in enumerate(names)
    ]
    reference = add_reference(target, "GRCh38", {"chr21": _genome()["chr21"]})
    germline = _variants(target, "germline_calls", 1)
    tumor = [_with_inherited(_variants(target, name, 1), germline) for name in ("calls1", "calls2")]
    genomes = [
        _add_alignment(target, "tumor_wgs", samples[0], reference, 180_000, tumor[0]),
        _add_alignment(target, _LONG, samples[1], reference, 260_000, tumor[1]),
        _add_alignment(target, "normal_wgs", samples[2], reference, 150_000, germline),
        _add_alignment(target, "blood_wgs", samples[3], reference, 90_000, germline),
        _add_calls(target, "calls1", samples[:1], reference, tumor[0]),
        _add_calls(target, "calls2", samples[1:2], reference, tumor[1]),
        _add_calls(target, "germline_calls", samples[3:4], reference, germline),
        _add_quality(target, _FLAGSHIP),
    ]
    _add_assay(target, "wgs", "GENOMICS", genomes, [_DNA, _LIBRARY])
    values = counts(target.path, 1473, 96).astype("float32")
    columns = [f"{name}.{time}" for name in names for time in _TIMES]
    data = [
        _add_counts(target, Matrix(values, genes(1473), columns, (512, 96)), samples),
        _add_expression(target, names, samples),
    ]
    _add_assay(target, "rna", "TRANSCRIPTOMICS", data, [_RNA, _LIBRARY])
    proteins = [_add_proteins(target, samples[:4])]
    shape = (420, 4)
    matrix = Matrix(
        counts(f"{target.path}/peptides", *shape),
        [f"peptide{number:04d}" for number in range(1, shape[0] + 1)],
        names[:4],
        (210, 4),
    )
    proteins.append(
        target.add_matrix(
            "data/peptide_intensities",
            matrix,
            name="Peptide intensities",
            description="Intensities of 420 peptides, rows are peptides, columns samples.",
            has_sample=samples[:4],
        )
    )
    _add_assay(target, "proteome", "PROTEOMICS", proteins, [])


def _add_sample(target: SampleObject, number: int, name: str, tissue: str, remark: str = "") -> str:
    what, cell_type, material = _TISSUES[tissue]
    return target.add(
        f"sample/{name}",
        "Sample",
        name=f"{what}{remark}",
        description=f"{what} of patient {number}{remark}, snap-frozen in 2 µL aliquots.",
        cell_type=cell_type,
        source_material=material,
        sex="Female" if number % 2 else "Male",
        taxon_id=[HUMAN],
        collector=[_COLLECTORS[number % len(_COLLECTORS)]],
        source_uri=f"https://example.org/biobank/{target.id}/{name}",
    )


def _add_assay(
    target: SampleObject, name: str, omics: str, data: Sequence[str], processing: Sequence[str]
) -> None:
    titles = {"wgs": "Whole genome", "rna": "RNA-seq", "proteome": "Proteome (DIA)"}
    target.add(
        f"assay/{name}",
        "Assay",
        name=titles[name],
        description=f"{titles[name]} of {target.id}, one run, batch corrected.",
        omics_type=[omics],
        has_data=list(data),
        sample_processing=list(processing),
    )


def _variants(target: SampleObject, name: str, samples: int) -> list[Variant]:
    return genome_files.variants(_genome(), f"{target.path}/{name}", 80, samples)


def _with_inherited(own: Sequence[Variant], inherited: Sequence[Variant]) -> list[Variant]:
    """Return the variants of a tumour: those that it was born with, and its own."""
    order = {name: number for number, name in enumerate(_genome())}
    found = {(each.contig, each.place): each for each in (*own, *inherited)}
    return sorted(found.values(), key=lambda each: (order[each.contig], each.place))


def _add_alignment(  # noqa: PLR0917
    target: SampleObject,
    name: str,
    sample: str,
    reference: str,
    size: int,
    found: Sequence[Variant],
    column: int = 0,
) -> str:
    seed = f"{target.path}/{name}"
    data, index = genome_files.cram(
        sample.removeprefix("sample/"), _genome(), seed, size, found, column=column
    )
    path = f"alignment/{name}.cram"
    target.files[f"{path}.crai"] = index
    return target.add_file(
        f"data/{name}",
        "AlignmentSet",
        path,
        data,
        name=f"Alignments, {name.replace('_', ' ')}",
        description="Short reads aligned with bwa-mem2, duplicates marked.",
        data_format="CRAM",
        has_sample=[sample],
        has_reference=[reference],
    )


def _add_calls(
    target: SampleObject,
    name: str,
    samples: Sequence[str],
    reference: str,
    found: Sequence[Variant],
) -> str:
    names = [sample.removeprefix("sample/") for sample in samples]
    data, index = genome_files.bcf(names, _genome(), found)
    target.files[f"variants/{name}.bcf.csi"] = index
    return target.add_file(
        f"data/{name}",
        "VariantSet",
        f"variants/{name}.bcf",
        data,
        name=f"Calls, {name.replace('_', ' ')}",
        description="Small variants, filtered, on the excerpt of the reference.",
        data_format="BCF",
        has_sample=list(samples),
        has_reference=[reference],
    )


def _add_counts(target: SampleObject, matrix: Matrix, samples: Sequence[str]) -> str:
    rows, columns = matrix.values.shape
    return target.add_matrix(
        "data/rna_counts",
        matrix,
        name="RNA raw counts",
        description=f"Counts of {rows} genes (var) in {columns} libraries (obs).",
        has_sample=list(samples),
    )


def _add_expression(target: SampleObject, columns: Sequence[str], samples: Sequence[str]) -> str:
    return target.add_file(
        "data/expression_tpm",
        "DataEntity",
        "expression/genes_tpm.tsv",
        omics_files.table(columns, genes(200), f"{target.path}/tpm"),
        name="Expression, TPM",
        description="Transcripts per million of 200 genes, rounded.",
        data_format="TSV",
        has_sample=list(samples),
    )


def _add_proteins(target: SampleObject, samples: Sequence[str]) -> str:
    names = [sample.removeprefix("sample/") for sample in samples]
    title = f"Proteins of {target.id}"
    return target.add_file(
        "data/proteins",
        "MassSpectrometryResults",
        "proteome/proteins.mzTab",
        omics_files.mztab(title, names, f"{target.path}/proteins", 150),
        name="Protein abundances",
        description="Relative abundances of 150 proteins, one column a sample.",
        data_format="mzTab",
        has_sample=list(samples),
    )


def _add_quality(target: SampleObject, number: int) -> str:
    data = omics_files.report(
        {
            "object": target.id,
            "mean_coverage": 30 + number % 9,
            "duplicates_percent": 7 + number % 4,
            "contamination_percent": 0.1 * (number % 5),
            "passed": True,
        }
    )
    return target.add_file(
        "data/qc_report",
        "DataEntity",
        "qc/report.json",
        data,
        name="Quality report",
        description="Coverage, duplicates and contamination of the sequencing run.",
        data_format="JSON",
    )
