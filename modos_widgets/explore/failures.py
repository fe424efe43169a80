"""Errors of a store, translated for a row of the tree."""

from __future__ import annotations

from modos_widgets.errors import (
    CredentialsError,
    ModosError,
    NotFoundError,
    ServerError,
    StorageError,
    UnreachableError,
)

__all__ = ["explained", "reason_for"]

_REASONS = {
    CredentialsError: "permission denied",
    UnreachableError: "no response",
    ServerError: "server error",
}


def explained(error: BaseException, what: str) -> ModosError:
    """Translate an exception of a file system, fsspec or zarr.

    Parameters
    ----------
    error : BaseException
        The exception.
    what : str
        Name of what was read, for the message.

    Returns
    -------
    ModosError
    """
    if isinstance(error, ModosError):
        return error
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"{what} does not exist or was removed.", "Refresh the tree.")
    if isinstance(error, PermissionError):
        return CredentialsError(
            f"Permission denied for {what}.", "Check the permissions, or sign in."
        )
    if isinstance(error, ConnectionError | TimeoutError) or "Endpoint" in type(error).__name__:
        return UnreachableError(
            f"The store did not respond for {what} ({type(error).__name__}).", "Retry."
        )
    reason = " ".join(str(error).split())[:200]
    return StorageError(f"{what} cannot be read: {type(error).__name__}: {reason}", "Retry.")


def reason_for(error: ModosError) -> str:
    """Return a kind of error in two or three words, since its whole message begins with an address.

    Parameters
    ----------
    error : ModosError
        The error.

    Returns
    -------
    str
        Empty for other kinds of errors.
    """
    return next((words for kind, words in _REASONS.items() if isinstance(error, kind)), "")
