"""`Finder`: search and facets over the metadata of many objects."""

from __future__ import annotations

import contextvars
import datetime as dt
import os
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.background import check_cancelled
from modos_widgets.credentials import hidden_options, shown_address
from modos_widgets.errors import ArgumentError, CancelledError
from modos_widgets.finder.frames import element_frame, object_frame
from modos_widgets.finder.index import Builder, Index, ObjectInfo
from modos_widgets.finder.matching import Matcher
from modos_widgets.finder.query import Query
from modos_widgets.finder.result import Result
from modos_widgets.finder.snapshot import read_snapshot, write_snapshot
from modos_widgets.finder.suggestions import Suggestion, suggestions
from modos_widgets.harvest import MetadataStream
from modos_widgets.location import AnyPath, Location
from modos_widgets.modo import DEFAULT_SCHEMA, Modo, check_object
from modos_widgets.progress import Progress, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

    from modos_widgets.archive import Hierarchy

__all__ = ["Finder"]

_SEVERITIES: Final = {"error": 1, "warning": 2, "note": 4}
_PAUSE: Final = 0.25  # least seconds between two publications
_SHARE: Final = 6  # a publication takes at most one part in so many of the time
_SLICE: Final = 50  # objects that are checked at a time
_MANY: Final = 50  # paths in code


@dataclass
class _Arrivals:
    """Queue between the threads of the stream and the one that builds the index."""

    events: queue.SimpleQueue[tuple[str, str, Any, str]] = field(default_factory=queue.SimpleQueue)

    def found(self, path: str) -> None:
        self.events.put(("found", path, None, ""))

    def read(self, path: str, hierarchy: Hierarchy, version: str) -> None:
        self.events.put(("read", path, hierarchy, version))

    def unchanged(self, path: str) -> None:
        self.events.put(("unchanged", path, None, ""))

    def failed(self, path: str, error: str, hint: str) -> None:
        self.events.put(("failed", path, error, hint))

    def measured(self, path: str, size: int | None) -> None:
        self.events.put(("measured", path, size, ""))

    def during(
        self,
        work: Callable[[Callable[[Progress], None]], object],
        on_progress: Callable[[Progress], object],
    ) -> Iterator[tuple[str, str, Any, str]]:
        """Run `work` on another thread; yield its events, and an empty one while there are none.

        Cancelling the task of this thread, or leaving the loop, cancels the work.
        """
        cancelled = threading.Event()
        problems: list[BaseException] = []

        def tell(progress: Progress) -> None:
            if cancelled.is_set():
                raise CancelledError("Reading was cancelled.")
            on_progress(progress)

        def run() -> None:
            try:
                work(tell)
            except BaseException as error:  # noqa: BLE001 - raised below
                problems.append(error)
            self.events.put(("end", "", None, ""))

        context = contextvars.copy_context()
        name = "modos-widgets finder"
        threading.Thread(target=context.run, args=(run,), name=name, daemon=True).start()
        try:
            while True:
                try:
                    event = self.events.get(timeout=_PAUSE)
                except queue.Empty:
                    event = ("", "", None, "")
                check_cancelled()
                if event[0] == "end":
                    break
                yield event
        finally:
            cancelled.set()
        if problems:
            raise problems[0]


class Finder:
    """Search over the metadata of an endpoint, a bucket, a folder or a list of objects.

    Creating it uses no network. `load` shows what the last session knew, and then reads what
    changed. Searches may run while it loads, on any thread.

    Parameters
    ----------
    source, endpoint, services, s3_kwargs
        As for `modos_widgets.catalog`.

    Examples
    --------
    >>> finder = Finder("https://modos.example.org")  # doctest: +SKIP
    >>> finder.load()  # doctest: +SKIP
    >>> finder.search("liver sex:Female format:CRAM").frame  # doctest: +SKIP
    """

    def __init__(
        self,
        source: AnyPath | Modo | Iterable[AnyPath | Modo],
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        is_one = isinstance(source, str | os.PathLike | Location | Modo)
        self._source: Any = source if is_one else list(source)  # type: ignore[arg-type]
        self._way = {
            "endpoint": endpoint,
            "services": services,
            "s3_kwargs": hidden_options(s3_kwargs),
        }
        self._builder = Builder()
        self._matcher = Matcher(self._builder.index)
        self._building = threading.RLock()
        self._callbacks: list[Callable[[Finder], object]] = []
        self._frames: tuple[Matcher, pd.DataFrame] | None = None
        self._loading = 0
        self._loaded = False
        self._favourites: frozenset[str] = frozenset()
        self._stream: MetadataStream | None = None
        self.failures: list[dict[str, str]] = []
        """Objects and folders that could not be read, as in ``catalog(...).attrs["failures"]``."""
        self.read_at: dt.datetime | None = None
        """When the metadata were last compared with the source (UTC)."""
        self.progress = Progress("reading", "objects")
        """Progress of loading."""

    def __repr__(self) -> str:
        """Return the number of objects and elements."""
        index = self._matcher.index
        return f"Finder({len(index.objects):,} objects, {len(index):,} rows)"

    # -- state ----------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Number that grows whenever objects or findings have arrived."""
        return self._matcher.index.version

    @property
    def loading(self) -> bool:
        """Whether it is reading metadata."""
        return self._loading > 0

    @property
    def checked(self) -> tuple[int, int]:
        """Number of objects whose findings are known, and of those that were read."""
        read = [each for each in self._matcher.index.objects if each.count]
        return sum(each.errors >= 0 for each in read), len(read)

    @property
    def sizes(self) -> dict[str, int]:
        """Size in bytes of the objects whose size is known, by path; see `read_sizes`."""
        return {each.path: each.size for each in self._matcher.index.objects if each.size >= 0}

    @property
    def favourites(self) -> frozenset[str]:
        """Paths that ``is:favourite`` matches; may be set."""
        return self._favourites

    @favourites.setter
    def favourites(self, paths: Iterable[str]) -> None:
        self._favourites = frozenset(paths)

    def on_change(self, callback: Callable[[Finder], object]) -> Callable[[], None]:
        """Call a function after objects or findings have arrived, at most four times a second.

        Parameters
        ----------
        callback : callable
            Called with the finder, on any thread.

        Returns
        -------
        callable
            Ends the calls.
        """
        self._callbacks.append(callback)

        def stop() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return stop

    # -- loading ------------------------------------------------------------------------------

    def load(self, on_progress: Callable[[Progress], object] | None = None) -> None:
        """Show what the last session knew, then read what changed. Uses the network.

        It returns when everything is read; call it in the background to search in the meantime.

        Parameters
        ----------
        on_progress : callable, optional
            Called with a `Progress` at most ten times a second, on any thread. A `CancelledError`
            that it raises ends reading.

        Raises
        ------
        NotFoundError, OptionError, EndpointError, CredentialsError
            The source as a whole is invalid or cannot be reached.
        CancelledError
            Reading was cancelled.
        """
        self._read(on_progress)

    def refresh(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        *,
        paths: Iterable[str] | None = None,
    ) -> None:
        """List the objects again, and read those that are new or changed. Uses the network.

        One conditional request for each known object. Objects that no longer exist are kept with
        the state ``removed``.

        Parameters
        ----------
        on_progress : callable, optional
            As for `load`.
        paths : iterable of str, optional
            The objects, in place of the source, which is then not listed.

        Raises
        ------
        NotFoundError, OptionError, EndpointError, CredentialsError, CancelledError
            As for `load`.
        """
        if paths is not None:
            if isinstance(paths, str):
                raise ArgumentError.expected("a list of paths", paths, name="paths")
            source = self._source
            if isinstance(source, str) and source.startswith(("http://", "https://")):
                self._way["endpoint"] = source
            self._source = list(paths)
        self._read(on_progress)

    def _read(self, on_progress: Callable[[Progress], object] | None) -> None:
        with self._building:
            self._loading += 1
            try:
                stream = self._stream = self._listed()
                if not self._loaded:
                    self._loaded = True
                    known = read_snapshot(stream.identity)
                    if known is not None:
                        self._builder = Builder(known)
                        self._publish()
                        self._matcher.warm()
                before = self._builder.index
                self._take_all(stream, on_progress)
                self.read_at = dt.datetime.now(dt.UTC)
                self._publish()
                self._matcher.warm()  # so that the first letter that is typed waits for nothing
                after = self._builder.index
                if after.row_object is not before.row_object or _gone(after) != _gone(before):
                    self._save(stream.identity)
                self._identity = stream.identity
            finally:
                self._loading -= 1
        self._tell()

    def _take_all(
        self, stream: MetadataStream, on_progress: Callable[[Progress], object] | None
    ) -> None:
        """Read a stream to its end, and publish now and then."""
        builder, arrivals = self._builder, _Arrivals()
        known = {each.path: each.version for each in builder if each.count and each.version}

        def tell(progress: Progress) -> None:
            self.progress = progress
            if on_progress is not None:
                on_progress(progress)

        seen: set[str] = set()
        failures: list[dict[str, str]] = []

        def take(kind: str, path: str, what: Any, extra: str) -> bool:
            if kind == "failed":
                failures.append({"path": path, "error": what, "hint": extra})
            else:
                seen.add(path)
            if path not in seen:
                return False  # a folder
            self._take(kind, path, what, extra)
            return kind != "unchanged"

        def read(tell: Callable[[Progress], None]) -> None:
            stream.read(arrivals, known=known, on_progress=tell)

        self._consume(arrivals.during(read, tell), take)
        places = tuple(f"{each['path'].rstrip('/')}/" for each in failures)
        for info in builder:
            if info.path not in seen and not info.path.startswith(places):
                gone = builder.object(info.path)
                gone.state, gone.reason = "removed", "The object no longer exists."
        self.failures = failures

    def _consume(
        self,
        events: Iterator[tuple[str, str, Any, str]],
        take: Callable[[str, str, Any, str], bool],
    ) -> None:
        """Take events, and publish now and then if `take` says that something has changed."""
        due, waiting = time.monotonic() + _PAUSE, False
        for kind, path, what, extra in events:
            with self._building:
                if kind:
                    waiting = take(kind, path, what, extra) or waiting
                if not waiting or time.monotonic() < due:
                    continue
                begun = time.monotonic()
                self._publish()
            waiting = False
            now = time.monotonic()
            due = now + max(_PAUSE, (now - begun) * _SHARE)

    def _take(self, kind: str, path: str, what: Any, extra: str) -> None:
        """Add what arrived about an object."""
        if kind == "read":
            self._builder.add(path, what, extra)
            return
        info = self._builder.object(path)
        if kind == "failed":
            info.state, info.reason = "failed", f"{what} {extra}".strip()
        elif kind == "unchanged" or info.state == "removed":
            info.state, info.reason = "read" if info.count else "unread", ""

    def _publish(self) -> None:
        self._matcher = Matcher(self._builder.publish(), self._matcher)
        self._tell()

    def _tell(self) -> None:
        for callback in list(self._callbacks):
            callback(self)

    def _save(self, identity: str) -> None:
        write_snapshot(identity, self._builder.index)

    def _listed(self) -> MetadataStream:
        return MetadataStream(self._source, **self._way)  # type: ignore[arg-type]

    def locations(self, paths: Iterable[str]) -> list[Modo | Location]:
        """Return objects as arguments of other functions: paths with endpoint, services and keys.

        Uses the network if the objects were not loaded.

        Parameters
        ----------
        paths : iterable of str
            Paths, as in `Result.paths`.

        Returns
        -------
        list of Modo or Location
            A Modo for an object that was passed as one.
        """
        stream = self._stream or self._listed()
        return [stream.location_of(path) for path in paths]

    # -- sizes ----------------------------------------------------------------------------------

    def read_sizes(self, on_progress: Callable[[Progress], object] | None = None) -> None:
        """Read the sizes of the objects whose size is unknown. Uses the network.

        The size of an object is the bytes of all files or keys below its path. Objects that share
        a folder are measured by one listing of it, 1,000 keys a request, as long as this takes no
        more requests than there are objects (at least 5); the others are listed one by one. The
        size of an object with more than 50,000 keys may stay unknown. A size is read again when
        the metadata of its object have changed.

        Parameters
        ----------
        on_progress : callable, optional
            As for `load`.

        Raises
        ------
        CancelledError
            The task or `on_progress` was cancelled.
        """
        stream, arrivals = self._stream or self._listed(), _Arrivals()
        with self._building:
            versions = {
                each.path: each.version
                for each in self._builder
                if each.state == "read" and each.size < 0
            }
        if not versions:
            return

        def take(_: str, path: str, size: int | None, __: str) -> bool:
            info = self._builder.object(path)
            if size is None or info.version != versions.get(path):
                return False
            info.size = size
            return True

        def tell(progress: Progress) -> None:
            if on_progress is not None:
                on_progress(progress)

        def measure(tell: Callable[[Progress], None]) -> None:
            stream.measure(versions, arrivals.measured, tell)

        self._consume(arrivals.during(measure, tell), take)
        with self._building:
            self._publish()
            self._save(stream.identity)

    # -- findings -------------------------------------------------------------------------------

    def check(self, on_progress: Callable[[Progress], object] | None = None) -> None:
        """Check the metadata of objects that were not checked yet, as `validate` does.

        Without network. It takes about 20 microseconds of CPU per element; call it in the
        background, searches may run in the meantime.

        Parameters
        ----------
        on_progress : callable, optional
            As for `load`.

        Raises
        ------
        CancelledError
            The task or `on_progress` was cancelled.
        """
        throttle, told = Throttle(), Throttle(_PAUSE)
        changed = False
        while True:
            check_cancelled()
            with self._building:
                open_ones = [each for each in self._builder if each.count and each.errors < 0]
                index = self._builder.index
                ready = [each for each in open_ones if each.first + each.count <= len(index)]
                self._check_some(index, ready[:_SLICE])
                changed = changed or bool(ready)
                every = sum(1 for each in self._builder if each.count)
                done = every - len(open_ones) + min(len(ready), _SLICE)
                is_last = not ready
                if changed and told.due(last=is_last):
                    self._publish()
                if is_last and changed and hasattr(self, "_identity"):
                    self._save(self._identity)
            if on_progress is not None and throttle.due(last=is_last):
                state: Any = "done" if is_last else "reading"
                on_progress(Progress(state, "objects", done=done, total=every))
            if is_last:
                return
            time.sleep(0.001)  # searches have priority

    def _check_some(self, index: Index, infos: list[ObjectInfo]) -> None:
        """Check some objects; the attributes of neighbours are read together."""
        for group in _neighbours(infos):
            first = group[0].first
            count = sum(info.count for info in group)
            names = index.element_ids(range(first, first + count))
            attributes = index.attributes(first, count)
            for info in group:
                part = slice(info.first - first, info.first - first + info.count)
                own = dict(zip(names[part], attributes[part], strict=True))
                self._check_one(info.path, own, info.count)

    def _check_one(self, path: str, elements: dict[str, dict[str, Any]], count: int) -> None:
        names = list(elements)
        root = names[0]
        places = {name: place for place, name in enumerate(names)}
        marks = [0] * count
        errors = warnings = 0
        for finding in check_object(path, root, elements, DEFAULT_SCHEMA):
            errors += finding.severity == "error"
            warnings += finding.severity == "warning"
            marks[places.get(finding.element, 0)] |= _SEVERITIES[finding.severity]
        self._builder.mark(path, marks, errors, warnings)

    # -- what there is --------------------------------------------------------------------------

    @property
    def objects(self) -> pd.DataFrame:
        """One row per object, in the order in which they were found.

        Index ``path``; columns ``title``, ``id``, ``classes`` (dict of class to number of
        elements), ``samples``, ``omics_types`` and ``formats`` (lists), ``size`` (bytes, missing
        if unknown), ``changed`` (UTC), ``errors`` and ``warnings`` (missing if not checked),
        ``filled`` and ``expected`` (required and expected values: present, and all), ``state``
        (``unread``, ``read``, ``failed`` or ``removed``) and ``reason``.
        """
        return self.objects_of(self._matcher)

    def objects_of(self, matcher: Matcher) -> pd.DataFrame:
        """Return `objects` for one state of the metadata.

        Parameters
        ----------
        matcher : Matcher
            The state, as `Result.matcher`.

        Returns
        -------
        pandas.DataFrame
        """
        known = self._frames
        if known is None or known[0] is not matcher:
            frame = object_frame(matcher)
            known = self._frames = (matcher, frame)
        return known[1]

    @property
    def frame(self) -> pd.DataFrame:
        """Metadata of all objects, in the form of `catalog`."""
        index = self._matcher.index
        return element_frame(index, np.arange(len(index)))

    @property
    def paths(self) -> list[str]:
        """Paths of the objects that exist, in the order in which they were found."""
        return [each.path for each in self._matcher.index.objects if each.state != "removed"]

    @property
    def classes(self) -> dict[str, int]:
        """Number of elements of each class, with the classes derived from it."""
        index = self._matcher.index
        names = {*index.types, *(DEFAULT_SCHEMA.section(name) for name in index.types)} - {""}
        counts = {name: int(np.count_nonzero(index.of_class(name))) for name in names}
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @property
    def attributes(self) -> list[str]:
        """Attributes that occur."""
        return list(self._matcher.index.columns)

    def attributes_of(self, path: str, element: str) -> dict[str, Any]:
        """Return the attributes of an element; of the root for the id of the object.

        Parameters
        ----------
        path, element : str
            Path of the object, id of the element.

        Returns
        -------
        dict

        Raises
        ------
        KeyError
            There is no such object or element.
        """
        index = self._matcher.index
        number = index.number_of(path)
        if number is None:
            raise KeyError(path)
        info = index.objects[number]
        ids = index.element_ids(range(info.first, info.first + info.count))
        if element not in ids:
            raise KeyError(element)
        return index.attributes(info.first + ids.index(element), 1)[0]

    # -- search -------------------------------------------------------------------------------

    def search(self, query: str | Query = "") -> Result:
        """Search the metadata that have been read. No network.

        Parameters
        ----------
        query : str or Query
            Words and conditions, see `Query`.

        Returns
        -------
        Result

        Raises
        ------
        OptionError
            An operator or a value is unknown.
        """
        matcher = self._matcher
        if not isinstance(query, Query):
            query = Query.parse(query, attributes=matcher.index.columns)
        return Result(self, matcher, query, self._favourites)

    def suggest(self, text: str, cursor: int | None = None, *, most: int = 12) -> list[Suggestion]:
        """Return completions of the term at the cursor of a query that is being typed.

        Parameters
        ----------
        text : str
            The query.
        cursor : int, optional
            Place of the cursor; by default the end.
        most : int
            Largest number of completions.

        Returns
        -------
        list of Suggestion
        """
        return suggestions(self._matcher, text, len(text) if cursor is None else cursor, most)

    @property
    def arguments_code(self) -> str:
        """Arguments of the finder as Python code, without secrets."""
        source = self._source
        if isinstance(source, list):
            shown = "[" + ", ".join(_shown(each) for each in source) + "]"
        else:
            shown = _shown(source)
        parts = [shown]
        if self._way["endpoint"] is not None:
            parts.append(f"endpoint={_address(self._way['endpoint'])!r}")
        services: Any = self._way["services"]
        if services:
            parts.append(f"services={ {name: _address(url) for name, url in services.items()}!r}")
        return ", ".join(parts)


def _gone(index: Index) -> int:
    return sum(each.state == "removed" for each in index.objects)


def _neighbours(infos: list[ObjectInfo]) -> list[list[ObjectInfo]]:
    """Return objects in groups whose rows follow each other."""
    groups: list[list[ObjectInfo]] = []
    for info in sorted(infos, key=lambda each: each.first):
        last = groups[-1][-1] if groups else None
        if last is not None and last.first + last.count == info.first:
            groups[-1].append(info)
        else:
            groups.append([info])
    return groups


def _shown(source: Any) -> str:
    if isinstance(source, Modo):
        return repr(source.path)
    if isinstance(source, Location):
        return f"modos_widgets.{source!r}" if source.names_server else repr(str(source.path))
    return repr(_address(source))


def _address(text: Any) -> str:
    return shown_address(str(text)) if "://" in str(text) else str(text)
