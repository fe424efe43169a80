"""Keys of a zarr store on S3, page by page: of our own archive, or of a user's s3fs store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from modos_widgets import s3  # its clients are heavy, and loaded where they are used
from modos_widgets.storage import S3Archive

if TYPE_CHECKING:
    from zarr.abc.store import Store

    from modos_widgets.s3 import Page

__all__ = ["S3Keys"]


class S3Keys:
    """Lister of the keys of a store.

    Parameters
    ----------
    store : S3Archive or FsspecStore
        The store.
    client : S3Client, optional
        Client of the file system, for a store that is not ours.
    """

    def __init__(self, store: Any, client: s3.S3Client | None = None) -> None:
        self._store = store
        self._client = client

    @classmethod
    def of(cls, store: Store) -> Self | None:
        """Return the lister of a store; None if the store is not on S3. No network."""
        if isinstance(store, S3Archive):
            return cls(store)
        file_system = getattr(store, "fs", None)
        if file_system is None or "s3fs" not in sys.modules:
            return None  # Without s3fs no store has an S3 file system, and loading it is slow.
        client = s3.S3Client.of(file_system)
        return None if client is None else cls(store, client)

    async def page(
        self, key: str, token: str | None, *, delimiter: str = "", after: str = ""
    ) -> tuple[Page, str]:
        """List one page of keys, on the event loop of the store.

        Parameters
        ----------
        key : str
            Key of the folder to list; empty: the whole store.
        token : str or None
            Token of the previous page.
        delimiter : str
            "/" for one level.
        after : str
            Key in the folder after which the first page begins.

        Returns
        -------
        tuple of Page and str
            The page, and the prefix of its keys.
        """
        store, client, key = self._store, self._client, key.removesuffix("/")
        if client is None:
            prefix = "".join(f"{part}/" for part in (store.prefix, key) if part)
            first = f"{prefix}{after}" if after and not token else ""
            listing = store.client.page(
                store.bucket, prefix, delimiter=delimiter, token=token, after=first
            )
            return await store.client.hop(listing), prefix
        place = "/".join(part for part in (str(store.path), key) if part)
        bucket, prefix, _ = client.fs.split_path(place)
        prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        # zarr uses a file system on its own event loop, so no other loop may be used
        first = f"{prefix}{after}" if after and not token else ""
        page = await client.page(bucket, prefix, delimiter=delimiter, token=token, after=first)
        return page, prefix
