"""Files and arrays within a draft."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, OptionError, PathError
from modos_widgets.modo.fixes import format_of
from modos_widgets.modo.keeping import FOR_GOOD, lost_files
from modos_widgets.modo.locating import INDEX_SUFFIXES, file_in_object
from modos_widgets.modo.payload import (
    ArrayPayload,
    CopyPayload,
    DropPayload,
    FilePayload,
    Payload,
    RemoveFilePayload,
    RestorePayload,
    file_payloads,
    make_array,
)
from modos_widgets.modo.values import MISSING
from modos_widgets.storage.paths import is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from modos_widgets.modo.change import Row
    from modos_widgets.modo.slots import Schema
    from modos_widgets.modo.working import Working

__all__ = [
    "array_of",
    "attributes_renamed",
    "attributes_with",
    "attributes_with_array",
    "files_of",
    "files_to_dict",
    "files_to_remove",
    "payload_rows",
    "payloads_of",
    "renamed",
    "settle_file",
]


ARCHIVE = "data.zarr"
FROM_FILE = ("data_path", "data_checksum", "data_format")
NUMBERED = re.compile(r"(.+)-(\d{1,6})")


def payloads_of(
    working: Working,
    element: str,
    file: str | os.PathLike[str],
    *,
    name: str | None,
    s3_kwargs: Mapping[str, Any] | None,
    services: Mapping[str, str] | None,
) -> list[FilePayload]:
    """Describe a file to be attached (see `Draft.attach`)."""
    source = os.fspath(file) if isinstance(file, str | os.PathLike) else None
    if not isinstance(source, str) or not source or "\0" in source or not is_text(source):
        raise PathError(f"{file!r:.80} is no path of a file.", "Give a path or s3://bucket/key.")
    target = posixpath.normpath(name or posixpath.basename(source.replace(os.sep, "/")))
    if target.startswith(("/", "..")) or target in {"", "."} or target.split("/")[0] == ARCHIVE:
        raise PathError(
            f"{target!r:.80} is no place for a file of the object.",
            "Give a name without '..', outside data.zarr.",
        )
    opener = _s3_opener(working, s3_kwargs, services) if source.startswith("s3://") else None
    return file_payloads(element, source, target, opener)


def _s3_opener(
    working: Working, s3_kwargs: Mapping[str, Any] | None, services: Mapping[str, str] | None
) -> Callable[[str], Any]:
    from s3fs import S3FileSystem  # noqa: PLC0415 - only where a source is on S3

    from modos_widgets.credentials import S3Options  # noqa: PLC0415

    storage = working.modo.storage
    own = getattr(storage, "endpoint", None)
    endpoint = str(services["s3"]) if services and services.get("s3") else own
    if endpoint is None and not (s3_kwargs or {}).get("endpoint_url"):
        raise OptionError(
            "The file is on S3, and no S3 service is given.",
            'Give services={"s3": "https://..."}.',
        )
    if s3_kwargs is None and services is None and getattr(storage, "options", None) is not None:
        options = storage.options  # type: ignore[attr-defined]
    else:
        options = S3Options.resolve(endpoint, s3_kwargs)
    system = S3FileSystem(**options.for_s3fs())
    return lambda path: system.open(path, "rb")


def settle_file(working: Working, element: str, target: str, *, mine: bool) -> None:
    """Give an attached file another name, since its own is taken, or leave it out.

    Its index files go with it. The name is a guess, made without a look: the next commit
    tells where that is taken, too.
    """
    stem, suffix = posixpath.splitext(target)
    attached = [
        one for one in working.payloads if isinstance(one, FilePayload) and one.element == element
    ]
    if suffix in INDEX_SUFFIXES and any(one.target == stem for one in attached):
        target = stem
    names = {target, *(target + suffix for suffix in INDEX_SUFFIXES)}
    chosen = [one for one in attached if one.target in names]
    if not chosen:
        return
    left = tuple(one for one in working.payloads if one not in chosen)
    now = dict(working.now[element])
    if mine:
        other = _numbered(target, {getattr(one, "target", None) for one in working.payloads})
        chosen = [replace(one, target=other + one.target.removeprefix(target)) for one in chosen]
        now["data_path"] = other
    else:
        chosen = []
        base = working.base.get(element, {})
        for slot in FROM_FILE:
            now.pop(slot, None)
            if slot in base:
                now[slot] = base[slot]
    working.payloads = (*left, *chosen)
    working.place(element, now)


def _numbered(target: str, taken: Container[str | None]) -> str:
    """Give a name like another one: a.vcf.gz, a-2.vcf.gz, a-3.vcf.gz."""
    folder, name = posixpath.split(target)
    stem, dot, ending = name.partition(".")
    found = NUMBERED.fullmatch(stem)
    begin, number = (found[1], int(found[2])) if found else (stem, 1)
    while True:
        number += 1
        other = posixpath.join(folder, f"{begin}-{number}{dot}{ending}")
        if other not in taken:
            return other


def attributes_with(
    attributes: Mapping[str, Any], file: FilePayload, schema: Schema
) -> dict[str, Any]:
    """Give an element's attributes with what an attached file says."""
    slots = schema.slots(attributes.get("@type"))
    changed = {**attributes, "data_path": file.target}
    if "data_checksum" in slots or "data_checksum" in attributes:
        changed["data_checksum"] = file.checksum
    if "data_format" in slots and not attributes.get("data_format") and format_of(file.target):
        changed["data_format"] = format_of(file.target)
    return changed


def attributes_with_array(
    attributes: Mapping[str, Any], element: str, schema: Schema
) -> Mapping[str, Any]:
    """Give a data entity's attributes with its own group as its data, where it names none."""
    slots = schema.slots(attributes.get("@type"))
    if not {"data_path", "data_format"} <= slots.keys() or attributes.get("data_path"):
        return attributes
    filled = {**attributes, "data_path": f"{ARCHIVE}/{element}"}
    if not attributes.get("data_format"):
        filled["data_format"] = "Zarr"
    return filled


def attributes_renamed(attributes: dict[str, Any], element: str, new: str) -> dict[str, Any]:
    """Give an element's attributes as they are after it was renamed: arrays move with it."""
    own, path = f"{ARCHIVE}/{element}", attributes.get("data_path")
    if not isinstance(path, str) or not f"{path}/".startswith(f"{own}/"):
        return attributes
    return {**attributes, "data_path": f"{ARCHIVE}/{new}{path.removeprefix(own)}"}


def array_of(
    working: Working,
    element: str,
    values: Any,
    *,
    obs: Iterable[Any] | None,
    var: Iterable[Any] | None,
    name: str,
) -> ArrayPayload:
    """Make the array to be put under an element (see `Draft.add_array`)."""
    if name in {"", ".", "..", "obs", "var", "zarr.json"} or "/" in name or name.startswith("__"):
        raise PathError(f"{name!r:.80} cannot name an array here.", "Choose another name.")
    payload = make_array(element, values, obs, var, name)
    new = {key.partition("/")[0] for key in payload.keys}
    there = {node.name for node in working.modo.hierarchy.children(element)} | {
        key.partition("/")[0]
        for one in working.payloads
        if isinstance(one, ArrayPayload) and one.element == element
        for key in one.keys
    }
    if new & there:
        raise AlreadyExistsError(
            f"{element} has {', '.join(sorted(new & there))} already.",
            "Give another name, or put the labels under another element.",
        )
    return payload


def files_to_remove(working: Working, element: str) -> tuple[RemoveFilePayload, ...]:
    """Give the file of an element (or those in its folder), and its index; one listing.

    A file that another element names stays.
    """
    path = file_in_object(working.now[element].get("data_path"), working.path)
    if path is None:
        return ()
    named = {
        file_in_object(attributes.get("data_path"), working.path)
        for other, attributes in working.now.items()
        if other != element
    }
    own = {path, *(path + suffix for suffix in INDEX_SUFFIXES)}
    if path in named:
        return ()
    return tuple(
        RemoveFilePayload(f"{element} (file)", entry.name, entry.size)
        for entry in working.modo.storage.files()
        if (entry.name in own or entry.name.startswith(f"{path}/")) and entry.name not in named
    )


def renamed(working: Working, element: str, new: str) -> tuple[Payload, ...]:
    """Give what comes with the metadata after an element was renamed."""
    moved: list[Payload] = []
    for one in working.payloads:
        if one.element != element:
            moved.append(one)
        elif isinstance(one, ArrayPayload | CopyPayload | FilePayload):
            moved.append(replace(one, element=new))
        else:
            moved.append(one)
    if working.modo.hierarchy.children(element) and element in working.base:
        moved.append(CopyPayload(new, element))
    return tuple(moved)


def payload_rows(working: Working) -> list[Row]:
    """Give one row of the diff for each thing that comes with the metadata, by element."""
    return sorted(_rows(working), key=lambda row: row[1:3])


def _rows(working: Working) -> Iterator[Row]:
    gone = lost_files(working)
    for one in working.payloads:
        if isinstance(one, DropPayload | RestorePayload):
            for element, name, *sides in one.rows:
                before, after = (MISSING if side is None else side for side in sides)
                yield (working.path, str(element), str(name), before, after)
        elif isinstance(one, RemoveFilePayload):
            if not one.target.endswith(INDEX_SUFFIXES):
                lost = f", {FOR_GOOD}" if one.target in gone else ""
                yield (working.path, one.element, one.target, f"{one}{lost}", MISSING)
        else:
            name = one.name if isinstance(one, ArrayPayload) else getattr(one, "target", "arrays")
            yield (working.path, one.element, name, MISSING, str(one))


def files_of(working: Working) -> list[list[str | None]]:
    """Give the rows of the diff that are no cells, as the journal holds them."""
    return [
        [None if value is MISSING else str(value) for value in row]
        for _, *row in payload_rows(working)
    ]


def files_to_dict(working: Working) -> list[dict[str, Any]]:
    """Give the files that come with the metadata as JSON holds them.

    Raises
    ------
    OptionError
        An array is among them: a change set is text.
    """
    found: list[dict[str, Any]] = []
    for one in working.payloads:
        if isinstance(one, ArrayPayload):
            raise OptionError(
                f"The array {one.name} of {one.element} does not fit into a change set.",
                "Commit it first, or leave it to the colleague.",
            )
        if isinstance(one, FilePayload):
            found.append(
                {
                    "put": one.target,
                    "source": one.source,
                    "element": one.element,
                    "checksum": one.checksum,
                }
            )
        elif isinstance(one, CopyPayload):
            found.append({"copy": one.source, "element": one.element})
        elif isinstance(one, RemoveFilePayload):
            found.append({"remove": one.target, "element": one.element, "size": one.size})
    return found
