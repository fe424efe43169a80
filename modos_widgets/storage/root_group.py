"""The root group of an object's archive, opened by zarr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import GroupNotFoundError

from modos_widgets.archive import ARCHIVE, FORMAT, NODE, check_root
from modos_widgets.errors import BrokenArchiveError, NotFoundError, PathError
from modos_widgets.storage.paths import object_around

if TYPE_CHECKING:
    from zarr.abc.store import Store


def no_object(url: str, *, creating: bool) -> NotFoundError | PathError | None:
    """Return the error for a path without an object, or None if one may be created.

    Parameters
    ----------
    url : str
        Path or URL that was opened.
    creating : bool
        Whether the mode creates a missing object.

    Returns
    -------
    NotFoundError, PathError or None
    """
    above = object_around(url)
    if above is not None:
        kind = PathError if creating else NotFoundError
        return kind(
            f"{url} is inside the archive of an object.", f"Open the object itself: {above}"
        )
    if creating:
        return None
    return NotFoundError(
        f"There is no object at {url}.", "Check the path, or use create_modo for a new object."
    )


def open_group(store: Store, *, mode: str, zarr_format: int, url: str) -> zarr.Group:
    """Open the root group, with the consolidated copy for reading and without it for writing."""
    reading = mode == "r"
    try:
        return zarr.open_group(
            store,
            mode="r" if reading else "r+",
            zarr_format=zarr_format,  # type: ignore[arg-type]
            use_consolidated=None if reading else False,
        )
    except (GroupNotFoundError, FileNotFoundError) as error:
        raise NotFoundError(
            f"There is no archive at {url}/{ARCHIVE}.", "Check the path."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if zarr_format == FORMAT:
            data = sync(store.get(NODE, default_buffer_prototype()))
            if data is not None:
                check_root(data.to_bytes(), url)
        raise BrokenArchiveError(
            f"{url}/{ARCHIVE} cannot be opened ({type(error).__name__}: {error}).",
            "Restore it from a copy of the object.",
        ) from error
