"""Code of a TransferPanel: compare source and target, copy, wait for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.location import Location
from modos_widgets.modo import Modo
from modos_widgets.storage import Storage
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
    from collections.abc import Sequence

__all__ = ["transfer_pieces"]

_PUBLIC = ("anon", "skip_signature", "region", "region_name", "profile", "endpoint_url")


def transfer_pieces(
    sources: Sequence[Any],
    target: Any,
    location: Location,
    *,
    overwrite: bool,
    allow_unusual: bool = False,
    force: bool = False,
    workers: int,
    on_cluster: bool,
) -> list[Piece]:
    """Return the code that compares and copies.

    Parameters
    ----------
    sources : sequence of path, Location, Modo or Storage
        Sources, at least one.
    target : path, Location, Modo or Storage
        Target.
    location : Location
        Endpoint, services and S3 options for S3 paths.
    overwrite : bool
        Whether files with different content are replaced.
    allow_unusual : bool
        Whether S3 keys are allowed that other MODO software refuses.
    force : bool
        Whether objects with errors are copied where transfers are checked.
    workers : int
        Number of files copied at the same time.
    on_cluster : bool
        Whether a dask cluster does the work.

    Returns
    -------
    list of Piece
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
    arguments = _location_arguments(location, before)
    arguments |= {"allow_unusual": "True"} if allow_unusual else {}
    compared = assign("plan", call("modos_widgets.compare", source, goal, **arguments))
    if overwrite:
        arguments["overwrite"] = "True"
    if force:
        arguments["force"] = "True"
    if workers != WORKERS:
        arguments["workers"] = str(workers)
    if on_cluster:
        before.append("# It ran on a dask cluster: also pass client=distributed.Client(...).")
    copied = assign("transfer", call("modos_widgets.transfer", source, goal, **arguments))
    if before:
        before.append("")
    imports = ["import modos_widgets"]
    return [
        Piece(
            "Copy, and wait for the report",
            program(imports, *before, copied, "report = transfer.wait()"),
        ),
        Piece(
            "Compare only",
            program(imports, *before, compared, "frame = plan.frame()"),
        ),
    ]


def _location_arguments(location: Location, before: list[str]) -> dict[str, str]:
    """Return endpoint, services and S3 options as arguments; note keys that are not shown."""
    arguments: dict[str, str] = {}
    if location.endpoint is not None:
        arguments["endpoint"] = repr(location.endpoint)
    if location.services:
        arguments["services"] = literal({key: str(url) for key, url in location.services.items()})
    options = {key: value for key, value in location.s3_kwargs.items() if value}
    if public := {key: options[key] for key in _PUBLIC if key in options}:
        arguments["s3_kwargs"] = literal(public)
    if len(public) < len(options):
        before.insert(0, KEYS_ARE_NOT_SHOWN)
    return arguments


def _place(place: Any, name: str, before: list[str]) -> str:
    """Return the expression of a source or target; append lines that must come before."""
    if isinstance(place, Modo):
        before.append(opening(place, name=name))
        return name
    if isinstance(place, Location):
        arguments = _location_arguments(place, before)
        before.append(assign(name, call("modos_widgets.Location", repr(place.path), **arguments)))
        return name
    if isinstance(place, Storage) and place.url.startswith("s3://"):
        from modos_widgets.storage import S3Storage  # noqa: PLC0415  heavy

        assert isinstance(place, S3Storage)  # noqa: S101 - no other has such a URL
        positional = [repr(place.url), repr(place.endpoint)]
        if shown := options_of(place.options):
            positional.append(literal(shown))
        elif place.options.origin == "argument":
            before.append(KEYS_ARE_NOT_SHOWN)
        mode = repr("r" if place.read_only else "a")
        before.append(assign(name, call("modos_widgets.S3Storage", *positional, mode=mode)))
        return name
    return repr(place.url if isinstance(place, Storage) else str(place))
