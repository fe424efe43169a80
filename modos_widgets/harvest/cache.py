"""Metadata cached from the last catalogue, so that only what changed is read again.

One SQLite file an endpoint and account in the cache folder, readable by its owner alone
and bounded in size; what was not asked for longest goes first.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

from modos_widgets.credentials import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["MOST_BYTES", "MetadataCache"]

MOST_BYTES = 256 << 20
"""Bytes a file holds at most, compressed."""

_SCHEMA = """
create table if not exists document (
    path text primary key, etag text not null, data blob not null, asked real not null
) without rowid
"""


class MetadataCache:
    """Documents of one endpoint and account, by path.

    Parameters
    ----------
    endpoint : str
        URL of the S3 server.
    account : str
        Who asked: two accounts never share what they may see. Only a hash of it is kept.
    most_bytes : int
        Bytes to keep at most.

    Raises
    ------
    OSError
        The cache folder cannot be written; the caller goes on without.
    """

    def __init__(self, endpoint: str, account: str, *, most_bytes: int = MOST_BYTES) -> None:
        name = hashlib.blake2b(f"{endpoint}\n{account}".encode(), digest_size=16).hexdigest()
        folder = cache_folder() / "catalog"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.path: Path = folder / f"{name}.sqlite"
        self._most = most_bytes
        # made with its mode before SQLite opens it; its journal takes the same mode over
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            self._prepare()
        except sqlite3.DatabaseError:
            self.path.unlink()  # a broken cache is no loss
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._prepare()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)

    def _prepare(self) -> None:
        with closing(self._open()) as database, database:
            database.execute(_SCHEMA)

    def etags(self, prefix: str = "") -> dict[str, str]:
        """Return the ETag of each kept document whose path begins with `prefix`."""
        try:
            with closing(self._open()) as database:
                rows = database.execute(
                    "select path, etag from document where substr(path, 1, ?) = ?",
                    (len(prefix), prefix),
                )
                return dict(rows.fetchall())
        except sqlite3.Error:
            return {}  # everything is read from the server instead

    def read(self, path: str) -> bytes | None:
        """Return a kept document, or None where it is gone or cannot be read."""
        try:
            with closing(self._open()) as database:
                found = database.execute("select data from document where path = ?", (path,))
                row = found.fetchone()
            return zlib.decompress(row[0]) if row else None
        except (sqlite3.Error, zlib.error):
            return None  # it is read from the server instead

    def keep(self, documents: Mapping[str, tuple[str, bytes]], asked: Iterable[str]) -> None:
        """Keep documents (path to ETag and data), note what was asked for, and make room."""
        now = time.time()
        with closing(self._open()) as database, database:
            database.executemany(
                "insert or replace into document values (?, ?, ?, ?)",
                [
                    (path, etag, zlib.compress(data, 1), now)
                    for path, (etag, data) in documents.items()
                ],
            )
            database.executemany(
                "update document set asked = ? where path = ?", [(now, path) for path in asked]
            )
            total: int = database.execute(
                "select coalesce(sum(length(data)), 0) from document"
            ).fetchone()[0]
            if total > self._most:
                self._make_room(database, total)

    def _make_room(self, database: sqlite3.Connection, total: int) -> None:
        rows = database.execute("select path, length(data) from document order by asked").fetchall()
        for path, size in rows:
            if total <= self._most:
                break
            database.execute("delete from document where path = ?", (path,))
            total -= size
