"""`open_modo`, `create_modo`, `edit` and `deleted_modos` of `modos_widgets`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import on_threads
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo.commit.commit import OBJECTS_AT_ONCE
from modos_widgets.modo.deletion import DeletedModo, list_deleted
from modos_widgets.modo.draft.draft import Draft
from modos_widgets.modo.object import Modo
from modos_widgets.modo.values import as_json, now
from modos_widgets.storage import Mode, check_mode, warn_unusual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.location import AnyPath
    from modos_widgets.modo.schema.slots import AnySchema

__all__ = ["Mode", "create_modo", "deleted_modos", "edit", "open_modo"]


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

    Network use: one request for a remote object whose root contains the metadata of the whole tree.
    Modes "r" and "r+" never write.

    Parameters
    ----------
    path : str, path-like or Location
        A folder on this computer, ``s3://bucket/key`` or, with `endpoint`, the id of an object
        that the endpoint lists, or the last part of its path. A `Location` contains its own
        `endpoint`, `services` and `s3_kwargs`.
    endpoint : str, optional
        URL of a modos server. It determines the S3 server, and a login at it provides the keys.
    services : mapping, optional
        ``{"s3": url}``, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore.
    mode : {"r", "r+", "a", "w-"}
        ``"r"``: read-only; ``"r+"``: read and write; ``"a"``: as ``"r+"``, and create the object
        if it does not exist; ``"w-"``: create the object, which must not exist.
    allow_unusual : bool
        Allow new S3 keys that other MODO software refuses (see `create_modo`).

    Returns
    -------
    Modo

    Raises
    ------
    NotFoundError
        There is no object at the path (modes "r" and "r+").
    AlreadyExistsError
        The object already exists (mode "w-").
    OptionError
        The mode or an S3 option is unknown, or an S3 path has no S3 server.
    UnknownObjectError
        The endpoint lists no such object, or several.
    BrokenArchiveError
        The metadata of the archive cannot be read.
    CredentialsError, EndpointError, StorageError
        The storage refuses a request or fails.

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
    return Modo(place.storage(mode, allow_unusual=allow_unusual), endpoint=place.manager)


def edit(
    objects: Modo | AnyPath | Iterable[Modo | AnyPath],
    *,
    schema: AnySchema = (),
    create: bool = False,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Draft:
    """Create a draft to change the metadata of one or more objects; only its commit writes.

    Network use: one request for each remote path.

    Parameters
    ----------
    objects : Modo, path, Location, or iterable of these
        The objects. Paths are opened with mode "r+", side by side.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.
    create : bool
        Also accept paths without an object. The draft then has its id and dates, and the first
        commit creates it.
    endpoint, services, s3_kwargs
        For paths, as for `open_modo`.

    Returns
    -------
    Draft

    Raises
    ------
    ArgumentError
        `objects` contains something other than objects and paths.
    OptionError
        There is no object, or an object is passed twice.
    ModosError
        An object cannot be opened (see `open_modo`).

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
    places = [item if isinstance(item, Modo) else way.at(item) for item in objects]
    waits = any(isinstance(place, Location) and (place.is_s3 or place.is_id) for place in places)

    def opened(place: Modo | Location) -> Modo:
        if isinstance(place, Modo):
            return place
        mode: Mode = "a" if create else "r+"
        return Modo(place.storage(mode, later=create), endpoint=place.manager)

    # on a disk, threads only cost time
    draft = Draft(on_threads(opened, places, most=OBJECTS_AT_ONCE if waits else 1), schema)
    with draft.together():
        for modo in draft.modos:
            if modo.storage.is_new:
                _fill_root(draft, modo)
    return draft


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
    """Create an object, on this computer or on S3; writes it.

    Parameters
    ----------
    path : str, path-like or Location
        A folder on this computer, which is created if necessary, or ``s3://bucket/key``.
    id : str, optional
        Id of the object; by default the last part of the path.
    name, description : str, optional
        Name and description for people.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.
    endpoint, services, s3_kwargs
        As for `open_modo`.
    allow_unusual : bool
        Allow S3 keys with characters other than unaccented letters, digits, ``-``, ``_``, ``.``
        and ``/``. Other MODO software refuses such an object, and its servers may then fail for
        the whole bucket. For a folder on this computer, such a name is only warned about.

    Returns
    -------
    Modo
        The new object, opened for reading and writing.

    Raises
    ------
    AlreadyExistsError
        The object already exists. It is not changed.
    PathError
        Other MODO software refuses the S3 key, and `allow_unusual` is not set.
    OptionError
        `id` is not text, or is empty.
    CredentialsError, EndpointError, StorageError
        The storage refuses a request or fails.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if id is not None and (not isinstance(id, str) or not id.strip()):
        raise OptionError(
            "The object's id must be non-empty text.", "Omit id= to use the last part of the path."
        )
    own = as_json(id, name="id") if id is not None else None
    texts = {
        "name": None if name is None else as_json(name, name="name"),
        "description": None if description is None else as_json(description, name="description"),
    }
    place = Location.of(path, endpoint, services, s3_kwargs)
    modo = Modo(place.storage("w-", allow_unusual=allow_unusual), endpoint=place.manager)
    if own:
        warn_unusual(own, own)
    draft = modo.edit(schema)
    _fill_root(draft, modo, own, **texts)
    draft.commit("Created")
    return modo


def _fill_root(draft: Draft, modo: Modo, own: str | None = None, **texts: str | None) -> None:
    """Set the attributes of the root of a new object."""
    moment = now()
    attributes = {
        "@type": "MODO",
        "id": own or modo.id,
        "creation_date": moment,
        "last_update_date": moment,
        **texts,
    }
    for slot, value in attributes.items():
        if value is not None:
            draft.set((modo.path, ""), slot, value)


def deleted_modos(
    place: AnyPath,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> list[DeletedModo]:
    """List the deleted objects of a folder or prefix (see `Modo.delete`).

    Network use: on S3 one listing and one request per deleted object. At most 1,000 are listed.

    Parameters
    ----------
    place : str, path-like or Location
        The folder on this computer, or ``s3://bucket/prefix``, that contained the objects.
    endpoint, services, s3_kwargs
        As for `open_modo`.

    Returns
    -------
    list of DeletedModo
        The latest first; empty if there are none.

    Raises
    ------
    PathError
        The folder ``.modos-deleted`` is a symbolic link.
    OptionError
        An S3 path has no S3 server.
    CredentialsError, EndpointError, StorageError
        The storage refuses a request or fails.

    Examples
    --------
    >>> for deleted in deleted_modos("cohort"):      # doctest: +SKIP
    ...     Modo.restore(deleted.path)
    """
    s3_kwargs = hidden_options(s3_kwargs)
    return list_deleted(Location.of(place, endpoint, services, s3_kwargs))
