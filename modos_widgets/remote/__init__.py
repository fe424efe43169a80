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
    from modos_widgets.remote.device import DeviceLogin as DeviceLogin
    from modos_widgets.remote.device import begin_login as begin_login
    from modos_widgets.remote.endpoint import EndpointManager as EndpointManager
    from modos_widgets.remote.health import ServiceHealth as ServiceHealth
    from modos_widgets.remote.health import check_services as check_services
    from modos_widgets.remote.key_service import KeyService as KeyService
    from modos_widgets.remote.key_service import login_options as login_options
    from modos_widgets.remote.key_service import s3_credentials as s3_credentials
    from modos_widgets.remote.keys import Permissions as Permissions
    from modos_widgets.remote.keys import S3Key as S3Key
    from modos_widgets.remote.keys import S3KeySpec as S3KeySpec
    from modos_widgets.remote.listing import get_metadata_from_remote as get_metadata_from_remote
    from modos_widgets.remote.listing import get_s3_path as get_s3_path
    from modos_widgets.remote.listing import is_s3_path as is_s3_path
    from modos_widgets.remote.listing import list_remote_items as list_remote_items
    from modos_widgets.remote.logins import Grant as Grant
    from modos_widgets.remote.logins import get_cache_dir as get_cache_dir
    from modos_widgets.remote.signed_in import Account as Account
    from modos_widgets.remote.signed_in import account as account
    from modos_widgets.remote.signed_in import sign_in_with_token as sign_in_with_token
    from modos_widgets.remote.signed_in import sign_out as sign_out
    from modos_widgets.remote.terminology import FoundTerm as FoundTerm
    from modos_widgets.remote.terminology import find_terms as find_terms
    from modos_widgets.remote.tokens import JWT as JWT

_HOME = {
    "Account": "signed_in",
    "BearerAuth": "bearer",
    "DeviceLogin": "device",
    "EndpointManager": "endpoint",
    "FoundTerm": "terminology",
    "Grant": "logins",
    "InsecureTransportWarning": "bearer",
    "JWT": "tokens",
    "KeyService": "key_service",
    "Permissions": "keys",
    "S3Key": "keys",
    "S3KeySpec": "keys",
    "ServiceHealth": "health",
    "account": "signed_in",
    "begin_login": "device",
    "check_services": "health",
    "find_terms": "terminology",
    "get_cache_dir": "logins",
    "get_metadata_from_remote": "listing",
    "get_s3_path": "listing",
    "get_session": "bearer",
    "is_s3_path": "listing",
    "list_remote_items": "listing",
    "login_options": "key_service",
    "s3_credentials": "key_service",
    "sign_in_with_token": "signed_in",
    "sign_out": "signed_in",
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
