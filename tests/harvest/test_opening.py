"""Opening many objects."""

from __future__ import annotations

import threading
from typing import NoReturn

from modos_widgets.errors import NotFoundError
from modos_widgets.harvest import open_each


def test_objects_of_several_servers_are_opened_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)

    def opened(path: str) -> NoReturn:
        both.wait()
        raise NotFoundError(f"No object at {path}.", "Check the path.")

    names = [f"https://{server}.example.org#s3://bucket/study" for server in ("a", "b")]
    result = open_each(names, opened)
    assert [name for name, _ in result.failures] == names
