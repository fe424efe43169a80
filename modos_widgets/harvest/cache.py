"""Cache of metadata from the last catalogue, so that only changed documents are read again.

The cache folder contains one SQLite file for each endpoint and account, readable only by its owner
and of limited size; the least recently used documents are removed first.
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
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["MOST_BYTES", "MetadataCache"]

MOST_BYTES = 256 << 20
"""Maximum bytes of a file, compressed."""

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
        The account: two accounts never share documents. Only a hash of it is stored.
    most_bytes : int
        Maximum bytes in the file.

    Raises
    ------
    OSError
        The cache folder cannot be written; the caller continues without a cache.
    """

    def __init__(self, endpoint: str, account: str, *, most_bytes: int = MOST_BYTES) -> None:
        name = hashlib.blake2b(f"{endpoint}\n{account}".encode(), digest_size=16).hexdigest()
        folder = cache_folder() / "catalog"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.path: Path = folder / f"{name}.sqlite"
        self._most = most_bytes
        # created with this mode before SQLite opens it; its journal gets the same mode
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            self._prepare()
        except sqlite3.DatabaseError:
            self.path.unlink()  # a broken cache can be discarded
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._prepare()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)

    def _prepare(self) -> None:
        with closing(self._open()) as database, database:
            database.execute(_SCHEMA)

    def etags(self, prefix: str = "") -> dict[str, str]:
        """Return the ETag of each cached document whose path begins with `prefix`."""
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
        """Return a cached document, or None if it is missing or cannot be read."""
        try:
            with closing(self._open()) as database:
                found = database.execute("select data from document where path = ?", (path,))
                row = found.fetchone()
            return zlib.decompress(row[0]) if row else None
        except (sqlite3.Error, zlib.error):
            return None  # it is read from the server instead

    def documents(self, paths: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """Yield path, ETag and content of the cached documents among some.

        Parameters
        ----------
        paths : iterable of str
            Paths of objects; those that are not cached are left out.
        """
        try:
            with closing(self._open()) as database:
                for path in paths:
                    query = "select etag, data from document where path = ?"
                    row = database.execute(query, (path,)).fetchone()
                    if row is not None:
                        yield path, row[0], zlib.decompress(row[1])
        except (sqlite3.Error, zlib.error):
            return  # the others are read from the server

    def keep(self, documents: Mapping[str, tuple[str, bytes]], used: Iterable[str]) -> None:
        """Store documents (path to ETag and data), record the used ones, and free space."""
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
                "update document set asked = ? where path = ?", [(now, path) for path in used]
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
