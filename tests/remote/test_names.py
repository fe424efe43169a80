"""The documented names, with the documented signatures, examples and weight."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import requests
from pydantic import BaseModel

from modos_widgets import remote

FUNCTIONS = {
    "get_session": "()",
    "list_remote_items": "(url)",
    "get_metadata_from_remote": "(url, modo_id=None)",
    "is_s3_path": "(path)",
    "get_s3_path": "(url, query, exact_match=False)",
    "get_cache_dir": "()",
}
MEMBERS = {
    "BearerAuth": {"jwt", "__call__"},
    "EndpointManager": {
        "modos",
        "services",
        "session",
        "list",
        "auth",
        "kms",
        "s3",
        "fuzon",
        "htsget",
        "refget",
    },
    "JWT": {
        "access_token",
        "_expires_at",
        "expires_at",
        "get_cache_path",
        "to_cache",
        "from_cache",
        "is_expired",
        "refresh",
    },
    "Permissions": {"read", "write", "owner", "default", "__str__"},
    "S3KeySpec": {"bucket", "expiration", "prefixes", "permissions", "name", "region"},
    "S3Key": {"spec", "access_key_id", "secret_access_key", "valid_paths"},
}
REFERENCE = Path(__file__).parents[3] / "shared" / "api" / "modos.remote.txt"
MODULES = [name for _, name, _ in pkgutil.iter_modules(remote.__path__, "modos_widgets.remote.")]


def bare(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    names = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=names, return_annotation=signature.empty))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_documented_function_has_its_signature(name: str) -> None:
    assert bare(getattr(remote, name)) == FUNCTIONS[name]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_documented_class_has_its_members(name: str) -> None:
    kind = getattr(remote, name)
    fields = set(kind.model_fields) if issubclass(kind, BaseModel) else set()
    fields |= set(getattr(kind, "__dataclass_fields__", {}))
    assert MEMBERS[name] <= set(dir(kind)) | fields


@pytest.mark.parametrize(
    ("name", "attributes"),
    {
        "BearerAuth": ["jwt"],
        "EndpointManager": ["modos", "services"],
        "JWT": ["access_token", "_expires_at"],
    }.items(),
)
def test_the_attributes_of_a_documented_dataclass_go_by_position(
    name: str, attributes: list[str]
) -> None:
    parameters = inspect.signature(getattr(remote, name)).parameters.values()
    plain = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert plain == attributes


def test_the_reference_names_nothing_that_is_missing() -> None:
    if not REFERENCE.exists():  # it is no part of the project; the tables above are
        return
    text = REFERENCE.read_text()
    for name in re.findall(r"^\.\. py:class:: (\w+)", text, re.MULTILINE):
        assert name in MEMBERS
    for name, signature in re.findall(r"^\.\. py:function:: (\w+)(\(.*\))", text, re.MULTILINE):
        assert FUNCTIONS[name] == signature.replace(" = ", "=")


def test_documented_fields_have_their_defaults() -> None:
    fields = remote.S3KeySpec.model_fields
    assert [name for name, one in fields.items() if one.is_required()] == [
        "bucket",
        "expiration",
        "prefixes",
        "permissions",
    ]
    assert (fields["name"].default, fields["region"].default) == (None, "us-east-1")
    assert remote.BearerAuth.jwt is None
    assert issubclass(remote.BearerAuth, requests.auth.AuthBase)
    assert isinstance(remote.get_session(), requests.Session)
    assert remote.EndpointManager().modos is None
    assert remote.EndpointManager().services == {}


@pytest.mark.parametrize("name", remote.__all__)
def test_every_public_name_is_there_and_explained(name: str) -> None:
    assert inspect.getdoc(getattr(remote, name))
    assert name in dir(remote)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = remote.nothing_like_it


@pytest.mark.parametrize("name", MODULES)
def test_the_documented_examples_run(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_the_documented_examples_are_found() -> None:
    finder = doctest.DocTestFinder()
    found = {test.name for name in MODULES for test in finder.find(import_module(name))}
    assert {"modos_widgets.remote.tokens.JWT", "modos_widgets.remote.keys.S3Key"} <= found


def test_the_room_pulls_in_no_zarr_no_pandas_and_no_widgets() -> None:
    program = """
import sys
from modos_widgets import remote
for name in remote.__all__:
    getattr(remote, name)
heavy = {"zarr", "pandas", "numpy", "ipywidgets", "anywidget", "IPython", "s3fs", "obstore",
         "botocore", "flask"}
print(sorted(heavy & set(sys.modules)))
"""
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert found.stdout.strip() == "[]"
