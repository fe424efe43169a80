"""Count what `describe` fills in for a pipeline folder, and what it reads of it on SeaweedFS.

Run from the checkout: ``python -m benchmarks.describe``. It needs samtools, bcftools, tabix and
Node.js. The folder has twelve samples, as nf-core's pipelines leave it. On SeaweedFS it is read
with temporary keys of a sign-in, through a proxy that counts. Writes benchmarks/describe.md.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets import describe, open_modo, remote
from modos_widgets.demo.server import create_app, listen
from tests.parts.identity import starting_provider
from tests.parts.pipeline_folder import SAMPLES, write_pipeline_folder
from tests.parts.proxy import Proxy
from tests.parts.s3 import running_seaweedfs
from tests.parts.temporary_keys import key_service, web_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from modos_widgets import Draft

REPORT = Path(__file__).with_suffix(".md")
BUCKET, PREFIX = "demo", "run7"
TYPED = {"assay/assay": {"omics_type": ["GENOMICS"]}}
"""What no file of the folder says."""


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on the loopback address."""
    server = listen(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
    with contextlib.ExitStack() as stack:
        start = stack.enter_context(starting_provider())
        provider: Any = start(interval=0.1)
        iam = web_identity(provider.issuer, provider.client_id, BUCKET, PREFIX, 600)
        (scratch / "s3").mkdir()
        s3 = stack.enter_context(running_seaweedfs(scratch / "s3", iam=iam))
        s3.bucket(BUCKET)
        stored = 0
        for file in folder.rglob("*"):
            if file.is_file():
                key = f"{PREFIX}/{file.relative_to(folder).as_posix()}"
                s3.client().put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())
                stored += file.stat().st_size
        proxy = stack.enter_context(Proxy(s3.endpoint))
        answered = {"bytes": 0}

        def count(_request: object, head: bytes, body: bytes) -> tuple[bytes, bytes]:
            answered["bytes"] += len(body)
            return head, body

        proxy.rewrite = count
        kms = stack.enter_context(serving(key_service(s3.endpoint, BUCKET, PREFIX, [])))
        services = {"kms": kms, "s3": proxy.endpoint}
        url = stack.enter_context(serving(create_app({}, services=services, auth=provider.auth)))
        login = remote.begin_login(url)
        provider.approve(login.link, login.user_code)
        login.wait()
        proxy.reset()
        draft = describe(f"s3://{BUCKET}/{PREFIX}", scratch / "from-s3", endpoint=url)
        lists = sum("list-type" in request.target for request in proxy.requests)
        counts = {
            "folders and files beside": lists,
            "headers, sheets and checksums": proxy.count() - lists,
            "bytes": answered["bytes"],
            "stored": stored,
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
