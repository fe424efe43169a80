"""Open, tabulate and commit: ours against the straight zarr way, in one run.

    python -m benchmarks.curation

Requests and sequential round trips are counted by a proxy, behind 50 ms of added delay;
they do not wobble. Times and CPU do: the best of several runs is given.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

import modos_widgets
from modos_widgets.archive import Hierarchy
from modos_widgets.modo.metadata_frame import frame_of
from modos_widgets.modo.validation.metadata_checks import check_object
from modos_widgets.storage import S3Storage
from tests.modo.objects import ROOT, keys_of, many, put_s3
from tests.parts.proxy import Proxy
from tests.parts.s3 import S3Server

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY = 0.05


def best(
    work: Callable[[], Any], times: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Run several times and give the shortest; what comes out is thrown away off the clock."""
    taken = []
    for _ in range(times):
        begin = clock()
        kept = work()
        taken.append(clock() - begin)
        del kept
    return min(taken)


def counted(proxy: Proxy, work: Callable[[], Any]) -> tuple[int, int, float]:
    proxy.reset()
    begin = time.perf_counter()
    work()
    return len(proxy.requests), proxy.round_trips, time.perf_counter() - begin


def straight(proxy: Proxy, server: S3Server, url: str) -> tuple[zarr.Group, Any]:
    """Open an archive with zarr and s3fs, as its documentation says."""
    files = S3FileSystem(
        asynchronous=True,
        endpoint_url=proxy.endpoint,
        use_listings_cache=False,
        skip_instance_cache=True,
        **server.s3_kwargs,
    )
    store = zarr.storage.FsspecStore(files, path=url.removeprefix("s3://") + "/data.zarr")
    return zarr.open_group(store, mode="r+"), store


def straight_frame(proxy: Proxy, server: S3Server, url: str) -> Any:
    group, _ = straight(proxy, server, url)
    return {name: dict(member.attrs) for name, member in group.members(max_depth=None)}


def straight_commit(proxy: Proxy, server: S3Server, url: str, element: str) -> None:
    group, store = straight(proxy, server, url)
    group[element].attrs["name"] = "straight"
    zarr.consolidate_metadata(store, zarr_format=3)


def ours(proxy: Proxy, server: S3Server, url: str, mode: Any = "r") -> Any:
    return modos_widgets.open_modo(
        url, services={"s3": proxy.endpoint}, s3_kwargs=server.s3_kwargs, mode=mode
    )


def remote(server: S3Server) -> list[tuple[str, str, str]]:
    bucket = server.bucket()
    small = put_s3(server, bucket, "small", keys_of(many(182)))
    large = put_s3(server, bucket, "large", {
        key: data for key, data in keys_of(many(4545)).items() if key == "data.zarr/zarr.json"
    })  # fmt: skip
    rows = []
    with Proxy(server.endpoint, delay=DELAY) as proxy:
        ours(proxy, server, small).metadata  # noqa: B018 - connections are made
        size = len(server.keys(bucket, "large/data.zarr/zarr.json")["large/data.zarr/zarr.json"])
        requests, trips, _ = counted(proxy, lambda: ours(proxy, server, large).frame())
        rows.append(
            (
                "open 5,000 elements and have their frame",
                f"{requests} request, {trips} round trip",
                "",
            )
        )
        storage = S3Storage(large, proxy.endpoint, server.s3_kwargs, mode="r")
        raw = full = opened = 9.0
        for _ in range(20):  # one after the other: what else runs here hits both
            raw = min(raw, best(lambda: storage.read("data.zarr/zarr.json"), 1))
            full = min(full, best(lambda: ours(proxy, server, large).frame(), 1))
            opened = min(opened, best(lambda: ours(proxy, server, large), 1))
        rows.append((
            f"the same in time ({size / 2**20:.1f} MiB at {DELAY * 1000:.0f} ms)",
            f"{full * 1000:.0f} ms ({opened * 1000:.0f} ms without the frame)",
            f"{raw * 1000:.0f} ms one raw GET: {full / raw:.2f} times",
        ))  # fmt: skip
        requests, trips, took = counted(proxy, lambda: straight_frame(proxy, server, large))
        rows.append(
            (
                "  the straight zarr way",
                "",
                f"{requests} requests, {trips} round trips, {took * 1000:.0f} ms",
            )
        )

        def commit(name: str) -> None:
            draft = ours(proxy, server, small, "r+").edit()
            draft.set("sample/s000007", "name", name)
            proxy.reset()
            draft.commit()

        commit("warm")
        took = best(lambda: commit(str(time.perf_counter())), 5)
        counts = (
            f"{len(proxy.requests)} requests, {proxy.round_trips} round trips, "
            f"{took * 1000:.0f} ms with opening"
        )
        requests, trips, took = counted(
            proxy, lambda: straight_commit(proxy, server, small, "sample/s000007")
        )
        rows.append((
            "commit of one element among 200",
            counts,
            f"{requests} requests, {trips} round trips, {took * 1000:.0f} ms",
        ))  # fmt: skip
    return rows


def local() -> list[tuple[str, str, str]]:
    metadata = {"study": ROOT, **many(90_910)}
    frame = best(lambda: frame_of(metadata), 5, time.process_time)
    import pandas as pd  # noqa: PLC0415

    plain = best(
        lambda: pd.DataFrame.from_records(list(metadata.values()), index=list(metadata)),
        3,
        time.process_time,
    )
    ten = {"study": ROOT, **many(9_090)}
    check = best(lambda: check_object("x", "study", ten), 5, time.process_time)
    data = keys_of(many(9_090))["data.zarr/zarr.json"]
    parse = best(lambda: Hierarchy.parse(data), 5, time.process_time)
    loads = best(lambda: json.loads(data), 5, time.process_time)
    return [
        (
            f"{len(metadata):,} elements to a DataFrame (CPU)",
            f"{frame * 1000:.0f} ms",
            f"{plain * 1000:.0f} ms DataFrame.from_records",
        ),
        (f"validate {len(ten):,} elements (CPU)", f"{check * 1000:.0f} ms", ""),
        (
            f"parse a root of {len(data) / 2**20:.1f} MiB (CPU)",
            f"{parse * 1000:.0f} ms",
            f"{loads * 1000:.0f} ms json.loads alone",
        ),
    ]


def main() -> None:
    """Print the table."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = str(Path(state))
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        rows = [*remote(S3Server("moto", f"http://{host}:{port}")), *local()]
        server.stop()
    about = (
        f"`python -m benchmarks.curation`: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, zarr {zarr.__version__}, moto on loopback behind "
        f"{DELAY * 1000:.0f} ms; load average {os.getloadavg()[0]:.0f}. Requests and round trips "
        "do not wobble, times do."
    )
    table = [
        "# Curation: measured",
        "",
        about,
        "",
        "| job | modos_widgets | straight way |",
        "|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    print("\n".join(table))
    Path(__file__).with_suffix(".md").write_text("\n".join(table) + "\n")


if __name__ == "__main__":
    main()
