"""Threads and processes: no two locks are ever waited for crosswise, no child waits for ever."""

from __future__ import annotations

import os
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import background, remote
from modos_widgets.errors import AlreadyExistsError, StorageError
from modos_widgets.session.file_download import download
from modos_widgets.session.session import Session
from modos_widgets.storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.progress import Progress

ONE, OTHER = "http://127.0.0.1:9", "http://127.0.0.1:10"


def test_a_sign_in_may_end_while_another_endpoint_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    session = Session(ONE)
    refresh, going, arrived = session.refresh, threading.Event(), threading.Event()

    def late() -> Any:
        if threading.current_thread().name == "sign-in":
            arrived.set()
            going.wait(0.5)  # the sign-in holds its lock, and asks for the session's next
        return refresh()

    monkeypatch.setattr(session, "refresh", late)
    account = remote.Account("me", "me", None, (), (), ONE, renews=True)
    signing_in = threading.Thread(
        target=lambda: session.sign_in._become(
            session.sign_in._turn,
            "signed in",
            account=account,
        ),
        name="sign-in",
        daemon=True,
    )
    choosing = threading.Thread(target=lambda: session.go(OTHER), daemon=True)
    signing_in.start()
    assert arrived.wait(10)
    choosing.start()
    for thread in (choosing, signing_in):
        thread.join(20)
        assert not thread.is_alive()
    session.close()
    assert session.endpoint == OTHER


def test_a_forked_child_works_in_the_background_too() -> None:
    assert background.run(lambda: 1).result(10) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that forking with threads is risky
        child = os.fork()
    if not child:
        status = 1
        try:
            status = 0 if background.run(lambda: 2).result(10) == 2 else 1
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_download_does_not_replace_a_file_created_in_the_meantime(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "x")
    storage.put([b"content"], "reads.cram")
    goal = tmp_path / "reads.cram"

    def meanwhile(_: Progress) -> None:
        goal.write_bytes(b"of a colleague")

    with pytest.raises(AlreadyExistsError, match="in the meantime"):
        download(storage, "reads.cram", tmp_path, on_progress=meanwhile)
    assert goal.read_bytes() == b"of a colleague"
    assert {one.name for one in tmp_path.iterdir()} == {"x", "reads.cram"}


def test_a_full_disk_raises_an_error_of_this_package(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "x")
    storage.put([b"content"], "reads.cram")

    def full(_: Progress) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        download(storage, "reads.cram", tmp_path, on_progress=full)
    assert not (tmp_path / "reads.cram").exists()
