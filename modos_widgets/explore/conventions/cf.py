"""Values packed by the CF conventions (fill values, scale, times), as xarray reads them."""

from __future__ import annotations

import base64
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.archive import OLD_FORMAT
from modos_widgets.explore.conventions.cf_time import TimeUnit, parse_time_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import Node

__all__ = ["Packing", "packing_of", "unit_of"]

_DIMENSIONS: Final = "_ARRAY_DIMENSIONS"
_FILLS: Final = ("_FillValue", "missing_value")
_MOST_FILLS: Final = 16
_LONGEST_UNIT: Final = 80
_LONGEST_TEXT: Final = 64
_SPANS: Final = "timedelta64"
_LARGEST: Final = 2**64
_NARROW, _SINGLE = 2, 4  # bytes
Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Packing:
    """How numbers are packed.

    Attributes
    ----------
    scale, offset : float or None
        A value is the stored number times the scale, plus the offset.
    fills : tuple of (int, float or str)
        Stored values that stand for missing ones.
    time : TimeUnit or None
        Unit of times.
    is_span : bool
        Whether `time` is the unit of durations, which have no date.
    is_unsigned, is_signed, is_boolean : bool
        Data type that the stored integers stand for.
    """

    scale: float | None = None
    offset: float | None = None
    fills: tuple[float | str, ...] = ()
    time: TimeUnit | None = None
    is_span: bool = False
    is_unsigned: bool = False
    is_signed: bool = False
    is_boolean: bool = False

    def unpack(self, data: Values) -> tuple[Values, int]:
        """Return the values of stored numbers.

        Parameters
        ----------
        data : numpy.ndarray
            Stored values.

        Returns
        -------
        values : numpy.ndarray
            Missing values are NaN, NaT or (of texts) None.
        outside : int
            Number of times that are too large for a date; they are missing.
        """
        if data.dtype.kind not in "iufb":
            return self._without_fills(data), 0
        data = data.astype(data.dtype.newbyteorder("="), copy=False)
        if self.is_unsigned and data.dtype.kind == "i":
            data = data.view(f"u{data.dtype.itemsize}")
        elif self.is_signed and data.dtype.kind == "u":
            data = data.view(f"i{data.dtype.itemsize}")
        if self.is_boolean:
            return data.astype(bool), 0
        missing = self._is_missing(data)
        if self.time is not None and not self.is_scaled:
            return self._times(self.time, data, missing)
        if self.is_scaled or missing.any():  # whole numbers stay exact where they can
            data = np.where(missing, np.nan, data.astype(self._float_type(data.dtype)))
        with np.errstate(over="ignore", invalid="ignore"):
            if self.scale is not None:
                data = data * self.scale
            if self.offset is not None:
                data = data + self.offset
        return (data, 0) if self.time is None else self._times(self.time, data, np.isnan(data))

    @property
    def is_scaled(self) -> bool:
        """Whether there is a scale or an offset."""
        return self.scale is not None or self.offset is not None

    def _times(self, unit: TimeUnit, data: Values, missing: Values) -> tuple[Values, int]:
        """Return times or durations."""
        if self.is_span:
            spans, outside = unit.spans(np.where(missing, 0, data))
            spans[missing] = np.timedelta64("NaT")
            return spans, outside
        times, outside = unit.decode(np.where(missing, 0, data))
        times[missing] = None if times.dtype == object else np.datetime64("NaT")
        return times, outside

    def _is_missing(self, data: Values) -> Values:
        missing = np.isnan(data) if data.dtype.kind == "f" else np.zeros(data.shape, dtype=bool)
        for fill in self.fills:
            if isinstance(fill, str):
                continue
            if data.dtype.kind == "f":
                with np.errstate(over="ignore"):
                    missing |= data == data.dtype.type(fill)
            elif float(fill).is_integer():
                missing |= data == int(fill)
        return missing

    def _float_type(self, dtype: np.dtype[Any]) -> str:
        """Return the type that xarray chooses: a small one where it holds all numbers."""
        if self.is_scaled or dtype.itemsize > (_SINGLE if dtype.kind == "f" else _NARROW):
            return "float64"
        return "float32"

    def _without_fills(self, data: Values) -> Values:
        texts = [fill for fill in self.fills if isinstance(fill, str)]
        if not texts or data.dtype.kind not in "OTU":
            return data
        held = data.astype(object)
        held[np.isin(data.astype(str), texts)] = None
        return held


def packing_of(facts: Node) -> Packing | None:
    """Return how an array is packed by its CF attributes; None if it is not.

    Parameters
    ----------
    facts : Node
        The array. Its attributes are untrusted: what is not valid is ignored.

    Returns
    -------
    Packing or None
    """
    array, attributes = facts.array, facts.attributes
    if array is None:
        return None
    kind = _kind(array.dtype)
    fills = tuple(
        dict.fromkeys(
            fill
            for name in _FILLS
            for fill in _fill_values(attributes.get(name), kind, array.dtype)
        )
    )
    is_old = facts.document.get("zarr_format") == OLD_FORMAT and _DIMENSIONS in attributes
    if is_old and array.fill_value is not None:  # where xarray writes it in zarr v2
        fills = (*fills, *_fill_values(array.fill_value, kind, array.dtype))
    if kind not in "iufb":
        return Packing(fills=fills) if fills else None
    stored = attributes.get("dtype")
    stored = stored if isinstance(stored, str) else ""
    units = attributes.get("units")
    is_span = stored.startswith(_SPANS)
    time = (
        parse_time_unit(f"{units} since 1970-01-01")
        if is_span
        else parse_time_unit(units, attributes.get("calendar"))
    )
    packing = Packing(
        scale=_number(attributes.get("scale_factor")),
        offset=_number(attributes.get("add_offset")),
        fills=fills,
        time=time,
        is_span=is_span and time is not None,
        is_unsigned=_word(attributes.get("_Unsigned")) == "true",
        is_signed=_word(attributes.get("_Unsigned")) == "false",
        is_boolean=stored == "bool" and kind in "iu",
    )
    return None if packing == Packing() else packing


def unit_of(attributes: Mapping[str, Any], packing: Packing | None) -> str:
    """Return the attribute ``units`` as a short text; empty if there is none, and for times."""
    units = attributes.get("units")
    if not isinstance(units, str) or (packing is not None and packing.time is not None):
        return ""
    return units.strip()[:_LONGEST_UNIT]


def _kind(dtype: str) -> str:
    try:
        return np.dtype(dtype).kind
    except TypeError:
        return "O"


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, str | bool) else ""


def _number(value: object) -> float | None:
    """Return a finite number of an attribute, which may be a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _fill_values(value: object, kind: str, dtype: str) -> list[float | str]:
    """Return fill values that an array of the kind can contain."""
    if isinstance(value, list):
        found = [each for one in value[:_MOST_FILLS] for each in _fill_values(one, kind, dtype)]
        return found if not any(isinstance(one, list) for one in value) else []
    if kind in "OTU":
        return [value[:_LONGEST_TEXT]] if isinstance(value, str) else []
    number = _float_of(value) if isinstance(value, str) and kind == "f" else value
    if isinstance(number, int):
        return [int(number)] if abs(number) < _LARGEST else []
    return [number] if isinstance(number, float) and not math.isnan(number) else []


def _float_of(text: str) -> float | None:
    """Return a float of a text: a word of zarr, or base64 as xarray writes it in zarr v3."""
    if text in {"NaN", "Infinity", "-Infinity"}:
        return float(text)
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        return float(struct.unpack("<d", base64.standard_b64decode(text))[0])
    except (ValueError, struct.error):
        return None
