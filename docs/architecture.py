"""Count the parts of the architecture, or draw the packages and their imports.

``python -m docs.architecture [FOLDER ...]`` counts files, lines, public names, import cycles and
imports past a package's face, for each folder that holds a ``modos_widgets`` (default: this one).
``python -m docs.architecture --draw`` writes ``docs/architecture.svg``, the same for the same
imports.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).parent
NAME = "modos_widgets"
PICTURE = HERE / "architecture.svg"

Graph = dict[str, set[str]]


@dataclass
class Module:
    """A Python file.

    Attributes
    ----------
    lines : int
    public : int
        Functions and classes at its top level whose names have no leading underscore.
    at_import, lazy, typing : set of str
        Modules of the project that it imports: when it is imported, within a function, for
        type checking only.
    """

    lines: int
    public: int
    at_import: set[str] = field(default_factory=set)
    lazy: set[str] = field(default_factory=set)
    typing: set[str] = field(default_factory=set)

    @property
    def runtime(self) -> set[str]:
        """All but those for type checking."""
        return self.at_import | self.lazy


def read_modules(folder: Path) -> dict[str, Module]:
    """Read every module below ``folder/modos_widgets``, by its dotted name."""
    trees: dict[str, ast.Module] = {}
    modules: dict[str, Module] = {}
    for path in sorted((folder / NAME).rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        trees[name] = ast.parse(text)
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        public = [
            node
            for node in trees[name].body
            if isinstance(node, definitions) and not node.name.startswith("_")
        ]
        modules[name] = Module(len(text.splitlines()), len(public))
    for name, tree in trees.items():
        for kind, target in _imports(tree.body, "at_import"):
            found = _module_of(target, modules)
            if found is not None and found != name:
                getattr(modules[name], kind).add(found)
    return modules


def _imports(body: Iterable[ast.AST], kind: str) -> Iterator[tuple[str, str]]:
    """Yield when and what statements import, as dotted names."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((kind, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((kind, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from _imports(node.body, "typing")
            yield from _imports(node.orelse, kind)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(ast.iter_child_nodes(node), "lazy" if kind == "at_import" else kind)
        else:
            yield from _imports(ast.iter_child_nodes(node), kind)


def _module_of(target: str, modules: Mapping[str, Module]) -> str | None:
    """Return the module that an imported name is, or is in."""
    while target.startswith(NAME):
        if target in modules:
            return target
        target = target.rpartition(".")[0]
    return None


def package_of(name: str) -> str:
    """Return the part of the project that a module belongs to: a package, or a module at the top.

    Examples
    --------
    >>> package_of("modos_widgets.modo.commit.writing")
    'modo'
    """
    return name.split(".")[1] if "." in name else NAME


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other in a circle (Tarjan's algorithm)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            group = stack[stack.index(name) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return found


def package_graph(modules: Mapping[str, Module]) -> Graph:
    """Return which package imports which, without the entry points of the project as a whole."""
    graph: Graph = {}
    for name, module in modules.items():
        here = package_of(name)
        if here not in {NAME, "__main__"}:
            graph.setdefault(here, set())
            graph[here] |= {package_of(other) for other in module.runtime} - {here, NAME}
    return graph


def past_faces(modules: Mapping[str, Module]) -> set[tuple[str, str]]:
    """Return the imports that reach into another package, past its ``__init__``."""
    return {
        (name, other)
        for name, module in modules.items()
        for other in module.runtime | module.typing
        if other.count(".") > 1 and package_of(other) != package_of(name)
    }


def count(folder: Path) -> str:
    """Return the counts of a checkout as a table in Markdown."""
    modules = read_modules(folder)
    circles = cycles({name: module.runtime for name, module in modules.items()})
    reaching = past_faces(modules)
    rows = [
        "| package | files | lines | public names | import cycles | imports past its face |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    packages = sorted({package_of(name) for name in modules})
    for package in [*packages, None]:
        inside = [name for name in modules if package in {None, package_of(name)}]
        rows.append(
            f"| {package or 'all'} | {len(inside)} "
            f"| {sum(modules[name].lines for name in inside):,} "
            f"| {sum(modules[name].public for name in inside):,} "
            f"| {sum(package in {None, package_of(circle[0])} for circle in circles)} "
            f"| {sum(package in {None, package_of(other)} for _, other in reaching)} |"
        )
    shown = [" - ".join(name.removeprefix(f"{NAME}.") for name in circle) for circle in circles]
    between = cycles(package_graph(modules))
    return "\n".join(
        [
            *rows,
            "",
            *(f"Import cycle: {circle}" for circle in shown or ["none"]),
            f"Cycles between packages: {len(between) or 'none'}",
        ]
    )


def levels(graph: Graph) -> dict[str, int]:
    """Return each package's row: 0 for those that import nothing, else one above the highest."""
    found: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in found:
            found[name] = 1 + max((level(other) for other in graph[name]), default=-1)
        return found[name]

    for name in sorted(graph):
        level(name)
    return found


def direct(graph: Graph) -> Graph:
    """Return the graph without the imports that a longer way implies (transitive reduction)."""
    below: Graph = {}
    for name in sorted(graph, key=levels(graph).__getitem__):
        below[name] = graph[name].union(*(below[other] for other in graph[name]))
    return {
        name: {other for other in others if not any(other in below[third] for third in others)}
        for name, others in graph.items()
    }


WIDTH, HEIGHT, ROW, GAP, BEND = 116, 34, 92, 24, 40
STYLE = (
    "text{font:14px sans-serif;text-anchor:middle;fill:#1f2328}"
    "rect.box{fill:#f6f8fa;stroke:#57606a}path{fill:none;stroke:#57606a}"
)

ARROW = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
    'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8" /></marker></defs>'
)


def draw(graph: Graph) -> str:
    """Return a picture of the packages as SVG: an arrow points to what is imported.

    An import that a longer way implies has no arrow.
    """
    row_of = levels(graph)
    rows: list[list[str]] = [[] for _ in range(max(row_of.values()) + 1)]
    for name in sorted(row_of):
        rows[row_of[name]].append(name)
    paths = []  # each from its package, by a bend in each row on the way, to the package below
    for name, others in sorted(direct(graph).items()):
        for other in sorted(others):
            bends = [f"{name}>{other}@{row}" for row in range(row_of[name] - 1, row_of[other], -1)]
            for bend in bends:
                rows[int(bend.rpartition("@")[2])].append(bend)
            paths.append([name, *bends, other])
    steps = [pair for path in paths for pair in pairwise(path)]
    width = max(map(_width, rows))
    place = _places(rows, steps, width)
    height = len(rows) * ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Packages of modos_widgets; an arrow points to what is imported</title>",
        f"<style>{STYLE}</style>",
        ARROW,
        f'<rect width="{width}" height="{height}" fill="#ffffff" />',
    ]
    middle = {
        name: height - ROW * row - ROW // 2 for row, names in enumerate(rows) for name in names
    }
    for path in paths:
        y = middle[path[0]] + HEIGHT // 2
        way = [f"M{place[path[0]]} {y}"]
        for before, name in pairwise(path):
            end = middle[name] - HEIGHT // 2
            half = (y + end) // 2
            way.append(f"C{place[before]} {half} {place[name]} {half} {place[name]} {end}")
            if "@" in name:
                y = middle[name] + HEIGHT // 2
                way.append(f"V{y}")
        lines.append(f'<path d="{"".join(way)}" marker-end="url(#head)" />')
    for name in sorted(graph):
        x, y = place[name], middle[name]
        lines.append(
            f'<rect class="box" x="{x - WIDTH // 2}" y="{y - HEIGHT // 2}" width="{WIDTH}" '
            f'height="{HEIGHT}" rx="6" /><text x="{x}" y="{y + 5}">{name}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _width(row: list[str]) -> int:
    return GAP + sum((BEND if "@" in name else WIDTH) + GAP for name in row)


def _places(rows: list[list[str]], steps: list[tuple[str, str]], width: int) -> dict[str, int]:
    """Return where each box and bend is; what belongs together lies close, in a few rounds."""
    joined = defaultdict(set)
    for one, other in steps:
        joined[one].add(other)
        joined[other].add(one)
    place: dict[str, int] = {}

    def line_up(row: list[str]) -> None:
        left = (width - _width(row)) // 2 + GAP
        for name in row:
            wide = BEND if "@" in name else WIDTH
            place[name] = left + wide // 2
            left += wide + GAP

    for row in rows:
        line_up(row)
    for turn in range(8):
        for row in rows if turn % 2 == 0 else rows[::-1]:
            aim = {
                name: sum(place[other] for other in joined[name]) / len(joined[name])
                if joined[name]
                else place[name]
                for name in row
            }
            row.sort(key=lambda name: (aim[name], name))
            line_up(row)
    return place


def main() -> None:
    """Draw, or count."""
    if sys.argv[1:] == ["--draw"]:
        PICTURE.write_text(draw(package_graph(read_modules(HERE.parent))), encoding="utf-8")
        return
    for folder in sys.argv[1:] or [HERE.parent]:
        print(count(Path(folder)))


if __name__ == "__main__":
    main()
