"""Cache folder that is shared with the ``modos`` command line."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from modos_widgets.errors import OptionError, StorageError
from modos_widgets.files import make_private_folder

_VOILA = (
    "VOILA_APP_PORT",
    "VOILA_BASE_URL",
    "VOILA_PREHEAT",
    "VOILA_REQUEST_URL",
    "VOILA_SERVER_URL",
)


def sign_in_is_in_memory() -> bool:
    """Return whether sign-ins are kept in this process only, not in the home folder. No network.

    This is the case with ``MODOS_LOGIN=memory``, and under Voila, which serves all visitors from
    one account of the machine, unless ``MODOS_LOGIN=home``. Voila sets ``SERVER_SOFTWARE`` in the
    kernel of a visitor, and ``VOILA_*`` also in kernels that it starts in advance.

    Returns
    -------
    bool

    Raises
    ------
    OptionError
        ``MODOS_LOGIN`` is neither ``memory`` nor ``home``.
    """
    chosen = os.environ.get("MODOS_LOGIN", "").strip().lower()
    if chosen not in {"", "home", "memory"}:
        raise OptionError(
            "MODOS_LOGIN is neither memory nor home.", "Set MODOS_LOGIN to memory or home."
        )
    if chosen:
        return chosen == "memory"
    software = os.environ.get("SERVER_SOFTWARE", "").lower()
    return software.startswith("voila") or any(name in os.environ for name in _VOILA)


def cache_folder() -> Path:
    """Return the cache folder; create it with mode 0700 if it does not exist.

    It is ``platformdirs.user_cache_dir("modos", "sdsc")``, which follows ``XDG_CACHE_HOME``;
    the ``modos`` command line uses the same folder. No network.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StorageError
        The folder cannot be created.
    """
    folder = Path(platformdirs.user_cache_dir("modos", "sdsc"))
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StorageError(
            f"The cache folder {folder} cannot be created: {error.strerror}.",
            "Set XDG_CACHE_HOME to a writable folder.",
        ) from error
    return folder
