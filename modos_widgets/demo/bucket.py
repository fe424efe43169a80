"""Bucket of the demo in moto, filled through moto's backend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends

from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.demo.study import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.demo.objects import SampleObject
    from modos_widgets.demo.server import Metadata

ACCOUNT = "123456789012"  # moto's account of requests with an unknown key
REGION = "us-east-1"
_ROOT = f"/{ROOT_DOCUMENT}"
_EVERYBODY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
    ],
}


def fill_bucket(objects: Iterable[SampleObject], *, public: bool) -> None:
    """Create the bucket in this process's moto, and write the objects into it.

    Parameters
    ----------
    objects : iterable of SampleObject
    public : bool
        Permit reading and writing without a key.
    """
    backend = _backend()
    bucket = backend.create_bucket(BUCKET, REGION)
    if public:
        bucket.policy = json.dumps(_EVERYBODY).encode()
    for one in objects:
        # moto stores creation times without a time zone; a fixed time makes listings reproducible
        modified = datetime.fromisoformat(one.modified).replace(tzinfo=None)
        for key, data in one.contents().items():
            stored = backend.put_object(
                BUCKET, f"{one.path}/{key}", data, disable_notification=True
            )
            stored.last_modified = modified


class BucketObjects(Mapping[str, "Metadata"]):
    """Current objects in the bucket: path in the store to metadata."""

    def __iter__(self) -> Iterator[str]:
        """Yield the paths in order, such as ``demo/smoc/P-0003``."""
        for key in sorted(_backend().buckets[BUCKET].keys.keys()):
            if key.endswith(_ROOT):
                yield f"{BUCKET}/{key.removesuffix(_ROOT)}"

    def __len__(self) -> int:
        """Return the number of objects."""
        return sum(1 for _ in self)

    def __getitem__(self, path: str) -> Metadata:
        """Read the root document of one object."""
        key = path.removeprefix(f"{BUCKET}/") + _ROOT
        stored = _backend().buckets[BUCKET].keys.get(key)
        if stored is None:
            raise KeyError(path)
        root: dict[str, Any] = json.loads(stored.value)
        attributes = root["attributes"]
        nodes = root.get("consolidated_metadata", {}).get("metadata", {})
        elements = {
            name: node["attributes"]
            for name, node in nodes.items()
            if "@type" in node.get("attributes", {})
        }
        return {attributes.get("id", path.rsplit("/", 1)[-1]): attributes, **elements}


def _backend() -> Any:
    return s3_backends[ACCOUNT]["aws"]
