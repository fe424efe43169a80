"""The three backends behind one face, so that one contract is run over all of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.storage import LocalStorage, S3Storage

if TYPE_CHECKING:
    from pathlib import Path

    import zarr

    from modos_widgets.storage import Storage
    from tests.parts.s3 import S3Server

_numbers = itertools.count()
BACKENDS = ("local", "moto", "seaweedfs")


def at(root: zarr.Group, path: str) -> Any:
    """Return a member, of whatever kind."""
    return root[path]


class Place:
    """Where objects of one backend are made, and read behind the storage's back."""

    def __init__(self, kind: str, root: Path, server: S3Server | None, bucket: str) -> None:
        self.kind = kind
        self.root = root
        self.server = server
        self.bucket = bucket
        self.prefix = f"place{next(_numbers)}"

    def make(self, name: str = "ex", **mode: Any) -> Storage:
        if self.server is None:
            return LocalStorage(self.root / name, **mode)
        url = f"s3://{self.bucket}/{self.prefix}/{name}"
        return S3Storage(url, self.server.endpoint, self.server.s3_kwargs, **mode)

    def raw(self, name: str = "ex") -> dict[str, bytes]:
        """Read all that is there with an independent client."""
        if self.server is None:
            folder = self.root / name
            return {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        begin = f"{self.prefix}/{name}/"
        keys = self.server.keys(self.bucket, begin)
        return {key.removeprefix(begin): data for key, data in keys.items()}

    def plant(self, name: str, target: str, data: bytes) -> None:
        """Write a file with an independent client."""
        if self.server is None:
            path = self.root / name / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            key = f"{self.prefix}/{name}/{target}"
            self.server.client().put_object(Bucket=self.bucket, Key=key, Body=data)


@pytest.fixture(scope="session")
def buckets() -> dict[str, str]:
    return {}


def make_place(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    server: S3Server | None = None
    bucket = ""
    if kind != "local":
        server = request.getfixturevalue({"moto": "moto_server"}.get(kind, kind))
        known: dict[str, str] = request.getfixturevalue("buckets")
        if kind not in known:
            known[kind] = server.bucket()
        bucket = known[kind]
    return Place(kind, tmp_path, server, bucket)


@pytest.fixture(params=[
    "local",
    pytest.param("moto", marks=pytest.mark.twin),
    pytest.param("seaweedfs", marks=pytest.mark.real),
])  # fmt: skip
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return make_place(request.param, request, tmp_path)


@pytest.fixture(
    params=[
        pytest.param("moto", marks=pytest.mark.twin),
        pytest.param("seaweedfs", marks=pytest.mark.real),
    ]
)
def remote_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return make_place(request.param, request, tmp_path)


@pytest.fixture
def storage(place: Place) -> Storage:
    return place.make()


@pytest.fixture(autouse=True)
def no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the environment, the cache and the AWS configuration out of the tests."""
    import os  # noqa: PLC0415

    for name in [*os.environ]:
        if name.startswith(("AWS_", "MODOS_")) and name != "MODOS_CAMPAIGN":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
