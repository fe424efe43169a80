"""Faults in the sample objects, for a curator to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.demo.objects import SampleObject

__all__ = ["SEEDED_FAULTS", "Fault", "seed_faults"]


class Fault(NamedTuple):
    """Seeded fault.

    Parameters
    ----------
    object : str
        Path of the object in the bucket, such as ``smoc/P-0003``.
    element : str
        Id of the element, such as ``sample/s03``; empty for the root; for a file that no
        element names, the file's path in the object.
    slot : str
        The wrong attribute; empty for a file that no element names.
    kind : str
        ``not_in_list``, ``missing``, ``dangling_link``, ``unprefixed_link``,
        ``scalar_for_list``, ``date_without_time``, ``date_without_zone``, ``bad_pattern``,
        ``checksum_mismatch``, ``file_missing`` or ``file_unnamed``.
    """

    object: str
    element: str
    slot: str
    kind: str


SEEDED_FAULTS = (
    Fault("public/ex", "", "has_assay", "scalar_for_list"),
    Fault("public/ex", "", "has_assay", "unprefixed_link"),
    Fault("public/ex", "", "last_update_date", "date_without_time"),
    Fault("smoc/P-0002", "data/normal_wgs", "has_sample", "dangling_link"),
    Fault("smoc/P-0003", "sample/s03", "sex", "not_in_list"),
    Fault("smoc/P-0003", "sample/s07", "sex", "not_in_list"),
    Fault("smoc/P-0003", "sample/s11", "sex", "not_in_list"),
    Fault("smoc/P-0003", "data/calls1", "has_sample", "unprefixed_link"),
    Fault("smoc/P-0004", "", "creation_date", "date_without_time"),
    Fault("smoc/P-0005", "data/qc_report", "data_format", "missing"),
    Fault("smoc/P-0006", "export_2024-02-28_old.tsv", "", "file_unnamed"),
    Fault("smoc/P-0007", "assay/rna", "omics_type", "scalar_for_list"),
    Fault("smoc/P-0009", "data/tumor_wgs", "data_checksum", "checksum_mismatch"),
    Fault("smoc/P-0010", "", "last_update_date", "date_without_zone"),
    Fault("smoc/P-0011", "data/proteins", "data_path", "file_missing"),
    Fault("smoc/P-0013", "sample/tumor", "sex", "not_in_list"),
    Fault("smoc/P-0015", "sequence/chrM", "sequence_md5", "bad_pattern"),
    Fault("smoc/P-0016", "assay/wgs", "omics_type", "missing"),
)
"""All faults in the sample objects; everything else is correct."""

_EXPORT = b"patient\tvalue\nP-0006\t17\n"


def seed_faults(objects: Mapping[str, SampleObject]) -> None:
    """Add every seeded fault to its object, in the order of the list."""
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
