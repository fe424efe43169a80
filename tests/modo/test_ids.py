"""The ids of a draft: which a new element may have, and what it costs to look."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import AlreadyExistsError, ModosError, OptionError, PathError
from modos_widgets.modo import ids
from tests.modo.objects import keys_of, many

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


@pytest.mark.parametrize("count", [10, 1000])
def test_an_element_is_added_at_the_same_cost_to_an_object_of_any_size(
    local: Place, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    draft = local.open(local.put(keys_of(many(count)))).edit()
    draft.add("sample/first", {})
    looked: list[str] = []

    def counted(name: str) -> str:
        looked.append(name)
        return name.casefold()

    monkeypatch.setattr(ids, "fold", counted)
    for number in range(20):
        draft.add(f"sample/new{number}", {})
        draft.undo()
        draft.redo()
    assert len(looked) == 20 * 4


def test_ids_stay_known_through_every_kind_of_change(modo: Modo) -> None:
    draft, chance = modo.edit(), random.Random(6)  # noqa: S311 - no secret
    (working,) = draft.workings()
    done = 0
    for _ in range(400):
        elements = [name for name in draft.frame().index if name != "study"]
        element, new = chance.choice([*elements, "sample/x"]), f"sample/n{chance.randint(0, 30)}"
        change: Any = chance.choice(
            [
                lambda new=new: draft.add(new, {}),
                lambda element=element: draft.remove(element),
                lambda element=element, new=new: draft.rename(element, new),
                lambda element=element: draft.rename(element, element.upper()),
                lambda element=element: draft.unset(element, "name"),
                draft.undo,
                draft.redo,
            ]
        )
        try:
            change()
            done += 1
        except ModosError:
            continue
        assert vars(working.ids) == vars(ids.Ids(working.now))
    assert done > 200
    draft.discard()
    assert vars(working.ids) == vars(ids.Ids(modo.metadata))


def test_what_comes_back_stands_where_it_stood(modo: Modo) -> None:
    draft = modo.edit()
    draft.add("sample/new", {"name": "New"})
    draft.add("sample/newer", {})
    before = draft.frame()
    for element in ("sample/s1", "sample/new"):
        draft.remove(element)
        draft.undo()
        assert draft.frame().equals(before)
    draft.rename("sample/s1", "sample/other")
    assert list(draft.frame().index) != list(before.index)
    draft.undo()
    assert draft.frame().equals(before)


@pytest.mark.parametrize(
    ("wanted", "attributes", "made"),
    [
        ("sample/s3", {}, "sample/s3"),
        ("s3", {"@type": "Sample"}, "sample/s3"),
        ("sample/a/b", {}, "sample/a_b"),
        ("a/b", {"@type": "Sample"}, "sample/a_b"),
        ("data/v1.2", {"@type": "VariantSet"}, "data/v1.2"),
        ("sample/样本", {}, "sample/样本"),
    ],
)
def test_ids_of_new_elements(modo: Modo, wanted: str, attributes: Any, made: str) -> None:
    draft = modo.edit()
    assert draft.add(wanted, {**attributes, "id": wanted}) == made
    assert "id" not in draft.changes()[0].added[made]
    assert draft.current(made, "@type") in {"Sample", "VariantSet"}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ("sample/s1", AlreadyExistsError),
        ("sample/S1", AlreadyExistsError),
        ("sample/s１", AlreadyExistsError),  # noqa: RUF001
        ("sample/", PathError),
        ("sample/.", PathError),
        ("sample/..", PathError),
        ("sample/ a", PathError),
        ("sample/a\nb", PathError),
        ("sample/a\u202eb", PathError),
        ("sample/\ud800", PathError),
        ("sample/раtient", PathError),  # noqa: RUF001
        ("sample/a∕b", PathError),  # noqa: RUF001
        ("sample/zarr.json", PathError),
        ("sample/__x", PathError),
        ("sample/e\u0301", PathError),
        ("sample/" + "x" * 256, PathError),
        ("nowhere/x", OptionError),
        ("x", OptionError),
    ],
)
def test_ids_that_would_do_harm_are_refused(
    modo: Modo, wanted: str, error: type[Exception]
) -> None:
    draft = modo.edit()
    with pytest.raises(error) as caught:
        draft.add(wanted, {})
    assert getattr(caught.value, "hint", "")
    assert not draft


def test_a_class_in_the_wrong_group_is_refused(modo: Modo) -> None:
    with pytest.raises(OptionError, match="belongs in the group sample"):
        modo.edit().add("data/x", {"@type": "Sample"})
