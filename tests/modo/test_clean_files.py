"""Files that agree with their metadata have no finding, however they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import open_modo
from tests.parts.clean_objects import FILES_OF_AN_OBJECT, make_clean_object, write_archive
from tests.parts.examples import CAMPAIGN

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(1000 // FILES_OF_AN_OBJECT + 1 if CAMPAIGN else 3)


@pytest.mark.campaign
@pytest.mark.traffic
def test_clean_files_have_no_finding(tmp_path: Path) -> None:
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        write_archive(folder, make_clean_object(folder, seed))
        draft = open_modo(folder).edit()
        found = list(draft.check_files())

        assert len(draft.file_summaries()) == FILES_OF_AN_OBJECT
        assert [(each.element, each.message) for each in found] == [], seed
