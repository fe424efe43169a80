"""What all tests share: every module in tests/parts/ is a plugin, so its fixtures are at hand.

A part must be cheap to import: it imports what is heavy inside its fixtures.
"""

from pathlib import Path

pytest_plugins = [
    f"tests.parts.{module.stem}"
    for module in sorted((Path(__file__).parent / "parts").glob("*.py"))
]
