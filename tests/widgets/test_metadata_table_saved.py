"""The demo's cohort in a table, as a notebook keeps it: small, static, escaped."""

from __future__ import annotations

import json

from modos_widgets import MetadataTable, demo, edit, remote


def test_the_saved_demo_cohort_is_small_and_escaped() -> None:
    with demo.start() as deployment:
        paths = remote.list_remote_items(deployment.endpoint)
        draft = edit(paths, endpoint=deployment.endpoint, s3_kwargs=deployment.s3_kwargs)
        draft.set(draft.frame().index[0], "name", "<img src=x onerror=alert(1)>")
        table = MetadataTable(draft, editable=True)
        bundle = table._repr_mimebundle_()[0]
    assert len(draft.modos) >= 20
    assert len(table._head["columns"]) >= 20
    assert len(json.dumps(bundle)) < 200_000
    assert "&lt;img src=x" in bundle["text/html"]
    assert "<img" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("MetadataTable(")
