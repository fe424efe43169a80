"""Objects for these tests: small, made here, put anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

GROUP = {"kind": "inline", "must_understand": False, "metadata": {}}

ROOT = {
    "@type": "MODO",
    "id": "study",
    "creation_date": "2024-01-17T08:00:00Z",
    "last_update_date": "2024-10-15T12:30:00Z",
    "name": "A study",
    "has_assay": ["assay/a1"],
}

ELEMENTS: dict[str, dict[str, Any]] = {
    "assay/a1": {"@type": "Assay", "omics_type": ["GENOMICS"], "has_data": ["data/d1"]},
    "data/d1": {
        "@type": "DataEntity",
        "data_path": "d1.cram",
        "data_format": "CRAM",
        "has_sample": ["sample/s1"],
        "has_reference": ["reference/r1"],
    },
    "reference/r1": {"@type": "ReferenceGenome", "data_path": "r1.fa"},
    "sample/s1": {"@type": "Sample", "name": "Sample 1", "sex": "Male"},
    "sample/s2": {"@type": "Sample", "name": "Sample 2", "sex": "Female"},
}

FILES = {"d1.cram": b"CRAM" * 5, "d1.cram.crai": b"i", "r1.fa": b">1\nACGT\n", "r1.fa.fai": b"1"}


def node(attributes: Any) -> dict[str, Any]:
    return {"attributes": attributes, "zarr_format": 3, "node_type": "group"}


def keys_of(
    elements: dict[str, Any] | None = None,
    *,
    root: dict[str, Any] | None = None,
    files: dict[str, bytes] | None = None,
    consolidated: bool = True,
) -> dict[str, bytes]:
    """Make every key of an object, as zarr-python writes them."""
    elements = ELEMENTS if elements is None else elements
    groups = {"assay", "data", "reference", "sample", "sequence"}
    groups |= {name.partition("/")[0] for name in elements}
    nodes: dict[str, Any] = {group: node({}) for group in sorted(groups)}
    nodes |= {name: node(attributes) for name, attributes in sorted(elements.items())}
    top: dict[str, Any] = {"attributes": ROOT if root is None else root, "zarr_format": 3}
    if consolidated:
        metadata = {
            path: {
                "attributes": one["attributes"],
                "zarr_format": 3,
                "consolidated_metadata": GROUP,
                "node_type": "group",
            }
            for path, one in nodes.items()
        }
        top["consolidated_metadata"] = {**GROUP, "metadata": metadata}
    top["node_type"] = "group"
    keys = {
        f"data.zarr/{path}/zarr.json": json.dumps(one, indent=2).encode()
        for path, one in nodes.items()
    }
    keys["data.zarr/zarr.json"] = json.dumps(top, indent=2).encode()
    return keys | (FILES if files is None else files)


def put_local(folder: Path, keys: dict[str, bytes] | None = None) -> Path:
    for key, data in (keys_of() if keys is None else keys).items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def put_s3(server: S3Server, bucket: str, prefix: str, keys: dict[str, bytes] | None = None) -> str:
    client = server.client()
    for key, data in (keys_of() if keys is None else keys).items():
        client.put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=data)
    return f"s3://{bucket}/{prefix}"


def many(count: int) -> dict[str, Any]:
    """Make elements: `count` samples, and a data entity of each tenth one."""
    samples = {
        f"sample/s{number:06d}": {
            "@type": "Sample",
            "name": f"Sample {number}",
            "description": "A sample of a larger study",
            "cell_type": "http://purl.obolibrary.org/obo/CL_0002627",
            "sex": "Male" if number % 2 else "Female",
            "taxon_id": ["NCBITaxon:9606"],
        }
        for number in range(count)
    }
    entities = {
        f"data/d{number:06d}": {
            "@type": "DataEntity",
            "data_path": f"https://example.org/{number}.cram",
            "data_format": "CRAM",
            "has_sample": [f"sample/s{number:06d}"],
        }
        for number in range(0, count, 10)
    }
    return samples | entities


def changed_keys(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {key for key in before | after if before.get(key) != after.get(key)}
