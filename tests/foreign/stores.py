"""Stores of other libraries on this computer and in S3, and what a preview shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modos_widgets.explore import choose_part, meaning_of, open_source
from tests.explore.stores import upload

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.explore import ArrayMeaning, AxisLabels, MeantValues, NodeSource
    from tests.parts.s3 import S3Server

PLACES = ("local", "s3")


def opened(place: str, folder: Path, server: S3Server) -> NodeSource:
    """Open a folder, as it is or as a copy in S3."""
    if place == "local":
        return open_source(folder)
    bucket = server.bucket()
    upload(server, bucket, folder.name, folder)
    return open_source(
        f"s3://{bucket}/{folder.name}",
        services={"s3": server.endpoint},
        s3_kwargs=server.s3_kwargs,
    )


def shown(
    source: NodeSource, path: str, at: dict[int, int] | None = None, **options: Any
) -> tuple[ArrayMeaning, MeantValues, dict[int, AxisLabels]]:
    """Read a node as a preview does."""
    meaning = meaning_of(source, path, **options)
    assert meaning.array is not None, path
    part = choose_part(meaning.array, at=at)
    values = meaning.read(part)
    first = {axis: part.start[axis] for axis in part.axes}
    return meaning, values, meaning.labels(part, first, most=10**6)


def frame_of(source: NodeSource, path: str) -> pd.DataFrame:
    """Return a matrix as a table with its labels."""
    _, values, labels = shown(source, path)
    data = values.data.reshape(-1, 1) if values.data.ndim < 2 else values.data
    heads = [
        labels[axis].texts if axis in labels else list(range(data.shape[axis])) for axis in (0, 1)
    ]
    return pd.DataFrame(data, index=heads[0], columns=heads[1])


def assert_same(found: Any, expected: Any) -> None:
    """Compare arrays: missing values of any kind are equal."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    missing = pd.isna(expected)
    assert (pd.isna(found) == missing).all(), (found, expected)
    assert (found[~missing] == expected[~missing]).all(), (found, expected)
