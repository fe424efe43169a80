"""Move one large file there and back: ours, s5cmd, the AWS CLI and a single stream."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import urlopen

import boto3

from benchmarks.measuring import Bench, have_memory
from modos_widgets import transfer

if TYPE_CHECKING:
    from pathlib import Path


PROGRAM = """
import json, sys, time
from modos_widgets import transfer
def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024
source, target, options = json.loads(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
before, begin, cpu = status("VmRSS"), time.perf_counter(), time.process_time()
transfer(source, target, **options).wait()
took = time.perf_counter() - begin, time.process_time() - cpu
print(json.dumps([*took, status("VmHWM") - before]))
"""


@dataclass
class BigFile(Bench):
    """What is measured with one large file on one server."""

    mebibytes: int = 1024

    def there_and_back(self, folder: Path) -> None:
        """Move one large file there and back, and copy it on the server."""
        source, size = folder / "big", self.mebibytes
        name = self.server.kind.replace(" ", "")
        url, job = f"s3://{self.bucket}/big", f"upload one {size:,} MiB file"
        self._in_a_process(job, "ours", str(source), f"{url}/ours")
        file = str(source / "big.bam")
        self._have_memory()
        self.peer(job, "s5cmd", "cp", file, f"{url}/s5cmd.bam")
        self._have_memory()
        self.peer(job, "aws", "s3", "cp", "--quiet", file, f"{url}/aws.bam")
        job = f"download one {size:,} MiB file"
        self._in_a_process(job, "ours", f"{url}/ours", str(folder / f"{name}-ours"))
        unproved = str(folder / f"{name}-unproved")
        self._in_a_process(job, "ours, verify=False", f"{url}/ours", unproved, verify=False)
        shutil.rmtree(unproved)
        goal = folder / f"{name}-peer"
        self._have_memory()
        self.peer(job, "s5cmd", "cp", f"{url}/ours/big.bam", str(goal))
        goal.unlink(missing_ok=True)
        self._have_memory()
        self.peer(job, "aws", "s3", "cp", "--quiet", f"{url}/ours/big.bam", str(goal))
        goal.unlink(missing_ok=True)
        self._have_memory()
        self.measure(
            job, "one raw stream", lambda: self._raw(f"{self.bucket}/big/ours/big.bam", goal)
        )
        goal.unlink()
        shutil.rmtree(folder / f"{name}-ours")
        job = f"copy one object of {size:,} MiB on the server"
        self.measure(
            job, "ours", lambda: transfer(f"{url}/ours", f"{url}/copy", **self.options).wait()
        )

    def _have_memory(self) -> None:
        """Let each of those that are compared begin with the same."""
        have_memory(4 * self.mebibytes << 20)

    def _raw(self, key: str, goal: Path) -> None:
        client = boto3.client(
            "s3", endpoint_url=self.server.endpoint, region_name="us-east-1",
            aws_access_key_id=self.server.key, aws_secret_access_key=self.server.secret,
        )  # fmt: skip
        bucket, _, name = key.partition("/")
        signed = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": name})
        with urlopen(signed) as answer, goal.open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file, 1 << 20)

    def _in_a_process(
        self, job: str, who: str, source: str, target: str, *, verify: bool = True
    ) -> None:
        """Measure a transfer of ours in a process of its own, which tells its peak of memory."""
        self._count()
        given = json.dumps([source, target, {**self.options, "verify": verify}])
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, given],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.readline()  # it has imported what it needs
            self._have_memory()
            told, _ = process.communicate("begin\n")
        seconds, cpu, peak = json.loads(told)
        proved = "verified end to end; " if verify else ""
        note = f"{proved}peak extra memory {peak:.0f} MiB"
        self.table.add(
            f"{job} ({self.where})", who, note=note, seconds=seconds, cpu=cpu, count=self._count()
        )
