"""Write the TypeScript types of the messages of every widget from their Python types.

Run as ``make wire``; a test holds the committed files against it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from modos_widgets.widgets.front_end import FrontEndWidget, Reply
from modos_widgets.widgets.wire import Nothing

__all__ = ["WIRES", "typescript"]

WIRES = {
    "shared": "modos_widgets.widgets",
    "array_preview": "modos_widgets.widgets.array_preview",
    "browser": "modos_widgets.widgets.browser",
    "element_form": "modos_widgets.widgets.element_form",
    "endpoint_picker": "modos_widgets.widgets.endpoint_picker",
    "history": "modos_widgets.widgets.history",
    "login": "modos_widgets.widgets.login",
    "metadata_table": "modos_widgets.widgets.table",
    "overview": "modos_widgets.widgets.overview",
    "proposal": "modos_widgets.widgets.proposal",
    "region_view": "modos_widgets.widgets.region_view",
    "sheets": "modos_widgets.widgets.sheets",
    "transfer_panel": "modos_widgets.widgets.transfer_panel",
    "uploading": "modos_widgets.widgets.uploading",
    "zarr_tree": "modos_widgets.widgets.zarr_tree",
}
"""Folders in ``js`` and the packages of their widgets; ``wire`` in each holds the types."""

_SHARED = WIRES["shared"]
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}


def typescript(package: str) -> str:
    """Return the TypeScript types of the messages of a widget."""
    wire = importlib.import_module(f"{package}.wire")
    shared = vars(importlib.import_module(f"{_SHARED}.wire")) if package != _SHARED else {}
    parts = []
    aliases: dict[Any, str] = {}
    for name, value in vars(wire).items():
        if name in shared:
            continue
        if value is Nothing:
            parts.append("/** No content. */\nexport type Nothing = Record<string, never>;")
        elif is_typeddict(value):
            parts.append(_interface(value, aliases))
        elif _is_named_tuple(value):
            parts.append(_tuple(value, aliases))
        elif get_args(value):
            parts.append(f"export type {name} = {_type(value, aliases)};")
            aliases[value] = name
    parts.append(_requests(package, is_shared=package == _SHARED))
    used = set(re.findall(r"\w+", re.sub(r"/\*\*.*?\*/", "", "\n".join(parts))))
    names = sorted(used & {name for name, value in shared.items() if _is_message(value)})
    head = [f"// Written by `make wire` from {wire.__name__}; change it there."]
    if package != _SHARED:
        names.append("Requests as SharedRequests")
        head.append(f'import type {{ {", ".join(names)} }} from "../shared/wire.ts";')
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def _requests(package: str, *, is_shared: bool) -> str:
    """Return the interface of the requests that the classes of a package answer."""
    lines, own = [], set()
    root = importlib.import_module(package)
    for module in sorted(each.name for each in pkgutil.iter_modules(root.__path__)):
        for cls in vars(importlib.import_module(f"{package}.{module}")).values():
            if not inspect.isclass(cls) or cls.__module__ != f"{package}.{module}":
                continue
            for method in vars(cls).values():
                mark = getattr(method, "_answers", None)
                if mark is not None:
                    lines += [f"  {_key(mark[0])}: {{ {_request(method)} }};"]
                    own.add(mark[0])
    comment = "/** Payload, answer and partial answers of each request. */"
    answered = sorted(f'"{name}"' for name in own & _shared_names()) if not is_shared else []
    shared = f"Omit<SharedRequests, {' | '.join(answered)}>" if answered else "SharedRequests"
    extends = "" if is_shared else f" extends {shared}"
    return "\n".join([comment, f"export interface Requests{extends} {{", *lines, "}"])


def _shared_names() -> set[str]:
    """Return the names of the requests that every widget answers."""
    marks = (getattr(method, "_answers", None) for method in vars(FrontEndWidget).values())
    return {mark[0] for mark in marks if mark is not None}


def _request(method: Any) -> str:
    hints = get_type_hints(method)
    answer = hints.pop("return")
    if get_origin(answer) is Reply:
        (answer,) = get_args(answer)
    payload, *parts = get_args(next(iter(hints.values()))) or (Nothing,)
    types = {"payload": payload, "answer": Nothing if answer is NoneType else answer}
    types.update(("part", part) for part in parts)
    return "; ".join(f"{name}: {_type(hint, {})}" for name, hint in types.items())


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _is_named_tuple(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, tuple) and hasattr(value, "_fields")


def _is_message(value: Any) -> bool:
    return is_typeddict(value) or _is_named_tuple(value)


def _tuple(cls: Any, aliases: dict[Any, str]) -> str:
    """Return a named tuple, which is sent as a list, as a tuple with named members."""
    node: Any = ast.parse(inspect.getsource(cls)).body[0]
    hints, comments = get_type_hints(cls), _field_comments(node)
    lines = [f"/** {_summary(node)} */", f"export type {cls.__name__} = ["]
    for name in cls._fields:
        if name in comments:
            lines.append(f"  /** {comments[name]} */")
        lines.append(f"  {name}: {_type(hints[name], aliases)},")
    return "\n".join([*lines, "];"])


def _summary(node: Any) -> str:
    return str(ast.get_docstring(node)).partition("\n")[0]


def _interface(cls: Any, aliases: dict[Any, str]) -> str:
    node: Any = ast.parse(inspect.getsource(cls)).body[0]
    hints = get_type_hints(cls, include_extras=True)
    comments = _field_comments(node)
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    extends = "" if bases == ["TypedDict"] else f" extends {', '.join(bases)}"
    lines = [f"/** {_summary(node)} */", f"export interface {node.name}{extends} {{"]
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            name = field.target.id
            hint, mark = hints[name], "" if cls.__total__ else "?"
            if get_origin(hint) is NotRequired:
                hint, mark = get_args(hint)[0], "?"
            if name in comments:
                lines.append(f"  /** {comments[name]} */")
            lines.append(f"  {name}{mark}: {_type(hint, aliases)};")
    return "\n".join([*lines, "}"])


def _field_comments(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: str(text.value.value)
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def _type(hint: Any, aliases: dict[Any, str]) -> str:  # noqa: PLR0911 - one for each kind
    """Return the TypeScript of a type."""
    if hint in aliases:
        return aliases[hint]
    if _is_message(hint):
        return str(hint.__name__)
    if hint is Any or hint is object:
        return "unknown" if hint is Any else "object"
    if hint in _PLAIN:
        return _PLAIN[hint]
    kind, arguments = get_origin(hint), get_args(hint)
    if kind is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    inner = [_type(argument, aliases) for argument in arguments]
    if kind in (Union, UnionType):
        return " | ".join(inner)
    if kind is tuple:
        return f"[{', '.join(inner)}]"
    if kind is list:
        return f"({inner[0]})[]" if " | " in inner[0] else f"{inner[0]}[]"
    if kind is dict:
        return f"Record<string, {inner[1]}>"
    raise TypeError(hint)


if __name__ == "__main__":
    for folder, package in WIRES.items():
        path = Path(__file__).parent / folder / "wire.ts"
        path.write_text(typescript(package), encoding="utf-8")
