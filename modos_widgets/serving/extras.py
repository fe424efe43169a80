"""Extras: the word for what is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from modos_widgets.errors import MissingExtraError

__all__ = ["require_extra"]


def require_extra(extra: str, *modules: str) -> None:
    """Raise MissingExtraError, with the install line, when a module of the extra is missing.

    Parameters
    ----------
    extra : str
        Its name in ``modos-widgets[...]``, which is also the command's.
    *modules : str
        Top-level modules.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"The {extra} needs {', '.join(missing)}, not installed here.",
            f"Install it with: pip install 'modos-widgets[{extra}]'",
        )
