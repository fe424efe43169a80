"""The elements that the files of a folder describe, added to a draft."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import PathError
from modos_widgets.modo import MISSING, check_target, label_of, measure_file, parse, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.description.described_files import DescribedFile
    from modos_widgets.description.folder_content import FolderContent
    from modos_widgets.description.reference_sequences import ReferenceFile
    from modos_widgets.description.sample_sheets import SheetSample
    from modos_widgets.description.source_folder import SourceFolder
    from modos_widgets.headers import FileHeader
    from modos_widgets.location import Location
    from modos_widgets.modo import Draft, Evidence, MeasuredFile

__all__ = ["ElementDrafting"]

MOST_SEQUENCES: Final = 5_000
"""Maximum number of sequences of a reference that are added."""
MOST_SAMPLES: Final = 20_000
"""Maximum number of samples of one file that are added."""
_MEASURED_AT_ONCE: Final = 4
_MEASURED_ON_S3: Final = 8
_LONGEST_NAME: Final = 500
_SEPARATORS: Final = "._-/"
_SEX: Final = {"m": "Male", "f": "Female", "xy": "Male", "xx": "Female"}
_IN_PARENTHESES: Final = re.compile(r"\([^()]*\)$")


class ElementDrafting:
    """Adds elements to a draft of one object.

    Parameters
    ----------
    draft : Draft
        The draft.
    folder : SourceFolder
        The described folder.
    place : Location
        Its location.
    evidence : Evidence
        Receives which file said what.
    """

    def __init__(
        self, draft: Draft, folder: SourceFolder, place: Location, evidence: Evidence
    ) -> None:
        self._draft = draft
        self._folder = folder
        self._place = place
        self._evidence = evidence
        self._modo = draft.modos[0]
        self._in_place = self._modo.path == folder.url
        self._samples: dict[str, str] = {}
        """Name of each sample to its id."""
        self._unnamed: set[str] = set()
        """Ids of new samples whose name is their id in a sheet or header."""
        self._omics: dict[str, tuple[str, str]] = {}
        """Id of a sample to the OmicsType of its data, and the sheet that states it."""
        self._files_of: dict[str, dict[str, str]] = {}
        """Name of a file without folders to the samples that a sheet states for it, and where."""
        self._references: dict[str, str] = {}
        """Name of each FASTA file to the id of its element."""
        self._reference_of: dict[str, tuple[str, str]] = {}
        """Name of each file to the FASTA file of its reference, and why."""

    def add(self, content: FolderContent) -> None:
        """Add what the files of a folder say, as one step for `Draft.undo`.

        Network use: reads the files for their checksums.
        """
        files = self._usable(content.files)
        copied = not self._in_place
        on_disk = self._measured(files) if copied and not self._place.is_s3 else {}
        described = self._find_described(files, on_disk)
        new = [file for file in files if file.name not in described]
        # Of files on S3 only the new ones are read: the others are known by name and size.
        measured = self._measured(new) if copied and self._place.is_s3 else on_disk
        with self._draft.together():
            self._find_samples()
            for sheet, found in content.sheets.items():
                for sample in found.samples:
                    element = self._add_sheet_sample(sheet, sample)
                    if any(file.name == sheet for file in files):  # an mzTab file
                        base = posixpath.basename(sheet)
                        self._files_of.setdefault(base, {})[element] = f"{sheet}, {sample.detail}"
                self._set_root(sheet, name=found.title, description=found.description)
            self._add_samples_of_files(content.files)
            self._learn_references(content)
            for name, reference in content.references.items():
                if name in described:
                    self._references[name] = described[name]
                else:
                    self._add_reference(reference)
            data = dict(self._add_files(new, measured))
            data |= self._add_arrays(content.arrays)
            self._add_assays(data)

    def _usable(self, files: Iterable[DescribedFile]) -> list[DescribedFile]:
        """Return the files that can be files of the object."""
        usable = []
        for file in files:
            problem = self._problem_of(file.name) if self._in_place else ""
            if problem:
                self._evidence.unused(file.name, problem)
            else:
                usable.append(file)
        return usable

    def _problem_of(self, name: str) -> str:
        """Return why a file or archive cannot stay where it is; empty if it can."""
        if not self._folder.is_inside(name):
            return "A link that leads out of the folder."
        try:
            check_target(name)
        except PathError as error:
            return error.message
        return ""

    def _measured(self, files: Iterable[DescribedFile]) -> dict[str, MeasuredFile]:
        """Read files for their checksums, side by side."""
        names = [file.name for file in files]
        most = _MEASURED_ON_S3 if self._place.is_s3 else _MEASURED_AT_ONCE

        def measure(name: str) -> MeasuredFile:
            return measure_file(self._place.at(self._folder.path(name)))

        return dict(zip(names, on_threads(measure, names, most=most), strict=True))

    def _new(self, name: str, class_name: str, attributes: dict[str, Any]) -> str:
        [wanted] = self._draft.propose_ids([name], class_name)
        return self._draft.add(wanted, {"@type": class_name, **attributes})

    def _set_root(self, file: str, **texts: str) -> None:
        root = self._modo.id
        for slot, text in texts.items():
            if text and not self._draft.current("", slot):
                self._draft.set("", slot, text)
                self._evidence.add(root, slot, file, slot)

    # -- samples -----------------------------------------------------------------------------------

    def _find_samples(self) -> None:
        """Find the samples that the object has."""
        for element, attributes in self._draft.elements().items():
            if element.startswith("sample/"):
                name = attributes.get("name")
                if isinstance(name, str):
                    self._samples.setdefault(name, element)
                self._samples.setdefault(element.partition("/")[2], element)

    def _add_sheet_sample(self, sheet: str, sample: SheetSample) -> str:
        names = (sample.name, *sample.others)
        element = next((self._samples[name] for name in names if name in self._samples), None)
        if element is None:
            element = self._add_sample(sample.name, sheet, sample.detail)
        for name in names:
            self._samples.setdefault(name, element)
        for slot, (text, where) in sample.values.items():
            if slot == "name" and element not in self._unnamed:
                continue
            self._set_sample(element, slot, text, sheet, where)
        for file in sample.files:
            self._files_of.setdefault(file, {})[element] = f"{sheet}, {sample.detail}"
        if sample.omics:
            self._omics.setdefault(element, (sample.omics, sheet))
        return element

    def _add_sample(self, name: str, file: str, detail: str) -> str:
        element = self._new(name, "Sample", {"name": name})
        self._samples[name] = element
        self._unnamed.add(element)
        self._evidence.add(element, "name", file, detail)
        return element

    def _set_sample(self, element: str, slot: str, text: str, file: str, detail: str) -> None:
        """Set a value of a sample, unless it has one or the text is not a valid value."""
        current = self._draft.current(element, slot)
        if current and not (slot == "name" and element in self._unnamed):
            return
        value = self._value(slot, text)
        attributes = {**self._draft.elements()[element], slot: value}
        [trial] = self._draft.propose_ids(["trial"], "Sample")
        problems = [
            finding
            for finding in self._draft.check_new(trial, attributes)
            if finding.slot == slot and finding.severity != "note"
        ]
        if problems:
            self._evidence.unused(file, f"{detail}: {text[:80]!r} {problems[0].message[:200]}")
            return
        self._draft.set(element, slot, value)
        self._unnamed.discard(element)
        self._evidence.add(element, slot, file, detail)

    def _value(self, slot: str, text: str) -> Any:
        """Return the value of the text of a cell."""
        schema = self._draft.schema
        bare = text.strip()
        if slot == "sex":
            bare = _SEX.get(bare.lower(), bare)
        if slot == "taxon_id" and bare.isascii() and bare.isdecimal():
            known = label_of(f"NCBITaxon:{bare}")
            bare = f"NCBITaxon:{bare}" if known is None else known.uri
        bare = _IN_PARENTHESES.sub("", bare).rstrip() if slot == "taxon_id" else bare
        value = parse(bare, schema.slots("Sample").get(slot), MISSING, schema=schema)
        return "" if value is MISSING else value

    def _add_samples_of_files(self, files: Iterable[DescribedFile]) -> None:
        """Add the samples that headers name, and those of read pairs that nothing else names."""
        for file in files:
            for name, detail in self._samples_in(file):
                if name not in self._samples:
                    self._add_sample(name, file.name, detail)
            species = file.header.species
            names = list(dict.fromkeys(file.header.samples))
            if len(names) == 1 == len(species) and names[0] in self._samples:
                self._set_sample(
                    self._samples[names[0]], "taxon_id", species[0], file.name, "header, species"
                )
        for file in files:
            name = file.sample_of_reads
            if name and not self._files_of.get(file.base) and not self._named_in(file):
                self._add_sample(name, file.name, "name of the file")

    def _samples_in(self, file: DescribedFile) -> Iterator[tuple[str, str]]:
        """Yield the samples that the header of a file names, and where."""
        if file.class_name not in {"AlignmentSet", "VariantSet", "MassSpectrometryResults"}:
            return
        names = [name for name in file.header.samples if _is_name(name)]
        if len(names) > MOST_SAMPLES:
            self._evidence.unused(file.name, f"{len(names):,} samples are too many to add.")
            return
        where = "read group" if file.class_name == "AlignmentSet" else "header, sample"
        for name in names:
            yield name, f"{where} {name}"

    def _named_in(self, file: DescribedFile) -> str:
        """Return the longest name of a sample with which a file's name begins, or of its folder."""
        folders, base = file.name.split("/")[:-1], file.base
        begins = (base[:end] for end, sign in enumerate(base) if sign in _SEPARATORS)
        found = (name for name in (*folders, *begins, base) if name in self._samples)
        return max(found, key=len, default="")

    def _links_to_samples(self, file: DescribedFile) -> tuple[dict[str, None], str, str]:
        """Return the samples of a file, which file says so, and where."""
        own = {
            self._samples[name]: None for name, _ in self._samples_in(file) if name in self._samples
        }
        if own:
            where = "read groups" if file.class_name == "AlignmentSet" else "header, samples"
            return own, file.name, where
        stated = self._files_of.get(file.base)
        if stated:
            sheet, _, where = next(iter(stated.values())).rpartition(", ")
            return dict.fromkeys(stated), sheet, where
        columns = {self._samples[name]: None for name in file.columns if name in self._samples}
        if columns:
            return columns, file.name, "columns"
        if file.class_name == "ReferenceGenome":
            return {}, "", ""
        name = self._named_in(file)
        return ({self._samples[name]: None} if name else {}), file.name, "name of the file"

    # -- references --------------------------------------------------------------------------------

    def _learn_references(self, content: FolderContent) -> None:
        """Find the reference of each file, and keep what the file says about it."""
        for file in content.files:
            found = _reference_of(file, list(content.references.values()))
            if found is None:
                continue
            reference, detail = found
            self._reference_of[file.name] = (reference.name, detail)
            if file.header.contigs and reference.contains(file.header.contigs):
                reference.learn(file.header.contigs, file.name)
            for assembly in file.header.assemblies:
                reference.assemblies.setdefault(assembly, file.name)
            for species in file.header.species:
                reference.species.setdefault(species, file.name)

    def _add_reference(self, reference: ReferenceFile) -> None:
        attributes: dict[str, Any] = {}
        sources: list[tuple[str, str, str]] = []
        if len(reference.sequences) > MOST_SEQUENCES:
            self._evidence.unused(
                reference.source,
                f"{len(reference.sequences):,} sequences are too many to add.",
            )
        elif reference.sequences:
            attributes["has_sequence"] = list(self._add_sequences(reference))
            sources.append(("has_sequence", reference.source, "names of sequences"))
        if len(reference.assemblies) == 1:
            [(attributes["version"], file)] = reference.assemblies.items()
            sources.append(("version", file, "header, assembly"))
        if len(reference.species) == 1:
            [(species, file)] = reference.species.items()
            taxon = self._value("taxon_id", species)
            if isinstance(taxon, list) and all(":" in str(each) for each in taxon):
                attributes["taxon_id"] = taxon
                sources.append(("taxon_id", file, "header, species"))
        name = stem_of(posixpath.basename(reference.name))
        element = self._new(name, "ReferenceGenome", {"name": name, **attributes})
        self._references[reference.name] = element
        for slot, file, detail in sources:
            self._evidence.add(element, slot, file, detail)

    def _add_sequences(self, reference: ReferenceFile) -> Iterator[str]:
        ids = self._draft.propose_ids(reference.sequences, "ReferenceSequence")
        for wanted, contig in zip(ids, reference.sequences.values(), strict=True):
            attributes: dict[str, Any] = {"@type": "ReferenceSequence", "name": contig.name}
            if contig.md5:
                attributes["sequence_md5"] = contig.md5
            element = self._draft.add(wanted, attributes)
            self._evidence.add(element, "name", reference.source, "names of sequences")
            if contig.md5:
                file = reference.md5_from[contig.name]
                detail = "computed" if file == reference.name else "header, M5"
                self._evidence.add(element, "sequence_md5", file, detail)
            yield element

    # -- data --------------------------------------------------------------------------------------

    def _add_files(
        self, files: list[DescribedFile], measured: dict[str, MeasuredFile]
    ) -> Iterator[tuple[str, DescribedFile | None]]:
        """Add the elements of data files, and yield them with their file."""
        proposals = self._draft.propose_files((file.base, file.head) for file in files)
        for file, proposal in zip(files, proposals, strict=True):
            is_reference = file.class_name == "ReferenceGenome"
            if is_reference:
                element = self._references[file.name]
            else:
                name = stem_of(file.base)
                element = self._new(name, file.class_name, {"name": name})
            self._evidence.add(element, "name", file.name, "name of the file")
            shown = f"content: {file.header.summary()}" if file.kind.content else "name of the file"
            self._evidence.add(element, "@type", file.name, shown[:_LONGEST_NAME])
            if self._in_place:
                self._draft.attach_stored(element, file.name)
            else:
                self._draft.attach(element, measured[file.name], name=proposal.name)
            self._set_format(element, file)
            self._evidence.add(element, "data_path", file.name, "name of the file")
            if self._draft.current(element, "data_checksum"):
                self._evidence.add(element, "data_checksum", file.name, "computed")
            if not is_reference:
                self._link(element, file)
                yield element, file

    def _find_described(
        self, files: Iterable[DescribedFile], measured: dict[str, MeasuredFile]
    ) -> dict[str, str]:
        """Return the files that the object has already, each with the id of its element.

        Files that are copied into the object are compared by name and size, and where both are
        known by checksum.
        """
        elements = self._draft.elements()
        named = self._modo.named_files()
        stored: dict[str, int] = dict(self._draft.files()["size"]) if named else {}
        found: dict[str, str] = {}
        for file in files:
            name = file.name if self._in_place else file.base
            if name not in named or name not in stored:
                continue
            [element, *_] = named[name]
            checksum = elements.get(element, {}).get("data_checksum")
            own = measured[file.name].checksum if file.name in measured else checksum
            if self._in_place or (stored[name] == file.size and checksum in {None, own}):
                found[file.name] = element
                self._evidence.unused(file.name, f"The object has it already, as {element}.")
        return found

    def _set_format(self, element: str, file: DescribedFile) -> None:
        if "data_format" not in self._draft.schema.slots(file.class_name):
            return
        if file.kind.format and self._draft.current(element, "data_format") != file.kind.format:
            self._draft.set(element, "data_format", file.kind.format)
        if self._draft.current(element, "data_format"):
            detail = "content" if file.kind.content else "name of the file"
            self._evidence.add(element, "data_format", file.name, detail)

    def _link(self, element: str, file: DescribedFile) -> None:
        samples, source, detail = self._links_to_samples(file)
        if samples:
            self._draft.set(element, "has_sample", list(samples))
            self._evidence.add(element, "has_sample", source, detail)
        reference = self._reference_of.get(file.name)
        if reference is not None and reference[0] in self._references:
            self._draft.set(element, "has_reference", [self._references[reference[0]]])
            self._evidence.add(element, "has_reference", file.name, reference[1])

    def _add_arrays(self, arrays: Mapping[str, FileHeader]) -> dict[str, DescribedFile | None]:
        """Add the zarr archives in a folder that becomes the object; their data stay there."""
        found: dict[str, DescribedFile | None] = {}
        for name, header in arrays.items():
            if not self._in_place:
                self._evidence.unused(name, "A zarr archive, which cannot be attached.")
                continue
            if problem := self._problem_of(name):
                self._evidence.unused(name, problem)
                continue
            if name in self._modo.named_files():
                continue
            stem = stem_of(posixpath.basename(name))
            attributes = {"name": stem, "data_path": name, "data_format": "Zarr"}
            element = self._new(stem, "Array", attributes)
            for slot in ("name", "data_path"):
                self._evidence.add(element, slot, name, "name of the folder")
            shown = "name of the folder" if header.problem else f"content: {header.summary()}"
            for slot in ("@type", "data_format"):
                self._evidence.add(element, slot, name, shown[:_LONGEST_NAME])
            found[element] = None
        return found

    # -- assays ------------------------------------------------------------------------------------

    def _add_assays(self, data: dict[str, DescribedFile | None]) -> None:
        """Link the data from assays: one for each OmicsType, and one for the rest."""
        groups: dict[str, list[str]] = {}
        stated: dict[str, str] = {}
        for element, file in data.items():
            samples = self._draft.current(element, "has_sample") or []
            found = {self._omics[sample] for sample in samples if sample in self._omics}
            omics = {each for each, _ in found}
            kind = omics.pop() if len(omics) == 1 else ""
            if kind:
                stated.setdefault(kind, next(sheet for each, sheet in found if each == kind))
            is_spectra = file is not None and file.class_name == "MassSpectrometryResults"
            groups.setdefault(kind or ("mass spectrometry" if is_spectra else ""), []).append(
                element
            )
        assays = [name for name in self._draft.elements() if name.startswith("assay/")]
        if len(assays) == 1 == len(groups):
            [members] = groups.values()
            before = self._draft.current(assays[0], "has_data") or []
            if isinstance(before, list):
                self._draft.set(assays[0], "has_data", [*before, *members])
            return
        for kind, members in groups.items():
            attributes: dict[str, Any] = {"has_data": members}
            if kind in stated:
                attributes["omics_type"] = [kind]
            element = self._new(kind.lower() or "assay", "Assay", attributes)
            self._evidence.add(element, "has_data", "", "all data files")
            if kind in stated:
                self._evidence.add(element, "omics_type", stated[kind], "strategy")


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= _LONGEST_NAME


def _reference_of(
    file: DescribedFile, references: list[ReferenceFile]
) -> tuple[ReferenceFile, str] | None:
    """Return the only reference that a file can have been made with, and why."""
    if file.class_name == "ReferenceGenome":
        return None
    contigs, stated = file.header.contigs, posixpath.basename(file.header.reference)
    named = [each for each in references if stated and posixpath.basename(each.name) == stated]
    if contigs:
        fitting = [each for each in references if each.sequences and each.contains(contigs)]
        chosen = [each for each in fitting if each in named] or fitting
        if len(chosen) == 1:
            return chosen[0], f"its {len(contigs):,} contigs are those of {chosen[0].name}"
        named = [each for each in named if not each.sequences]
    return (named[0], f"header, reference {stated}") if len(named) == 1 else None
