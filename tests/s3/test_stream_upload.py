"""Uploads of streams that must not replace a key, on real servers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.credentials import S3Options
from modos_widgets.errors import ChangedError, UnreachableError
from modos_widgets.s3 import S3Client, stream_upload
from modos_widgets.s3.multipart import MultipartUpload

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

PART = 5 * 2**20
ROUNDS = 8


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_upload, "_PART", PART)


def client_of(server: S3Server) -> S3Client:
    return S3Client.shared(S3Options.resolve(server.endpoint, server.s3_kwargs))


@pytest.mark.real
def test_one_of_two_uploads_that_end_together_writes_the_key(
    seaweedfs: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, bucket = client_of(seaweedfs), seaweedfs.bucket()
    together = threading.Barrier(2)
    winners: dict[str, list[str]] = {}
    wait_for_parts = stream_upload._Multipart._wait

    def wait(multipart: Any, most: int) -> None:
        wait_for_parts(multipart, most)
        if most == 0:  # all parts have arrived
            together.wait(60)

    monkeypatch.setattr(stream_upload._Multipart, "_wait", wait)

    def write(who: str) -> None:
        content = [who.encode() * PART, b"end"]
        for number in range(ROUNDS):
            key = f"reads-{number}.cram"
            try:
                stream_upload.upload(client, bucket, key, content, mark=f"{who}{number}")
            except ChangedError:
                continue
            winners.setdefault(key, []).append(who)

    threads = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    stored = {key: data[:1].decode() for key, data in seaweedfs.keys(bucket).items()}
    assert winners == {key: [who] for key, who in stored.items()}
    assert len(stored) == ROUNDS
    assert not seaweedfs.uploads(bucket)


def test_an_upload_that_cannot_be_completed_leaves_nothing(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, bucket = client_of(s3_server), s3_server.bucket()
    claims: list[dict[str, bytes]] = []

    async def fail(*_: object, **__: object) -> None:
        claims.append(s3_server.keys(bucket))
        raise UnreachableError("The server does not respond.", "Retry.")

    monkeypatch.setattr(MultipartUpload, "complete", fail)
    with pytest.raises(UnreachableError):
        stream_upload.upload(client, bucket, "reads.cram", [bytes(PART), b"end"], mark="mine")
    assert claims == [{"reads.cram": b""}]
    assert not s3_server.keys(bucket)
    assert not s3_server.uploads(bucket)
