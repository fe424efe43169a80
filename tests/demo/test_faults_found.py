"""The checks of modos_widgets find the seeded faults, and nothing else."""

from __future__ import annotations

import json

from modos_widgets.demo import SEEDED_FAULTS, Fault
from modos_widgets.demo.study import sample_objects
from modos_widgets.modo.validation.metadata_checks import check_object

OF_FILES = {"file_unnamed", "file_missing", "checksum_mismatch"}


def test_the_metadata_faults_are_found_and_clean_objects_have_no_finding() -> None:
    found = set()
    for one in sample_objects():
        root = json.loads(one.contents()["data.zarr/zarr.json"])
        nodes = root["consolidated_metadata"]["metadata"].items()
        elements = {name: node["attributes"] for name, node in nodes}
        metadata = {one.id: root["attributes"]} | {
            k: v for k, v in elements.items() if "@type" in v
        }
        for finding in check_object(one.path, one.id, metadata):
            element = "" if finding.element == one.id else finding.element
            found.add(Fault(one.path, element, finding.slot, finding.code))
    assert found == {fault for fault in SEEDED_FAULTS if fault.kind not in OF_FILES}
