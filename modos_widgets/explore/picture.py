"""Pictures of arrays, drawn by matplotlib's Figure API, because pyplot is not thread-safe."""

from __future__ import annotations

import io
import threading
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["KINDS", "draw_array", "kinds_for", "load_matplotlib"]

KINDS: Final = ("heat map", "line", "histogram")
_MOST_PIXELS: Final = 1000
_MOST_POINTS: Final = 4000
_MOST_WORDS: Final = 12
_LONGEST_WORD: Final = 24
_MOST_EXACT: Final = 2.0**52  # below it, floats hold every whole number
_BINS: Final = 60
_LARGEST: Final = 1e300  # of a value, so that matplotlib's differences do not overflow
_DPI: Final = 100
_LIGHT: Final = ("#1c2430", "#5b6675", "#2460c8")
_DARK: Final = ("#e6eaf0", "#9aa5b4", "#7aa6f8")
_TWO: Final = 2


_loading = threading.Lock()


def load_matplotlib() -> None:
    """Import matplotlib, one thread at a time.

    The modules of matplotlib import each other. Two threads that begin with different modules can
    get a partly initialized one.
    """
    with _loading:
        import matplotlib.backends.backend_agg  # noqa: PLC0415  heavy
        import matplotlib.figure  # noqa: F401, PLC0415  heavy


def kinds_for(data: np.ndarray[Any, Any]) -> tuple[str, ...]:
    """Return the kinds of pictures that suit the values, the best one first."""
    if not data.size or data.dtype.kind == "V":
        return ()
    if data.dtype.kind in "OTUS":
        return ("histogram",)
    if data.ndim == _TWO and min(data.shape) > 1:
        return ("heat map", "histogram")
    return ("line", "histogram") if data.size > 1 else ("histogram",)


def draw_array(
    data: np.ndarray[Any, Any],
    kind: str,
    *,
    names: tuple[str, ...],
    start: tuple[int, ...],
    size: tuple[int, int] = (560, 280),
    ratio: float = 1.0,
    dark: bool = False,
) -> bytes:
    """Draw a picture of values.

    Parameters
    ----------
    data : numpy.ndarray
        One or two dimensions.
    kind : str
        ``heat map``, ``line`` or ``histogram``.
    names : tuple of str
        Names of the axes of `data`.
    start : tuple of int
        Position of the first value on each axis.
    size : tuple of int
        Width and height in CSS pixels.
    ratio : float
        Device pixels per CSS pixel.
    dark : bool
        Whether the picture is shown on a dark background.

    Returns
    -------
    bytes
        A PNG with a transparent background.
    """
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  heavy
    from matplotlib.figure import Figure  # noqa: PLC0415  heavy

    text, muted, accent = _DARK if dark else _LIGHT
    figure = Figure(
        figsize=(size[0] / _DPI, size[1] / _DPI), dpi=_DPI * ratio, layout="constrained"
    )
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    if kind == "heat map":
        _heat_map(figure, axes, _numbers(data), names, start, muted=muted)
    elif kind == "line":
        _line(axes, _numbers(data).ravel(), names, start, accent)
    elif data.dtype.kind in "OTUS":
        _bars(axes, data, accent)
    else:
        _histogram(axes, _numbers(data), accent)
    axes.tick_params(colors=muted, labelsize=8, length=3)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=text, fontsize=9)
    for spine in axes.spines.values():
        spine.set(color=muted, linewidth=0.6)
    held = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # matplotlib warns of missing glyphs and tiny figures
        figure.savefig(held, format="png", metadata={"Software": None})
    return held.getvalue()


def _numbers(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if data.dtype.kind in "mM":
        found = data.astype("int64").astype("float64")
        found[np.isnat(data)] = np.nan
        return found
    if data.dtype.kind == "c":
        with np.errstate(over="ignore"):
            data = np.abs(data)
    numbers = np.asarray(data, dtype="float64")
    return np.clip(numbers, -_LARGEST, _LARGEST, out=numbers.copy(), where=np.isfinite(numbers))


def _heat_map(
    figure: Figure,
    axes: Axes,
    data: np.ndarray[Any, Any],
    names: tuple[str, ...],
    start: tuple[int, ...],
    *,
    muted: str,
) -> None:
    rows, columns = data.shape
    thinned = data[:: max(1, rows // _MOST_PIXELS), :: max(1, columns // _MOST_PIXELS)]
    finite = thinned[np.isfinite(thinned)]
    low, high = np.percentile(finite, [1, 99]) if finite.size else (0.0, 1.0)
    if low == high and finite.size:
        low, high = float(finite.min()), float(finite.max())
    image = axes.imshow(
        thinned,
        aspect="auto",
        interpolation="nearest",
        cmap="viridis",
        vmin=low,
        vmax=high if high > low else low + 1,
        extent=(start[1] - 0.5, start[1] + columns - 0.5, start[0] + rows - 0.5, start[0] - 0.5),
    )
    axes.set_ylabel(_word(names[0]))
    axes.set_xlabel(_word(names[1]))
    bar = figure.colorbar(image, ax=axes, pad=0.01, fraction=0.04, extend="both")
    bar.ax.tick_params(colors=muted, labelsize=8, length=3)
    bar.outline.set_visible(False)


def _line(
    axes: Axes,
    data: np.ndarray[Any, Any],
    names: tuple[str, ...],
    start: tuple[int, ...],
    accent: str,
) -> None:
    step = max(1, data.size // _MOST_POINTS)
    positions = np.arange(start[-1], start[-1] + data.size, step)
    axes.plot(positions, data[::step], color=accent, linewidth=1)
    axes.margins(x=0)
    axes.set_xlabel(_word(names[-1]))


def _histogram(axes: Axes, data: np.ndarray[Any, Any], accent: str) -> None:
    finite = data[np.isfinite(data)]
    # values closer together than floats can distinguish make one bar
    if finite.size and np.ptp(finite) > 2 * _BINS * np.spacing(np.abs(finite).max()):
        axes.hist(finite, bins=_edges(finite), color=accent)
    elif finite.size:
        axes.bar([float(finite.flat[0])], [finite.size], color=accent)
    axes.set_xlabel("value")
    axes.set_ylabel("number")


def _edges(finite: np.ndarray[Any, Any]) -> list[float] | int:
    """Return the edges of bars; each bar of whole numbers covers equally many of them."""
    least, most = float(finite.min()), float(finite.max())
    if most - least > _MOST_EXACT or not np.array_equal(finite, np.rint(finite)):
        return _BINS
    width = -(-int(most - least + 1) // _BINS)
    edges: list[float] = np.arange(least - 0.5, most + width + 0.5, width).tolist()
    return edges


def _bars(axes: Axes, data: np.ndarray[Any, Any], accent: str) -> None:
    most = Counter(str(value) for value in data.ravel()).most_common(_MOST_WORDS)
    words = [_word(word) or "(empty)" for word, _ in most]
    axes.barh(range(len(most)), [number for _, number in most], color=accent)
    axes.set_yticks(range(len(most)), words)
    axes.invert_yaxis()
    axes.set_xlabel("number")


def _word(word: str) -> str:
    """Shorten a label, and escape ``$``, which matplotlib reads as mathematics."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in word
    )
    if len(shown) > _LONGEST_WORD:
        shown = f"{shown[: _LONGEST_WORD - 1]}…"
    return shown.replace("$", r"\$")
