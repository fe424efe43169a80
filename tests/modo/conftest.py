"""The places that an object can lie in: the local disk, moto, SeaweedFS."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from tests.modo.objects import keys_of, put_local, put_s3

if TYPE_CHECKING:
    from modos_widgets.modo.functions import Mode
    from modos_widgets.modo.object import Modo
    from tests.parts.s3 import S3Server


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the journal of each test to itself."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@dataclass(frozen=True)
class Place:
    """Where objects lie."""

    kind: str
    folder: Path
    server: S3Server | None = None
    bucket: str = ""

    def put(self, keys: dict[str, bytes] | None = None, name: str = "study") -> str:
        keys = keys_of() if keys is None else keys
        if self.server is None:
            return str(put_local(self.folder / name, keys))
        return put_s3(self.server, self.bucket, f"objects/{name}", keys)

    @property
    def services(self) -> dict[str, str] | None:
        return None if self.server is None else {"s3": self.server.endpoint}

    @property
    def s3_kwargs(self) -> dict[str, Any] | None:
        return None if self.server is None else self.server.s3_kwargs

    def open(self, path: str, mode: Mode = "r+") -> Modo:
        return modos_widgets.open_modo(
            path, services=self.services, s3_kwargs=self.s3_kwargs, mode=mode
        )

    def keys(self, path: str) -> dict[str, bytes]:
        """Read every key with another client."""
        if self.server is None:
            folder = Path(path)
            files = (file for file in folder.rglob("*") if file.is_file())
            return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
        prefix = path.removeprefix(f"s3://{self.bucket}/") + "/"
        found = self.server.keys(self.bucket, prefix)
        return {key.removeprefix(prefix): data for key, data in found.items()}

    def attributes(self, path: str, element: str) -> dict[str, Any]:
        """Return an element's attributes, on which its node and the root's copy have to agree."""
        keys = self.keys(path)
        root = json.loads(keys["data.zarr/zarr.json"])
        copy = root["consolidated_metadata"]["metadata"][element]["attributes"]
        node: dict[str, Any] = json.loads(keys[f"data.zarr/{element}/zarr.json"])["attributes"]
        assert node == copy
        return node

    def edit_node(self, path: str, element: str, **attributes: Any) -> None:
        """Change a node behind everybody's back; the root's copy stays as it was."""
        key = f"data.zarr/{element}/zarr.json"
        document = json.loads(self.keys(path)[key])
        document["attributes"].update(attributes)
        self.write(path, key, json.dumps(document, indent=2).encode())

    def write(self, path: str, key: str, data: bytes) -> None:
        if self.server is None:
            file = Path(path) / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            return
        prefix = path.removeprefix(f"s3://{self.bucket}/")
        self.server.client().put_object(Bucket=self.bucket, Key=f"{prefix}/{key}", Body=data)


@pytest.fixture(
    params=[
        "local",
        pytest.param("moto", marks=pytest.mark.twin),
        pytest.param("seaweedfs", marks=pytest.mark.real),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Run a test on the local disk, on moto and on SeaweedFS."""
    return place_of(request, tmp_path)


@pytest.fixture(params=["local", "moto"])
def near(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Run a test on the local disk and on moto, where a real server adds nothing."""
    return place_of(request, tmp_path)


@pytest.fixture(
    params=[
        pytest.param("moto", marks=pytest.mark.twin),
        pytest.param("seaweedfs", marks=pytest.mark.real),
    ]
)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Run a test on moto and on SeaweedFS."""
    return place_of(request, tmp_path)


def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return the place that a fixture's parameter names."""
    if request.param == "local":
        return Place("local", tmp_path)
    server = request.getfixturevalue("moto_server" if request.param == "moto" else "seaweedfs")
    return Place(request.param, tmp_path, server, server.bucket())


@pytest.fixture
def local(tmp_path: Path) -> Place:
    """Run a test on the local disk alone."""
    return Place("local", tmp_path)


@pytest.fixture
def moto(moto_server: S3Server, tmp_path: Path) -> Place:
    """Run a test on moto alone."""
    return Place("moto", tmp_path, moto_server, moto_server.bucket())


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commits to a local object run at the same time."""
    unlocked = lambda *_: contextlib.nullcontext()  # noqa: E731
    monkeypatch.setattr("modos_widgets.modo.commit.commit.object_lock", unlocked)
