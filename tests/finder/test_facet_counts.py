"""Property: counts of facets and matches equal those of pandas over the same metadata."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modos_widgets.archive import Hierarchy
from modos_widgets.finder import Finder, Query, Result
from modos_widgets.finder.frames import object_frame
from modos_widgets.finder.index import Builder
from modos_widgets.finder.matching import Matcher
from tests.finder.objects import group

if TYPE_CHECKING:
    from collections.abc import Iterable

SEXES = ["Female", "Male", "female", "Fe male", ""]
FORMATS = ["CRAM", "BCF", "CRAM2"]
SCALARS = st.one_of(
    st.sampled_from(SEXES), st.integers(-3, 3), st.booleans(), st.floats(allow_nan=False),
    st.just("\0odd"), st.just("\ud800"), st.dictionaries(st.just("a"), st.integers(0, 1)),
)  # fmt: skip
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.none())


@st.composite
def objects(draw: st.DrawFn) -> list[dict[str, dict[str, Any]]]:
    """Objects with samples and with data that link to some of them."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        elements: dict[str, dict[str, Any]] = {}
        samples = draw(st.integers(0, 3))
        for number in range(samples):
            elements[f"sample/s{number}"] = {
                "@type": "Sample",
                "sex": draw(st.sampled_from(SEXES)),
                "free": draw(VALUES),
            }
        for number in range(draw(st.integers(0, 3))):
            links = draw(st.lists(st.integers(0, 3), max_size=2))
            elements[f"data/d{number}"] = {
                "@type": draw(st.sampled_from(["DataEntity", "VariantSet"])),
                "data_format": draw(st.sampled_from(FORMATS)),
                "has_sample": [
                    draw(st.sampled_from(["sample/", ""])) + f"s{each}" for each in links
                ],
            }
        found.append(elements)
    return found


def search(
    cohort: list[dict[str, dict[str, Any]]], query: str, arrivals: Iterable[int] | None = None
) -> Result:
    builder = Builder()
    for number in range(len(cohort)):  # all are listed before the first is read
        builder.object(f"/o/m{number}")
    for number in range(len(cohort)) if arrivals is None else arrivals:
        elements = cohort[number]
        nodes = {kind: group({}) for kind in ("data", "sample")}
        nodes |= {element: group(attributes) for element, attributes in elements.items()}
        root = group({"@type": "MODO", "id": f"m{number}"})
        root["consolidated_metadata"] = {"kind": "inline", "metadata": nodes}
        builder.add(f"/o/m{number}", Hierarchy.from_root(root))
        if number % 2:
            builder.publish()
    matcher = Matcher(builder.publish())
    return Result(Finder([]), matcher, Query.parse(query), frozenset())


def rows(cohort: Iterable[dict[str, dict[str, Any]]], class_name: str) -> pd.DataFrame:
    """One row for each element of a class, with the linked samples or data of the object."""
    classes = {"Sample": ["Sample"], "DataEntity": ["DataEntity", "VariantSet"]}[class_name]
    found = [
        {"object": number, "element": element, **attributes}
        for number, elements in enumerate(cohort)
        for element, attributes in elements.items()
        if attributes["@type"] in classes
    ]
    columns = ["object", "element", "@type", "sex", "free", "data_format", "has_sample"]
    return pd.DataFrame(found, dtype=object, columns=columns)


def as_key(value: Any) -> str:
    return json.dumps(value)


@settings(max_examples=40)
@given(objects(), st.sampled_from(["elements", "objects"]))
def test_counts_equal_a_groupby(cohort: list[dict[str, dict[str, Any]]], unit: Any) -> None:
    result = search(cohort, "")
    for class_name, slot in (("Sample", "sex"), ("Sample", "free"), ("DataEntity", "data_format")):
        frame = rows(cohort, class_name)
        frame["key"] = [
            [as_key(value) for value in (each if isinstance(each, list) else [each])]
            for each in frame[slot].tolist()
        ]
        entries = frame.explode("key").dropna(subset=["key"])
        entries = entries[entries["key"] != "null"]
        owner = ["object"] if unit == "objects" else ["object", "element"]
        expected = entries.drop_duplicates([*owner, "key"]).groupby("key").size().to_dict()
        facet = result.facet(slot, class_name, most=1000, unit=unit)
        counted = facet.values  # noqa: PD011 - a facet
        found = {as_key(each.value): each.count for each in counted}
        assert found == expected
        assert facet.distinct == len(expected)
        every, held = (len(each.drop_duplicates(owner)) for each in (frame, entries))
        assert facet.missing == every - held


@settings(max_examples=40)
@given(objects(), st.sampled_from(SEXES[:4]), st.sampled_from(FORMATS))
def test_links_equal_a_merge(
    cohort: list[dict[str, dict[str, Any]]], sex: str, data_format: str
) -> None:
    samples, data = rows(cohort, "Sample"), rows(cohort, "DataEntity")
    data["has_sample"] = [
        [link if "/" in link else f"sample/{link}" for link in links]
        for links in data["has_sample"]
    ]
    if data.empty or sex not in set(samples["sex"]):
        return  # a value that does not occur as such is compared without case
    pairs = data[["object", "element", "data_format", "has_sample"]].explode("has_sample").merge(
        samples[["object", "element", "sex"]], left_on=["object", "has_sample"],
        right_on=["object", "element"], suffixes=("", "_sample"),
    )  # fmt: skip
    wanted = pairs[(pairs["sex"] == sex) & (pairs["data_format"] == data_format)]
    result = search(cohort, f'sex:"{sex}" format:"{data_format}"')
    found = defaultdict(set)
    for class_name in ("Sample", "DataEntity"):
        for path, element in result.of_class(class_name).page():
            found[class_name].add((int(path.removeprefix("/o/m")), element))
    assert found["Sample"] == set(zip(wanted["object"], wanted["element_sample"], strict=True))
    assert found["DataEntity"] == set(zip(wanted["object"], wanted["element"], strict=True))
    held = set(samples[samples["sex"] == sex]["object"]) & set(
        data[data["data_format"] == data_format]["object"]
    )
    assert {int(path.removeprefix("/o/m")) for path in result.paths} == held


@given(objects())
def test_values_are_returned_as_stored(cohort: list[dict[str, dict[str, Any]]]) -> None:
    index = search(cohort, "").matcher.index
    for number, info in enumerate(index.objects):
        elements = index.elements(info.first, info.count)
        root = next(iter(elements))
        expected = {
            element: {name: value for name, value in attributes.items() if value is not None}
            for element, attributes in sorted(cohort[number].items())
        }
        del elements[root]
        assert elements == expected


@pytest.mark.parametrize("number", [3, 100_000])
def test_many_distinct_values(number: int) -> None:
    elements = {
        f"sample/s{each}": {"@type": "Sample", "name": f"n{each}"} for each in range(number)
    }
    result = search([elements], "")
    facet = result.facet("name", "Sample", most=5)
    assert (facet.distinct, len(facet.values)) == (number, min(5, number))
    found = result.facet("name", "Sample", text="n2")
    assert found.values[0].label.startswith("n2")  # noqa: PD011 - a facet
    assert found.distinct == sum(f"n{each}".find("n2") >= 0 for each in range(number))


def person(sex: str, data_format: str) -> dict[str, dict[str, Any]]:
    """Return an object with two samples, and with data that are not linked to them."""
    return {
        "sample/s0": {"@type": "Sample", "sex": sex},
        "sample/s1": {"@type": "Sample", "sex": sex},
        "data/d0": {"@type": "DataEntity", "data_format": data_format, "has_sample": []},
    }


def test_objects_are_counted_in_whatever_order_they_arrived() -> None:
    cohort = [person("Female", "CRAM"), person("Male", "TSV"), person("Female", "TSV")]
    facet = search(cohort, "", arrivals=[2, 0, 1]).facet("sex", "Sample", unit="objects")
    assert {each.label: each.count for each in facet.values} == {"Female": 2, "Male": 1}  # noqa: PD011 - a facet


@settings(max_examples=40)
@given(objects(), st.sampled_from(SEXES[:4]))
def test_facets_of_the_objects_found_offer_what_leads_to_objects(
    cohort: list[dict[str, dict[str, Any]]], sex: str
) -> None:
    result = search(cohort, f'Sample.sex:"{sex}"')
    facet = result.facet("data_format", "DataEntity", most=1000, unit="objects", scope="objects")
    for value in facet.values:  # noqa: PD011 - a facet
        narrowed = search(cohort, str(result.query.including(value.condition)))
        assert len(narrowed) == value.count > 0


def test_values_have_the_same_order_whichever_object_arrives_first() -> None:
    formats = ["VCF", "BCF", "CRAM"]
    cohort = [
        {
            "sample/s1": {"@type": "Sample", "sex": sex},
            **{
                f"data/d{number}": {"@type": "DataEntity", "data_format": each}
                for number, each in enumerate(formats[place:] + formats[:place])
            },
        }
        for place, sex in enumerate(["Male", "Female"])
    ]

    def shown(arrivals: list[int]) -> tuple[object, ...]:
        result = search(cohort, "", arrivals)
        facets = (result.facet("sex", "Sample"), result.facet("data_format", "DataEntity", most=2))
        frame = object_frame(result.matcher).sort_index()
        return (
            *([value.value for value in each.values] for each in facets),  # noqa: PD011 - a facet
            frame["formats"].tolist(),
            [list(each) for each in frame["classes"]],
        )

    assert shown([0, 1]) == shown([1, 0])
    assert shown([0, 1])[:2] == (["Female", "Male"], ["BCF", "CRAM"])


def test_an_excluded_value_stays_in_its_facet() -> None:
    cohort: list[dict[str, dict[str, Any]]] = [
        {"sample/s1": {"@type": "Sample", "sex": sex}} for sex in ("Male", "Female")
    ]
    for query in ('-sex:"Male"', '-Sample.sex:"Male"'):
        facet = search(cohort, query).facet("sex", "Sample", scope="objects")
        found = [(each.value, each.count, each.state) for each in facet.values]  # noqa: PD011 - a facet
        assert found == [("Female", 1, ""), ("Male", 0, "excluded")]
    facet = search(cohort, '-sex:"Male"').facet("sex", "Sample", text="fem")
    assert [each.value for each in facet.values] == ["Female"]  # noqa: PD011 - a facet
