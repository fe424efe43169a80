"""Whether an object can be changed with the present account, as far as that is known in advance."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE

if TYPE_CHECKING:
    from modos_widgets.modo import Modo
    from modos_widgets.remote import Account

__all__ = ["read_only_reason"]

_ZARR_FORMAT = 3


def read_only_reason(modo: Modo, account: Account | None = None) -> str:
    """Return why an object cannot be changed, or ''; no network use after opening.

    Known in advance are zarr v2 archives, folders without write permission, and the permissions
    that the key service reported for the account. For other keys, only the commit shows it.

    Parameters
    ----------
    modo : Modo
        The object, opened with any mode.
    account : Account, optional
        The account that is signed in at the endpoint.

    Returns
    -------
    str
        A sentence, or ''.
    """
    len(modo.hierarchy.nodes)  # reading the root tells the format
    if modo.storage.zarr_format != _ZARR_FORMAT:
        return f"{modo.id} is a zarr v2 archive, which is read-only."
    if not modo.path.startswith("s3://"):
        folders = [Path(modo.path), Path(modo.path, ARCHIVE)]
        if modo.storage.is_new:  # the nearest folder in which it can be created
            folders = [next(each for each in folders[1].parents if each.exists())]
        writable = all(os.access(each, os.W_OK) for each in folders)
        return "" if writable else f"You have no permission to write in the folder of {modo.id}."
    options = getattr(modo.storage, "options", None)
    if account is None or options is None or options.source is None or not account.permissions:
        return ""
    granted = [
        grant.permissions.split(",")
        for grant in account.permissions
        if _contains(grant.path, modo.path)
    ]
    if any("write" in each or "owner" in each for each in granted):
        return ""
    name = account.name or account.subject or "This account"
    return f"{name} has no permission to change {modo.id}."


def _contains(granted: str, path: str) -> bool:
    place = granted.rstrip("/")
    return path == place or path.startswith(f"{place}/")
