"""New objects: what a form asks for, its checks, and the structure of another object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import Schema
from modos_widgets.storage import is_unusable_name, portable_name, unusual_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.location import Location
    from modos_widgets.modo import Draft, Modo

__all__ = ["NewObject", "copy_structure"]

_LONGEST: Final = 255  # bytes of a folder's name
_MOST_LETTERS: Final = 10_000


@dataclass(frozen=True)
class NewObject:
    """The fields of a new object.

    Attributes
    ----------
    place : str
        Folder on this computer, or ``s3://bucket`` or ``s3://bucket/prefix``.
    id : str
        Id of the object and name of its folder.
    name, description : str
        For people; may be empty.
    """

    place: str
    id: str
    name: str = ""
    description: str = ""

    @property
    def path(self) -> str:
        """Path of the object."""
        place = self.place.strip()
        if not place.startswith("s3://"):
            place = os.path.abspath(os.path.expanduser(place))  # noqa: PTH100, PTH111 - keeps links
        return f"{place.rstrip('/')}/{self.id.strip()}"

    def problems(self, location: Location, taken: Iterable[str] = ()) -> dict[str, str]:
        """Check the fields. No network use.

        Parameters
        ----------
        location : Location
            How objects of the session are reached.
        taken : iterable of str
            Paths of objects that exist.

        Returns
        -------
        dict of str to str
            Name of each wrong field to the problem and the next step.
        """
        found: dict[str, str] = {}
        place, own = self.place.strip(), self.id.strip()
        on_s3 = place.startswith("s3://")
        if not place:
            found["place"] = "Enter a folder, or s3://bucket/prefix."
        elif on_s3 and not place.removeprefix("s3://").strip("/"):
            found["place"] = "Enter the name of a bucket after s3://."
        elif on_s3 and not location.names_server:
            found["place"] = "No S3 server is known here. Choose an endpoint, or enter a folder."
        elif "://" in place and not on_s3:
            found["place"] = "Enter a folder, or s3://bucket/prefix."
        elif not on_s3 and (reason := _folder_problem(place)):
            found["place"] = reason
        if reason := _id_problem(own, on_s3=on_s3):
            found["id"] = reason
        elif not found and self.path in taken:
            found["id"] = f"{own} already exists there. Enter another id."
        for field in ("name", "description"):
            if len(getattr(self, field)) > _MOST_LETTERS:
                found[field] = f"Enter at most {_MOST_LETTERS:,} characters."
        return found

    def notes(self) -> dict[str, str]:
        """Return warnings about fields, by name: ids that other software refuses."""
        own = self.id.strip()
        part = unusual_part(own)
        if not part:
            return {}
        return {"id": f"Other MODO software refuses {part}. Suggestion: {portable_name(own)}."}


def _id_problem(own: str, *, on_s3: bool) -> str:
    if not own:
        return "Enter an id."
    if "/" in own or is_unusable_name(own):
        return "An id contains no slashes and no control characters, and is not '.' or '..'."
    if len(own.encode(errors="replace")) > _LONGEST:
        return f"Enter at most {_LONGEST} bytes."
    if own.startswith("."):
        return "An id does not begin with a dot."
    if on_s3 and (part := unusual_part(own)):
        return f"It contains {part}, which other MODO software refuses. Use {portable_name(own)}."
    return ""


def _folder_problem(place: str) -> str:
    folder = Path(place).expanduser()
    if not folder.is_absolute():
        return "Enter the whole path of a folder, such as /home/me/study."
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder.name} is a file. Enter a folder."
    if not os.access(folder, os.W_OK):
        return f"You have no permission to write in {folder}. Enter another folder."
    return ""


def copy_structure(draft: Draft, like: Modo) -> int:
    """Add the elements of another object to a draft, as one step for `undo`.

    Copied are ids, classes and links; no other values, no files and no arrays. What is copied is
    not written before the draft is committed.

    Parameters
    ----------
    draft : Draft
        A draft of one object without elements.
    like : Modo
        The other object.

    Returns
    -------
    int
        Number of elements.
    """
    schema = Schema.of(draft.schema)
    elements = like.metadata
    root = elements.pop(like.root_element)
    with draft.together():
        for element, attributes in elements.items():
            draft.add(element, _structure(attributes, schema), link=False)
        for slot, value in _structure(root, schema).items():
            if slot != "@type":
                draft.set("", slot, value)
    return len(elements)


def _structure(attributes: dict[str, Any], schema: Schema) -> dict[str, Any]:
    slots = schema.slots(attributes.get("@type"))
    return {
        slot: value
        for slot, value in attributes.items()
        if slot == "@type" or (slot in slots and slots[slot].link)
    }
