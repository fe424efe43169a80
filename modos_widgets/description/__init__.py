"""Draft the metadata of an object from the files of a folder.

Other packages use the names here, which are loaded on first use, and no module below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.description.folder_description import describe as describe

_MODULES = {"describe": "folder_description"}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
