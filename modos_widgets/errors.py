"""The errors of modos_widgets.

Every error says what happened (`message`) and what to do next (`hint`), and
never carries a secret. Where Python has a name for the same situation the
error is that too, so code that catches ``FileNotFoundError`` goes on working::

    ModosError
    ├── NotFoundError               FileNotFoundError   nothing is at the path
    ├── AlreadyExistsError          FileExistsError     something is there already
    ├── ReadOnlyError               PermissionError     opened for reading only
    ├── PathError                   ValueError          a path, URL or name that is not allowed
    ├── OptionError                 ValueError          an argument or option that is not known
    ├── BrokenArchiveError          ValueError          metadata that cannot be read
    ├── UnsupportedError            ValueError          readable, but not by this version
    ├── StorageError                OSError             a store failed: full disk, torn answer
    ├── CredentialsError            PermissionError     refused, missing or expired credentials
    ├── EndpointError               ConnectionError     a server did not do its part
    │   ├── UnreachableError                            no connection, no name, time is up
    │   ├── ServerError                                 an answer of 5xx
    │   ├── ResponseError                               an answer that is not what was agreed
    │   └── InsecureEndpointError                       a secret would travel in the open
    ├── UnknownObjectError          ValueError          an id unknown or ambiguous at an endpoint
    ├── LoginError                                      signing in did not succeed
    │   ├── LoginDeniedError                            the person or the provider said no
    │   ├── LoginExpiredError                           the code or the token ran out
    │   └── LoginCancelledError                         cancelled here
    ├── InvalidMetadataError        ValueError          findings that block a commit
    ├── ChangedError                                    a conditional write found another content
    ├── ConflictError                                   somebody else changed the same cell
    ├── LockedError                                     another process is writing
    ├── TornCommitError                                 a commit ended half-way
    ├── CancelledError                                  cancelled by the person
    └── MissingExtraError           ImportError         an optional part is not installed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AlreadyExistsError",
    "BrokenArchiveError",
    "CancelledError",
    "ChangedError",
    "ConflictError",
    "CredentialsError",
    "EndpointError",
    "InsecureEndpointError",
    "InvalidMetadataError",
    "LockedError",
    "LoginCancelledError",
    "LoginDeniedError",
    "LoginError",
    "LoginExpiredError",
    "MissingExtraError",
    "ModosError",
    "NotFoundError",
    "OptionError",
    "PathError",
    "ReadOnlyError",
    "ResponseError",
    "ServerError",
    "StorageError",
    "TornCommitError",
    "UnknownObjectError",
    "UnreachableError",
    "UnsupportedError",
]


# names of files and words of servers may hold what moves a terminal's cursor or clears it
_ESCAPED = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}


class ModosError(Exception):
    """Base of every error that modos_widgets raises on purpose.

    Parameters
    ----------
    message : str
        What happened, in one sentence, without a secret.
    hint : str, optional
        What to do next, in one sentence.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        Exception.__init__(self, message, hint)  # OSError would take them for errno and strerror
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the message, and the hint behind it, control characters escaped."""
        return f"{self.message} {self.hint}".strip().translate(_ESCAPED)


class NotFoundError(ModosError, FileNotFoundError):
    """Nothing is at the path."""


class AlreadyExistsError(ModosError, FileExistsError):
    """Something is there already, and it was not asked to overwrite it."""


class ReadOnlyError(ModosError, PermissionError):
    """The object was opened for reading only, or its format is read-only here."""


class PathError(ModosError, ValueError):
    """A path, URL or name that is not allowed."""


class OptionError(ModosError, ValueError):
    """An argument or option that is not known or does not fit."""


class BrokenArchiveError(ModosError, ValueError):
    """The archive's metadata cannot be read."""


class UnsupportedError(ModosError, ValueError):
    """The thing is in order, but this version cannot handle it."""


class StorageError(ModosError, OSError):
    """A store failed: a full disk, a torn answer, a refused write."""


class CredentialsError(ModosError, PermissionError):
    """Credentials are missing, refused or expired."""


class EndpointError(ModosError, ConnectionError):
    """A server did not do its part."""


class UnreachableError(EndpointError):
    """No connection could be made, or the time was up."""


class ServerError(EndpointError):
    """The server answered with a fault of its own (5xx)."""


class ResponseError(EndpointError):
    """The server's answer is not what was agreed (HTML, torn JSON, a wrong shape)."""


class InsecureEndpointError(EndpointError):
    """A secret would have travelled unencrypted or to a host it was not issued for."""


class UnknownObjectError(ModosError, ValueError):
    """An object's id is unknown or ambiguous at the endpoint."""


class LoginError(ModosError):
    """Signing in did not succeed."""


class LoginDeniedError(LoginError):
    """The person or the provider said no."""


class LoginExpiredError(LoginError):
    """The code or the token ran out before it was used."""


class LoginCancelledError(LoginError):
    """The sign-in was cancelled here."""


class InvalidMetadataError(ModosError, ValueError):
    """The metadata hold errors that block what was asked.

    Parameters
    ----------
    message, hint : str
        As for every error.
    findings : sequence
        The findings (`modos_widgets.modo.findings.Finding`) that block it.
    """

    def __init__(self, message: str, hint: str = "", findings: Sequence[Any] = ()) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class ChangedError(ModosError):
    """A conditional write or delete found another content than expected."""


class ConflictError(ModosError):
    """Somebody else changed the same value in the meantime.

    Parameters
    ----------
    message, hint : str
        As for every error.
    conflicts : sequence
        One `modos_widgets.modo.merging.Conflict` a cell.

    Attributes
    ----------
    stays : ChangeSet or None
        What of the commit is stored all the same, since others had built on it before it
        could be taken back; nearly always None.
    """

    def __init__(self, message: str, hint: str = "", conflicts: Sequence[Any] = ()) -> None:
        super().__init__(message, hint)
        self.conflicts = tuple(conflicts)
        self.stays: Any = None


class LockedError(ModosError):
    """Another process is writing to the same object."""


class TornCommitError(ModosError):
    """A commit ended half-way and wants to be repaired."""


class CancelledError(ModosError):
    """The work was cancelled by the person."""


class MissingExtraError(ModosError, ImportError):
    """An optional part is not installed; the hint names the install line."""
