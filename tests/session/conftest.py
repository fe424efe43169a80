"""Each test has a cache and a state folder of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own(own_folders: None) -> None:
    pass
