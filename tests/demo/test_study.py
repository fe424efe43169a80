"""The sample objects: contents, faults, formats."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import warnings
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from modos_widgets.demo import SEEDED_FAULTS, Fault, omics_files
from modos_widgets.demo.study import sample_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_cram_blocks_carry_their_checksums() -> None:
    data = contents()["smoc/P-0001"]["alignment/tumor_wgs.cram"]
    assert data[:6] == b"CRAM\x03\x00"
    length = int.from_bytes(data[26:30], "little")
    header = 4 + 9 + 4
    body = data[26 + header : 26 + header + length]
    container = data[26 : 26 + header - 4]
    assert zlib.crc32(container) == int.from_bytes(data[26 + header - 4 : 26 + header], "little")
    assert body[:1] == b"\x00"
    assert b"@SQ\tSN:chr21" in body
    assert data[26 + header + length :] == omics_files._CRAM_END


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
