"""Base of the widgets that show the nodes of a zarr hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import NotFoundError
from modos_widgets.explore import open_source
from modos_widgets.widgets.front_end import FrontEndWidget

if TYPE_CHECKING:
    from modos_widgets.explore import NodeSource
    from modos_widgets.location import Location

__all__ = ["NodeWidget"]


class NodeWidget(FrontEndWidget):
    """Base of `ZarrTree` and `ArrayPreview`.

    Parameters
    ----------
    source : object or None
        What `source` accepts.
    location : Location
        Endpoint, services and S3 options for paths.
    **traits
        Values of the traits.
    """

    def __init__(self, source: Any, location: Location, **traits: Any) -> None:
        self._location = location
        self._source = self._opened(source)
        super().__init__(**traits)

    @property
    def source(self) -> NodeSource | None:
        """Source of the nodes, or None; settable to anything that the constructor accepts."""
        return self._source

    @source.setter
    def source(self, source: Any) -> None:
        self._replace_source(self._opened(source))

    def _opened(self, source: Any) -> NodeSource | None:
        return None if source is None else open_source(self._location.located(source))

    def _replace_source(self, source: NodeSource | None) -> None:
        """Replace the source."""
        self._source = source

    def _known_source(self) -> NodeSource:
        """Return the source; raise NotFoundError if there is none."""
        if self._source is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        return self._source
