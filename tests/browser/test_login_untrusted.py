"""A provider's words in a real JupyterLab: text, whatever they pretend to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Dialog

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

START = """
import datetime, os
os.environ['XDG_STATE_HOME'] = os.environ['XDG_CACHE_HOME'] = {folder!r}
import modos_widgets
from modos_widgets import remote
from modos_widgets.remote.identity_provider import Provider
from modos_widgets.session.problem import Problem
from modos_widgets.session.sign_in import DeviceCode, SignIn
manager = remote.EndpointManager('http://127.0.0.1:9')
provider = Provider(issuer='http://127.0.0.1:9', token_endpoint='http://127.0.0.1:9/token')
answer = dict(device_code='d', user_code='<b>WDJB</b>', expires_in=600,
              verification_uri='javascript:alert(1)//<img src=x onerror=alert(2)>',
              verification_uri_complete='javascript:alert(3)')
told = remote.DeviceLogin(manager, provider, 'tests', answer, allow_http=False)
sign_in = SignIn()
sign_in.manager = manager
code = DeviceCode(told.user_code, told.verification_uri, told.link, told.expires_at)
sign_in._become(sign_in._turn, 'waiting', code=code)
login = modos_widgets.Login(sign_in=sign_in)
"""

FAILED = (
    "sign_in._become(sign_in._turn, 'failed', "
    "problem=Problem('<script>alert(4)</script> said no', '<a href=x>click</a>', 'sign-in'))"
)


def test_a_link_that_is_not_a_web_address_and_markup_are_shown_as_text(
    lab: LabPage, tmp_path: Path
) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    lab.page.on("dialog", note)
    lab.open([START.format(folder=str(tmp_path)), "login"])
    lab.run_all()
    area = lab.output(1)
    shown = area.get_by_text("javascript:alert(1)//<img src=x onerror=alert(2)>")
    expect(shown).to_be_visible()
    shown.click()
    expect(area.locator(".modos-user-code")).to_have_text("<b>WDJB</b>")
    expect(area.get_by_role("link")).to_have_count(0)
    expect(area.get_by_role("button", name="Open sign-in page")).to_have_count(0)
    expect(area.get_by_role("button", name="Copy code")).to_be_visible()
    lab.python(FAILED)
    expect(area.get_by_role("alert")).to_contain_text("<script>alert(4)</script> said no")
    expect(area.locator("img, script, b")).to_have_count(0)
    expect(area.get_by_role("link")).to_have_count(0)
    assert dialogs == []
