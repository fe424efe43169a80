"""The environment of these tests: the libraries of others, beside this package."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.parts.checkout import ROOT

pytestmark = pytest.mark.foreign

MODULES = {"ome-zarr": "ome_zarr", "hdmf-zarr": "hdmf_zarr"}
LINES = (ROOT / "tests" / "foreign.in").read_text().splitlines()
LIBRARIES = [Requirement(line).name for line in LINES[: LINES.index("")] if line[:1] != "#"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.filterwarnings("ignore")
def test_each_library_is_the_locked_one_and_can_be_imported(library: str) -> None:
    lock = (ROOT / "tests" / "foreign.lock").read_text()
    locked = re.search(rf"^{canonicalize_name(library)}==(\S+)", lock, re.MULTILINE)
    assert locked is not None
    assert version(library) == locked[1]
    import_module(MODULES.get(library, library))
