"""What a MetadataTable can be made of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pandas as pd

from modos_widgets.errors import OptionError, ReadOnlyError
from modos_widgets.modo.draft import Draft
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import open_modo
from modos_widgets.remote import is_s3_path
from modos_widgets.widgets.metadata_table.sheets import DraftSheet, FrameSheet

__all__ = ["sheet_of"]


def sheet_of(source: Any, *, editable: bool) -> FrameSheet | DraftSheet:
    """Make a sheet of anything that a table can show.

    Raises
    ------
    OptionError
        `source` is something else, or is to be edited and is no object or draft.
    NotFoundError
        `source` is a path, and no object is there.
    """
    if isinstance(source, str | os.PathLike):
        source = _opened(source, editable=editable)
    if isinstance(source, Draft):
        return DraftSheet(source, all_slots=editable)
    if isinstance(source, Modo):
        return DraftSheet(source.edit(), all_slots=editable)
    if isinstance(source, pd.Series):
        source = source.to_frame()
    if isinstance(source, pd.DataFrame):
        if editable:
            raise OptionError(
                "A DataFrame can be shown, not edited.",
                "Give the objects themselves: MetadataTable(open_modo(path, mode='r+'), "
                "editable=True).",
            )
        return FrameSheet(source)
    if isinstance(source, Iterable) and not isinstance(source, str | bytes | dict):
        listed = [
            _opened(one, editable=editable) if isinstance(one, str | os.PathLike) else one
            for one in source
        ]
        if listed and all(isinstance(one, Modo) for one in listed):
            return DraftSheet(Draft(listed), all_slots=editable)
    raise OptionError(
        f"MetadataTable cannot show a {type(source).__name__}.",
        "Give a Modo (open_modo(path)), several, a Draft, or a DataFrame.",
    )


def _opened(path: str | os.PathLike[str], *, editable: bool) -> Modo:
    """Open an object on this computer; one on S3 needs to be told where S3 is."""
    if is_s3_path(os.fspath(path)):
        raise OptionError(
            f"{path} is on S3, and no endpoint is given.",
            "Open it first: MetadataTable(open_modo(path, endpoint=...)).",
        )
    return open_modo(path, mode="r+" if editable else "r")


def why_not_written(sheet: FrameSheet | DraftSheet) -> str:
    """Say why a commit would be refused; empty where it would not."""
    if isinstance(sheet, DraftSheet) and any(one.storage.read_only for one in sheet.draft.modos):
        return str(
            ReadOnlyError(
                "Opened for reading only.",
                'Open with open_modo(path, mode="r+") to commit; table.draft.to_json() gives the '
                "changes to somebody who can.",
            )
        )
    return ""
