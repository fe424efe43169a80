"""What stands in a row of the tree: short words beside the name, and whole ones below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from modos_widgets.explore.facts import ArrayFacts, NodeFacts
    from modos_widgets.explore.reader import Stored
    from modos_widgets.explore.source import NodeSource

__all__ = ["row", "shape_words", "size_words", "stored_words"]

_LONGEST: Final = 120
_TIMES: Final = " \N{MULTIPLICATION SIGN} "
_KIB: Final = 1024
_THREE_DIGITS: Final = 100
_BEYOND: Final = 2**1000  # which a float still holds


def size_words(size: int | None) -> str:
    """Bytes as people read them: ``310 KiB``."""
    if size is None:
        return "size varies"
    if size < _KIB:
        return f"{size} B"
    value = float(min(size, _BEYOND))
    unit = "B"
    for following in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < _KIB:
            break
        value /= _KIB
        unit = following
    return f"{value:.0f} {unit}" if value >= _THREE_DIGITS else f"{value:.2g} {unit}"


def shape_words(shape: tuple[int, ...]) -> str:
    """Give a shape as people write it: 1,473 times 96."""
    return _TIMES.join(f"{each:,}" for each in shape) if shape else "scalar"


def row(source: NodeSource, path: str) -> dict[str, Any]:
    """Describe a node to the browser, from what is known without I/O.

    Returns
    -------
    dict
        ``n`` name; and where known ``k`` kind, ``c`` element class, ``m`` muted words,
        ``t`` a sentence of facts, ``s`` whether the stored size is known, ``x`` number of
        children (-1: more than were counted), ``p`` problem and ``h`` hint.
    """
    found: dict[str, Any] = {"n": path.rpartition("/")[2] if path else source.name}
    facts = source.known(path)
    if facts is None:
        return found
    found["k"] = facts.kind
    if facts.kind == "broken":
        muted = facts.reason or facts.problem[:_LONGEST]
        return {**found, "p": facts.problem, "h": facts.hint, "m": muted}
    if facts.array is not None:
        return {**found, **_array_words(facts.array, source.known_stored(path))}
    return {**found, **_group_words(source, path, facts)}


def _array_words(array: ArrayFacts, stored: Stored | None) -> dict[str, Any]:
    real = size_words(array.real_size)
    shape = f"{shape_words(array.shape)} {array.dtype}"
    facts = [
        shape,
        f"chunks {shape_words(array.chunks)}",
        array.compression,
        real if stored is None else f"{real} uncompressed, {stored_words(stored)} stored",
    ]
    if array.inner_chunks is not None:
        facts[1] = f"shards {shape_words(array.chunks)} of {shape_words(array.inner_chunks)}"
    sizes = [] if array.real_size is None else [real]
    if stored is not None:
        sizes.append(f"{stored_words(stored)} stored")
    return {
        "m": " · ".join([shape[:_LONGEST], *([", ".join(sizes)] if sizes else [])]),
        "t": " · ".join(facts),
        "x": 0,
        "s": stored is not None,
    }


def stored_words(stored: Stored) -> str:
    """Give what an array takes in its store: ``310 KiB``, or that it is more than was counted."""
    return size_words(stored.size) if stored.complete else f"> {size_words(stored.size)}"


def _group_words(source: NodeSource, path: str, facts: NodeFacts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    counted = source.known_count(path)
    count = ""
    if counted is not None:
        number, complete = counted
        found["x"] = number if complete else -1
        count = f"{number:,}" if complete else f"{number:,}+"
    kind = facts.element_class[:_LONGEST]
    if kind:
        found["c"] = kind
    title = facts.title if facts.title != found.get("n") else ""
    if kind and path:
        found["m"] = " · ".join(part for part in (title, kind) if part)
    else:
        found["m"] = count if count != "0" or not path else "empty"
    some = count and not (kind and count == "0")
    children = f"{count} {'child' if count == '1' else 'children'}" if some else ""
    attributes = len(facts.attributes)
    words = [
        kind or "group",
        title,
        children,
        f"{attributes} {'attribute' if attributes == 1 else 'attributes'}",
    ]
    found["t"] = " · ".join(word for word in words if word)
    return found
