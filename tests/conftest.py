"""What all tests share: every module in tests/parts/ is a plugin, so its fixtures are at hand.

A part must be cheap to import: it imports what is heavy inside its fixtures.
"""

import os
from pathlib import Path

import pytest

os.environ.setdefault("MODOS_HINTS", "0")  # tests that are not about them see none
pytest.register_assert_rewrite("tests.parts")  # also where one part imports another
pytest_plugins = [
    f"tests.parts.{module.stem}"
    for module in sorted((Path(__file__).parent / "parts").glob("*.py"))
]
