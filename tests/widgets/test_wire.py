"""The types of the messages between Python and the browser, and of the traits they share."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from js.write_wire import WIRES, typescript
from modos_widgets.widgets.front_end import FrontEndWidget

JS = Path(__file__).parents[2] / "js"


@pytest.mark.parametrize("folder", WIRES)
def test_the_typescript_types_are_those_of_python(folder: str) -> None:
    written = (JS / folder / "wire.ts").read_text(encoding="utf-8")
    assert written == typescript(WIRES[folder]), "run `make wire`"
    assert re.findall(r"^ *(\w)\??:", written, re.MULTILINE) == []  # no one-letter keys


@pytest.mark.parametrize(
    "folder", sorted(set(WIRES) - {"shared", "proposal", "sheets", "uploading"})
)
def test_the_state_has_every_synchronized_trait(folder: str) -> None:
    package = importlib.import_module(WIRES[folder])
    (widget,) = (
        each
        for name in package.__all__
        if isinstance(each := getattr(package, name), type) and issubclass(each, FrontEndWidget)
    )
    own = widget.class_trait_names(sync=True)
    base = {*FrontEndWidget.class_trait_names(sync=True), "_esm", "_bundle", "_anywidget_id"}
    state = importlib.import_module(f"{WIRES[folder]}.wire").State
    assert set(state.__annotations__) == set(own) - base
