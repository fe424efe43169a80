"""A certified OpenID provider for tests: npm's oidc-provider in a process of its own.

``shared_identity_provider`` is one that runs, ``identity_provider`` a function that starts
one; `IdentityProvider.approve` and `IdentityProvider.deny` go through its own device pages
by HTTP, as a person would.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).with_name("identity_provider.mjs")
_SECONDS = 30
_PAGES = 8


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what is filled in already."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = given.get("action", "")
        elif tag == "input" and given.get("name"):
            self.values[given["name"]] = given.get("value", "")


@dataclass
class IdentityProvider:
    """A provider that runs. Any login name and password are right; the client is ``modos``."""

    issuer: str
    process: subprocess.Popen[str]
    client_id: str = "modos"

    @property
    def auth(self) -> dict[str, str]:
        """What a modos server says of it."""
        return {"url": self.issuer, "client_id": self.client_id}

    def approve(self, url: str, user_code: str, name: str = "ada") -> None:
        """Go through the device pages as somebody who agrees."""
        self._walk(
            url, {"user_code": user_code, "login": name, "password": "any"}, "was successful"
        )

    def deny(self, url: str, user_code: str) -> None:
        """Go through the device pages as somebody who aborts."""
        self._walk(url, {"user_code": user_code, "abort": "yes"}, "interrupted")

    def asked(self) -> list[tuple[str, str, bool]]:
        """What it was asked: method, path, and whether an Authorization header was there."""
        with requests.get(f"{self.issuer}/test/asked", timeout=_SECONDS) as response:
            return [(method, path, token) for method, path, token in response.json()]

    def fail(self, times: int) -> None:
        """Answer the next questions to the token endpoint with 503."""
        requests.get(f"{self.issuer}/test/fail?times={times}", timeout=_SECONDS).close()

    def stop(self) -> None:
        """End it, as a machine that goes down."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _walk(self, url: str, known: dict[str, str], goal: str) -> None:
        with requests.Session() as browser:
            page = browser.get(url, timeout=_SECONDS)
            for _ in range(_PAGES):
                if goal in page.text:
                    return
                form = _Form()
                form.feed(page.text)
                assert form.action is not None, page.text
                values = form.values | {
                    name: value
                    for name, value in known.items()
                    if name in form.values or (name == "abort" and "confirm" in form.values)
                }
                page = browser.post(urljoin(page.url, form.action), data=values, timeout=_SECONDS)
        raise AssertionError(f"never came to a page that says {goal!r}: {page.text}")


StartProvider = Callable[..., IdentityProvider]


@pytest.fixture
def identity_provider() -> Iterator[StartProvider]:
    """A function that starts a provider; its settings are those at the top of the script."""
    with starting_provider() as start:
        yield start


@pytest.fixture(scope="session")
def shared_identity_provider() -> Iterator[IdentityProvider]:
    """A provider for all tests that leave it as it is; it wants to be polled 20 times a second."""
    with starting_provider() as start:
        yield start(interval=0.05)


@contextmanager
def starting_provider() -> Iterator[StartProvider]:
    node = shutil.which("node")
    assert node is not None, "Node.js is missing: it runs the identity provider of these tests"
    started: list[IdentityProvider] = []

    def start(**settings: Any) -> IdentityProvider:
        process = subprocess.Popen(
            [node, str(_SCRIPT), json.dumps(settings)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=_SCRIPT.parent,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        provider = IdentityProvider(line.removeprefix("ready ").strip(), process)
        started.append(provider)
        assert line.startswith("ready "), "oidc-provider does not start: run npm ci"
        return provider

    try:
        yield start
    finally:
        for provider in started:
            provider.stop()
