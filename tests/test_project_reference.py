"""The reference: every public name is in it, its sections are read, its links lead somewhere."""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
import traitlets

import modos_widgets
from docs import demo_page
from docs.reference import MODULES, documented_at, members_of, public_names
from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

NOWHERE = "http://127.0.0.1:9"
BADGE = "https://mybinder.org/badge_logo.svg"
SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n(?P<line>-{3,})$", re.MULTILINE)
TITLES = [
    *("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns"),
    *("See Also", "Notes", "References", "Examples"),
]
ENTRY = re.compile(r"^(?P<names>[*\w]+(?:, [*\w]+)*)(?: : .+)?$", re.MULTILINE)


def public_objects() -> Iterator[tuple[str, Any]]:
    """Return every public name, and the public methods and properties of ours in classes."""
    for name in MODULES:
        module = importlib.import_module(name)
        for public in module.__all__:
            value = getattr(module, public)
            if not (inspect.isclass(value) or inspect.isroutine(value)):
                continue
            yield f"{name}.{public}", value
            for base in inspect.getmro(value) if inspect.isclass(value) else ():
                if base.__module__.startswith("modos_widgets"):
                    for member in vars(base):
                        if not member.startswith("_") and callable(getattr(base, member)):
                            yield f"{name}.{public}.{member}", getattr(base, member)


OBJECTS = dict(public_objects())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the documentation site as ``make docs`` does; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = ["-W", "--keep-going", "-q", "-b", "html", "-c", "docs", ".", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *command],
        cwd=ROOT,
        env=os.environ | {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def own_traits(widget: type[traitlets.HasTraits]) -> dict[str, Any]:
    return {
        name: trait
        for name, trait in widget.class_traits().items()
        if trait.help and not name.startswith("_")
        if str(getattr(trait.this_class, "__module__", "")).startswith("modos_widgets")
    }


def identities(page: str) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_in_it(site: Path, name: str) -> None:
    page = (site / "docs" / "api" / f"{name}.html").read_text()
    module = importlib.import_module(name)
    text = "".join(re.findall("[a-z]+", html.unescape(re.sub(r"<[^>]+>", "", page))))
    for each in public_names(name):
        value = getattr(module, each)
        whole = documented_at(value, f"{name}.{each}")
        if whole != f"{name}.{each}":
            assert f'title="{whole}"' in page
            continue
        assert whole in identities(page)
        for member in members_of(value) if inspect.isclass(value) else ():
            assert f"{whole}.{member}" in identities(page)
        if inspect.isclass(value) and issubclass(value, traitlets.HasTraits):
            for name_of_trait, trait in own_traits(value).items():
                assert f"{whole}.{name_of_trait}" in identities(page)
                assert "".join(re.findall("[a-z]+", trait.help))[:60] in text


def test_every_package_that_is_public_is_in_it() -> None:
    public = {name for name, module in modos_widgets._MODULES.items() if name == module}
    assert public
    assert {f"modos_widgets.{name}" for name in public} <= set(MODULES)


def test_no_link_is_broken_and_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = {
        path.resolve(): path.read_text()
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }
    known = {path: identities(page) for path, page in pages.items()}
    assert len(pages) > 50
    for path, page in pages.items():
        outside = re.findall(
            r'(?:<(?:script|img|iframe)[^>]*\ssrc|<link[^>]*\shref|@import)\s*=?\s*"(https?:[^"]*)"',
            page,
        )
        assert set(outside) <= {BADGE}
        for link in re.findall(r'href="([^"]+)"', re.sub(r"(?s)<script.*?</script>", "", page)):
            parts = urlsplit(html.unescape(link))
            if parts.scheme or path.name in {"genindex.html", "search.html"}:
                assert parts.scheme in {"", "https", "http", "mailto"}, (path.name, link)
                continue
            goal = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            assert goal.is_file(), (path.name, link)
            if parts.fragment and goal in known:
                assert unquote(parts.fragment) in known[goal], (path.name, link)


def test_the_demo_without_a_kernel_is_beside_the_site(site: Path) -> None:
    assert 'id="recorded"' in (site / demo_page.NAME).read_text()
    for name, way in (("docs/notebooks.html", "../"), ("README.html", "")):
        assert f'href="{way}{demo_page.NAME}"' in (site / name).read_text()


def test_every_notebook_is_shown_with_its_stored_outputs(site: Path) -> None:
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        page = (site / "notebooks" / f"{notebook.stem}.html").read_text()
        assert page.count("cell_input") > 5
        assert "cell_output" in page


def test_no_underline_of_a_section_is_left_in_it(site: Path) -> None:
    for path in (site / "docs" / "api").glob("*.html"):
        text = re.sub(r"<[^>]+>", "", path.read_text())
        assert (
            re.findall(
                r"^\s*(?:Parameters|Returns|Raises|Examples)\s*\n\s*-{3,}", text, re.MULTILINE
            )
            == []
        )


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_sections_of_a_docstring_are_those_of_numpy(name: str) -> None:
    described = OBJECTS[name]
    text = inspect.getdoc(described)
    assert text, "it has no docstring"
    found = list(SECTION.finditer(text))
    titles = [each["title"] for each in found]
    assert titles == [each for each in TITLES if each in titles], "unknown, twice, or out of order"
    assert [each["title"] for each in found if len(each["title"]) != len(each["line"])] == []
    ends = [each.start() for each in found[1:]] + [len(text)]
    for section, end in zip(found, ends, strict=False):
        body = text[section.end() : end]
        assert body.strip(), f"{section['title']} is empty"
        if section["title"] == "Parameters":
            names = [
                name.strip("* ")
                for entry in ENTRY.finditer(body)
                for name in entry["names"].split(",")
            ]
            known = set(inspect.signature(described).parameters)
            known |= set(getattr(described, "class_trait_names", list)())  # **traits takes them
            assert set(names) <= known, "no such parameter"


def raises(function: Any) -> bool:
    """Whether the function raises an error in its own body."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return False
    return any(isinstance(node, ast.Raise) and node.exc for node in ast.walk(ast.parse(source)))


def missing_sections(function: Any) -> list[str]:
    """Return the sections that the docstring of a function needs and lacks."""
    text = inspect.getdoc(function) or ""
    titles = {each["title"] for each in SECTION.finditer(text)}
    signature = inspect.signature(function)
    needed = []
    if set(signature.parameters) - {"self", "cls"}:
        needed.append("Parameters")
    if signature.return_annotation not in {"None", "Never", "Iterator[None]", signature.empty}:
        needed.append("Yields" if "Yields" in titles else "Returns")
    if raises(function):
        needed.append("Raises")
    return [title for title in needed if title not in titles]


def first_defined() -> dict[str, Any]:
    """Return public functions and methods once; an override keeps the contract of its base."""
    found: dict[Any, str] = {}
    for name, value in OBJECTS.items():
        if not inspect.isroutine(value):
            continue
        owner, _, member = name.rpartition(".")
        described, function = OBJECTS.get(owner), value
        if inspect.isclass(described):
            bases = [base for base in inspect.getmro(described)[:-1] if member in vars(base)]
            if not bases[-1].__module__.startswith("modos_widgets"):
                continue
            function = getattr(bases[-1], member)
        found.setdefault(inspect.unwrap(getattr(function, "__func__", function)), name)
    return {name: function for function, name in found.items()}


FIRST_DEFINED = first_defined()


@pytest.mark.parametrize("name", sorted(FIRST_DEFINED))
def test_a_docstring_has_the_sections_that_its_function_needs(name: str) -> None:
    assert missing_sections(FIRST_DEFINED[name]) == []


def test_a_docstring_without_returns_or_raises_is_found() -> None:
    def planted(path: str) -> str:
        """Read a path."""
        if not path:
            raise ValueError(path)
        return path

    assert missing_sections(planted) == ["Parameters", "Returns", "Raises"]
