"""How the workers of pytest-xdist share the tests.

A file's tests go to one worker, so that what a module sets up is set up once. (``--dist loadgroup``
would do more, but pytest-xdist 3.8 puts the group into the name of a test in a way that pytest 9.2
does not see.) What takes longest comes first, so that nobody waits for it at the end: the browser
tests in two lots, since more than two browsers at a time leave none of them enough of two cores;
then the project as a whole, then the packages.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

BROWSER = "tests/browser/"
FIRST = "tests/test_project_release.py"
LOTS = 2


def rank(file: str) -> int:
    """Return a file's place: what takes long comes first."""
    if file.startswith(BROWSER):
        return 0
    if file == FIRST:
        return 1
    return 2 if PurePosixPath(file).parent.name == "tests" else 3


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Gives the files in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False
        self._browser_files: list[str] = []

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not file.startswith(BROWSER):
            return file
        if file not in self._browser_files:
            self._browser_files.append(file)
        return f"{BROWSER}{self._browser_files.index(file) % LOTS}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Share the tests as is said above."""
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest."""
    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))
