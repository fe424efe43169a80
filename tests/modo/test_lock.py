"""The lock of an object on this computer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.modo.objects import FILES

if TYPE_CHECKING:
    import pytest

    from tests.modo.conftest import Place


def test_the_lock_is_gone_after_use_and_never_listed(local: Place) -> None:
    path = local.put()
    modo = local.open(path)
    seen: list[set[str]] = []
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    write = modo.storage.write

    def watched(*args: Any, **options: Any) -> str:
        seen.append({entry.name for entry in local.folder.iterdir()})
        assert set(modo.files().index) == set(FILES)
        return write(*args, **options)

    modo.storage.write = watched  # type: ignore[method-assign]
    draft.commit()
    assert all(".study.modos-lock" in names for names in seen)
    assert ".study.modos-lock" not in {entry.name for entry in local.folder.iterdir()}


def test_a_folder_that_may_not_be_written_beside_is_no_hindrance(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith(".modos-lock"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    path = local.put()
    before = set(local.keys(path))
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert set(local.keys(path)) == before
