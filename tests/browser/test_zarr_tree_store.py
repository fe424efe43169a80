"""ZarrTree over a store that answers slowly, refuses half-way, and comes back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.explore.stores import fill, group_document, make_counts, upload
from tests.parts.proxy import Fault, Proxy, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.browser


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as running:
        yield running


def row(area: Locator, path: str) -> Locator:
    return area.locator(f'[role=treeitem][data-path="{path}"]')


def cell(server: S3Server, proxy: Proxy, url: str) -> str:
    return (
        f"import modos_widgets\ntree = modos_widgets.ZarrTree({url!r}, "
        f"services={{'s3': {proxy.endpoint!r}}}, s3_kwargs={server.s3_kwargs!r})\ntree"
    )


def hold(proxy: Proxy) -> threading.Event:
    """Block the store until the event is set."""
    answers = threading.Event()

    def wait(_: Request) -> None:
        answers.wait(60)

    proxy.observe = wait
    return answers


def test_a_slow_store_shows_progress_and_a_refused_node_is_retried(
    lab: LabPage, moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    make_counts(tmp_path / "x.zarr", consolidated=False)
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    answers = hold(proxy)
    proxy.faults = [
        Fault("status", contains="sample/zarr.json", status=403, code="AccessDenied", times=99),
        Fault("status", contains="prefix=x.zarr%2Fdata%2F&", status=403, code="Denied", times=99),
        Fault("reset", contains="assay/rna/zarr.json", times=99),
    ]
    lab.open([cell(moto_server, proxy, f"s3://{bucket}/x.zarr")])
    lab.run_all()
    area = lab.output(0)
    expect(area.locator(".modos-foot")).to_contain_text("Reading…")
    assert lab.python("1 + 1") == "2"  # the kernel is free meanwhile
    answers.set()
    expect(row(area, "sample")).to_contain_text("permission denied")
    expect(row(area, "reference")).to_contain_text("empty")

    # a group that cannot be listed says so below its row; the others open
    answers.clear()
    row(area, "data").locator(".modos-twist").click()
    expect(row(area, "data")).to_contain_text("reading…")
    answers.set()
    problem = area.locator(".modos-problem-row")
    expect(problem).to_contain_text("refuses")
    row(area, "assay").locator(".modos-twist").click()
    expect(row(area, "assay/rna")).to_contain_text("no response")
    lab.screenshot("tree-refused", area)

    # the store comes back: each is tried again where it stands, nothing else is asked for
    proxy.faults = []
    before = proxy.count()
    problem.click()
    expect(row(area, "data/counts")).to_be_visible()
    row(area, "sample").click(button="right")
    area.get_by_role("menuitem", name="Retry").click()
    expect(row(area, "sample")).to_contain_text("3")
    row(area, "assay/rna").click(button="right")
    area.get_by_role("menuitem", name="Retry").click()
    expect(row(area, "assay/rna")).to_contain_text("RNA-seq")
    assert proxy.count() - before < 20
    row(area, "data/counts").locator(".modos-twist").click()

    # what an array takes in the store is asked for when a person rests on it, by one listing
    array = row(area, "data/counts/data")
    expect(array).to_contain_text("4.7 KiB")
    assert "stored" not in (array.text_content() or "")
    before = proxy.count()
    array.click()
    expect(array).to_contain_text("KiB stored")
    assert proxy.count() == before + 1


def test_a_missing_store_is_reported_and_retried(
    lab: LabPage, moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    make_counts(tmp_path / "x.zarr")
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    proxy.faults = [Fault("status", status=403, code="AccessDenied", times=999)]
    lab.open([cell(moto_server, proxy, f"s3://{bucket}/x.zarr")])
    lab.run_all()
    area = lab.output(0)
    alert = area.get_by_role("alert")
    expect(alert).to_contain_text("refuses")
    assert lab.axe(".modos-zarr-tree") == []
    lab.screenshot("tree-unreachable", area)
    proxy.faults = []
    alert.get_by_role("button", name="Retry").click()
    expect(row(area, "sample")).to_be_visible()
    expect(alert).to_have_count(0)


def test_an_interrupted_level_keeps_its_rows_and_continues(
    lab: LabPage, moto_server: S3Server, proxy: Proxy
) -> None:
    bucket = moto_server.bucket()
    document = group_document()
    keys = {f"w.zarr/n{place:05}/zarr.json": document for place in range(1500)}
    fill(moto_server, bucket, {**keys, "w.zarr/zarr.json": document})
    proxy.faults = [
        Fault("status", contains="continuation-token", status=403, code="AccessDenied", times=99)
    ]
    lab.open([cell(moto_server, proxy, f"s3://{bucket}/w.zarr")])
    lab.run_all()
    area = lab.output(0)
    expect(row(area, "n00003")).to_contain_text("empty")
    tree = area.locator("[role=tree]")
    tree.press("End")
    problem = area.locator(".modos-problem-row")
    expect(problem).to_contain_text("refuses")
    tree.press("End")  # the problem may have come after the first
    expect(row(area, "n00999")).to_be_visible()
    proxy.faults = []
    tree.press("Enter")  # the row of the problem is the active one
    expect(row(area, "")).to_have_count(0)  # nothing has scrolled
    expect(row(area, "n00999")).to_have_attribute("aria-setsize", "1500")
    expect(problem).to_have_count(0)
    tree.press("End")
    expect(row(area, "n01499")).to_contain_text("empty")


def test_values_are_searched_in_steps_and_the_rest_on_request(
    lab: LabPage, moto_server: S3Server, proxy: Proxy
) -> None:
    bucket = moto_server.bucket()
    keys = {
        f"w.zarr/n{place:05}/zarr.json": group_document(cell=f"Cell {place}")
        for place in range(300)
    }
    fill(moto_server, bucket, {**keys, "w.zarr/zarr.json": group_document()})
    lab.open([cell(moto_server, proxy, f"s3://{bucket}/w.zarr")])
    lab.run_all()
    area = lab.output(0)
    expect(row(area, "n00003")).to_be_visible()
    lab.python("from modos_widgets.explore import search; search.MOST_READ_REMOTE = 100")
    box = area.get_by_label("Filter names and values")
    box.fill("cell 29")
    foot = area.locator(".modos-foot")
    expect(foot).to_contain_text("Values of 256 of 300 nodes searched.")
    expect(row(area, "n00029")).to_be_visible()
    area.get_by_role("button", name="Search all values").click()
    expect(area.locator(".modos-found")).to_have_text("11 of 300")
    expect(area.locator(".modos-found")).to_have_attribute(
        "title", "11 matches of 300 nodes, names and attribute values"
    )
    proxy.delay = 0.5
    lab.python("tree.refresh()")
    expect(foot).to_contain_text("Searching values…")
    expect(area.locator(".modos-found")).to_have_text("0 of 300…")
    expect(area.get_by_text("No matches so far")).to_be_visible()
    box.press("Escape")  # ends it
    expect(row(area, "n00003")).to_be_visible()
    expect(area.locator(".modos-found")).to_have_text("")
