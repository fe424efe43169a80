"""Response of a key service: a short-lived S3 key and its permissions."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from modos_widgets.credentials import HiddenText  # noqa: TC001 - pydantic reads it


class Permissions(BaseModel):
    """Permissions of a key.

    Parameters
    ----------
    read, write, owner : bool
        Whether the key permits this.

    Examples
    --------
    >>> print(Permissions.default())
    read
    >>> print(Permissions(read=True, write=True, owner=False))
    read,write
    """

    read: bool
    write: bool
    owner: bool

    @classmethod
    def default(cls) -> Permissions:
        """Return the permission to read and nothing else.

        Returns
        -------
        Permissions
        """
        return cls(read=True, write=False, owner=False)

    def __str__(self) -> str:
        """Return the permissions as text, such as ``read,write``."""
        return ",".join(name for name in ("read", "write", "owner") if getattr(self, name))


class S3KeySpec(BaseModel):
    """Scope and lifetime of a key.

    Parameters
    ----------
    bucket : str
        Name of the bucket.
    expiration : datetime.datetime
        When the key expires; a naive time is read as UTC.
    prefixes : list of str, or None
        Prefixes in the bucket where it works; None: everywhere.
    permissions : Permissions
        What it permits.
    name : str, optional
        Name of the account.
    region : str
        Region of the bucket.
    """

    bucket: str
    expiration: datetime
    prefixes: list[str] | None
    permissions: Permissions
    name: str | None = None
    region: str = "us-east-1"

    @field_validator("expiration")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=UTC)


class S3Key(BaseModel):
    """An S3 key. Its secrets are shown neither in ``repr`` nor in errors.

    Parameters
    ----------
    spec : S3KeySpec
        Its scope and lifetime.
    access_key_id : str
        Public part of the key.
    secret_access_key : str or None
        Secret part of the key.
    session_token : str, optional
        Some S3 servers (those with an STS) issue one with a temporary key.

    Examples
    --------
    >>> spec = S3KeySpec(bucket="demo", expiration="2030-01-01T00:00:00", prefixes=["x", "y"],
    ...                  permissions=Permissions.default())
    >>> S3Key(spec=spec, access_key_id="id", secret_access_key="secret").valid_paths()
    's3://demo/{x,y}'
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    spec: S3KeySpec
    access_key_id: str
    secret_access_key: HiddenText | None = Field(repr=False)
    session_token: HiddenText | None = Field(default=None, repr=False)

    def valid_paths(self) -> str:
        """Return the S3 paths that the key gives access to.

        Returns
        -------
        str
            ``s3://bucket/x``, or ``s3://bucket/{x,y}``, or ``s3://bucket/`` when no
            prefix restricts it.
        """
        prefixes = [prefix.lstrip("/") for prefix in self.spec.prefixes or []]
        if len(prefixes) > 1:
            return f"s3://{self.spec.bucket}/{{{','.join(prefixes)}}}"
        return f"s3://{self.spec.bucket}/{''.join(prefixes)}"
