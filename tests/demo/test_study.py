"""The sample objects: contents, faults, formats."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pysam
import pytest
import zarr

from modos_widgets import open_modo
from modos_widgets.demo import SEEDED_FAULTS, Fault
from modos_widgets.demo.study import sample_objects
from modos_widgets.headers import check_index, read_header, read_index
from modos_widgets.storage import LocalRanges
from tests.parts.omics_files import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIRED = {
    "MODO": ("creation_date", "last_update_date"),
    "Assay": ("omics_type",),
    "Sample": (),
    "ReferenceGenome": ("data_path",),
    "ReferenceSequence": (),
}
DATA = ("DataEntity", "AlignmentSet", "VariantSet", "MassSpectrometryResults", "Array")
LISTS = (
    *("has_assay", "has_data", "has_sample", "has_reference", "has_sequence"),
    *("omics_type", "sample_processing", "taxon_id", "collector"),
)
ALLOWED = {
    "sex": {"Male", "Female"},
    "omics_type": {"GENOMICS", "TRANSCRIPTOMICS", "METABOLOMICS", "PROTEOMICS"},
    "data_format": {"CRAM", "FASTQ", "Zarr", "FASTA", "VCF", "BCF", "mzTab", "TSV", "JSON"},
}
INDEXES = (".crai", ".csi", ".fai")


@cache
def contents() -> dict[str, dict[str, bytes]]:
    return {one.path: one.contents() for one in sample_objects()}


def root(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(contents()[path]["data.zarr/zarr.json"])
    return document


def elements(path: str) -> dict[str, dict[str, Any]]:
    nodes = root(path)["consolidated_metadata"]["metadata"]
    found = {name: node["attributes"] for name, node in nodes.items()}
    return {"": root(path)["attributes"]} | {k: v for k, v in found.items() if "@type" in v}


def find_faults(path: str) -> set[Fault]:
    """Look for faults as a curator would, by the schema and by what is there."""
    found = set()
    every, keys = elements(path), contents()[path]
    for name, attributes in every.items():
        assert attributes["@type"] in {*REQUIRED, *DATA}
        wrong = {
            *wrong_links(attributes, every),
            *wrong_values(attributes),
            *wrong_dates(attributes),
            *wrong_file(attributes, keys),
        }
        found |= {Fault(path, name, slot, kind) for slot, kind in wrong}
    named = {attributes.get("data_path") for attributes in every.values()}
    for key in keys:
        if not key.startswith("data.zarr/") and key not in named and not key.endswith(INDEXES):
            found.add(Fault(path, key, "", "file_unnamed"))
    return found


def wrong_links(attributes: dict[str, Any], every: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for slot in (slot for slot in attributes if slot.startswith("has_")):
        for link in as_list(attributes[slot]):
            if "/" not in link:
                yield slot, "unprefixed_link"
            elif link not in every:
                yield slot, "dangling_link"


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def wrong_values(attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for slot in REQUIRED.get(attributes["@type"], ("data_path", "data_format")):
        if slot not in attributes:
            yield slot, "missing"
    for slot in LISTS:
        if isinstance(attributes.get(slot, []), str):
            yield slot, "scalar_for_list"
    for slot, allowed in ALLOWED.items():
        if not set(as_list(attributes.get(slot, []))) <= allowed:
            yield slot, "not_in_list"
    if not re.fullmatch("[a-f0-9]{32}", attributes.get("sequence_md5", "0" * 32)):
        yield "sequence_md5", "bad_pattern"


def wrong_dates(attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for slot in ("creation_date", "last_update_date"):
        date = attributes.get(slot, "2000-01-01T00:00:00Z")
        if "T" not in date:
            yield slot, "date_without_time"
        elif not date.endswith("Z"):
            yield slot, "date_without_zone"


def wrong_file(attributes: dict[str, Any], keys: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    file = attributes.get("data_path", "")
    checksum = attributes.get("data_checksum")
    if not any(key == file or key.startswith(f"{file}/") for key in keys) and file:
        yield "data_path", "file_missing"
    elif checksum and hashlib.blake2b(keys[file]).hexdigest() != checksum:
        yield "data_checksum", "checksum_mismatch"


def test_the_study_has_24_objects_in_two_prefixes() -> None:
    paths = list(contents())
    assert len(paths) == 24
    assert paths == sorted(paths)
    assert {path.partition("/")[0] for path in paths} == {"public", "smoc"}
    assert max(map(len, paths)) > 60


def test_the_faults_are_those_listed_and_no_others() -> None:
    found = set().union(*(find_faults(path) for path in contents()))
    assert found == set(SEEDED_FAULTS)


def test_every_kind_of_element_occurs() -> None:
    kinds = {a["@type"] for path in contents() for a in elements(path).values()}
    assert kinds == {*REQUIRED, *DATA}


def test_the_flagship_has_41_elements_and_a_labelled_matrix() -> None:
    assert len(elements("smoc/P-0003")) == 1 + 41
    group = open_archive("smoc/P-0003")
    counts = group["data/rna_counts"]
    assert isinstance(counts, zarr.Group)
    data, obs, var = (np.asarray(counts[name][:]) for name in ("data", "obs", "var"))  # type: ignore[index]
    assert data.shape == (1473, 96) == (len(var), len(obs))
    assert data.dtype == np.float32
    assert data.max() > 1000 > np.median(data) > 0
    assert list(var[:2]) == ["TP53", "KRAS"]
    assert len(set(var)) == 1473
    assert str(obs[-1]) == "s24.48h"


def open_archive(path: str) -> zarr.Group:
    prefix = "data.zarr/"
    keys = {k.removeprefix(prefix): v for k, v in contents()[path].items() if k.startswith(prefix)}
    store = zarr.storage.MemoryStore()

    async def fill() -> None:
        for key, data in keys.items():
            await store.set(key, zarr.core.buffer.cpu.Buffer.from_bytes(data))

    asyncio.run(fill())
    return zarr.open_group(store, mode="r+", zarr_format=3)


def test_zarr_itself_writes_the_same_bytes() -> None:
    for path in contents():
        group = open_archive(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # consolidated metadata are not in the specification
            zarr.consolidate_metadata(group.store)
        written = asyncio.run(
            group.store.get("zarr.json", zarr.core.buffer.default_buffer_prototype())
        )
        assert written is not None
        assert written.to_bytes() == contents()[path]["data.zarr/zarr.json"], path


def test_contents_are_the_same_each_time() -> None:
    again = {one.path: one.contents() for one in sample_objects()}
    assert again == contents()


def in_folder(path: str, folder: Path) -> Path:
    for key, data in contents()[path].items():
        place = folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("path", "reads", "calls", "contig"),
    [
        ("smoc/P-0003", "data/tumor_wgs", "data/calls1", "chr21"),
        ("smoc/P-0001", "data/normal_wgs", "data/calls1", "chr21"),
        ("public/1000G_HG00096_low-coverage", "data/HG00096_low_coverage", "", "chr20"),
        ("public/ex", "data/demo1", "", "BA000007.3"),
    ],
)
def test_reads_lie_around_the_variants_and_carry_their_alleles(
    path: str, reads: str, calls: str, contig: str, tmp_path: Path
) -> None:
    folder = in_folder(path, tmp_path)
    modo = open_modo(folder)
    region = f"{contig}:5,001-7,000"
    frame = modo.region(reads, region)
    assert len(frame) > 60
    assert "note" not in frame.attrs
    file = next(folder.glob(str(elements(path)[reads]["data_path"])))
    fasta = next(folder.glob("reference/*.fa"))
    with pysam.AlignmentFile(str(file), reference_filename=str(fasta)) as opened:
        expected = [(read.query_name, read.query_sequence) for read in opened.fetch(contig)]
    assert list(zip(frame["name"], frame["sequence"], strict=True)) == expected[: len(frame)]
    if not calls:
        return
    found = modo.region(calls, region)
    assert len(found) > 1
    sample = reads.removeprefix("data/").removesuffix("_wgs") if "normal" in reads else ""
    column = sample or list(found.columns)[-1]
    for position, alt, genotype in zip(found["position"], found["alt"], found[column], strict=True):
        over = frame[(frame["start"] < position - 1) & (frame["end"] > position)]
        letters = [
            read[position - 1 - start]
            for start, read in zip(over["start"], over["sequence"], strict=True)
        ]
        share = letters.count(alt) / max(1, len(letters))
        if len(letters) > 15:
            assert (0.2 < share < 0.8) if genotype == "0/1" else share < 0.15


def test_samtools_and_bcftools_accept_every_genome_file(tmp_path: Path) -> None:
    for path in ("smoc/P-0003", "smoc/P-0001", "public/GIAB"):
        folder = in_folder(path, tmp_path / path)
        for file in (*folder.glob("alignment/*.cram"), *folder.glob("**/*.bcf")):
            header = read_header(file)
            assert header.complete
            assert header.has_records is not False
            index = read_index(LocalRanges(next(folder.glob(f"**/{file.name}.c*i"))))
            assert not check_index(index, header, LocalRanges(file)), file
            if file.suffix == ".bcf":
                contig = header.contigs[0].name
                every = tool(
                    "bcftools", "query", "-f", "%CHROM %POS\\n", file.name, cwd=file.parent
                )
                places = [int(line.split()[1]) for line in every.splitlines() if contig in line]
                region = open_modo(folder).region(
                    file.relative_to(folder).as_posix(), f"{contig}:16,385-20,000"
                )
                assert list(region["position"]) == [
                    each for each in places if 16_385 <= each <= 20_000
                ]


def test_bcf_files_are_bgzf_with_ordered_records() -> None:
    data = gzip.decompress(contents()["public/GIAB"]["HG002_benchmark_v4.2.1.bcf"])
    assert data[:5] == b"BCF\x02\x02"
    at = 9 + int.from_bytes(data[5:9], "little")
    places = []
    while at < len(data):
        shared, own = (int.from_bytes(data[at + n : at + n + 4], "little") for n in (0, 4))
        places.append(int.from_bytes(data[at + 12 : at + 16], "little"))
        at += 8 + shared + own
    assert at == len(data)
    assert len(places) > 250
    assert places == sorted(set(places))


def test_the_fasta_index_points_at_the_sequences() -> None:
    keys = contents()["smoc/P-0001"]
    text = keys["reference/GRCh38_excerpt.fa"]
    for line in keys["reference/GRCh38_excerpt.fa.fai"].decode().splitlines():
        name, length, offset, width, _ = line.split("\t")
        assert text[: int(offset)].endswith(f">{name}\n".encode())
        sequence = text[int(offset) :].partition(b">")[0].replace(b"\n", b"")
        assert len(sequence) == int(length)
        digest = hashlib.md5(sequence, usedforsecurity=False).hexdigest()
        assert digest == elements("smoc/P-0001")[f"sequence/{name}"]["sequence_md5"]
        assert int(width) == 60
