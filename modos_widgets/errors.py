"""The errors of modos_widgets.

Every error states the problem (`message`) and the next step (`hint`), and never
contains a secret. Where Python has an exception for the same problem, the error is
a subclass of it, so code that catches ``FileNotFoundError`` continues to work::

    ModosError
    ├── NotFoundError               FileNotFoundError   nothing exists at the path
    ├── AlreadyExistsError          FileExistsError     the path already exists
    ├── ReadOnlyError               PermissionError     the object is read-only
    ├── PathError                   ValueError          an invalid path, URL or name
    │   └── PathArgumentError       TypeError           a value that cannot be a path
    ├── OptionError                 ValueError          an invalid argument or option
    │   └── ArgumentError           TypeError           an unknown argument, or a wrong type
    ├── BrokenArchiveError          ValueError          metadata that cannot be read
    ├── BrokenFileError             ValueError          a data file or index that cannot be read
    ├── UnsupportedError            ValueError          readable, but not by this version
    ├── StorageError                OSError             a store failed: full disk, short response
    ├── CredentialsError            PermissionError     missing, refused or expired credentials
    │   └── MovedServiceError                           a service moved after the sign-in
    ├── EndpointError               ConnectionError     a server failed
    │   ├── UnreachableError                            no connection, unknown host, time-out
    │   ├── ServerError                                 a response with status 5xx
    │   ├── ResponseError                               an invalid response
    │   └── InsecureEndpointError                       a secret would be sent unencrypted
    ├── UnknownObjectError          ValueError          an unknown or ambiguous object id
    ├── LoginError                                      the sign-in failed
    │   ├── LoginDeniedError                            the user or the provider refused
    │   ├── LoginExpiredError                           the code or the token expired
    │   └── LoginCancelledError                         the sign-in was cancelled
    ├── InvalidMetadataError        ValueError          errors in metadata block a commit
    │   └── MetadataArgumentError   TypeError           a value that contains no attributes
    ├── ChangedError                                    the content changed since it was read
    ├── ConflictError                                   someone else changed the same cell
    ├── UnsavedChangesError                             unsaved changes would be lost
    ├── LockedError                                     another process is writing
    ├── InterruptedCommitError                          a commit was interrupted
    ├── CancelledError                                  cancelled by the user
    └── MissingExtraError           ImportError         an optional part is not installed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = [
    "AlreadyExistsError",
    "ArgumentError",
    "BrokenArchiveError",
    "BrokenFileError",
    "CancelledError",
    "ChangedError",
    "ConflictError",
    "CredentialsError",
    "EndpointError",
    "InsecureEndpointError",
    "InterruptedCommitError",
    "InvalidMetadataError",
    "LockedError",
    "LoginCancelledError",
    "LoginDeniedError",
    "LoginError",
    "LoginExpiredError",
    "MetadataArgumentError",
    "MissingExtraError",
    "ModosError",
    "MovedServiceError",
    "NotFoundError",
    "OptionError",
    "PathArgumentError",
    "PathError",
    "ReadOnlyError",
    "ResponseError",
    "ServerError",
    "StorageError",
    "UnknownObjectError",
    "UnreachableError",
    "UnsavedChangesError",
    "UnsupportedError",
]


# File names and server messages may contain codes that control a terminal.
_ESCAPED = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}


class ModosError(Exception):
    """Base of every error that modos_widgets raises on purpose.

    Parameters
    ----------
    message : str
        The problem, in one sentence, without a secret.
    hint : str, optional
        The next step, in one sentence.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        Exception.__init__(self, message, hint)  # else OSError reads them as errno and strerror
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message and the hint, with control characters escaped."""
        return f"{self.message} {self.hint}".strip().translate(_ESCAPED)


class NotFoundError(ModosError, FileNotFoundError):
    """Nothing exists at the path."""


class AlreadyExistsError(ModosError, FileExistsError):
    """The path already exists, and overwriting was not requested."""


class ReadOnlyError(ModosError, PermissionError):
    """The object was opened read-only, or its format cannot be written."""


class PathError(ModosError, ValueError):
    """A path, URL or name is invalid."""


class OptionError(ModosError, ValueError):
    """An argument or option is unknown or invalid."""


class ArgumentError(OptionError, TypeError):
    """An argument has a wrong type, or its name is unknown.

    It is a `TypeError` as well, which Python itself raises in this case.
    """

    @classmethod
    def expected(cls, expected: str, value: object, *, name: str = "", hint: str = "") -> Self:
        """Return the error for a value of a wrong type, without showing the value.

        Parameters
        ----------
        expected : str
            The accepted types, with an article: "a path, Modo or Storage".
        value : object
            The value passed; only the name of its type is used.
        name : str, optional
            Name of the argument, if the expected types do not make it clear.
        hint : str, optional
            The next step, in one sentence; by default to check the argument.

        Returns
        -------
        ArgumentError
        """
        where = f" for {name}" if name else ""
        return cls(
            f"Expected {expected}{where}, got {type(value).__name__}.",
            hint or f"Check {name or 'the argument'}.",
        )


class PathArgumentError(PathError, ArgumentError):
    """A value has a type that cannot be a path."""


class BrokenArchiveError(ModosError, ValueError):
    """The archive's metadata cannot be read."""


class BrokenFileError(ModosError, ValueError):
    """A data file or its index is damaged, or they do not belong together."""


class UnsupportedError(ModosError, ValueError):
    """The object is valid, but this version cannot handle it."""


class StorageError(ModosError, OSError):
    """A store failed: a full disk, an incomplete response, a refused write."""


class CredentialsError(ModosError, PermissionError):
    """Credentials are missing, refused or expired."""


class MovedServiceError(CredentialsError):
    """An endpoint names a service at an address that it did not name at sign-in.

    Attributes
    ----------
    endpoint : str
        The endpoint.
    origin : str
        Scheme, host and port of the new address, the argument of `remote.confirm_service`.
    """

    endpoint = ""
    origin = ""


class EndpointError(ModosError, ConnectionError):
    """A server failed or cannot be used."""


class UnreachableError(EndpointError):
    """The connection failed or timed out."""


class ServerError(EndpointError):
    """The server reported an internal error (5xx)."""


class ResponseError(EndpointError):
    """The server's response is invalid (HTML, incomplete JSON, a wrong structure)."""


class InsecureEndpointError(EndpointError):
    """A secret would be sent unencrypted or to a host that it was not issued for."""


class UnknownObjectError(ModosError, ValueError):
    """An object id is unknown or ambiguous at the endpoint."""


class LoginError(ModosError):
    """The sign-in failed."""


class LoginDeniedError(LoginError):
    """The user or the provider refused the sign-in."""


class LoginExpiredError(LoginError):
    """The code or the token expired before it was used."""


class LoginCancelledError(LoginError):
    """The sign-in was cancelled."""


class InvalidMetadataError(ModosError, ValueError):
    """The metadata contain errors that block the operation.

    Parameters
    ----------
    message, hint : str
        As for every error.
    findings : sequence
        The findings (`modos_widgets.modo.Finding`) that block the operation.
    """

    def __init__(self, message: str, hint: str = "", findings: Sequence[Any] = ()) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class MetadataArgumentError(InvalidMetadataError, ArgumentError):
    """Metadata have a type that cannot contain attributes."""


class ChangedError(ModosError):
    """A conditional write or delete found content that had changed."""


class ConflictError(ModosError):
    """Someone else changed the same value in the meantime.

    Parameters
    ----------
    message, hint : str
        As for every error.
    conflicts : sequence
        One `modos_widgets.modo.Conflict` per cell.

    Attributes
    ----------
    stays : ChangeSet or None
        The part of the commit that remains stored, because someone else changed the object
        further before the commit could be undone; nearly always None.
    """

    def __init__(self, message: str, hint: str = "", conflicts: Sequence[Any] = ()) -> None:
        super().__init__(message, hint)
        self.conflicts = tuple(conflicts)
        self.stays: Any = None


class UnsavedChangesError(ModosError):
    """The operation would lose changes that are not committed."""


class LockedError(ModosError):
    """Another process is writing to the same object."""


class InterruptedCommitError(ModosError):
    """A commit was interrupted; `Modo.repair` settles it and reports what is stored."""


class CancelledError(ModosError):
    """The user cancelled the operation."""


class MissingExtraError(ModosError, ImportError):
    """An optional dependency is not installed; the hint contains the install command."""
