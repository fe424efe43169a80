"""One table over many objects: one request each, failures told, unchanged objects kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets import catalog, create_modo, open_modo
from modos_widgets.errors import (
    CancelledError,
    CredentialsError,
    NotFoundError,
    OptionError,
    PathError,
)
from modos_widgets.harvest.cache import MetadataCache

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Modo, Progress
    from tests.parts.s3 import S3Server


def group(attributes: dict[str, Any], inline: dict[str, Any] | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    if inline is not None:
        document["consolidated_metadata"] = {
            "kind": "inline",
            "must_understand": False,
            "metadata": inline,
        }
    return document


def documents(name: str, samples: int = 2, *, consolidated: bool = True) -> dict[str, bytes]:
    """Keys of one small object, relative to its prefix."""
    root = {"@type": "MODO", "id": name, "creation_date": "2024-01-01"}
    nodes = {kind: group({}) for kind in ("assay", "data", "reference", "sample", "sequence")}
    for number in range(samples):
        attributes = {"@type": "Sample", "name": f"Sample {number}", "sex": "Male"}
        nodes[f"sample/s{number}"] = group(attributes)
    found = {"zarr.json": group(root, nodes if consolidated else None)}
    found |= {f"{path}/zarr.json": node for path, node in nodes.items()}
    return {f"data.zarr/{path}": json.dumps(node).encode() for path, node in found.items()}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def fill(s3_server: S3Server, bucket: str, names: list[str], **kwargs: Any) -> None:
    client = s3_server.client()
    for name in names:
        for key, data in documents(name.rpartition("/")[2], **kwargs).items():
            client.put_object(Bucket=bucket, Key=f"{name}/{key}", Body=data)


def read(s3_server: S3Server, source: Any, told: list[Progress] | None = None, **more: Any) -> Any:
    return catalog(
        source,
        services={"s3": s3_server.endpoint},
        s3_kwargs=s3_server.s3_kwargs,
        on_progress=None if told is None else told.append,
        **more,
    )


def test_a_bucket_costs_one_get_an_object_and_a_listing_a_folder(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    fill(s3_server, bucket, ["cohort/a", "cohort/b", "public/c"])
    told: list[Progress] = []
    frame = read(s3_server, f"s3://{bucket}", told)
    assert list(frame.index)[:3] == [
        (f"s3://{bucket}/cohort/a", "a"),
        (f"s3://{bucket}/cohort/a", "sample/s0"),
        (f"s3://{bucket}/cohort/a", "sample/s1"),
    ]
    assert len(frame) == 9
    assert frame.attrs == {"failures": [], "cancelled": False}
    listings = len(["", "cohort", "public", "cohort/a", "cohort/b", "public/c"])
    assert told[-1].requests == listings + 3


def test_a_second_harvest_reads_only_what_changed(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    fill(s3_server, bucket, ["a", "b"])
    told: list[Progress] = []
    first = read(s3_server, f"s3://{bucket}")
    again = read(s3_server, f"s3://{bucket}", told)
    pd.testing.assert_frame_equal(first, again)
    assert (told[-1].unchanged, told[-1].bytes_done) == (2, 0)

    fill(s3_server, bucket, ["b"], samples=3)
    changed = read(s3_server, f"s3://{bucket}", told)
    assert len(changed) == len(first) + 1
    assert told[-1].unchanged == 1


def test_failures_are_reported_and_stop_nothing(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    fill(s3_server, bucket, ["good"])
    s3_server.client().put_object(Bucket=bucket, Key="torn/data.zarr/zarr.json", Body=b'{"zarr')
    paths = [f"s3://{bucket}/{name}" for name in ("good", "torn", "none")]
    frame = read(s3_server, paths)
    assert set(frame.index.get_level_values("object")) == {f"s3://{bucket}/good"}
    failures = {entry["path"].rpartition("/")[2]: entry for entry in frame.attrs["failures"]}
    assert set(failures) == {"torn", "none"}
    assert failures["none"]["error"].startswith("NotFoundError: ")
    assert failures["torn"]["error"].startswith("BrokenArchiveError: ")
    assert all(entry["hint"] for entry in failures.values())


def test_an_object_without_consolidated_metadata_is_read_level_by_level(
    s3_server: S3Server,
) -> None:
    bucket = s3_server.bucket()
    fill(s3_server, bucket, ["a"], consolidated=False)
    frame = read(s3_server, f"s3://{bucket}/a")
    assert [element for _, element in frame.index] == ["a", "sample/s0", "sample/s1"]


def test_opened_objects_are_reached_as_they_were_opened(
    moto_server: S3Server, seaweedfs: S3Server, tmp_path: Path
) -> None:
    opened: list[Modo] = []
    for s3_server, consolidated in ((moto_server, True), (seaweedfs, False)):
        bucket = s3_server.bucket()
        fill(s3_server, bucket, ["a"], consolidated=consolidated)
        reach: dict[str, Any] = {"services": {"s3": s3_server.endpoint}}
        opened.append(open_modo(f"s3://{bucket}/a", s3_kwargs=s3_server.s3_kwargs, **reach))
    here = create_modo(tmp_path / "here").path
    all_of_them: list[str | Modo] = [*opened, here]
    told: list[Progress] = []
    for unchanged in (0, 2):
        frame = catalog(iter(all_of_them), on_progress=told.append)
        assert frame.attrs["failures"] == []
        assert dict(frame.groupby(level="object").size()) == {
            **{modo.path: 3 for modo in opened},
            here: 1,
        }
        assert told[-1].unchanged == unchanged
    with pytest.raises(OptionError, match="two different servers or keys"):
        catalog([opened[0], opened[0].path])
    for modo, s3_server in zip(opened, (moto_server, seaweedfs), strict=True):
        assert set(MetadataCache(s3_server.endpoint, s3_server.s3_kwargs["key"]).etags()) == {
            modo.path
        }


def test_a_missing_bucket_is_an_error(s3_server: S3Server) -> None:
    with pytest.raises(NotFoundError, match="no such bucket"):
        read(s3_server, "s3://no-such-bucket-at-all")


def test_wrong_keys_are_an_error(seaweedfs: S3Server) -> None:
    bucket = seaweedfs.bucket()
    with pytest.raises(CredentialsError) as caught:
        catalog(
            f"s3://{bucket}",
            services={"s3": seaweedfs.endpoint},
            s3_kwargs={"key": seaweedfs.key, "secret": "wrong-secret"},
        )
    assert "wrong-secret" not in str(caught.value)


def test_a_cancelled_catalog_contains_the_objects_read_so_far(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    fill(moto_server, bucket, [f"o{number}" for number in range(3)])

    def stop(progress: Progress) -> None:
        raise CancelledError("Enough.")

    frame = catalog(
        f"s3://{bucket}",
        services={"s3": moto_server.endpoint},
        s3_kwargs=moto_server.s3_kwargs,
        on_progress=stop,
    )
    assert frame.attrs["cancelled"] is True


def test_a_folder_is_walked_and_never_below_an_archive(tmp_path: Path) -> None:
    for name in ("x/one", "x/two/deep"):
        for key, data in documents(name.rpartition("/")[2]).items():
            path = tmp_path / "objects" / name / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (tmp_path / "objects" / "loop").symlink_to(tmp_path / "objects", target_is_directory=True)
    frame = catalog(tmp_path / "objects", columns=["sex"])
    assert list(frame.columns) == ["@type", "sex"]
    assert {element for _, element in frame.index} >= {"one", "deep", "sample/s1"}
    assert len(frame) == 6


def test_a_missing_folder_and_odd_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        catalog(tmp_path / "nowhere")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PathError, match="is a file, not a folder"):
        catalog(tmp_path / "notes.txt")
    with pytest.raises(OptionError, match="int"):
        catalog(7)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="Expected a list of names for columns, got str"):
        catalog(tmp_path, columns="sex")
    with pytest.raises(OptionError, match="already a modos server"):
        catalog("https://modos.example.org", endpoint="https://modos.example.org")
