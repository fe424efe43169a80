"""Looking into files in the Browser: tables, texts, images and regions, by mouse and keyboard."""

from __future__ import annotations

import gzip
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.modo.objects import ELEMENTS, keys_of, put_local

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.genome_files import GenomeStudy
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

GENOMES = {
    "d1.cram": "reads3.0.cram",
    "d1.cram.crai": "reads3.0.cram.crai",
    "r1.fa": "ref.fa",
    "r1.fa.fai": "ref.fa.fai",
}
SETUP = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
browser = modos_widgets.browse({path!r})
browser.tab = 'files'
browser.height = '700px'
browser
"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120"
 onload="window.hacked = 1">
<script>window.hacked = 1</script><image href="https://example.org/tracker.png"/>
<rect width="300" height="120" fill="#eef"/><circle cx="60" cy="60" r="40" fill="#c24a00"/></svg>"""


def png(width: int, height: int) -> bytes:
    rows = b"".join(b"\0" + bytes([at % 256, 120, 200] * width) for at in range(height))
    parts = [b"\x89PNG\r\n\x1a\n"]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        parts += [
            struct.pack(">I", len(data)),
            kind,
            data,
            struct.pack(">I", zlib.crc32(kind + data)),
        ]
    return b"".join(parts)


def table() -> bytes:
    lines = ["gene\tdescription\tP1\tP2"]
    lines += [
        f"ENSG{at:05}\tmade-up gene {at}\t{at * 7 % 90}\t{at * 3 % 70}.5" for at in range(900)
    ]
    return "\n".join(lines).encode()


HOSTILE = (
    "name\tvalue\n<img src=x onerror=hacked=1>\t\u202egnp.exe\u202c\n\x1b[31mred\x07\t\u200bx\n"
)


def row(browser: Locator, path: str) -> Locator:
    return browser.locator(".modos-files tbody tr").filter(
        has=browser.page.get_by_text(path, exact=True)
    )


def show(lab: LabPage, genome_study: GenomeStudy, tmp_path: Path) -> tuple[Locator, Locator]:
    files = {name: genome_study.path(source).read_bytes() for name, source in GENOMES.items()}
    files |= {
        "counts.tsv.gz": gzip.compress(table()),
        "hostile.tsv": HOSTILE.encode() + b"\xff\xfe\t1\n",
        "plot.png": png(320, 160),
        "large.png": png(1, 1).replace(
            struct.pack(">II", 1, 1), struct.pack(">II", 100_000, 100_000)
        ),
        "plot.svg": SVG.encode(),
        "run.log": b"step 1\tdone\nstep 2\tdone\n",
        "model.bin": bytes(range(256)),
    }
    path = put_local(tmp_path / "study", keys_of(ELEMENTS, files=files))
    lab.open([SETUP.format(path=str(path))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    view = browser.locator(".modos-file-view")
    return browser, view


def test_tables_are_shown_page_by_page(
    lab: LabPage, genome_study: GenomeStudy, tmp_path: Path
) -> None:
    browser, view = show(lab, genome_study, tmp_path)
    row(browser, "counts.tsv.gz").click()
    expect(view.get_by_text("Table, 4 columns, gzip")).to_be_visible(timeout=30_000)
    expect(view.get_by_role("columnheader")).to_have_text(["gene", "description", "P1", "P2"])
    expect(view.get_by_role("status")).to_have_text("First 200 rows")
    lab.screenshot("file-table-light", browser)
    assert lab.axe(".modos-browser") == []
    for at in (400, 600, 800):
        view.get_by_role("button", name="Show more rows").click()
        expect(view.get_by_role("status")).to_have_text(f"First {at} rows")
    view.get_by_role("button", name="Show more rows").click()
    expect(view.get_by_role("status")).to_have_text("900 rows")
    expect(view.get_by_role("row").last).to_contain_text("ENSG00899")


def test_hostile_files_and_images_are_shown_as_text_and_pictures(
    lab: LabPage, genome_study: GenomeStudy, tmp_path: Path
) -> None:
    browser, view = show(lab, genome_study, tmp_path)
    holder = browser.get_by_role("region", name="Files; arrow keys")
    row(browser, "hostile.tsv").click()
    expect(view.get_by_text("<img src=x onerror=hacked=1>")).to_be_visible()
    expect(view.get_by_text("\\u202egnp.exe\\u202c")).to_be_visible()
    expect(view.get_by_text("Bytes that are not valid UTF-8")).to_be_visible()
    row(browser, "plot.svg").click()
    image = view.locator("img")
    expect(image).to_have_js_property("naturalWidth", 300)
    lab.screenshot("file-image-light", browser)
    row(browser, "large.png").click()
    expect(view.get_by_text("100,000 x 100,000 pixels, too many")).to_be_visible()
    expect(image).to_have_count(0)
    holder.focus()
    lab.page.keyboard.press("ArrowDown")
    expect(view.get_by_text("too many")).to_be_visible()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    expect(view.get_by_text("PNG image, 320 x 160 pixels")).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 320)
    row(browser, "run.log").click()
    expect(view.locator("pre")).to_contain_text("step 2")
    lab.set_theme()
    lab.screenshot("file-text-dark", browser)
    assert lab.axe(".modos-browser") == []
    row(browser, "model.bin").click()
    expect(view.get_by_text("Files of this format cannot be shown.")).to_be_visible()
    assert lab.page.evaluate("window.hacked") is None
    view.get_by_role("button", name="Close model.bin").click()
    expect(view).to_have_count(0)
    expect(holder).to_be_focused()


def test_regions_of_a_chosen_genome_file_are_shown(
    lab: LabPage, genome_study: GenomeStudy, tmp_path: Path
) -> None:
    browser, view = show(lab, genome_study, tmp_path)
    lab.set_theme()
    row(browser, "d1.cram").click()
    expect(view.get_by_text("CRAM 3.0")).to_be_visible()
    expect(view.get_by_role("cell", name="300,000")).to_be_visible()
    lab.screenshot("file-genome-dark", browser)
    view.get_by_role("button", name="Show region").click()
    expect(browser.get_by_role("tab", name="Region")).to_have_attribute("aria-selected", "true")
    region = browser.get_by_role("group", name="Region view")
    expect(region.get_by_role("img", name="reads of data/d1")).to_be_visible(timeout=30_000)
    lab.screenshot("file-region-dark", browser)
    assert lab.axe(".modos-browser") == []
    lab.python("browser.session.select('reference/r1')")
    expect(region.get_by_role("region", name="reference/r1")).to_be_visible(timeout=30_000)
    lab.expect_python("print(list(browser.region.files))", "['reference/r1']")
    for width in (705, 420):
        lab.page.set_viewport_size({"width": width, "height": 900})
        lab.screenshot(f"file-region-{width}", browser)
        lab.python("browser.tab = 'files'")
        row(browser, "counts.tsv.gz").click()
        expect(view.get_by_role("status")).to_have_text("First 200 rows")
        lab.screenshot(f"file-table-{width}", browser)
        lab.python("browser.tab = 'region'")
