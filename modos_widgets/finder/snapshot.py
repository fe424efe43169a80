"""The index of the last session, in a file of the cache folder.

One Arrow file per source and account, readable only by its owner; the least recently used files
are removed first.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from modos_widgets.credentials import cache_folder, sign_in_is_in_memory
from modos_widgets.files import replace_file
from modos_widgets.finder.attribute_column import AttributeColumn
from modos_widgets.finder.index import STATES, Index, ObjectInfo

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MOST_FILE_BYTES", "read_snapshot", "write_snapshot"]

MOST_FILE_BYTES: Final = 1 << 30
"""Maximum bytes of all files together."""

_FORMAT: Final = b"2"
_log = logging.getLogger("modos_widgets")


def _file(identity: str) -> Path:
    folder = cache_folder() / "finder"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{identity}.arrow"


def read_snapshot(identity: str) -> Index | None:
    """Return the index that was stored for a source; None if there is none.

    Parameters
    ----------
    identity : str
        `MetadataStream.identity` of the source.
    """
    if sign_in_is_in_memory():
        return None
    try:
        path = _file(identity)
        reader = pa.ipc.open_file(pa.BufferReader(path.read_bytes()))
        if (reader.schema.metadata or {}).get(b"format") != _FORMAT:
            return None
        index = _index(reader.get_batch(0))
        os.utime(path)
    except (OSError, pa.ArrowException, KeyError, ValueError, IndexError, TypeError) as error:
        _log.debug("No index was read from the cache: %s", error)
        return None
    return index


def write_snapshot(identity: str, index: Index) -> None:
    """Store the index of a source, without objects that were removed.

    A failure is logged and not raised: the next session then reads everything again.
    """
    if sign_in_is_in_memory():
        return
    try:
        sink = pa.BufferOutputStream()
        batch = _batch(index.without_removed())
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(sink, batch.schema, options=options) as writer:
            writer.write_batch(batch)
        path = _file(identity)
        replace_file(path, [memoryview(sink.getvalue())], private=True, lasting=False)
        _make_room(path)
    except (OSError, pa.ArrowException) as error:
        _log.warning("The index of the finder was not cached: %s", error)


def _make_room(newest: Path) -> None:
    files = [(each.stat().st_mtime, each.stat().st_size, each) for each in newest.parent.iterdir()]
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= MOST_FILE_BYTES:
            break
        path.unlink(missing_ok=True)
        total -= size


def _one(values: Any) -> pa.Array:
    """Return an array as the only row of a list column."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pa.ListArray.from_arrays(pa.array([0, len(array)], type=pa.int32()), array)


def _batch(index: Index) -> pa.RecordBatch:
    objects = index.objects
    fields: dict[str, Any] = {}
    for name in ("path", "reason", "title", "id", "changed", "version"):
        texts = [_storable(getattr(each, name)) for each in objects]
        fields[f"object {name}"] = pa.array(texts, type=pa.string())
    fields["object state"] = pa.array([STATES.index(each.state) for each in objects], pa.int32())
    for name in ("first", "count", "errors", "warnings"):
        fields[f"object {name}"] = pa.array([getattr(each, name) for each in objects], pa.int32())
    fields["object size"] = pa.array([each.size for each in objects], pa.int64())
    fields["row object"], fields["row marks"] = index.row_object, index.marks
    fields["names"] = pa.array(list(map(_storable, index.columns)), type=pa.string())
    for number, column in enumerate((index.ids, *index.columns.values())):
        forms = np.zeros(0, dtype=np.uint8) if column.forms is None else column.forms
        fields[f"{number} rows"], fields[f"{number} codes"] = column.rows, column.codes
        fields[f"{number} forms"], fields[f"{number} distinct"] = forms, column.distinct
    batch = pa.RecordBatch.from_arrays(list(map(_one, fields.values())), names=list(fields))
    return batch.replace_schema_metadata({b"format": _FORMAT})


def _storable(text: str) -> str:
    return text.encode(errors="surrogatepass").decode(errors="replace")


def _index(batch: pa.RecordBatch) -> Index:
    def values(name: str) -> Any:
        return batch.column(name).values

    def numbers(name: str) -> Any:
        return values(name).to_numpy(zero_copy_only=False)

    def column(number: int) -> AttributeColumn:
        forms = numbers(f"{number} forms")
        return AttributeColumn(
            numbers(f"{number} rows"),
            numbers(f"{number} codes"),
            values(f"{number} distinct"),
            forms if len(forms) else None,
        )

    slots = ("path", "reason", "title", "id", "changed", "version")
    texts = {name: values(f"object {name}").to_pylist() for name in slots}
    counts = {
        name: values(f"object {name}").to_pylist()
        for name in ("state", "first", "count", "errors", "warnings", "size")
    }
    objects = tuple(
        ObjectInfo(
            path=texts["path"][place],
            state=STATES[counts["state"][place]],
            reason=texts["reason"][place],
            title=texts["title"][place],
            id=texts["id"][place],
            changed=texts["changed"][place],
            version=texts["version"][place],
            first=counts["first"][place],
            count=counts["count"][place],
            errors=counts["errors"][place],
            warnings=counts["warnings"][place],
            size=counts["size"][place],
        )
        for place in range(len(texts["path"]))
    )
    names = values("names").to_pylist()
    columns = {name: column(number + 1) for number, name in enumerate(names)}
    marks = numbers("row marks").copy()
    return Index(objects, columns, column(0), numbers("row object"), marks)
