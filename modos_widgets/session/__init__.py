"""State shared by widgets: the chosen place, its objects, the sign-in, the health of services.

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.session.bookmarks import Bookmarks as Bookmarks
    from modos_widgets.session.health import Health as Health
    from modos_widgets.session.objects import ObjectEntry as ObjectEntry
    from modos_widgets.session.objects import is_object as is_object
    from modos_widgets.session.objects import subfolders as subfolders
    from modos_widgets.session.problem import Problem as Problem
    from modos_widgets.session.problem import error_text as error_text
    from modos_widgets.session.problem import problem_of as problem_of
    from modos_widgets.session.session import Session as Session
    from modos_widgets.session.sign_in import DeviceCode as DeviceCode
    from modos_widgets.session.sign_in import SignIn as SignIn

_MODULES = {
    "Bookmarks": "bookmarks",
    "DeviceCode": "sign_in",
    "Health": "health",
    "ObjectEntry": "objects",
    "Problem": "problem",
    "Session": "session",
    "SignIn": "sign_in",
    "is_object": "objects",
    "error_text": "problem",
    "problem_of": "problem",
    "subfolders": "objects",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
