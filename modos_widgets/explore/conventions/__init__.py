"""What arrays mean by the conventions of AnnData, xarray (CF), OME-Zarr, VCF Zarr and NWB."""

from modos_widgets.explore.conventions.meaning import (
    ArrayMeaning,
    AxisLabels,
    AxisMeaning,
    Channel,
    MeantValues,
    Resolution,
)
from modos_widgets.explore.conventions.recognition import meaning_of
from modos_widgets.explore.conventions.table import table_frame

__all__ = [
    "ArrayMeaning",
    "AxisLabels",
    "AxisMeaning",
    "Channel",
    "MeantValues",
    "Resolution",
    "meaning_of",
    "table_frame",
]
