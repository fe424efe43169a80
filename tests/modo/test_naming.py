"""Which elements name which files, however often that changes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies

from modos_widgets.modo.data_paths import file_in_object, folders_of
from modos_widgets.modo.similar_names import fold
from modos_widgets.modo.state.named_files import FilesOfElements

PATHS = ["a", "A", "a/b", "A/B", "./a/b/c", "caf\u00e9", "cafe\u0301", "https://x.org/a", "/x", 5]
ATTRIBUTES = strategies.none() | strategies.fixed_dictionaries(
    {}, optional={"data_path": strategies.sampled_from(PATHS)}
)
CHANGES = strategies.lists(strategies.tuples(strategies.sampled_from("xyz"), ATTRIBUTES))


@given(CHANGES, CHANGES)
def test_the_index_of_named_files_agrees_with_all_elements(first: Any, then: Any) -> None:
    elements = {name: one for name, one in first if one is not None}
    naming = FilesOfElements("/object", elements)
    for name, one in then:
        naming.change(name, elements.pop(name, None), one)
        if one is not None:
            elements[name] = one
    named = {
        name: path
        for name, one in elements.items()
        if (path := file_in_object(one.get("data_path"), "/object")) is not None
    }
    for path in (one for one in PATHS if isinstance(one, str)):
        exact = {name for name, one in named.items() if one == path}
        assert set(naming.elements(path)) == exact
        for besides in "xyz":
            alike = {(one, name) for name, one in named.items() if fold(one) == fold(path)}
            below = {
                (one, name) for name, one in named.items() if fold(path) in folders_of(fold(one))
            }
            for found, wanted in (
                (naming.find([path], besides), alike),
                (naming.find_below(path, besides), below),
            ):
                others = {one for one in wanted if one[1] != besides}
                assert found in others if others else found is None
