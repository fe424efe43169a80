"""An htsget server as specified (GA4GH htsget 1.3), based on samtools and bcftools."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.parts.omics_files import tool

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

__all__ = ["TICKET_TOKEN", "htsget_app"]

TICKET_TOKEN = "Bearer of-the-ticket"
_ENDINGS = {"BAM": ".bam", "VCF": ".vcf.gz", "BCF": ".bcf"}


def htsget_app(folder: Path, prefix: str) -> Flask:
    """Return the server; a ticket names an inline part, a whole address, and a range of one.

    Parameters
    ----------
    folder : pathlib.Path
        Indexed files, which it also writes its results into.
    prefix : str
        Start of the ids of the files.
    """
    from flask import Flask, Response, abort, jsonify, request  # noqa: PLC0415

    app = Flask("htsget")
    results: list[bytes] = []

    def ticket(name: str) -> Response:
        kind, args = request.args["format"], request.args
        path = folder / f"{name.removeprefix(prefix)}{_ENDINGS[kind]}"
        if not name.startswith(prefix) or not path.is_file():
            abort(404)
        region = f"{{{args['referenceName']}}}:{int(args['start']) + 1}-{args['end']}"
        data = cut_out(path, kind, region)
        first, second = len(data) // 3, 2 * len(data) // 3
        number = len(results)
        results.extend([data[first:second], data])
        inline = base64.b64encode(data[:first]).decode()
        urls: list[dict[str, Any]] = [
            {"url": f"data:application/vnd.ga4gh.bam;base64,{inline}", "class": "header"},
            {"url": f"{request.host_url}data/{number}", "headers": {"Authorization": TICKET_TOKEN}},
            {
                "url": f"{request.host_url}data/{number + 1}?signature=hush",
                "headers": {
                    "Authorization": TICKET_TOKEN,
                    "Range": f"bytes={second}-{len(data) - 1}",
                },
                "class": "body",
            },
        ]
        return jsonify({"htsget": {"format": kind, "urls": urls}})

    app.add_url_rule("/reads/<path:name>", "reads", ticket)
    app.add_url_rule("/variants/<path:name>", "variants", ticket)

    @app.get("/data/<int:number>")
    def data(number: int) -> Response:
        if request.headers.get("Authorization") != TICKET_TOKEN:
            abort(403)
        content, part = results[number], request.range
        if part is None:
            return Response(content)
        begin, end = part.ranges[0]
        return Response(content[begin:end], status=206)

    return app


def cut_out(path: Path, kind: str, region: str) -> bytes:
    """Return a file with the records of a region."""
    output = path.parent / "region"
    if kind == "BAM":
        tool("samtools", "view", "-b", "-o", str(output), path.name, region, cwd=path.parent)
    else:
        region = region.replace("{", "").replace("}", "")
        form = "-Oz" if kind == "VCF" else "-Ob"
        tool("bcftools", "view", form, "-o", str(output), path.name, region, cwd=path.parent)
    return output.read_bytes()
