"""The real JupyterLab that the browser tests drive does what its driver says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

SLIDER = ["import ipywidgets", "slider = ipywidgets.IntSlider(7, description='level')\nslider"]


def test_a_widget_lives_in_the_page_and_in_the_kernel(lab: LabPage) -> None:
    lab.open(SLIDER)
    lab.run_all()
    readout = lab.output(1).locator(".widget-readout")
    expect(readout).to_have_text("7")
    readout.fill("42")
    readout.press("Enter")
    expect(readout).to_have_text("42")
    lab.expect_python("slider.value", "42")
    lab.python("slider.value = 5")
    expect(readout).to_have_text("5")
    assert lab.screenshot("slider", lab.output(1)).stat().st_size > 0


def test_the_kernel_imports_this_checkout(lab: LabPage) -> None:
    from tests.parts.checkout import ROOT  # noqa: PLC0415

    lab.open(["import modos_widgets; print(modos_widgets.__file__)"])
    lab.run_all()
    assert lab.outputs()[0][0]["text"].strip().startswith(str(ROOT))


def test_an_error_in_a_cell_fails_the_test(lab: LabPage) -> None:
    lab.open(["1 / 0"])
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.run_all()
    lab.run_all(errors=True)


def test_theme_and_kernel_can_be_changed(lab: LabPage) -> None:
    lab.open(["value = 1"])
    lab.run_all()
    lab.set_theme("JupyterLab Dark")
    assert lab.page.evaluate("() => document.body.dataset.jpThemeLight") == "false"
    lab.restart_kernel()
    assert lab.python("'value' in globals()") == "False"


def test_errors_on_the_console_and_foreign_requests_are_noted(lab: LabPage) -> None:
    lab.open([])
    lab.page.evaluate("() => console.error('provoked')")
    lab.page.evaluate("() => fetch('http://example.org/').catch(() => null)")
    with pytest.raises(AssertionError, match="provoked"):
        lab.check()
    lab.allow_console("provoked|ERR_NAME_NOT_RESOLVED")
    with pytest.raises(AssertionError, match=r"example\.org"):
        lab.check()
    lab.foreign_requests.clear()


def test_axe_finds_a_button_without_a_name(lab: LabPage) -> None:
    lab.open(["from IPython.display import HTML", "HTML('<p id=it><button></button></p>')"])
    lab.run_all()
    expect(lab.page.locator("#it")).to_be_visible()
    assert "button-name" in [violation.id for violation in lab.axe("#it")]
