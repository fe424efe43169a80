"""HTTP services of one endpoint: the documented remote module.

Names are loaded on first use. No module here imports zarr, pandas or a widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.remote.accounts import Account as Account
    from modos_widgets.remote.accounts import account as account
    from modos_widgets.remote.address import InsecureTransportWarning as InsecureTransportWarning
    from modos_widgets.remote.bearer import BearerAuth as BearerAuth
    from modos_widgets.remote.bearer import get_session as get_session
    from modos_widgets.remote.device_login import DeviceLogin as DeviceLogin
    from modos_widgets.remote.device_login import begin_login as begin_login
    from modos_widgets.remote.endpoint import EndpointManager as EndpointManager
    from modos_widgets.remote.health import ServiceHealth as ServiceHealth
    from modos_widgets.remote.health import check_services as check_services
    from modos_widgets.remote.htsget import fetch_region as fetch_region
    from modos_widgets.remote.http_limits import Cancellation as Cancellation
    from modos_widgets.remote.key_file import RemainingKey as RemainingKey
    from modos_widgets.remote.key_file import remaining_keys as remaining_keys
    from modos_widgets.remote.key_file import remove_command_line_key as remove_command_line_key
    from modos_widgets.remote.key_service import KeyService as KeyService
    from modos_widgets.remote.key_service import login_options as login_options
    from modos_widgets.remote.key_service import s3_credentials as s3_credentials
    from modos_widgets.remote.key_service import use_for_command_line as use_for_command_line
    from modos_widgets.remote.keys import Permissions as Permissions
    from modos_widgets.remote.keys import S3Key as S3Key
    from modos_widgets.remote.keys import S3KeySpec as S3KeySpec
    from modos_widgets.remote.listing import get_metadata_from_remote as get_metadata_from_remote
    from modos_widgets.remote.listing import get_s3_path as get_s3_path
    from modos_widgets.remote.listing import list_remote_items as list_remote_items
    from modos_widgets.remote.login import confirm_service as confirm_service
    from modos_widgets.remote.login import moved_origin as moved_origin
    from modos_widgets.remote.login import moved_services as moved_services
    from modos_widgets.remote.login import sign_in_with_token as sign_in_with_token
    from modos_widgets.remote.login import sign_out as sign_out
    from modos_widgets.remote.login_store import Grant as Grant
    from modos_widgets.remote.login_store import get_cache_dir as get_cache_dir
    from modos_widgets.remote.refget import fetch_sequence as fetch_sequence
    from modos_widgets.remote.refget import fetch_sequence_length as fetch_sequence_length
    from modos_widgets.remote.s3_paths import is_s3_path as is_s3_path
    from modos_widgets.remote.terminology import FoundTerm as FoundTerm
    from modos_widgets.remote.terminology import find_terms as find_terms
    from modos_widgets.remote.tokens import JWT as JWT

_MODULES = {
    "Account": "accounts",
    "BearerAuth": "bearer",
    "Cancellation": "http_limits",
    "DeviceLogin": "device_login",
    "EndpointManager": "endpoint",
    "FoundTerm": "terminology",
    "Grant": "login_store",
    "InsecureTransportWarning": "address",
    "JWT": "tokens",
    "KeyService": "key_service",
    "Permissions": "keys",
    "RemainingKey": "key_file",
    "S3Key": "keys",
    "S3KeySpec": "keys",
    "ServiceHealth": "health",
    "account": "accounts",
    "begin_login": "device_login",
    "check_services": "health",
    "confirm_service": "login",
    "fetch_region": "htsget",
    "fetch_sequence": "refget",
    "fetch_sequence_length": "refget",
    "find_terms": "terminology",
    "get_cache_dir": "login_store",
    "get_metadata_from_remote": "listing",
    "get_s3_path": "listing",
    "get_session": "bearer",
    "is_s3_path": "s3_paths",
    "list_remote_items": "listing",
    "login_options": "key_service",
    "moved_origin": "login",
    "moved_services": "login",
    "remaining_keys": "key_file",
    "remove_command_line_key": "key_file",
    "s3_credentials": "key_service",
    "sign_in_with_token": "login",
    "sign_out": "login",
    "use_for_command_line": "key_service",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
