"""Code for what a widget shows: Python for a fresh kernel, without secrets.

Names come from untrusted objects, so each is written with `repr`, which escapes quotes, line ends
and direction marks. Keys are never written: in a fresh kernel they come from the environment or
the sign-in, in the order that `modos_widgets.open_modo` documents.
"""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from modos_widgets.explore import code_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.credentials import S3Options
    from modos_widgets.explore import NodeSource
    from modos_widgets.modo import Modo

__all__ = [
    "KEYS_ARE_NOT_SHOWN",
    "PYTHON",
    "SHELL",
    "Piece",
    "app_piece",
    "assign",
    "call",
    "literal",
    "node_pieces",
    "open_arguments",
    "opening",
    "options_of",
    "program",
]

PYTHON: Final = "python"
SHELL: Final = "shell"
_WIDTH: Final = 79
KEYS_ARE_NOT_SHOWN: Final = (
    "# S3 keys are not shown. Set AWS_ACCESS_KEY_ID and\n"
    "# AWS_SECRET_ACCESS_KEY, or pass them as s3_kwargs."
)


class Piece(NamedTuple):
    """A piece of code.

    Attributes
    ----------
    title : str
        What the code does.
    text : str
        The code, ending with a line end.
    language : str
        `PYTHON` or `SHELL`.
    """

    title: str
    text: str
    language: str = PYTHON


def literal(value: Any) -> str:
    """Return the Python literal of a JSON value or a tuple; a long one spans several lines."""
    text = _flat(value)
    if len(text) <= _WIDTH - 12 or not isinstance(value, list | tuple | dict):
        return text
    if isinstance(value, dict):
        parts = [f"{key!r}: {literal(each)}" for key, each in value.items()]
    else:
        parts = [literal(each) for each in value]
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    if isinstance(value, tuple):
        first, last = "(", ")"
    inside = "".join("    " + part.replace("\n", "\n    ") + ",\n" for part in parts)
    return f"{first}\n{inside}{last}"


def _flat(value: Any) -> str:
    """Return the literal of a value on one line; NaN and infinities are calls of ``float``."""
    if isinstance(value, dict):
        inside = [f"{key!r}: {_flat(each)}" for key, each in value.items()]
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_flat, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def call(function: str, *arguments: str, **named: str) -> str:
    """Return a call; one argument per line if it is too long for one.

    Parameters
    ----------
    function : str
        Name of the function.
    *arguments, **named : str
        Python code, not values: see `literal`.

    Returns
    -------
    str
    """
    parts = [*arguments, *(f"{name}={text}" for name, text in named.items())]
    line = f"{function}({', '.join(parts)})"
    if len(line) <= _WIDTH - 12 and "\n" not in line:
        return line
    inside = "".join("    " + part.replace("\n", "\n    ") + ",\n" for part in parts)
    return f"{function}(\n{inside})"


def assign(name: str, expression: str) -> str:
    """Return an assignment."""
    return f"{name} = {expression}"


def program(imports: Iterable[str], *blocks: str) -> str:
    """Return a program: imports first, each once, then the blocks."""
    lines = dict.fromkeys(imports)
    plain = sorted(line for line in lines if line.startswith("import "))
    others = sorted(line for line in lines if not line.startswith("import "))
    head = "\n".join([*plain, *others])
    body = "\n".join(blocks)
    return f"{head}\n\n{body}\n" if head and body else f"{head}{body}\n"


def options_of(options: S3Options) -> dict[str, Any]:
    """Return the S3 options that are not secret."""
    shown: dict[str, Any] = {}
    if options.anonymous:
        shown["anon"] = True
    if options.profile is not None:
        shown["profile"] = options.profile
    if shown and options.region != "us-east-1":
        shown["region"] = options.region
    return shown


def opening(
    modo: Modo, *, endpoint: str | None = None, mode: str | None = None, name: str = "modo"
) -> str:
    """Return the code that opens an object.

    Parameters
    ----------
    modo : Modo
        The object.
    endpoint : str, optional
        URL of the modos server that lists it; by default the one it was opened with.
    mode : str, optional
        Mode, unless it is opened for reading.
    name : str
        Variable that the object is assigned to.

    Returns
    -------
    str
    """
    arguments, comment = open_arguments(modo, endpoint=endpoint, mode=mode)
    text = assign(name, call("modos_widgets.open_modo", repr(modo.path), **arguments))
    return f"{comment}\n{text}" if comment else text


def open_arguments(
    modo: Modo, *, endpoint: str | None = None, mode: str | None = None
) -> tuple[dict[str, str], str]:
    """Return the arguments that open an object, and a comment about hidden keys or ''."""
    arguments, comment = _place(modo, endpoint or modo.endpoint)
    if mode is not None:
        arguments["mode"] = repr(mode)
    return arguments, comment


def _place(modo: Modo, endpoint: str | None) -> tuple[dict[str, str], str]:
    """Return the arguments that locate an object, and a comment about hidden keys or ''."""
    if not modo.path.startswith("s3://"):
        return {}, ""
    options: S3Options | None = getattr(modo.storage, "options", None)
    if options is None:
        return {} if endpoint is None else {"endpoint": repr(endpoint)}, ""
    fixed = options.origin == "argument" and options.credential is not None
    if endpoint is not None:
        # the sign-in at the endpoint provides the keys unless another option is passed
        return {"endpoint": repr(endpoint)}, KEYS_ARE_NOT_SHOWN if fixed else ""
    arguments = {}
    if options.endpoint is not None:
        arguments["services"] = literal({"s3": options.endpoint})
    if shown := options_of(options):
        arguments["s3_kwargs"] = literal(shown)
    return arguments, KEYS_ARE_NOT_SHOWN if fixed or options.source is not None else ""


def app_piece(source: str, *, endpoint: str | None = None) -> Piece:
    """Return the command that shows a modos server, a folder or an object as a web page."""
    words = ["modos-widgets", "app", *(["--endpoint", endpoint] if endpoint else []), source]
    return Piece("Open as a web page, from a terminal", f"{shlex.join(words)}\n", SHELL)


def node_pieces(source: NodeSource, path: str, last: str = "") -> list[Piece]:
    """Return the code that opens a node, with this package (in a MODO) and with other tools.

    May read the node's metadata.

    Parameters
    ----------
    source : NodeSource
        Source of the node.
    path : str
        Path of the node.
    last : str
        Last line of the first piece, for an array in the variable ``node``.

    Returns
    -------
    list of Piece
    """
    found = code_for(source, path)
    first = found.pop("modos_widgets", "") or found["zarr"]
    named = path or "The root"
    pieces = [Piece(f"{named}, as shown", f"{first}\n{last}".rstrip("\n") + "\n")]
    return pieces + [Piece(f"{named} with {tool}", f"{code}\n") for tool, code in found.items()]
