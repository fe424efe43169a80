"""The modos server of the demo speaks the wire contracts."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.demo.server import Generation, create_app, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

OBJECTS: dict[str, Any] = {
    "demo/smoc/P-0001": {"P-0001": {"@type": "MODO"}, "sample/s1": {"sex": "Male"}},
    "demo/smoc/P-0002": {"P-0002": {"@type": "MODO"}},
    "demo/public/ex": {"ex": {"@type": "MODO"}},
}
S3 = "http://s3.example.org"


def client(generation: Generation = "new", **options: Any) -> FlaskClient:
    return create_app(OBJECTS, services={"s3": S3}, generation=generation, **options).test_client()


def test_the_root_names_every_service_and_null_for_the_others() -> None:
    auth = {"url": "http://id.example.org", "client_id": "modos"}
    body = client(auth=auth).get("/").get_json()
    nothing = dict.fromkeys(("htsget", "fuzon", "kms", "refget"))
    assert body == {"status": "success", "auth": auth, "s3": S3, **nothing}
    assert client().get("/").get_json()["auth"] is None


def test_the_list_of_both_generations() -> None:
    paths = ["s3://demo/smoc/P-0001", "s3://demo/smoc/P-0002", "s3://demo/public/ex"]
    assert client().get("/list").get_json() == {"data": paths}
    assert client("old").get("/list").get_json() == {"modos": paths}


def test_the_metadata_of_both_generations() -> None:
    first = client().get("/meta").get_json()["data"][0]
    assert first == {"meta": OBJECTS["demo/smoc/P-0001"], "path": "s3://demo/smoc/P-0001"}
    assert client("old").get("/meta").get_json() == OBJECTS


def test_a_query_finds_exactly_or_similar() -> None:
    def names(url: str) -> list[str]:
        return [name for one in client().get(url).get_json()["data"] for name in one]

    assert names("/get?query=P-0001&fuzzy=false") == ["smoc/P-0001"]
    assert names("/get?query=P-0003&fuzzy=true") == ["smoc/P-0001", "smoc/P-0002"]
    assert names("/get?query=P-0003&fuzzy=false") == []
    assert names("/get?query=s3://demo/public/ex") == ["public/ex"]


def test_a_query_in_the_old_generation_is_a_bare_list() -> None:
    found = client("old").get("/get?query=P-0001&exact_match=true").get_json()
    facts = {"s3_endpoint": S3, "modo_path": "s3://demo/smoc/P-0001"}
    assert found == [{"demo/smoc/P-0001": facts}]


def test_the_bug_of_deployed_servers_can_be_had() -> None:
    assert client(empty_get=True).get("/get?query=P-0001").get_json() == []


def test_errors_are_a_status_with_a_detail() -> None:
    for url, status in (("/nowhere", 404), ("/get", 422)):
        answer = client().get(url)
        assert answer.status_code == status
        assert set(answer.get_json()) == {"detail"}


def may_see(token: str | None) -> Callable[[str], bool] | None:
    parts = {"good": "demo/", "guest": "demo/public/"}
    return (lambda path: path.startswith(parts[token])) if token in parts else None


def test_objects_may_ask_for_a_token_but_the_root_does_not() -> None:
    guarded = client(authorize=may_see)
    assert guarded.get("/").status_code == 200
    assert guarded.get("/list").status_code == 401
    assert guarded.get("/list", headers={"Authorization": "Bearer bad"}).status_code == 401
    assert guarded.get("/list", headers={"Authorization": "bearer good"}).status_code == 200
    seen = guarded.get("/list", headers={"Authorization": "Bearer guest"}).get_json()
    assert seen == {"data": ["s3://demo/public/ex"]}


@pytest.fixture
def port() -> Iterator[int]:
    server = listen(create_app(OBJECTS, services={}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "status"), [("/list", 200), ("//list", 404), ("/list/", 404)])
def test_a_double_slash_is_not_found(port: int, path: str, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    assert connection.getresponse().status == status
    connection.close()
