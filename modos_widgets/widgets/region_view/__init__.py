"""RegionView: any region of the genome files of an object."""

from modos_widgets.widgets.region_view.widget import RegionView

__all__ = ["RegionView"]
