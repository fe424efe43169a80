"""What a store raises, in words for a row."""

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
    CredentialsError: "access refused",
    UnreachableError: "no answer",
    ServerError: "the server failed",
}


def explained(error: BaseException, what: str) -> ModosError:
    """Translate what a file system, fsspec or zarr raised.

    Parameters
    ----------
    error : BaseException
        What was raised.
    what : str
        What was read, for the message.
    """
    if isinstance(error, ModosError):
        return error
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"{what} is not there (any more).", "Refresh the tree.")
    if isinstance(error, PermissionError):
        return CredentialsError(f"{what} may not be read.", "Look at the rights, or sign in.")
    if isinstance(error, ConnectionError | TimeoutError) or "Endpoint" in type(error).__name__:
        return UnreachableError(
            f"The store did not answer for {what} ({type(error).__name__}).", "Try again."
        )
    reason = " ".join(str(error).split())[:200]
    return StorageError(f"{what} cannot be read: {type(error).__name__}: {reason}", "Try again.")


def reason_for(error: ModosError) -> str:
    """Return an error in two or three words, where its whole message names addresses first."""
    return next((words for kind, words in _REASONS.items() if isinstance(error, kind)), "")
