"""Made-up reads and variants that belong together: CRAM and BCF files with their indexes.

The same arguments always produce the same bytes.
Sources: CRAM 3.0, BCF 2.2, CSI and BGZF from the hts-specs.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from modos_widgets.demo.omics_files import noise
from modos_widgets.headers import BGZF_END, CRAM_ENDS
from modos_widgets.regions import (
    CRAM_COMPRESSION_HEADER,
    CRAM_CORE_DATA,
    CRAM_EXTERNAL_DATA,
    CRAM_SLICE_HEADER,
    cram_block,
    cram_container,
    cram_start,
    itf8,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Variant", "bcf", "cram", "variants"]

_BGZF_BLOCK: Final = 60_000
_INT8, _INT16, _TEXT = 1, 2, 7
_LONG_TYPED: Final = 15
_LETTERS: Final = "ACGT"
_READ: Final = 150  # bases of a read
_BYTES_A_READ: Final = 166  # of a CRAM file, mostly qualities
_QUALITIES: Final = bytes(b"\x25\x25\x25\x25\x25\x17\x17\x0b"[value & 7] for value in range(256))
_SUBSTITUTIONS: Final = b"\x1b" * 5  # codes 0 to 3 for the other bases, in the order ACGTN
_WINDOW: Final = 5_000  # first base of the reads
_LEAF_BINS: Final = 4681  # number of the first bin of 16 kb (CSI, 5.1)


class Variant(NamedTuple):
    """Exchange of one base.

    Parameters
    ----------
    contig : str
    place : int
        Counted from 0.
    ref, alt : str
        Bases of the reference and of the alternative allele.
    alternatives : tuple of int
        Number of alternative alleles of each sample, of 2.
    """

    contig: str
    place: int
    ref: str
    alt: str
    alternatives: tuple[int, ...]


def variants(sequences: Mapping[str, str], seed: str, count: int, samples: int) -> list[Variant]:
    """Return up to `count` variants on each sequence, sorted by their places."""
    found = []
    for name, sequence in sequences.items():
        values = noise(f"{seed}/{name}", count * 8)
        places = sorted(
            {
                int.from_bytes(values[at : at + 4], "big") % len(sequence)
                for at in range(0, len(values), 8)
            }
        )
        for number, place in enumerate(places):
            ref = sequence[place]
            alt = _LETTERS[(_LETTERS.index(ref) + 1 + number % 3) % 4]
            alternatives = tuple(int((number + at) % 3 > 0) for at in range(samples))
            found.append(Variant(name, place, ref, alt, alternatives))
    return found


def bcf(
    samples: Sequence[str], sequences: Mapping[str, str], found: Sequence[Variant]
) -> tuple[bytes, bytes]:
    """Return a BCF 2.2 file of variants, and its ``.csi`` index."""
    lines = ["##fileformat=VCFv4.3", '##FILTER=<ID=PASS,Description="All filters passed">']
    lines += [f"##contig=<ID={name},length={len(text)}>" for name, text in sequences.items()]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    lines += ["\t".join(columns)]
    header = ("\n".join(lines) + "\n").encode() + b"\0"
    body = bytearray(b"BCF\x02\x02" + struct.pack("<I", len(header)) + header)
    numbers = {name: number for number, name in enumerate(sequences)}
    bins: list[dict[int, tuple[int, int]]] = [{} for _ in sequences]
    for number, variant in enumerate(found):
        begin = len(body)
        body += _bcf_record(variant, numbers[variant.contig], number)
        leaf = _LEAF_BINS + (variant.place >> 14)
        chunks = bins[numbers[variant.contig]]
        chunks[leaf] = chunks.get(leaf, (begin, begin))[0], len(body)
    packed, blocks = _bgzf(bytes(body))
    return packed, _csi(bins, blocks)


def cram(
    sample: str,
    sequences: Mapping[str, str],
    seed: str,
    size: int,
    found: Sequence[Variant] = (),
    *,
    column: int = 0,
    depth: int = 30,
) -> tuple[bytes, bytes]:
    """Return a CRAM 3.0 file of reads on the first sequence, and its ``.crai`` index.

    The reads cover one window, which begins at base 5,001, and carry the alleles of a sample.

    Parameters
    ----------
    sample : str
        Name of the sample.
    sequences : mapping of str to str
        The reference.
    seed : str
        Determines the reads.
    size : int
        Approximate size in bytes.
    found : sequence of Variant
        Variants, of which those on the first sequence are used.
    column : int
        Column of the sample in them.
    depth : int
        Mean number of reads over a base; a few bases more are covered than the size allows.
    """
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    for name, text in sequences.items():
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        lines.append(f"@SQ\tSN:{name}\tLN:{len(text)}\tM5:{digest}")
    lines.append(f"@RG\tID:{sample}.1\tSM:{sample}\tPL:ILLUMINA\tLB:{sample}-lib1")
    lines.append("@CO\tMade-up reads of the modos_widgets demo.")
    start = cram_start(("\n".join(lines) + "\n").encode(), identity=seed.encode())
    contig, sequence = next(iter(sequences.items()))
    alleles = {
        each.place: (each.alt, each.alternatives[column])
        for each in found
        if each.contig == contig and each.alternatives[column]
    }
    count = max(1, size // _BYTES_A_READ)
    begin, span, values = _reads(
        sample.encode(), sequence, alleles, noise(f"{seed}/reads", count * 8), depth
    )
    values[_SERIES["QS"]] = noise(f"{seed}/qualities", count * _READ).translate(_QUALITIES)
    head = cram_block(CRAM_COMPRESSION_HEADER, _compression_header())
    digest_of_span = hashlib.md5(
        sequence[begin : begin + span].encode(), usedforsecurity=False
    ).digest()
    facts = (0, begin + 1, span, count, 0, 1 + len(values), len(values), *values, -1)
    parts = cram_block(CRAM_SLICE_HEADER, b"".join(map(itf8, facts)) + digest_of_span)
    parts += cram_block(CRAM_CORE_DATA, b"")
    parts += b"".join(
        cram_block(CRAM_EXTERNAL_DATA, data, number) for number, data in values.items()
    )
    body = cram_container(
        head + parts,
        3 + len(values),
        span=(0, begin + 1, span),
        records=count,
        bases=count * _READ,
        landmarks=[len(head)],
    )
    row = f"0\t{begin + 1}\t{span}\t{len(start)}\t{len(head)}\t{len(parts)}\n"
    return start + body + CRAM_ENDS[3], gzip.compress(row.encode(), mtime=0)


# Series of values to the number of the block that has them; the others have one value.
_SERIES: Final = {"BF": 1, "AP": 2, "RN": 3, "FN": 4, "FC": 5, "FP": 6, "BS": 7, "MQ": 8, "QS": 9}
_FIXED: Final = {"CF": 1, "RL": _READ, "RG": 0, "TL": 0}  # qualities are stored; one read group


def _reads(
    name: bytes,
    sequence: str,
    alleles: Mapping[int, tuple[str, int]],
    chance: bytes,
    depth: int,
) -> tuple[int, int, dict[int, bytes]]:
    """Return the first base, the number of covered bases, and the values of reads by block.

    `chance` has 8 bytes for each read.
    """
    count = len(chance) // 8
    width = max(1, min(count * _READ // depth, len(sequence) - _WINDOW - _READ))
    places = sorted(
        _WINDOW + int.from_bytes(chance[at : at + 3], "big") % width
        for at in range(0, len(chance), 8)
    )
    flags, steps, names, numbers, kinds, offsets, codes, qualities = (bytearray() for _ in range(8))
    last, chosen = places[0], sorted(alleles)
    for number, place in enumerate(places):
        strand, allele, error, at = chance[number * 8 + 3 : number * 8 + 7]
        flags.append(16 * (strand & 1))
        steps += itf8(place - last)
        names += b"%s:%d\t" % (name, number + 1)
        qualities.append(60 if strand > 8 else 23)  # noqa: PLR2004 - a few reads fit elsewhere too
        changed = [
            (where, alleles[where][0])
            for where in chosen[bisect_left(chosen, place) : bisect_left(chosen, place + _READ)]
            if alleles[where][1] > 1 or (allele + where) & 1
        ]
        wrong = place + at % _READ
        if error < 50 and wrong not in alleles:  # noqa: PLR2004 - an error in a fifth of the reads
            letter = _LETTERS[(_LETTERS.index(sequence[wrong]) + 1 + error % 3) % 4]
            changed = sorted([*changed, (wrong, letter)])
        numbers.append(len(changed))
        before = place - 1
        for where, letter in changed:
            kinds += b"X"
            offsets += itf8(where - before)
            codes.append(_LETTERS.replace(sequence[where], "").index(letter))
            before = where
        last = place
    values = (flags, steps, names, numbers, kinds, offsets, codes, qualities)
    covered = places[-1] + _READ - places[0]
    return places[0], covered, {at: bytes(each) for at, each in enumerate(values, 1)}


def _compression_header() -> bytes:
    """Return how the records are encoded (CRAM 3.0 specification, 8.4)."""
    kept = b"RN\x01" + b"AP\x01" + b"RR\x01" + b"SM" + _SUBSTITUTIONS + b"TD" + itf8(1) + b"\0"
    encodings = b""
    for name, number in _SERIES.items():
        is_text = name == "RN"
        parameters = b"\t" * is_text + itf8(number)
        encodings += name.encode() + itf8(5 if is_text else 1) + itf8(len(parameters)) + parameters
    for name, value in _FIXED.items():
        parameters = itf8(1) + itf8(value) + itf8(1) + itf8(0)
        encodings += name.encode() + itf8(3) + itf8(len(parameters)) + parameters
    return _map(5, kept) + _map(len(_SERIES) + len(_FIXED), encodings) + _map(0, b"")


def _map(count: int, entries: bytes) -> bytes:
    content = itf8(count) + entries
    return itf8(len(content)) + content


def _typed(kind: int, data: bytes, count: int) -> bytes:
    if count < _LONG_TYPED:
        return bytes([count << 4 | kind]) + data
    return bytes([_LONG_TYPED << 4 | kind, 1 << 4 | _INT16]) + struct.pack("<h", count) + data


def _bcf_record(variant: Variant, contig: int, number: int) -> bytes:
    samples = len(variant.alternatives)
    shared = struct.pack("<iiif", contig, variant.place, 1, 30.0 + number % 40)
    shared += struct.pack("<II", 2 << 16, 1 << 24 | samples)
    shared += _typed(_TEXT, b"", 0)
    shared += _typed(_TEXT, variant.ref.encode(), 1) + _typed(_TEXT, variant.alt.encode(), 1)
    shared += _typed(_INT8, b"\0", 1)
    genotypes = b"".join(bytes([2 + 2 * (n > 1), 2 + 2 * (n > 0)]) for n in variant.alternatives)
    own = bytes([1 << 4 | _INT8, 1]) + bytes([2 << 4 | _INT8]) + genotypes
    return struct.pack("<II", len(shared), len(own)) + shared + own


def _csi(bins: Sequence[Mapping[int, tuple[int, int]]], blocks: Sequence[int]) -> bytes:
    """Return an index; `bins` are ranges of the decompressed file, by contig and bin."""

    def virtual(place: int) -> int:
        number, offset = divmod(place, _BGZF_BLOCK)
        return blocks[number] << 16 | offset

    body = b"CSI\x01" + struct.pack("<iii", 14, 5, 0) + struct.pack("<i", len(bins))
    for chunks in bins:
        body += struct.pack("<i", len(chunks))
        for leaf, (begin, end) in chunks.items():
            first = virtual(begin)
            body += struct.pack("<IQiQQ", leaf, first, 1, first, virtual(end))
    return _bgzf(body)[0]


def _bgzf(data: bytes) -> tuple[bytes, list[int]]:
    """Return a BGZF file, and where its blocks begin; the last one is the empty one."""
    blocks, starts = bytearray(), []
    for start in range(0, len(data), _BGZF_BLOCK):
        starts.append(len(blocks))
        part = data[start : start + _BGZF_BLOCK]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(part) + packer.flush()
        blocks += bytes.fromhex("1f8b08040000000000ff060042430200")
        blocks += struct.pack("<H", len(packed) + 25) + packed
        blocks += struct.pack("<II", zlib.crc32(part), len(part))
    return bytes(blocks) + BGZF_END, [*starts, len(blocks)]
