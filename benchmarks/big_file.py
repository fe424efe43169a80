"""Move one large file there and back: ours, s5cmd, the AWS CLI and a single stream."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import urlopen

import boto3

from benchmarks.measuring import Bench, have_memory

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class BigFile(Bench):
    """What is measured with one large file on one server."""

    mebibytes: int = 1024

    def there_and_back(self, folder: Path) -> None:
        """Move one large file there and back, and copy it on the server."""
        source, size = folder / "big", self.mebibytes
        name = self.server.kind.replace(" ", "")
        url, job = f"s3://{self.bucket}/big", f"upload one {size:,} MiB file"
        self._have_memory()
        self.transfer(job, "ours", source, f"{url}/ours")
        file = str(source / "big.bam")
        self._have_memory()
        self.peer(job, "s5cmd", "cp", file, f"{url}/s5cmd.bam")
        self._have_memory()
        self.peer(job, "aws", "s3", "cp", "--quiet", file, f"{url}/aws.bam")
        job = f"download one {size:,} MiB file"
        self._have_memory()
        self.transfer(job, "ours", f"{url}/ours", folder / f"{name}-ours")
        unproved = folder / f"{name}-unproved"
        self._have_memory()
        self.transfer(job, "ours, verify=False", f"{url}/ours", unproved, verify=False)
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
        self.transfer(job, "ours", f"{url}/ours", f"{url}/copy")
        self.peer(job, "s5cmd", "cp", f"{url}/ours/*", f"{url}/s5cmd-copy/")

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
