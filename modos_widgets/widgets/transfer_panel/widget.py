"""TransferPanel: compare source and target, copy, follow the progress, check the report."""

from __future__ import annotations

import html
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import traitlets

from modos_widgets import background
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import (
    ArgumentError,
    CancelledError,
    InvalidMetadataError,
    ModosError,
    OptionError,
)
from modos_widgets.location import Location
from modos_widgets.session import error_text
from modos_widgets.transport import WORKERS, compare, transfer
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers, register
from modos_widgets.widgets.transfer_panel.code import transfer_pieces
from modos_widgets.widgets.transfer_panel.wire import (
    Fields,
    FileRow,
    PlanShown,
    ProgressShown,
    Shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.transport import Plan, Progress, Transfer
    from modos_widgets.widgets.shown_code import Piece
    from modos_widgets.widgets.wire import ProblemText

__all__ = ["TransferPanel"]

_log = logging.getLogger("modos_widgets")

_BEAT: Final = 0.2  # seconds between updates
_MOST_ROWS: Final = 200  # files shown of a plan or a report; `report` has them all
_ORDER: Final = {
    "failed": 0, "not begun": 1, "not copied": 1, "overwrite": 0, "unknown": 1, "copy": 2,
    "copied": 3, "same": 4,
}  # fmt: skip


class TransferPanel(FrontEndWidget):
    """Copies of objects between this computer and S3, or from S3 to S3.

    The transfer continues while other cells run, and after the panel is closed. Displayed again,
    the panel shows the progress.

    Parameters
    ----------
    source : path, Location, Modo, Storage or iterable of them
        What to copy; can also be typed into the panel, one path per line.
    target : path, Location, Modo or Storage
        Target: the new path of one object, or the folder for several.
    endpoint : str, optional
        URL of a modos server, for S3 paths. It names the S3 server; a sign-in there provides the
        keys.
    services : mapping, optional
        ``{"s3": url}``: the S3 server for S3 paths, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, see `modos_widgets.credentials.S3Options.resolve`. Never a trait.
    allow_unusual : bool
        Allow new S3 keys that other MODO software refuses.
    workers : int
        Number of files copied at the same time.
    client : dask.distributed.Client, optional
        Copy on its workers (extra ``dask``).
    **traits
        Values of the traits below.
    """

    _bundle_name = "transfer_panel"

    source = traitlets.Unicode("", help="Paths to copy, one per line; settable.").tag(sync=True)
    target = traitlets.Unicode("", help="Target path; settable.").tag(sync=True)
    overwrite = traitlets.Bool(
        default_value=False, help="Whether files with different content may be replaced."
    ).tag(sync=True)
    force = traitlets.Bool(
        default_value=False,
        help="Whether objects with errors are copied where transfers are checked; settable.",
    ).tag(sync=True)
    phase = traitlets.Unicode(
        "idle",
        help="'idle', 'comparing', 'compared', 'copying', 'paused', 'done', 'failed' or "
        "'cancelled'.",
    ).tag(sync=True)
    _shown = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: Any = "",
        target: Any = "",
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        allow_unusual: bool = False,
        workers: int = WORKERS,
        client: Any = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        self._passed: dict[str, Any] = {}
        self._opened: list[Callable[[str], object]] = []
        self._location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._allow_unusual = allow_unusual
        self._workers = workers
        self._client = client
        self._transfer: Transfer | None = None
        self._comparing: background.Task[None] | None = None
        self._lock = threading.Lock()
        self._began = 0.0
        self._reported = 0.0
        super().__init__(
            source="\n".join(self._named(place) for place in _several(source)),
            target=self._named(target),
            **traits,
        )

    def _named(self, place: Any) -> str:
        """Return the path of a source or target, and remember the object that was passed."""
        if place is None or isinstance(place, str):
            return place or ""
        path = getattr(place, "url", None) or getattr(place, "path", None)
        if path is None:
            if not isinstance(place, os.PathLike):
                raise ArgumentError.expected("a path, Modo or Storage", place)
            path = os.fspath(place)
        name = path = str(path)
        if self._passed.get(name, place) is not place and isinstance(place, Location):
            name = f"{place.endpoint or place.services.get('s3')}#{path}"  # of another server
        self._passed[name] = place
        return name

    def offer(self, source: Any, target: Any = "", **options: Any) -> bool:
        """Set another source and target, unless a transfer is under way.

        Parameters
        ----------
        source, target : path, Location, Modo or Storage
            What to copy, or a list of it, and the target.
        **options
            ``endpoint``, ``services`` and ``s3_kwargs``, as for the panel itself.

        Returns
        -------
        bool
            False if a comparison or a transfer is under way.
        """
        if self.busy:
            return False
        self._passed = {}
        self._location = Location(**options)
        with self.hold_sync():
            self.source = "\n".join(self._named(place) for place in _several(source))
            self.target = self._named(target)
            self.overwrite = self.force = False
            self._shown = {}
            self.phase = "idle"
        return True

    def on_open(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call `callback` when the copy of an object is to be opened, which the panel then offers.

        Parameters
        ----------
        callback : callable
            Called with the path of the copy, on a thread of the widget.

        Returns
        -------
        callable
            Stops the calls.
        """
        return register(self._opened, callback)

    @property
    def busy(self) -> bool:
        """Whether a comparison or a transfer is under way."""
        comparing = self._comparing is not None and not self._comparing.done
        return comparing or (self._transfer is not None and not self._transfer.done)

    @property
    def transfer(self) -> Transfer | None:
        """The transfer under way, or the last one."""
        return self._transfer

    @property
    def report(self) -> pd.DataFrame | None:
        """Outcome of each file of the last transfer; None before the first."""
        return self._transfer.report if self._transfer is not None else None

    # -- actions -----------------------------------------------------------------------------

    def compare(self) -> None:
        """Compare source and target in the background; nothing is written.

        Raises
        ------
        OptionError
            A transfer is under way.
        """
        self._refuse_while_copying()
        self.phase = "comparing"
        self._shown = {}
        self._comparing = background.run(self._compare)

    def start(self) -> None:
        """Copy, or resume a failed or cancelled transfer; returns at once.

        Raises
        ------
        OptionError
            Source or target is missing, or a transfer is under way.
        """
        self._refuse_while_copying()
        source, target = self._ends()
        self.phase = "copying"
        self._shown = {}
        self._began = time.monotonic()
        self._transfer = transfer(
            source,
            target,
            overwrite=self.overwrite,
            allow_unusual=self._allow_unusual,
            force=self.force,
            workers=self._workers,
            client=self._client,
            on_progress=self._progress,
            **self._location.arguments,
        )
        self._transfer.when_done(self._ended)

    def pause(self) -> None:
        """Pause: start no further file."""
        if self._transfer is not None and not self._transfer.done:
            self._transfer.pause()
            self.phase = "paused"

    def resume(self) -> None:
        """Resume after a pause."""
        if self._transfer is not None and not self._transfer.done:
            self._transfer.resume()
            self.phase = "copying"

    def cancel(self) -> None:
        """Cancel; files that were copied are kept."""
        if self._comparing is not None and not self._comparing.done:
            self._comparing.cancel()
            self.phase = "idle"
        if self._transfer is not None:
            self._transfer.cancel()

    @answers("compare", at_once=True)
    def _ask_compare(self, request: Request[Fields]) -> None:
        self._read_fields(request)
        self.compare()

    @answers("start")
    def _ask_start(self, request: Request[Fields]) -> None:
        self._read_fields(request)
        self.start()

    @answers("pause", at_once=True)
    def _ask_pause(self, _: Request) -> None:
        self.pause()

    @answers("resume", at_once=True)
    def _ask_resume(self, _: Request) -> None:
        self.resume()

    @answers("cancel", at_once=True)
    def _ask_cancel(self, _: Request) -> None:
        self.cancel()

    @answers("open copy", at_once=True)
    def _ask_open(self, _: Request) -> None:
        place = self._shown.get("copy")
        for callback in self._opened if place else ():
            callback(str(place))

    def _read_fields(self, request: Request[Fields]) -> None:
        """Set the traits from the fields of the panel."""
        self.source = str(request.payload.get("source", self.source))
        self.target = str(request.payload.get("target", self.target))
        self.overwrite = bool(request.payload.get("overwrite", self.overwrite))
        self.force = bool(request.payload.get("force", self.force))

    # -- progress ---------------------------------------------------------------------------

    def _refuse_while_copying(self) -> None:
        if self._transfer is not None and not self._transfer.done:
            raise OptionError("A transfer is under way.", "Wait until it ends, or cancel it.")

    def _ends(self) -> tuple[Any, Any]:
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        if not lines or not self.target.strip():
            raise OptionError("Source or target is missing.", "Enter both.")
        places = [self._passed.get(line, line) for line in lines]
        target = self._passed.get(self.target.strip(), self.target.strip())
        return (places[0] if len(places) == 1 else places), target

    def _compare(self) -> None:
        try:
            plan = compare(
                *self._ends(), allow_unusual=self._allow_unusual, **self._location.arguments
            )
            background.check_cancelled()
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - logged, and shown in the panel
            if not isinstance(error, ModosError):
                _log.exception("TransferPanel failed to compare")
            self._shown = {"problem": _words(error)}
            self.phase = "failed"
            return
        self._shown = {"plan": _plan_facts(plan)}
        self.phase = "compared"

    def _progress(self, progress: Progress) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._reported < _BEAT or self._transfer is None or self._transfer.done:
                return
            self._reported = now
        self._shown = {"progress": _progress_facts(progress)}

    def _ended(self, ended: Transfer) -> None:
        problem = ended.problem
        shown: Shown = {"seconds": time.monotonic() - self._began}
        if isinstance(problem, InvalidMetadataError):
            shown["refused"] = True
        else:
            shown["progress"] = _progress_facts(ended.progress)
        report = _with_missing(ended)
        if not report.empty:
            shown["rows"] = _rows(report, "outcome", _base(ended.plan))
        if problem is not None:
            shown["problem"] = _words(problem)
        state = ended.progress.state
        if (
            state == "done"
            and self._opened
            and ended.plan is not None
            and len(ended.plan.jobs) == 1
        ):
            shown["copy"] = ended.plan.jobs[0].target.url
        self._shown = dict(shown)
        self.phase = state if state in ("done", "cancelled") else "failed"

    def _pieces(self) -> list[Piece]:
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        target = self.target.strip()
        if not lines or not target:
            return []
        return transfer_pieces(
            [self._passed.get(line, line) for line in lines],
            self._passed.get(target, target),
            self._location,
            overwrite=self.overwrite,
            allow_unusual=self._allow_unusual,
            force=self.force,
            workers=self._workers,
            on_cluster=self._client is not None,
        )

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        return f"TransferPanel(phase={self.phase!r})"

    def _as_html(self) -> str:
        source = ", ".join(map(_name, self.source.splitlines())) or "no source"
        target = _name(self.target) or "no target"
        words = f"Transfer of {source} to {target}: {self.phase}."
        return f"<p>{html.escape(words)}</p>"


def _name(place: str) -> str:
    """Return the name of a source or target; of a local folder only the last part."""
    return place if "://" in place else place.rstrip("/").rpartition("/")[2] or place


def _several(source: Any) -> Iterable[Any]:
    return source if isinstance(source, list | tuple | set) else [source]


def _words(error: BaseException) -> ProblemText:
    message, hint = error_text(error)
    return {"message": message, "hint": hint}


def _plan_facts(plan: Plan) -> PlanShown:
    frame = plan.frame()
    counts = frame.groupby("action")["bytes"].agg(["size", "sum"])
    return {
        "actions": {
            str(action): (int(row["size"]), int(row["sum"])) for action, row in counts.iterrows()
        },
        "rows": _rows(frame, "action", _base(plan)),
        "files": len(frame),
    }


def _base(plan: Plan | None) -> str:
    """Return the common start of all paths of a plan."""
    targets = [f"{job.target.url.rstrip('/')}/" for job in plan.jobs] if plan else [""]
    return targets[0] if len(targets) == 1 else f"{targets[0].rstrip('/').rpartition('/')[0]}/"


def _with_missing(ended: Transfer) -> pd.DataFrame:
    """Return the report, followed by the files that a cancelled transfer did not copy."""
    report = ended.report
    if ended.plan is None:
        return report
    plan = ended.plan.frame()
    missing = plan[~plan["path"].isin(report["path"])].drop(columns="action")
    if missing.empty:
        return report
    left = missing.assign(checksum="", outcome="not copied", detail="")
    return left if report.empty else pd.concat([report, left], ignore_index=True)


def _rows(frame: pd.DataFrame, what: str, base: str) -> list[FileRow]:
    """Return the first rows, problems first, with paths relative to `base`."""
    order = frame[what].map(_ORDER).argsort(kind="stable")
    first = frame.iloc[order[:_MOST_ROWS]]
    detail = first["detail"] if "detail" in first else [""] * len(first)
    return [
        FileRow(str(path).removeprefix(base), int(size), str(word), str(why))
        for path, size, word, why in zip(
            first["path"], first["bytes"], first[what], detail, strict=True
        )
    ]


def _progress_facts(progress: Progress) -> ProgressShown:
    return {
        "files": progress.total,
        "files_done": progress.done,
        "files_failed": progress.failed,
        "omitted": progress.omitted,
        "bytes": progress.bytes,
        "bytes_done": progress.bytes_done,
        "rate": progress.rate,
        "seconds_left": progress.seconds_left,
        "classes": dict(progress.classes),
    }
