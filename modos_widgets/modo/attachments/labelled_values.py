"""Values with labelled axes, from arrays, pandas tables and xarray arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from modos_widgets.errors import OptionError
from modos_widgets.storage import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Labelled", "labelled"]

_ROLES: Final = (("obs", "var"), ("var", "obs"))
_TEXT: Final = np.dtypes.StringDType()
_EXACT: Final = 2**53  # A float can represent every integer up to this one.
_TWO: Final = 2


@dataclass(frozen=True)
class Labelled:
    """Values to store, with the labels of their axes.

    Attributes
    ----------
    values : numpy.ndarray
        Numbers, booleans or texts.
    axes : tuple of str
        Dimension names: ``obs`` and ``var``, then those of further axes.
    labels : mapping
        Dimension name to texts.
    attributes : mapping
        Other properties of a table or array.
    """

    values: np.ndarray[Any, Any]
    axes: tuple[str, ...]
    labels: Mapping[str, np.ndarray[Any, Any]]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class _Read:
    """The input: values, and an index and a name of each axis, or None."""

    values: np.ndarray[Any, Any]
    indexes: tuple[pd.Index | None, ...]
    names: tuple[Any, ...]
    attributes: Mapping[Any, Any] = field(default_factory=dict)


def labelled(
    values: Any, obs: Iterable[Any] | None = None, var: Iterable[Any] | None = None
) -> Labelled:
    """Convert values and labels to the form in which they are stored; touches no storage.

    Tables and xarray arrays have labels of their own; `obs` and `var` can repeat them. A default
    index (``RangeIndex`` from 0) counts as no labels.

    Raises
    ------
    OptionError
        Something cannot be stored unchanged: values other than numbers, booleans and texts, several
        levels of labels, missing labels, coordinates that label no axis. Or the labels do not fit.
    """
    read = _read(values)
    # In C order, because zarr transposes texts in another order.
    matrix = np.asarray(_storable(read.values), order="C")
    number = matrix.ndim
    own = [None if index is None else _texts(index, "The labels") for index in read.indexes]
    asked = {
        role: _texts(labels, role)
        for role, labels in (("obs", obs), ("var", var))
        if labels is not None
    }
    roles = _roles(matrix.shape, own, asked)
    further = _further(read.names, number)
    axes = (*roles, *further)
    labels = {axis: found for axis, found in zip(axes, own, strict=True) if found is not None}
    attributes = dict(read.attributes)
    names = [None if name is None else str(name) for name in read.names]
    if any(name not in (None, axis) for name, axis in zip(names, axes, strict=True)):
        attributes["axis_names"] = names
    return Labelled(matrix, axes, {**labels, **asked}, _as_json(attributes))


def _read(values: Any) -> _Read:
    if isinstance(values, pd.DataFrame):
        indexes = (_labelling(values.index), _labelling(values.columns))
        names = (values.index.name, values.columns.name)
        return _Read(_cells(values), indexes, names, dict(values.attrs))
    if isinstance(values, pd.Series):
        attributes = _with_name(values.attrs, values.name)
        index = (_labelling(values.index),)
        return _Read(_cells(values.to_frame())[:, 0], index, (values.index.name,), attributes)
    if hasattr(values, "data_vars"):
        raise OptionError("A Dataset holds several arrays.", "Pass one of its variables.")
    if hasattr(values, "dims") and hasattr(values, "to_numpy"):
        return _data_array(values)
    if (
        hasattr(values, "columns")
        or hasattr(values, "column_names")
        or hasattr(values, "obs_names")
    ):
        raise OptionError(
            f"A {type(values).__name__} would lose its labels.",
            "Convert it to a pandas.DataFrame, or pass its values with obs= and var=.",
        )
    if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
        raise OptionError("Masked values cannot be stored.", "Fill them: values.filled(...).")
    matrix = np.asarray(values)
    return _Read(matrix, (None,) * matrix.ndim, (None,) * matrix.ndim)


def _data_array(values: Any) -> _Read:
    """Read a DataArray, without importing xarray."""
    dims, held = tuple(values.dims), getattr(values, "indexes", {})
    levels = {name for index in held.values() for name in index.names}
    coords = getattr(values, "coords", ())  # A Variable has no coordinates.
    loose = sorted(str(name) for name in coords if name not in {*dims, *levels})
    indexes = tuple(_labelling(held[dim]) if dim in held else None for dim in dims)
    if loose:
        raise OptionError(
            f"The coordinates {', '.join(loose)} label no axis and would be lost.",
            f"Drop them: values.drop_vars({loose!r}), or add them as arrays of their own.",
        )
    attributes = _with_name(values.attrs, getattr(values, "name", None))
    return _Read(np.asarray(values.to_numpy()), indexes, dims, attributes)


def _with_name(attributes: Mapping[Any, Any], name: Any) -> dict[Any, Any]:
    """Add the name of a series or array, which is stored under another name, as ``long_name``."""
    return {**({} if name is None else {"long_name": str(name)}), **attributes}


def _labelling(index: pd.Index) -> pd.Index | None:
    counting = isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)
    return None if counting else index


def _cells(table: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return a table's values.

    Raises
    ------
    OptionError
        Integers beside floats that a float cannot represent.
    """
    numbers = [pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]
    found = table.to_numpy()
    if found.dtype.kind == "O" and numbers and all(numbers):
        truths = [pd.api.types.is_bool_dtype(dtype) for dtype in table.dtypes]
        if any(truths):
            return found
        found = table.to_numpy(dtype="float64", na_value=np.nan)
    if found.dtype.kind == "f":
        for place, dtype in enumerate(table.dtypes):
            if pd.api.types.is_integer_dtype(dtype):
                column = table.iloc[:, place].dropna()
                if any(abs(int(value)) > _EXACT for value in column):
                    raise OptionError(
                        f"Column {table.columns[place]!r:.80} has integers that floats round.",
                        "Convert all columns to one data type.",
                    )
    return found


def _storable(matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if matrix.dtype.kind == "O" and all(isinstance(value, str) for value in matrix.ravel()):
        matrix = matrix.astype("U1") if not matrix.size else matrix
        kind = "U"
    else:
        kind = matrix.dtype.kind
    if kind in "UT":
        if not all(is_text(str(value)) for value in matrix.ravel()):
            raise OptionError("The values contain an unpaired surrogate.", "Replace it.")
        return matrix.astype(_TEXT)
    if kind not in "biufcS":
        raise OptionError(
            f"Values of type {matrix.dtype} cannot be stored.",
            "Pass numbers, booleans or text, without missing texts.",
        )
    return matrix


def _texts(labels: Iterable[Any], what: str) -> np.ndarray[Any, Any]:
    """Return labels as texts, of which as many are distinct as of the labels."""
    if isinstance(labels, str | bytes):
        raise OptionError(f"{what}: expected a list of labels, got a text.", "Pass a list.")
    if isinstance(labels, pd.MultiIndex):
        raise OptionError(
            f"{what} have several levels ({', '.join(map(str, labels.names))}).",
            "Join them into one text: index.map('/'.join), or reset the index.",
        )
    entries = list(labels)
    texts = []
    for place, entry in enumerate(entries):
        if entry is None or (pd.api.types.is_scalar(entry) and pd.isna(entry)):
            raise OptionError(f"{what}: label {place:,} is missing.", "Pass a text for each label.")
        text = entry.decode("utf-8", "replace") if isinstance(entry, bytes) else str(entry)
        if not is_text(text):
            raise OptionError(f"{what} contain an unpaired surrogate.", "Replace it.")
        texts.append(text)
    if len(set(texts)) < len(set(map(_told_apart, entries))):
        raise OptionError(
            f"{what}: some labels differ only in type.", "Rename labels such as 1 and '1'."
        )
    found = np.empty(len(texts), dtype=_TEXT)
    found[...] = texts
    return found


def _told_apart(entry: Any) -> Any:
    try:
        hash(entry)
    except TypeError:
        return str(entry)
    return entry


def _roles(
    shape: tuple[int, ...],
    own: list[np.ndarray[Any, Any] | None],
    asked: Mapping[str, np.ndarray[Any, Any]],
) -> tuple[str, ...]:
    """Return the axes: rows are obs and columns var, unless the labels fit only the other way."""
    fits = False
    for roles in _ROLES:
        axes = roles[: len(shape)]
        if all(role in axes and shape[axes.index(role)] == len(asked[role]) for role in asked):
            fits = True
            before = ((own[axes.index(role)], found) for role, found in asked.items())
            if all(labels is None or list(labels) == list(other) for labels, other in before):
                return axes
    if fits:
        raise OptionError(
            f"The table's own labels differ from {' and '.join(asked)}.",
            "Omit obs= and var=, or pass the values alone: values.to_numpy().",
        )
    counted = ", ".join(f"{role} names {len(found):,}" for role, found in asked.items())
    raise OptionError(
        f"The labels do not fit: {counted}, the values have {' x '.join(map(str, shape))}.",
        "Pass one label of obs for each row and one of var for each column.",
    )


def _further(names: tuple[Any, ...], number: int) -> list[str]:
    """Return the names of the axes after the second."""
    found: list[str] = []
    for axis in range(_TWO, number):
        own = names[axis]
        name = f"axis{axis}" if own is None else str(own)
        bad = name in {"", ".", "..", "obs", "var", "zarr.json", *found}
        if bad or "/" in name or name.startswith("__") or not is_text(name):
            raise OptionError(f"{name!r:.80} cannot name an axis here.", "Rename the dimension.")
        found.append(name)
    return found


def _as_json(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(json.dumps(dict(attributes), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"The attributes of the values cannot be stored ({error}).",
            "Keep only numbers and texts in values.attrs.",
        ) from error
    return found
