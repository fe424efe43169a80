"""The faults that were put into the sample objects, for a curator to find."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SEEDED_FAULTS", "Fault"]


class Fault(NamedTuple):
    """One seeded fault.

    Parameters
    ----------
    object : str
        Path of the object in the bucket, such as ``smoc/P-0003``.
    element : str
        Id of the element, such as ``sample/s03``; empty for the root; for a file that no
        element names, the file's path in the object.
    slot : str
        The attribute that is wrong; empty for a file that no element names.
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
"""Every fault in the sample objects; all that is not named here is in order."""
