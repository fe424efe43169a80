"""List, harvest and move many objects: ours against s5cmd, the AWS CLI, s3fs and plain zarr.

    make bench            # or: PYTHONPATH=. python benchmarks/many_objects.py [--small]

s5cmd and the AWS CLI are taken from .venv-peers (benchmarks/peers.lock), apart from ours because
the AWS CLI pins botocore. The S3 server is SeaweedFS, once bare and once behind a proxy that adds
50 ms to every answer. Requests and bytes do not wobble; seconds do. Writes
benchmarks/results/many_objects.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import s3fs
import zarr

from modos_widgets import catalog, transfer
from modos_widgets.bulk import BulkClient, wait, walk
from modos_widgets.credentials import S3Options
from tests.parts.proxy import Proxy
from tests.parts.s3 import S3Server, running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.harvest import Progress

PEERS = Path(os.environ.get("MODOS_PEERS", ".venv-peers/bin"))
SMALL = "--small" in sys.argv
OBJECTS, KEYS, ELEMENTS = (50, 100, 50) if SMALL else (1000, 2000, 50)
LISTED = 20 if SMALL else 100  # objects with all their keys: SeaweedFS takes minutes for 2,000,000
FILES = 500 if SMALL else 5000
BIG = (64 if SMALL else 1024) << 20
DELAY = 0.05


@dataclass
class Table:
    """Rows of the result, written as Markdown."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def add(self, job: str, who: str, seconds: float | None, requests: object, note: str) -> None:
        taken = "not here" if seconds is None else f"{seconds:.2f}"
        self.rows.append((job, who, taken, str(requests), note))
        print(" | ".join(self.rows[-1]), flush=True)

    def write(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        head = "| job | who | s | requests | note |\n|---|---|---|---|---|\n"
        lines = "".join(f"| {' | '.join(row)} |\n" for row in self.rows)
        path.write_text(head + lines, encoding="utf-8")


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def root_document(name: str) -> bytes:
    group = {"zarr_format": 3, "node_type": "group"}
    nodes = {
        f"sample/s{number}": {
            **group,
            "attributes": {"@type": "Sample", "name": f"Sample {number}", "sex": "Male"},
        }
        for number in range(ELEMENTS)
    }
    nodes = {"sample": {**group, "attributes": {}}, **nodes}
    document = {
        **group,
        "attributes": {"@type": "MODO", "id": name, "creation_date": "2024-01-01"},
        "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": nodes},
    }
    return json.dumps(document).encode()


def fill(server: S3Server, bucket: str) -> None:
    """Make the objects: all have a root, the first `LISTED` have all their keys."""
    client = BulkClient(S3Options.resolve(server.endpoint, server.s3_kwargs), bucket)

    async def make() -> None:
        for number in range(OBJECTS):
            prefix = f"cohort{number % 10}/o{number:04}"
            await client.put(f"{prefix}/data.zarr/zarr.json", root_document(prefix))
            if number < LISTED:
                await asyncio.gather(
                    *(client.put(f"{prefix}/data.zarr/data/a/c/{k}", b"") for k in range(KEYS))
                )

    wait(make())


@contextmanager
def reached(server: S3Server, delay: float) -> Iterator[tuple[str, Proxy | None]]:
    if not delay:
        yield server.endpoint, None
        return
    with Proxy(server.endpoint, delay=delay) as proxy:
        yield proxy.endpoint, proxy


def options_for(server: S3Server, endpoint: str) -> dict[str, Any]:
    return {"services": {"s3": endpoint}, "s3_kwargs": server.s3_kwargs}


def filesystem(server: S3Server, endpoint: str) -> Any:
    return s3fs.S3FileSystem(
        key=server.key, secret=server.secret, endpoint_url=endpoint, skip_instance_cache=True
    )


def listing(table: Table, server: S3Server, bucket: str) -> None:
    for delay in (0.0, DELAY):
        job = f"list {LISTED} objects x {KEYS} keys, {int(delay * 1000)} ms"
        with reached(server, delay) as (endpoint, proxy):
            client = BulkClient(S3Options.resolve(endpoint, server.s3_kwargs), bucket)

            async def found(client: BulkClient = client) -> int:
                return len([path async for path in walk(client)])

            seconds = timed(lambda found=found: wait(found()))
            table.add(job, "ours (delimiter walk)", seconds, client.counters.read().requests, "")
            if proxy:
                proxy.reset()
            files = filesystem(server, endpoint)
            seconds = timed(lambda files=files: files.find(bucket))
            table.add(job, "s3fs find", seconds, proxy.count() if proxy else "", "")
            run_peer(table, job, server, endpoint, ["ls", f"s3://{bucket}/*"], [])


def harvest(table: Table, server: S3Server, bucket: str) -> None:
    for delay in (0.0, DELAY):
        job = f"harvest {OBJECTS} objects x {ELEMENTS} elements, {int(delay * 1000)} ms"
        with reached(server, delay) as (endpoint, _):
            told: list[Progress] = []
            for name in ("ours", "ours, again (ETags)"):
                options = options_for(server, endpoint)
                seconds = timed(
                    lambda options=options: catalog(
                        f"s3://{bucket}", on_progress=told.append, **options
                    )
                )
                rate = OBJECTS * (ELEMENTS + 1) / seconds
                last = told[-1]
                note = f"{rate:,.0f} rows/s, {last.received:,} bytes"
                table.add(job, name, seconds, last.requests, note)
            files = filesystem(server, endpoint)
            some = OBJECTS if not delay else max(1, OBJECTS // 10)
            paths = [f"{bucket}/cohort{n % 10}/o{n:04}/data.zarr/zarr.json" for n in range(some)]
            seconds = timed(lambda files=files, paths=paths: [files.cat(path) for path in paths])
            table.add(job, "s3fs cat, one by one", seconds * OBJECTS / some, OBJECTS, "scaled")
            seconds = timed(lambda files=files, paths=paths: files.cat(paths))
            table.add(job, "s3fs cat, many", seconds * OBJECTS / some, OBJECTS, "scaled")
            few = max(1, OBJECTS // 50)
            seconds = timed(lambda: straight(server, endpoint, bucket, few))
            table.add(job, "zarr, one by one", seconds * OBJECTS / few, "", "scaled")


def straight(server: S3Server, endpoint: str, bucket: str, count: int) -> None:
    storage = {"key": server.key, "secret": server.secret, "endpoint_url": endpoint}
    for number in range(count):
        url = f"s3://{bucket}/cohort{number % 10}/o{number:04}/data.zarr"
        group = zarr.open_group(url, mode="r", storage_options=storage)
        [dict(child.attrs) for _, child in group.members(max_depth=2)]


def peer(name: str) -> str | None:
    found = PEERS / name
    return str(found) if found.exists() else shutil.which(name)


def run_peer(  # noqa: PLR0917
    table: Table, job: str, server: S3Server, endpoint: str, s5cmd: list[str], aws: list[str]
) -> None:
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.key,
        "AWS_SECRET_ACCESS_KEY": server.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "S3_ENDPOINT_URL": endpoint,
    }
    for name, arguments in (("s5cmd", s5cmd), ("aws", aws)):
        program = peer(name)
        if not arguments:
            continue
        if program is None:
            table.add(job, name, None, "", "see benchmarks/peers.lock")
            continue

        def run(program: str = program, arguments: list[str] = arguments) -> None:
            subprocess.run(
                [program, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
            )

        table.add(job, name, timed(run), "", "")


def small_files(table: Table, server: S3Server, bucket: str, folder: Path) -> None:
    source = folder / "small"
    for number in range(FILES):
        path = source / f"d{number % 20}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1024 + number * 9 % 9216))
    (source / "data.zarr").mkdir()
    (source / "data.zarr" / "zarr.json").write_bytes(root_document("small"))
    for delay in (0.0, DELAY):
        with reached(server, delay) as (endpoint, _):
            label = f"{FILES} files of 1-10 KiB, {int(delay * 1000)} ms"
            run = f"r{int(delay * 1000)}"
            options = options_for(server, endpoint)
            url = f"s3://{bucket}/{run}"
            job = f"upload {label}"
            seconds = timed(lambda: transfer(source, f"{url}/ours", **options).wait())
            table.add(job, "ours", seconds, "", "verified end to end")
            up = ["cp", f"{source}/", f"{url}/s5cmd/"]
            sync = ["s3", "cp", "--recursive", "--quiet", str(source), f"{url}/aws/"]
            run_peer(table, job, server, endpoint, up, sync if not delay else [])
            files = filesystem(server, endpoint)
            some = sorted(path for path in source.rglob("f*") if path.is_file())[:100]
            seconds = timed(
                lambda files=files, some=some: [
                    files.put_file(str(path), f"{bucket}/{run}/s3fs/{path.name}") for path in some
                ]
            )
            table.add(job, "s3fs put, one by one", seconds * FILES / len(some), "", "scaled")
            job = f"download {label}"
            seconds = timed(
                lambda: transfer(f"{url}/ours", folder / f"{run}-ours", **options).wait()
            )
            table.add(job, "ours", seconds, "", "verified end to end")
            down = ["cp", f"{url}/ours/*", f"{folder / (run + '-s5cmd')}/"]
            copy = ["s3", "cp", "--recursive", "--quiet", f"{url}/ours", f"{folder / 'aws'}"]
            run_peer(table, job, server, endpoint, down, copy if not delay else [])


def one_big_file(table: Table, server: S3Server, bucket: str, folder: Path) -> None:
    source = folder / "big"
    (source / "data.zarr").mkdir(parents=True)
    (source / "data.zarr" / "zarr.json").write_bytes(root_document("big"))
    with (source / "big.bam").open("wb") as file:
        for _ in range(BIG >> 20):
            file.write(os.urandom(1 << 20))
    options = options_for(server, server.endpoint)
    job = f"upload one {BIG >> 20} MiB file"
    url = f"s3://{bucket}/big"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, verify in (("ours", True), ("ours, unverified", False)):
        seconds = timed(
            lambda name=name, verify=verify: transfer(
                source, f"{url}/{name[:6]}", verify=verify, **options
            ).wait()
        )
        extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
        table.add(job, name, seconds, "", f"peak extra memory {extra} MiB")
    file = str(source / "big.bam")
    up = ["s3", "cp", "--quiet", file, f"{url}/aws.bam"]
    run_peer(table, job, server, server.endpoint, ["cp", file, f"{url}/s5cmd.bam"], up)
    job = f"download one {BIG >> 20} MiB file"
    for name, verify in (("ours", True), ("ours, unverified", False)):
        seconds = timed(
            lambda name=name, verify=verify: transfer(
                f"{url}/ours", folder / f"big-{name}", verify=verify, **options
            ).wait()
        )
        table.add(job, name, seconds, "", "")
    goal = str(folder / "big.s5cmd")
    down = ["s3", "cp", "--quiet", f"{url}/s5cmd.bam", f"{goal}.aws"]
    run_peer(table, job, server, server.endpoint, ["cp", f"{url}/s5cmd.bam", goal], down)
    job = f"copy one {BIG >> 20} MiB object on the server"
    seconds = timed(lambda: transfer(f"{url}/ours", f"{url}/copy", **options).wait())
    table.add(job, "ours", seconds, "", "bytes through the client: metadata only")


def main() -> None:
    """Run every job and write the table."""
    table = Table()
    with (
        tempfile.TemporaryDirectory() as made,
        running_seaweedfs(Path(tempfile.mkdtemp(dir=made))) as server,
    ):
        os.environ["XDG_CACHE_HOME"] = f"{made}/cache"
        bucket = server.bucket("benchmark")
        fill(server, bucket)
        harvest(table, server, bucket)
        listing(table, server, bucket)
        moved = server.bucket("moved")
        small_files(table, server, moved, Path(made))
        one_big_file(table, server, moved, Path(made))
    table.write(Path(__file__).parent / "results" / "many_objects.md")


if __name__ == "__main__":
    main()
