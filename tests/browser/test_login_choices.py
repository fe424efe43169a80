"""What a person is asked beside the sign-in: the command line, other keys, moved services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

START = """
import os
os.environ['XDG_CACHE_HOME'] = os.environ['XDG_STATE_HOME'] = {folder!r}
import ipywidgets, modos_widgets
from datetime import datetime, timedelta, UTC
from modos_widgets import remote
from modos_widgets.session.problem import Problem
from modos_widgets.session.sign_in import DeviceCode, SignIn

def login(state, **facts):
    sign_in = SignIn()
    sign_in.manager = remote.EndpointManager('https://modos.example.org')
    sign_in.can_begin = True
    sign_in._become(sign_in._turn, state, **facts)
    return modos_widgets.Login(sign_in=sign_in)

later = datetime.now(UTC) + timedelta(hours=1)
url = 'https://modos.example.org'
keys = (remote.RemainingKey('/home/ada/.cache/modos/s3.env', True),
        remote.RemainingKey('AWS_ACCESS_KEY_ID', False))
account = remote.Account('ada', 'Ada Curator', later, ('profile',), (), url)
moved = Problem(url + ' now names a service at https://keys.example.net.', 'Check the address.',
                'sign-in', origin='https://keys.example.net')
code = DeviceCode('AB-CD', 'http://id.example.org/device', None, later)
out = login('signed out', keys=keys)
into = login('signed in', account=account, problem=moved)
told = login('waiting', code=code)
"""


def test_all_ways_to_sign_in_are_visible_in_both_themes_and_reached_by_keyboard(
    lab: LabPage, tmp_path: Path
) -> None:
    lab.open([START.format(folder=str(tmp_path)), "ipywidgets.VBox([out, into, told])"])
    lab.run_all()
    area = lab.output(1)
    expect(area.get_by_text("Other S3 keys remain: /home/ada/.cache/modos/s3.env")).to_be_visible()
    expect(area.get_by_role("button", name="Remove s3.env keys")).to_be_visible()
    expect(area.get_by_role("button", name="Confirm address")).to_be_visible()
    expect(area.get_by_text("This address is not a link because it is not secure")).to_be_visible()
    expect(area.get_by_role("link")).to_have_count(0)
    box = area.get_by_label("Use this sign-in for the modos command line too")
    expect(box).not_to_be_checked()
    area.get_by_role("button", name="Remove s3.env keys").focus()
    lab.page.keyboard.press("Tab")
    expect(box).to_be_focused()
    lab.page.keyboard.press("Space")
    expect(box).to_be_checked()
    for theme in ("Light", "Dark"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"login-choices-{theme.lower()}", area)
        assert lab.axe(".modos-login") == []
    lab.set_theme("JupyterLab Light")
