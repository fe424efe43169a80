"""State shared by widgets: the chosen place, its objects, the sign-in, the health of services.

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.session.bookmarks import Bookmarks as Bookmarks
    from modos_widgets.session.creation import NewObject as NewObject
    from modos_widgets.session.file_pieces import LARGEST_DOWNLOAD as LARGEST_DOWNLOAD
    from modos_widgets.session.file_pieces import FilePieces as FilePieces
    from modos_widgets.session.file_upload import LARGEST_UPLOAD as LARGEST_UPLOAD
    from modos_widgets.session.file_upload import PIECE as PIECE
    from modos_widgets.session.file_upload import Uploads as Uploads
    from modos_widgets.session.file_upload import uploads as uploads
    from modos_widgets.session.health import Health as Health
    from modos_widgets.session.local_file import file_name as file_name
    from modos_widgets.session.local_file import shown_path as shown_path
    from modos_widgets.session.local_file import write_local_file as write_local_file
    from modos_widgets.session.objects import ObjectEntry as ObjectEntry
    from modos_widgets.session.objects import is_object as is_object
    from modos_widgets.session.objects import subfolders as subfolders
    from modos_widgets.session.outgoing_file import OutgoingFile as OutgoingFile
    from modos_widgets.session.problem import Problem as Problem
    from modos_widgets.session.problem import error_text as error_text
    from modos_widgets.session.problem import problem_of as problem_of
    from modos_widgets.session.proposals import read_proposal as read_proposal
    from modos_widgets.session.server_folder import head_of_file as head_of_file
    from modos_widgets.session.server_folder import indexes_beside as indexes_beside
    from modos_widgets.session.server_folder import list_folder as list_folder
    from modos_widgets.session.session import Session as Session
    from modos_widgets.session.sign_in import DeviceCode as DeviceCode
    from modos_widgets.session.sign_in import SignIn as SignIn

_MODULES = {
    "Bookmarks": "bookmarks",
    "DeviceCode": "sign_in",
    "FilePieces": "file_pieces",
    "Health": "health",
    "LARGEST_DOWNLOAD": "file_pieces",
    "LARGEST_UPLOAD": "file_upload",
    "NewObject": "creation",
    "ObjectEntry": "objects",
    "OutgoingFile": "outgoing_file",
    "PIECE": "file_upload",
    "Problem": "problem",
    "Session": "session",
    "SignIn": "sign_in",
    "Uploads": "file_upload",
    "head_of_file": "server_folder",
    "indexes_beside": "server_folder",
    "is_object": "objects",
    "error_text": "problem",
    "file_name": "local_file",
    "list_folder": "server_folder",
    "problem_of": "problem",
    "read_proposal": "proposals",
    "shown_path": "local_file",
    "subfolders": "objects",
    "uploads": "file_upload",
    "write_local_file": "local_file",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
