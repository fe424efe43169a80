"""The code that does what was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.explore.code import code_for

if TYPE_CHECKING:
    from modos_widgets.explore import NodeSource
    from modos_widgets.session.shared import Session

__all__ = ["file_code", "object_code"]


def _opening(session: Session) -> str:
    """Give the lines that open the object; of keys that were given only the place is shown."""
    modo = session.modo
    if modo is None:
        return ""
    arguments = [repr(modo.path)]
    if modo.path.startswith("s3://"):
        if session.endpoint is not None:
            arguments.append(f"endpoint={session.endpoint!r}")
        elif session.place:
            arguments.append(f"services={{'s3': {session.place!r}}}")
        if session.has_own_keys:
            arguments.append("s3_kwargs={...}")
    inside = ", ".join(arguments)
    if len(inside) > 70:  # noqa: PLR2004 - a line's length
        inside = "\n    " + ",\n    ".join(arguments) + ",\n"
    return f"import modos_widgets\n\nmodo = modos_widgets.open_modo({inside})\n"


def object_code(session: Session, source: NodeSource | None) -> list[tuple[str, str]]:
    """Give (title, code) pairs for the opened object and the selected node."""
    modo, selected = session.modo, session.selected
    if modo is None:
        return []
    parts = [
        ("Open this object", _opening(session)),
        ("Its metadata as a table", "frame = modo.frame()\n"),
        ("Its files", "modo.files()\n"),
    ]
    if selected:
        if selected in modo.metadata:
            parts.append(("This element's metadata", f"modo.metadata[{selected!r}]\n"))
        if source is not None:
            parts += [
                (f"{selected} with {tool}", code)
                for tool, code in code_for(source, selected).items()
            ]
    return parts


def file_code(session: Session, path: str) -> str:
    """Give the code that reads a file of the object."""
    return (
        f"{_opening(session)}\nwith modo.storage.open({path!r}) as file:\n"
        "    first = file.read(1000)\n"
    )
