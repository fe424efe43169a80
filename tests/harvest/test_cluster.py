"""The same table and the same files, with and without a Dask cluster."""

from __future__ import annotations

import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets import catalog, demo, transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.errors import CancelledError
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.proxy import Request
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
            Client(local) as client,
        ):
            yield client


def test_the_table_is_the_same(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("modos_widgets.harvest.cluster.BATCH", 5)
    with demo.start() as deployment:
        options: dict[str, Any] = {
            "services": {"s3": deployment.s3_endpoint},
            "s3_kwargs": deployment.s3_kwargs,
        }
        source = f"s3://{deployment.bucket}"
        alone = catalog(source, **options)
        together = catalog(source, client=cluster, **options)
        pd.testing.assert_frame_equal(alone, together)
        assert alone.attrs == together.attrs

        path = f"{source}/public/ex"
        one = transfer(path, tmp_path / "one", **options).wait()
        two = transfer(path, tmp_path / "two", client=cluster, **options).wait()
    assert one.drop(columns="path").equals(two.drop(columns="path"))
    names = [file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*")]
    assert names
    for name in names:
        if (tmp_path / "one" / name).is_file():
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    keys = list(cluster.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_groups)))
    assert deployment.s3_kwargs.get("secret", "demo") not in {str(key) for key in keys}


def test_cancelling_ends_the_work_of_the_workers(
    cluster: Any, tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modos_widgets.transport.cluster._FILES", 20)
    source = tmp_path / "x"
    for name in (ROOT_DOCUMENT, *(f"files/f{number}" for number in range(200))):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(b'{"zarr_format": 3, "node_type": "group"}')
    bucket = moto_server.bucket()
    begun = threading.Event()
    with Proxy(moto_server.endpoint, delay=0.3) as proxy:

        def seen(request: Request) -> None:
            if request.method == "PUT":
                begun.set()

        proxy.observe = seen
        going = transfer(
            source,
            f"s3://{bucket}/x",
            services={"s3": proxy.endpoint},
            s3_kwargs=moto_server.s3_kwargs,
            workers=1,
            client=cluster,
        )
        assert begun.wait(60)
        going.cancel()
        with pytest.raises(CancelledError):
            going.wait(60)

        def under_way(dask_scheduler: Any) -> list[str]:
            return [str(key) for key in dask_scheduler.tasks if "modos-transfer" in str(key)]

        end = time.monotonic() + 60
        while cluster.run_on_scheduler(under_way):
            assert time.monotonic() < end
            time.sleep(0.1)
        # a batch that was under way looks twice a second whether to stop
        while True:
            before = proxy.count("PUT")
            time.sleep(2)
            if proxy.count("PUT") == before:
                break
            assert time.monotonic() < end
        assert proxy.count("PUT") < 40  # of 201: two batches of 20 are under way at most
    assert f"x/{ROOT_DOCUMENT}" not in moto_server.keys(bucket)
