"""A screen reader in a page: what a person hears at each key, recorded as a transcript.

The words are those of @guidepup/virtual-screen-reader, in `js/tests/screen_reader.ts`. Keys are
real ones. Transcripts are in `docs/transcripts`; ``make transcripts`` writes them again.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Locator

TRANSCRIPTS = ROOT / "docs" / "transcripts"
SCRIPT = ROOT / "js" / "tests" / "screen_reader.ts"
REWRITES = os.environ.get("MODOS_TRANSCRIPTS") == "1"
QUIET = 250  # ms without a change after which a widget has said everything
SETTLE = "([words, quiet]) => window.screenReader.settle(words, quiet)"
MARKUP = re.compile(r"([*_`<>\[\]\\])")


def bundle() -> str:
    """Return the script of the screen reader, for a page."""
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    return subprocess.run(
        [esbuild, str(SCRIPT), "--bundle", "--format=iife", "--target=es2022"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


class Listener:
    """A person who uses a widget by keys, and hears it.

    Parameters
    ----------
    root : Locator
        The widget: what is outside of it is not heard.
    title, about : str
        Heading and first paragraph of the transcript.
    names : mapping of str to str
        Patterns of what differs from run to run, such as addresses, and what is written instead.
    """

    def __init__(
        self, root: Locator, title: str, about: str, names: Mapping[str, str] | None = None
    ) -> None:
        self.page = root.page
        self.root = root
        self.names = names or {}
        self.lines = [f"# {title}", "", about]
        if not self.page.evaluate("() => Boolean(window.screenReader)"):
            self.page.evaluate(bundle())
        root.evaluate("root => window.screenReader.start(root)")

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.lines += ["", f"## {text}"]

    def press(self, keys: str, *, until: str | tuple[str, ...] = "") -> list[str]:
        """Press keys, one after the other; `until` are parts of what must be said then."""
        for key in keys.split():
            self.page.keyboard.press(key)
        return self._listen(f"Press {', '.join(f'`{key}`' for key in keys.split())}:", until)

    def type(self, text: str, *, until: str | tuple[str, ...] = "") -> list[str]:
        """Type a text."""
        self.page.keyboard.type(text)
        return self._listen(f"Type `{text}`:", until)

    def hear(self, what: str, *, until: str | tuple[str, ...] = "") -> list[str]:
        """Record what is said after something other than a key."""
        return self._listen(f"{what}:", until)

    def read(self, part: Locator | None = None) -> list[str]:
        """Read a part of the widget from start to end, as with the reader's own keys."""
        said = (part or self.root).evaluate("part => window.screenReader.read(part)")
        return self._note("Read from start to end:", said)

    def _listen(self, act: str, until: str | tuple[str, ...]) -> list[str]:
        for words in (until,) if isinstance(until, str) else until:
            self.page.evaluate(SETTLE, [words, QUIET])
        return self._note(act, self.page.evaluate("() => window.screenReader.said()"))

    def _note(self, act: str, said: Sequence[str]) -> list[str]:
        heard = [self._named(each) for each in said]
        words = [MARKUP.sub(r"\\\1", each) for each in heard] or ["(nothing)"]
        self.lines += ["", act, "", *(f"- {each}" for each in words)]
        return heard

    def _named(self, words: str) -> str:
        for pattern, name in self.names.items():
            words = re.sub(pattern, name, words)
        return words

    def check(self, name: str) -> None:
        """Compare the transcript with the stored one, or store it."""
        path = TRANSCRIPTS / f"{name}.md"
        text = "\n".join([*self.lines, ""])
        if REWRITES:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        stored = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == stored, f"{path.name} differs: review what `make transcripts` writes"


__all__ = ["Listener"]
