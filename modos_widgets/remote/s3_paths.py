"""S3 paths, told from others; loads nothing else."""

from __future__ import annotations

__all__ = ["is_s3_path"]

_S3 = "s3://"


def is_s3_path(path: object) -> bool:
    """Return whether a path is an S3 path. No network.

    Parameters
    ----------
    path : str or path-like
        Any path.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_s3_path("s3://bucket/object")
    True
    >>> is_s3_path("/home/me/object")
    False
    """
    return str(path).startswith(_S3)
