"""The same table and the same files, with and without a Dask cluster."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets import catalog, demo, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
