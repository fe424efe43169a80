"""Content of a row of the tree: short text beside the name, and a description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore.reader import StoredSize
    from modos_widgets.explore.source import NodeSource

__all__ = ["NodeRow", "node_row", "shape_words", "size_words", "stored_words"]

_LONGEST: Final = 120
_LONGEST_TITLE: Final = 200
_TIMES: Final = " \N{MULTIPLICATION SIGN} "
_KIB: Final = 1024
_TWO_DIGITS: Final = 10
_BEYOND: Final = 2**1000  # which a float still holds


def size_words(size: int | None) -> str:
    """Return a size in bytes as text, such as ``310 KiB``."""
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
    return f"{value:.0f} {unit}" if value >= _TWO_DIGITS else f"{value:.2g} {unit}"


def shape_words(shape: tuple[int, ...]) -> str:
    """Return a shape as text, with a multiplication sign between 1,473 and 96."""
    return _TIMES.join(f"{each:,}" for each in shape) if shape else "scalar"


class NodeRow(TypedDict):
    """Node as a row of the tree; only the name is always known."""

    name: str
    kind: NotRequired[Literal["group", "array", "broken"]]
    element_class: NotRequired[str]
    summary: NotRequired[str]
    """Short text beside the name."""
    facts: NotRequired[str]
    """Description of the node in one line."""
    children: NotRequired[int]
    """Number of children; -1 if there are more than were counted."""
    stored: NotRequired[bool]
    """Whether the stored size is known."""
    problem: NotRequired[str]
    hint: NotRequired[str]


def node_row(source: NodeSource, path: str) -> NodeRow:
    """Return the row of a node, from facts that are known without I/O."""
    row: NodeRow = {"name": path.rpartition("/")[2] if path else source.name}
    facts = source.known(path)
    if facts is None:
        return row
    row["kind"] = facts.kind
    if facts.kind == "broken":
        row["problem"] = facts.problem
        row["hint"] = facts.hint
        row["summary"] = facts.reason or facts.problem[:_LONGEST]
    elif facts.array is not None:
        _add_array(row, facts.array, source.known_stored(path))
    else:
        _add_group(row, source, path, facts)
    return row


def _add_array(row: NodeRow, array: ArrayMetadata, stored: StoredSize | None) -> None:
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
    row["summary"] = " · ".join([shape[:_LONGEST], *([", ".join(sizes)] if sizes else [])])
    row["facts"] = " · ".join(facts)
    row["children"] = 0
    row["stored"] = stored is not None


def stored_words(stored: StoredSize) -> str:
    """Return the stored size as text: ``310 KiB``, or ``> 310 KiB`` if not all was counted."""
    return size_words(stored.size) if stored.complete else f"> {size_words(stored.size)}"


def _attribute(facts: Node, name: str) -> str:
    value = facts.attributes.get(name)
    return value if isinstance(value, str) else ""


def _add_group(row: NodeRow, source: NodeSource, path: str, facts: Node) -> None:
    counted = source.known_count(path)
    count = ""
    if counted is not None:
        number, complete = counted
        row["children"] = number if complete else -1
        count = f"{number:,}" if complete else f"{number:,}+"
    kind = _attribute(facts, "@type")[:_LONGEST]
    if kind:
        row["element_class"] = kind
    title = _attribute(facts, "name")[:_LONGEST_TITLE]
    if kind and path:
        row["summary"] = " · ".join(part for part in (title, kind) if part)
    else:
        row["summary"] = count if count != "0" or not path else "empty"
    some = count and not (kind and count == "0")
    children = f"{count} {'child' if count == '1' else 'children'}" if some else ""
    attributes = len(facts.attributes)
    words = [
        kind or "group",
        title,
        children,
        f"{attributes} {'attribute' if attributes == 1 else 'attributes'}",
    ]
    row["facts"] = " · ".join(word for word in words if word)
