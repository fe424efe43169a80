"""One deployment of each kind for all tests of this folder that do not end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import demo

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def deployment() -> Iterator[demo.Deployment]:
    with demo.start() as running:
        yield running


@pytest.fixture(scope="session")
def other() -> Iterator[demo.Deployment]:
    with demo.start() as running:
        yield running


@pytest.fixture(scope="session")
def protected() -> Iterator[demo.Deployment]:
    with demo.start(protected=True) as running:
        yield running
