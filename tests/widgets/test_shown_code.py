"""The code that widgets show: it is run, and comes to what the widget shows."""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import zarr

from modos_widgets import (
    ArrayPreview,
    Browser,
    EndpointPicker,
    Login,
    MetadataTable,
    Session,
    TransferPanel,
    ZarrTree,
    browse,
    create_modo,
    demo,
    edit,
    open_modo,
    remote,
    storage,
)
from modos_widgets.cli import _parser
from modos_widgets.widgets.shown_code import call, literal, program
from tests.parts.places import app_of, wait_until
from tests.session.test_sign_in import decide
from tests.widgets.test_login import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.modo.draft.draft import Draft
    from tests.parts.places import ServeApp

pytestmark = [pytest.mark.traffic, pytest.mark.usefixtures("own_folders")]

BAD = 'it\'s "bad"\\n \\\\ \n{0} {x} %s #\u202e\'\'\'""" \N{SNOWMAN}'
NODE = BAD.replace("\\", "")  # zarr takes a backslash for a slash
ELEMENT = NODE.replace("\n", "")
SECRET = "hush-hush-hush"


def run(code: str, **given: Any) -> dict[str, Any]:
    scope: dict[str, Any] = dict(given)
    exec(compile(code, "shown", "exec"), scope)  # noqa: S102 - the point of it
    return scope


@pytest.fixture(scope="module")
def deployment() -> Iterator[demo.Deployment]:
    with demo.start() as started:
        yield started


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return an object with the worst names that file systems allow."""
    path = tmp_path / BAD
    draft = create_modo(path, "study").edit()
    for number in (10, 9, 2, 1):
        draft.add(f"sample/s{number}", {"name": f"{BAD} {number}", "sex": "Male"})
    draft.add("data/counts", {"@type": "Array", "name": "Counts", "data_format": "Zarr"})
    draft.add_array("data/counts", np.arange(120).reshape(12, 10))
    draft.commit(force=True)
    odd = {"@type": "Sample", "name": "Odd", BAD: [BAD, "x"], "count": 3}
    zarr.open_group(path / "data.zarr", mode="r+", use_consolidated=False).create_group(
        f"sample/{ELEMENT}", attributes=odd
    )
    open_modo(path, mode="r+").repair()
    return path


# -- the seam ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [BAD, [BAD] * 9, {BAD: {"a": [1, None, True, 1.5]}}, "x" * 500, "\ud800", ("a", BAD)]
)
def test_any_value_is_written_so_that_python_reads_it_back(value: Any) -> None:
    code = program(["import os"], f"found = {call('dict', literal(value), key=literal(value))}")
    code = code.replace("dict(", "(lambda first, key: [first, key])(")
    assert code.isascii() or "\u202e" not in code
    assert run(code)["found"] == [value, value]


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], (-math.inf,), {"a": [{"b": (math.nan, 1.5)}] * 9}]
)
def test_a_number_without_a_literal_is_written_so_that_it_runs(value: Any) -> None:
    assert repr(run(f"found = {literal(value)}\n")["found"]) == repr(value)


def test_a_program_has_its_imports_first_each_once() -> None:
    code = program(["from b import c", "import a", "import a"], "x = 1", "", "y = 2")
    assert code == "import a\nfrom b import c\n\nx = 1\n\ny = 2\n"


def test_a_widget_without_anything_chosen_has_no_code() -> None:
    widgets = [Browser(), ZarrTree(), ArrayPreview(), MetadataTable(), TransferPanel()]
    widgets += [EndpointPicker(ask_environment=False), Login()]
    assert [widget.as_python for widget in widgets] == [""] * 7
    assert ask(widgets[0], "show code")[-1]["payload"] == {"pieces": []}


# -- Browser -------------------------------------------------------------------------------------


def test_browser_lists_opens_and_selects(deployment: demo.Deployment) -> None:
    browser: Any = browse(endpoint=deployment.endpoint)
    wait_until(lambda: browser.session.listed)
    paths = run(browser.as_python)["paths"]
    assert sorted(paths) == sorted(each.path for each in browser.session.objects)
    browser.show("s3://demo/smoc/P-0003")
    wait_until(lambda: browser.modo)
    element = next(each for each in browser.modo.metadata if each.startswith("sample/"))
    browser.session.select(element)
    assert run(browser.as_python)["metadata"] == browser.modo.metadata[element]
    browser.session.select("data/rna_counts/data")
    node = run(browser.as_python)["node"]
    assert (
        node.shape
        == browser.tree.source.describe([browser.session.selected])[
            browser.session.selected
        ].array.shape
    )
    pieces = ask(browser, "show code")[-1]["payload"]["pieces"]
    assert [language for _, _, language in pieces].count("shell") == 1
    for _, code, language in pieces:
        if language == "python":
            run(code)
            continue
        asked = _parser().parse_args(shlex.split(code)[1:])
        assert (asked.source, asked.endpoint) == (browser.modo.path, deployment.endpoint)


def test_browser_of_a_bucket_reads_what_it_lists(deployment: demo.Deployment) -> None:
    services = {"s3": deployment.s3_endpoint}
    browser: Any = browse("s3://demo/public", services=services)
    wait_until(lambda: browser.session.listed)
    frame = run(browser.as_python)["frame"]
    listed = sorted(each.path for each in browser.session.objects)
    assert sorted(frame.index.get_level_values(0).unique()) == listed
    again = browser._pieces()[1].text.replace("modos_widgets.browse", "seen = modos_widgets.browse")
    opened: Any = run(again)["seen"]
    assert opened.session.below == "s3://demo/public"


def test_browser_code_runs_in_a_fresh_interpreter(hostile: Path) -> None:
    browser: Any = browse(hostile)
    wait_until(lambda: browser.modo)
    element = next(each for each in browser.modo.metadata if "bad" in each)
    browser.session.select(element)
    code = f"{browser.as_python}print(ascii(metadata))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ascii(browser.modo.metadata[element])


def test_no_key_is_in_the_code(
    deployment: demo.Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"key": "AKIA" + SECRET, "secret": SECRET, "token": SECRET}
    path, services = "s3://demo/smoc/P-0003", {"s3": deployment.s3_endpoint}
    session = Session(services=services, s3_kwargs=keys)
    modo = open_modo(path, services=services, s3_kwargs=keys)
    place = storage.S3Storage(path, deployment.s3_endpoint, keys, mode="r")
    session.modo, session.selected = modo, ""
    widgets: list[Any] = [
        Browser(session),
        MetadataTable(modo),
        MetadataTable(
            [modo, open_modo("s3://demo/smoc/P-0004", services=services, s3_kwargs=keys)]
        ),
        ZarrTree(modo, value="data"),
        ArrayPreview(modo, "data/rna_counts/data"),
        TransferPanel(modo, "there"),
        TransferPanel([place, path], "there", services=services, s3_kwargs=keys),
    ]
    for widget in widgets:
        pieces = ask(widget, "show code")[-1]["payload"]["pieces"]
        assert pieces
        assert SECRET not in repr(pieces), type(widget)
    assert "S3 keys are not shown" in widgets[0].as_python
    for name, value in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), keys.values(), strict=False):
        monkeypatch.setenv(f"AWS_{name}", value)
    opened = run(widgets[0].as_python)["modo"]
    assert opened.storage.options.credential.secret_access_key == SECRET


# -- EndpointPicker and Login --------------------------------------------------------------------


def test_picker_code_asks_the_services(deployment: demo.Deployment, tmp_path: Path) -> None:
    picker: Any = EndpointPicker(deployment.endpoint)
    wait_until(lambda: picker.health and not picker.checking)
    found = run(picker.as_python)["health"]
    told = {name: (one.url, one.reachable) for name, one in picker.health.items()}
    assert {name: (one.url, one.reachable) for name, one in found.items()} == told
    browser = run(f"browser = {picker._pieces()[1].text.splitlines()[-1]}", modos_widgets=_ours())
    assert browser["browser"].session.endpoint == deployment.endpoint

    picker = EndpointPicker(services={"s3": deployment.s3_endpoint}, ask_environment=False)
    assert set(run(picker.as_python)["health"]) == {"s3"}
    folder = tmp_path / BAD.replace("\n", " ")
    create_modo(folder / "one")
    picker = EndpointPicker(str(folder))
    [command] = [piece.text for piece in picker._pieces() if piece.language == "shell"]
    asked = _parser().parse_args(shlex.split(command)[1:])
    assert (asked.source, asked.endpoint) == (str(folder), None)
    frame = run(picker.as_python)["frame"]
    assert list(frame.index.get_level_values(0).unique()) == [str(folder / "one")]


def _ours() -> Any:
    import modos_widgets  # noqa: PLC0415

    return modos_widgets


def test_login_code_gives_the_account(
    serve_app: ServeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    login: Any = Login(serve_app(app_of("P-1")))
    wait_until(lambda: login.state == "not needed")
    assert run(login.as_python)["manager"].auth is None
    with demo.start(protected=True) as protected:
        login = Login(protected.endpoint)
        wait_until(lambda: login.state == "signed out")
        login.begin()
        wait_until(lambda: login.state == "waiting")
        decide(login._sign_in)
        wait_until(lambda: login.account is not None and login.account.permissions)
        account = run(login.as_python)["account"]
        assert (account.subject, account.name) == (login.account.subject, login.account.name)
        run(ask(login, "show code")[-1]["payload"]["pieces"][1][1])
        assert remote.account(protected.endpoint) is None
    assert f"{account.name or account.subject} {account.expires_at}" in capsys.readouterr().out


# -- ZarrTree and ArrayPreview -------------------------------------------------------------------


def test_tree_code_opens_the_selected_node(hostile: Path, tmp_path: Path) -> None:
    bad = NODE
    tree = ZarrTree(hostile, value="data/counts")
    assert run(tree.as_python)["metadata"]["name"] == "Counts"
    root = zarr.create_group(tmp_path / "any.zarr")
    root.create_group(bad, attributes={BAD: BAD}).create_array("a", data=np.arange(3))
    tree = ZarrTree(tmp_path / "any.zarr", value=bad)
    assert run(tree.as_python)["node"].attrs[BAD] == BAD
    tree.value = f"{bad}/a"
    for piece in tree._pieces():
        assert run(piece.text)["node"].shape == (3,)
    in_memory = zarr.create_group(zarr.storage.MemoryStore())
    in_memory.create_group("g", attributes={"x": 1})
    tree = ZarrTree(in_memory, value="g")
    assert run(tree.as_python, store=in_memory.store)["node"].attrs["x"] == 1


@pytest.mark.parametrize(
    ("budget", "at"), [(1 << 20, {}), (64 * 8, {}), (64 * 8, {0: 9, 1: 7, 2: 3})]
)
def test_preview_code_reads_the_part_that_is_shown(
    tmp_path: Path, budget: int, at: dict[int, int]
) -> None:
    values = np.random.default_rng(0).random((10, 8, 4))
    group = zarr.create_group(tmp_path / "a.zarr")
    array = group.create_array(NODE, data=values, chunks=(4, 4, 4))
    preview: Any = ArrayPreview(tmp_path / "a.zarr", array.path, budget=budget)
    before = run(preview.as_python)["values"]
    assert before.size <= values.size
    shown = ask(preview, "part", path=array.path, at={str(k): v for k, v in at.items()})
    assert [each["kind"] for each in shown] == ["part", "reply"]
    read = preview._reading.last[2].data
    assert np.array_equal(run(preview.as_python)["values"], read)


def test_preview_code_of_a_single_value_and_of_a_group(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("one", data=np.array(7))
    preview = ArrayPreview(tmp_path / "a.zarr", "one")
    assert run(preview.as_python)["values"] == 7
    preview.path = ""
    assert run(preview.as_python)["node"].attrs.asdict() == {}


@pytest.mark.parametrize("kind", ["zip", "references"])
def test_tree_and_preview_code_opens_a_zip_and_a_reference_store(kind: str, tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(3, 4)
    source: Any = tmp_path / "a.zip"
    if kind == "zip":
        with zarr.storage.ZipStore(source, mode="w") as held:
            zarr.create_group(held).create_array(NODE, data=values)
    else:
        folder = tmp_path / "a.zarr"
        zarr.create_group(folder).create_array(NODE, data=values)
        files = [path for path in folder.rglob("*") if path.is_file()]
        (tmp_path / "refs.json").write_text(
            json.dumps({str(path.relative_to(folder)): [str(path)] for path in files})
        )
        options = {"fo": str(tmp_path / "refs.json"), "remote_protocol": "file"}
        source = zarr.storage.FsspecStore.from_url(
            "reference://", storage_options=options, read_only=True
        )
    assert np.array_equal(run(ZarrTree(source, value=NODE).as_python)["node"][...], values)
    assert np.array_equal(run(ArrayPreview(source, NODE).as_python)["values"], values)


def test_widgets_reach_an_object_of_an_endpoint_by_path_and_by_id(
    deployment: demo.Deployment,
) -> None:
    url, endpoint = "s3://demo/smoc/P-0003", deployment.endpoint
    by_service: Any = {
        "services": {"s3": deployment.s3_endpoint},
        "s3_kwargs": deployment.s3_kwargs,
    }
    expected = MetadataTable(url, **by_service).frame
    for path in (url, "P-0003"):
        given: Any = {"endpoint": endpoint, "s3_kwargs": deployment.s3_kwargs}
        assert MetadataTable(path, **given).frame.equals(expected)
        assert "sample" in run_names(ZarrTree(path, **given))
        assert "sample" in run_names(ArrayPreview(path, **given))
    assert "sample" in run_names(ZarrTree(f"{url}/data.zarr", endpoint=endpoint))


def run_names(widget: Any) -> list[str]:
    """Return the names of the groups at the root of what a widget shows."""
    return list(widget.source.level("").names)


# -- MetadataTable -------------------------------------------------------------------------------


def number(table: Any, name: str) -> int:
    return int(table._rows.data.names.index(name))


def same_rows(table: Any, **given: Any) -> pd.DataFrame:
    frame: pd.DataFrame = run(table.as_python, **given)["frame"]
    assert list(frame.index) == list(table.frame.index), table.as_python
    shown = table.frame  # has no columns that are empty in these rows
    assert frame[list(shown.columns)].equals(shown)
    assert frame.drop(columns=list(shown.columns)).isna().all(axis=None)
    return frame


def test_table_code_gives_the_frame(hostile: Path, tmp_path: Path) -> None:
    assert len(same_rows(MetadataTable(open_modo(hostile)))) == 7
    other = create_modo(tmp_path / "other")
    assert len(same_rows(MetadataTable([open_modo(hostile), other]))) == 8


CONDITIONS: list[dict[str, Any]] = [
    {"name": {"operator": "contains", "text": "BAD"}},
    {"name": {"operator": "not_contains", "text": "9"}},
    {"name": {"operator": "equals", "text": "odd"}},
    {"name": {"operator": "not_equals", "text": "odd"}},
    {"name": {"operator": "starts", "text": BAD[:9]}},
    {"name": {"operator": "empty"}},
    {BAD: {"operator": "filled"}},
    {BAD: {"operator": "contains", "text": BAD[:5]}},
    {"sex": {"values": ["Male"]}, "element": {"operator": "contains", "text": "s1"}},
    {"sex": {"values": [""]}},
    {"count": {"operator": "greater", "text": "2"}},
    {"count": {"operator": "between", "text": "3", "to": "3.5"}},
    {"last_update_date": {"operator": "greater", "text": "2020-01-01"}},
    {"last_update_date": {"operator": "between", "text": "", "to": "2020-01-01"}},
    {"element": {"operator": "starts", "text": "sample"}},
    {"sex": {"operator": "less", "text": ""}},
]


@pytest.mark.parametrize("filters", CONDITIONS, ids=str)
def test_table_code_filters_as_the_table_does(hostile: Path, filters: dict[str, Any]) -> None:
    table: Any = MetadataTable(open_modo(hostile))
    table._query = {"filters": {str(number(table, name)): one for name, one in filters.items()}}
    same_rows(table)


@pytest.mark.parametrize(
    "sort",
    [
        [("name", False)],
        [("name", True)],
        [("element", False)],
        [("element", True)],
        [("sex", True), ("element", False)],
        [("@type", False), ("name", True)],
        [("count", False)],
        [(BAD, False), ("element", True)],
    ],
    ids=str,
)
def test_table_code_sorts_as_the_table_does(hostile: Path, sort: list[tuple[str, bool]]) -> None:
    table: Any = MetadataTable(open_modo(hostile))
    table._query = {"sort": [[number(table, name), down] for name, down in sort]}
    same_rows(table)


@pytest.mark.parametrize("words", ["male", "bad 10", "odd", "nothing at all", "'it\"s", BAD[:9]])
def test_table_code_searches_as_the_table_does(hostile: Path, words: str) -> None:
    same_rows(MetadataTable(open_modo(hostile), search=words))


def test_table_code_finds_terms_by_their_labels(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "study").edit()
    draft.add("sample/a", {"cell_type": "http://purl.obolibrary.org/obo/CL_0000084"})
    draft.add("sample/b", {"cell_type": "http://purl.obolibrary.org/obo/CL_0000057"})
    draft.commit(force=True)
    frame = same_rows(MetadataTable(open_modo(tmp_path / "study"), search="fibroblast"))
    assert list(frame.index) == ["sample/b"]


def test_table_code_of_many_objects_filters_sorts_and_marks(hostile: Path, tmp_path: Path) -> None:
    other = create_modo(tmp_path / "other")
    draft = other.edit()
    draft.add("sample/s3", {"sex": "unknown"})
    draft.commit(force=True)
    table: Any = MetadataTable([open_modo(hostile), other], editable=False)
    element = number(table, "element")
    table._query = {
        "sort": [[element, True], [number(table, "object"), False]],
        "filters": {str(element): {"operator": "contains", "text": "s"}},
    }
    assert len(same_rows(table)) > 3
    for mark in ("error", "warning", "finding", "changed"):
        table._query = {"marked": mark}
        same_rows(table)
    table.draft.set((other.path, "sample/s3"), "sex", "Male")
    table.refresh()
    table._query = {}
    assert len(same_rows(table)) > 3
    table._query = {"marked": "changed"}
    assert len(same_rows(table)) == 1


def rows_of(draft: Draft) -> list[str]:
    """Return the sorted changes, since slots come in the order in which they were set."""
    return sorted(map(repr, draft.rows()))


def test_table_code_makes_the_same_changes(hostile: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls.vcf"
    for file in (calls, tmp_path / "calls.vcf.tbi", hostile / "old.vcf"):
        file.write_bytes(b"x")
    begun = open_modo(hostile, mode="r+").edit()
    begun.add("data/old", {"@type": "VariantSet", "data_path": "old.vcf"})
    (hostile / "gone.vcf").write_bytes(b"x")
    begun.add("data/gone", {"@type": "VariantSet", "data_path": "gone.vcf"})
    begun.commit(force=True)
    zarr.open_group(hostile / "data.zarr", mode="r+", use_consolidated=False).create_group(
        "sample/odd", attributes={"@type": "Sample", "nan": float("nan"), "deep": [-math.inf]}
    )
    open_modo(hostile, mode="r+").repair()
    modos = [open_modo(hostile, mode="r+"), create_modo(tmp_path / "other")]
    for given in (modos[0], modos):
        table: Any = MetadataTable(given, editable=True)
        key = (lambda name: (modos[0].path, name)) if given is modos else str
        draft = table.draft
        bad = next(each for each in modos[0].metadata if "bad" in each)
        for name in ("sample/s1", "sample/s2", "sample/s9"):
            draft.set(key(name), "sex", "Female")
        draft.set(key(bad), BAD, [BAD, {BAD: None}])
        draft.set(key(bad), "name", "long " * 60)
        draft.unset(key("sample/s1"), "name")
        draft.set(key("data/counts"), "has_sample", ["sample/s2"])
        draft.rename(key("sample/s2"), "sample/renamed")
        draft.add(key("sample/new"), {"name": BAD})
        draft.remove(key("sample/s10"))
        draft.rename(key("data/counts"), "data/matrix")
        draft.set(key("data/matrix"), "name", "Renamed")
        draft.rename(key("sample/odd"), "sample/as-odd")
        draft.attach(key("sample/new"), calls)
        draft.attach(key(bad), calls, name="inner/other.vcf")
        draft.remove(key("data/old"), with_file=True)
        draft.detach(key("data/gone"), with_file=True)
        table.refresh()
        code = table.as_python
        assert "import modos_widgets\n" in code
        assert rows_of(run(code)["draft"]) == rows_of(draft)
        written = next(piece.text for piece in table._pieces() if "commit" in piece.title)
        assert "# draft.commit(" in written
        assert rows_of(run(written)["draft"]) == rows_of(draft)
        assert code.count("draft.set(") < 9  # three samples in one loop
        assert (code.count("draft.attach("), code.count("draft.rename(")) == (2, 2)
        assert "are not shown" not in code
        assert not edit(modos[0]).diff().size  # nothing was written


def test_table_code_of_a_frame_begins_with_the_frame() -> None:
    frame = pd.DataFrame({"n": [3.5, None, 1], ("a", "b"): ["x10", "x9", ""], 5: [[1], {}, "q"]})
    table: Any = MetadataTable(frame)
    for column in range(2):
        for down in (False, True):
            table._query = {"sort": [[column, down]]}
            same_rows(table, frame=frame)
    table._query = {"filters": {"2": {"operator": "contains", "text": "Q"}}}
    assert len(same_rows(table, frame=frame)) == 1
    table._query = {}
    table.search = "x9"
    assert len(same_rows(table, frame=frame)) == 1
    indexed = frame.set_index(pd.Index(["b2", "b10", "b1"], name="who"))
    table = MetadataTable(indexed)
    table._query = {"sort": [[0, False]]}
    assert list(same_rows(table, frame=indexed).index) == ["b1", "b2", "b10"]


# -- TransferPanel -------------------------------------------------------------------------------


def test_transfer_code_copies_what_the_panel_would(hostile: Path, tmp_path: Path) -> None:
    source = hostile.rename(tmp_path / ELEMENT)  # the panel takes one path a line
    panel: Any = TransferPanel(source, tmp_path / "goal" / ELEMENT)
    compared = run(panel._pieces()[1].text)["frame"]
    assert set(compared["action"]) == {"copy"}
    report = run(panel.as_python)["report"]
    assert set(report["outcome"]) == {"copied"}
    assert list(report["path"]) == sorted(compared["path"])
    panel.overwrite = True
    assert "overwrite=True" in panel.as_python
    assert set(run(panel.as_python)["report"]["outcome"]) == {"same"}


def test_transfer_code_of_objects_and_storages(deployment: demo.Deployment, tmp_path: Path) -> None:
    modo = open_modo("s3://demo/smoc/P-0003", endpoint=deployment.endpoint)
    local = create_modo(tmp_path / "it's")
    panel = TransferPanel([modo, local.storage], tmp_path / "goal", workers=3)
    assert "workers=3" in panel.as_python
    run(panel.as_python)
    assert open_modo(tmp_path / "goal" / "P-0003").metadata == modo.metadata
    assert open_modo(tmp_path / "goal" / "it's").metadata == local.metadata
    place = storage.S3Storage(modo.path, deployment.s3_endpoint, mode="r")
    panel = TransferPanel(place, tmp_path / "again", services={"s3": deployment.s3_endpoint})
    run(panel.as_python)
    assert open_modo(tmp_path / "again").metadata == modo.metadata


def test_the_code_is_that_of_the_view_that_asks(hostile: Path) -> None:
    tree = ZarrTree(hostile, value="data")
    state = {"value": "data/counts", "_face": "not what code depends on"}
    sent = ask(tree, "show code", state=state)
    pieces = next(each["payload"] for each in sent if each["kind"] == "reply")["pieces"]
    assert "data/counts" in pieces[0][1]
    assert (tree.value, tree._face) == ("data/counts", "")
