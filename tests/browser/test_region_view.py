"""RegionView in a real JupyterLab: reads, variants and bases of a region, by mouse and keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.modo.objects import ELEMENTS, keys_of, put_local

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.genome_files import GenomeStudy
    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

FILES = {
    "d1.cram": "reads3.0.cram",
    "d1.cram.crai": "reads3.0.cram.crai",
    "r1.fa": "ref.fa",
    "r1.fa.fai": "ref.fa.fai",
    "calls.bcf": "calls.bcf",
    "calls.bcf.csi": "calls.bcf.csi",
    "bare.bam": "reads.bam",
}
SETUP = """
import modos_widgets
view = modos_widgets.RegionView({path!r}, {names!r}, 'chr1:150,001-150,400', max_bytes=100_000)
"""


def test_a_region_is_shown_moved_and_zoomed(
    lab: LabPage, genome_study: GenomeStudy, tmp_path: Path
) -> None:
    files = {name: genome_study.path(source).read_bytes() for name, source in FILES.items()}
    path = put_local(tmp_path / "study", keys_of(ELEMENTS, files=files))
    names = ["data/d1", "calls.bcf", "reference/r1", "bare.bam"]
    lab.open([SETUP.format(path=str(path), names=names), "view"])
    lab.run_all()
    area = lab.output(1)
    reads = area.get_by_role("region", name="data/d1")
    expect(reads.get_by_text("CRAM 3.0")).to_be_visible(timeout=30_000)
    expect(reads.locator("canvas")).to_have_attribute(
        "aria-label", "30 reads of data/d1 around chr1:150,001-150,400"
    )
    expect(area.get_by_text("bare.bam has no index file")).to_be_visible()
    expect(area.get_by_role("region", name="reference/r1")).to_be_visible()
    assert lab.axe(".modos-region-view") == []
    lab.screenshot("region-light", area)

    tracks = area.get_by_role("group", name="Tracks")
    tracks.focus()
    lab.page.keyboard.press("ArrowRight")
    field = area.get_by_label("Region", exact=True)
    expect(field).to_have_value("chr1:150,101-150,500")
    lab.page.keyboard.press("+")
    lab.page.keyboard.press("+")
    lab.page.keyboard.press("+")
    expect(field).to_have_value("chr1:150,276-150,325")
    lab.set_theme()
    lab.screenshot("region-dark", area)
    box = reads.locator("canvas").bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 200, box["y"] + 20)
    expect(area.get_by_text("depth")).to_be_visible()
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 200 - box["width"] / 2, box["y"] + 20, steps=5)
    lab.page.mouse.up()
    expect(field).to_have_value("chr1:150,301-150,350")
    lab.expect_python("print(view.locus)", "chr1:150,301-150,350")
    lab.expect_python("print(view.frame.equals(view.modo.region('data/d1', view.locus)))", "True")

    field.fill("chr2:1-300")
    field.press("Enter")
    expect(area.get_by_label("Contig")).to_have_value("chr2")
    reads.get_by_text("records in chr2").click()
    expect(reads.locator("tbody tr").first).to_be_visible()
    field.fill("chr9:5")
    field.press("Enter")
    expect(area.get_by_text("The file has no contig 'chr9'")).to_be_visible()
    lab.python("view.locus = 'chr1'")
    expect(reads.get_by_text("the limit is")).to_be_visible()
    assert lab.axe(".modos-region-view") == []
