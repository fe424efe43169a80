from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import modos_widgets
from modos_widgets import remote
from modos_widgets.archive import Hierarchy
from modos_widgets.demo.server import create_app, listen
from modos_widgets.errors import BrokenArchiveError, NotFoundError, OptionError
from modos_widgets.modo.data_paths import file_in_object
from tests.modo.objects import ELEMENTS, ROOT, keys_of, put_local, put_s3
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place
    from tests.parts.s3 import S3Server


def test_a_local_object_shows_its_root_and_elements(tmp_path: Path) -> None:
    modo = modos_widgets.open_modo(put_local(tmp_path / "study"))
    assert modo.id == "study"
    assert modo.metadata == {"study": ROOT, **ELEMENTS}
    frame = modo.frame()
    assert list(frame.index) == ["study", *ELEMENTS]
    assert frame.columns[0] == "@type"
    assert frame.loc["data/d1", "has_sample"] == ["sample/s1"]
    assert frame.loc["sample/s1", "data_path"] is None
    assert modo.hierarchy.consolidated
    assert [node.path for node in modo.hierarchy.children("sample")] == ["sample/s1", "sample/s2"]


def test_metadata_and_frames_are_copies(tmp_path: Path) -> None:
    modo = modos_widgets.open_modo(put_local(tmp_path / "study"))
    modo.metadata["data/d1"]["has_sample"].append("x")
    modo.frame().loc["data/d1", "has_sample"].append("x")  # type: ignore[union-attr]
    assert modo.metadata["data/d1"]["has_sample"] == ["sample/s1"]


def test_a_path_without_an_object_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        modos_widgets.open_modo(tmp_path / "no" / "such")
    with pytest.raises(NotFoundError):
        modos_widgets.open_modo(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_are_listed_with_the_elements_that_name_them(tmp_path: Path) -> None:
    keys = keys_of() | {"notes.txt": b"hello"}
    files = modos_widgets.open_modo(put_local(tmp_path / "study", keys)).files()
    assert list(files.index) == ["d1.cram", "d1.cram.crai", "notes.txt", "r1.fa", "r1.fa.fai"]
    assert files.loc["d1.cram", "size"] == 20
    assert list(files["named_by"]) == ["data/d1", "data/d1", "", "reference/r1", "reference/r1"]
    assert isinstance(files["modified"].dtype, pd.DatetimeTZDtype)


def test_a_remote_object_is_opened_by_one_request(moto_server: S3Server, tmp_path: Path) -> None:
    bucket = moto_server.bucket()
    url = put_s3(moto_server, bucket, "studies/study")
    local = modos_widgets.open_modo(put_local(tmp_path / "study")).frame()
    with Proxy(moto_server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            url, services={"s3": proxy.endpoint}, s3_kwargs=moto_server.s3_kwargs
        )
        frame = modo.frame()
        assert modo.hierarchy.consolidated
        assert [request.method for request in proxy.requests] == ["GET"]
    pd.testing.assert_frame_equal(frame, local)
    assert modo.path == url


def test_a_token_of_the_command_line_is_ignored_without_a_key_service(
    moto_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    header, payload = (
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b"{}", b'{"exp":4e9}')
    )
    remote.JWT(f"{header}.{payload}.x").to_cache()
    url = put_s3(moto_server, moto_server.bucket(), "study")
    app = create_app({}, services={"s3": moto_server.endpoint})
    server = listen(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        assert remote.account(endpoint) is not None
        assert modos_widgets.open_modo(url, endpoint=endpoint).id == "study"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_archive_without_consolidated_metadata_reads_the_same(
    moto_server: S3Server, tmp_path: Path
) -> None:
    keys = keys_of(consolidated=False)
    local = modos_widgets.open_modo(put_local(tmp_path / "study", keys))
    assert not local.hierarchy.consolidated
    assert local.metadata == {"study": ROOT, **ELEMENTS}
    url = put_s3(moto_server, moto_server.bucket(), "study", keys)
    with Proxy(moto_server.endpoint, delay=0.1) as proxy:
        modo = modos_widgets.open_modo(
            url, services={"s3": proxy.endpoint}, s3_kwargs=moto_server.s3_kwargs
        )
        assert modo.metadata == local.metadata
        assert proxy.round_trips <= 8


def test_a_root_without_an_id_is_called_by_its_folder(tmp_path: Path) -> None:
    root = {key: value for key, value in ROOT.items() if key != "id"}
    modo = modos_widgets.open_modo(put_local(tmp_path / "P-0001", keys_of(root=root)))
    assert modo.id == "P-0001"
    assert next(iter(modo.metadata)) == "P-0001"


def test_a_root_with_the_id_of_an_element_hides_nothing(tmp_path: Path) -> None:
    keys = keys_of(root={**ROOT, "id": "sample/s1"})
    modo = modos_widgets.open_modo(put_local(tmp_path / "P-0001", keys))
    assert len(modo.metadata) == 1 + len(ELEMENTS)
    assert modo.metadata["sample/s1"] == ELEMENTS["sample/s1"]


@pytest.mark.parametrize("attributes", [[], "text", 5, None])
def test_metadata_that_are_no_dict_are_a_broken_node(tmp_path: Path, attributes: Any) -> None:
    keys = keys_of({**ELEMENTS, "sample/odd": attributes})
    modo = modos_widgets.open_modo(put_local(tmp_path / "study", keys))
    assert modo.hierarchy.nodes["sample/odd"].kind == "broken"
    assert modo.metadata["sample/odd"] == {}
    assert modo.metadata["sample/s1"] == ELEMENTS["sample/s1"]


def test_unpaired_surrogates_and_deep_values_hide_nothing(tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    odd = {"\ud800": "\ud800", "deep": deep}
    keys = keys_of({**ELEMENTS, "sample/odd": {"@type": "Sample", **odd}})
    modo = modos_widgets.open_modo(put_local(tmp_path / "study", keys))
    assert modo.frame().loc["sample/odd", "\ud800"] == "\ud800"
    found = {one.slot for one in modo.validate().of_code("not_portable")}
    assert found == {"\ud800", "deep"}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b'{"zarr_format": 3, "node_type": "group", "attributes": 1}']
)
def test_an_unreadable_root_is_reported(data: bytes) -> None:
    with pytest.raises((BrokenArchiveError, modos_widgets.errors.UnsupportedError)):
        Hierarchy.parse(data)


def test_arrays_and_their_facts_are_in_the_hierarchy(tmp_path: Path) -> None:
    import zarr  # noqa: PLC0415

    folder = put_local(tmp_path / "study", keys_of(consolidated=False))
    group = zarr.open_group(folder / "data.zarr" / "data" / "d1", mode="r+")
    group.create_array(
        "counts", shape=(4, 6), chunks=(2, 3), dtype="int32", dimension_names=["var", "obs"]
    )
    facts = modos_widgets.open_modo(folder).hierarchy.nodes["data/d1/counts"].array
    assert facts is not None
    assert (facts.shape, facts.dtype, facts.chunks) == ((4, 6), "int32", (2, 3))
    assert facts.dimension_names == ("var", "obs")
    assert facts.fill_value == 0


def test_an_old_archive_is_read(tmp_path: Path) -> None:
    import zarr  # noqa: PLC0415

    root = zarr.create_group(tmp_path / "old" / "data.zarr", zarr_format=2, attributes=ROOT)
    sample = root.create_group("sample")
    sample.create_group("s1", attributes=ELEMENTS["sample/s1"])
    modo = modos_widgets.open_modo(tmp_path / "old")
    assert modo.metadata == {"study": ROOT, "sample/s1": ELEMENTS["sample/s1"]}
    zarr.consolidate_metadata(tmp_path / "old" / "data.zarr", zarr_format=2)
    again = modos_widgets.open_modo(tmp_path / "old")
    assert again.hierarchy.consolidated
    assert again.metadata == modo.metadata


def test_unknown_options_are_refused_by_name(tmp_path: Path) -> None:
    folder = put_local(tmp_path / "study")
    with pytest.raises(OptionError, match="x"):
        modos_widgets.open_modo(folder, mode="x")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="s4"):
        modos_widgets.open_modo("s3://b/k", services={"s4": "http://127.0.0.1:1"})
    with pytest.raises(OptionError, match="no S3 service"):
        modos_widgets.open_modo("s3://bucket/k")
    with pytest.raises(OptionError, match="colour"):
        modos_widgets.open_modo(
            "s3://bucket/k", services={"s3": "http://127.0.0.1:1"}, s3_kwargs={"colour": "red"}
        )


def test_a_refresh_sees_what_others_wrote(tmp_path: Path) -> None:
    folder = put_local(tmp_path / "study")
    modo = modos_widgets.open_modo(folder)
    assert modo.metadata
    assert not modo.refresh()
    put_local(folder, keys_of({**ELEMENTS, "sample/s3": {"@type": "Sample"}}))
    assert modo.refresh()
    assert "sample/s3" in modo.metadata


def test_names_that_an_html_page_would_run_are_only_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    keys = keys_of(root={**ROOT, evil: evil})
    modo = modos_widgets.open_modo(put_local(tmp_path / "study", keys))
    assert modo.metadata["study"][evil] == evil
    assert json.loads(keys["data.zarr/zarr.json"])["attributes"][evil] == evil


def test_data_paths_are_found_within_the_object() -> None:
    url = "s3://bucket/study"
    assert file_in_object("a/b.cram", url) == "a/b.cram"
    assert file_in_object("./a.cram", url) == "a.cram"
    assert file_in_object("s3://bucket/study/a.cram", url) == "a.cram"
    assert file_in_object("file:///x/study/a%20b.cram", "/x/study") == "a b.cram"
    for elsewhere in ("../a", "/a", "s3://bucket/study2/a", "https://example.org/a", "", 5, None):
        assert file_in_object(elsewhere, url) is None


def test_a_hierarchy_is_short_to_read(local: Place) -> None:
    path = local.put()
    assert repr(local.open(path).hierarchy) == "Hierarchy(11 nodes, consolidated)"
    bare = local.put(keys_of(consolidated=False), name="bare")
    assert repr(local.open(bare).hierarchy) == "Hierarchy(11 nodes, read node by node)"
