"""Every documented name is there, with its signature."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import storage
from modos_widgets.storage import s3_path

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

OWN = Path(__file__).with_name("documented_names.txt")
SHARED = Path(__file__).parents[3] / "shared/api/modos.storage.txt"


def own_copy() -> dict[str, list[str] | None]:
    names: dict[str, list[str] | None] = {}
    for line in OWN.read_text().splitlines():
        if line and not line.startswith("#"):
            name, colon, parameters = line.partition(":")
            names[name] = [p.strip() for p in parameters.split(",") if p.strip()] if colon else None
    return names


def shared_document() -> dict[str, list[str] | None]:
    """Read the document, or the own copy where it is not present."""
    if not SHARED.exists():
        return own_copy()
    names: dict[str, list[str] | None] = {}
    current = ""
    pattern = re.compile(r"( *)\.\. py:(\w+):: ([\w.]+)(\((.*)\))?")
    for line in SHARED.read_text().splitlines():
        match = pattern.match(line)
        if match is None or match[2] == "module":
            continue
        name = f"{current}.{match[3]}" if match[1] else match[3]
        if match[2] == "class":
            current = name
            if match[4] is None:
                continue
        callable_ = match[2] in {"method", "function", "class"}
        parameters = [p.strip().replace(" = ", "=") for p in (match[5] or "").split(",")]
        names[name] = [p for p in parameters if p] if callable_ else None
    return names


def test_the_own_copy_is_the_document() -> None:
    assert own_copy() == shared_document()


@pytest.mark.parametrize(("name", "parameters"), shared_document().items())
def test_name_and_signature(
    name: str, parameters: list[str] | None, moto_server: S3Server, tmp_path: Path
) -> None:
    owner, _, member = name.partition(".")
    found: Any = getattr(storage, owner)
    if member and parameters is None:
        instance: Any = {
            "LocalStorage": lambda: storage.LocalStorage(tmp_path / "ex"),
            "S3Storage": lambda: storage.S3Storage(
                f"s3://{moto_server.bucket()}/ex", moto_server.endpoint, moto_server.s3_kwargs
            ),
            "S3Path": lambda: storage.S3Path(url="s3://test/ex"),
            "Storage": lambda: storage.Storage,
        }[owner]()
        assert getattr(instance, member) is not None
        return
    if member:
        found = getattr(found, member)
    if parameters is None:
        return
    signature = inspect.signature(found)
    plain = [
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in signature.parameters.values()
        if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"
    ]
    assert plain == parameters
    more = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    assert all(p.default is not p.empty for p in more)


def test_storage_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        storage.Storage()  # type: ignore[abstract]


def test_the_documented_examples_run() -> None:
    documented = """
    >>> S3Path(url="s3://test/ex")
    S3Path(url='s3://test/ex')
    >>> S3Path(url='s3://?invalid-bucket-name!/def') # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
      ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for S3Path
    """
    names = {"S3Path": storage.S3Path}
    test = doctest.DocTestParser().get_doctest(documented, names, "document", None, 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0
    own = doctest.testmod(s3_path)
    assert own.failed == 0
    assert own.attempted >= 3
