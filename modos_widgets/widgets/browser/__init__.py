"""Browser: the objects of an endpoint or folder, with their metadata and files."""

from modos_widgets.widgets.browser.widget import Browser, browse

__all__ = ["Browser", "browse"]
