"""Check for optional dependencies (extras)."""

from __future__ import annotations

from importlib.util import find_spec

from modos_widgets.errors import MissingExtraError

__all__ = ["require_extra"]


def require_extra(extra: str, *modules: str) -> None:
    """Raise MissingExtraError, with the install line, when a module of the extra is missing.

    Parameters
    ----------
    extra : str
        Name in ``modos-widgets[...]``, which is also the name of the command.
    *modules : str
        Top-level modules.

    Raises
    ------
    MissingExtraError
        A module is missing.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"Missing packages for the {extra}: {', '.join(missing)}.",
            f"Run: pip install 'modos-widgets[{extra}]'",
        )
