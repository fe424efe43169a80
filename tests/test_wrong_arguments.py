"""A value of a wrong type, and an argument that does not exist, raise our error and a TypeError."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets as modos
from modos_widgets import remote
from modos_widgets.errors import ArgumentError
from modos_widgets.storage import (
    LocalStorage,
    S3Storage,
    add_metadata_group,
    connect_s3,
    list_remote_modos,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_S3 = "s3://bucket/study"
_SERVICES = {"s3": "http://127.0.0.1:9"}

CALLS: dict[str, Callable[[Any], object]] = {
    "open_modo": modos.open_modo,
    "open_modo endpoint": lambda value: modos.open_modo(_S3, endpoint=value),
    "open_modo services": lambda value: modos.open_modo(_S3, services=value),
    "open_modo s3_kwargs": lambda value: modos.open_modo(_S3, services=_SERVICES, s3_kwargs=value),
    "create_modo": modos.create_modo,
    "edit": modos.edit,
    "edit list": lambda value: modos.edit([value]),
    "validate": modos.validate,
    "catalog": modos.catalog,
    "catalog list": lambda value: modos.catalog([value]),
    "catalog services": lambda value: modos.catalog(_S3, services=value),
    "catalog columns": lambda value: modos.catalog(".", columns=value),
    "transfer source": lambda value: modos.transfer(value, "copy"),
    "transfer target": lambda value: modos.transfer("study", value),
    "transfer workers": lambda value: modos.transfer("study", "copy", workers=value),
    "browse": modos.browse,
    "folded": modos.folded,
    "Modo": modos.Modo,
    "Draft": modos.Draft,
    "Draft list": lambda value: modos.Draft([value]),
    "Session": modos.Session,
    "Browser": modos.Browser,
    "MetadataTable": modos.MetadataTable,
    "ElementForm": modos.ElementForm,
    "History": modos.History,
    "Overview": modos.Overview,
    "ZarrTree": modos.ZarrTree,
    "ZarrTree height": lambda value: modos.ZarrTree(height=value),
    "ArrayPreview": modos.ArrayPreview,
    "ArrayPreview path": lambda value: modos.ArrayPreview(None, value),
    "TransferPanel source": modos.TransferPanel,
    "TransferPanel target": lambda value: modos.TransferPanel("study", value),
    "Login": modos.Login,
    "EndpointPicker": modos.EndpointPicker,
    "LocalStorage": LocalStorage,
    "S3Storage": lambda value: S3Storage(value, "http://127.0.0.1:9"),
    "S3Storage endpoint": lambda value: S3Storage(_S3, value),
    "connect_s3": lambda value: connect_s3(value, "http://127.0.0.1:9"),
    "list_remote_modos": list_remote_modos,
    "add_metadata_group": lambda value: add_metadata_group(value, {"id": "s1"}),
    "EndpointManager": lambda value: remote.EndpointManager(modos=value),
    "EndpointManager services": lambda value: remote.EndpointManager(services=value),
    "list_remote_items": remote.list_remote_items,
    "get_metadata_from_remote": remote.get_metadata_from_remote,
    "get_s3_path": lambda value: remote.get_s3_path(value, "P-0001"),
    "BearerAuth": remote.BearerAuth,
    "JWT": remote.JWT,
}


@pytest.mark.parametrize("value", [5.5, object(), {5: 6}], ids=["float", "object", "dict"])
@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_type_is_a_type_error_with_a_hint(name: str, value: Any) -> None:
    if isinstance(value, dict) and name.endswith(("services", "s3_kwargs")):
        value = [5]
    with pytest.raises(ArgumentError) as caught:
        CALLS[name](value)
    assert isinstance(caught.value, TypeError)
    assert caught.value.hint


@pytest.mark.parametrize(
    "widget",
    [
        modos.ArrayPreview,
        modos.Browser,
        modos.EndpointPicker,
        modos.Login,
        modos.MetadataTable,
        modos.TransferPanel,
        modos.ZarrTree,
    ],
)
def test_an_unknown_argument_is_a_type_error_that_names_the_known_ones(widget: Any) -> None:
    with pytest.raises(ArgumentError, match=r"no argument colour\. Use one of: ") as caught:
        widget(colour="red")
    assert isinstance(caught.value, TypeError)


def test_a_message_does_not_show_the_value() -> None:
    with pytest.raises(ArgumentError) as caught:
        modos.open_modo(["secret-value"])  # type: ignore[arg-type]
    assert "secret-value" not in str(caught.value)
