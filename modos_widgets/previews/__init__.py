"""Previews of files: the first rows of a text or table, the facts of an image.

Other packages use the names here, which are loaded on first use, and no module below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.previews.file_preview import FilePreview as FilePreview
    from modos_widgets.previews.images import LARGEST_IMAGE as LARGEST_IMAGE

_MODULES = {
    "FilePreview": "file_preview",
    "LARGEST_IMAGE": "images",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
