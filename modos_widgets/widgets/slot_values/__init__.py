"""Values of the schema's slots as people read, type and choose them."""

from modos_widgets.widgets.slot_values.suggestions import Suggester
from modos_widgets.widgets.slot_values.term_labels import (
    Label,
    curie_of,
    find_labels,
    label_of,
    labels_for,
    uri_for,
)
from modos_widgets.widgets.slot_values.value_parser import (
    LARGEST_PASTE,
    block_of,
    parse,
    parse_entry,
)

__all__ = [
    "LARGEST_PASTE",
    "Label",
    "Suggester",
    "block_of",
    "curie_of",
    "find_labels",
    "label_of",
    "labels_for",
    "parse",
    "parse_entry",
    "uri_for",
]
