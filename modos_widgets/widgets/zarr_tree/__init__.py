"""ZarrTree: the tree of any zarr hierarchy."""

from modos_widgets.widgets.zarr_tree.widget import ZarrTree

__all__ = ["ZarrTree"]
