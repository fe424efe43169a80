"""``modos-widgets describe``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets import Draft, cli, create_modo, edit

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_folder_is_described_and_turned_into_a_change_set(
    pipeline_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target, changes = str(pipeline_folder), str(tmp_path / "run"), tmp_path / "c.json"
    assert cli.main(["describe", source, target]) == 0
    printed = capsys.readouterr().out
    assert "required     assay/assay omics_type" in printed
    assert "not used     multiqc/multiqc_report.html" in printed
    assert printed.endswith(" values known from files, 1 required\n")
    assert cli.main(["describe", source, target, "--draft", str(changes)]) == 0
    assert "new objects: 1" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [changes]
    new = Draft.from_json(
        changes.read_text(encoding="utf-8"), edit(target, create=True).modos, files_from=source
    )
    assert new.elements()["assay/assay"]["has_data"]
    modo = create_modo(target)
    assert cli.main(["describe", source, target, "--draft", str(changes)]) == 0
    assert "new objects" not in capsys.readouterr().out
    draft = Draft.from_json(changes.read_text(encoding="utf-8"), modo, files_from=source)
    draft.accept()
    draft.set("assay/assay", "omics_type", ["GENOMICS"])
    draft.commit()
    assert not [each for each in modo.validate(checksums=True) if each.severity == "error"]
