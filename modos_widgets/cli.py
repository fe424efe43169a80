"""The command line: ``modos-widgets`` with demo, app, page, check, export, import, and more."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import modos_widgets
from modos_widgets.errors import ModosError, StorageError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from modos_widgets.modo import Draft
    from modos_widgets.serving import Server

__all__ = ["main"]

_POLL_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: the arguments of the process.

    Returns
    -------
    int
        0 on success, 1 on failure or if a check has findings; errors are printed on standard
        error.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int | None = options.run(options)
    except ModosError as error:
        print(f"modos-widgets: {error}", file=sys.stderr)
        return 1
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modos-widgets", description="Find, explore, curate and move MODOs in Jupyter."
    )
    parser.add_argument("--version", action="version", version=modos_widgets.__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_servers(commands)
    endpoint = _endpoint()
    _add_page(commands, endpoint)
    _add_sheets(commands, endpoint)
    _add_describe(commands, endpoint)
    _add_purge(commands, endpoint)
    return parser


def _endpoint() -> argparse.ArgumentParser:
    """Return the option of all commands that read objects."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--endpoint", metavar="URL", help="URL of the modos server")
    return options


def _add_servers(commands: Any) -> None:
    serving = argparse.ArgumentParser(add_help=False)
    serving.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the URL and do not open it",
    )
    serving.add_argument("--port", type=_port, help="port of the server (default: a free port)")
    demo = commands.add_parser(
        "demo",
        parents=[serving],
        help="open JupyterLab on the browser of objects, with a deployment of sample objects",
        description="Start a deployment with sample objects, copy the notebooks into the folder "
        "modos-notebooks, open JupyterLab, and run the first notebook up to the browser of "
        "objects. Everything runs on this machine. Press Ctrl-C to stop it.",
    )
    demo.set_defaults(run=_demo)
    demo.add_argument(
        "--protected", action="store_true", help="require a sign-in to see the objects"
    )
    demo.add_argument("--notebook", type=Path, metavar="PATH", help="open this notebook instead")
    app = commands.add_parser(
        "app",
        parents=[serving],
        help="open the object browser as a web page, without JupyterLab",
        description="Serve the object browser as a web page, on this machine only. "
        "Press Ctrl-C to stop it.",
    )
    app.set_defaults(run=_app)
    app.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="URL of a modos server, or an object or folder of objects to open "
        "(default: the value of MODOS_ENDPOINT)",
    )
    app.add_argument("--endpoint", metavar="URL", help="URL of the modos server that lists SOURCE")


def _add_page(commands: Any, endpoint: argparse.ArgumentParser) -> None:
    page = commands.add_parser(
        "page",
        parents=[endpoint],
        help="write objects as one HTML file that opens without a server",
        description="Write the metadata of objects into one HTML file, which opens in a browser "
        "without a kernel, a server or a network.",
    )
    page.set_defaults(run=_page)
    page.add_argument(
        "source", metavar="SOURCE", help="object, folder of objects, or URL of a modos server"
    )
    page.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="page.html",
        help="file to write (default: page.html)",
    )
    page.add_argument("--title", metavar="TEXT", help="title of the page")
    page.add_argument("--previews", action="store_true", help="include previews of the arrays")
    page.add_argument("--no-findings", action="store_true", help="leave the findings out")
    page.add_argument("--addresses", action="store_true", help="name objects by their whole paths")


def _add_sheets(commands: Any, endpoint: argparse.ArgumentParser) -> None:
    reading = argparse.ArgumentParser(add_help=False, parents=[endpoint])
    reading.add_argument("sheet", metavar="SHEET", help="an .xlsx, .csv or .tsv file")
    reading.add_argument("--mapping", metavar="FILE", help="JSON file: header to attribute")
    reading.add_argument(
        "--create",
        action="store_true",
        help="accept objects that do not exist yet; the commit of the draft creates them",
    )
    reading.add_argument(
        "--files-from",
        metavar="FOLDER",
        help="folder with the files that a sample sheet names (default: attach only files that "
        "an object stores already)",
    )
    check = commands.add_parser(
        "check",
        parents=[reading],
        help="check a sheet before it is sent or imported",
        description="List what a spreadsheet program did to the cells of a sheet, and the errors "
        "that its import would add. The exit status is 1 if there is anything to fix.",
    )
    check.set_defaults(run=_check)
    check.add_argument(
        "--against",
        metavar="PATH",
        action="append",
        help="object to compare with (default: those that the sheet names); can be repeated",
    )
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    export = commands.add_parser(
        "export",
        parents=[endpoint],
        help="write the metadata of objects into a sheet",
        description="Write the metadata of objects into a workbook, CSV or TSV file.",
    )
    export.set_defaults(run=_export)
    export.add_argument("objects", metavar="OBJECT", nargs="+", help="path of an object")
    export.add_argument("sheet", metavar="SHEET", help="file to write: .xlsx, .csv or .tsv")
    export.add_argument(
        "--class", dest="classes", metavar="NAME", action="append", help="only this class"
    )
    export.add_argument("--template", action="store_true", help="write an empty sheet")
    export.add_argument("--flat", action="store_true", help="one tab for all classes")
    imports = commands.add_parser(
        "import",
        parents=[reading],
        help="turn a sheet into a change set; nothing is committed",
        description="Write the changes of a sheet into a change set, for Draft.from_json. Nothing "
        "is committed.",
    )
    imports.set_defaults(run=_import)
    imports.add_argument(
        "objects", metavar="OBJECT", nargs="*", help="path of an object (default: as in the sheet)"
    )
    imports.add_argument(
        "--draft", metavar="FILE", type=Path, required=True, help="change set to write"
    )


def _add_describe(commands: Any, endpoint: argparse.ArgumentParser) -> None:
    describe = commands.add_parser(
        "describe",
        parents=[endpoint],
        help="draft the metadata of a folder of files; nothing is committed",
        description="Draft the metadata of an object from the files of a folder, and print what "
        "is still required. Nothing is committed.",
    )
    describe.set_defaults(run=_describe)
    describe.add_argument("source", metavar="SOURCE", help="folder, or s3://bucket/prefix")
    describe.add_argument(
        "object",
        metavar="OBJECT",
        nargs="?",
        help="path of the object to add to (default: the folder itself becomes the object)",
    )
    describe.add_argument("--draft", metavar="FILE", type=Path, help="change set to write")


def _add_purge(commands: Any, endpoint: argparse.ArgumentParser) -> None:
    purge = commands.add_parser(
        "purge",
        parents=[endpoint],
        help="delete the deleted objects of a folder for good",
        description="List the deleted objects of a folder, and delete their files for good after a "
        "confirmation. They cannot be restored afterwards.",
    )
    purge.set_defaults(run=_purge)
    purge.add_argument("folder", metavar="FOLDER", help="folder, or s3://bucket/prefix")
    purge.add_argument(
        "--older-than", metavar="DAYS", type=float, default=0.0, help="only if deleted before that"
    )
    purge.add_argument("--yes", action="store_true", help="do not ask for a confirmation")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return port


class _Interrupts:
    """Interrupt handlers: the first interrupt stops the server, the second one kills it.

    A handler that only sets events cannot interrupt a clean-up, as a KeyboardInterrupt would.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.kill = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._handle)

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        (self.kill if self.stop.is_set() else self.stop).set()


def _demo(options: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("demo", "flask", "flask_cors", "moto", "jupyterlab", "psutil")
    from modos_widgets import demo  # noqa: PLC0415
    from modos_widgets.demo.lab import lab  # noqa: PLC0415

    if options.port is not None:
        check_port(options.port)
    interrupts = _Interrupts()
    with demo.start(protected=options.protected) as deployment:
        about = f"Endpoint     {deployment.endpoint}  ({len(deployment.objects)} objects)"
        print(about, flush=True)
        server = lab(
            deployment,
            notebook=options.notebook,
            port=options.port,
            report=functools.partial(print, flush=True),
        )
        _serve(server, interrupts, ["Press Ctrl-C to stop both."], browser=options.browser)


def _app(options: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("app", "voila", "psutil")
    from modos_widgets import app  # noqa: PLC0415

    if options.port is not None:
        check_port(options.port)
    interrupts = _Interrupts()
    server = app.serve(
        options.source, endpoint=options.endpoint, port=options.port, browser=options.browser
    )
    _serve(server, interrupts, ["Press Ctrl-C to stop."], browser=options.browser)


def _page(options: argparse.Namespace) -> None:
    from modos_widgets.widgets import page  # noqa: PLC0415 - --help stays fast

    written = page(
        options.source,
        options.output,
        endpoint=options.endpoint,
        title=options.title,
        findings=not options.no_findings,
        previews=options.previews,
        addresses=options.addresses,
    )
    print(f"{written}  {written.stat().st_size / 1e6:.1f} MB")


def _check(options: argparse.Namespace) -> int:
    draft = _draft_of_sheet(options, options.against)
    found = [
        {
            "severity": "note" if row["applied"] else "warning",
            "place": f"{row['sheet']} {row['cell']}".strip(),
            "problem": str(problem),
            "read": row["read"],
            "offered": row["offered"],
        }
        for problem, row in _report_rows(draft)
    ]
    found += [
        {
            "severity": error.severity,
            "place": f"{error.element} {error.slot}".strip(),
            "problem": error.message,
            "read": draft.current((error.object, error.element), error.slot),
            "offered": None,
        }
        for error in draft.new_errors()
    ]
    changes = len(draft)
    if options.json:
        print(json.dumps({"changes": changes, "findings": found}, indent=2, ensure_ascii=False))
    else:
        for entry in found:
            offered = f", offered {entry['offered']!r}" if entry["offered"] else ""
            place = f"{entry['place']}: " if entry["place"] else ""
            print(f"{entry['severity']:<8} {place}{entry['problem']}", end="")
            print(f" (read {entry['read']!r}{offered})")
        print(f"{changes:,} changed cells, {len(found):,} findings")
    return int(any(entry["severity"] != "note" for entry in found))


def _draft_of_sheet(options: argparse.Namespace, objects: list[str] | None) -> Draft:
    from modos_widgets.sheets import import_sheet  # noqa: PLC0415 - --help stays fast

    return import_sheet(
        options.sheet,
        objects or None,
        create=options.create,
        mapping=options.mapping,
        files_from=options.files_from,
        endpoint=options.endpoint,
    )


def _report_rows(draft: Draft) -> Iterator[tuple[Any, dict[Any, Any]]]:
    report = draft.import_report
    if report is not None:
        yield from zip(report.index, report.to_dict("records"), strict=True)


def _export(options: argparse.Namespace) -> None:
    from modos_widgets.sheets import export_sheet  # noqa: PLC0415 - --help stays fast

    done = export_sheet(
        options.objects,
        options.sheet,
        classes=options.classes,
        template=options.template,
        flat=options.flat,
        endpoint=options.endpoint,
    )
    print(done)


def _import(options: argparse.Namespace) -> None:
    draft = _draft_of_sheet(options, options.objects)
    _write_changes(draft, options.draft)
    doubts = sum(not row["applied"] for _, row in _report_rows(draft))
    print(f"{len(draft):,} changed cells in {options.draft}")
    if doubts:
        print(f"{doubts:,} cells in doubt were not applied: run modos-widgets check")


def _describe(options: argparse.Namespace) -> None:
    from modos_widgets.description import describe  # noqa: PLC0415 - --help stays fast

    draft = describe(options.source, options.object, endpoint=options.endpoint)
    if options.draft is not None:
        _write_changes(draft, options.draft)
    sources = draft.known_from
    rows = [] if sources is None else sources.to_dict("records")
    for row in rows:
        if not row["element"]:
            print(f"not used     {row['file']}: {row['detail']}")
    required = draft.new_errors()
    for error in required:
        print(f"required     {error.element} {error.slot}: {error.message}")
    known = sum(bool(row["element"]) for row in rows)
    print(f"{known:,} values known from files, {len(required):,} required")


def _purge(options: argparse.Namespace) -> int:
    from modos_widgets.modo import Modo, deleted_modos  # noqa: PLC0415 - --help stays fast

    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=options.older_than)
    found = [
        deleted
        for deleted in deleted_modos(options.folder, endpoint=options.endpoint)
        if deleted.state != "interrupted" and dt.datetime.fromisoformat(deleted.when) <= before
    ]
    for deleted in found:
        print(f"{deleted.when}  {deleted.who}  {deleted.original}")
    if not found:
        print("no deleted objects")
        return 0
    if not options.yes:
        answer = input(f"Delete {len(found):,} objects for good? Type yes to confirm: ")
        if answer.strip().lower() != "yes":
            print("nothing was deleted")
            return 1
    for deleted in found:
        Modo.purge(deleted.path, confirm=deleted.id, endpoint=options.endpoint)
    print(f"{len(found):,} objects deleted for good")
    return 0


def _write_changes(draft: Draft, path: Path) -> None:
    """Write the changes of a draft into a file."""
    text = draft.to_json()
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Check the folder."
        ) from error
    new = sum(modo.storage.is_new for modo in draft.modos)
    if new:
        print(f"new objects: {new:,}; pass edit(paths, create=True).modos to Draft.from_json")


def _serve(server: Server, interrupts: _Interrupts, lines: list[str], *, browser: bool) -> None:
    """Print the URL of the server, and wait for an interrupt or for its end."""
    try:
        url = server.wait_for_url(interrupts.stop)
        if url is not None:
            print(f"{server.name:<12} {url}", *lines, sep="\n", flush=True)
            if browser:
                server.show(url)
        while server.running and not interrupts.stop.wait(_POLL_SECONDS):
            pass
        if not interrupts.stop.is_set():
            raise UnreachableError(f"{server.name} stopped unexpectedly.", server.log_tail())
    finally:
        server.stop(interrupts.kill)
