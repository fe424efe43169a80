"""Hierarchies that the tests of this package look into."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

TEXT = np.dtypes.StringDType()


def consolidate(store: Any, **options: Any) -> None:
    """Consolidate without zarr's word that this is no standard yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store, **options)


def make_counts(store: Any, *, consolidated: bool = True) -> zarr.Group:
    """Make a small object: a matrix of counts with labels, samples, an assay."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # strings are no standard yet either
        return _make_counts(store, consolidated=consolidated)


def _make_counts(store: Any, *, consolidated: bool) -> zarr.Group:
    root = zarr.create_group(store, attributes={"@type": "MODO", "id": "P-0003"})
    for name in ("assay", "data", "reference", "sample", "sequence"):
        root.create_group(name)
    root.create_group("assay/rna", attributes={"@type": "Assay", "name": "RNA-seq"})
    for number in range(3):
        attributes = {"@type": "Sample", "name": f"Tumor {number}", "cell_type": ["Hepatocyte"]}
        root.create_group(f"sample/s{number}", attributes=attributes)
    counts = root.create_group("data/counts", attributes={"@type": "Array", "name": "Counts"})
    values = np.arange(100 * 12, dtype="float32").reshape(100, 12)
    values[3, 4] = np.nan
    counts.create_array("data", data=values, chunks=(32, 12), dimension_names=("var", "obs"))
    counts.create_array("var", data=np.array([f"Gene{i}" for i in range(100)], dtype=TEXT))
    counts.create_array("obs", data=np.array([f"time{i}" for i in range(12)], dtype=TEXT))
    if consolidated:
        consolidate(root.store)
    return root


def group_document(**attributes: Any) -> bytes:
    """Return the document of a group."""
    return json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attributes}).encode()


def make_wide(folder: Path, number: int) -> None:
    """Make a group of many groups, quickly."""
    document = group_document()
    folder.mkdir(parents=True)
    (folder / "zarr.json").write_bytes(document)
    for place in range(number):
        child = folder / f"n{place:06}"
        child.mkdir()
        (child / "zarr.json").write_bytes(document)


def fill(server: S3Server, bucket: str, keys: dict[str, bytes]) -> None:
    """Put many keys into moto's backend directly; a request each takes 7 ms."""
    from moto.s3.models import s3_backends  # noqa: PLC0415  heavy

    assert server.kind == "moto"
    backend = s3_backends["123456789012"]["aws"]
    for key, data in keys.items():
        backend.put_object(bucket, key, data)


def upload(server: S3Server, bucket: str, prefix: str, folder: Path) -> None:
    """Put a folder into moto."""
    fill(
        server,
        bucket,
        {
            f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        },
    )
