"""The pages of the API reference: what is public, and which members of a class are shown.

`write` writes one page of Sphinx directives for each public module; Sphinx reads the docstrings.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import TYPE_CHECKING, Any, Final

from traitlets import HasTraits

if TYPE_CHECKING:
    from pathlib import Path

MODULES: Final = (
    "modos_widgets",
    "modos_widgets.storage",
    "modos_widgets.remote",
    "modos_widgets.errors",
    "modos_widgets.demo",
    "modos_widgets.credentials",
    "modos_widgets.transport",
)
"""What is public: the names in ``__all__`` of these."""

_OURS: Final = MODULES[0]


def public_names(module: str) -> list[str]:
    """Return the public names of a module, without those that are modules of their own."""
    loaded = importlib.import_module(module)
    return [
        name
        for name in loaded.__all__
        if not inspect.ismodule(getattr(loaded, name)) and not name.startswith("__")
    ]


def members_of(kind: type) -> list[str]:
    """Return the public members that a class has from us, in the order of their definition.

    Members of other packages' bases are left out, as are methods of traitlets that we override.
    """
    found: dict[str, None] = {}
    for base in reversed(inspect.getmro(kind)):
        if base.__module__.partition(".")[0] == _OURS:
            names = [*vars(base), *getattr(base, "__annotations__", ())]
            found |= dict.fromkeys(name for name in names if not name.startswith("_"))
    traits = issubclass(kind, HasTraits)
    return [name for name in found if not (traits and hasattr(HasTraits, name))]


def _directive(name: str, owner: Any, value: Any) -> str:
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
    elif isinstance(value, property | functools.cached_property):
        kind = "property"
    elif callable(value) or isinstance(value, classmethod | staticmethod):
        kind = "method" if inspect.isclass(owner) else "function"
    else:
        kind = "attribute" if inspect.isclass(owner) else "data"
    return f".. auto{kind}:: {name}"


def _described(module: str, name: str, value: Any) -> list[str]:
    whole = f"{module}.{name}"
    if whole != documented_at(value, whole):
        return [f"Documented at :py:obj:`{documented_at(value, whole)}`.", ""]
    lines = [_directive(whole, None, value)]
    if inspect.isclass(value):
        lines += ["   :show-inheritance:" if issubclass(value, BaseException) else "", ""]
        for member in members_of(value):
            found = inspect.getattr_static(value, member, None)
            lines += [f"   {_directive(f'{whole}.{member}', value, found)}", ""]
    return [*lines, ""]


def documented_at(value: Any, name: str) -> str:
    """Return the public name under which an object is documented: in a package, if one has it."""
    places = [
        f"{module}.{public}"
        for module in MODULES[1:]
        for public in importlib.import_module(module).__all__
        if getattr(importlib.import_module(module), public) is value
    ]
    return places[0] if places and (inspect.isclass(value) or inspect.isroutine(value)) else name


def targets() -> dict[str, str]:
    """Return what a name in single backticks links to: public names, also with their members."""
    found: dict[str, str] = {module: module for module in MODULES}
    for module in MODULES:
        loaded = importlib.import_module(module)
        for name in public_names(module):
            value = getattr(loaded, name)
            whole = documented_at(value, f"{module}.{name}")
            found |= {name: whole, f"{module}.{name}": whole}
            for member in members_of(value) if inspect.isclass(value) else ():
                found |= {f"{each}.{member}": f"{whole}.{member}" for each in (name, whole)}
    return found


def page_of(module: str) -> str:
    """Return the page of one public module."""
    loaded = importlib.import_module(module)
    lines = [module, "=" * len(module), "", f".. automodule:: {module}", "   :no-members:", ""]
    groups: dict[str, list[str]] = {}
    for name in public_names(module):
        groups.setdefault(_group(getattr(loaded, name)), []).append(name)
    for title in _GROUPS:
        if title in groups:
            lines += [title, "-" * len(title), ""]
            for name in groups[title]:
                lines += [name, "~" * len(name), ""]
                lines += _described(module, name, getattr(loaded, name))
    return "\n".join(lines)


_GROUPS: Final = ("Functions", "Widgets", "Classes", "Errors", "Constants")


def _group(value: Any) -> str:
    if inspect.isclass(value):
        if issubclass(value, BaseException):
            return "Errors"
        return "Widgets" if issubclass(value, HasTraits) else "Classes"
    return "Functions" if inspect.isroutine(value) else "Constants"


def write(folder: Path) -> list[Path]:
    """Write a page for each public module and an index; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{module}.rst": page_of(module) for module in MODULES}
    title = "API reference"
    pages["index.rst"] = "\n".join(
        [title, "=" * len(title), "", ".. toctree::", "   :maxdepth: 1", ""]
        + [f"   {module}" for module in MODULES]
        + [""]
    )
    written = []
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
