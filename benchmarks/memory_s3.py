"""An S3 server that holds everything in memory and counts what it is asked: no disk, no signatures.

For figures that no real server's own work hides. It knows what moving and reading take: GetObject
with ranges and conditions, HeadObject, PutObject, CopyObject, ListObjectsV2, multipart uploads. A
delay can be set for every answer. Requests, bytes and sequential round trips are counted, whoever
asks::

    with MemoryS3() as server:
        server.delay(0.05)
        server.fill(objects=1000, keys=2000, document=b"{}")
        server.count()   # Count(requests=1011, received=0, sent=..., round_trips=...)
"""

from __future__ import annotations

import asyncio
import bisect
import hashlib
import json
import multiprocessing
import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import Request, urlopen
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

BUCKET = "memory"
STAMP = "2026-01-01T00:00:00.000Z"
WORDS = {200: "OK", 204: "No Content", 206: "Partial Content", 304: "Not Modified"}
PAGE = 1000
MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"


class Count(NamedTuple):
    """What the server was asked for.

    Round trips are the longest chain of requests that waited for one another. They are counted
    while answers are delayed; without a delay, requests that a client sends side by side are
    answered one after the other.
    """

    requests: int
    received: int
    sent: int
    round_trips: int


@dataclass
class State:
    """What the server holds."""

    delay: float = 0.0
    keys: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    order: list[str] | None = None
    uploads: dict[str, dict[int, tuple[bytes, str]]] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)
    requests: int = 0
    received: int = 0
    sent: int = 0
    rounds: list[tuple[float, float]] = field(default_factory=list)

    def count(self) -> list[int]:
        """Return what was counted since the last time: requests, bytes in and out, round trips."""
        trips, end = 0, float("-inf")
        for answered, begin in sorted(self.rounds):
            if begin >= end:
                trips, end = trips + 1, answered
        counted = [self.requests, self.received, self.sent, trips]
        self.requests = self.received = self.sent = 0
        self.rounds.clear()
        return counted

    def put(self, key: str, data: bytes, etag: str | None = None) -> str:
        """Keep a content and give its ETag."""
        if key not in self.keys:
            self.order = None
        etag = etag or hashlib.md5(data, usedforsecurity=False).hexdigest()
        self.keys[key] = (data, etag)
        return etag

    def page(self, query: dict[str, str]) -> bytes:
        """Give one page of a listing."""
        if self.order is None:
            self.order = sorted(self.keys)
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        most = min(PAGE, int(query.get("max-keys", PAGE)))
        place = bisect.bisect_right(self.order, after) if after else 0
        place = max(place, bisect.bisect_left(self.order, prefix))
        contents: list[str] = []
        folders: list[str] = []
        last = ""
        while place < len(self.order) and len(contents) + len(folders) < most:
            key = self.order[place]
            if not key.startswith(prefix):
                break
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut >= 0:
                folders.append(key[: cut + 1])
                last = key[: cut + 1] + "\U0010ffff"
                place = bisect.bisect_left(self.order, last, place)
                continue
            data, etag = self.keys[key]
            contents.append(
                f"<Contents><Key>{escape(key)}</Key><LastModified>{STAMP}</LastModified>"
                f"<ETag>&quot;{etag}&quot;</ETag><Size>{len(data)}</Size></Contents>"
            )
            last = key
            place += 1
        more = place < len(self.order) and self.order[place].startswith(prefix)
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        prefixes = "".join(
            f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in folders
        )
        return (
            f"<ListBucketResult><Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(contents) + len(folders)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}"
            f"{''.join(contents)}{prefixes}</ListBucketResult>"
        ).encode()


class Connection(asyncio.Protocol):
    """One connection: requests are answered in their order."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.buffer = bytearray()
        self.head: tuple[str, str, dict[str, str], int] | None = None
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what came, and answer every request that is whole."""
        self.buffer += data
        while True:
            if self.head is None:
                end = self.buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                self.head = self.parse(bytes(self.buffer[:end]).decode("latin-1"))
                del self.buffer[: end + 4]
                if "expect" in self.head[2]:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            method, target, headers, length = self.head
            if len(self.buffer) < length:
                return
            body = bytes(self.buffer[:length])
            del self.buffer[:length]
            self.head = None
            answer = self.answer(method, target, headers, body)
            if self.state.delay and not target.startswith("/-/"):
                loop = asyncio.get_running_loop()
                loop.call_later(self.state.delay, self.send_late, answer, loop.time())
            else:
                self.send(answer)

    @staticmethod
    def parse(head: str) -> tuple[str, str, dict[str, str], int]:
        """Read the lines before the body."""
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return method, target, headers, int(headers.get("content-length", 0))

    def send(self, parts: tuple[bytes, bytes]) -> None:
        """Send an answer."""
        if not self.transport.is_closing():
            self.transport.writelines(parts)

    def send_late(self, parts: tuple[bytes, bytes], begin: float) -> None:
        """Send a delayed answer, and note when its request came and when it was answered."""
        self.state.rounds.append((asyncio.get_running_loop().time(), begin))
        self.send(parts)

    def reply(
        self, status: int, body: bytes = b"", *, head: bool = False, **headers: str
    ) -> tuple[bytes, bytes]:
        """Make an answer; of a HEAD only its length."""
        lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        line = f"HTTP/1.1 {status} {WORDS.get(status, 'Error')}\r\n"
        length = headers.get("Content_Length") or f"Content-Length: {len(body)}\r\n"
        length = "" if "Content_Length" in headers else length
        sent = b"" if head else body
        self.state.sent += len(sent)
        return f"{line}{lines}{length}Last-Modified: {MODIFIED}\r\n\r\n".encode(), sent

    def refuse(self, status: int, code: str, *, head: bool = False) -> tuple[bytes, bytes]:
        """Make an answer that says no."""
        return self.reply(status, f"<Error><Code>{code}</Code></Error>".encode(), head=head)

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[bytes, bytes]:
        """Answer one request."""
        state = self.state
        parts = urlsplit(target)
        query = {name: each[0] for name, each in parse_qs(parts.query, True).items()}  # noqa: FBT003
        if parts.path.startswith("/-/"):
            return self.steer(parts.path[3:], query, body)
        state.requests += 1
        state.received += len(body)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/")
        if method == "POST" or "uploadId" in query or "uploads" in query:
            return self.multipart(method, key, query, body)
        if method == "PUT":
            return self.put(key, headers, body)
        if method == "DELETE":
            return self.delete(key, headers)
        if not key:
            return self.reply(200, state.page(query) if method == "GET" else b"")
        return self.get(key, headers, head=method == "HEAD")

    def get(self, key: str, headers: dict[str, str], *, head: bool) -> tuple[bytes, bytes]:
        """Answer GetObject and HeadObject."""
        if key not in self.state.keys:
            return self.refuse(404, "NoSuchKey", head=head)
        data, etag = self.state.keys[key]
        quoted = f'"{etag}"'
        if headers.get("if-none-match", "") == quoted:
            return self.reply(304, ETag=quoted)
        if headers.get("if-match", quoted) != quoted:
            return self.refuse(412, "PreconditionFailed", head=head)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        if not asked:
            return self.reply(200, data, head=head, ETag=quoted, Content_Length=str(len(data)))
        start = int(asked[1])
        end = min(int(asked[2]) + 1 if asked[2] else len(data), len(data))
        if start >= len(data):
            return self.refuse(416, "InvalidRange", head=head)
        span = f"bytes {start}-{end - 1}/{len(data)}"
        return self.reply(206, data[start:end], head=head, ETag=quoted, Content_Range=span)

    def put(self, key: str, headers: dict[str, str], body: bytes) -> tuple[bytes, bytes]:
        """Answer PutObject and CopyObject."""
        state = self.state
        if "x-amz-copy-source" in headers:
            origin = unquote(headers["x-amz-copy-source"]).lstrip("/").removeprefix(f"{BUCKET}/")
            etag = state.put(key, *state.keys[origin])
            made = f"<CopyObjectResult><ETag>&quot;{etag}&quot;</ETag></CopyObjectResult>"
            return self.reply(200, made.encode())
        if headers.get("if-none-match") == "*" and key in state.keys:
            return self.refuse(412, "PreconditionFailed")
        if refusal := self.unmatched(key, headers):
            return refusal
        return self.reply(200, ETag=f'"{state.put(key, body)}"')

    def delete(self, key: str, headers: dict[str, str]) -> tuple[bytes, bytes]:
        """Answer DeleteObject."""
        if refusal := self.unmatched(key, headers):
            return refusal
        if self.state.keys.pop(key, None) is not None:
            self.state.order = None
        return self.reply(204)

    def unmatched(self, key: str, headers: dict[str, str]) -> tuple[bytes, bytes] | None:
        """Refuse a change of a key whose content is not the one that If-Match expects."""
        if "if-match" not in headers:
            return None
        if key not in self.state.keys:
            return self.refuse(404, "NoSuchKey")
        if headers["if-match"].strip('"') != self.state.keys[key][1]:
            return self.refuse(412, "PreconditionFailed")
        return None

    def multipart(
        self, method: str, key: str, query: dict[str, str], body: bytes
    ) -> tuple[bytes, bytes]:
        """Answer what belongs to multipart uploads."""
        state, upload = self.state, query.get("uploadId", "")
        if "uploads" in query:
            if method == "GET":
                return self.reply(200, b"<ListMultipartUploadsResult/>")
            upload = f"u{next(state.numbers)}"
            state.uploads[upload] = {}
            made = f"<UploadId>{upload}</UploadId>"
            made = f"<InitiateMultipartUploadResult>{made}</InitiateMultipartUploadResult>"
            return self.reply(200, made.encode())
        parts = state.uploads[upload]
        if method == "PUT":
            etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
            parts[int(query["partNumber"])] = (body, etag)
            return self.reply(200, ETag=f'"{etag}"')
        if method == "DELETE":
            del state.uploads[upload]
            return self.reply(204)
        if method == "GET":
            return self.reply(200, b"<ListPartsResult/>")
        every = [parts[number] for number in sorted(parts)]
        digests = b"".join(bytes.fromhex(etag) for _, etag in every)
        etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(every)}"
        state.put(key, b"".join(data for data, _ in every), etag)
        del state.uploads[upload]
        done = f"<ETag>&quot;{etag}&quot;</ETag>"
        done = f"<CompleteMultipartUploadResult>{done}</CompleteMultipartUploadResult>"
        return self.reply(200, done.encode())

    def steer(self, what: str, query: dict[str, str], body: bytes) -> tuple[bytes, bytes]:
        """Answer the benchmark itself."""
        state = self.state
        if what == "count":
            return self.reply(200, json.dumps(state.count()).encode())
        if what == "delay":
            state.delay = float(query["seconds"])
        elif what == "clear":
            state.keys.clear()
            state.order = None
        elif what == "load":
            for key, text in json.loads(body).items():
                state.put(key, text.encode())
        elif what == "fill":
            for number in range(int(query["objects"])):
                place = object_key(number)
                state.put(f"{place}/data.zarr/zarr.json", body.replace(b"{name}", place.encode()))
                for chunk in range(int(query["keys"])):
                    state.put(f"{place}/data.zarr/data/a/c/{chunk}", b"", "0" * 32)
            state.page({})
        return self.reply(200)


def object_key(number: int) -> str:
    """Give the prefix of an object."""
    return f"cohort{number % 10}/o{number:04}"


def serve(ports: Queue[int]) -> None:
    """Serve until the process is ended."""

    async def main() -> None:
        state = State()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class MemoryS3:
    """The server in a process of its own, so that it does not share the client's lock."""

    kind = "in memory"
    key = "memory"
    secret = "memory"  # noqa: S105 - it takes any
    s3_kwargs = {"key": "memory", "secret": "memory"}  # noqa: RUF012

    def __enter__(self) -> Self:
        """Start it."""
        context = multiprocessing.get_context("spawn")
        ports: Queue[int] = context.Queue()
        self.process = context.Process(target=serve, args=(ports,), daemon=True)
        self.process.start()
        self.endpoint = f"http://127.0.0.1:{ports.get(timeout=60)}"
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.terminate()
        self.process.join(10)

    def bucket(self, _: str = "") -> str:
        """Give the one bucket."""
        return BUCKET

    def fill(self, objects: int, keys: int, document: bytes) -> None:
        """Make objects with a root document (``{name}`` becomes the object's) and chunk keys."""
        self._steer(f"fill?objects={objects}&keys={keys}", document)

    def load(self, keys: dict[str, str]) -> None:
        """Store texts at keys, all in one request."""
        self._steer("load", json.dumps(keys).encode())

    def delay(self, seconds: float) -> None:
        """Let every answer wait."""
        self._steer(f"delay?seconds={seconds}")

    def clear(self) -> None:
        """Forget every key."""
        self._steer("clear")

    def count(self) -> Count:
        """Give what was asked for since the last time."""
        return Count(*json.loads(self._steer("count")))

    def _steer(self, what: str, body: bytes = b"") -> bytes:
        asked = Request(f"{self.endpoint}/-/{what}", data=body or None)  # noqa: S310
        with urlopen(asked, timeout=600) as answer:  # noqa: S310
            data: bytes = answer.read()
            return data
