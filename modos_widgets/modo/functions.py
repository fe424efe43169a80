"""`modos_widgets.open_modo`, `modos_widgets.create_modo` and `modos_widgets.edit`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import on_threads
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo.draft.draft import Draft
from modos_widgets.modo.object import Modo
from modos_widgets.modo.values import as_json, now
from modos_widgets.storage import Mode, check_mode, warn_unusual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.schema.slots import AnySchema

__all__ = ["Mode", "create_modo", "edit", "open_modo"]


def open_modo(
    path: AnyPath,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    mode: Mode = "r",
    allow_unusual: bool = False,
) -> Modo:
    """Open one object.

    A remote object whose root holds the metadata of its whole tree costs exactly one
    request, metadata and all. Opening never repairs, warns or writes.

    Parameters
    ----------
    path : str, path-like or Location
        A folder on this computer, ``s3://bucket/key``, or, with `endpoint`, the id of an
        object that the endpoint lists or the last part of its path. A `Location` brings its
        own `endpoint`, `services` and `s3_kwargs`.
    endpoint : str, optional
        URL of a modos server: it names the S3 service, and a login at it gives the keys.
    services : mapping, optional
        ``{"s3": url}`` where there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in s3fs's or obstore's spelling; unknown ones are refused.
    mode : {"r", "r+", "a", "w-"}
        ``"r"`` reads and never writes, ``"r+"`` may write, ``"a"`` creates the object where
        there is none, ``"w-"`` creates it and refuses one that exists.
    allow_unusual : bool
        Create an object on S3 although other software refuses its key, see `create_modo`.

    Returns
    -------
    Modo

    Raises
    ------
    NotFoundError
        No object is at the path (modes "r" and "r+"); nothing is created.
    OptionError
        An unknown mode or S3 option, or an S3 path without a service.
    UnknownObjectError
        The endpoint knows no such object, or several.
    CredentialsError, EndpointError, BrokenArchiveError
        The store refuses or fails, or what is there is no archive.

    Examples
    --------
    >>> open_modo("/no/such/path")
    Traceback (most recent call last):
      ...
    modos_widgets.errors.NotFoundError: ...
    """
    s3_kwargs = hidden_options(s3_kwargs)
    check_mode(mode)
    place = Location.of(path, endpoint, services, s3_kwargs)
    return Modo(place.storage(mode, allow_unusual=allow_unusual), endpoint=place.endpoint)


OPENED_AT_ONCE = 128


def edit(
    objects: Modo | AnyPath | Iterable[Modo | AnyPath],
    *,
    schema: AnySchema = (),
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Draft:
    """Begin to change the metadata of one object or many; nothing is written until commit.

    Parameters
    ----------
    objects : Modo, path, Location, or iterable of these
        The objects; paths are opened with mode "r+" (one request each, side by side).
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.
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
    if isinstance(objects, Modo | Location | str | os.PathLike):
        objects = [objects]
    if not isinstance(objects, Iterable):
        raise ArgumentError.expected("a path, a Modo or a list of them", objects)
    way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)

    def opened(one: Modo | AnyPath) -> Modo:
        return one if isinstance(one, Modo) else open_modo(way.at(one), mode="r+")

    return Draft(on_threads(opened, objects, most=OPENED_AT_ONCE), schema)


def create_modo(
    path: AnyPath,
    id: str | None = None,  # noqa: A002 - the agreed signature
    *,
    name: str | None = None,
    description: str | None = None,
    schema: AnySchema = (),
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    allow_unusual: bool = False,
) -> Modo:
    """Make a new object; touches the network for S3.

    Parameters
    ----------
    path : str, path-like or Location
        Where: a folder on this computer (made where there is none) or ``s3://bucket/key``.
    id : str, optional
        The object's id; the last part of the path where it is not given.
    name, description : str, optional
        For people.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.
    endpoint, services, s3_kwargs
        As for `open_modo`.
    allow_unusual : bool
        Take an S3 key with other characters than letters without accents, digits, ``-``,
        ``_``, ``.`` and ``/``: other software of the field refuses such an object, and its
        servers may then fail for the whole bucket. A folder of this computer is made
        whatever its name, with a warning.

    Returns
    -------
    Modo
        Opened for writing.

    Raises
    ------
    AlreadyExistsError
        An object is there; it is left as it is.
    PathError
        An S3 key that other software refuses, without `allow_unusual`.
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
    place = Location.of(path, endpoint, services, s3_kwargs)
    modo = Modo(place.storage("w-", allow_unusual=allow_unusual), endpoint=place.endpoint)
    attributes["id"] = own or modo.id
    if own:
        warn_unusual(own, own)
    draft = modo.edit(schema)
    for slot, value in attributes.items():
        if value is not None:
            draft.set("", slot, value)
    draft.commit("Created")
    return modo
