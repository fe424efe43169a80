"""Putting the faults of `SEEDED_FAULTS` into the sample objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.demo.faults import SEEDED_FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.demo.objects import SampleObject

_EXPORT = b"patient\tvalue\nP-0006\t17\n"


def seed_faults(objects: Mapping[str, SampleObject]) -> None:
    """Put every seeded fault into the object it belongs to, in the order of the list."""
    for fault in SEEDED_FAULTS:
        target = objects[fault.object]
        if fault.kind == "file_unnamed":
            target.files[fault.element] = _EXPORT
        elif fault.kind == "file_missing":
            del target.files[target.elements[fault.element][fault.slot]]
        elif fault.kind == "missing":
            del target.elements[fault.element][fault.slot]
        else:
            attributes = target.elements[fault.element] if fault.element else target.root
            attributes[fault.slot] = _spoiled(fault, attributes[fault.slot])


def _spoiled(fault: Fault, value: Any) -> object:
    if fault.kind == "not_in_list" and fault.object.endswith("P-0003"):
        return "unknown"
    return _SPOIL[fault.kind](value)


def _without_prefix(value: str | list[str]) -> object:
    if isinstance(value, str):
        return value.partition("/")[2]
    return [link.partition("/")[2] for link in value]


_SPOIL: dict[str, Callable[[Any], object]] = {
    "not_in_list": str.lower,
    "dangling_link": lambda links: [f"{links[0]}_old"],
    "unprefixed_link": _without_prefix,
    "scalar_for_list": lambda values: values[0],
    "date_without_time": lambda date: date.partition("T")[0],
    "date_without_zone": lambda date: date.removesuffix("Z"),
    "checksum_mismatch": lambda checksum: checksum[::-1],
    "bad_pattern": str.upper,
}
