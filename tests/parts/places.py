"""Small places to look at: a modos server on loopback, an object in a folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from modos_widgets.session.bookmarks import Bookmarks


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("MODOS_ENDPOINT", "MODOS_ALLOW_HTTP"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def remembered(tmp_path: Path) -> Bookmarks:
    from modos_widgets.session.bookmarks import Bookmarks  # noqa: PLC0415

    return Bookmarks(tmp_path / "remembered.json")


ServeApp = Callable[["Flask"], str]


@pytest.fixture
def serve_app() -> Iterator[ServeApp]:
    from modos_widgets.demo.server import listen  # noqa: PLC0415

    running = []

    def start(app: Flask) -> str:
        server = listen(app)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def app_of(*names: str, **settings: Any) -> Flask:
    from modos_widgets.demo.server import create_app  # noqa: PLC0415

    objects = {
        f"demo/smoc/{name}": {name: {"@type": "MODO"}, "sample/s1": {"@type": "Sample"}}
        for name in names
    }
    return create_app(objects, services=settings.pop("services", {}), **settings)


def wait_until(condition: Callable[[], object], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)


def make_object(folder: Path, name: str = "study") -> Path:
    import zarr  # noqa: PLC0415

    path = folder / name
    root = zarr.create_group(path / "data.zarr", attributes={"@type": "MODO", "id": name})
    root.create_group("sample/s1", attributes={"@type": "Sample", "name": "<img src=x>"})
    (path / "reads.cram").write_bytes(b"x" * 3_000_000)
    return path
