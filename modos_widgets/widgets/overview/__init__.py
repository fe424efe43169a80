"""Overview: all objects of an endpoint, bucket or folder, with search and facets."""

from modos_widgets.widgets.overview.widget import Overview

__all__ = ["Overview"]
