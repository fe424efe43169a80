"""`modos_widgets.edit` and `modos_widgets.create_modo`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import OptionError
from modos_widgets.modo.draft import Draft
from modos_widgets.modo.fixes import now
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import find_storage, open_modo
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema
from modos_widgets.modo.values import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["create_modo", "edit"]


def edit(
    objects: Modo | str | os.PathLike[str] | Iterable[Modo | str | os.PathLike[str]],
    *,
    schema: Iterable[type[BaseModel]] = (),
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Draft:
    """Begin to change the metadata of one object or many; nothing is written until commit.

    Parameters
    ----------
    objects : Modo, path, or iterable of these
        The objects; paths are opened with mode "r+" (one request each).
    schema : iterable of pydantic model classes
        Classes of your own, beside the published ones.
    endpoint, services, s3_kwargs
        For paths, as for `open_modo`.

    Returns
    -------
    Draft

    Raises
    ------
    OptionError
        What is no object, no object at all, or one of them twice.
    ModosError
        An object that cannot be opened, see `open_modo`.

    Examples
    --------
    >>> draft = edit(["cohort/p1", "cohort/p2"])            # doctest: +SKIP
    >>> draft.set((draft.modos[0].path, "sample/s1"), "sex", "Male")  # doctest: +SKIP
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if isinstance(objects, Modo | str | os.PathLike):
        objects = [objects]
    if not isinstance(objects, Iterable):
        raise OptionError(
            f"A draft cannot be made of a {type(objects).__name__}.",
            "Give a path, an opened object, or a list of these.",
        )
    modos = [
        one
        if isinstance(one, Modo)
        else open_modo(one, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs, mode="r+")
        for one in objects
    ]
    return Draft(modos, Schema(schema) if schema else DEFAULT_SCHEMA)


def create_modo(
    path: str | os.PathLike[str],
    id: str | None = None,  # noqa: A002 - the agreed signature
    *,
    name: str | None = None,
    description: str | None = None,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Modo:
    """Make a new object; touches the network for S3.

    Parameters
    ----------
    path : str or path-like
        Where: a folder on this computer (made where there is none) or ``s3://bucket/key``.
    id : str, optional
        The object's id; the last part of the path where it is not given.
    name, description : str, optional
        For people.
    endpoint, services, s3_kwargs
        As for `open_modo`.

    Returns
    -------
    Modo
        Opened for writing.

    Raises
    ------
    AlreadyExistsError
        An object is there; it is left as it is.
    OptionError
        An id that is no text, or empty.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if id is not None and (not isinstance(id, str) or not id.strip()):
        raise OptionError("The object's id has to be text.", "Leave it out to use the path's.")
    own = as_json(id, name="id") if id is not None else None
    moment = now()
    attributes = {
        "@type": "MODO",
        "id": own,
        "creation_date": moment,
        "last_update_date": moment,
        "name": None if name is None else as_json(name, name="name"),
        "description": None if description is None else as_json(description, name="description"),
    }
    storage = find_storage(
        path, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs, mode="w-"
    )
    modo = Modo(storage, endpoint=endpoint)
    attributes["id"] = own or modo.id
    draft = modo.edit()
    for slot, value in attributes.items():
        if value is not None:
            draft.set("", slot, value)
    draft.commit("Created")
    return modo
