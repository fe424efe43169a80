"""What has to hold after any writers: the root equals the nodes, and every key belongs to one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modos_widgets.modo.state.payloads import ArrayPayload, MovePayload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from modos_widgets.modo.draft.draft import Draft
    from tests.modo.conftest import Place

ROOT = "data.zarr/zarr.json"


def check_whole(place: Place, path: str) -> dict[str, dict[str, Any]]:
    """Check an object with a client of its own, and return the attributes of its nodes."""
    keys = {key: data for key, data in place.keys(path).items() if not key.endswith(".part")}
    listed = json.loads(keys[ROOT])["consolidated_metadata"]["metadata"]
    nodes = {
        key.removeprefix("data.zarr/").removesuffix("/zarr.json"): json.loads(data)
        for key, data in keys.items()
        if key.startswith("data.zarr/") and key.endswith("/zarr.json") and key != ROOT
    }
    assert listed.keys() == nodes.keys(), sorted(listed.keys() ^ nodes.keys())
    for name, node in nodes.items():
        assert listed[name].get("attributes", {}) == node.get("attributes", {}), name
        assert name.rpartition("/")[0] in {"", *nodes}, f"{name} has no parent"
    orphans = [
        key
        for key in keys
        if key.startswith("data.zarr/")
        and not key.endswith("/zarr.json")
        and key.removeprefix("data.zarr/").partition("/c/")[0] not in nodes
    ]
    assert not orphans, orphans[:5]
    return {name: node.get("attributes", {}) for name, node in nodes.items()}


@dataclass
class Scene:
    """The elements that two writers meet at: a sample, one just added, and a file with its entity.

    Attributes
    ----------
    number : int
        Tells it from others in the same object.
    folder : pathlib.Path
        Where files to be attached lie.
    """

    number: int
    folder: Path

    @property
    def sample(self) -> str:
        return f"sample/r{self.number}"

    @property
    def entity(self) -> str:
        return f"data/d{self.number}"

    @property
    def elements(self) -> dict[str, dict[str, Any]]:
        sample = {"@type": "Sample", "name": "before"}
        entity = {"@type": "DataEntity", "data_path": self.file, "data_format": "CRAM"}
        return {self.sample: sample, self.entity: entity}

    @property
    def file(self) -> str:
        return f"d{self.number}.cram"

    def source(self, name: str, content: str) -> Path:
        path = self.folder / content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path


Nodes = dict[str, dict[str, Any]]
Check = Callable[[Nodes, dict[str, bytes]], bool]
"""Whether the effect of a commit is there, by the nodes' attributes and the keys."""


def put_array(draft: Draft, scene: Scene, who: str) -> Check:
    draft.add_array(scene.sample, np.full((2, 2), float(ord(who))), name="x")
    (payload,) = draft.attachments()
    assert isinstance(payload, ArrayPayload)
    wanted = {f"data.zarr/{scene.sample}/{key}": data for key, data in payload.keys.items()}
    return lambda nodes, keys: (
        scene.sample in nodes and all(keys.get(key) == data for key, data in wanted.items())
    )


def remove(draft: Draft, scene: Scene, who: str) -> Check:
    draft.remove(scene.sample)
    return lambda nodes, _: scene.sample not in nodes


def rename(draft: Draft, scene: Scene, who: str) -> Check:
    new = draft.rename(scene.sample, f"{scene.sample}-{who}")
    return lambda nodes, _: scene.sample not in nodes and new in nodes


def change(draft: Draft, scene: Scene, who: str) -> Check:
    draft.set(scene.sample, "name", who)
    return lambda nodes, _: nodes.get(scene.sample, {}).get("name") == who


def add(draft: Draft, scene: Scene, who: str) -> Check:
    draft.add(f"{scene.sample}-new", {"name": who})
    return lambda nodes, _: nodes.get(f"{scene.sample}-new", {}).get("name") == who


def attach(draft: Draft, scene: Scene, who: str) -> Check:
    element, name = f"{scene.entity}-new", f"new{scene.number}.vcf"
    draft.add(element, {"@type": "VariantSet"})
    draft.attach(element, scene.source(name, who))
    return lambda nodes, keys: (
        nodes.get(element, {}).get("data_path") == name and keys.get(name) == who.encode()
    )


def replace_file(draft: Draft, scene: Scene, who: str) -> Check:
    name = f"{who}{scene.number}.cram"
    draft.attach(scene.entity, scene.source(name, who))
    return lambda nodes, keys: (
        nodes.get(scene.entity, {}).get("data_path") == name and keys.get(name) == who.encode()
    )


def move_file(draft: Draft, scene: Scene, who: str) -> Check:
    name = f"moved/{who}{scene.number}.cram"
    draft.set(scene.entity, "data_path", name)
    moves = any(isinstance(one, MovePayload) for one in draft.attachments())
    assert moves or any(scene.file in note for note in draft.notes), "the file stays, unsaid"
    return lambda nodes, keys: (
        nodes.get(scene.entity, {}).get("data_path") == name and (name in keys) == moves
    )


def name_file(draft: Draft, scene: Scene, who: str) -> Check:
    element = f"{scene.entity}-{who}"
    path = {"data_path": scene.file, "data_format": "CRAM"}
    draft.add(element, {"@type": "DataEntity", "name": who, **path})
    return lambda nodes, _: nodes.get(element, {}).get("data_path") == scene.file


def remove_with_file(draft: Draft, scene: Scene, who: str) -> Check:
    draft.remove(scene.entity, with_file=True)
    return lambda nodes, _: scene.entity not in nodes


OPERATIONS: dict[str, Callable[[Draft, Scene, str], Check]] = {
    one.__name__: one
    for one in (
        put_array,
        remove,
        rename,
        change,
        add,
        attach,
        replace_file,
        move_file,
        name_file,
        remove_with_file,
    )
}


def unnamed_files(nodes: Nodes, keys: Iterable[str]) -> set[str]:
    """Return the files of an object that no element names."""
    named = {attributes.get("data_path") for attributes in nodes.values()}
    return {key for key in keys if not key.startswith("data.zarr/")} - named
