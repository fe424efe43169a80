"""The ids of a draft: which a new element may have, and what it costs to look."""

from __future__ import annotations

import random
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import AlreadyExistsError, ModosError, OptionError, PathError
from modos_widgets.modo import Findings, similar_names
from modos_widgets.modo.similar_names import ElementIds
from modos_widgets.modo.state.link_index import LinkIndex
from modos_widgets.modo.validation.metadata_checks import check_object
from modos_widgets.storage.paths import UnusualNameWarning
from tests.modo.objects import keys_of, many

CLASSES = ["Sample", "Assay", "DataEntity"]

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

    monkeypatch.setattr(similar_names, "fold", counted)
    for number in range(20):
        draft.add(f"sample/new{number}", {})
        draft.undo()
        draft.redo()
    assert len(looked) == 20 * 4


def test_ids_stay_known_through_every_kind_of_change(modo: Modo) -> None:
    draft, chance = modo.edit(), random.Random(6)  # noqa: S311 - no secret
    (state,) = draft._objects
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
                lambda element=element, new=new: draft.set(element, "has_sample", [new]),
                lambda element=element: draft.set(element, "@type", chance.choice(CLASSES)),
                draft.undo,
                draft.redo,
            ]
        )
        try:
            change()
            done += 1
        except ModosError:
            continue
        assert vars(state.ids) == vars(ElementIds(state.now))
        found = check_object(state.path, state.root, state.now)
        assert list(draft.validate()) == list(Findings(found))
        links = LinkIndex(state.now, draft.schema)
        assert vars(state.links(draft.schema)) == vars(links)
    assert done > 200
    draft.discard()
    assert vars(state.ids) == vars(ElementIds(modo.metadata))


def test_an_undone_removal_restores_the_order_of_elements(modo: Modo) -> None:
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
def test_invalid_ids_are_refused(modo: Modo, wanted: str, error: type[Exception]) -> None:
    draft = modo.edit()
    with pytest.raises(error) as caught:
        draft.add(wanted, {})
    assert getattr(caught.value, "hint", "")
    assert not draft


def test_a_class_in_the_wrong_group_is_refused(modo: Modo) -> None:
    with pytest.raises(OptionError, match="belongs to the group sample"):
        modo.edit().add("data/x", {"@type": "Sample"})


UNUSUAL = {
    "sample/a b": "sample/a_b",
    "sample/é": "sample/e",
    "sample/a%b": "sample/a_b-2",
    "sample/日本": "sample/sample",
    "sample/x+y=z@w": "sample/x_y_z_w",
    "assay/Zürich (2)": "assay/Zurich_2",
}


def test_a_new_id_that_other_software_refuses_is_warned_about_once(local: Place) -> None:
    draft = local.open(local.put()).edit()
    with pytest.warns(UnusualNameWarning, match="contains ' '") as caught:  # noqa: PT031
        for element in UNUSUAL:
            draft.add(element, {})
    assert [one.filename for one in caught] == [__file__]
    again = local.open(local.put()).edit()
    with pytest.warns(UnusualNameWarning, match="contains 'é'"):
        again.rename(next(iter(again.frame().index[1:])), "é")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local.open(local.put()).edit().add("sample/portable-1.a_b", {})


def test_ids_that_other_software_refuses_are_found_and_renamed_by_their_fix(local: Place) -> None:
    modo = local.open(local.put())
    draft = modo.edit()
    before = {one.key for one in draft.validate().of_code("id_not_portable")}
    with pytest.warns(UnusualNameWarning):  # noqa: PT031
        for element in UNUSUAL:
            draft.add(element, {"sex": "male"} if element.startswith("sample") else {})
        draft.set("assay/Zürich (2)", "has_sample", list(UNUSUAL)[:5])
    found = [one for one in draft.validate().of_code("id_not_portable") if one.key not in before]
    assert {one.element for one in found} == set(UNUSUAL)
    assert all(one.severity == "warning" and one.fix for one in found)
    assert "contains ' '" in found[0].message
    # other fixes of the same elements are applied with them
    wrong = draft.validate().of_code("not_in_list")
    assert draft.apply_fixes([*found, *wrong]) == len(found) + len(wrong)
    assert set(UNUSUAL.values()) <= set(draft.frame().index)
    assert not set(UNUSUAL) & set(draft.frame().index)
    assert draft.frame().loc["assay/Zurich_2", "has_sample"] == list(UNUSUAL.values())[:5]
    assert draft.frame().loc["sample/a_b", "sex"] == "Male"
    left = draft.validate().of_code("id_not_portable")
    assert {one.key for one in left} == before
    draft.commit(force=True)
    assert set(UNUSUAL.values()) <= set(local.open(modo.path, "r").metadata)


def test_an_object_path_and_id_that_other_software_refuses_are_found() -> None:
    attributes = {"@type": "MODO", "id": "my obj"}
    path, own = check_object("s3://bucket/deep er/x", "my obj", {"my obj": attributes})[-2:]
    assert (path.code, own.code) == ("id_not_portable", "id_not_portable")
    assert "path contains ' '" in path.message
    assert path.fix is None
    assert own.fix is not None
    assert own.fix.changes == (("my obj", "id", "my_obj"),)
    found = check_object("/home/my data/x", "x", {"x": {"@type": "MODO", "id": "x"}})
    assert "id_not_portable" not in {one.code for one in found}


def test_an_unknown_attribute_of_a_new_element_is_found(local: Place) -> None:
    draft = local.open(local.put()).edit()
    draft.add("sample/n1", {"no_such_slot": 1})
    (found,) = [
        one for one in draft.validate().of_code("unknown_slot") if one.element == "sample/n1"
    ]
    assert "no_such_slot" in found.message
