"""The list of all kinds of findings is complete, and docs/findings.md shows it."""

from __future__ import annotations

import ast
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from docs.findings import PAGE, findings_of, page
from modos_widgets.modo import FINDING_KINDS, FindingKind, Findings, finding_title
from modos_widgets.modo.validation.findings import new_finding
from modos_widgets.modo.validation.metadata_checks import SCHEMA_CODES
from tests.parts.checkout import ROOT, own_files

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_METADATA = [kind for kind in FINDING_KINDS.values() if not isinstance(kind.example, str)]


def calls(name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function in the package, by the last part of its name."""
    for path in own_files():
        if path.parts[0] == "modos_widgets" and path.suffix == ".py":
            for node in ast.walk(ast.parse((ROOT / path).read_text())):
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
                    if called == name:
                        yield node


def codes(name: str) -> set[str]:
    """Return the first arguments that are texts."""
    firsts = [call.args[0] for call in calls(name) if call.args]
    return {one.value for one in firsts if isinstance(one, ast.Constant)}  # type: ignore[misc]


def test_every_code_that_is_raised_is_listed_and_every_listed_code_is_raised() -> None:
    raised_by_types = codes("PydanticCustomError")
    assert raised_by_types == SCHEMA_CODES
    assert codes("new_finding") | codes("_finding") | raised_by_types == FINDING_KINDS.keys()
    assert len(list(calls("Finding"))) == 1  # in new_finding


@pytest.mark.parametrize("kind", FINDING_KINDS.values(), ids=lambda kind: kind.code)
def test_every_kind_is_explained_in_full_sentences(kind: FindingKind) -> None:
    assert kind.title
    assert not kind.title.endswith(".")
    assert kind.explanation.endswith(".")
    assert kind.remedy.endswith(".")
    assert sum(other.title == kind.title for other in FINDING_KINDS.values()) == 1


@pytest.mark.parametrize("kind", IN_METADATA, ids=lambda kind: kind.code)
def test_the_example_of_a_kind_has_such_a_finding(kind: FindingKind) -> None:
    findings = findings_of(kind)
    assert findings
    for finding in findings:
        assert (finding.title, finding.severity) == (kind.title, kind.severity)
        assert (finding.explanation, finding.remedy) == (kind.explanation, kind.remedy)


@pytest.mark.once
def test_the_page_of_findings_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make docs"


def test_a_kind_that_is_not_listed_has_a_title() -> None:
    assert finding_title("some_rule") == "Some rule"


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_findings_in_a_notebook_name_their_kind_and_how_to_fix_it() -> None:
    finding = new_finding("dangling_link", "study", "data/d1", "has_sample", "<b>wrong</b>.")
    parser = _Texts()
    parser.feed(Findings([finding])._repr_html_())
    kind = FINDING_KINDS["dangling_link"]
    assert "Broken link: <b>wrong</b>." in parser.texts
    assert f"{kind.explanation} {kind.remedy}" in parser.texts
