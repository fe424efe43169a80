"""Write docs/findings.md, the list of all kinds of findings: ``make docs``.

Titles, explanations and remedies are those of the program. The messages and fixes of the examples
are computed by the checks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets.modo import FINDING_KINDS, Finding, FindingKind, validate
from modos_widgets.modo.metadata_frame import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).parent / "findings.md"

ROOT = {
    "@type": "MODO",
    "id": "study",
    "creation_date": "2026-11-22T09:30:00+01:00",
    "last_update_date": "2026-11-22T09:30:00+01:00",
}
INTRODUCTION = """\
# Findings

<!-- Written by make docs from modos_widgets/modo/validation/finding_kinds.py. -->

A *finding* is a problem in the metadata or the storage of an object. To list the findings:

- `modo.validate()` checks an object with its files and its storage.
- `draft.validate()` checks the metadata that a draft would commit.
- `modos_widgets.validate(frame)` checks a table of metadata.
- `MetadataTable(..., editable=True)` marks the cells and lists the findings.

To apply all automatic fixes to a draft, call `draft.apply_fixes()`. To fix one kind only, call
`draft.apply_fixes(code="not_in_list")`.

- **Errors** block a commit if the draft adds them. Existing errors do not block it.
- **Warnings** do not block a commit, but other software may fail on them.
- **Notes** need no change.
"""


def findings_of(kind: FindingKind) -> list[Finding]:
    """Return the findings of its own kind in the example of a kind.

    Parameters
    ----------
    kind : FindingKind
        A kind whose example is metadata.

    Returns
    -------
    list of Finding
    """
    elements: Mapping[str, Any] = {} if isinstance(kind.example, str) else kind.example
    root = {**ROOT, **elements.get("study", {})}
    frame = frame_of({**elements, "study": root})
    return list(validate(frame).of_code(kind.code))


def _entry(kind: FindingKind) -> Iterator[str]:
    yield f"### {kind.title}"
    yield f"`{kind.code}` · {kind.severity}"
    yield kind.explanation
    yield f"**To fix it:** {kind.remedy}"
    if isinstance(kind.example, str):
        yield f"**Example:** {kind.example}"
        return
    finding = findings_of(kind)[0]
    attributes = {"study": {}, **kind.example}[finding.element]
    if finding.slot in attributes:
        value = json.dumps(attributes[finding.slot], ensure_ascii=False)
        place = f"`{finding.slot}` of `{finding.element}` is `{value}`."
    else:
        place = f"The element `{finding.element}` of class {attributes.get('@type')}."
    yield f"**Example:** {place} The message is:"
    yield f"> {finding.message}"
    if finding.fix is not None:
        yield f"**Automatic fix:** {finding.fix.label}"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def page() -> str:
    """Return the text of docs/findings.md."""
    kinds = list(FINDING_KINDS.values())
    rows = [
        f"| `{kind.code}` | [{kind.title}](#{_anchor(kind.title)}) | {kind.severity} |"
        for kind in kinds
    ]
    parts = [INTRODUCTION + "\n| code | title | severity |\n|---|---|---|\n" + "\n".join(rows)]
    for area in dict.fromkeys(kind.area for kind in kinds):
        parts.append(f"## {area.capitalize()}")
        parts.extend(part for kind in kinds if kind.area == area for part in _entry(kind))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
