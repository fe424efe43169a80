"""S3 URLs, validated against Amazon's naming rules."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

_PREFIXES = ("xn--", "sthree-", "sthree-configurator", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3")
_KEY_BYTES = 1024
_IP_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


class S3Path(BaseModel):
    """S3 URL, validated against Amazon's official naming rules [1]_ [2]_.

    It is hashable, joins with ``/``, and a trailing slash makes no difference. No network.

    Parameters
    ----------
    url : str
        ``s3://bucket`` or ``s3://bucket/key``.

    Raises
    ------
    pydantic.ValidationError
        (a `ValueError`) The bucket's name or the key is invalid.

    References
    ----------
    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    .. [2] https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html

    Examples
    --------
    >>> S3Path(url="s3://test/ex")
    S3Path(url='s3://test/ex')
    >>> S3Path("s3://test/ex") / "data.zarr"
    S3Path(url='s3://test/ex/data.zarr')
    >>> S3Path(url='s3://?invalid-bucket-name!/def') # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
      ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for S3Path
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    _s3_pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?", re.DOTALL
    )

    url: str

    def __init__(self, url: str) -> None:
        super().__init__(url=url)

    @field_validator("url", mode="after")
    @classmethod
    def _valid(cls, url: str) -> str:
        match = cls._s3_pattern.fullmatch(url)
        if match is None:
            raise ValueError(
                "not an S3 URL: it looks like s3://bucket/key, and a bucket's name has 3 to 63 "
                "lower-case letters, digits, dots and hyphens, with a letter or digit at each end"
            )
        _check_bucket(match["bucket"])
        key = (match["key"] or "").rstrip("/")
        check_key(key)
        _check_address(key)
        return f"s3://{match['bucket']}/{key}".rstrip("/")

    def __truediv__(self, other: object) -> S3Path:
        """Return the path with a relative key appended."""
        relative = str(other).strip("/")
        return S3Path(url=f"{self.url}/{relative}")

    def __str__(self) -> str:
        """Return the URL."""
        return self.url

    def s3_url_parts(self) -> tuple[str, str]:
        """Return bucket and key.

        Returns
        -------
        tuple of str
            The key of a bucket's root is empty.
        """
        bucket, _, key = self.url.removeprefix("s3://").partition("/")
        return bucket, key

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self.s3_url_parts()[0]

    @property
    def key(self) -> str:
        """Key (prefix) in the bucket, without leading and trailing slashes."""
        return self.s3_url_parts()[1]


def _check_bucket(bucket: str) -> None:
    if any(pair in bucket for pair in ("..", ".-", "-.")):
        raise ValueError("a bucket's name has no two dots in a row and no hyphen beside a dot")
    if _IP_ADDRESS.fullmatch(bucket):
        raise ValueError("a bucket's name is not an IP address")
    if bucket.startswith(_PREFIXES) or bucket.endswith(_SUFFIXES):
        raise ValueError(
            f"a bucket's name does not begin with {', '.join(_PREFIXES)} "
            f"nor end in {', '.join(_SUFFIXES)}, which are reserved"
        )


_QUERY = re.compile(r"\?(?:[A-Za-z][\w.-]*=|versionId|versions$).*", re.DOTALL)


def _check_address(key: str) -> None:
    """Check for parts of a web address or stray characters, which would change the key."""
    if key != key.rstrip():
        raise ValueError("the key ends with a blank")
    if query := _QUERY.search(key):
        name = query[0].partition("=")[0][:20]
        raise ValueError(f"it has a query ({name!r}), and an older version cannot be chosen")


def check_key(key: str) -> None:
    """Raise ValueError for a key that no object or file of this package can have."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in key):
        raise ValueError("a key holds no control characters and no lone surrogates")
    if len(key.encode()) > _KEY_BYTES:
        raise ValueError(f"a key has at most {_KEY_BYTES} bytes of UTF-8")
    parts = key.split("/") if key else []
    if any(part in {".", ".."} for part in parts):
        raise ValueError('a key has no "." or ".." part')
