"""A saved notebook names local objects, and does not say where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import ArrayPreview, MetadataTable, TransferPanel, ZarrTree, browse, open_modo
from tests.explore.stores import make_counts

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.widgets.front_end import FrontEndWidget


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("study-a", "study-b"):
        make_counts(tmp_path / "deep" / name / "data.zarr")
    return tmp_path / "deep"


def face(widget: FrontEndWidget) -> str:
    found = widget._repr_mimebundle_()
    bundle = found[0] if isinstance(found, tuple) else found
    assert bundle is not None
    return str(bundle["text/plain"]) + str(bundle["text/html"])


def test_no_widget_saves_the_path_of_a_local_object(folder: Path) -> None:
    one = folder / "study-a"
    several = MetadataTable([open_modo(one), open_modo(folder / "study-b")])
    assert "<td>study-a</td>" in face(several)
    assert "<td>study-b</td>" in face(several)
    panel = TransferPanel(one, folder / "copy")
    assert "Transfer of study-a to copy" in face(panel)
    widgets = (several, panel, MetadataTable(one), ZarrTree(one), browse(one), browse(folder))
    for widget in (*widgets, ArrayPreview(one, "data/counts/data"), ArrayPreview(one, "")):
        assert str(folder.parent) not in face(widget)


def test_an_address_is_saved_whole() -> None:
    panel = TransferPanel("s3://bucket/a", "s3://bucket/b", services={"s3": "http://127.0.0.1:9"})
    assert "s3://bucket/a to s3://bucket/b" in face(panel)
