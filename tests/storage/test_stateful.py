"""A storage and a dict, driven side by side."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from modos_widgets.errors import AlreadyExistsError, ChangedError, NotFoundError, PathError
from modos_widgets.storage import LocalStorage, S3Storage

if TYPE_CHECKING:
    from modos_widgets.storage import Storage
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

CAMPAIGN = os.environ.get("MODOS_CAMPAIGN") == "1"
# folders and files have names of their own: that a file is in a folder's way is another test's
FOLDERS = st.lists(st.sampled_from(["a", "a-b", "a b", "ü", "x*"]), max_size=2)
FILES = st.sampled_from(["f.txt", "f", "f-1", "[f]?", "é+%23"])
TARGETS = st.tuples(FOLDERS, FILES).map(lambda pair: "/".join([*pair[0], pair[1]]))
CONTENTS = st.binary(max_size=20)


class SideBySide(RuleBasedStateMachine):
    """Every rule does the same to both."""

    storage: Storage

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, bytes] = {}
        self.make()

    def make(self) -> None:
        raise NotImplementedError

    @rule(name=TARGETS, data=CONTENTS)
    def put(self, name: str, data: bytes) -> None:
        self.storage.put([data], name)
        self.model[name] = data

    @rule(name=TARGETS, data=CONTENTS, fresh=st.booleans())
    def write(self, name: str, data: bytes, *, fresh: bool) -> None:
        known = self.storage.read_many([name])[name]
        assert (known and known.data) == self.model.get(name)
        expected = '"stale"' if not fresh else known.etag if known else None
        if fresh:
            self.storage.write(name, data, expected=expected)
            self.model[name] = data
        else:
            with pytest.raises(ChangedError):
                self.storage.write(name, data, expected=expected)

    @rule(name=TARGETS)
    def remove(self, name: str) -> None:
        self.storage.remove(name)
        self.model.pop(name, None)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove_folder(self, data: Any) -> None:
        target = data.draw(st.sampled_from(sorted(self.model)))
        folder = target.rpartition("/")[0]
        if not folder:
            return
        with pytest.raises(PathError):
            self.storage.remove(folder)
        self.storage.remove(folder, recursive=True)
        self.model = {k: v for k, v in self.model.items() if not k.startswith(folder + "/")}

    @precondition(lambda self: self.model)
    @rule(data=st.data(), name=TARGETS, overwrite=st.booleans())
    def move(self, data: Any, name: str, *, overwrite: bool) -> None:
        source = data.draw(st.sampled_from(sorted(self.model)))
        if name in self.model and not overwrite and name != source:
            with pytest.raises(AlreadyExistsError):
                self.storage.move(source, name)
            return
        self.storage.move(source, name, overwrite=overwrite)
        self.model[name] = self.model.pop(source)

    @rule(name=TARGETS)
    def read(self, name: str) -> None:
        assert self.storage.exists(name) == (name in self.model)
        if name in self.model:
            with self.storage.open(self.storage.path / name) as file:
                assert file.read() == self.model[name]
        else:
            with pytest.raises(NotFoundError):
                self.storage.open(name)

    @invariant()
    def listings_agree(self) -> None:
        expected = sorted(Path(name) for name in self.model)
        files = {entry.name: entry.size for entry in self.storage.files()}
        assert [Path(name) for name in files] == expected
        assert files == {name: len(data) for name, data in self.model.items()}
        assert [p for p in self.storage.list() if p.parts[0] != "data.zarr"] == expected


SETTINGS = settings(
    max_examples=20 if CAMPAIGN else 3,
    stateful_step_count=20 if CAMPAIGN else 8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_local() -> None:
    class Local(SideBySide):
        def make(self) -> None:
            self.folder = Path(tempfile.mkdtemp())
            self.storage = LocalStorage(self.folder / "ex")

        def teardown(self) -> None:
            shutil.rmtree(self.folder)

    run_state_machine_as_test(Local, settings=settings(SETTINGS, max_examples=30))


def remote(server: S3Server) -> None:
    bucket = server.bucket()
    numbers = iter(range(10**9))

    class Remote(SideBySide):
        def make(self) -> None:
            url = f"s3://{bucket}/{next(numbers)}"
            self.storage = S3Storage(url, server.endpoint, server.s3_kwargs)

    run_state_machine_as_test(Remote, settings=SETTINGS)


def test_moto(moto_server: S3Server) -> None:
    remote(moto_server)


@pytest.mark.real
def test_seaweedfs(seaweedfs: S3Server) -> None:
    remote(seaweedfs)
