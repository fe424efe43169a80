"""What the tests of hosts share: a protected demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.demo import Deployment


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with demo.start(protected=True) as running:
        yield running
