"""The table of hosts: what a test does in each, as its code says, with the locked version."""

from __future__ import annotations

import pytest

from docs import hosts

pytestmark = pytest.mark.once


def test_the_table_is_that_of_the_tests_and_the_lock() -> None:
    page = hosts.PAGE.read_text()
    assert hosts.written(page) == page, "run `python -m docs.hosts`"


@pytest.mark.parametrize("host", hosts.HOSTS, ids=lambda host: host.name)
def test_each_host_does_the_main_jobs(host: hosts.Host) -> None:
    missing = set(hosts.JOBS) - hosts.jobs_of(host.test)
    assert missing == set(host.without), f"the test of {host.name} has to call {missing}"
