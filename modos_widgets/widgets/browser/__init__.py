"""Browser: find an object, look into it, and see its metadata and files."""

from modos_widgets.widgets.browser.widget import Browser, browse

__all__ = ["Browser", "browse"]
