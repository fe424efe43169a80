"""The whole sign-in in a real JupyterLab, on a certified provider and an S3 server that refuses."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from modos_widgets.demo.server import create_app
from tests.parts.s3 import running_seaweedfs
from tests.parts.temporary_keys import key_service, web_identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.identity import IdentityProvider, StartProvider
    from tests.parts.lab import LabPage
    from tests.parts.places import ServeApp

pytestmark = [pytest.mark.browser, pytest.mark.real, pytest.mark.timeout(420)]

KEY_LIFE = 20  # seconds
ROOT = b'{"zarr_format": 3, "node_type": "group", "attributes": {"@type": "MODO", "id": "ex"}}'

START = """
import logging, os
os.environ['XDG_CACHE_HOME'] = {cache!r}
os.environ['XDG_STATE_HOME'] = {cache!r}
logging.basicConfig(level=logging.DEBUG, filename={log!r})
kernel_log = get_ipython().kernel.log
kernel_log.setLevel(logging.DEBUG)
kernel_log.addHandler(logging.getLogger().handlers[0])
import ipywidgets, json, modos_widgets, threading
from modos_widgets import remote
endpoint = {endpoint!r}
browser = modos_widgets.browse(endpoint=endpoint)
login = modos_widgets.Login(endpoint)
"""


class Places:
    def __init__(self, endpoint: str, provider: IdentityProvider, folder: Path) -> None:
        self.endpoint, self.provider = endpoint, provider
        self.cache, self.log = folder / "cache", folder / "kernel.log"

    @property
    def start(self) -> str:
        return START.format(cache=str(self.cache), log=str(self.log), endpoint=self.endpoint)


@pytest.fixture
def places(
    serve_app: ServeApp, identity_provider: StartProvider, tmp_path: Path
) -> Iterator[Places]:
    provider = identity_provider(interval=1)
    iam = web_identity(provider.issuer, provider.client_id, "demo", "ex", KEY_LIFE)
    (tmp_path / "s3").mkdir()
    with running_seaweedfs(tmp_path / "s3", iam=iam) as s3:
        s3.bucket("demo")
        s3.client().put_object(Bucket="demo", Key="ex/data.zarr/zarr.json", Body=ROOT)
        s3.client().put_object(Bucket="demo", Key="ex/reads.txt", Body=b"ACGT")
        kms = serve_app(key_service(s3.endpoint, "demo", "ex", []))
        app = create_app(
            {"demo/ex": {"ex": {"@type": "MODO"}}},
            services={"kms": kms, "s3": s3.endpoint},
            auth=provider.auth,
            authorize=lambda token: (lambda _: True) if token else None,
        )
        yield Places(serve_app(app), provider, tmp_path)


def approve_in_chromium(lab: LabPage, area: Locator) -> None:
    """Open the sign-in page as a person does, and go through the provider's own pages."""
    with lab.page.expect_popup() as opened:
        area.get_by_role("button", name="Open sign-in page").click()
    page = opened.value
    for _ in range(8):
        page.wait_for_load_state()
        if "was successful" in page.content():
            break
        for name in ("login", "password"):
            field = page.locator(f"input[name={name}]")
            if field.count():
                field.fill("ada")
        page.locator("button[type=submit]").first.click()
    expect(page.get_by_text("was successful")).to_be_visible()
    page.close()


def in_both_themes(lab: LabPage, name: str, area: Locator) -> None:
    for theme in ("Light", "Dark"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"{name}-{theme.lower()}", area)
    lab.set_theme("JupyterLab Light")


def test_sign_in_read_renew_and_sign_out(lab: LabPage, places: Places) -> None:
    lab.open([places.start, "browser", "login", "1 + 1"])
    lab.run_all()
    area, alone = lab.output(1), lab.output(2)
    expect(area.get_by_text("Sign-in required")).to_be_visible()
    expect(alone.get_by_text("You are not signed in at")).to_be_visible()
    in_both_themes(lab, "login-signed-out", area)

    cancelling_leaves_no_thread(lab, alone)
    the_focus_is_never_lost_and_one_button_asks_again(lab, area)

    # waiting holds up nobody
    area.locator(".modos-top-login").get_by_role("button", name="Sign in").click()
    expect(area.locator(".modos-user-code")).to_have_text(re.compile(r"^[A-Z]{4}-[A-Z]{4}$"))
    began = time.monotonic()
    assert lab.python("1 + 1") == "2"
    assert time.monotonic() - began < 3
    in_both_themes(lab, "login-waiting", area)
    assert lab.axe(".modos-browser") == []
    approve_in_chromium(lab, area)

    # signed in: the list appears by itself, and a key reads
    entry = area.locator(".modos-overview .modos-found-row[data-path]")
    expect(entry).to_have_text(re.compile("ex"))
    expect(area.locator(".modos-top-login")).to_contain_text("s3://demo/ex")
    expect(alone.get_by_text("s3://demo/ex", exact=True)).to_be_visible()
    in_both_themes(lab, "login-signed-in", alone)
    assert lab.axe(".modos-login:not(.modos-compact, .modos-panel)") == []
    entry.click()
    expect(area.get_by_role("tree")).to_contain_text("ex")
    key = "remote.s3_credentials(endpoint)()"
    first = lab.python(f"print({key}.access_key_id)")
    secrets = [secret_of(key, lab, places), *tokens(places.cache)]
    ends = float(lab.python(f"print({key}.expires_at.timestamp())"))
    lab.page.wait_for_timeout(1000 * max(0.0, ends - datetime.now(UTC).timestamp() + 1))
    area.get_by_role("tab", name="Files").click()
    expect(area.get_by_text("reads.txt")).to_be_visible()
    assert lab.python(f"print({key}.access_key_id)") != first
    secrets.append(secret_of(key, lab, places))

    # a kernel that starts anew has nothing to click
    later = lab.python("print(modos_widgets.Login(endpoint).state)")
    assert later == "signed in"

    # signing out, then the token by hand
    area.get_by_role("button", name="Sign out").press("Enter")
    expect(alone.get_by_text("You are not signed in at")).to_be_visible()
    expect(area.get_by_role("button", name="Sign in").first).to_be_focused()
    revoked = [path for _, path, _ in places.provider.asked() if "revocation" in path]
    assert revoked
    assert tokens(places.cache) == []
    alone.get_by_role("button", name="Use token").click()
    alone.get_by_label("Access token").fill(secrets[1])
    alone.get_by_label("Access token").press("Enter")
    expect(alone.get_by_role("button", name="Sign out")).to_be_visible()
    assert lab.page.evaluate("() => document.documentElement.outerHTML").find(secrets[1]) < 0

    no_secret_stands_anywhere(lab, places, secrets)


def secret_of(key: str, lab: LabPage, places: Places) -> str:
    """Learn a secret by a file: a kernel at DEBUG logs every answer it gives."""
    file = places.log.with_name("secret")
    lab.python(f"open({str(file)!r}, 'w').write({key}.secret_access_key)")
    return file.read_text()


def cancelling_leaves_no_thread(lab: LabPage, alone: Locator) -> None:
    alone.get_by_role("button", name="Sign in").click()
    expect(alone.locator(".modos-user-code")).to_be_visible()
    alone.get_by_role("button", name="Cancel").click()
    expect(alone.get_by_role("button", name="Sign in")).to_be_focused()
    names = "[each.name for each in threading.enumerate() if each.name.startswith('modos-')]"
    lab.expect_python(names, "[]")


def the_focus_is_never_lost_and_one_button_asks_again(lab: LabPage, area: Locator) -> None:
    keyboard, sign_in = lab.page.keyboard, area.get_by_role("button", name="Sign in", exact=True)
    for place in (sign_in.first, sign_in.last):  # in the head, and in the middle
        place.focus()
        keyboard.press("Enter")
        expect(area.get_by_role("button", name="Open sign-in page")).to_be_focused()
        keyboard.press("Tab")
        keyboard.press("Tab")
        keyboard.press("Enter")  # Cancel
        expect(sign_in.first).to_be_focused()
    failed = "problem_of(LoginError('It was denied.', 'Start again.'), 'sign-in')"
    lab.python(f"""
from modos_widgets.errors import LoginError
from modos_widgets.session.problem import problem_of
signing = browser.session.sign_in
signing._become(signing._next(), 'failed', problem={failed})""")
    expect(area.get_by_role("button", name="Retry")).to_be_visible()
    expect(area.get_by_text("Sign in above to list the objects.")).to_be_visible()
    expect(sign_in).to_have_count(0)
    expect(area.get_by_role("button", name="token")).to_have_count(1)
    in_both_themes(lab, "login-denied", area)
    area.get_by_role("button", name="Retry").press("Enter")
    expect(area.get_by_role("button", name="Open sign-in page")).to_be_focused()
    area.get_by_role("button", name="Cancel").press("Enter")
    expect(sign_in).to_have_count(2)


def no_secret_stands_anywhere(lab: LabPage, places: Places, secrets: list[str]) -> None:
    assert len(secrets) >= 4  # two keys, the token, the refresh token
    saved = json.dumps(lab.save())
    state = lab.python("print(json.dumps(ipywidgets.Widget.get_manager_state()))")
    log = places.log.read_text()
    assert "signed in" in state
    assert "GET /list" in log
    for secret in secrets:
        for where, text in (("notebook", saved), ("state", state), ("log", log)):
            assert secret not in text, f"a secret stands in the {where}"


def tokens(cache: Path) -> list[str]:
    """Access tokens and refresh tokens in the cache, the access tokens first."""
    found: set[str] = set()
    for path in cache.rglob("*"):
        if path.is_file() and path.suffix in {".jwt", ".json"} and path.name != "widgets.json":
            text = path.read_text()
            found |= {text.strip()} if path.suffix == ".jwt" else set(secrets_in(json.loads(text)))
    return sorted(found - {""}, key=lambda token: (token.count(".") != 2, token))


def secrets_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value[name] for name in ("access_token", "refresh_token") if value.get(name)]
        return own + [each for inner in value.values() for each in secrets_in(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in secrets_in(inner)]
    return []
