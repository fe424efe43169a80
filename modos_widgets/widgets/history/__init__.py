"""History: the commits of an object, what each changed, and undo."""

from modos_widgets.widgets.history.widget import History

__all__ = ["History"]
