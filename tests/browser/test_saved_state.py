"""Widget state in a page without a kernel, as html-manager shows it: the saved output, as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from modos_widgets import MetadataTable, create_modo
from tests.parts.checkout import ROOT
from tests.parts.lab import new_page
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

EVIL = "<img src=x onerror='window.pwned=1'>one & two"

# a model without a kernel sends nothing and hears nothing
SHOW = """async ([source, state]) => {
  const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  const {default: loader} = await import(url);
  const model = {
    get: name => state[name], on() {}, off() {},
    send() { if (state.throws) throw new Error('Cannot send'); },
  };
  const el = document.createElement('div');
  document.body.append(el);
  const {signal} = new AbortController();
  loader.initialize({model, signal});
  void loader.render({model, el, signal});
}"""


@pytest.mark.parametrize("throws", [False, True])
def test_the_saved_output_is_shown_where_no_kernel_answers(
    chromium: Browser, tmp_path: Path, *, throws: bool
) -> None:
    modo = create_modo(tmp_path / "study")
    draft = modo.edit()
    draft.add("sample/s1", {"name": EVIL})
    draft.commit(force=True)
    table = MetadataTable(modo)
    saved = table._repr_mimebundle_()[0]["text/html"]
    state = {name: table.get_state()[name] for name in ("_bundle", "_face")}
    assert state["_face"] == saved
    forged = {**state, "_face": f"{saved}{EVIL}<script>window.pwned=1</script><a href=x>b</a>"}

    watched = WatchedPage(new_page(chromium))
    page = watched.page
    loader = (ROOT / "modos_widgets" / "static" / "loader.js").read_text()
    for given in (state, forged, {**state, "_face": ""}):
        page.evaluate(SHOW, [loader, json.loads(json.dumps({**given, "throws": throws}))])
    views = page.locator("body > div")
    view = views.nth(0)
    expect(view).to_contain_text("Saved output. Start a kernel and run the cell")
    expect(view.get_by_role("row").filter(has_text="sample/s1")).to_contain_text(EVIL)
    expect(views.nth(2)).to_contain_text("Waiting for the kernel")
    expect(views.nth(1)).to_contain_text("sample/s1")
    assert page.locator("img, script, a").count() == 0
    assert page.evaluate("window.pwned") is None
    watched.screenshot("saved-state-without-kernel")
    watched.check()
    page.context.close()
