"""Starting and ending deployments."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import requests
import s3fs

from modos_widgets import demo
from modos_widgets.errors import MissingExtraError, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path


def process_of(deployment: demo.Deployment) -> psutil.Process:
    return psutil.Process(deployment._process.pid)


def ended(pid: int, seconds: float = 10) -> bool:
    """Return whether a process ends within the time; a zombie has ended."""
    try:
        process = psutil.Process(pid)
        process.wait(seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def is_running(deployment: demo.Deployment) -> bool:
    return deployment.running


def filesystem(deployment: demo.Deployment, **options: Any) -> s3fs.S3FileSystem:
    return s3fs.S3FileSystem(
        endpoint_url=deployment.s3_endpoint,
        use_listings_cache=False,
        skip_instance_cache=True,
        **options,
    )


def test_it_is_usable_in_under_three_seconds() -> None:
    before = time.process_time()
    with demo.start() as running:
        answer = requests.get(f"{running.endpoint}/list", timeout=10).json()
        used = process_of(running).cpu_times()
        # processor time, as that does not depend on what else the machine does
        took = used.user + used.system + time.process_time() - before
    assert answer["data"] == list(running.objects)
    assert took < 3


def test_only_the_loopback_is_listened_on(deployment: demo.Deployment) -> None:
    listening = [c for c in process_of(deployment).net_connections() if c.status == "LISTEN"]
    assert len(listening) == 3
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def test_everybody_may_read_and_write_without_a_key(deployment: demo.Deployment) -> None:
    anonymous = filesystem(deployment, anon=True)
    anonymous.pipe_file("demo/scratch/note.txt", b"hello")
    assert anonymous.cat_file("demo/scratch/note.txt") == b"hello"
    anonymous.rm_file("demo/scratch/note.txt")
    assert len(anonymous.ls("demo/smoc")) == 18


def test_the_credentials_of_the_handle_work(deployment: demo.Deployment) -> None:
    store = filesystem(deployment, **deployment.s3_kwargs)
    assert store.cat_file("demo/public/ex/demo1.cram")[:4] == b"CRAM"


def test_a_refresh_finds_later_writes(deployment: demo.Deployment) -> None:
    store = filesystem(deployment, anon=True)
    document = store.cat_file("demo/public/ex/data.zarr/zarr.json")
    store.pipe_file("demo/own/copy/data.zarr/zarr.json", document.replace(b'"ex"', b'"copy"'))
    paths = requests.get(f"{deployment.endpoint}/list", timeout=10).json()["data"]
    assert "s3://demo/own/copy" in paths
    metadata = requests.get(f"{deployment.endpoint}/meta", timeout=10).json()["data"]
    found = next(one["meta"] for one in metadata if one["path"] == "s3://demo/own/copy")
    assert next(iter(found)) == "copy"
    assert found["sample/sample1"]["sex"] == "Male"


def test_two_deployments_share_nothing(deployment: demo.Deployment, other: demo.Deployment) -> None:
    assert other.endpoint != deployment.endpoint
    filesystem(other, anon=True).pipe_file("demo/only/here.txt", b"x")
    assert not filesystem(deployment, anon=True).exists("demo/only/here.txt")
    assert filesystem(other, anon=True).exists("demo/only/here.txt")


def test_contents_and_dates_are_the_same_at_each_start(
    deployment: demo.Deployment, other: demo.Deployment
) -> None:
    def listing(running: demo.Deployment) -> dict[str, Any]:
        found = filesystem(running, anon=True).find("demo/smoc", detail=True)
        return {key: (e["size"], e["ETag"], e["LastModified"]) for key, e in found.items()}

    assert listing(other) == listing(deployment)


def test_stopping_ends_the_process_and_may_be_repeated() -> None:
    running = demo.start()
    process = process_of(running)
    assert is_running(running)
    assert repr(running) == "<Deployment running: 24 objects in s3://demo>"
    running.stop()
    running.stop()
    assert not process.is_running()
    assert not is_running(running)
    assert repr(running) == "<Deployment stopped: 24 objects in s3://demo>"


def test_an_unreferenced_handle_ends_its_process() -> None:
    process = process_of(demo.start())
    gc.collect()
    assert ended(process.pid)


def test_a_killed_process_is_reported_in_the_state() -> None:
    running = demo.start()
    process_of(running).kill()
    running._process.wait()
    assert not running.running
    running.stop()


PARENT = """
import os, sys, threading, time
from modos_widgets import demo
handles = []
thread = threading.Thread(target=lambda: handles.append(demo.start()))
thread.start()
thread.join()  # the demo has to outlive the thread that started it
running = handles[0]
print(running._process.pid, flush=True)
{then}
"""


def run_parent(then: str) -> tuple[subprocess.Popen[str], int]:
    code = PARENT.format(then=textwrap.dedent(then))
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize(
    "then",
    ["sys.exit(3)", "os._exit(1)", "os.kill(os.getpid(), 9)"],
)
def test_it_ends_with_its_parent_however_that_ends(then: str) -> None:
    parent, pid = run_parent(then)
    parent.communicate()
    assert ended(pid)


def test_it_ends_with_a_killed_parent_that_has_forked() -> None:
    parent, pid = run_parent(
        """
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        print(child, flush=True)
        time.sleep(30)
        """
    )
    assert parent.stdout is not None
    forked = int(parent.stdout.readline())
    parent.kill()
    assert ended(pid), "the fork holds the pipe open, so the id of the parent has to tell"
    os.kill(forked, signal.SIGKILL)
    parent.communicate()


def test_it_outlives_the_starting_thread_and_an_interrupt_for_the_kernel() -> None:
    parent, pid = run_parent(
        """
        import signal
        # where the tests run in the background, interrupts are ignored from the start
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            os.killpg(os.getpgid(0), signal.SIGINT)  # as jupyter_client does
            time.sleep(30)
        except KeyboardInterrupt:
            time.sleep(1.5)  # longer than the child takes to look at its parent
            import requests
            print(requests.get(running.endpoint, timeout=5).status_code, flush=True)
        """
    )
    output, _ = parent.communicate(timeout=20)
    assert output == "200\n"
    assert ended(pid)


def test_modules_beside_the_notebook_do_not_shadow_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flask.py").write_text("raise RuntimeError('the wrong flask')\n")
    monkeypatch.chdir(tmp_path)
    with demo.start() as running:
        assert running.running


def test_a_missing_extra_is_named_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "modos_widgets.serving.extras.find_spec",
        lambda name: None if name == "moto" else find(name),
    )
    with pytest.raises(MissingExtraError, match=r"moto.*pip install 'modos-widgets\[demo\]'"):
        demo.start()


def test_a_child_that_fails_says_why_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = psutil.Process().children()
    monkeypatch.setattr("modos_widgets.demo.deployment._CHILD", "modos_widgets.demo.nowhere")
    with pytest.raises(UnreachableError, match="No module named"):
        demo.start()
    assert psutil.Process().children() == before
