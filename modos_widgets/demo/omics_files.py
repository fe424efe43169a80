"""Small files in omics formats that readers of these formats accept.

The same arguments always produce the same bytes.
Sources: CRAM 3.0, BCF 2.2, CSI and BGZF from the hts-specs; mzTab 1.0.0 from HUPO-PSI.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_BGZF_BLOCK = 60_000
_CRAM_END = bytes.fromhex(
    "0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"
)
_BASES = bytes(b"ACGT"[value & 3] for value in range(256))
_INT8, _INT16, _INT32, _FLOAT, _TEXT = 1, 2, 3, 5, 7
_LONG_TYPED = 15


def noise(seed: str, size: int) -> bytes:
    """Return `size` bytes that look random and are determined by the seed (SHAKE-256)."""
    return hashlib.shake_256(seed.encode()).digest(size)


def bases(seed: str, length: int) -> str:
    """Return a made-up DNA sequence."""
    return noise(seed, length).translate(_BASES).decode()


def fasta(sequences: Mapping[str, str], width: int = 60) -> tuple[bytes, bytes]:
    """Return a FASTA file and its ``.fai`` index."""
    text, index = bytearray(), []
    for name, sequence in sequences.items():
        text += f">{name}\n".encode()
        index.append(f"{name}\t{len(sequence)}\t{len(text)}\t{width}\t{width + 1}\n")
        lines = (sequence[start : start + width] for start in range(0, len(sequence), width))
        text += "".join(f"{line}\n" for line in lines).encode()
    return bytes(text), "".join(index).encode()


def cram(sample: str, sequences: Mapping[str, str], seed: str, size: int) -> bytes:
    """Return a CRAM 3.0 file: a SAM header, no reads, and `size` bytes of padding.

    The padding is a separate block in the header container, as the format allows.
    """
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    for name, sequence in sequences.items():
        digest = hashlib.md5(sequence.encode(), usedforsecurity=False).hexdigest()
        lines.append(f"@SQ\tSN:{name}\tLN:{len(sequence)}\tM5:{digest}")
    lines.append(f"@RG\tID:{sample}.1\tSM:{sample}\tPL:ILLUMINA\tLB:{sample}-lib1")
    lines.append("@CO\tMade-up file of the modos_widgets demo: a header and no reads.")
    header = ("\n".join(lines) + "\n").encode()
    blocks = _cram_block(struct.pack("<i", len(header)) + header)
    blocks += _cram_block(noise(seed, size))
    facts = b"".join(_itf8(value) for value in (0, 0, 0, 0, 0, 0, 2, 1, 0))
    container = struct.pack("<i", len(blocks)) + facts
    container += struct.pack("<I", zlib.crc32(container))
    identity = seed.encode()[:20].ljust(20, b"\0")
    return b"CRAM\x03\x00" + identity + container + blocks + _CRAM_END


def crai(sequences: Mapping[str, str], cram_size: int) -> bytes:
    """Return a ``.crai`` index with one line for each sequence."""
    lines = [
        f"{number}\t1\t{len(sequence)}\t{min(26 + number * 97, cram_size)}\t14\t83\n"
        for number, sequence in enumerate(sequences.values())
    ]
    return gzip.compress("".join(lines).encode(), mtime=0)


def bcf(samples: Sequence[str], sequences: Mapping[str, str], seed: str, count: int) -> bytes:
    """Return a BCF 2.2 file with `count` variants on each sequence."""
    lines = ["##fileformat=VCFv4.3", '##FILTER=<ID=PASS,Description="All filters passed">']
    lines += [f"##contig=<ID={name},length={len(text)}>" for name, text in sequences.items()]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    lines += ["\t".join(columns)]
    header = ("\n".join(lines) + "\n").encode() + b"\0"
    body = bytearray(b"BCF\x02\x02" + struct.pack("<I", len(header)) + header)
    for number, (name, sequence) in enumerate(sequences.items()):
        body += _bcf_records(number, sequence, len(samples), noise(f"{seed}/{name}", count * 8))
    return _bgzf(bytes(body))


def csi(sequences: Mapping[str, str]) -> bytes:
    """Return a ``.csi`` index without bins, with which readers scan the file."""
    body = b"CSI\x01" + struct.pack("<iii", 14, 5, 0) + struct.pack("<i", len(sequences))
    return _bgzf(body + struct.pack("<i", 0) * len(sequences))


def mztab(title: str, samples: Sequence[str], seed: str, count: int) -> bytes:
    """Return an mzTab 1.0.0 file with `count` proteins."""
    rows = [
        ["MTD", "mzTab-version", "1.0.0"],
        ["MTD", "mzTab-mode", "Summary"],
        ["MTD", "mzTab-type", "Quantification"],
        ["MTD", "description", title],
        ["MTD", "protein_search_engine_score[1]", "[MS, MS:1001171, Mascot:score, ]"],
        ["MTD", "protein-quantification_unit", "[PRIDE, PRIDE:0000393, Relative unit, ]"],
    ]
    rows += [["MTD", f"sample[{n}]-description", name] for n, name in enumerate(samples, 1)]
    abundances = [f"protein_abundance_assay[{n}]" for n in range(1, len(samples) + 1)]
    rows += [[], ["PRH", "accession", "description", "taxid", "species", *abundances]]
    values = noise(seed, count * (4 + len(samples)))
    for number in range(count):
        part = values[number * (4 + len(samples)) :][: 4 + len(samples)]
        accession = f"P{10000 + int.from_bytes(part[:2], 'big') % 89999}"
        figures = [f"{1000 + value * 137}.{value % 10}" for value in part[4:]]
        species = ["9606", "Homo sapiens (Human)"]
        rows.append(["PRT", accession, f"Made-up protein {number + 1}", *species, *figures])
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def table(columns: Sequence[str], rows: Sequence[str], seed: str) -> bytes:
    """Return a TSV file of whole numbers with a first column of names."""
    values = noise(seed, 2 * len(columns) * len(rows))
    lines = ["\t".join(["gene", *columns])]
    for number, name in enumerate(rows):
        start = number * len(columns)
        figures = [
            str(int.from_bytes(values[2 * at : 2 * at + 2], "big") % 4096)
            for at in range(start, start + len(columns))
        ]
        lines.append("\t".join([name, *figures]))
    return ("\n".join(lines) + "\n").encode()


def report(facts: Mapping[str, object]) -> bytes:
    """Return a JSON report."""
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()


def _itf8(value: int) -> bytes:
    if value < 1 << 7:
        return bytes([value])
    if value < 1 << 14:
        return struct.pack(">H", value | 0x8000)
    if value < 1 << 21:
        return struct.pack(">I", value | 0xC00000)[1:]
    return struct.pack(">I", value | 0xE0000000)


def _cram_block(data: bytes) -> bytes:
    size = _itf8(len(data))
    block = b"\0\0" + _itf8(0) + size + size + data  # raw, FILE_HEADER
    return block + struct.pack("<I", zlib.crc32(block))


def _typed(kind: int, data: bytes, count: int) -> bytes:
    if count < _LONG_TYPED:
        return bytes([count << 4 | kind]) + data
    return bytes([_LONG_TYPED << 4 | kind, 1 << 4 | _INT16]) + struct.pack("<h", count) + data


def _bcf_records(contig: int, sequence: str, samples: int, values: bytes) -> bytes:
    places = sorted(
        {
            int.from_bytes(values[at : at + 4], "big") % len(sequence)
            for at in range(0, len(values), 8)
        }
    )
    records = bytearray()
    for number, place in enumerate(places):
        before = sequence[place].encode()
        after = b"ACGT"[("ACGT".index(sequence[place]) + 1 + number % 3) % 4 : 4][:1]
        shared = struct.pack("<iiif", contig, place, 1, 30.0 + number % 40)
        shared += struct.pack("<II", 2 << 16, 1 << 24 | samples)
        shared += _typed(_TEXT, b"", 0) + _typed(_TEXT, before, 1) + _typed(_TEXT, after, 1)
        shared += _typed(_INT8, b"\0", 1)
        genotypes = bytes(
            value for sample in range(samples) for value in (2, 4 if (number + sample) % 3 else 2)
        )
        format_key = bytes([1 << 4 | _INT8, 1])
        own = format_key + bytes([2 << 4 | _INT8]) + genotypes
        records += struct.pack("<II", len(shared), len(own)) + shared + own
    return bytes(records)


def _bgzf(data: bytes) -> bytes:
    blocks = bytearray()
    for start in range(0, len(data), _BGZF_BLOCK):
        part = data[start : start + _BGZF_BLOCK]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(part) + packer.flush()
        blocks += bytes.fromhex("1f8b08040000000000ff060042430200")
        blocks += struct.pack("<H", len(packed) + 25) + packed
        blocks += struct.pack("<II", zlib.crc32(part), len(part))
    return bytes(blocks) + _BGZF_END
