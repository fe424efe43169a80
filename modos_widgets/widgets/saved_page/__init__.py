"""Pages: objects as one HTML file that needs no kernel, server or network."""

from modos_widgets.widgets.saved_page.document import page_text
from modos_widgets.widgets.saved_page.writing import page

__all__ = ["page", "page_text"]
