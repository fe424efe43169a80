"""Plain English: patterns that are never right in what a person reads."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

NEVER = {
    "is not a": re.compile(r"(?<!there )\b(?:is|are) no (?!longer\b|more\b|one\b)", re.IGNORECASE),
    "again": re.compile(r"\banew\b", re.IGNORECASE),
    "in the meantime": re.compile(r"\bmeanwhile\b", re.IGNORECASE),
    "someone": re.compile(r"\bsomebody\b", re.IGNORECASE),
    "Return": re.compile(r"(?:^|[.\n]\s*)(?:Give|Tell|Say) (?:the|a|an|what|how|whether|which)\b"),
    "must": re.compile(r"\b(?:wants to|ha(?:s|ve) to) be\b", re.IGNORECASE),
    "Check": re.compile(r"\bLook at the\b"),
    "fix": re.compile(r"\bmend(?:s|ed|ing)?\b", re.IGNORECASE),
    "already exists": re.compile(r"\bis there already\b", re.IGNORECASE),
    "one space": re.compile(r"(?<=[a-z,.;:])  (?=[A-Za-z])"),
}
"""What to write instead, and the pattern that is never right."""

PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")


def wrong(text: str) -> list[str]:
    """Return the patterns of a text that are never right, each with what to write instead."""
    return [
        f"{found.group().strip()!r}: write {better!r}"
        for better, pattern in NEVER.items()
        for found in pattern.finditer(text)
    ]


def python_texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings and comments of a module with their lines."""
    source = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, re.sub(r"\n\s+", " ", node.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("# noqa"):
            yield token.start[0], token.string.split("# noqa")[0].strip()


def script_texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a TypeScript or HTML file: strings, comments and names alike."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        yield number, line.strip()


def page_texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page, without code."""
    code = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        code ^= line.lstrip().startswith("```")
        if not code and not line.startswith("|"):
            yield number, re.sub(r"`[^`]*`", "`code`", line).rstrip()


def notebook_texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of the cells of a notebook."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    for number, cell in enumerate(cells):
        for line in cell["source"]:
            yield number, line.rstrip()


KINDS: dict[str, tuple[str, Callable[[Path], Iterator[tuple[int, str]]]]] = {
    "package": ("modos_widgets/**/*.py", python_texts),
    "demo pages": ("modos_widgets/**/*.html", script_texts),
    "front-end": ("js/**/*.ts*", script_texts),
    "documents": ("docs/**/*.md", page_texts),
    "notebooks": ("notebooks/*.ipynb", notebook_texts),
    "pages": ("*.md", page_texts),
}


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_plain(kind: str) -> None:
    pattern, texts = KINDS[kind]
    files = sorted(ROOT.glob(pattern))
    assert files
    found = [
        f"{file.relative_to(ROOT)}:{number}: {problem}"
        for file in files
        if "reference" not in file.parts
        for number, text in texts(file)
        for problem in wrong(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "x is no path of a folder",
        "Tried anew",
        "changed by somebody else",
        "Nothing is there. Look at the path, and look.  Twice. Look at the path.",
        "Give the bytes of a key.",
        "It wants to be repaired",
        "It was mended",
        "meanwhile",
    ],
)
def test_a_planted_riddle_is_found(text: str) -> None:
    assert wrong(text)


@pytest.mark.parametrize(
    "text", ["There is no archive at {path}.", "It is no longer there.", "Return the bytes."]
)
def test_plain_words_pass(text: str) -> None:
    assert not wrong(text)
