"""The notebooks without a kernel: as nbconvert's HTML, and printed as PDF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.timeout(300)]

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
A4 = (794, 1123)  # CSS pixels
WIDER = """() => [...document.querySelectorAll('.jp-OutputArea-output')]
  .filter(each => each.scrollWidth > each.clientWidth + 1 && !each.querySelector('table'))
  .map(each => each.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the HTML of each notebook, as ``jupyter nbconvert --to html`` writes it."""
    folder = tmp_path_factory.mktemp("exports")
    exporter = HTMLExporter()
    files = {}
    for notebook in NOTEBOOKS:
        text, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4))
        files[notebook.stem] = folder / f"{notebook.stem}.html"
        files[notebook.stem].write_text(text, encoding="utf-8")
    return files


@pytest.fixture
def offline(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        offline=True, viewport={"width": A4[0], "height": A4[1]}, device_scale_factor=2
    )
    yield context.new_page()
    context.close()


def test_notebooks_show_their_widgets_in_html_without_a_network(
    offline: Page, exports: dict[str, Path]
) -> None:
    for name, file in exports.items():
        offline.goto(file.as_uri())
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        outputs = offline.locator(".jp-OutputArea-output")
        shown = [each for cell in notebook.cells for each in cell.get("outputs", [])]
        expect(outputs).to_have_count(len(shown))
        texts = outputs.all_inner_texts()
        assert all(text.strip() or "img" in str(shown[at]) for at, text in enumerate(texts)), name
        assert "javascript error" not in " ".join(texts).lower()


def test_notebooks_are_printed_as_pdf_and_only_wide_tables_are_cut_off(
    offline: Page, exports: dict[str, Path]
) -> None:
    offline.emulate_media(media="print")
    for name, file in exports.items():
        offline.goto(file.as_uri())
        assert offline.evaluate(WIDER) == [], name
        printed = offline.pdf(format="A4", landscape=True, scale=0.6)
        pages = len(re.findall(rb"/Type\s*/Page\b", printed))
        assert pages >= 2, name
