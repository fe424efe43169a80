"""An S3 server passed as `endpoint=` is named at first use, with what to pass instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets as modos
from modos_widgets import remote
from modos_widgets.errors import EndpointError, ModosError
from modos_widgets.transport import compare
from tests.parts.places import make_object, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.usefixtures("own_folders")

PATH = "s3://bucket/study"
CALLS: dict[str, Callable[[str], object]] = {
    "open_modo": lambda url: modos.open_modo(PATH, endpoint=url),
    "open_modo id": lambda url: modos.open_modo("study", endpoint=url),
    "Location": lambda url: modos.open_modo(modos.Location(PATH, endpoint=url)),
    "create_modo": lambda url: modos.create_modo(PATH, endpoint=url),
    "edit": lambda url: modos.edit([PATH], endpoint=url),
    "catalog": modos.catalog,
    "catalog below": lambda url: modos.catalog("s3://bucket", endpoint=url),
    "transfer": lambda url: modos.transfer(PATH, "copy", endpoint=url),
    "transfer to": lambda url: modos.transfer("study", PATH, endpoint=url),
    "compare": lambda url: compare(PATH, "copy", endpoint=url),
    "ZarrTree": lambda url: modos.ZarrTree(PATH, endpoint=url),
    "ArrayPreview": lambda url: modos.ArrayPreview(PATH, endpoint=url),
    "MetadataTable": lambda url: modos.MetadataTable(PATH, endpoint=url),
    "list_remote_items": remote.list_remote_items,
    "get_metadata_from_remote": remote.get_metadata_from_remote,
    "get_s3_path": lambda url: remote.get_s3_path(url, "study"),
    "EndpointManager.list": lambda url: remote.EndpointManager(url).list(),
    "EndpointManager.s3": lambda url: remote.EndpointManager(url).s3,
}


def assert_named(text: str, url: str) -> None:
    assert f"{url} is an S3 server, not a modos server." in text
    assert f'services={{"s3": "{url}"}}' in text


@pytest.mark.parametrize("name", CALLS)
def test_each_function_names_it(name: str, moto_server: S3Server) -> None:
    url = moto_server.endpoint
    with pytest.raises(EndpointError) as caught:
        CALLS[name](url)
    assert_named(str(caught.value), url)
    assert 'services={"s3"' in caught.value.hint


def test_so_does_an_attached_file(moto_server: S3Server, tmp_path: Path) -> None:
    draft = modos.open_modo(make_object(tmp_path), mode="r+").edit()
    element = draft.modos[0].hierarchy.elements()[0].path
    with pytest.raises(EndpointError) as caught:
        draft.attach(element, "s3://bucket/reads.cram", endpoint=moto_server.endpoint)
    assert_named(str(caught.value), moto_server.endpoint)


@pytest.mark.parametrize("path", [None, PATH, "study"])
def test_a_browser_shows_it(path: str | None, moto_server: S3Server) -> None:
    browser = modos.browse(path, endpoint=moto_server.endpoint)
    wait_until(lambda: browser.session.problem)
    problem: Any = browser.session.problem
    assert_named(f"{problem.message} {problem.hint}", moto_server.endpoint)
    browser.close()


def test_a_login_a_picker_and_a_transfer_panel_show_it(moto_server: S3Server) -> None:
    url = moto_server.endpoint
    login = modos.Login(url)
    login.begin()
    wait_until(lambda: login._sign_in.problem)
    problem: Any = login._sign_in.problem
    assert_named(f"{problem.message} {problem.hint}", url)
    picker = modos.EndpointPicker(url)
    wait_until(lambda: "modos" in picker.health)
    assert_named(picker.health["modos"].problem or "", url)
    panel = modos.TransferPanel(PATH, "copy", endpoint=url)
    panel.compare()
    wait_until(lambda: panel.phase == "failed")
    assert_named(" ".join(panel._shown["problem"].values()), url)
    for widget in (login, picker, panel):
        widget.close()


def test_services_name_the_same_server_and_work(moto_server: S3Server) -> None:
    way: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    path = f"s3://{moto_server.bucket()}/study"
    modos.create_modo(path, **way)
    located = modos.Location(path, **way)
    assert modos.open_modo(path, **way).id == modos.open_modo(located).id == "study"
    assert list(modos.catalog(located).index) == list(modos.catalog(path, **way).index)
    assert modos.ZarrTree(located).source is not None
    assert moto_server.secret not in repr(located)
    with pytest.raises(ModosError, match="already contains endpoint"):
        modos.open_modo(located, **way)
