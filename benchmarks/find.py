"""Measure search and facets of a finder beside pandas and DuckDB, and loading beside `catalog`.

    python -m benchmarks.find [--objects 20000] [--out benchmarks/find.md]

Each object has 50 elements: 20 samples, 20 data entities, 10 assays. Searches and counts run in
this process, in turns: every round asks each library once, and the least CPU time of the rounds is
written. DuckDB is measured if it can be imported (it is no dependency). Loading runs on 10,000
objects in a folder, and on 1,000 in an S3 server in memory that counts requests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.memory_s3 import BUCKET, MemoryS3
from modos_widgets import Finder, Overview, catalog
from modos_widgets.archive import Hierarchy
from modos_widgets.finder import Query, Result
from modos_widgets.finder.index import Builder
from modos_widgets.finder.matching import Matcher
from modos_widgets.widgets.front_end import Request

if TYPE_CHECKING:
    from collections.abc import Callable

duckdb: Any = None
with suppress(ImportError):
    duckdb = import_module("duckdb")

ROUNDS = 5
WORDS = [
    *("liver", "kidney", "lung", "tumour", "normal", "metastasis", "relapse", "biopsy", "control"),
    *("cohort", "primary", "blood", "plasma", "healthy", "donor", "patient", "trial", "pilot"),
]
TISSUES = [f"http://purl.obolibrary.org/obo/UBERON_{each}" for each in
           ("0002107", "0000178", "0000955", "0000948", "0002048", "0002113")]  # fmt: skip
FORMATS = ["CRAM", "BCF", "VCF", "mzTab", "FASTQ"]
TYPED = "liver metastasis"


def _group(attributes: dict[str, Any]) -> dict[str, Any]:
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}


def document(number: int, chance: random.Random) -> dict[str, Any]:
    """Return the root of an object with 50 elements."""
    nodes = {kind: _group({}) for kind in ("assay", "data", "reference", "sample", "sequence")}
    for each in range(20):
        nodes[f"sample/s{each}"] = _group(
            {
                "@type": "Sample",
                "name": f"Patient {number}-{each} {chance.choice(WORDS)}",
                "description": " ".join(chance.choices(WORDS, k=6)),
                "sex": chance.choice(["Male", "Female"]),
                "age": chance.randint(1, 99),
                "source_material": chance.choice(TISSUES),
                "taxon_id": ["http://purl.obolibrary.org/obo/NCBITaxon_9606"],
            }
        )
        nodes[f"data/d{each}"] = _group(
            {
                "@type": chance.choice(["AlignmentSet", "VariantSet", "DataEntity"]),
                "name": f"File {number}-{each}",
                "data_format": chance.choice(FORMATS),
                "data_path": f"run{number}/reads_{each}.cram",
                "has_sample": [f"sample/s{each}"],
            }
        )
    for each in range(10):
        nodes[f"assay/a{each}"] = _group(
            {
                "@type": "Assay",
                "name": f"Assay {each}",
                "omics_type": [chance.choice(["GENOMICS", "TRANSCRIPTOMICS"])],
                "has_data": [f"data/d{2 * each}", f"data/d{2 * each + 1}"],
            }
        )
    root = _group(
        {
            "@type": "MODO",
            "id": f"study-{number}",
            "name": f"Study {number} of {chance.choice(WORDS)} {chance.choice(WORDS)}",
            "creation_date": f"20{chance.randint(10, 25)}-0{chance.randint(1, 9)}-11T10:00:00Z",
        }
    )
    inline = {"kind": "inline", "must_understand": False, "metadata": nodes}
    return root | {"consolidated_metadata": inline}


class Rows:
    """Rows of the report."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def add(self, job: str, who: str, cpu: float, wall: float, note: str = "") -> None:
        self.rows.append((job, who, f"{cpu * 1000:,.0f}", f"{wall * 1000:,.0f}", note))
        print(" | ".join(self.rows[-1]), flush=True)


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return CPU seconds, seconds and result of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return time.process_time() - cpu, time.perf_counter() - wall, found


class Libraries:
    """The same elements in a finder, in pandas and in DuckDB."""

    def __init__(self, objects: int) -> None:
        chance = random.Random(22)  # noqa: S311 - not a secret
        builder = Builder()
        for number in range(objects):
            root = Hierarchy.from_root(document(number, chance))
            builder.add(f"s3://{BUCKET}/study-{number}", root, "v")
            if number % 2000 == 1999:
                builder.publish()
        self.finder = Finder([])
        self.matcher = Matcher(builder.publish())
        self.matcher.warm()
        self.megabytes = builder.index_bytes / 1e6
        self.frame = Result(self.finder, self.matcher, Query(), frozenset()).frame.reset_index()
        self.frame["object"] = self.frame["object"].astype("category")
        for slot in ("@type", "sex", "data_format", "source_material"):
            self.frame[slot] = self.frame[slot].astype("category")
        links = self.frame.loc[
            self.frame["has_sample"].notna(), ["object", "element", "has_sample"]
        ]
        self.links = links.explode("has_sample")
        self.sql: Any = None
        if duckdb is not None:
            self.sql = duckdb.connect()
            self.sql.execute("set threads to 1")
            plain = self.frame.drop(columns=["has_sample", "has_data"]).copy()
            for slot in plain.columns:
                if isinstance(plain[slot].dtype, pd.CategoricalDtype):
                    plain[slot] = plain[slot].astype(str).where(plain[slot].notna(), None)
            linked = self.links.astype({"object": str})
            self.sql.register("plain_view", plain)
            self.sql.register("linked_view", linked)
            self.sql.execute("create table elements as select * from plain_view")
            self.sql.execute("create table links as select * from linked_view")

    def result(self, query: str) -> Result:
        """Return a result of a new search: nothing of it is known, but the folded texts."""
        matcher = Matcher(self.matcher.index, self.matcher)
        matcher._words.clear()  # noqa: SLF001 - as for words that were not typed before
        return Result(self.finder, matcher, Query.parse(query), frozenset())

    # -- the jobs -------------------------------------------------------------------------------

    def facets(self) -> dict[str, Callable[[], Any]]:
        """Return the counts of sex, tissue and age of all samples."""
        slots = ("sex", "source_material", "age")

        def ours() -> Any:
            result = self.result("")
            return [result.facet(slot, "Sample", most=100) for slot in slots]

        def theirs() -> Any:
            samples = self.frame[self.frame["@type"] == "Sample"]
            return [samples.groupby(slot, observed=True).size() for slot in slots]

        def sql() -> Any:
            text = "select {0}, count(*) from elements where \"@type\" = 'Sample' group by {0}"
            return [self.sql.execute(text.format(slot)).fetchall() for slot in slots]

        return {"finder": ours, "pandas": theirs, "DuckDB": sql}

    def joined(self) -> dict[str, Callable[[], Any]]:
        """Return the formats of the data of female patients, over the link to the sample."""

        def ours() -> int:
            found = self.result("sex:Female").facet("data_format", "DataEntity")
            return sum(each.count for each in found.values)  # noqa: PD011 - a facet

        def theirs() -> int:
            frame = self.frame
            women = frame.loc[frame["sex"] == "Female", ["object", "element"]]
            pairs = self.links.merge(
                women, left_on=["object", "has_sample"], right_on=["object", "element"]
            )
            data = pairs[["object", "element_x"]].merge(
                frame[["object", "element", "data_format"]],
                left_on=["object", "element_x"], right_on=["object", "element"],
            )  # fmt: skip
            return int(data.groupby("data_format", observed=True).size().sum())

        def sql() -> int:
            text = """select d.data_format, count(*) from elements d
                join links l on l.object = d.object and l.element = d.element
                join elements s on s.object = l.object and s.element = l.has_sample
                where s.sex = 'Female' group by 1"""
            return sum(count for _, count in self.sql.execute(text).fetchall())

        return {"finder": ours, "pandas": theirs, "DuckDB": sql}

    def words(self) -> dict[str, Callable[[], Any]]:
        """Return the objects that contain a word in a name, description, path or id."""
        slots = ("name", "description", "data_path", "element")

        def ours() -> int:
            return len(self.result("metastasis"))

        def theirs() -> int:
            mask = None
            for slot in slots:
                found = self.frame[slot].str.lower().str.contains("metastasis", regex=False)
                found = found.fillna(False).astype(bool)  # noqa: FBT003
                mask = found if mask is None else mask | found
            return int(self.frame.loc[mask, "object"].nunique())

        def sql() -> int:
            tests = " or ".join(f"contains(lower({slot}), 'metastasis')" for slot in slots)
            text = f"select count(distinct object) from elements where {tests}"  # noqa: S608
            return int(self.sql.execute(text).fetchone()[0])

        return {"finder": ours, "pandas": theirs, "DuckDB": sql}


def compare(rows: Rows, job: str, ways: dict[str, Callable[[], Any]], *, same: bool) -> None:
    """Ask each library in turns."""
    least: dict[str, tuple[float, float, Any]] = {}
    for _ in range(ROUNDS):
        for who, work in ways.items():
            if who == "DuckDB" and duckdb is None:
                continue
            found = measured(work)
            if who not in least or found[0] < least[who][0]:
                least[who] = found
    if same:
        answers = {who: found[2] for who, found in least.items()}
        assert len(set(answers.values())) == 1, answers
    for who, (cpu, wall, _) in least.items():
        rows.add(job, who, cpu, wall)


def typing(rows: Rows, libraries: Libraries) -> None:
    """Measure each key of a search that is being typed, with ranks and 50 snippets."""
    matcher = Matcher(libraries.matcher.index, libraries.matcher)
    every = []
    for stop in range(1, len(TYPED) + 1):
        query = Query.parse(TYPED[:stop])

        def shown(query: Query = query) -> Any:
            result = Result(libraries.finder, matcher, query, frozenset())
            return result.matches(0, 50)

        every.append(measured(shown))
    name = f"type {TYPED!r}: search, ranks, 50 snippets"
    worst = max(every, key=lambda each: each[0])
    middle = sorted(every, key=lambda each: each[0])[len(every) // 2]
    rows.add(name, "finder, slowest key", worst[0], worst[1])
    rows.add(name, "finder, median key", middle[0], middle[1])


def typing_in_overview(rows: Rows, objects: int) -> None:
    """Measure what an overview answers to each key: rows, snippets, totals, timeline."""
    chance = random.Random(22)  # noqa: S311 - not a secret
    builder = Builder()
    for number in range(objects):
        builder.add(f"s3://{BUCKET}/study-{number}", Hierarchy.from_root(document(number, chance)))
    index = builder.publish()
    name = f"type {TYPED!r} in an overview of {objects:,} objects x 50 elements"
    every: list[tuple[tuple[float, float, Any], ...]] = []
    for _ in range(ROUNDS):
        finder = Finder([])
        finder._matcher = Matcher(index)  # noqa: SLF001 - as after loading
        finder._matcher.warm()  # noqa: SLF001
        overview = Overview(finder)
        overview._wanted = True  # noqa: SLF001 - there is nothing to load
        _answer(overview, "")
        keys = range(1, len(TYPED) + 1)
        every.append(tuple(measured(partial(_answer, overview, TYPED[:stop])) for stop in keys))
        overview.close()
    least = [min(key, key=lambda each: each[0]) for key in zip(*every, strict=True)]
    rows.add(name, "overview, first key", *least[0][:2])
    rows.add(name, "overview, slowest key", *max(least, key=lambda each: each[0])[:2])
    middle = sorted(least, key=lambda each: each[0])[len(least) // 2]
    rows.add(name, "overview, median key", *middle[:2])


def _answer(overview: Overview, query: str) -> None:
    payload: dict[str, Any] = {
        "query": query, "kind": "objects", "sort": "", "down": False, "settled": False, "rows": 60,
    }  # fmt: skip
    found = overview._handler("result")  # noqa: SLF001 - as the page asks
    assert found is not None
    found[0](Request(1, "view", "result", payload))


def loading(rows: Rows, objects: int) -> None:
    """Measure loading a folder, beside `catalog`."""
    chance = random.Random(7)  # noqa: S311 - not a secret
    with tempfile.TemporaryDirectory() as where:
        os.environ["XDG_CACHE_HOME"] = f"{where}/cache"
        folder = Path(where) / "objects"
        for number in range(objects):
            archive = folder / f"study-{number}" / "data.zarr"
            archive.mkdir(parents=True)
            text = json.dumps(document(number, chance))
            (archive / "zarr.json").write_text(text, encoding="utf-8")
        job = f"load {objects:,} objects x 50 elements from a folder"
        catalog(folder)  # the system's cache of files
        best: dict[str, tuple[float, float]] = {}
        notes: dict[str, str] = {}
        for _ in range(3):
            shutil.rmtree(f"{where}/cache", ignore_errors=True)
            for who, work in (
                ("catalog", lambda: catalog(folder)),
                ("finder", lambda: _loaded(folder)),
                ("finder, known", lambda: _loaded(folder)),
            ):
                cpu, wall, found = measured(work)
                if who not in best or cpu < best[who][0]:
                    best[who] = cpu, wall
                    notes[who] = found[1] if isinstance(found, tuple) else ""
        for who, (cpu, wall) in best.items():
            rows.add(job, who, cpu, wall, notes[who])
        finder = _loaded(folder)[0]
        cpu, wall, _ = measured(finder.check)
        rows.add(f"check {objects:,} objects x 50 elements", "finder", cpu, wall, "background")


def _loaded(folder: Path) -> tuple[Finder, str]:
    finder = Finder(folder)
    begun = time.perf_counter()
    first: list[tuple[float, int]] = []

    def note(each: Finder) -> None:
        first.append((time.perf_counter() - begun, len(each.paths)))

    finder.on_change(note)
    finder.load()
    return finder, f"{first[0][1]:,} objects after {first[0][0]:.2f} s"


def requests(rows: Rows, objects: int) -> None:
    """Count the requests of loading and refreshing, on a server in memory."""
    chance = random.Random(3)  # noqa: S311 - not a secret
    with MemoryS3() as server, tempfile.TemporaryDirectory() as where:
        os.environ["XDG_CACHE_HOME"] = where
        server.load(
            {
                f"study-{number}/data.zarr/zarr.json": json.dumps(document(number, chance))
                for number in range(objects)
            }
        )
        options: dict[str, Any] = {
            "services": {"s3": server.endpoint},
            "s3_kwargs": dict(server.s3_kwargs),
        }
        paths = [f"s3://{BUCKET}/study-{number}" for number in range(objects)]
        for who, source in (("list of paths", paths), ("whole bucket", f"s3://{BUCKET}")):
            finder = Finder(source, **options)
            jobs: dict[str, Callable[[], None]] = {
                "load": finder.load, "refresh": finder.refresh, "read sizes of": finder.read_sizes,
            }  # fmt: skip
            for job, work in jobs.items():
                server.count()
                cpu, wall, _ = measured(work)
                count = server.count()
                note = f"{count.requests:,} requests, {count.sent:,} bytes"
                rows.add(f"{job} {objects:,} objects ({who})", "finder", cpu, wall, note)


def main() -> None:
    """Measure everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--loaded", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    rows = Rows()
    requests(rows, min(1000, arguments.loaded))
    loading(rows, arguments.loaded)
    libraries = Libraries(arguments.objects)
    number = len(libraries.matcher.index)
    compare(rows, "count sex, tissue and age of all samples", libraries.facets(), same=False)
    compare(rows, "count formats of women's data, by links", libraries.joined(), same=True)
    compare(rows, "objects with a word", libraries.words(), same=True)
    typing(rows, libraries)
    typing_in_overview(rows, arguments.loaded)
    for query in ("", "sex:Female", "sex:Female format:CRAM"):
        found = min(
            (measured(lambda query=query: libraries.result(query).facets("Sample"))
             for _ in range(ROUNDS)),
            key=lambda each: each[0],
        )  # fmt: skip
        rows.add(f"all facets of samples, query {query!r}", "finder", *found[:2])
    versions = f"Python {platform.python_version()}, pandas {pd.__version__}"
    if duckdb is not None:
        versions += f", DuckDB {duckdb.__version__} (one thread)"
    lines = [
        "# Search and facets",
        "",
        f"`{' '.join(['python -m benchmarks.find', *sys.argv[1:]])}` on {os.cpu_count()} CPUs,",
        f"{versions}, load {os.getloadavg()[0]:.0f}. Written by the program.",
        f"Searches and counts: {number:,} rows of {arguments.objects:,} objects, which take",
        f"{libraries.megabytes:,.0f} MB in its columns. Least CPU time of {ROUNDS} rounds.",
        "",
        "| job | who | CPU ms | ms | note |",
        "|---|---|---:|---:|---|",
        *(f"| {' | '.join(row)} |" for row in rows.rows),
        "",
    ]
    arguments.out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
