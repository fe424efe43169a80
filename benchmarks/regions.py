"""Random regions against pysam, random reads against s3fs, and panning over 10,000 reads.

Run from the checkout: ``python -m benchmarks.regions``. It needs samtools, bcftools, tabix and
Chromium. Writes benchmarks/regions.md.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pysam
import s3fs

from modos_widgets import open_modo
from modos_widgets.storage import S3Storage
from tests.modo.objects import ELEMENTS, keys_of, put_local
from tests.parts.genome_files import ALIGNMENTS, CONTIGS, SEQUENCES, VARIANTS, make_genome_study
from tests.parts.omics_files import tool
from tests.parts.proxy import Proxy
from tests.parts.s3 import running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from tests.parts.genome_files import GenomeStudy
    from tests.parts.s3 import S3Server

REPORT = Path(__file__).with_suffix(".md")
REGIONS, DELAY = 112, 0.01
"""Number of regions of each of the 9 files; seconds that each answer waits there."""
READS, FEWER, SIZE, PIECE = 1000, 50, 200 * 2**20, 4096
DRAWN, FRAMES, LONGEST = 10_000, 240, 8.0


@dataclass
class Counted:
    """A proxy before a server, and the bytes of its answers."""

    proxy: Proxy
    bytes: int = 0

    def reset(self) -> None:
        """Forget what was counted."""
        self.proxy.reset()
        self.bytes = 0

    def count(self, _: object, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Count an answer."""
        self.bytes += len(body)
        return head, body


def regions(study: GenomeStudy, server: S3Server) -> list[str]:
    """Return a table: the records of random regions are those of pysam; what they cost."""
    lines = [
        "| file | regions | differ from pysam | requests each | round trips, at most | KiB each |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    names = [*ALIGNMENTS, *VARIANTS, *SEQUENCES]
    keys = {file.name: file.read_bytes() for file in study.folder.iterdir()}
    fasta = {"data_path": "ref.fa", "@type": "ReferenceGenome"}
    cram = {"@type": "AlignmentSet", "data_format": "CRAM", "has_reference": ["reference/r1"]}
    elements = ELEMENTS | {"reference/r1": fasta}
    for version in ("3.0", "3.1"):
        elements[f"data/c{version[-1]}"] = {**cram, "data_path": f"reads{version}.cram"}
    with Proxy(server.endpoint, delay=DELAY) as proxy:
        counted = Counted(proxy)
        proxy.rewrite = counted.count
        bucket = server.bucket()
        for key, data in keys_of(elements, files=keys).items():
            server.client().put_object(Bucket=bucket, Key=f"study/{key}", Body=data)
        for name in names:
            modo = open_modo(
                f"s3://{bucket}/study", services={"s3": proxy.endpoint}, s3_kwargs=server.s3_kwargs
            )
            assert modo.metadata
            randomly = random.Random(name)  # noqa: S311 - places, not a secret
            trips, wrong = [], 0
            counted.reset()
            requests = 0
            for _ in range(REGIONS):
                contig = randomly.choice(list(CONTIGS))
                begin = randomly.randrange(CONTIGS[contig] - 1)
                end = min(CONTIGS[contig], begin + randomly.randrange(1, 3000))
                proxy.reset()
                found = modo.region(name, f"{{{contig}}}:{begin + 1}-{end}")
                trips.append(proxy.round_trips)
                requests += len(proxy.requests)
                wrong += expected(study, name, contig, begin, end) != shown(name, found)
            lines.append(
                f"| {name} | {REGIONS:,} | {wrong} | {requests / REGIONS:.1f} | {max(trips)} | "
                f"{counted.bytes / REGIONS / 1024:.0f} |"
            )
            print(lines[-1], flush=True)
    return lines


def expected(study: GenomeStudy, name: str, contig: str, begin: int, end: int) -> list[Any]:
    """Return what pysam finds by itself in the local file."""
    path = str(study.path(name))
    if name in SEQUENCES:
        return [study.sequences[contig][begin:end]]
    if name in VARIANTS:
        with pysam.VariantFile(path) as calls:
            return [(each.pos, each.ref) for each in calls.fetch(contig, begin, end)]
    with pysam.AlignmentFile(path, reference_filename=str(study.path("ref.fa"))) as reads:
        return [
            (each.query_name, each.reference_start, each.query_sequence)
            for each in reads.fetch(contig, begin, end)
        ]


def shown(name: str, frame: pd.DataFrame) -> list[Any]:
    """Return the same of a frame."""
    if name in SEQUENCES:
        return list(frame["sequence"])
    columns = ["position", "ref"] if name in VARIANTS else ["name", "start", "sequence"]
    return list(frame[columns].itertuples(index=False, name=None))


def random_reads(server: S3Server) -> list[str]:
    """Return a table: reads of 4 KiB at random places of 200 MB, ours and by s3fs's default."""
    bucket = server.bucket()
    data = random.Random(1).randbytes(SIZE)  # noqa: S311 - content, not a secret
    server.client().put_object(Bucket=bucket, Key="ex/file", Body=data)
    lines = ["| who | reads | requests | MiB read | s |", "|---|---:|---:|---:|---:|"]
    with Proxy(server.endpoint) as proxy:
        counted = Counted(proxy)
        proxy.rewrite = counted.count
        storage = S3Storage(f"s3://{bucket}/ex", proxy.endpoint, server.s3_kwargs)
        own = s3fs.S3FileSystem(
            **server.s3_kwargs, endpoint_url=proxy.endpoint, skip_instance_cache=True
        )
        ways: dict[str, tuple[Callable[[], Any], int]] = {
            "`Storage.open`": (lambda: storage.open("file"), READS),
            "s3fs, default": (lambda: own.open(f"{bucket}/ex/file", "rb"), FEWER),
        }
        for name, (opened, reads) in ways.items():
            counted.reset()
            randomly = random.Random(2)  # noqa: S311 - places, not a secret
            began = time.perf_counter()
            with opened() as file:
                for _ in range(reads):
                    place = randomly.randrange(SIZE - PIECE)
                    file.seek(place)
                    assert file.read(PIECE) == data[place : place + PIECE]
            seconds = time.perf_counter() - began
            cells = f"{len(proxy.requests):,} | {counted.bytes / 2**20:,.1f} | {seconds:.1f}"
            lines.append(f"| {name} | {reads:,} | {cells} |")
            print(lines[-1], flush=True)
    return lines


PAN = """async (frames) => {
  const canvas = [...document.querySelectorAll('.modos-region-canvas canvas')].at(0);
  const box = canvas.getBoundingClientRect();
  const at = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {
    bubbles: true, button: 0, buttons: 1, clientX: x, clientY: box.top + 10 }));
  const middle = box.left + box.width / 2;
  const next = () => new Promise(requestAnimationFrame);
  at('pointerdown', middle);
  const gaps = [];
  let last = await next();
  for (let frame = 0; frame < frames; frame += 1) {
    at('pointermove', middle + 100 * Math.sin(frame / 20));
    const now = await next();
    gaps.push(now - last);
    last = now;
  }
  at('pointerup', middle);
  return gaps;
}"""


def panning(folder: Path) -> str:
    """Return a line: the script time of a frame while 10,000 reads are dragged in Chromium."""
    from playwright.sync_api import expect  # noqa: PLC0415  heavy

    from tests.parts.lab_script import open_lab  # noqa: PLC0415

    path = deep_object(folder)
    with open_lab(viewport={"width": 1400, "height": 900}) as lab:
        page = lab.page
        view = f"modos_widgets.RegionView({str(path)!r}, 'data/d1', 'c:4,001-8,000')"
        lab.open([f"import modos_widgets\n{view}"])
        lab.run_all()
        picture = lab.output(0).get_by_role("img", name="reads of data/d1")
        expect(picture).to_be_visible(timeout=60_000)
        reads = (picture.get_attribute("aria-label") or "").partition(" ")[0]
        page.wait_for_timeout(1000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def spent() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return next(each["value"] for each in metrics if each["name"] == "ScriptDuration")

        page.evaluate(PAN, 30)
        before = spent()
        gaps = page.evaluate(PAN, FRAMES)
        script = (spent() - before) / FRAMES * 1000
    verdict = "met" if script < LONGEST else "not met"
    line = (
        f"{reads} reads in the visible region and beside it, {FRAMES} frames of a drag: "
        f"{script:.1f} ms of script a frame (target: less than {LONGEST:.0f} ms, {verdict}); "
        f"{statistics.median(gaps):.1f} ms from frame to frame (median)."
    )
    print(line, flush=True)
    return line


def deep_object(folder: Path) -> Path:
    """Return an object with a BAM file of 10,000 reads in 12,000 bases."""
    randomly = random.Random(3)  # noqa: S311 - bases, not a secret
    bases = "".join(randomly.choices("ACGT", k=12_000))
    lines = ["@HD\tVN:1.6\tSO:coordinate", f"@SQ\tSN:c\tLN:{len(bases)}"]
    for number, begin in enumerate(sorted(randomly.choices(range(len(bases) - 100), k=DRAWN))):
        read = list(bases[begin : begin + 100])
        read[randomly.randrange(100)] = randomly.choice("ACGT")
        flag = randomly.choice((0, 16))
        lines.append(
            f"r{number}\t{flag}\tc\t{begin + 1}\t60\t100M\t*\t0\t0\t{''.join(read)}\t{'I' * 100}"
        )
    work = folder / "deep"
    work.mkdir()
    (work / "reads.sam").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (work / "ref.fa").write_text(f">c\n{bases}\n", encoding="utf-8")
    tool("samtools", "faidx", "ref.fa", cwd=work)
    tool("samtools", "view", "-b", "-o", "d1.cram.bam", "reads.sam", cwd=work)
    tool("samtools", "index", "d1.cram.bam", cwd=work)
    names = {"r1.fa": "ref.fa", "r1.fa.fai": "ref.fa.fai"}
    names |= {"d1.bam": "d1.cram.bam", "d1.bam.bai": "d1.cram.bam.bai"}
    files = {name: (work / source).read_bytes() for name, source in names.items()}
    elements = {**ELEMENTS, "data/d1": {**ELEMENTS["data/d1"], "data_path": "d1.bam"}}
    return put_local(folder / "study", keys_of(elements, files=files))


def main() -> None:
    """Run everything and write the report."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("genome", "seaweedfs", "lab"):
            (folder / name).mkdir()
        study = make_genome_study(folder / "genome")
        with running_seaweedfs(folder / "seaweedfs") as server:
            found = regions(study, server)
            reads = random_reads(server)
        drawn = panning(folder / "lab")
    cpu = "2 cores, one run on a shared machine; SeaweedFS runs beside it"
    parts = [
        "# Regions: records, requests, random reads, panning",
        f"Written by `python -m benchmarks.regions`: {cpu}. Its load changes only the times.",
        "**Random regions** of up to 3,000 bases, by `Modo.region`: header and index each time.",
        "\n".join(found),
        f"**Reads of {PIECE // 1024} KiB** at random places of a file of {SIZE // 2**20} MiB.",
        "\n".join(reads),
        "**Panning** in JupyterLab in Chromium without a GPU, 1400 x 900 pixels.",
        drawn,
    ]
    REPORT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
