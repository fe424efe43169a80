"""The table of hosts: what the test of each does, read from its code, and locked versions."""

from __future__ import annotations

import pytest

from docs import hosts
from tests.parts.checkout import ROOT

pytestmark = pytest.mark.once


def test_the_table_is_that_of_the_tests_and_locks() -> None:
    page = hosts.PAGE.read_text()
    assert hosts.written(page) == page, "run `make hosts`, or `python -m docs.hosts`"


@pytest.mark.parametrize("host", hosts.HOSTS, ids=lambda host: host.name)
def test_each_host_does_the_main_jobs(host: hosts.Host) -> None:
    missing = set(hosts.JOBS) - hosts.jobs_of(host.test)
    assert missing == set(host.without), f"the test of {host.name} must call {missing}"


def test_every_test_of_a_host_is_in_the_table() -> None:
    named = {ROOT / "tests" / host.test.partition("::")[0] for host in hosts.HOSTS}
    assert set((ROOT / "tests" / "hosts").glob("test_*.py")) <= named
