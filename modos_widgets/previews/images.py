"""What an image says about itself: its type and its size in pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

if TYPE_CHECKING:
    from modos_widgets.storage import Ranges

__all__ = ["LARGEST_IMAGE", "ImageFacts", "image_facts", "image_type"]

LARGEST_IMAGE: Final = 32 * 2**20
"""Largest file in bytes of an image that is shown."""

_LARGEST_SVG: Final = 4 * 2**20
_MOST_PIXELS: Final = 100_000_000
_MOST_SHAPES: Final = 200_000
_JPEG_HEAD: Final = 1024 * 1024
_REFERENCE: Final = re.compile(r"(?:^\s{0,9}|url\(['\"]?)#([^'\")\s]{1,500})")
_SVG: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*\?>|<!--|<!DOCTYPE svg|<svg)")


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image.

    Attributes
    ----------
    type : str
        Media type, such as "image/png".
    width, height : int
        Size in pixels; 0 for SVG.
    problem : str
        Why it is not shown, in one sentence; empty if it can be.
    """

    type: str
    width: int = 0
    height: int = 0
    problem: str = ""


def image_type(head: bytes) -> str:
    """Return the media type of an image by its first bytes; empty if it is none that is shown."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    is_svg = _SVG.match(head) and b"<svg" in head
    return "image/svg+xml" if is_svg else ""


def image_facts(ranges: Ranges, head: bytes) -> ImageFacts | None:
    """Return what is known of an image; None if the file is not one.

    Parameters
    ----------
    ranges : Ranges
        The file. Of a JPEG at most 1 MiB is read, an SVG as a whole up to 4 MiB.
    head : bytes
        Its first bytes.
    """
    kind = image_type(head)
    if not kind:
        return None
    if ranges.size > (_LARGEST_SVG if kind == "image/svg+xml" else LARGEST_IMAGE):
        return ImageFacts(kind, problem="The image is too large to be shown. Download it.")
    if kind == "image/svg+xml":
        return ImageFacts(kind, problem=_svg_problem(ranges.read(0, _LARGEST_SVG)))
    data = head if kind == "image/png" or len(head) >= ranges.size else ranges.read(0, _JPEG_HEAD)
    size = _png_size(data) if kind == "image/png" else _jpeg_size(data)
    if size is None:
        return ImageFacts(kind, problem="The image is damaged: it does not state its size.")
    width, height = size
    if width * height > _MOST_PIXELS:
        problem = f"The image has {width:,} x {height:,} pixels, too many to be shown. Download it."
        return ImageFacts(kind, width, height, problem)
    return ImageFacts(kind, width, height)


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height (PNG specification, 11.2.2)."""
    if len(data) < 24 or data[12:16] != b"IHDR":  # noqa: PLR2004 - signature and first chunk
        return None
    size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return size if all(size) else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height, from the first frame header (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - begin of a marker
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            width = int.from_bytes(data[at + 7 : at + 9], "big")
            return (width, height) if width and height else None
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")  # noqa: PLR2004
    return None


def _svg_problem(data: bytes) -> str:
    """Return why an SVG is not shown, in one sentence; empty if it can be.

    An ``<img>`` runs no script and loads nothing, but references to references would make it draw
    without end.
    """
    try:
        shapes = _Shapes(data)
    except (expat.ExpatError, ValueError):
        return "The image is damaged, or uses entities: it is not shown."
    if shapes.total() > _MOST_SHAPES:
        return "The image has too many shapes to be shown. Download it."
    return ""


class _Shapes:
    """Number of shapes that an SVG draws, with those of its references.

    Parameters
    ----------
    data : bytes
        The file.

    Raises
    ------
    expat.ExpatError
        It is not XML.
    ValueError
        It declares entities.
    """

    def __init__(self, data: bytes) -> None:
        self._own: dict[str, int] = {"": 0}  # shapes of each element with an id, without its parts
        self._parts: dict[str, list[str]] = {"": []}  # such elements in it, and what it refers to
        self._path = [""]
        self._opened: list[bool] = []
        self._in_style = False
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._refuse
        parser.CharacterDataHandler = self._text
        parser.Parse(data, True)  # noqa: FBT003 - its parameter has no name

    def _refuse(self, *_: object) -> None:
        raise ValueError

    def _text(self, text: str) -> None:
        if self._in_style and "url" in text.lower():  # shapes that no attribute names
            raise ValueError

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._in_style = tag.rpartition(":")[2] == "style"
        name = attributes.get("id")
        is_new = name is not None and name not in self._own
        self._opened.append(is_new)
        if is_new and name is not None:
            self._own[name], self._parts[name] = 0, []
            self._parts[self._path[-1]].append(name)
            self._path.append(name)
        self._own[self._path[-1]] += 1
        for value in attributes.values():
            self._parts[self._path[-1]] += _REFERENCE.findall(value)

    def _end(self, _: str) -> None:
        self._in_style = False
        if self._opened.pop():
            self._path.pop()

    def total(self) -> int:
        """Return the number of shapes; more than the limit if a reference leads to itself."""
        known: dict[str, int] = {}
        waiting: set[str] = set()
        stack = [("", False)]
        while stack:
            name, is_ready = stack.pop()
            if is_ready:
                drawn = sum(known.get(part, _MOST_SHAPES) for part in self._known_parts(name))
                known[name] = min(self._own[name] + drawn, _MOST_SHAPES + 1)
                waiting.discard(name)
            elif name not in known and name not in waiting:
                waiting.add(name)
                stack.append((name, True))
                stack += [(part, False) for part in self._known_parts(name) if part not in known]
        return known[""]

    def _known_parts(self, name: str) -> list[str]:
        return [part for part in self._parts[name] if part in self._own]
