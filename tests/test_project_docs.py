"""The documents: their links lead somewhere, and their example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.parts.checkout import ROOT, own_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

DOCUMENTS = sorted(path for path in own_files() if path.suffix == ".md")
LINK = re.compile(r"\]\((?!https?://|#)([^)\s#]+)")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = LINK.findall((ROOT / document).read_text())
    assert [link for link in links if not (ROOT / document.parent / link).exists()] == []


def test_the_example_of_the_readme_runs() -> None:
    [example] = BLOCK.findall((ROOT / "README.md").read_text())
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "sample/tumor" in done.stdout


def test_the_commands_that_the_documents_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        named = re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE)
        assert set(named) <= targets, document
