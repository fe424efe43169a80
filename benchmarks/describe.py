"""Count what `describe` fills in for a pipeline folder, and what it reads of it on SeaweedFS.

Run from the checkout: ``python -m benchmarks.describe``. It needs samtools, bcftools, tabix and
Node.js. The folder has twelve samples, as nf-core's pipelines leave it. On SeaweedFS it is read
with temporary keys of a sign-in, through a proxy that counts. Writes benchmarks/describe.md.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.signed_in import BUCKET, PREFIX, signed_in
from modos_widgets import describe, open_modo
from tests.parts.pipeline_folder import SAMPLES, write_pipeline_folder

if TYPE_CHECKING:
    from modos_widgets import Draft

REPORT = Path(__file__).with_suffix(".md")
TYPED = {"assay/assay": {"omics_type": ["GENOMICS"]}}
"""What no file of the folder says."""


def finish(draft: Draft) -> tuple[int, int]:
    """Answer what remains and commit; return the numbers of typed values and of errors."""
    for element, values in TYPED.items():
        for slot, value in values.items():
            draft.set(element, slot, value)
    draft.commit("Described")
    found = open_modo(draft.modos[0].path).validate(checksums=True)
    return len(TYPED), sum(each.severity == "error" for each in found)


def slots_of(draft: Draft) -> Counter[str]:
    """Count the values that are known from files, by slot."""
    sources = draft.known_from
    assert sources is not None
    return Counter(sources.loc[sources["element"] != "", "slot"])


def on_seaweedfs(folder: Path, scratch: Path) -> tuple[Draft, dict[str, int]]:
    """Describe the folder on SeaweedFS with temporary keys; return the draft and the counts."""
    with signed_in(folder, scratch) as place:
        proxy = place.proxy
        proxy.reset()
        draft = describe(f"s3://{BUCKET}/{PREFIX}", scratch / "from-s3", endpoint=place.url)
        lists = sum("list-type" in request.target for request in proxy.requests)
        counts = {
            "folders and files beside": lists,
            "headers, sheets and checksums": proxy.count() - lists,
            "bytes": place.answered["bytes"],
            "stored": place.stored,
            "rounds": proxy.round_trips,
        }
        finish(draft)
        return draft, counts


def main() -> None:
    """Measure, and write the report."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for kind in ("CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(scratch / kind.lower())
        folder = write_pipeline_folder(scratch / "results")
        draft = describe(folder, scratch / "object")
        known, changes = slots_of(draft), len(draft)
        typed, errors = finish(draft)
        remote_draft, counts = on_seaweedfs(folder, scratch)
        same = slots_of(remote_draft) == known
    files = sum(known.values())
    lines = [
        "# Describe a folder of files",
        "",
        (
            "Written by `python -m benchmarks.describe`. The folder is that of "
            f"`tests/parts/pipeline_folder.py`: {len(SAMPLES)} samples with CRAM and VCF files and "
            "their indexes, a reference, a matrix of counts, a sample sheet, a report."
        ),
        "",
        "## Filled by files, and typed",
        "",
        (
            f"Values known from files: {files:,}. Values typed by a person: {typed}. Errors after "
            f"the commit, with checksums: {errors}. The draft has {changes:,} changes. Those that "
            "are neither: classes of samples and sequences, id and dates of the object, and "
            "the links from the object to its assays."
        ),
        "",
        "| slot | values known from files |",
        "|---|---|",
        *(f"| `{slot}` | {number} |" for slot, number in sorted(known.items())),
        "",
        "## On SeaweedFS, with temporary keys",
        "",
        (
            "The same folder as a prefix, described into an object on this computer. The keys are "
            f"those of a sign-in and may only read. Same values: {'yes' if same else 'no'}."
        ),
        "",
        "| what | number |",
        "|---|---|",
        (
            f"| requests that list folders, or the index files beside a file "
            f"| {counts['folders and files beside']:,} |"
        ),
        (
            f"| requests for headers, sheets and checksums "
            f"| {counts['headers, sheets and checksums']:,} |"
        ),
        f"| sequential round trips | {counts['rounds']:,} |",
        f"| bytes received | {counts['bytes']:,} |",
        f"| bytes stored | {counts['stored']:,} |",
        "",
        (
            "Each file is read once for its checksum, which needs all of it. Before that, its "
            "first 64 KiB are read, and the rest of a longer header."
        ),
        "",
    ]
    REPORT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
