"""The device page of the demo's identity provider in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
import requests
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from modos_widgets import demo

pytestmark = pytest.mark.browser


def begin(protected: demo.Deployment) -> dict[str, str]:
    form = {"client_id": "modos-demo", "scope": "profile offline_access permissions"}
    url = f"{protected.issuer}/device_authorization"
    code: dict[str, str] = requests.post(url, data=form, timeout=10).json()
    return code


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_types_the_code_and_approves_by_keyboard(
    protected: demo.Deployment, chromium: Browser, scheme: Literal["light", "dark"]
) -> None:
    code = begin(protected)
    page = chromium.new_page(color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(code["verification_uri"])
    page.get_by_label("Code").fill(code["user_code"].lower())
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_have_text(code["user_code"])
    page.get_by_label("Gus Guest").check()
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Signed in as Gus Guest")
    background = {"light": "rgb(236, 238, 241)", "dark": "rgb(20, 24, 29)"}[scheme]
    expect(page.locator("body")).to_have_css("background-color", background)
    assert said == [], "the page's own policy lets everything through that it needs"
    page.close()


def test_markup_in_a_code_is_shown_as_text(protected: demo.Deployment, chromium: Browser) -> None:
    page = chromium.new_page()
    typed = "<img src=x onerror=alert(1)>"
    page.goto(f"{protected.issuer}/device")
    page.get_by_label("Code").fill(typed)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    expect(page.get_by_label("Code")).to_have_value(typed)
    assert page.locator("img").count() == 0
    page.close()
