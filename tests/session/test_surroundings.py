"""Poor surroundings: no home to write to, no network, no credential. What fails is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.parts.checkout import ROOT

pytestmark = pytest.mark.traffic

WITHOUT_HOME = """
import contextlib, json, warnings
import modos_widgets
from modos_widgets import demo

def settle(session):
    for task in session.under_way():
        with contextlib.suppress(modos_widgets.errors.ModosError):  # it is in session.problem
            task.result(60)

found = {}
with demo.start() as deployment, warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    modo = modos_widgets.open_modo(deployment.objects[-2], endpoint=deployment.endpoint, mode="r+")
    draft = modos_widgets.edit(modo)
    draft.set("", "name", "changed")
    commit = draft.commit()
    found["warned"] = [str(warning.message) for warning in told]
    found["changed"] = modo.frame()["name"].iloc[0]
    commit.undo()
    found["taken back"] = modo.frame()["name"].iloc[0] != "changed"
    table = modos_widgets.catalog(deployment.objects[:2], services={"s3": deployment.s3_endpoint})
    found["rows"] = len(table)
with demo.start(protected=True) as deployment:
    browser = modos_widgets.browse(endpoint=deployment.endpoint)
    settle(browser.session)
    found["no credential"] = [browser.session.problem.message, browser.session.problem.hint]
    try:
        deployment.approve(browser.login)
    except modos_widgets.errors.LoginError:
        pass
    problem = browser.session.sign_in.problem
    found["sign-in"] = [problem.message, problem.hint]
browser.session.refresh()
settle(browser.session)
found["no network"] = [browser.session.problem.message, browser.session.problem.hint]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    nowhere = {f"XDG_{name}_HOME": "/dev/null/x" for name in ("CACHE", "STATE", "CONFIG", "DATA")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_HOME],
        cwd=ROOT,
        env={**os.environ, **nowhere, "HOME": "/dev/null", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_without_a_home_a_commit_succeeds_and_can_be_undone_in_this_session(
    found: dict[str, Any],
) -> None:
    assert found["changed"] == "changed"
    assert found["taken back"]
    assert any("Only this session can undo it" in told for told in found["warned"])


def test_without_a_home_objects_are_read(found: dict[str, Any]) -> None:
    assert found["rows"] > 2


def test_without_a_home_a_sign_in_reports_the_missing_folder(found: dict[str, Any]) -> None:
    assert "cache folder" in found["sign-in"][0]
    assert "XDG_CACHE_HOME" in found["sign-in"][1]


def test_without_a_credential_the_hint_is_to_sign_in(found: dict[str, Any]) -> None:
    message, hint = found["no credential"]
    assert "requires a sign-in" in message
    assert "Sign in" in hint


def test_without_a_network_the_endpoint_is_named(found: dict[str, Any]) -> None:
    message, hint = found["no network"]
    assert "cannot be reached" in message
    assert "network" in hint
