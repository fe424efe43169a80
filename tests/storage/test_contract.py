"""One contract for every backend: the same calls, the same results."""

from __future__ import annotations

import gc
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modos_widgets import errors
from modos_widgets.storage import ANY, ZARR_ROOT, S3Storage, Storage
from tests.storage.conftest import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.storage.conftest import Place

NAMES = [
    "plain.txt",
    "with space.txt",
    "ünïcödé/漢字.bin",
    "plus+percent%20.txt",
    "hash#question?.txt",
    "[brackets]*.txt",
    "paren(theses) & 'quotes'.txt",
    "deep/er/and/deeper.txt",
    "~tilde.txt",
    ".hidden",
    "a=b;c,d@e!f$g.txt",
    "emoji-🧬.fa",
]


def names(storage: Storage, target: str | None = None) -> list[str]:
    """Files beside the archive."""
    every = (path.as_posix() for path in storage.list(target))
    return [name for name in every if not name.startswith("data.zarr/")]


class TestContract:
    # ------------------------------------------------------------- opening
    def test_a_new_object_is_a_v3_archive_with_five_groups(self, storage: Storage) -> None:
        root = storage.zarr
        assert root.metadata.zarr_format == 3
        assert sorted(name for name, _ in root.groups()) == [
            "assay", "data", "reference", "sample", "sequence",
        ]  # fmt: skip
        assert storage.empty()
        assert root.path == ""
        assert [path.parts[0] for path in storage.list()] == ["data.zarr"] * 6

    def test_mode_a_is_the_default_and_opens_existing_objects(self, place: Place) -> None:
        place.make().zarr.attrs["title"] = "mine"
        assert place.make().zarr.attrs["title"] == "mine"
        assert not place.make().empty()

    @pytest.mark.parametrize("mode", ["r", "r+"])
    def test_r_wants_an_object_and_creates_nothing(self, place: Place, mode: str) -> None:
        with pytest.raises(errors.NotFoundError, match="ex") as caught:
            place.make(mode=mode)
        assert isinstance(caught.value, FileNotFoundError)
        assert place.raw() == {}
        place.make()
        assert place.make(mode=mode).read_only == (mode == "r")

    def test_w_minus_wants_no_object(self, place: Place) -> None:
        place.make(mode="w-").zarr.attrs["title"] = "mine"
        with pytest.raises(errors.AlreadyExistsError) as caught:
            place.make(mode="w-")
        assert isinstance(caught.value, FileExistsError)
        assert place.make().zarr.attrs["title"] == "mine"

    def test_an_unknown_mode_is_refused(self, place: Place) -> None:
        with pytest.raises(errors.OptionError, match="'w'"):
            place.make(mode="w")
        assert place.raw() == {}

    def test_every_write_of_a_reader_is_refused(self, place: Place) -> None:
        place.make().put([b"old"], "file")
        before = place.raw()
        storage = place.make(mode="r")
        for write in (
            lambda: storage.put([b"new"], "file"),
            lambda: storage.write("file", b"new"),
            lambda: storage.remove("file"),
            lambda: storage.delete("file"),
            lambda: storage.move("file", "other"),
            lambda: place.make("other").transfer(storage, overwrite=True),
            lambda: storage.zarr.attrs.update({"x": 1}),
            lambda: storage.zarr.create_group("x"),
        ):
            with pytest.raises(errors.ReadOnlyError) as caught:
                write()
            assert isinstance(caught.value, PermissionError)
        assert place.raw() == before

    def test_a_creation_that_was_cut_off_is_completed(self, place: Place) -> None:
        full = place.make("full")
        node = full.read("data.zarr/sample/zarr.json").data
        place.plant("ex", "data.zarr/sample/zarr.json", node)
        place.plant("ex", "mine.txt", b"mine")
        place.make()
        assert place.raw() == place.raw("full") | {"mine.txt": b"mine"}

    def test_the_reader_uses_the_consolidated_copy_and_the_writer_does_not(
        self, place: Place
    ) -> None:
        place.make()
        node = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"new": 1}})
        place.plant("ex", "data.zarr/sample/zarr.json", node.encode())
        assert dict(at(place.make(mode="r").zarr, "sample").attrs) == {}
        assert dict(at(place.make(mode="r+").zarr, "sample").attrs) == {"new": 1}

    def test_a_writer_keeps_what_others_add(self, place: Place) -> None:
        root = place.make().zarr
        other = place.make()
        at(other.zarr, "sample").create_group("added")
        root.attrs["title"] = "x"
        assert "added" in at(place.make().zarr, "sample")

    def test_a_v2_archive_is_read_only(self, place: Place) -> None:
        place.plant("ex", "data.zarr/.zgroup", b'{"zarr_format": 2}')
        place.plant("ex", "data.zarr/.zattrs", b'{"title": "old"}')
        before = place.raw()
        storage = place.make()
        assert storage.read_only
        assert storage.zarr_format == 2
        assert storage.root_document().data is None
        assert storage.zarr.attrs["title"] == "old"
        with pytest.raises(errors.ReadOnlyError, match="v2"):
            storage.put([b"x"], "file")
        assert place.raw() == before

    # ------------------------------------------------- reading and writing
    @pytest.mark.parametrize("name", NAMES)
    def test_odd_names_go_through_everything(self, storage: Storage, name: str) -> None:
        storage.put([b"one", b"two"], name)
        assert storage.exists(name)
        assert storage.exists(Path(name))
        assert storage.exists(storage.path / name)
        assert names(storage) == [name]
        assert [entry.name for entry in storage.files()] == [name]
        assert storage.open(storage.path / name).read() == b"onetwo"
        assert storage.read(name).data == b"onetwo"
        storage.move(name, f"moved/{name}")
        assert names(storage) == [f"moved/{name}"]
        storage.remove(f"moved/{name}")
        assert names(storage) == []

    def test_a_backslash_is_a_letter(self, place: Place, storage: Storage) -> None:
        name = "back\\slash.txt"
        storage.put([b"x"], name)
        assert storage.read(name).data == b"x"
        # SeaweedFS itself turns it into a slash
        assert names(storage) == [name if place.kind != "seaweedfs" else "back/slash.txt"]

    @pytest.mark.parametrize("size", [0, 1, 2**20 + 1, 17 * 2**20])
    def test_contents_come_back(self, storage: Storage, size: int) -> None:
        data = bytes(range(256)) * (size // 256 + 1)
        storage.put((data[at : min(at + 70_001, size)] for at in range(0, size, 70_001)), "file")
        with storage.open("file") as file:
            assert file.read() == data[:size]
        assert b"".join(storage.open("file")) == data[:size]
        assert storage.files()[0].size == size

    def test_put_accepts_a_binary_file_and_the_result_of_open(
        self, storage: Storage, tmp_path: Path
    ) -> None:
        (tmp_path / "source").write_bytes(b"content")
        with (tmp_path / "source").open("rb") as file:
            storage.put(file, "a")
        storage.put(io.BytesIO(b"bytes"), "b")
        storage.put(storage.open("a"), "c")
        assert [storage.read(name).data for name in "abc"] == [b"content", b"bytes", b"content"]

    @pytest.mark.parametrize("source", ["name", Path("name")])
    def test_put_refuses_file_names(self, storage: Storage, source: object) -> None:
        with pytest.raises(errors.OptionError, match="not the name"):
            storage.put(source, "file")  # type: ignore[arg-type]
        assert not storage.exists("file")

    def test_put_refuses_text(self, storage: Storage) -> None:
        for source in (io.StringIO("text"), ["text"]):
            with pytest.raises(errors.OptionError, match="bytes"):
                storage.put(source, "folder/file")  # type: ignore[arg-type]
        assert names(storage) == []

    @pytest.mark.parametrize("good", [1, 20 * 2**20])
    def test_an_exception_of_the_source_comes_as_it_is(
        self, place: Place, storage: Storage, good: int
    ) -> None:
        class BrokenSourceError(OSError):
            pass

        def source() -> Iterator[bytes]:
            for _ in range(0, good, 2**20):
                yield b"x" * min(good, 2**20)
            raise BrokenSourceError(5, "source broke")

        storage.put([b"old"], "file")
        before = place.raw()
        for target in ("file", "new/file"):
            with pytest.raises(BrokenSourceError, match="source broke"):
                storage.put(source(), target)
        assert place.raw() == before
        assert not storage.exists("new")
        if place.server is not None:
            assert [
                one
                for one in place.server.uploads(place.bucket)
                if one["Key"].startswith(place.prefix)
            ] == []

    def test_an_opened_file_is_a_binary_file(self, storage: Storage) -> None:
        data = bytes(range(256)) * 4096
        storage.put([data], "file")
        with storage.open("file") as file:
            assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)
            assert file.read(10) == data[:10]
            assert file.seek(-6, io.SEEK_END) == len(data) - 6
            assert file.read() == data[-6:]
            assert file.seek(500_000) == 500_000
            assert file.tell() == 500_000
            assert file.read(3) == data[500_000:500_003]
            buffer = bytearray(7)
            assert file.readinto(buffer) == 7
            assert buffer == data[500_003:500_010]
            assert file.seek(-2, io.SEEK_CUR) == 500_008
            with pytest.raises((ValueError, OSError)):
                file.seek(-1)
        assert file.closed
        with pytest.raises(ValueError, match="closed"):
            file.read()

    def test_iterating_gives_lines_and_bounded_pieces(self, storage: Storage) -> None:
        storage.put([b"one\ntwo\n", b"x" * 3 * 2**20], "file")
        with storage.open("file") as file:
            pieces = list(file)
        assert pieces[:2] == [b"one\n", b"two\n"]
        assert {len(piece) for piece in pieces[2:]} == {2**20}

    def test_pandas_and_pyarrow_read_it(self, storage: Storage) -> None:
        frame = pd.DataFrame({"gene": ["a", "b"], "count": [1, 2]})
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pandas(frame), buffer)
        storage.put([buffer.getvalue()], "table.parquet")
        storage.put([frame.to_csv(index=False).encode()], "table.csv")
        with storage.open("table.csv") as file:
            assert pd.read_csv(file).equals(frame)
        with storage.open("table.parquet") as file:
            assert pq.read_table(file).to_pandas().equals(frame)

    def test_handles_that_are_dropped_leak_nothing(self, storage: Storage) -> None:
        storage.put([b"x" * 1000], "file")
        for _ in range(3):
            storage.open("file")
            next(iter(storage.open("file")))
        gc.collect()  # an unclosed handle would warn, and a warning is an error here

    def test_nothing_to_open(self, storage: Storage) -> None:
        for call in (storage.open, storage.read):
            with pytest.raises(errors.NotFoundError, match="absent") as caught:
                call("folder/absent")
            assert isinstance(caught.value, FileNotFoundError)

    # --------------------------------------------------------------- list
    def test_list_is_recursive_relative_and_sorted_as_paths(self, storage: Storage) -> None:
        made = ["b", "a/z", "a-b", "a/b/c", "a.txt", "a b/x", "A", "a/b-c", "a+/q", "é"]
        for name in made:
            storage.put([b"x"], name)
        listed = list(storage.list())
        assert listed == sorted(listed)
        assert [path for path in listed if path.parts[0] != "data.zarr"] == sorted(
            Path(name) for name in made
        )
        assert names(storage, "a") == ["a/b/c", "a/b-c", "a/z"]
        assert names(storage, "a/") == ["a/b/c", "a/b-c", "a/z"]
        assert names(storage, "a.txt") == ["a.txt"]
        assert list(storage.list(storage.path / "a")) == list(storage.list("a"))
        assert names(storage, "absent") == []
        assert names(storage, "a/b/") == ["a/b/c"]
        assert [entry.name for entry in storage.files()] == [
            path.as_posix() for path in sorted(Path(name) for name in made)
        ]

    def test_list_is_safe_while_removing(self, storage: Storage) -> None:
        for number in range(12):
            storage.put([b"x"], f"folder{number % 3}/{number}")
        for path in storage.list():
            if path.parts[0] != "data.zarr":
                storage.remove(path)
        assert names(storage) == []

    def test_files_gives_sizes_and_never_looks_into_the_archive(self, storage: Storage) -> None:
        storage.put([b"12345"], "folder/file")
        (entry,) = storage.files()
        assert (entry.name, entry.size) == ("folder/file", 5)
        assert entry.modified is not None
        assert entry.modified.tzinfo is not None

    def test_level_lists_one_level(self, storage: Storage) -> None:
        storage.put([b"1"], "b/c/d")
        storage.put([b"22"], "b/e")
        level = storage.level()
        assert level.folders == ("b", "data.zarr")
        assert level.files == ()
        assert storage.level("b").folders == ("c",)
        assert [(file.name, file.size) for file in storage.level("b").files] == [("e", 2)]
        assert storage.level("absent").folders == ()
        levels = storage.levels(["b", "b/c"])
        assert levels["b/c"].files[0].name == "d"

    # ------------------------------------------------------ exists, remove
    def test_exists_is_never_a_prefix_match(self, storage: Storage) -> None:
        storage.put([b"x"], "folder/file.txt")
        for name in ("folder", "folder/", "folder/file.txt", "", ".", "data.zarr"):
            assert storage.exists(name), name
        for name in ("fold", "folder/file", "folder/file.tx", "folder/file.txt2", "file.txt", "f*"):
            assert not storage.exists(name), name

    def test_removing_a_folder_requires_recursive(self, place: Place, storage: Storage) -> None:
        storage.put([b"x"], "folder/sub/file")
        storage.put([b"x"], "folder-2")
        before = place.raw()
        with pytest.raises(errors.PathError, match="recursive"):
            storage.remove("folder")
        assert place.raw() == before
        storage.remove("folder", recursive=True)
        assert not storage.exists("folder")
        assert storage.exists("folder-2")

    def test_remove_of_nothing_does_nothing(self, place: Place, storage: Storage) -> None:
        before = place.raw()
        storage.remove("absent")
        storage.remove("absent/too", recursive=True)
        assert place.raw() == before

    def test_patterns_are_names(self, storage: Storage) -> None:
        for name in ("a1", "a2", "a*", "[a]1", "a?"):
            storage.put([b"x"], name)
        for name in ("a*", "a?", "[a]1"):
            storage.remove(name)
        assert names(storage) == ["a1", "a2"]

    def test_the_object_itself_is_not_a_target(self, place: Place, storage: Storage) -> None:
        before = place.raw()
        for target in ("", ".", storage.path):
            for call in (
                lambda to: storage.put([b"x"], to),
                lambda to: storage.remove(to, recursive=True),
                lambda to: storage.move(to, "x"),
                lambda to: storage.move("data.zarr", to, overwrite=True),
            ):
                with pytest.raises(errors.PathError):
                    call(target)
        assert place.raw() == before

    # --------------------------------------------------------------- paths
    @pytest.mark.parametrize(
        "target",
        ["..", "../x", "a/../../x", "a/..", "/etc/passwd", "/", "a\0b", "a\nb", Path("../x")],
    )
    def test_paths_that_leave_the_object_are_refused(
        self, place: Place, storage: Storage, target: str
    ) -> None:
        before = place.raw()
        for call in (
            storage.exists,
            storage.open,
            storage.read,
            storage.list,
            storage.remove,
            storage.level,
            lambda to: storage.put([b"x"], to),
            lambda to: storage.write(to, b"x"),
            lambda to: storage.move("data.zarr", to),
            lambda to: storage.move(to, "x"),
        ):
            with pytest.raises(errors.PathError) as caught:
                call(target)
            assert isinstance(caught.value, ValueError)
        assert place.raw() == before

    def test_a_path_that_begins_with_the_storage_s_is_the_same_file(self, storage: Storage) -> None:
        storage.put([b"x"], storage.path / "folder" / "file")
        assert names(storage) == ["folder/file"]
        storage.move(storage.path / "folder", storage.path / "other")
        assert names(storage) == ["other/file"]
        assert storage.exists(storage.path)

    def test_unless_a_file_of_that_relative_name_exists(self, place: Place) -> None:
        storage = place.make()
        own = storage.path.as_posix().strip("/")
        place.plant("ex", f"{own}/file", b"inner")
        place.plant("ex", "file", b"outer")
        assert storage.read(f"{own}/file").data == b"inner"
        if isinstance(storage, S3Storage):
            assert storage.read(storage.path / "file").data == b"inner"
            assert storage.read(storage.path / "data.zarr" / "zarr.json").data
        assert storage.read("file").data == b"outer"

    def test_str_and_path_and_dots_mean_the_same(self, storage: Storage) -> None:
        storage.put([b"x"], "./folder//file")
        for target in ("folder/file", Path("folder/file"), "folder/./file", "folder/file/"):
            assert storage.read(target).data == b"x"

    def test_what_is_no_path_is_refused(self, storage: Storage) -> None:
        for target in (1, b"bytes", ["list"]):
            with pytest.raises(errors.PathError):
                storage.exists(target)  # type: ignore[arg-type]

    # ---------------------------------------------------------------- move
    def test_move_makes_parents(self, storage: Storage) -> None:
        storage.put([b"x"], "file")
        storage.move("file", "some/where/else")
        assert names(storage) == ["some/where/else"]

    def test_move_refuses_to_overwrite_without_the_option(
        self, place: Place, storage: Storage
    ) -> None:
        storage.put([b"1"], "one")
        storage.put([b"2"], "two")
        storage.put([b"3"], "three/inner")
        before = place.raw()
        for target in ("two", "three"):
            with pytest.raises(errors.AlreadyExistsError):
                storage.move("one", target)
        assert place.raw() == before
        storage.move("one", "two", overwrite=True)
        assert names(storage) == ["three/inner", "two"]
        assert storage.read("two").data == b"1"
        storage.move("two", "three", overwrite=True)
        assert names(storage) == ["three"]

    def test_move_works_on_folders(self, storage: Storage) -> None:
        for name in ("a/1", "a/b/2", "a-b/3", "c/4", "c/old"):
            storage.put([name.encode()], name)
        storage.move("a", "new/a")
        assert names(storage) == ["a-b/3", "c/4", "c/old", "new/a/1", "new/a/b/2"]
        storage.move("new/a", "c", overwrite=True)
        assert names(storage) == ["a-b/3", "c/1", "c/b/2"]

    def test_move_of_nothing_or_into_itself(self, place: Place, storage: Storage) -> None:
        storage.put([b"x"], "folder/file")
        before = place.raw()
        with pytest.raises(errors.NotFoundError, match="absent"):
            storage.move("absent", "x")
        for source, target in (("folder", "folder/inner"), ("folder/file", "folder")):
            with pytest.raises(errors.PathError):
                storage.move(source, target, overwrite=True)
        storage.move("folder", "folder")
        storage.move("folder/file", "folder/file", overwrite=True)
        assert place.raw() == before

    # --------------------------------------------------------------- seams
    def test_conditional_writes(self, place: Place, storage: Storage) -> None:
        first = storage.write("file", b"1", expected=None)
        with pytest.raises(errors.ChangedError):
            storage.write("file", b"2", expected=None)
        second = storage.write("file", b"2", expected=first)
        assert second != first
        for stale in (first, '"nonsense"'):
            with pytest.raises(errors.ChangedError):
                storage.write("file", b"3", expected=stale)
        assert storage.read("file").etag == second
        with pytest.raises(errors.ChangedError):
            storage.write("absent", b"x", expected=first)
        with pytest.raises(errors.ChangedError):
            storage.delete("file", expected=first)
        storage.delete("file", expected=second)
        with pytest.raises(errors.ChangedError):
            storage.delete("file", expected=second)
        storage.delete("file")
        storage.delete("not/there")
        assert storage.write("file", b"4", expected=ANY)
        assert storage.write("file", b"5")
        assert {name for name in place.raw() if not name.startswith("data.zarr")} == {"file"}

    def test_read_many_reads_what_is_there(self, storage: Storage) -> None:
        storage.put([b"1"], "one")
        found = storage.read_many(["one", "absent", "folder/absent"])
        assert found["absent"] is found["folder/absent"] is None
        assert found["one"] is not None
        assert found["one"].data == b"1"

    def test_the_root_document_is_read_at_opening(self, place: Place, storage: Storage) -> None:
        document = storage.root_document()
        raw = place.raw()["data.zarr/zarr.json"]
        assert document.data == raw
        assert document.size == len(raw)
        assert document.etag == storage.read("data.zarr/zarr.json").etag
        new = json.dumps({**json.loads(raw), "attributes": {"x": 1}}).encode()
        place.plant("ex", "data.zarr/zarr.json", new)
        assert storage.root_document() == document
        assert storage.root_document(refresh=True).data == new
        etag = storage.write("data.zarr/zarr.json", raw)
        assert storage.root_document().etag == etag

    def test_a_large_root_document_is_not_read(self, place: Place) -> None:
        place.make()
        document = json.loads(place.raw()["data.zarr/zarr.json"])
        document["attributes"] = {"long": "x" * 9 * 2**20}
        data = json.dumps(document).encode()
        place.plant("ex", "data.zarr/zarr.json", data)
        found = place.make(mode="r").root_document()
        assert (found.data, found.size) == (None, len(data))

    def test_zarr_root(self) -> None:
        assert Path("data.zarr") == ZARR_ROOT

    # ------------------------------------------------------------ transfer
    def test_transfer_within_a_backend_copies_everything(self, place: Place) -> None:
        source = place.make("source")
        source.zarr.attrs["title"] = "mine"
        at(source.zarr, "data").create_array("x", data=np.arange(10), chunks=(3,))
        for name in NAMES:
            source.put([name.encode()], name)
        source.put([b"x" * 3 * 2**20], "large")
        target = place.make("target")
        arrived: list[str] = []
        source.transfer(target, on_progress=lambda now: arrived.append(now.path))
        assert place.raw("target") == place.raw("source")
        assert sorted(arrived) == sorted(place.raw("source"))
        assert arrived[-1] == "data.zarr/zarr.json"
        assert target.root_document().data == place.raw("source")["data.zarr/zarr.json"]
        assert at(place.make("target", mode="r").zarr, "data/x")[:].tolist() == list(range(10))

    def test_transfer_refuses_a_target_that_is_not_empty(self, place: Place) -> None:
        source = place.make("source")
        source.zarr.attrs["title"] = "new"
        source.put([b"new"], "both")
        cases = {
            "attributes": lambda storage: storage.zarr.attrs.update({"title": "old"}),
            "element": lambda storage: at(storage.zarr, "sample").create_group("old"),
            "file": lambda storage: storage.put([b"old"], "both"),
        }
        for name, fill in cases.items():
            target = place.make(name)
            fill(target)
            before = place.raw(name)
            with pytest.raises(errors.AlreadyExistsError, match="overwrite"):
                source.transfer(target)
            assert place.raw(name) == before
            target.put([b"kept"], "only here")
            source.transfer(target, overwrite=True)
            assert place.raw(name) == place.raw("source") | {"only here": b"kept"}

    def test_transfer_to_itself_is_refused(self, place: Place) -> None:
        place.make()
        with pytest.raises(errors.PathError, match="onto itself"):
            place.make().transfer(place.make(), overwrite=True)

    def test_done_files_are_left_out(self, place: Place) -> None:
        source = place.make("source")
        source.put([b"x"], "skip")
        target = place.make("target")
        source.transfer(target, done=lambda entry: entry.name == "skip")
        assert not target.exists("skip")
