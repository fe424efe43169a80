"""Form that adds elements to a draft, and the requests that change which elements there are."""

from modos_widgets.widgets.element_form.fields import class_choices
from modos_widgets.widgets.element_form.structure import DraftAccess, Structure
from modos_widgets.widgets.element_form.widget import ElementForm

__all__ = ["DraftAccess", "ElementForm", "Structure", "class_choices"]
