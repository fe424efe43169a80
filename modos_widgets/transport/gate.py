"""The check of objects before they are copied."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from modos_widgets.errors import InvalidMetadataError, OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo import Finding, Modo

__all__ = ["CHECK_VARIABLE", "is_check_default", "refuse_errors"]

CHECK_VARIABLE = "MODOS_CHECK_TRANSFERS"
"""Environment variable: ``1`` checks each object before it is copied."""

_SHOWN = 3


def is_check_default() -> bool:
    """Return whether the environment requires a check of each object before it is copied.

    Raises
    ------
    OptionError
        The variable has another value than ``0`` and ``1``.
    """
    value = os.environ.get(CHECK_VARIABLE, "").strip()
    if value not in {"", "0", "1"}:
        raise OptionError(f"{CHECK_VARIABLE} is {value!r:.40}.", "Set it to 1 or 0.")
    return value == "1"


def refuse_errors(modos: Iterable[Modo]) -> None:
    """Check objects and the headers of their files; network use as `Modo.validate`.

    Parameters
    ----------
    modos : iterable of Modo
        The objects.

    Raises
    ------
    InvalidMetadataError
        An object has errors.
    """
    found: list[Finding] = []
    for modo in modos:
        found.extend(modo.validate(contents=True).errors)
    if found:
        shown = " ".join(f"{each.element}: {each.message}" for each in found[:_SHOWN])
        more = f" {len(found) - _SHOWN:,} more." if len(found) > _SHOWN else ""
        raise InvalidMetadataError(
            f"Nothing was copied, because the check found {len(found):,} "
            f"error{'s' * (len(found) > 1)}. {shown}{more}",
            "Fix them, or pass force=True (in TransferPanel: Copy despite errors).",
            found,
        )
