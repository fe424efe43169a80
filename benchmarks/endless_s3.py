"""An S3 server whose buckets hold zarr hierarchies of any size, made up as they are asked for.

It speaks the two requests that reading takes (GetObject with ranges, ListObjectsV2 with and without
a delimiter), so a store of a million nodes costs neither disk nor minutes of setting up. Keys::

    balanced-<n>/...    n nodes: groups of 1,000 groups
    wide-<n>/wide/...   one group of n groups
    array/x/...         16,000 x 16,000 float64 in chunks of 1,000 x 1,000: 2 GB
"""

from __future__ import annotations

import json
import multiprocessing
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.queues import Queue

BUCKET = "endless"
PER_GROUP = 1000
PAGE = 1000
GROUP = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {}}).encode()
ARRAY = json.dumps(
    {
        "zarr_format": 3,
        "node_type": "array",
        "attributes": {},
        "shape": [16_000, 16_000],
        "data_type": "float64",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1000, 1000]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    }
).encode()
CHUNK = bytes(8_000_000)


def children(path: str) -> tuple[int, str] | None:
    """Give the number of groups in a group and what their names begin with."""
    if found := re.fullmatch(r"balanced-(\d+)(/group_\d+)?(/sample_\d+)?", path):
        nodes = int(found[1])
        if found[3]:
            return 0, ""
        if found[2]:
            return (PER_GROUP - 1 if nodes > PER_GROUP else 0), "sample_"
        return (nodes // PER_GROUP if nodes > PER_GROUP else nodes), "group_"
    if found := re.fullmatch(r"wide-(\d+)(/wide)?(/sample_\d+)?", path):
        if found[3]:
            return 0, ""
        return (int(found[1]), "sample_") if found[2] else (1, "wide")
    return (1, "x") if path == "array" else None


def name_of(prefix: str, place: int) -> str:
    """Name of a child; the names stand in the order of their numbers."""
    return f"{prefix}{place:06}" if prefix.endswith("_") else prefix


def keys_below(path: str) -> Iterator[str]:
    """Give the metadata keys at and below a group, in S3's order."""
    number, called = children(path) or (0, "")
    for place in range(number):
        yield from keys_below(f"{path}/{name_of(called, place)}")
    if content(f"{path}/zarr.json") is not None:
        yield f"{path}/zarr.json"


def content(key: str) -> bytes | None:
    """Give what stands at a key."""
    path, _, name = key.rpartition("/")
    if path.startswith("array/x"):
        return ARRAY if key == "array/x/zarr.json" else CHUNK
    return GROUP if name == "zarr.json" and children(path) is not None else None


class Handler(BaseHTTPRequestHandler):
    """Answers GetObject and ListObjectsV2."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Answer HeadObject."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer GetObject or ListObjectsV2."""
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").strip("/")
        if not key:
            self.list({name: values[0] for name, values in parse_qs(parts.query).items()})
            return
        body = content(key)
        if body is None:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            end = int(asked[2]) + 1 if asked[2] else len(body)
            self.answer(206, body[int(asked[1]) : end])
        else:
            self.answer(200, body)

    def list(self, query: dict[str, str]) -> None:
        """Answer one page of a listing."""
        prefix = query.get("prefix", "")
        if "delimiter" not in query:
            self.list_keys(prefix, query)
            return
        number, called = children(prefix.strip("/")) or (0, "")
        start = int(query.get("continuation-token", "0"))
        end = min(number, start + int(query.get("max-keys", PAGE)))
        parts = ['<?xml version="1.0"?><ListBucketResult>']
        if start == 0:
            size = len(GROUP)
            parts.append(f"<Contents><Key>{prefix}zarr.json</Key><Size>{size}</Size></Contents>")
        for place in range(start, end):
            name = name_of(called, place)
            parts.append(f"<CommonPrefixes><Prefix>{prefix}{name}/</Prefix></CommonPrefixes>")
        more = end < number
        parts.append(f"<IsTruncated>{str(more).lower()}</IsTruncated>")
        if more:
            parts.append(f"<NextContinuationToken>{end}</NextContinuationToken>")
        parts.append("</ListBucketResult>")
        self.answer(200, "".join(parts).encode(), "application/xml")

    def list_keys(self, prefix: str, query: dict[str, str]) -> None:
        """Answer one page of all keys below a prefix."""
        start = int(query.get("continuation-token", "0"))
        most = int(query.get("max-keys", PAGE))
        keys = list(islice(keys_below(prefix.strip("/")), start, start + most + 1))
        parts = ['<?xml version="1.0"?><ListBucketResult>']
        size = len(GROUP)
        parts += [
            f"<Contents><Key>{key}</Key><Size>{size}</Size></Contents>" for key in keys[:most]
        ]
        more = len(keys) > most
        parts.append(f"<IsTruncated>{str(more).lower()}</IsTruncated>")
        if more:
            parts.append(f"<NextContinuationToken>{start + most}</NextContinuationToken>")
        parts.append("</ListBucketResult>")
        self.answer(200, "".join(parts).encode(), "application/xml")


class Server(ThreadingHTTPServer):
    """Bears clients that go away in the middle of an answer, as those do that are ended."""

    request_queue_size = 1024  # as of real servers; a queue of 5 drops connections

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that has ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(ports: Queue[int]) -> None:
    """Serve until the process is ended."""
    server = Server(("127.0.0.1", 0), Handler)
    ports.put(server.server_address[1])
    server.serve_forever()


class EndlessS3:
    """The server in a process of its own, so that it does not share the client's lock."""

    def __enter__(self) -> Self:
        """Start it."""
        context = multiprocessing.get_context("spawn")
        ports: Queue[int] = context.Queue()
        self.process = context.Process(target=serve, args=(ports,), daemon=True)
        self.process.start()
        self.endpoint = f"http://127.0.0.1:{ports.get(timeout=30)}"
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.terminate()
        self.process.join(10)
