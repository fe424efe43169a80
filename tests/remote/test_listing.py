from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import OptionError, ResponseError, UnknownObjectError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.conftest import Serve

OBJECTS: dict[str, dict[str, dict[str, Any]]] = {
    "demo/ex": {
        "ex": {"@type": "MODO", "id": "ex"},
        "sample/s1": {"@type": "Sample", "id": "sample/s1"},
    },
    "demo/cohort/P-0001": {"first": {"@type": "MODO"}, "assay/a1": {"@type": "Assay"}},
    "demo/cohort/P-0002": {"second": {"@type": "MODO"}},
    "demo/other/P-0002": {"third": {"@type": "MODO"}},
}
S3 = "http://127.0.0.1:9/s3"
PATHS = [f"s3://{path}" for path in OBJECTS]


@pytest.fixture(params=["new", "old"])
def url(request: pytest.FixtureRequest, serve: Serve) -> str:
    app = create_app(OBJECTS, services={"s3": S3}, generation=request.param)
    return serve(app).url


def test_both_generations_list_the_same_s3_paths(url: str) -> None:
    assert remote.list_remote_items(url) == PATHS
    assert remote.list_remote_items(f"{url}/") == PATHS


def test_both_generations_give_all_metadata_by_object_path(url: str) -> None:
    assert remote.get_metadata_from_remote(url) == {
        f"s3://{path}": meta for path, meta in OBJECTS.items()
    }


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("ex", "demo/ex"),
        ("first", "demo/cohort/P-0001"),
        ("P-0001", "demo/cohort/P-0001"),
        ("s3://demo/other/P-0002", "demo/other/P-0002"),
        ("demo/other/P-0002/", "demo/other/P-0002"),
    ],
)
def test_an_object_is_found_by_id_path_or_last_part_of_its_path(
    url: str, wanted: str, path: str
) -> None:
    assert remote.get_metadata_from_remote(url, wanted) == OBJECTS[path]


def test_an_unknown_object_is_a_value_error_that_suggests_a_name(url: str) -> None:
    with pytest.raises(UnknownObjectError, match="Similar: P-0001") as caught:
        remote.get_metadata_from_remote(url, "P-001")
    assert isinstance(caught.value, ValueError)


def test_an_element_id_is_not_an_object_id(url: str) -> None:
    with pytest.raises(UnknownObjectError):
        remote.get_metadata_from_remote(url, "sample/s1")


def test_an_ambiguous_object_is_a_value_error_that_names_the_candidates(url: str) -> None:
    with pytest.raises(ValueError, match="s3://demo/cohort/P-0002, s3://demo/other/P-0002"):
        remote.get_metadata_from_remote(url, "P-0002")


def place(path: str) -> dict[str, Any]:
    return {"s3_endpoint": S3, "modo_path": path}


def test_a_query_finds_similar_names(url: str) -> None:
    found = remote.get_s3_path(url, "p-0002")
    path = "s3://demo/cohort/P-0002"
    assert found[path] == place(path)
    assert "s3://demo/other/P-0002" in found
    assert "s3://demo/ex" not in found


def test_an_exact_query_finds_only_the_name_itself(url: str) -> None:
    path = "s3://demo/cohort/P-0001"
    assert remote.get_s3_path(url, "P-0001", exact_match=True) == {path: place(path)}
    assert remote.get_s3_path(url, "P-000", exact_match=True) == {}


@pytest.mark.parametrize("generation", ["new", "old"])
def test_the_list_is_searched_when_the_server_answers_nothing(
    serve: Serve, generation: Any
) -> None:
    app = create_app(OBJECTS, services={"s3": S3}, generation=generation, empty_get=True)
    url = serve(app).url
    path = "s3://demo/cohort/P-0001"
    assert remote.get_s3_path(url, "P-0001", exact_match=True) == {path: place(path)}
    assert remote.get_s3_path(url, "P-000", exact_match=True) == {}
    assert path in remote.get_s3_path(url, "p-001")
    assert "s3://demo/ex" not in remote.get_s3_path(url, "p-001")
    assert list(remote.get_s3_path(url, "cohort")) == PATHS[1:3]


def test_a_query_works_with_new_and_old_servers(serve: Serve) -> None:
    served = serve(create_app(OBJECTS, services={}))
    remote.get_s3_path(served.url, "a b&c", exact_match=True)
    assert served.paths[0] == "/get?query=a+b%26c&fuzzy=false&exact_match=true"


@pytest.mark.parametrize(
    ("query", "word"),
    [("a\ud800", "unpaired surrogate"), (5, "got int"), (None, "got NoneType")],
    ids=["half", "number", "nothing"],
)
def test_a_query_that_is_not_text_is_refused(serve: Serve, query: Any, word: str) -> None:
    served = serve(create_app(OBJECTS, services={}))
    with pytest.raises(OptionError, match=word) as caught:
        remote.get_s3_path(served.url, query)
    assert caught.value.hint
    assert served.paths == []


@pytest.mark.parametrize("path", ["list", "meta", "get"])
@pytest.mark.parametrize("answer", [3, {"data": [1]}, {"data": 1}, [[1]]])
def test_an_answer_of_another_shape_is_refused(serve: Serve, path: str, answer: Any) -> None:
    app = Flask("odd")
    app.add_url_rule(f"/{path}", view_func=lambda: jsonify(answer))
    url = serve(app).url
    ask: dict[str, Callable[[str], object]] = {
        "list": remote.list_remote_items,
        "meta": remote.get_metadata_from_remote,
        "get": lambda url: remote.get_s3_path(url, "x"),
    }
    with pytest.raises(ResponseError, match="with an invalid"):
        ask[path](url)


def test_an_object_whose_metadata_are_null_hides_no_other(serve: Serve) -> None:
    app = Flask("null")
    data = [{"path": "s3://demo/a", "meta": None}, {"path": "s3://demo/b", "meta": {"b": {}}}]
    app.add_url_rule("/meta", view_func=lambda: jsonify(data=data))
    found = remote.get_metadata_from_remote(serve(app).url)
    assert found == {"s3://demo/a": {}, "s3://demo/b": {"b": {}}}


ODD_PATHS = [
    "s3://demo/a",
    None,
    "demo/b",
    3,
    "",
    "s3://",
    ["s3://demo/c"],
    {"path": "s3://demo/c"},
]
PLACES: list[Any] = [
    {"demo/a": {"s3_endpoint": "https://s3.example.org", "modo_path": "s3://demo/a"}},
    None,
    "demo/c",
    {"demo/c": None, "demo/b": {"s3_endpoint": 7, "modo_path": None}},
]
METAS: list[Any] = [
    {"path": "s3://demo/a", "meta": {"a": {}}},
    None,
    {"path": None, "meta": {}},
    {"meta": {}},
    {"path": "s3://demo/c", "meta": [1]},
    "s3://demo/c",
    {"path": "demo/b"},
]
METAS_TEXT = '{"path": "s3://demo/a", "meta": {"a": {}}}'
LONG = '{"path": "demo/b", "meta": {"b": {"number": ' + "1" * 5000 + ', "text": "\\ud83d"}}}'


@pytest.mark.parametrize("answer", [ODD_PATHS, {"data": ODD_PATHS}, {"modos": ODD_PATHS}])
def test_a_bad_entry_of_a_list_hides_no_other(
    serve: Serve, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("odd")
    app.add_url_rule("/list", view_func=lambda: jsonify(answer))
    assert remote.list_remote_items(serve(app).url) == ["s3://demo/a", "s3://demo/b"]
    assert "Skipped 6 entries of the list of objects" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [{"data": METAS}, {"demo/a": {"a": {}}, "demo/b": None, "demo/c": [1], "": {}, "/": None}],
)
def test_a_bad_entry_of_metadata_hides_no_other(serve: Serve, answer: Any) -> None:
    app = Flask("odd")
    app.add_url_rule("/meta", view_func=lambda: jsonify(answer))
    url = serve(app).url
    assert remote.get_metadata_from_remote(url) == {"s3://demo/a": {"a": {}}, "s3://demo/b": {}}
    assert remote.get_metadata_from_remote(url, "demo/a") == {"a": {}}


@pytest.mark.parametrize("answer", [PLACES, {"data": PLACES}])
def test_a_bad_entry_of_a_query_hides_no_other(serve: Serve, answer: Any) -> None:
    app = Flask("odd")
    app.add_url_rule("/get", view_func=lambda: jsonify(answer))
    assert remote.get_s3_path(serve(app).url, "x") == {
        "s3://demo/a": {"s3_endpoint": "https://s3.example.org", "modo_path": "s3://demo/a"},
        "s3://demo/b": {"s3_endpoint": None, "modo_path": "s3://demo/b"},
    }


@pytest.mark.parametrize("answer", [[None], {"data": None}, {"data": [None]}, {"modos": None}])
def test_nothing_but_null_is_nothing(serve: Serve, answer: Any) -> None:
    app = Flask("odd")
    for path in ("list", "meta", "get"):
        app.add_url_rule(f"/{path}", path, lambda: jsonify(answer))
    url = serve(app).url
    assert remote.list_remote_items(url) == []
    assert remote.get_s3_path(url, "x") == {}
    if isinstance(answer, dict) and "data" in answer:
        assert remote.get_metadata_from_remote(url) == {}


def test_a_number_that_python_does_not_read_refuses_no_answer(serve: Serve) -> None:
    app = Flask("long")
    app.add_url_rule("/meta", view_func=lambda: f'{{"data": [{METAS_TEXT}, {LONG}]}}')
    found = remote.get_metadata_from_remote(serve(app).url)
    assert found["s3://demo/a"] == {"a": {}}
    assert found["s3://demo/b"] == {"b": {"number": float("inf"), "text": "\ud83d"}}


def test_an_s3_path_is_recognized() -> None:
    assert remote.is_s3_path("s3://bucket/object")
    assert not remote.is_s3_path("bucket/object")
    assert not remote.is_s3_path("https://s3.example.org/bucket")
