"""List, harvest and move many objects: ours against s5cmd, the AWS CLI, s3fs and plain zarr.

    python -m benchmarks.many_objects [--size small|medium|full] [--out benchmarks/many_objects.md]

s5cmd and the AWS CLI are taken from .venv-peers (make bench; benchmarks/peers.lock), or from
MODOS_PEERS. Two servers: SeaweedFS, and one in memory (benchmarks/memory_s3.py) that counts what
every client asks it and can delay its answers, for what the real server's own work would hide.
Requests and bytes do not wobble; seconds do. What is compared with a program runs as a process of
its own, ours too: seconds, CPU and peak of memory then include imports. Jobs of Python libraries
are measured in this process, without imports. At full size it takes about ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
import zarr
from obstore.store import S3Store

from benchmarks.big_file import BigFile
from benchmarks.measuring import Bench, Table
from benchmarks.memory_s3 import BUCKET, MemoryS3, object_key
from modos_widgets import catalog
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options
from modos_widgets.harvest.columns import Columns
from modos_widgets.s3 import BulkClient
from modos_widgets.storage.finder import BucketFolders, find_objects
from tests.parts.s3 import S3Server, running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    objects: int = 1000
    keys: int = 2000
    elements: int = 50
    files: int = 5000
    mebibytes: int = 1024
    rows: int = 100_000


SIZES = {
    "full": Size(),
    "medium": Size(200, 500, 50, 1000, 256, 100_000),
    "small": Size(50, 100, 50, 300, 64, 20_000),
}


def document(elements: int) -> bytes:
    """Give a root document in which ``{name}`` stands for the object's own."""
    group = {"zarr_format": 3, "node_type": "group"}
    nodes: dict[str, Any] = {"sample": {**group, "attributes": {}}}
    for number in range(elements):
        attributes = {"@type": "Sample", "name": f"Sample {number}", "sex": "Male"}
        nodes[f"sample/s{number}"] = {**group, "attributes": attributes}
    root = {
        **group,
        "attributes": {"@type": "MODO", "id": "{name}", "creation_date": "2024-01-01"},
        "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": nodes},
    }
    return json.dumps(root).encode()


def _finding(bucket: str, options: dict[str, Any]) -> list[str]:
    """Return the command of a process that finds all objects of a bucket."""
    code = (
        "import json, sys; from modos_widgets.storage import connect_s3, list_remote_modos; "
        "bucket, options = json.loads(sys.argv[1]); "
        "place = connect_s3(f's3://{bucket}', options['services']['s3'], options['s3_kwargs']); "
        "list_remote_modos(place)"
    )
    return [sys.executable, "-c", code, json.dumps([bucket, options])]


@dataclass
class Jobs(Bench):
    """What is measured on one server."""

    size: Size = field(default_factory=Size)

    def listing(self) -> None:
        """List objects: a delimiter walk against recursive listings, of a part of them."""
        job = f"list {self.size.objects:,} objects x {self.size.keys:,} keys"
        client = BulkClient(S3Options.resolve(self.server.endpoint, self.server.s3_kwargs), BUCKET)

        def failed(_: str, error: Exception) -> None:
            raise error

        async def found() -> int:
            return len([one async for one in find_objects(BucketFolders(client), failed=failed)])

        assert self.measure(job, "ours", lambda: wait(found())) == self.size.objects
        self.process(job, "ours, as a process", _finding(self.bucket, self.options))
        folders = f"s3://{BUCKET}/cohort0/"
        note = "one of ten folders, whose layout is known"
        self.peer(job, "s5cmd, one level", "ls", folders, program="s5cmd", scale=10, note=note)
        self.measure(
            job, "s3fs glob", lambda: self.files().glob(f"{BUCKET}/*/*/data.zarr"),
            note="knows that objects are two levels down",
        )  # fmt: skip
        part = 20 if self.size.objects >= 1000 else 1
        some = [object_key(number) for number in range(self.size.objects // part)]
        files = self.files()
        self.measure(
            job, "s3fs find", lambda: [files.find(f"{BUCKET}/{one}") for one in some], scale=part
        )
        self.peer(job, "s5cmd, all keys", "ls", f"{folders}*", program="s5cmd", scale=10)

    def harvest(self) -> None:
        """Read the metadata of all objects."""
        objects, rows = self.size.objects, self.size.objects * (self.size.elements + 1)
        job = f"harvest {objects:,} objects x {self.size.elements} elements"

        def rate(frame: Any, seconds: float) -> str:
            assert len(frame) >= rows, len(frame)
            return f"{rows / seconds:,.0f} rows/s, {len(frame.attrs['failures'])} failed"

        paths = [f"s3://{self.bucket}/{object_key(number)}" for number in range(objects)]
        with fresh_cache():
            for who in ("ours", "ours, again (ETags)"):
                self.measure(job, who, lambda: catalog(paths, **self.options), note=rate)
            who = "ours, finding them too"
        with fresh_cache():
            self.measure(
                job, who, lambda: catalog(f"s3://{self.bucket}", **self.options), note=rate
            )
        files = self.files()
        keys = [f"{self.bucket}/{object_key(n)}/data.zarr/zarr.json" for n in range(objects)]
        self.measure(job, "s3fs cat, many", lambda: files.cat(keys))
        few = keys[: max(1, objects // (50 if self.delayed else 5))]
        self.measure(
            job, "s3fs cat, one by one", lambda: [files.cat(key) for key in few],
            scale=objects / len(few),
        )  # fmt: skip
        self.measure(job, "zarr, one by one", lambda: self._straight(5), scale=objects / 5)

    def _straight(self, number: int) -> None:
        storage = {
            "key": self.server.key, "secret": self.server.secret,
            "endpoint_url": self.server.endpoint,
        }  # fmt: skip
        for each in range(number):
            url = f"s3://{self.bucket}/{object_key(each)}/data.zarr"
            group = zarr.open_group(url, mode="r", storage_options=storage)
            [dict(child.attrs) for _, child in group.members(max_depth=2)]

    def small_files(self, folder: Path) -> None:
        """Move many small files, there and back."""
        source, name = folder / "small", self.where.replace(" ", "").replace(",", "-")
        label = f"{self.size.files:,} files of 1-10 KiB"
        url, job = f"s3://{self.bucket}/{name}", f"upload {label}"
        tenth = source / "d0"
        part = f"upload {self.size.files // 10:,} of them"
        self.transfer(job, "ours", source, f"{url}/ours")
        self._more_workers(job, source, f"{url}/ours256")
        self.peer(job, "s5cmd", "cp", f"{source}/", f"{url}/s5cmd/")
        if not self.delayed:
            self._bare_puts(job, source, f"{name}/bare")
            self.peer(part, "aws", "s3", "cp", "--recursive", "--quiet", str(tenth), f"{url}/aws/")
        files = self.files()
        some = sorted(tenth.iterdir())[:100]
        scale = self.size.files / len(some)
        self.measure(
            job, "s3fs put, one by one", scale=scale,
            work=lambda: [
                files.put_file(str(path), f"{self.bucket}/{name}/s3fs/{path.name}") for path in some
            ],
        )  # fmt: skip
        job, part = f"download {label}", f"download {self.size.files // 10:,} of them"
        self.transfer(job, "ours", f"{url}/ours", folder / f"{name}-ours")
        self._more_workers(job, f"{url}/ours", folder / f"{name}-ours256")
        self.peer(job, "s5cmd", "cp", f"{url}/ours/*", f"{folder / name}-s5cmd/")
        if not self.delayed:
            goal = str(folder / f"{name}-aws")
            self.peer(part, "aws", "s3", "cp", "--recursive", "--quiet", f"{url}/ours/d0", goal)
        keys = [f"{self.bucket}/{name}/ours/d0/{path.name}" for path in some]
        self.measure(
            job, "s3fs get, one by one", scale=scale,
            work=lambda: [files.get_file(key, str(folder / "s3fs")) for key in keys],
        )  # fmt: skip
        job = f"copy {label} on the server"
        self.transfer(job, "ours", f"{url}/ours", f"{url}/ours-copy")
        self.peer(job, "s5cmd", "cp", f"{url}/ours/*", f"{url}/s5cmd-copy/")
        job = f"copy {label} on the server again, nothing to do"
        self.transfer(job, "ours", f"{url}/ours", f"{url}/ours-copy")
        arguments = ("sync", "--size-only", f"{url}/ours/*", f"{url}/s5cmd-copy/")
        self.peer(job, "s5cmd sync --size-only", *arguments, program="s5cmd")
        for each in ("ours", "ours256", "s5cmd", "aws"):
            shutil.rmtree(folder / f"{name}-{each}", ignore_errors=True)

    def _more_workers(self, job: str, source: Path | str, target: Path | str) -> None:
        """Copy with as many workers as s5cmd has by default, where it makes a difference."""
        if self.delayed:
            self.transfer(job, "ours, workers=256", source, target, workers=256)

    def _bare_puts(self, job: str, source: Path, prefix: str) -> None:
        """Send the same contents from memory by obstore alone: the least that it costs."""
        options = S3Options.resolve(self.server.endpoint, self.server.s3_kwargs)
        config, client, _ = options.for_obstore()
        store = S3Store(self.bucket, config=config, client_options=client)
        contents = [path.read_bytes() for path in source.rglob("f*")]

        async def put() -> None:
            gate = asyncio.Semaphore(64)

            async def one(number: int, data: bytes) -> None:
                async with gate:
                    await obstore.put_async(store, f"{prefix}/{number}", data, use_multipart=False)

            await asyncio.gather(*(one(*each) for each in enumerate(contents)))

        self.measure(
            job, "obstore alone", lambda: asyncio.run(put()), note="nothing read or checked"
        )


@contextmanager
def fresh_cache() -> Iterator[None]:
    """Keep nothing of the harvest before."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        yield


def rows_to_a_frame(table: Table, size: Size) -> None:
    """Make a DataFrame of rows that are at hand."""
    attributes = [
        {
            "@type": "Sample",
            "name": f"Sample {n}",
            "sex": "Male",
            "taxon_id": ["9606"],
            "age": n % 90,
        }
        for n in range(size.rows)
    ]
    gc.collect()
    begin, cpu = time.perf_counter(), time.process_time()
    columns = Columns()
    for number, each in enumerate(attributes):
        columns.add(f"s3://bucket/o{number // 50}", f"sample/s{number}", each)
    frame = columns.frame()
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    held = frame.memory_usage(index=True, deep=True).sum() / 1e6
    job = f"{size.rows:,} rows to a DataFrame"
    table.add(job, "ours", seconds=seconds, cpu=cpu, note=f"{held:.1f} MB held by the frame")


def make_files(folder: Path, size: Size) -> None:
    """Write the files that are moved."""
    for number in range(size.files):
        path = folder / "small" / f"d{number % 10}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1024 + number * 9 % 9216))
    for name in ("small", "big"):
        root = folder / name / "data.zarr" / "zarr.json"
        root.parent.mkdir(parents=True)
        root.write_bytes(document(1))
    with (folder / "big" / "big.bam").open("wb") as file:
        for _ in range(size.mebibytes):
            file.write(os.urandom(1 << 20))


def fill(server: S3Server, bucket: str, size: Size) -> None:
    """Make the objects' root documents on a real server."""
    client = BulkClient(S3Options.resolve(server.endpoint, server.s3_kwargs), bucket)

    async def make() -> None:
        root = document(size.elements)
        for begin in range(0, size.objects, 100):
            places = map(object_key, range(begin, min(begin + 100, size.objects)))
            await asyncio.gather(
                *(
                    client.put(f"{one}/data.zarr/zarr.json", root.replace(b"{name}", one.encode()))
                    for one in places
                )
            )

    wait(make())


def main() -> None:
    """Run every job and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    asked = parser.parse_args()
    size, table = SIZES[asked.size], Table()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_files(folder, size)
        rows_to_a_frame(table, size)
        with MemoryS3() as memory:
            bench = Jobs(table, memory, memory.bucket(), size=size)
            memory.fill(size.objects, size.keys, document(size.elements))
            with bench.delay():
                bench.listing()
            bench.listing()
            bench.harvest()
            with bench.delay():
                bench.harvest()
            memory.clear()
            bench.small_files(folder)
            with bench.delay():
                bench.small_files(folder)
            memory.clear()
            BigFile(table, memory, bench.bucket, mebibytes=size.mebibytes).there_and_back(folder)
        (folder / "weed").mkdir()
        with running_seaweedfs(folder / "weed") as server:
            bench = Jobs(table, server, server.bucket("objects"), size=size)
            fill(server, bench.bucket, size)
            bench.harvest()
            bench.bucket = server.bucket("moved")
            bench.small_files(folder)
            BigFile(table, server, bench.bucket, mebibytes=size.mebibytes).there_and_back(folder)
    table.write(asked.out, "Many objects", f"python -m benchmarks.many_objects --size {asked.size}")
    print(f"{time.monotonic() - begun:.0f} s in all; written to {asked.out}")


if __name__ == "__main__":
    main()
