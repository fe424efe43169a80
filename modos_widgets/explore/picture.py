"""Numbers from which the page draws an array: a heat map, a line, colours or a histogram."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "COMPONENTS",
    "KINDS",
    "Histogram",
    "Limits",
    "Picture",
    "channel_axis",
    "composite_of",
    "kinds_for",
    "picture_of",
    "stacked",
]

KINDS: Final = ("heat map", "line", "histogram", "RGB", "channels")
COMPONENTS: Final[dict[str, Callable[..., Any]]] = {
    "magnitude": np.abs,
    "phase": np.angle,
    "real": np.real,
    "imaginary": np.imag,
}
"""What is shown of a complex number."""

_MOST_WORDS: Final = 12
_LONGEST_WORD: Final = 80
_MOST_EXACT: Final = 2.0**52  # below it, floats hold every whole number
_BINS: Final = 60
_LARGEST: Final = 1e300  # of a value, so that differences do not overflow
_SAMPLE: Final = 500_000  # values from which percentiles are computed
_ROBUST: Final = (1, 99)  # percentiles
_FINE: Final = 2.0**-12  # of the range: a smaller difference is not seen
_TWO, _THREE = 2, 3
_COLOURS: Final = (3, 4)
_BYTE: Final = 255
_MILLISECONDS: Final = {
    "W": 6.048e8,
    "D": 8.64e7,
    "h": 3.6e6,
    "m": 6e4,
    "s": 1e3,
    "ms": 1.0,
    "us": 1e-3,
    "ns": 1e-6,
    "ps": 1e-9,
    "fs": 1e-12,
    "as": 1e-15,
}
_MONTH: Final = 2.629746e9  # milliseconds of an average month


@dataclass(frozen=True, slots=True)
class Histogram:
    """Numbers of values.

    Attributes
    ----------
    edges : tuple of float
        Edges of the bars, one more than there are bars; empty for texts.
    counts : tuple of int
        Number of values of each bar.
    words : tuple of str
        The most frequent texts; empty for numbers.
    """

    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Finite values among which a scale is chosen. None if there are none.

    Attributes
    ----------
    minimum, maximum : float or None
        Smallest and largest value.
    low, high : float or None
        First and 99th percentile.
    positive : float or None
        Smallest value above 0.
    """

    minimum: float | None = None
    maximum: float | None = None
    low: float | None = None
    high: float | None = None
    positive: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Numbers from which an array is drawn.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    numbers : numpy.ndarray
        float32 or float64: rows and columns of a heat map, or the points of a line. uint8 with
        three colours for ``RGB`` and ``channels``. Without elements for a histogram.
    upper : numpy.ndarray or None
        Largest value of each block of a line, whose smallest values are `numbers`.
    block : tuple of int
        Number of elements on each axis that are averaged into one value of a heat map.
    limits : Limits
        Values among which the scale is chosen.
    histogram : Histogram
        Of all finite values.
    unit : {"", "time", "duration"}
        ``time``: milliseconds since 1970. ``duration``: seconds.
    missing, infinite : int
        Numbers of missing and infinite values.
    words : tuple of str
        Categories, if the numbers are their codes.
    """

    kind: str
    numbers: np.ndarray[Any, Any]
    upper: np.ndarray[Any, Any] | None
    block: tuple[int, ...]
    limits: Limits
    histogram: Histogram
    unit: str
    missing: int
    infinite: int
    words: tuple[str, ...] = ()


def kinds_for(
    shape: Sequence[int], dtype: np.dtype[Any], channels: int | None = None
) -> tuple[str, ...]:
    """Return the kinds of pictures that suit an array, the best one first.

    Parameters
    ----------
    shape : sequence of int
        Lengths of the displayed axes.
    dtype : numpy.dtype
        Data type of the values.
    channels : int or None
        Axis of the colours, if there is one.
    """
    if 0 in shape or dtype.kind == "V":
        return ()
    if dtype.kind in "OTUS":
        return ("histogram",)
    long = sum(length > 1 for length in shape)
    plain = {0: ("histogram",), 1: ("line", "histogram")}.get(
        long, ("heat map", "line", "histogram")
    )
    if channels is None:
        return plain
    return ("RGB", *plain) if dtype.kind == "u" else (*plain, "RGB")


def channel_axis(shape: Sequence[int], dtype: str) -> int | None:
    """Return the axis of the colours of an image: the last or the third last, of length 3 or 4.

    Parameters
    ----------
    shape : sequence of int
        Shape of the array.
    dtype : str
        Name of its data type.

    Returns
    -------
    int or None
    """
    number = len(shape)
    if number < _THREE or not dtype.startswith(("uint", "float")):
        return None
    for axis in (number - 1, number - _THREE):
        others = [shape[each] for each in range(number - _THREE, number) if each != axis]
        if shape[axis] in _COLOURS and min(others) > max(_COLOURS):
            return axis
    return None


def picture_of(
    data: np.ndarray[Any, Any],
    kind: str,
    *,
    most: tuple[int, int] = (300, 800),
    component: str = "magnitude",
    words: Sequence[str] = (),
) -> Picture:
    """Compute the numbers from which an array is drawn.

    Parameters
    ----------
    data : numpy.ndarray
        One or two dimensions; for ``RGB`` a third one of length 3 or more.
    kind : str
        One of `KINDS`.
    most : tuple of int
        Maximum rows and columns of a heat map, as many as it has pixels. A line has at most as
        many pairs of points as columns.
    component : str
        What is shown of complex numbers: a key of `COMPONENTS`.
    words : sequence of str
        Categories, if `data` are their codes; a negative code is missing.

    Returns
    -------
    Picture
    """
    nothing = np.zeros(0, dtype="float32")
    if data.dtype.kind in "OTUS":
        missing = sum(value is None for value in data.ravel())
        return Picture("histogram", nothing, None, (), Limits(), _word_counts(data), "", missing, 0)
    unit = {"M": "time", "m": "duration"}.get(data.dtype.kind, "")
    numbers = _numbers(data, component)
    if words:
        numbers[numbers < 0] = np.nan
    finite = numbers[np.isfinite(numbers)]
    values = nothing
    upper: np.ndarray[Any, Any] | None = None
    block: tuple[int, ...] = ()
    if kind == "RGB":
        values, block = _colours(numbers, data.dtype, most)
    elif kind == "heat map":
        values, block = _heat_map(numbers, most, is_coded=bool(words))
    elif kind == "line":
        values, upper, block = _line(numbers.ravel(), most[1])
    limits = _limits(finite)
    if kind != "RGB" and not unit:
        values, upper = _narrow(values, limits), None if upper is None else _narrow(upper, limits)
    return Picture(
        kind,
        values,
        upper,
        block,
        limits,
        _histogram(finite),
        unit,
        int(np.isnan(numbers).sum()),
        int(np.isinf(numbers).sum()),
        tuple(words),
    )


def stacked(planes: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Return the colours of an image as a third dimension."""
    return np.stack(planes, axis=-1)


def composite_of(
    planes: Sequence[tuple[np.ndarray[Any, Any], str, float | None, float | None]],
    *,
    most: tuple[int, int] = (300, 800),
) -> Picture:
    """Compute one picture of several channels: the sum of their colours.

    Parameters
    ----------
    planes : sequence of (numpy.ndarray, str, float or None, float or None)
        Values with two dimensions, colour as ``#rrggbb``, and the values that are drawn black and
        in full colour; percentiles if they are None.
    most : tuple of int
        As in `picture_of`.

    Returns
    -------
    Picture
        Of the kind ``channels``.
    """
    total: np.ndarray[Any, Any] | None = None
    block: tuple[int, ...] = (1, 1)
    limits, missing, infinite = Limits(), 0, 0
    for data, colour, low, high in planes:
        numbers = _numbers(data, "magnitude")
        limits = _limits(numbers[np.isfinite(numbers)])
        missing += int(np.isnan(numbers).sum())
        infinite += int(np.isinf(numbers).sum())
        first, last = (
            low if low is not None else limits.low,
            high if high is not None else limits.high,
        )
        values, block = _heat_map(numbers, most)
        span = (last or 0.0) - (first or 0.0)
        shares = np.nan_to_num((values - (first or 0.0)) / (span or 1.0), nan=0.0)
        rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype="float64")
        drawn = np.clip(shares, 0, 1)[:, :, None] * rgb
        total = drawn if total is None else total + drawn
    shown = np.zeros((0, 0, 3)) if total is None else total
    pixels = np.clip(np.rint(shown), 0, _BYTE).astype("uint8")
    return Picture("channels", pixels, None, block, limits, Histogram(), "", missing, infinite)


def _numbers(data: np.ndarray[Any, Any], component: str) -> np.ndarray[Any, Any]:
    """Return values as float64."""
    if data.dtype.kind in "mM":
        return _times(data)
    if data.dtype.kind == "c":
        with np.errstate(over="ignore", invalid="ignore"):
            data = COMPONENTS.get(component, np.abs)(data)
    numbers = np.array(data, dtype="float64")
    return np.clip(numbers, -_LARGEST, _LARGEST, out=numbers, where=np.isfinite(numbers))


def _times(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return times in milliseconds since 1970, durations in seconds; NaN for NaT."""
    unit, number = np.datetime_data(data.dtype)
    found = data.astype("int64").astype("float64")
    found[np.isnat(data)] = np.nan
    if unit in {"Y", "M"}:
        scale = number * _MONTH * (12 if unit == "Y" else 1)
    else:
        scale = number * _MILLISECONDS.get(unit, 1.0)
    return found * (scale if data.dtype.kind == "M" else scale / 1e3)


def _narrow(values: np.ndarray[Any, Any], limits: Limits) -> np.ndarray[Any, Any]:
    """Return values as float32 where no difference would be seen."""
    if limits.minimum is None or limits.maximum is None:
        return values.astype("float32")
    with np.errstate(over="ignore", invalid="ignore"):
        short = values.astype("float32")
        far = np.abs(short.astype("float64") - values)
    finite = np.isfinite(values)
    span = limits.maximum - limits.minimum
    small = limits.positive is not None and limits.positive < 1e-30  # noqa: PLR2004  of float32
    is_fine = not finite.any() or float(far[finite].max()) <= span * _FINE
    return short if is_fine and not small else values


def _limits(finite: np.ndarray[Any, Any]) -> Limits:
    if not finite.size:
        return Limits()
    sample = finite[:: max(1, finite.size // _SAMPLE)]
    low, high = np.percentile(sample, _ROBUST)
    above = finite[finite > 0]
    return Limits(
        float(finite.min()),
        float(finite.max()),
        float(low),
        float(high),
        float(above.min()) if above.size else None,
    )


def _heat_map(
    numbers: np.ndarray[Any, Any], most: tuple[int, int], *, is_coded: bool = False
) -> tuple[np.ndarray[Any, Any], tuple[int, ...]]:
    box = numbers.reshape(-1, 1) if numbers.ndim < _TWO else numbers
    block = tuple(max(1, -(-length // room)) for length, room in zip(box.shape, most, strict=False))
    if is_coded:
        return box[:: block[0], :: block[1]], block  # codes have no mean
    return (box if block == (1, 1) else _block_means(box, block)), block


def _block_means(box: np.ndarray[Any, Any], block: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return the mean of the finite values of each block; NaN if there are none."""
    finite = np.isfinite(box)
    size = block[0] * block[1]
    count = _block_sums(finite, block)
    total = _block_sums(np.where(finite, box, 0.0) / size, block)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total * (size / count)
    means[count == 0] = np.nan
    for infinity in (-np.inf, np.inf):
        held = box == infinity
        if held.any():
            means[_block_sums(held, block) > 0] = infinity
    return means


def _block_sums(box: np.ndarray[Any, Any], block: tuple[int, ...]) -> np.ndarray[Any, Any]:
    across = np.add.reduceat(box, range(0, box.shape[1], block[1]), axis=1, dtype="float64")
    return np.asarray(np.add.reduceat(across, range(0, box.shape[0], block[0]), axis=0))


def _line(
    numbers: np.ndarray[Any, Any], most: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None, tuple[int, ...]]:
    """Return the points of a line, or the smallest and largest value of each block."""
    size = -(-numbers.size // max(1, most))
    if size <= _TWO:
        return numbers, None, (1,)
    places = range(0, numbers.size, size)
    return (
        np.fmin.reduceat(numbers, places),
        np.fmax.reduceat(numbers, places),
        (size,),
    )


def _colours(
    numbers: np.ndarray[Any, Any], dtype: np.dtype[Any], most: tuple[int, int]
) -> tuple[np.ndarray[Any, Any], tuple[int, ...]]:
    """Return red, green and blue as bytes; fractions are from 0 to 1, as in images."""
    if dtype.kind == "f":
        finite = numbers[np.isfinite(numbers)]
        full = 1.0 if not finite.size or finite.max() <= 1 else float(_BYTE)
    else:
        full = float(np.iinfo(dtype).max)
    planes = []
    block: tuple[int, ...] = (1, 1)
    for plane in range(_THREE):
        values, block = _heat_map(numbers[:, :, plane], most)
        planes.append(values)
    shown = np.nan_to_num(np.stack(planes, axis=-1) * (_BYTE / full), nan=0.0)
    return np.clip(np.rint(shown), 0, _BYTE).astype("uint8"), block


def _histogram(finite: np.ndarray[Any, Any]) -> Histogram:
    if not finite.size:
        return Histogram()
    least, most = float(finite.min()), float(finite.max())
    # values closer together than floats can distinguish make one bar
    if most - least <= 2 * _BINS * np.spacing(max(abs(least), abs(most))):
        half = 0.5 if float(least).is_integer() and abs(least) < _MOST_EXACT else abs(least) * 1e-3
        return Histogram((least - (half or 0.5), least + (half or 0.5)), (finite.size,))
    edges = _edges(finite, least, most)
    counts, _ = np.histogram(finite, bins=np.array(edges))
    return Histogram(tuple(edges), tuple(counts.tolist()))


def _edges(finite: np.ndarray[Any, Any], least: float, most: float) -> list[float]:
    """Return the edges of bars; each bar of whole numbers covers equally many of them."""
    if most - least > _MOST_EXACT or not np.array_equal(finite, np.rint(finite)):
        edges: list[float] = np.linspace(least, most, _BINS + 1).tolist()
        return edges
    width = -(-int(most - least + 1) // _BINS)
    whole: list[float] = np.arange(least - 0.5, most + width + 0.5, width).tolist()
    return whole


def _word_counts(data: np.ndarray[Any, Any]) -> Histogram:
    texts = Counter(
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
        for each in data.ravel()
        if each is not None
    )
    most = texts.most_common(_MOST_WORDS)
    return Histogram(
        (), tuple(number for _, number in most), tuple(word[:_LONGEST_WORD] for word, _ in most)
    )
