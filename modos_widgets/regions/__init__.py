"""Regions of genome files: records by locus, read by ranges from any storage.

Other packages use the names here, which are loaded on first use, and no module below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.regions.cram_structure import (
        CRAM_COMPRESSION_HEADER as CRAM_COMPRESSION_HEADER,
    )
    from modos_widgets.regions.cram_structure import CRAM_CORE_DATA as CRAM_CORE_DATA
    from modos_widgets.regions.cram_structure import CRAM_EXTERNAL_DATA as CRAM_EXTERNAL_DATA
    from modos_widgets.regions.cram_structure import CRAM_SLICE_HEADER as CRAM_SLICE_HEADER
    from modos_widgets.regions.cram_structure import cram_block as cram_block
    from modos_widgets.regions.cram_structure import cram_container as cram_container
    from modos_widgets.regions.cram_structure import cram_start as cram_start
    from modos_widgets.regions.cram_structure import itf8 as itf8
    from modos_widgets.regions.gene_names import Gene as Gene
    from modos_widgets.regions.gene_names import GeneNames as GeneNames
    from modos_widgets.regions.genome_file import INDEX_SUFFIXES as INDEX_SUFFIXES
    from modos_widgets.regions.genome_file import MOST_REGION_BYTES as MOST_REGION_BYTES
    from modos_widgets.regions.genome_file import GenomeFile as GenomeFile
    from modos_widgets.regions.layout import PileUp as PileUp
    from modos_widgets.regions.layout import lay_out_reads as lay_out_reads
    from modos_widgets.regions.locus import END_OF_CONTIG as END_OF_CONTIG
    from modos_widgets.regions.locus import Locus as Locus
    from modos_widgets.regions.locus import parse_locus as parse_locus
    from modos_widgets.regions.records import ALIGNMENT_COLUMNS as ALIGNMENT_COLUMNS
    from modos_widgets.regions.records import VARIANT_COLUMNS as VARIANT_COLUMNS
    from modos_widgets.regions.references import FastaReference as FastaReference
    from modos_widgets.regions.references import Reference as Reference
    from modos_widgets.regions.references import RefgetReference as RefgetReference
    from modos_widgets.regions.served_records import RegionService as RegionService

_MODULES = {
    "CRAM_COMPRESSION_HEADER": "cram_structure",
    "CRAM_CORE_DATA": "cram_structure",
    "CRAM_EXTERNAL_DATA": "cram_structure",
    "CRAM_SLICE_HEADER": "cram_structure",
    "cram_block": "cram_structure",
    "cram_container": "cram_structure",
    "cram_start": "cram_structure",
    "itf8": "cram_structure",
    "ALIGNMENT_COLUMNS": "records",
    "END_OF_CONTIG": "locus",
    "FastaReference": "references",
    "Gene": "gene_names",
    "GeneNames": "gene_names",
    "GenomeFile": "genome_file",
    "INDEX_SUFFIXES": "genome_file",
    "Locus": "locus",
    "MOST_REGION_BYTES": "genome_file",
    "PileUp": "layout",
    "Reference": "references",
    "RefgetReference": "references",
    "RegionService": "served_records",
    "VARIANT_COLUMNS": "records",
    "lay_out_reads": "layout",
    "parse_locus": "locus",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
