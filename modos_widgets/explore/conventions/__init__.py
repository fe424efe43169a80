"""What arrays mean by the conventions of AnnData, xarray (CF), OME-Zarr, VCF Zarr and NWB."""

from modos_widgets.explore.conventions.meaning import (
    ArrayMeaning,
    AxisLabels,
    AxisMeaning,
    Channel,
    MeantValues,
    Resolution,
    meaning_of,
)

__all__ = [
    "ArrayMeaning",
    "AxisLabels",
    "AxisMeaning",
    "Channel",
    "MeantValues",
    "Resolution",
    "meaning_of",
]
