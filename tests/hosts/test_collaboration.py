"""Two people in one notebook, by jupyter-collaboration: what they share, and who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts import host_jobs
from tests.parts.lab import LabPage, new_page
from tests.parts.lab_server import LabServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from modos_widgets.demo import Deployment

pytestmark = [pytest.mark.host, pytest.mark.timeout(300)]


@pytest.fixture
def shared_server(tmp_path: Path) -> Iterator[LabServer]:
    server = LabServer(tmp_path / "lab")
    server.start()
    yield server
    server.stop()


def test_two_people_in_one_notebook(
    chromium: Browser, deployment: Deployment, shared_server: LabServer
) -> None:
    first = LabPage(new_page(chromium), shared_server)
    code = host_jobs.WIDGETS.format(endpoint=deployment.endpoint)
    first.open([code, "browser", "panel"])
    first.run_all()
    second = LabPage(new_page(chromium), shared_server)
    second.join(first.path)
    here, there = first.output(1), second.output(1)

    # who signs in does so for both
    host_jobs.sign_in(here, deployment)
    expect(there.locator(".modos-top-login")).to_contain_text("Ada Curator")
    expect(there.locator(".modos-top-login")).to_contain_text("for everyone here")

    # the opened object and the draft are shared, and the other one sees what is typed
    host_jobs.choose(here)
    expect(there.locator(".modos-element")).to_contain_text("sample/tumor")
    first.screenshot("host-collaboration-first")
    second.screenshot("host-collaboration-second")
    host_jobs.edit_and_commit(here, "Seen by both")
    expect(there.locator('[role=treeitem][data-path="sample/tumor"]')).to_contain_text(
        "Seen by both"
    )
    host_jobs.copy(first.output(2))
    expect(second.output(2).get_by_role("status")).to_contain_text("Done")
    for page in (second, first):
        page.page.context.close()
        page.check()
