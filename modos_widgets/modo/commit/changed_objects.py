"""The objects of a draft that a commit writes, and whether it can write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.archive import FORMAT
from modos_widgets.errors import InterruptedCommitError, ReadOnlyError
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.repair import repair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["states_to_commit"]


def states_to_commit(states: Iterable[ObjectState], timeout: float) -> list[ObjectState]:
    """Return the objects that have changes, after the repairs that fixes have requested.

    Raises
    ------
    ReadOnlyError
        An object was opened read-only, or is a zarr v2 archive.
    InterruptedCommitError
        An earlier commit of this computer to one of them was interrupted.
    """
    listed = list(states)
    for state in listed:
        if state.reconsolidate:
            repair(state.stored, timeout=timeout)
            state.reconsolidate = False
    changed = [state for state in listed if state.changed]
    for state in changed:
        _check_writable(state)
    return changed


def _check_writable(state: ObjectState) -> None:
    storage = state.storage
    if storage.zarr_format != FORMAT:
        raise ReadOnlyError(
            f"{storage.url} is a zarr v2 archive, which is read-only.",
            "Convert it to zarr v3 to change it.",
        )
    if storage.read_only:
        raise ReadOnlyError(
            f"{storage.url} was opened read-only.",
            'Open it with modo = open_modo(..., mode="r+"), and commit '
            "Draft.from_json(draft.to_json(), modo).",
        )
    for record in Journal(storage).unfinished():
        if not record.is_live:
            raise InterruptedCommitError(
                f"The commit {record.id} to {storage.url} was interrupted.",
                "Run Modo.repair(): it reports which changes are stored.",
            )
