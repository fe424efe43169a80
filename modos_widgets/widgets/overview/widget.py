"""Overview: all objects of an endpoint, bucket or folder, with search and facets."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets import background
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, ModosError, NotFoundError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo import Draft, Modo, label_of, open_modo
from modos_widgets.session import Bookmarks, Session, error_text
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers, reference_of
from modos_widgets.widgets.overview.filters import bars_of, groups_of, value_of
from modos_widgets.widgets.overview.panels import Panels
from modos_widgets.widgets.overview.results import (
    MOST_ROWS,
    Found,
    Question,
    Results,
    element_rows,
    has_words,
    object_rows,
)
from modos_widgets.widgets.overview.saved_output import as_html, as_text
from modos_widgets.widgets.overview.wire import (
    ElementRow,
    FacetsAnswer,
    FacetsRequest,
    ObjectRow,
    PathRequest,
    PathsAnswer,
    QueryAnswer,
    QuerySuggestion,
    ResultAnswer,
    ResultRequest,
    RowsAnswer,
    RowsRequest,
    SaveSearchRequest,
    Status,
    SuggestionsAnswer,
    SuggestRequest,
    TargetsRequest,
    Term,
    ToggleRequest,
    Totals,
    ValuesAnswer,
    ValuesRequest,
)
from modos_widgets.widgets.shown_code import Piece, call, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import pandas as pd

    from modos_widgets.finder import Condition, Finder, Query, Result, Value
    from modos_widgets.finder import Totals as FinderTotals
    from modos_widgets.location import AnyPath
    from modos_widgets.progress import Progress
    from modos_widgets.widgets.wire import ProblemText

__all__ = ["Overview"]

_LONGEST: Final = 2000  # characters of a query
_MOST_WORDS: Final = 40
_MOST_PATHS: Final = 10_000  # of a result that are used at once
_MOST_VALUES: Final = 100  # values of one facet in its list
_EDIT: Final = "modos_widgets.MetadataTable(modos_widgets.edit(result.locations), editable=True)"
_COPY: Final = 'modos_widgets.transfer(result.locations, "copies").wait()'
_FOLLOWED: Final = ["favourites", "listing", "objects", "opening", "problem"]


class Overview(FrontEndWidget):
    """All objects of a place: totals, search, facets, and the objects found.

    The metadata are read in the background, first those known from the last time; the rows are
    completed as they arrive. A query is a text such as ``liver sex:Female format:CRAM``; clicks
    on facets edit it.

    Network use: a listing, and one conditional request for each object.

    Parameters
    ----------
    source : path, Location, Modo, Session, Finder or iterable of paths
        What `Finder` accepts; or a `Session`, whose objects are shown and opened.
    endpoint : str, optional
        URL of a modos server, for S3 paths.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore. Never a trait.
    **traits
        Values of the traits below.

    Raises
    ------
    ArgumentError
        `source` has a wrong type, or an argument is not a trait.

    Examples
    --------
    >>> overview = Overview("cohort", query="liver format:CRAM")  # doctest: +SKIP
    >>> overview.frame  # doctest: +SKIP
    """

    _bundle_name = "overview"
    _code_traits = ("query",)

    query = traitlets.Unicode(
        "", help="The search, such as 'liver sex:Female format:CRAM'; settable."
    ).tag(sync=True)
    kind = traitlets.Enum(("objects", "elements"), "objects", help="What is listed; settable.").tag(
        sync=True
    )
    view = traitlets.Enum(("table", "cards"), "table", help="How they are listed; settable.").tag(
        sync=True
    )
    height = traitlets.Unicode("560px", help="Height as CSS; settable.").tag(sync=True)
    value = traitlets.Unicode(
        None, allow_none=True, help="Path of the object that was opened last, or None; settable."
    ).tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    _panel = traitlets.Unicode().tag(sync=True)
    _is_open = False

    def __init__(
        self,
        source: AnyPath | Modo | Session | Finder | Iterable[AnyPath | Modo] | None = None,
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        kinds = str | os.PathLike | Location | Modo | Session | Iterable | None
        is_finder = hasattr(source, "search") and hasattr(source, "on_change")
        if not (is_finder or isinstance(source, kinds)) or isinstance(source, Mapping | bytes):
            raise ArgumentError.expected(
                "a path, an endpoint, a Session, a Finder or a list of paths", source
            )
        self._lock = threading.RLock()
        self._telling = threading.RLock()
        self._results = Results()
        self._session = source if isinstance(source, Session) else None
        self._finder: Finder | None = None
        self._stop: Callable[[], None] = lambda: None
        self._task: background.Task[Any] | None = None
        self._progress: Progress | None = None
        self._sizes: Progress | None = None
        self._problem: ProblemText | None = None
        self._bookmarks = Bookmarks()
        self._location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._place = endpoint or (source if isinstance(source, str) else "")
        self._wanted = False
        self._key = ("", "")
        self._listed: list[str] = []
        self._panels = Panels(self._targets, self._locate, self._tell, self.refresh)
        self._collaborators = (self._panels,)
        super().__init__(**traits)
        self._is_open = True
        if self._session is not None:
            if endpoint is not None or services is not None or s3_kwargs is not None:
                raise OptionError(
                    "A Session already has its endpoint, services and S3 options.",
                    "Remove endpoint=, services= and s3_kwargs=.",
                )
            self._session.observe(self._follow, _FOLLOWED)
        elif source is not None and not isinstance(source, Session):
            from modos_widgets.finder import Finder  # noqa: PLC0415 - it loads clients of S3

            self._use(
                source
                if isinstance(source, Finder)
                else Finder(source, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
            )
        self._tell()

    # -- in Python --------------------------------------------------------------------------

    @property
    def finder(self) -> Finder | None:
        """The metadata of the objects, and their search; None if nothing is shown."""
        return self._finder

    @property
    def result(self) -> Result:
        """What `query` finds, once the metadata have been read.

        Raises
        ------
        NotFoundError
            No source was passed.
        OptionError
            The query is not valid.
        """
        return self._complete().search(self.query)

    @property
    def frame(self) -> pd.DataFrame:
        """Metadata of what was found, as of `catalog`; waits until they are read."""
        return self.result.frame

    @property
    def objects(self) -> pd.DataFrame:
        """Facts of the objects found, a row for each; waits until they are read."""
        return self.result.objects

    @property
    def paths(self) -> list[str]:
        """Paths of the objects found; waits until the metadata are read."""
        return list(self.result.paths)

    @property
    def modo(self) -> Modo:
        """The object at `value`, opened. Uses the network.

        Raises
        ------
        NotFoundError
            No object was opened in the overview.
        """
        if self.value is None:
            raise NotFoundError("No object is open.", "Choose an object, or set value.")
        if self._session is not None:
            return self._session.open_now(self.value)
        (place,) = self._locate([self.value])
        return place if isinstance(place, Modo) else open_modo(place)

    @property
    def draft(self) -> Draft | None:
        """The draft of the objects that are edited in the overview; None if there are none."""
        return self._panels.draft

    def refresh(self) -> background.Task[None] | None:
        """Read what has changed, in the background.

        Returns
        -------
        Task of None, or None
            None if there is nothing to read.
        """
        if self._session is not None:
            return self._session.refresh()
        return self._start(again=True)

    def close(self) -> None:
        """Stop reading, and close the widget."""
        if self._is_open:  # ipywidgets closes twice, and also after a failed constructor
            self._is_open = False
            if self._session is not None:
                self._session.unobserve(self._follow, _FOLLOWED)
            self._stop()
            if self._task is not None:
                self._task.cancel()
            self._panels.close()
        super().close()

    # -- reading ----------------------------------------------------------------------------

    def _use(self, finder: Finder | None) -> None:
        """Show the objects of another finder."""
        self._stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._results.forget()
        self._finder, self._progress, self._sizes, self._problem = finder, None, None, None
        self._stop = (lambda: None) if finder is None else finder.on_change(self._changed)

    def _start(self, *, again: bool = False) -> background.Task[None] | None:
        """Begin to read the metadata, once; or what has changed since."""
        with self._lock:
            self._wanted = True
            finder = self._finder
            if finder is None:
                return None
            if self._task is not None and (not again or not self._task.done):
                return self._task
            self._problem = None
            self._task = background.run(self._read, finder, again)
            self._task.then(lambda _: self._tell())
        self._tell()
        return self._task

    def _read(self, finder: Finder, again: bool) -> None:  # noqa: FBT001
        def show(now: Progress) -> None:
            background.check_cancelled()
            self._progress = now
            self._tell()

        try:
            if again:
                finder.refresh(show, paths=self._listed if self._session is not None else None)
            else:
                finder.load(on_progress=show)
            self._tell()
            self._read_sizes(finder)
            finder.check()
        except Exception as error:
            if background.cancelled():
                return
            message, hint = error_text(error)
            self._problem = {"message": message, "hint": hint}
            if not isinstance(error, ModosError):
                raise

    def _read_sizes(self, finder: Finder) -> None:
        def show(now: Progress) -> None:
            background.check_cancelled()  # the objects shown may be others by now
            self._sizes = now
            self._tell()

        try:
            finder.read_sizes(show)
        finally:
            self._sizes = None
        self._tell()

    def _complete(self) -> Finder:
        """Return the finder once it has read everything."""
        task = self._start()
        if self._finder is None:
            raise NotFoundError("No objects are shown.", "Pass a source, such as a folder.")
        if task is not None:
            task.result()
        if self._problem is not None:
            raise NotFoundError(self._problem["message"], self._problem["hint"])
        return self._finder

    def _changed(self, _: object) -> None:
        self._tell()

    def _follow(self, change: dict[str, Any]) -> None:
        """Show the objects of the session as they are now."""
        session = self._session
        if session is None:
            return
        if change["name"] in {"objects", "listing"} and not session.listing:
            self._take(session, again=change["name"] == "listing")
        if change["name"] == "favourites" and self._finder is not None:
            self._finder.favourites = frozenset(session.favourites)
        self._tell()

    def _take(self, session: Session, *, again: bool) -> None:
        """Use the objects of a session, as they were listed last."""
        paths = [entry.path for entry in session.objects]
        with self._lock:
            if not self._wanted:
                return
            key = (session.place, session.who)
            is_same = key == self._key and self._finder is not None
            is_known, self._listed = paths == self._listed, paths
            self._key = key
            if not is_same:
                finder = None
                if paths:
                    from modos_widgets.finder import Finder  # noqa: PLC0415 - S3 clients

                    finder = Finder(paths, **session.location.arguments)
                    finder.favourites = frozenset(session.favourites)
                self._use(finder)
            elif is_known and not again:
                return
        self._start(again=is_same)

    # -- what the page shows of it ------------------------------------------------------------

    def _tell(self) -> None:
        """Set `_status`; the thread that reads the state last also sends it last."""
        with self._telling, self.hold_sync():
            self._panel = reference_of(self._panels.widget)
            self._status = dict(self._status_now())

    def _status_now(self) -> Status:
        """Return how far reading is."""
        session, finder, progress = self._session, self._finder, self._progress
        sizes = self._sizes
        problem = self._problem
        if session is not None and session.problem is not None and not session.objects:
            problem = {"message": session.problem.message, "hint": session.problem.hint}
        read_at = None if finder is None else finder.read_at
        return {
            "version": 0 if finder is None else finder.version,
            "loading": bool(finder and finder.loading) or bool(session and session.listing),
            "listed": finder is not None,
            "done": 0 if progress is None else progress.done,
            "total": 0 if finder is None else len(finder.paths),
            "failed": 0 if progress is None else progress.failed,
            "measured": None if sizes is None else sizes.done,
            "unmeasured": 0 if sizes is None else sizes.total - sizes.done,
            "read_at": "" if read_at is None else read_at.isoformat(),
            "problem": problem,
            "opening": "" if session is None else session.opening or "",
            "favourites": list(self._favourites()),
            "searches": self._searches(),
            "follows": session is not None,
            "panel": self._panels.shown,
        }

    def _favourites(self) -> tuple[str, ...]:
        if self._session is not None:
            return tuple(self._session.favourites)
        return self._bookmarks.favourites(self._place) if self._place else ()

    def _searches(self) -> list[tuple[str, str]]:
        return list(self._kept.searches(*self._owner).items()) if self._owner[0] else []

    @property
    def _kept(self) -> Bookmarks:
        return self._bookmarks if self._session is None else self._session.remembered

    @property
    def _owner(self) -> tuple[str, str]:
        """Place and account of favourites and saved searches."""
        session = self._session
        return (self._place, "") if session is None else (session.place, session.who)

    def _found(self, question: Question, *, settled: bool) -> tuple[Found, ProblemText | None]:
        """Search; if the query is not valid, without the terms that are not."""
        finder = self._known()
        try:
            return self._results.find(finder, question, settled=settled), None
        except OptionError as error:
            kept = replace(question, query=_valid_part(finder, question.query))
            problem: ProblemText = {"message": error.message, "hint": error.hint}
            return self._results.find(finder, kept, settled=settled), problem

    def _searched(self, query: str) -> Result:
        """Search in the order of the result; only the rows of `_found` keep their place later."""
        finder = self._known()
        try:
            return finder.search(query)
        except OptionError:
            return finder.search(_valid_part(finder, query))

    def _known(self) -> Finder:
        if self._finder is None:
            raise NotFoundError("No objects are listed.", "Choose an endpoint or a folder.")
        return self._finder

    # -- requests ---------------------------------------------------------------------------

    @answers("result", prompt=True)
    def _result(self, request: Request[ResultRequest]) -> ResultAnswer:
        """Search, and return the totals and the first rows; the first request begins to read."""
        self._begin()
        asked = request.payload
        question = Question(
            str(asked["query"])[:_LONGEST],
            "elements" if asked["kind"] == "elements" else "objects",
            str(asked["sort"]),
            bool(asked["down"]),
        )
        if self._finder is None:
            return _nothing()
        finder = self._finder
        found, problem = self._found(question, settled=bool(asked["settled"]))
        result = found.result
        objects, elements = _rows(found, 0, min(int(asked["rows"]), MOST_ROWS))
        every = self._results.every(finder)
        all_totals, totals = every.totals, result.totals
        is_objects = question.kind == "objects"
        return {
            "result": found.number,
            "version": found.version,
            "total": len(found),
            "all": all_totals.objects if is_objects else all_totals.elements,
            "words": has_words(result),
            "totals": _totals(totals),
            "timeline": bars_of(every, result),
            "terms": _terms(result.query),
            "problem": problem,
            "late": found.late,
            "objects": objects,
            "elements": elements,
        }

    def _begin(self) -> None:
        """Begin to read, when the page is first shown."""
        if self._wanted:
            return
        if self._session is not None:
            self._wanted = True
            if not self._session.listing:
                self._take(self._session, again=False)
        else:
            self._start()

    @answers("rows", prompt=True)
    def _more_rows(self, request: Request[RowsRequest]) -> RowsAnswer:
        found = self._results.get(int(request.payload["result"]))
        if found is None:
            return {"current": False, "objects": [], "elements": []}
        start = max(0, int(request.payload["start"]))
        end = min(int(request.payload["end"]), start + MOST_ROWS)
        objects, elements = _rows(found, start, end)
        return {"current": True, "objects": objects, "elements": elements}

    @answers("facets", prompt=True)
    def _facets(self, request: Request[FacetsRequest]) -> FacetsAnswer:
        if self._finder is None:
            return {"groups": []}
        result = self._searched(str(request.payload["query"])[:_LONGEST])
        return {"groups": groups_of(self._finder, result)}

    @answers("values", prompt=True)
    def _values(self, request: Request[ValuesRequest]) -> ValuesAnswer:
        """Return the values of a facet that contain a text."""
        asked = request.payload
        facet = self._searched(str(asked["query"])[:_LONGEST]).facet(
            str(asked["attribute"]),
            str(asked["class_name"]),
            most=_MOST_VALUES,
            text=str(asked["text"])[:_LONGEST],
            scope="objects",
        )
        values = [value_of(each) for each in facet.values]  # noqa: PD011 - not of pandas
        return {"values": values, "matching": facet.distinct}

    @answers("toggle", at_once=True)
    def _toggle(self, request: Request[ToggleRequest]) -> QueryAnswer:
        """Return the query with a term added, or removed if it is there."""
        from modos_widgets.finder import Query  # noqa: PLC0415 - it loads clients of S3

        asked = request.payload
        text = str(asked["query"])[:_LONGEST]
        try:
            query = Query.parse(text)
        except OptionError:
            query = Query.parse(_valid_part(self._known(), text))
        term, excluded = str(asked["term"])[:_LONGEST], bool(asked["excluded"])
        return {"query": str(query.toggled(term, excluded=excluded))}

    @answers("suggest", prompt=True)
    def _suggest(self, request: Request[SuggestRequest]) -> SuggestionsAnswer:
        """Return ways to complete the term at the cursor."""
        if self._finder is None:
            return {"options": []}
        text = str(request.payload["query"])[:_LONGEST]
        cursor = max(0, min(int(request.payload["cursor"]), len(text)))
        options: list[QuerySuggestion] = [
            {
                "label": each.label[:200],
                "hint": each.hint[:200],
                "query": f"{text[: each.start]}{each.text}{text[each.stop :]}",
                "cursor": each.start + len(each.text),
            }
            for each in self._finder.suggest(text, cursor)
        ]
        options = [each for each in options if each["query"] != text]
        return {"options": options}

    @answers("paths", prompt=True)
    def _result_paths(self, request: Request[TargetsRequest]) -> PathsAnswer:
        return {"paths": self._targets(request)}

    def _targets(self, request: Request[TargetsRequest]) -> list[str]:
        """Return the paths of chosen objects, or of the whole result."""
        chosen = dict.fromkeys(map(str, request.payload["paths"]))
        result = self._searched(str(request.payload["query"])[:_LONGEST])
        if not chosen:
            return result.paths[:_MOST_PATHS]
        known = result.matcher.index
        paths = [path for path in chosen if known.number_of(path) is not None]
        if not paths:
            raise NotFoundError("The selected objects no longer exist.", "Refresh the list.")
        return paths

    def _locate(self, paths: list[str]) -> list[Modo | Location]:
        """Return objects with what is needed to open them."""
        if self._session is not None:
            return [self._session.location.at(path) for path in paths]
        if self._finder is not None:
            return self._finder.locations(paths)
        return [self._location.at(path) for path in paths]

    @answers("refresh", at_once=True)
    def _refresh(self, _: Request) -> None:
        self.refresh()

    @answers("open", at_once=True)
    def _open(self, request: Request[PathRequest]) -> None:
        """Open an object in the session, if there is one."""
        if self._session is not None:
            self._session.open(str(request.payload["path"]))

    @answers("favour")
    def _favour(self, request: Request[PathRequest]) -> None:
        path, favourite = str(request.payload["path"]), bool(request.payload.get("favourite"))
        if self._session is not None:
            self._session.favour(path, favourite=favourite)
        elif self._place:
            self._bookmarks.favour(self._place, path, favourite=favourite)
        if self._finder is not None:
            self._finder.favourites = frozenset(self._favourites())
        self._tell()

    @answers("save search")
    def _save_search(self, request: Request[SaveSearchRequest]) -> None:
        place, who = self._owner
        name, query = str(request.payload["name"]), str(request.payload["query"])[:_LONGEST]
        self._kept.save_search(place, name, query, who)
        self._tell()

    @answers("remove search")
    def _remove_search(self, request: Request[SaveSearchRequest]) -> None:
        place, who = self._owner
        self._kept.remove_search(place, str(request.payload["name"]), who)
        self._tell()

    # -- as code and in a saved notebook ----------------------------------------------------

    def _pieces(self) -> list[Piece]:
        if self._finder is None:
            return []
        result = self._searched(self.query)
        query = {"query": repr(self.query)} if self.query else {}
        source = self._finder.arguments_code
        shown = call("modos_widgets.Overview", source, **query)
        return [
            Piece("Metadata of what was found", result.code()),
            Piece("Edit what was found", result.code(_EDIT)),
            Piece("Copy what was found", result.code(_COPY)),
            Piece("This overview", program(["import modos_widgets"], shown)),
        ]

    def _under_way(self) -> list[Future[Any]]:
        task = self._start()
        return [] if task is None else [task.future]

    def _as_text(self) -> str:
        return as_text(self._finder, self.query)

    def _as_html(self) -> str:
        return as_html(self._finder, self.query)


def _rows(found: Found, start: int, end: int) -> tuple[list[ObjectRow], list[ElementRow]]:
    if found.kind == "objects":
        return object_rows(found, start, end), []
    return [], element_rows(found, start, end)


def _valid_part(finder: Finder, text: str) -> str:
    """Return the terms of a query that are valid, such as those before the one being typed."""
    kept: list[str] = []
    for word in text.split()[:_MOST_WORDS]:
        try:
            finder.search(" ".join([*kept, word]))
        except OptionError:
            continue
        kept.append(word)
    return " ".join(kept)


def _totals(totals: FinderTotals) -> Totals:
    return {
        "objects": totals.objects,
        "elements": totals.elements,
        "samples": totals.samples,
        "bytes": totals.bytes if totals.measured else None,
        "measured": totals.measured,
        "complete": totals.complete,
        "errors": totals.with_errors,
        "failed": totals.failed,
    }


def _nothing() -> ResultAnswer:
    return {
        "result": 0,
        "version": 0,
        "total": 0,
        "all": 0,
        "words": False,
        "totals": {
            "objects": 0, "elements": 0, "samples": 0, "bytes": None, "measured": 0,
            "complete": 0, "errors": 0, "failed": 0,
        },
        "timeline": [],
        "terms": [],
        "problem": None,
        "late": 0,
        "objects": [],
        "elements": [],
    }  # fmt: skip


def _terms(query: Query) -> list[Term]:
    """Return the terms on attributes, each with the query without it."""
    every = list(query.conditions)
    parse = type(query).of
    return [
        {
            "label": _label(each)[:200],
            "text": str(parse([*every[:place], *every[place + 1 :]])),
            "excluded": each.excluded,
        }
        for place, each in enumerate(every)
        if each.field
    ]


def _label(condition: Condition) -> str:
    """Return a term in words: "sex: Female or Male"."""
    values = " or ".join(_value_label(each) for each in condition.alternatives)
    return f"{condition.written or condition.field}: {values}"


def _value_label(value: Value) -> str:
    term = label_of(value.text) if value.kind == "exact" else None
    return str(value).strip('"') if term is None else term.label
