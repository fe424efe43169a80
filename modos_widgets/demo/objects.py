"""Builder of a sample object: its elements, files and arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from modos_widgets.archive import ARCHIVE
from modos_widgets.demo import omics_files
from modos_widgets.demo.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Matrix:
    """Matrix with the labels of its rows and columns.

    Parameters
    ----------
    values : ndarray of shape (var, obs)
    var, obs : sequence of str
        Names of the rows (genes, proteins) and of the columns (samples).
    chunks : tuple of int
    """

    values: NDArray[np.float32 | np.int32]
    var: Sequence[str]
    obs: Sequence[str]
    chunks: tuple[int, int]


@dataclass(slots=True)
class SampleObject:
    """MODO of the demo before it is written.

    Parameters
    ----------
    path : str
        Prefix in the bucket, such as ``smoc/P-0003``.
    root : dict
        Attributes of the root.
    elements : dict
        Element id to attributes.
    files : dict
        Path in the object to content, without ``data.zarr``.
    """

    path: str
    root: dict[str, Any]
    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    _matrices: dict[str, Matrix] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def modified(self) -> str:
        """Time of the last write in ISO 8601, with a time zone."""
        return f"{self.root['last_update_date'][:10]}T16:40:00Z"

    def add(self, element: str, kind: str, **attributes: object) -> str:
        """Add an element without a file; empty attributes are left out."""
        present = {name: value for name, value in attributes.items() if value}
        self.elements[element] = {"@type": kind, **present}
        return element

    def add_file(
        self, element: str, kind: str, path: str, data: bytes, **attributes: object
    ) -> str:
        """Add a data entity with its file and the BLAKE2b checksum of its bytes."""
        self.files[path] = data
        checksum = hashlib.blake2b(data).hexdigest()
        return self.add(element, kind, data_path=path, **attributes, data_checksum=checksum)

    def add_matrix(self, element: str, matrix: Matrix, **attributes: object) -> str:
        """Add an Array element with ``data`` and its labels ``obs`` and ``var``."""
        self._matrices[element] = matrix
        path = f"{ARCHIVE}/{element}"
        return self.add(element, "Array", data_path=path, data_format="Zarr", **attributes)

    def link_assays(self) -> None:
        """Add links to all assays to the root."""
        self.root["has_assay"] = [name for name in self.elements if name.startswith("assay/")]

    def contents(self) -> dict[str, bytes]:
        """Return every key below the object's prefix with its content."""
        archive = Archive(self.root)
        for element, attributes in self.elements.items():
            archive.add_element(element, attributes)
        for element, matrix in self._matrices.items():
            archive.add_matrix(f"{element}/data", matrix.values, matrix.chunks, ("var", "obs"))
            archive.add_labels(f"{element}/obs", matrix.obs, "obs")
            archive.add_labels(f"{element}/var", matrix.var, "var")
        written = {f"{ARCHIVE}/{key}": data for key, data in archive.files().items()}
        return {**self.files, **written}


def add_reference(target: SampleObject, name: str, sequences: Mapping[str, str]) -> str:
    """Add a reference genome, its FASTA with index, and its sequences."""
    made_up = "Made-up sequence of the demo; name and length only follow the original."
    ids = [
        target.add(
            f"sequence/{key}",
            "ReferenceSequence",
            name=key,
            description=made_up,
            sequence_md5=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            source_uri=f"https://example.org/genomes/{name}/{key}",
            version=name,
        )
        for key, text in sequences.items()
    ]
    text, index = omics_files.fasta(sequences)
    path = f"reference/{name}_excerpt.fa"
    target.files[path] = text
    target.files[f"{path}.fai"] = index
    return target.add(
        f"reference/{name}",
        "ReferenceGenome",
        name=f"{name} (excerpt)",
        description=f"Excerpt of {name} in {len(sequences)} sequences. {made_up}",
        data_path=path,
        has_sequence=ids,
        taxon_id=[HUMAN],
        source_uri=f"https://example.org/genomes/{name}",
        version=name,
    )


def genes(count: int) -> list[str]:
    """Return gene names, well-known ones first."""
    return [*_KNOWN_GENES[:count], *(f"LINC{10000 + n}" for n in range(count - len(_KNOWN_GENES)))]


def counts(seed: str, rows: int, columns: int) -> NDArray[np.int32]:
    """Return made-up expression counts, most of them small, of shape (rows, columns).

    Only whole-number arithmetic is used, so they are the same on every computer.
    """

    def values(what: str, *shape: int) -> NDArray[np.int64]:
        size = int(np.prod(shape))
        data = omics_files.noise(f"{seed}/{what}", size)
        return np.frombuffer(data, dtype=np.uint8).astype(np.int64).reshape(shape)

    level: NDArray[np.int64] = values("row", rows, 5).prod(axis=1) >> 26  # few high, most low
    depth = 96 + values("column", columns) // 2
    spread = 48 + values("cell", rows, columns)
    found: NDArray[np.int32] = ((level[:, None] * depth * spread) >> 15).astype(np.int32)
    return found


def links(group: str, names: Iterable[str]) -> list[str]:
    """Return full ids, such as ``sample/s01``."""
    return [f"{group}/{name}" for name in names]


HUMAN = "http://purl.obolibrary.org/obo/NCBITaxon_9606"

_KNOWN_GENES = (  # noqa: SIM905 - sixty quoted names would be harder to read
    "TP53 KRAS APC SMAD4 PIK3CA BRAF NRAS EGFR ERBB2 MYC CTNNB1 FBXW7 ALB APOA1 CYP3A4 TTR HNF4A "
    "KRT8 KRT18 KRT20 CDX2 LGR5 EPCAM CEACAM5 VIM CDH1 CDH2 MKI67 PCNA TOP2A CD3E CD4 CD8A FOXP3 "
    "PDCD1 CD274 CTLA4 MS4A1 CD19 NKG7 GNLY CD14 FCGR3A CD68 CD163 LYZ S100A8 PECAM1 VWF KDR "
    "COL1A1 COL3A1 ACTA2 FAP PDGFRB ACTB GAPDH B2M HPRT1 MT-ND1 MT-CO1 MT-CYB"
).split()
