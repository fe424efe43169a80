"""Values of the schema's slots as people paste, choose and review them."""

from modos_widgets.widgets.slot_values.change_words import value_chips, value_words
from modos_widgets.widgets.slot_values.pasted_block import LARGEST_PASTE, block_of
from modos_widgets.widgets.slot_values.suggestions import Suggester

__all__ = ["LARGEST_PASTE", "Suggester", "block_of", "value_chips", "value_words"]
