"""ZarrTree in a real JupyterLab: mouse, keyboard, filter, two views, bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

SMALL = """
import numpy as np, zarr, modos_widgets
root = zarr.create_group('small.zarr', overwrite=True, attributes={'@type': 'MODO'})
for kind in ('assay', 'data', 'reference', 'sample'):
    root.create_group(kind)
tumor = {'@type': 'Sample', 'name': 'Tumor, left', 'sex': 'Female'}
for number in range(24):
    root.create_group(f'sample/s{number:02}', attributes=tumor)
root.create_group('assay/rna', attributes={'@type': 'Assay', 'name': 'RNA-seq'})
counts = root.create_group('data/rna_counts', attributes={'@type': 'Array', 'name': 'RNA'})
values = np.random.default_rng(0).poisson(200, (1473, 96)).astype('float32')
counts.create_array('data', data=values, chunks=(512, 96), dimension_names=('var', 'obs'))
names = np.dtypes.StringDType()
counts.create_array('obs', data=np.array([f'time{i}' for i in range(96)], dtype=names))
counts.create_array('var', data=np.array([f'Gene{i}' for i in range(1473)], dtype=names))
long = 'data/P3_tumor_wgs_replicate_2_of_3_realigned_final'
root.create_group(long, attributes={'@type': 'AlignmentSet'})
zarr.consolidate_metadata('small.zarr')
tree = modos_widgets.ZarrTree('small.zarr', depth=2)
"""


def row(area: Locator, path: str) -> Locator:
    return area.locator(f'[role=treeitem][data-path="{path}"]')


@pytest.fixture
def small(lab: LabPage) -> Locator:
    lab.open([SMALL, "tree"])
    lab.run_all()
    area = lab.output(1)
    expect(row(area, "sample")).to_be_visible()
    return area


def test_a_person_opens_and_selects_by_mouse(lab: LabPage, small: Locator) -> None:
    row(small, "data/rna_counts").locator(".modos-twist").click()
    row(small, "data/rna_counts/data").click()
    lab.expect_python("tree.value", "'data/rna_counts/data'")
    box = small.locator(".modos-zarr-tree").bounding_box()
    assert box is not None
    assert box["height"] == 360
    lab.screenshot("tree-light", small)
    lab.set_theme()
    lab.screenshot("tree-dark", small)
