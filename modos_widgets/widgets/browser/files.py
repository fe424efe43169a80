"""The files of the open object, as stored and as a draft has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.browser.wire import (
    CheckedFileRow,
    FileCheckAnswer,
    FileProblem,
    FileRow,
    FilesAnswer,
)

if TYPE_CHECKING:
    from modos_widgets.modo import Draft, Finding, Findings, Modo

__all__ = ["check_answer", "files_answer"]

_MOST_FILES: Final = 5000


def files_answer(modo: Modo, draft: Draft | None = None) -> FilesAnswer:
    """Return the first files, and the number and size of all.

    Uses the network; with a draft, only the first time.

    Parameters
    ----------
    modo : Modo
        The object.
    draft : Draft, optional
        A draft that contains the object.

    Returns
    -------
    FilesAnswer
    """
    place = modo.path.rstrip("/")
    frame = modo.files() if draft is None else draft.files(modo.path)
    states = frame["state"] if draft is not None else [""] * len(frame)
    rows = [
        FileRow(str(path), int(size), str(named_by), f"{place}/{path}", state)
        for path, size, named_by, state in zip(
            frame.index, frame["size"], frame["named_by"], states, strict=True
        )
    ]
    kept = [row for row in rows if row.state != "removed"]
    total = sum(row.size for row in kept)
    return {"rows": rows[:_MOST_FILES], "count": len(kept), "total": total}


def check_answer(modo: Modo, draft: Draft, findings: Findings) -> FileCheckAnswer:
    """Return what each file is, and the findings of a check of the files.

    Parameters
    ----------
    modo : Modo
        The object.
    draft : Draft
        The draft that was checked.
    findings : Findings
        What `Draft.check_files` returned.

    Returns
    -------
    FileCheckAnswer
    """
    own = findings.where(lambda finding: finding.object == modo.path)
    files = draft.files(modo.path)
    elements = {
        str(path): set(str(named_by).split(", ")) for path, named_by in files["named_by"].items()
    }
    summaries = draft.file_summaries(modo.path)
    rows: list[CheckedFileRow] = []
    listed: set[tuple[str, str, str, str]] = set()
    for path, summary in list(summaries.items())[:_MOST_FILES]:
        found = [finding for finding in own if finding.element in elements.get(path, ())]
        listed.update(finding.key for finding in found)
        rows.append(CheckedFileRow(path, summary, list(map(_problem, found))))
    others = [_problem(finding) for finding in own if finding.key not in listed]
    return {"rows": rows, "others": others, "text": repr(own)}


def _problem(finding: Finding) -> FileProblem:
    """Return a finding as one line."""
    text = f"{finding.severity.capitalize()}: {finding.message} ({finding.element})"
    return FileProblem(finding.severity, text)
