"""Objects for tests of the finder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["document", "group", "write"]


def group(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a group."""
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}


def document(own_id: str, elements: dict[str, dict[str, Any]], **root: Any) -> dict[str, Any]:
    """Return the root document of an object, with consolidated metadata."""
    attributes = {"@type": "MODO", "id": own_id, "creation_date": "2024-01-01T00:00:00Z", **root}
    nodes = {kind: group({}) for kind in ("assay", "data", "reference", "sample", "sequence")}
    nodes |= {element: group(each) for element, each in elements.items()}
    inline = {"kind": "inline", "must_understand": False, "metadata": nodes}
    return group(attributes) | {"consolidated_metadata": inline}


def write(folder: Path, own_id: str, elements: dict[str, dict[str, Any]], **root: Any) -> Path:
    """Write an object with consolidated metadata."""
    archive = folder / own_id / "data.zarr"
    archive.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(own_id, elements, **root))
    (archive / "zarr.json").write_text(text, encoding="utf-8")
    return folder / own_id
