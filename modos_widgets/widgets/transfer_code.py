"""The code of a TransferPanel: compare both ends, copy, wait for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo.object import Modo
from modos_widgets.storage import S3Storage, Storage
from modos_widgets.transport import WORKERS
from modos_widgets.widgets.shown_code import (
    KEYS_ARE_NOT_SHOWN,
    Piece,
    assign,
    call,
    literal,
    opening,
    options_of,
    program,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["transfer_pieces"]

_PUBLIC = ("anon", "skip_signature", "region", "region_name", "profile", "endpoint_url")


def transfer_pieces(
    sources: Sequence[Any],
    target: Any,
    options: Mapping[str, Any],
    *,
    overwrite: bool,
    workers: int,
    on_cluster: bool,
) -> list[Piece]:
    """Give the code that compares and copies.

    Parameters
    ----------
    sources : sequence of path, Modo or Storage
        What is copied, at least one.
    target : path, Modo or Storage
        Where to.
    options : mapping
        ``endpoint``, ``services`` and ``s3_kwargs`` as they were given.
    overwrite : bool
        Whether files with another content are replaced.
    workers : int
        Files under way at once.
    on_cluster : bool
        Whether a dask client does the work.
    """
    before: list[str] = []
    named = [
        _place(source, f"source_{number}" if len(sources) > 1 else "source", before)
        for number, source in enumerate(sources, 1)
    ]
    inside = "".join(f"    {each},\n" for each in named)
    source = named[0] if len(named) == 1 else f"[\n{inside}]"
    if len(named) > 1:
        before.append(assign("sources", source))
        source = "sources"
    goal = _place(target, "target", before)
    arguments: dict[str, str] = {}
    if options.get("endpoint"):
        arguments["endpoint"] = repr(str(options["endpoint"]))
    if options.get("services"):
        arguments["services"] = literal({key: str(url) for key, url in options["services"].items()})
    given = {key: value for key, value in (options.get("s3_kwargs") or {}).items() if value}
    if public := {key: given[key] for key in _PUBLIC if key in given}:
        arguments["s3_kwargs"] = literal(public)
    if len(public) < len(given):
        before.insert(0, KEYS_ARE_NOT_SHOWN)
    compared = assign("plan", call("compare", source, goal, **arguments))
    if overwrite:
        arguments["overwrite"] = "True"
    if workers != WORKERS:
        arguments["workers"] = str(workers)
    if on_cluster:
        before.append("# It ran on a dask cluster: give client=distributed.Client(...) besides.")
    copied = assign("transfer", call("modos_widgets.transfer", source, goal, **arguments))
    if before:
        before.append("")
    imports = ["import modos_widgets"] if any("modos_widgets." in line for line in before) else []
    look = "from modos_widgets.transport import compare"
    return [
        Piece(
            "Copy, and wait for the report",
            program(["import modos_widgets"], *before, copied, "report = transfer.wait()"),
        ),
        Piece(
            "Only look what would be copied",
            program([*imports, look], *before, compared, "frame = plan.frame()"),
        ),
    ]


def _place(place: Any, name: str, before: list[str]) -> str:
    """Give what stands for a place, and add the lines that have to come first."""
    if isinstance(place, Modo):
        before.append(opening(place, name=name))
        return name
    if isinstance(place, S3Storage):
        arguments = [repr(place.url), repr(place.endpoint)]
        if shown := options_of(place.options):
            arguments.append(literal(shown))
        elif place.options.origin == "argument":
            before.append(KEYS_ARE_NOT_SHOWN)
        mode = repr("r" if place.read_only else "a")
        before.append(assign(name, call("modos_widgets.S3Storage", *arguments, mode=mode)))
        return name
    return repr(place.url if isinstance(place, Storage) else str(place))
