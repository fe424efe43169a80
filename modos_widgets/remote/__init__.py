"""HTTP services of one endpoint: the documented remote module.

Names are loaded when they are first used. Nothing here imports zarr, pandas or a widget.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modos_widgets.remote.bearer import BearerAuth as BearerAuth
    from modos_widgets.remote.bearer import InsecureTransportWarning as InsecureTransportWarning
    from modos_widgets.remote.bearer import get_session as get_session
    from modos_widgets.remote.endpoint import EndpointManager as EndpointManager
    from modos_widgets.remote.keys import Permissions as Permissions
    from modos_widgets.remote.keys import S3Key as S3Key
    from modos_widgets.remote.keys import S3KeySpec as S3KeySpec
    from modos_widgets.remote.listing import get_metadata_from_remote as get_metadata_from_remote
    from modos_widgets.remote.listing import get_s3_path as get_s3_path
    from modos_widgets.remote.listing import is_s3_path as is_s3_path
    from modos_widgets.remote.listing import list_remote_items as list_remote_items
    from modos_widgets.remote.logins import get_cache_dir as get_cache_dir
    from modos_widgets.remote.tokens import JWT as JWT

_HOME = {
    "BearerAuth": "bearer",
    "EndpointManager": "endpoint",
    "InsecureTransportWarning": "bearer",
    "JWT": "tokens",
    "Permissions": "keys",
    "S3Key": "keys",
    "S3KeySpec": "keys",
    "get_cache_dir": "logins",
    "get_metadata_from_remote": "listing",
    "get_s3_path": "listing",
    "get_session": "bearer",
    "is_s3_path": "listing",
    "list_remote_items": "listing",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    """Load a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_HOME})
