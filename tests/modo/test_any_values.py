"""Attributes that hold whatever JSON can hold: each is shown and kept, and spoils no other."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modos_widgets import ZarrTree, catalog, create_modo, edit, open_modo
from modos_widgets.errors import OptionError
from modos_widgets.harvest.cache import MetadataCache
from tests.parts.examples import examples
from tests.widgets.test_metadata_table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Modo
    from tests.parts.s3 import S3Server

HALF = "\ud83d"
LONG = "1" * 5000
GROUPS = ("assay", "data", "reference", "sample", "sequence")
SLOTS = (
    "odd", HALF, "name", "description", "sex", "taxon_id", "has_sample", "creation_date", "id",
    "last_update_date", "data_path", "@type",
)  # fmt: skip

NUMBERS = st.sampled_from(
    ["0", "-0.0", "1.50", "NaN", "-Infinity", "1E400", "-1e999", LONG, f"-{LONG}", str(2**64)]
)
TEXTS = st.text(st.characters() | st.sampled_from("\0\r\n\t\u202e\ud800\udfff"), max_size=6).map(
    json.dumps
)
LEAVES = st.sampled_from(["null", "true", "[]", "{}"]) | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{','.join(some)}]")
        | st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda some: "{" + ",".join(f"{name}: {value}" for name, value in some.items()) + "}"
        )
    ),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def _own(own_folders: None) -> None:
    pass


def document(attributes: dict[str, str], nodes: dict[str, str] | None = None) -> str:
    """Write a group's document; values are JSON as it is to be stored."""
    inner = ", ".join(f"{json.dumps(name)}: {value}" for name, value in attributes.items())
    copy = ""
    if nodes is not None:
        listed = ", ".join(f"{json.dumps(path)}: {text}" for path, text in nodes.items())
        copy = (
            ', "consolidated_metadata": {"kind": "inline", "must_understand": false, '
            f'"metadata": {{{listed}}}}}'
        )
    return f'{{"attributes": {{{inner}}}, "zarr_format": 3, "node_type": "group"{copy}}}'


def documents(slot: str, value: str, where: str, element: str = "sample/s1") -> dict[str, str]:
    root = {"@type": '"MODO"', "creation_date": '"2024-01-01T00:00:00Z"'}
    root["last_update_date"] = '"2024-01-01T00:00:00Z"'
    sample = {"@type": '"Sample"', "name": '"S"'}
    odd = dict(sample)
    (root if where == "root" else odd)[slot] = value
    nodes = {name: document({}) for name in GROUPS}
    nodes |= {element: document(odd), "sample/s2": document(sample)}
    return {"": document(root, nodes), **nodes}


def store(folder: Path, found: dict[str, str]) -> None:
    for path, text in found.items():
        if path.isascii():
            place = folder / "data.zarr" / path
            place.mkdir(parents=True, exist_ok=True)
            (place / "zarr.json").write_text(text)


def look_at(source: Any, *, editable: bool = False) -> None:
    """Show everything that a table shows, and copy all of it."""
    table = Table(source, editable=editable)
    rows, columns = len(table.frame), [str(at) for at in range(len(table.frame.columns))]
    answers = [
        table.ask("rows", start=0, end=rows),
        table.ask("copy", rows=[0, rows - 1], columns=columns),
        table.ask("copy", columns=columns, form="csv"),
        table.ask("show code"),
    ]
    for column in columns:
        shown = {"sort": [[column, True]], "search": "x"}
        answers += [
            table.ask("values", column=column),
            table.ask("rows", start=0, end=rows, shown=shown),
            *(table.ask("cell", position=row, column=column) for row in range(rows)),
        ]
    assert not [answer for answer in answers if answer.get("kind") == "problem"]
    assert repr(table)
    assert table._as_html()


def show(modo: Modo) -> None:
    """Read all that a person can ask of an object."""
    assert str(modo.frame())
    assert modo.frame().to_html()
    assert modo.metadata
    assert str(modo.validate())
    assert isinstance(modo.validate().frame(), pd.DataFrame)
    assert ZarrTree(modo)._as_html()


@settings(
    max_examples=examples(24),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(slot=st.sampled_from(SLOTS), value=VALUES, where=st.sampled_from(["root", "element"]))
@example(slot="name", value=json.dumps(HALF), where="element")
@example(slot="name", value=json.dumps(HALF), where="root")
@example(slot="creation_date", value=json.dumps(HALF), where="element")
@example(slot=HALF, value=json.dumps([HALF]), where="element")
@example(slot="odd", value=json.dumps({HALF: [HALF, {"a": HALF}]}), where="root")
@example(slot="odd", value=LONG, where="element")
@example(slot="taxon_id", value=f"[1, -{LONG}]", where="element")
@example(slot="odd", value=f'{{"a": {{"b": {LONG}}}}}', where="root")
@example(slot="odd", value="1E400", where="root")
@example(slot="odd", value="[" * 200 + "NaN" + "]" * 200, where="element")
@example(slot="odd", value="[" * 900 + "]" * 900, where="element")
@example(slot="id", value=LONG, where="root")
@example(slot="@type", value=json.dumps(HALF), where="element")
def test_every_json_value_is_shown_and_kept_without_affecting_others(
    slot: str, value: str, where: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    good = create_modo(folder / "good")
    odd = folder / "odd"
    store(odd, documents(slot, value, where))
    frame = catalog(folder)
    assert frame.attrs["failures"] == []
    assert set(frame.index.get_level_values("object")) == {str(odd), good.path}
    assert str(frame)
    look_at(frame)
    modo = open_modo(odd, mode="r+")
    show(modo)
    look_at(modo)
    look_at([modo, open_modo(good.path, mode="r+")], editable=True)

    draft = modo.edit()
    draft.set("sample/s2", "name", "T")
    assert str(draft.diff())
    assert draft.to_json()
    commit = draft.commit(force=True)
    assert str(commit.diff)
    assert str(modo.commits())
    stored = (odd / "data.zarr" / "sample" / "s1" / "zarr.json").read_text()
    root = (odd / "data.zarr" / "zarr.json").read_text()
    assert stored == documents(slot, value, where)["sample/s1"]
    if slot != "last_update_date":  # which a commit sets
        assert f"{json.dumps(slot)}: {value}" in root
    show(open_modo(odd))

    again = edit(odd)
    if slot != "@type":
        name = again.modos[0].id if where == "root" else "sample/s1"
        if slot == HALF:
            again.unset(name, slot)
        else:
            again.set(name, slot, "new")
        assert str(again.diff())
        assert str(again.commit(force=True).diff)
        with suppress(OptionError):  # the value that it would write again may not be written
            assert str(open_modo(odd, mode="r+").undo_commit().diff)
        show(open_modo(odd))


def test_a_deeply_nested_value_is_kept_in_the_journal(tmp_path: Path) -> None:
    store(tmp_path / "odd", documents("odd", "[" * 900 + "]" * 900, "root"))
    modo = open_modo(tmp_path / "odd", mode="r+")
    draft = modo.edit()
    draft.set(modo.id, "odd", "new")
    draft.commit()
    assert list(modo.commits()["state"]) == ["done"]


def test_an_id_with_an_unpaired_surrogate_does_not_affect_others(tmp_path: Path) -> None:
    good = create_modo(tmp_path / "good")
    store(tmp_path / "odd", documents("x", "1", "element", f"sample/{HALF}"))
    frame = catalog(tmp_path)
    assert (str(tmp_path / "odd"), f"sample/{HALF}") in frame.index
    assert len(frame) == 4
    look_at(frame)
    modo = open_modo(tmp_path / "odd", mode="r+")
    show(modo)
    look_at([modo, open_modo(good.path, mode="r+")], editable=True)
    several = edit([tmp_path / "odd", tmp_path / "good"])
    assert len(several.frame()) == 4
    several.set((modo.path, "sample/s2"), "name", "T")
    assert str(several.diff())
    several.commit(force=True)
    assert open_modo(tmp_path / "odd").metadata["sample/s2"]["name"] == "T"


def test_an_invalid_object_in_a_bucket_does_not_affect_others(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    client = moto_server.client()
    values = {"half": json.dumps(HALF), "long": LONG, "torn": '"', "deep": "[" * 99999, "good": "1"}
    for name, value in values.items():
        for path, text in documents("odd", value, "element").items():
            key = f"{name}/data.zarr/{path}/zarr.json".replace("//", "/")
            client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    for _ in range(2):  # read, then taken from the cache
        frame = catalog(
            f"s3://{bucket}",
            services={"s3": moto_server.endpoint},
            s3_kwargs=moto_server.s3_kwargs,
        )
        objects = {path.rpartition("/")[2] for path in frame.index.get_level_values("object")}
        assert objects == {"half", "long", "good"}
        assert [one["path"][-4:] for one in frame.attrs["failures"]] == ["deep", "torn"]
        values_of = frame.xs("sample/s1", level="element")["odd"]
        assert values_of[f"s3://{bucket}/half"] == HALF
        assert values_of[f"s3://{bucket}/long"] == float("inf")
    kept = MetadataCache(moto_server.endpoint, moto_server.s3_kwargs["key"]).etags()
    assert {path.rpartition("/")[2] for path in kept} == {"half", "long", "good"}


@pytest.mark.parametrize(
    "value",
    [10**4300, -(10**5000), [1, 10**4300], {"a": [10**4300]}, {HALF: 1}, [HALF]],
    ids=["long", "negative", "in a list", "nested", "key", "text"],
)
def test_a_value_that_others_cannot_read_is_refused(tmp_path: Path, value: Any) -> None:
    draft = create_modo(tmp_path / "study").edit()
    with pytest.raises(OptionError) as caught:
        draft.add("sample/s1", {"odd": value})
    assert caught.value.hint
    draft.add("sample/s1", {"odd": 10**4299})
    draft.commit(force=True)
    assert open_modo(tmp_path / "study").metadata["sample/s1"]["odd"] == 10**4299


def test_a_folder_whose_name_is_not_text_has_a_journal(tmp_path: Path) -> None:
    import os  # noqa: PLC0415

    modo = create_modo(tmp_path / os.fsdecode(b"st\xffdy"), "study")
    draft = modo.edit()
    draft.add("sample/s1", {"name": "S"})
    draft.commit(force=True)
    assert len(modo.commits()) == 2
    assert open_modo(modo.path).metadata["sample/s1"]["name"] == "S"
