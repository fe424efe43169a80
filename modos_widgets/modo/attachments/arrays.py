"""Arrays that a draft adds to an element."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import AlreadyExistsError, OptionError, PathError
from modos_widgets.modo.attachments.labelled_values import labelled
from modos_widgets.modo.state.payloads import ArrayPayload, CopyPayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import zarr

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["array_payload", "attributes_with_array", "check_free", "make_array"]


def array_payload(
    state: ObjectState,
    element: str,
    values: Any,
    *,
    obs: Iterable[Any] | None,
    var: Iterable[Any] | None,
    name: str,
) -> ArrayPayload:
    """Return the payload of an array to add to an element (see `Draft.add_array`)."""
    if name in {"", ".", "..", "obs", "var", "zarr.json"} or "/" in name or name.startswith("__"):
        raise PathError(f"{name!r:.80} cannot name an array here.", "Choose another name.")
    payload = make_array(element, values, obs, var, name)
    drafted = [
        other for other in state.payloads_of(element).values() if isinstance(other, ArrayPayload)
    ]
    shared = {key: held for array in drafted for key, held in array.keys.items()}
    same = _same_labels(payload.keys, shared) - {name}
    keys = {key: held for key, held in payload.keys.items() if key.partition("/")[0] not in same}
    payload = replace(payload, keys=keys)
    new = {key.partition("/")[0] for key in payload.keys}
    stored = [element] if element in state.base else []
    stored += [
        other.source
        for other in state.payloads_of(element).values()
        if isinstance(other, CopyPayload)
    ]
    existing = {
        node.name for known in stored for node in state.stored.hierarchy.children(known)
    } | {key.partition("/")[0] for key in shared}
    if new & existing:
        raise AlreadyExistsError(
            f"{element} already has {', '.join(sorted(new & existing))}.",
            "Choose another name, or add the array to another element.",
        )
    return payload


def _same_labels(new: Mapping[str, bytes], drafted: Mapping[str, bytes]) -> set[str]:
    """Return the labels that the draft already adds with the same bytes: arrays share them."""
    arrays = {key.partition("/")[0] for key in new}

    def below(keys: Mapping[str, bytes], array: str) -> dict[str, bytes]:
        return {key: held for key, held in keys.items() if key.startswith(f"{array}/")}

    return {
        array
        for array in arrays
        if f"{array}/zarr.json" in drafted and below(new, array) == below(drafted, array)
    }


def make_array(element: str, values: Any, obs: Any, var: Any, name: str) -> ArrayPayload:
    """Return the stored form of a labelled matrix; touches no storage.

    The values are in the array `name` with the dimension names ``obs`` and ``var``, and the labels
    in string arrays of these names beside it, so that xarray can open the group.

    Raises
    ------
    OptionError
        The values cannot be stored unchanged (see `labelled`), or an axis has the name of the
        array.
    """
    table = labelled(values, obs, var)
    matrix = table.values
    if name in table.axes:
        raise OptionError(f"An axis has the name of the array, {name!r:.80}.", "Pass another name.")
    import zarr  # noqa: PLC0415  heavy

    memory = zarr.storage.MemoryStore()
    group = zarr.create_group(memory, zarr_format=3)
    _create(group, name, matrix, table.axes, table.attributes)
    for label, found in table.labels.items():
        _create(group, label, found, (label,))
    keys = {key: buffer.to_bytes() for key, buffer in memory._store_dict.items()}  # noqa: SLF001
    keys.pop("zarr.json")
    kind = "text" if matrix.dtype.kind in "ST" else str(matrix.dtype)
    summary = f"array {' x '.join(f'{length:,}' for length in matrix.shape)} {kind}"
    return ArrayPayload(element, name, keys, summary)


def _create(
    group: zarr.Group,
    name: str,
    values: Any,
    dimensions: Sequence[str],
    attributes: Mapping[str, Any] | None = None,
) -> None:
    if values.dtype.kind in "ST":
        array = group.create_array(
            name,
            shape=values.shape,
            dtype="string",
            dimension_names=dimensions,
            attributes=dict(attributes or {}),
        )
        array[...] = values.astype(np.dtypes.StringDType())
        return
    group.create_array(
        name, data=values, dimension_names=dimensions, attributes=dict(attributes or {})
    )


def check_free(state: ObjectState, element: str, besides: str = "") -> None:
    """Check that the object stores no arrays under the new id of an element.

    Raises
    ------
    AlreadyExistsError
        The new element would adopt arrays: those of an element that the draft removes, or of none.
    """
    if element != besides and state.stored.hierarchy.children(element):
        raise AlreadyExistsError(
            f"The object stores arrays under {element}, which the new element would adopt.",
            "Commit the removal of that element first, or choose another id.",
        )


def attributes_with_array(
    attributes: Mapping[str, Any], element: str, schema: Schema
) -> Mapping[str, Any]:
    """Return the attributes of a data entity; its own group is the data if it names none."""
    slots = schema.slots(attributes.get("@type"))
    if not {"data_path", "data_format"} <= slots.keys() or attributes.get("data_path"):
        return attributes
    filled = {**attributes, "data_path": f"{ARCHIVE}/{element}"}
    if not attributes.get("data_format"):
        filled["data_format"] = "Zarr"
    return filled
