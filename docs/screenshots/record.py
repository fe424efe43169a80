"""Record the film of the README from the running product: find an object, then fix a cohort.

``make screenshots`` calls it: the page of ``modos-widgets app``, the demo deployment, a real
Chromium. The result is an animated WebP beside this file.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from playwright.sync_api import expect, sync_playwright

from tests.parts.app import App
from tests.parts.chromium import ARGUMENTS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FILM = Path(__file__).resolve().parent / "curate.webp"
SIZE = (1200, 720)
PATIENCE = 60_000  # milliseconds
STEPS, STEP = 5, 50  # pictures of a movement of the pointer, and milliseconds of each
QUALITY = 70
ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


class Film:
    """Pictures of a page with a pointer, and how long each is shown.

    Attributes
    ----------
    page : playwright.sync_api.Page
        The page, which has the size of the film.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._pictures: list[Image.Image] = []
        self._milliseconds: list[int] = []
        self._pointer = (SIZE[0] / 2, SIZE[1] / 2)

    def hold(self, milliseconds: int) -> None:
        """Show the page for a while."""
        self.page.wait_for_timeout(400)
        self._add(self._picture(), milliseconds)

    def click(self, target: Locator) -> None:
        """Move the pointer to the middle of a control, and click it."""
        expect(target).to_be_visible()
        box = target.bounding_box()
        if box is None:
            raise AssertionError("it is not shown")
        goal = box["x"] + min(box["width"] / 2, 60), box["y"] + box["height"] / 2
        before, begin = self._picture(), self._pointer
        for step in range(1, STEPS + 1):
            share = step / STEPS
            self._pointer = (
                begin[0] + (goal[0] - begin[0]) * share,
                begin[1] + (goal[1] - begin[1]) * share,
            )
            self._add(before, STEP)
        self._add(before, 250, is_pressed=True)
        self.page.mouse.click(*goal)

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        for end in range(0, len(text), 6):
            self.page.keyboard.type(text[end : end + 6])
            self._add(self._picture(), 90)

    def save(self, path: Path) -> None:
        """Write the film."""
        first, *others = self._pictures
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._milliseconds,
            loop=0,
            quality=QUALITY,
            method=4,
        )

    def _picture(self) -> Image.Image:
        data = self.page.screenshot(animations="disabled", caret="hide")
        return Image.open(io.BytesIO(data)).convert("RGB")

    def _add(self, picture: Image.Image, milliseconds: int, *, is_pressed: bool = False) -> None:
        shown = picture.copy()
        draw = ImageDraw.Draw(shown, "RGBA")
        x, y = self._pointer
        if is_pressed:
            draw.ellipse((x - 14, y - 14, x + 14, y + 14), outline=(29, 95, 191, 255), width=3)
        draw.polygon([(x + dx, y + dy) for dx, dy in ARROW], fill="black", outline="white")
        self._pictures.append(shown)
        self._milliseconds.append(milliseconds)


def play(film: Film) -> None:
    """Open an object, look at a sample, then fix and commit what is wrong in a cohort."""
    page = film.page
    browser = page.locator(".modos-browser")
    row = browser.locator('.modos-overview [data-path$="/P-0003"]')
    expect(row).to_be_visible()
    film.hold(1500)
    film.click(row)
    sample = browser.locator('[role=treeitem][data-path="sample"]')
    expect(sample).to_be_visible()
    film.hold(900)
    film.click(sample.locator(".modos-twist"))
    tissue = browser.locator('[role=treeitem][data-path="sample/s03"]')
    expect(tissue).to_be_visible()
    film.click(tissue)
    film.hold(1600)
    film.click(browser.get_by_role("button", name="Edit", exact=True))
    table = browser.locator(".modos-metadata-table").first
    errors = table.get_by_role("button", name=re.compile("error"))
    expect(errors.first).to_be_visible()
    film.hold(900)
    film.click(errors.first)
    expect(table.locator(".modos-bubble")).to_be_visible()
    film.hold(2000)
    film.click(table.get_by_role("button", name=re.compile("^Fix .* problem")))
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    film.hold(1200)
    for box in dialog.get_by_role("checkbox").all():
        if not box.is_checked():
            film.click(box)
    film.hold(800)
    film.click(dialog.get_by_role("button", name=re.compile("^Apply")))
    foot = browser.locator(".modos-edit-foot")
    expect(foot).to_contain_text("change")
    film.hold(1600)
    film.click(foot.get_by_role("button", name="Commit…"))
    expect(dialog).to_be_visible()
    film.hold(1200)
    film.click(dialog.get_by_role("textbox").first)
    film.type("Correct the sex of three samples")
    film.click(dialog.get_by_role("button", name=re.compile("^Commit")))
    expect(dialog).to_contain_text("Committed")
    film.hold(3500)


def main() -> None:
    """Save the film beside this file, in the light theme."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "app", MODOS_HINTS="0")
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(playwright.chromium), args=ARGUMENTS
        )
        try:
            width, height = SIZE
            page = chromium.new_page(
                viewport={"width": width, "height": height}, color_scheme="light"
            )
            page.goto(app.url)
            page.get_by_role("button", name="Try the demo").click()
            film = Film(page)
            play(film)
            film.save(FILM)
            print(FILM.name, f"{FILM.stat().st_size:,} bytes")
        finally:
            chromium.close()
            app.stop()


if __name__ == "__main__":
    main()
