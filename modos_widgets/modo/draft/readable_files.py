"""The files that elements of a draft name, opened for a check of their contents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from modos_widgets.modo.state.payloads import FilePayload, MovePayload, RemoveFilePayload
from modos_widgets.modo.validation.content_reading import ReadableFile
from modos_widgets.storage import OpenedRanges

if TYPE_CHECKING:
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["readable_files"]


def readable_files(state: ObjectState) -> dict[str, ReadableFile]:
    """Return the files of an object as they will be after the commit; network use: one listing.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.

    Returns
    -------
    dict of str to ReadableFile
        By their paths, relative to the object.
    """
    storage = state.storage
    files = {
        name: ReadableFile(
            partial(storage.ranges, name, entry.size), entry.size, entry.modified, entry.etag or ""
        )
        for name, entry in state.files.items()
    }
    stored = dict(files)
    for payload in state.payloads:
        if isinstance(payload, RemoveFilePayload):
            files.pop(payload.target, None)
        elif isinstance(payload, MovePayload):
            files.pop(payload.source, None)
    for payload in state.payloads:
        if isinstance(payload, MovePayload) and payload.source in stored:
            files[payload.target] = stored[payload.source]
        elif isinstance(payload, FilePayload):
            opened = partial(OpenedRanges, payload.target, payload.size, payload.open)
            files[payload.target] = ReadableFile(opened, payload.size)
    return files
