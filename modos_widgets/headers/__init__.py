"""Headers of omics files: what a file says about itself at its head and its end.

Other packages use the names here, which are loaded on first use, and no module below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.headers.binned_index import BinnedIndex as BinnedIndex
    from modos_widgets.headers.binned_index import Chunk as Chunk
    from modos_widgets.headers.binned_index import FileChunks as FileChunks
    from modos_widgets.headers.content import HEAD as HEAD
    from modos_widgets.headers.content import content_of as content_of
    from modos_widgets.headers.file_end import BGZF_END as BGZF_END
    from modos_widgets.headers.file_end import CRAM_ENDS as CRAM_ENDS
    from modos_widgets.headers.file_header import Contig as Contig
    from modos_widgets.headers.file_header import FileHeader as FileHeader
    from modos_widgets.headers.file_header import ReadGroup as ReadGroup
    from modos_widgets.headers.header_stream import FIRST_BLOCK as FIRST_BLOCK
    from modos_widgets.headers.header_stream import LARGEST_HEADER as LARGEST_HEADER
    from modos_widgets.headers.header_stream import MOST_NAMES as MOST_NAMES
    from modos_widgets.headers.header_stream import HeaderError as HeaderError
    from modos_widgets.headers.header_stream import HeaderStream as HeaderStream
    from modos_widgets.headers.header_stream import KnownHead as KnownHead
    from modos_widgets.headers.header_stream import TruncatedHeaderError as TruncatedHeaderError
    from modos_widgets.headers.header_stream import compression_of as compression_of
    from modos_widgets.headers.header_stream import decompressed_start as decompressed_start
    from modos_widgets.headers.index_files import FileIndex as FileIndex
    from modos_widgets.headers.index_files import check_index as check_index
    from modos_widgets.headers.index_files import read_index as read_index
    from modos_widgets.headers.mass_spectrometry import SampleEntry as SampleEntry
    from modos_widgets.headers.mass_spectrometry import mztab_metadata as mztab_metadata
    from modos_widgets.headers.mass_spectrometry import mztab_sample as mztab_sample
    from modos_widgets.headers.mass_spectrometry import mztab_sample_names as mztab_sample_names
    from modos_widgets.headers.mass_spectrometry import taxon_of as taxon_of
    from modos_widgets.headers.matrix_nodes import AXES as AXES
    from modos_widgets.headers.matrix_nodes import label_count as label_count
    from modos_widgets.headers.matrix_nodes import matrix_shape as matrix_shape
    from modos_widgets.headers.reading import CONCURRENT_FILES as CONCURRENT_FILES
    from modos_widgets.headers.reading import read_header as read_header
    from modos_widgets.headers.reading import read_headers as read_headers
    from modos_widgets.headers.text_indexes import FastaRow as FastaRow
    from modos_widgets.headers.text_indexes import Slice as Slice
    from modos_widgets.headers.text_indexes import read_crai as read_crai
    from modos_widgets.headers.text_indexes import read_fai as read_fai
    from modos_widgets.headers.text_indexes import read_gzi as read_gzi
    from modos_widgets.headers.zarr_folders import ZARR_DOCUMENTS as ZARR_DOCUMENTS
    from modos_widgets.headers.zarr_folders import read_zarr_header as read_zarr_header

_MODULES = {
    "SampleEntry": "mass_spectrometry",
    "mztab_metadata": "mass_spectrometry",
    "mztab_sample": "mass_spectrometry",
    "mztab_sample_names": "mass_spectrometry",
    "taxon_of": "mass_spectrometry",
    "BinnedIndex": "binned_index",
    "Chunk": "binned_index",
    "FastaRow": "text_indexes",
    "FileChunks": "binned_index",
    "Slice": "text_indexes",
    "read_crai": "text_indexes",
    "read_fai": "text_indexes",
    "read_gzi": "text_indexes",
    "BGZF_END": "file_end",
    "CONCURRENT_FILES": "reading",
    "CRAM_ENDS": "file_end",
    "Contig": "file_header",
    "FIRST_BLOCK": "header_stream",
    "FileHeader": "file_header",
    "FileIndex": "index_files",
    "HEAD": "content",
    "HeaderError": "header_stream",
    "HeaderStream": "header_stream",
    "KnownHead": "header_stream",
    "LARGEST_HEADER": "header_stream",
    "MOST_NAMES": "header_stream",
    "TruncatedHeaderError": "header_stream",
    "ReadGroup": "file_header",
    "check_index": "index_files",
    "compression_of": "header_stream",
    "content_of": "content",
    "decompressed_start": "header_stream",
    "read_header": "reading",
    "read_headers": "reading",
    "read_index": "index_files",
    "AXES": "matrix_nodes",
    "label_count": "matrix_nodes",
    "matrix_shape": "matrix_nodes",
    "ZARR_DOCUMENTS": "zarr_folders",
    "read_zarr_header": "zarr_folders",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
