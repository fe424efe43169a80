"""What goes wrong on the way, how often it was made to, and how many bytes were lost: none.

    python -m benchmarks.faults [--rounds 50] [--kills 100] [--out benchmarks/faults.md]

Each round copies an object of 61 files (one of them in parts) to or from SeaweedFS, while a
proxy between them does one kind of harm at random requests. A round that ends with an error is
run again without it. Lost is a round after which the target is not the source byte for byte, or
in which a target could be opened as an object before it was whole. ``kill -9`` ends the client
at a random moment; the next one goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets import transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.credentials import S3Credential
from modos_widgets.errors import ModosError
from modos_widgets.storage.copying import checksums, copy_file
from tests.parts.killing import killed_and_resumed
from tests.parts.proxy import Fault, Proxy
from tests.parts.s3 import running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.s3 import S3Server

FILES = 59
LARGE = 5 << 20  # the least a part may have (Amazon S3 API)


@dataclass
class Row:
    """One line of the table."""

    fault: str
    rounds: int = 0
    injected: int = 0
    told: int = 0
    lost: int = 0

    def __str__(self) -> str:
        """Write it as Markdown."""
        cells = (self.fault, self.rounds, self.injected, self.told, self.lost)
        return f"| {' | '.join(map(str, cells))} |"


@dataclass
class Kind:
    """One kind of harm."""

    name: str
    faults: Callable[[], list[Fault]]
    rewrite: Callable[[], Any] | None = None
    directions: tuple[str, ...] = ("up", "down")


def some(kind: Any, **named: Any) -> Callable[[], list[Fault]]:
    """Make faults at random requests, a few in a row."""
    return lambda: [
        Fault(kind, at=random.randrange(60), times=random.randint(1, 4), **named)  # noqa: S311
        for _ in range(3)
    ]


def shorter() -> Any:
    """Say of one file's content that it is shorter than it was listed, and send that much."""
    name, done = f"f{random.randrange(FILES)}", []  # noqa: S311

    def rewrite(request: Any, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        if request.method != "GET" or not request.path.endswith(f"/{name}") or len(body) < 10:
            return head, body
        done.append(1)
        length = f"ontent-Length: {len(body)}".encode()
        return head.replace(length, f"ontent-Length: {len(body) - 5}".encode()), body[:-5]

    rewrite.done = done  # type: ignore[attr-defined]
    return rewrite


KINDS = (
    Kind("connection reset before the server saw the request", some("reset")),
    Kind("connection reset after the server did it", some("reset-after")),
    Kind("request ends between head and body", some("cut", method="PUT"), directions=("up",)),
    Kind("body of an answer cut in half", some("truncate", method="GET"), directions=("down",)),
    Kind("503 with Retry-After", some("status", status=503, headers={"Retry-After": "0"})),
    Kind("500", some("status", status=500, code="InternalError")),
    Kind("answer delayed by 300 ms", some("delay", seconds=0.3)),
    Kind("key expired", some("status", status=400, code="ExpiredToken")),
    Kind(
        "one file refused for good (403)",
        lambda: [Fault("status", contains="/f7", times=10_000, status=403, code="AccessDenied")],
    ),
    Kind("another length than listed", list, shorter, directions=("down",)),
)


@dataclass
class Trial:
    """An object, and the places it is copied between."""

    server: S3Server
    folder: Path
    content: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the object on disk and in the bucket."""
        root: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {"id": "x"}}
        self.content = {
            **{f"d{n % 5}/f{n}": os.urandom(random.randrange(20_000)) for n in range(FILES)},  # noqa: S311
            "big.bam": os.urandom(LARGE + 12_345),
            ROOT_DOCUMENT: json.dumps(root).encode(),
        }
        self.bucket = self.server.bucket("faults")
        for name, data in self.content.items():
            path = self.folder / "x" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.server.client().put_object(Bucket=self.bucket, Key=f"x/{name}", Body=data)

    def there(self, target: str) -> dict[str, bytes]:
        """Read a target without the code under test."""
        if target.startswith("s3://"):
            prefix = target.split("/", 3)[3] + "/"
            found = self.server.keys(self.bucket, prefix)
            return {key.removeprefix(prefix): data for key, data in found.items()}
        return {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in Path(target).rglob("*")
            if path.is_file() and not path.name.startswith(".modos-")
        }

    def round(self, kind: Kind, direction: str, number: int, row: Row) -> None:
        """Copy the object once under harm, and again without where that failed."""
        name = f"{hashlib.blake2b(kind.name.encode(), digest_size=4).hexdigest()}-{number}"
        remote, near = f"s3://{self.bucket}/{name}", str(self.folder / name)
        up = direction == "up"
        source = str(self.folder / "x") if up else f"s3://{self.bucket}/x"
        target = remote if up else near
        faults, rewrite = kind.faults(), kind.rewrite() if kind.rewrite else None
        with Proxy(self.server.endpoint) as proxy:
            options: dict[str, Any] = {
                "services": {"s3": proxy.endpoint}, "s3_kwargs": {"credentials": self._key},
            }  # fmt: skip
            proxy.faults = faults
            if rewrite is not None:
                proxy.rewrite = rewrite
            try:
                transfer(source, target, **options).wait(120)
            except ModosError:
                row.told += 1
                found = self.there(target)
                early = ROOT_DOCUMENT in found and found != self.content
                proxy.faults, proxy.rewrite = [], lambda _, head, body: (head, body)
                transfer(source, target, **options).wait(120)
            else:
                early = False
        row.rounds += 1
        row.injected += sum(max(0, min(one.seen - one.at, one.times)) for one in faults)
        row.injected += len(rewrite.done) if rewrite is not None else 0
        row.lost += early or self.there(target) != self.content
        shutil.rmtree(near, ignore_errors=True)

    def _key(self) -> S3Credential:
        ends = datetime.now(UTC) + timedelta(hours=1)
        return S3Credential(self.server.key, self.server.secret, None, ends)


def main() -> None:
    """Do all the harm and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, help="of each kind and direction")
    parser.add_argument("--kills", type=int, default=100, help="of each direction")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    asked = parser.parse_args()
    copy_file.LARGE = checksums.PART = LARGE
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "weed").mkdir()
        with running_seaweedfs(folder / "weed") as server:
            trial = Trial(server, folder)
            for kind in KINDS:
                for direction in kind.directions:
                    row = Row(f"{kind.name}, {direction}load")
                    rows.append(row)
                    for number in range(asked.rounds):
                        trial.round(kind, direction, number, row)
                    print(row, flush=True)
            for direction in ("upload", "download") if asked.kills else ():
                kills = killed_and_resumed(direction, asked.kills, folder / direction, server)
                row = Row(f"`kill -9` of the client, {direction}", kills.runs, kills.cut_off)
                row.told, row.lost = kills.cut_off, kills.lost
                rows.append(row)
                print(row, flush=True)
    lines = [
        "# Faults: injected and lost",
        "",
        f"`python -m benchmarks.faults --rounds {asked.rounds} --kills {asked.kills}`,",
        f"{time.strftime('%Y-%m-%d')}. Written by the program. A round copies an object of",
        f"{FILES + 2} files; told are the rounds that ended with an error and were run again; lost",
        "those whose target was not the source byte for byte in the end, or could be opened as an",
        "object before it was whole.",
        "",
        "| fault | rounds | times injected | told | lost |",
        "|---|---:|---:|---:|---:|",
        *map(str, rows),
        "",
    ]
    asked.out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
