"""The kinds of findings: title, severity, explanation, remedy and example of each code."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FINDING_KINDS", "SEVERITIES", "Area", "FindingKind", "Severity"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
Area = Literal["values", "links", "ids and classes", "storage", "files"]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding.

    Attributes
    ----------
    code : str
        Name in code, as `Finding.code` and `Findings.of_code` use it.
    title : str
        Name in tables and dialogs.
    severity : {"error", "warning", "note"}
        Only errors block a commit, and only those that a draft adds.
    area : {"values", "links", "ids and classes", "storage", "files"}
        What it is about.
    explanation : str
        What is wrong, and why that matters.
    remedy : str
        How to fix it.
    example : mapping or str
        Elements that have such a finding (id to attributes), or a sentence if it depends on the
        storage.
    """

    code: str
    title: str
    severity: Severity
    area: Area
    explanation: str
    remedy: str
    example: Mapping[str, Mapping[str, Any]] | str


_KINDS = (
    FindingKind(
        "missing",
        "Missing value",
        "error",
        "values",
        "The class requires this attribute, and the element does not have it. Without `@type`, the "
        "class is unknown and no attribute can be checked.",
        "Set the attribute.",
        {"assay/rna": {"@type": "Assay", "name": "RNA"}},
    ),
    FindingKind(
        "not_in_list",
        "Not in the list of values",
        "error",
        "values",
        "The schema lists the values that this attribute can have, and the stored value is not one "
        "of them. Letter case counts.",
        "Choose a value of the list. If the value is unknown, remove the attribute.",
        {"sample/s1": {"@type": "Sample", "sex": "female"}},
    ),
    FindingKind(
        "wrong_type",
        "Wrong type",
        "error",
        "values",
        "The value has another type than the schema expects, such as a number where text is "
        "expected.",
        "Store the value in the expected type.",
        {"sample/s1": {"@type": "Sample", "name": 7}},
    ),
    FindingKind(
        "scalar_for_list",
        "Single value where a list is expected",
        "warning",
        "values",
        "The attribute can have several values, so it is stored as a list, even if there is only "
        "one value.",
        "Convert the value to a list.",
        {"assay/rna": {"@type": "Assay", "omics_type": "TRANSCRIPTOMICS"}},
    ),
    FindingKind(
        "date_without_time",
        "Date without time",
        "warning",
        "values",
        "The schema expects a date with a time and a time zone.",
        "Add the time and the time zone. The fix assumes midnight UTC.",
        {"study": {"creation_date": "2026-11-22"}},
    ),
    FindingKind(
        "date_without_zone",
        "Time without time zone",
        "warning",
        "values",
        "Without a time zone, the time is ambiguous.",
        "Add the time zone. The fix assumes UTC.",
        {"study": {"creation_date": "2026-11-22T09:30:00"}},
    ),
    FindingKind(
        "not_a_date",
        "Invalid date",
        "error",
        "values",
        "The value cannot be read as a date in ISO 8601 format.",
        "Write the date and time as in 2026-11-22T09:30:00+01:00.",
        {"study": {"creation_date": "22.11.2026"}},
    ),
    FindingKind(
        "not_a_uri",
        "Invalid URI",
        "error",
        "values",
        "The value is not a URI (RFC 3986). Ontology terms can also be compact URIs, such as "
        "UBERON:0000178.",
        "Store a full or compact URI.",
        {"sample/s1": {"@type": "Sample", "source_uri": "www.example.org/s1"}},
    ),
    FindingKind(
        "bad_pattern",
        "Malformed value",
        "error",
        "values",
        "The value does not have the required form, such as a checksum with too few digits.",
        "Store the complete value, without spaces or prefixes.",
        {"sequence/chr1": {"@type": "ReferenceSequence", "sequence_md5": "6aef897c"}},
    ),
    FindingKind(
        "not_portable",
        "Value that JSON readers refuse",
        "warning",
        "values",
        "The value contains NaN, an infinity or an unpaired surrogate, or is nested more than 100 "
        "levels deep. Python reads it, but most other JSON readers refuse the whole archive.",
        "Replace the value, or remove the attribute.",
        {"sample/s1": {"@type": "Sample", "dose": float("inf")}},
    ),
    FindingKind(
        "unknown_slot",
        "Unknown attribute",
        "note",
        "values",
        "The schema does not define this attribute for the class. It is stored unchanged and not "
        "checked.",
        "Check the spelling. If the attribute is intended, nothing needs to be done, or pass a "
        "schema= that defines it.",
        {"sample/s1": {"@type": "Sample", "tissue": "liver"}},
    ),
    FindingKind(
        "dangling_link",
        "Broken link",
        "error",
        "links",
        "The attribute links to an element that this object does not have.",
        "Link to an existing element, add the missing element, or remove the link.",
        {
            "data/reads": {
                "@type": "AlignmentSet",
                "data_path": "reads.cram",
                "data_format": "CRAM",
                "has_sample": ["sample/s9"],
            }
        },
    ),
    FindingKind(
        "wrong_link_type",
        "Link to the wrong class",
        "error",
        "links",
        "The attribute links to elements of one class, and this element has another class.",
        "Link to an element of the expected class, or remove the link.",
        {
            "sample/s1": {"@type": "Sample"},
            "assay/rna": {
                "@type": "Assay",
                "omics_type": ["TRANSCRIPTOMICS"],
                "has_data": ["sample/s1"],
            },
        },
    ),
    FindingKind(
        "unprefixed_link",
        "Link without group",
        "warning",
        "links",
        "The link contains the name of an element without its group. Other MODO software does not "
        "find the element.",
        "Use the full id, such as sample/s1.",
        {
            "sample/s1": {"@type": "Sample"},
            "data/reads": {
                "@type": "AlignmentSet",
                "data_path": "reads.cram",
                "data_format": "CRAM",
                "has_sample": ["s1"],
            },
        },
    ),
    FindingKind(
        "repeated_link",
        "Repeated link",
        "warning",
        "links",
        "The attribute links to the same element more than once.",
        "Keep one of the links.",
        {
            "sample/s1": {"@type": "Sample"},
            "data/reads": {
                "@type": "AlignmentSet",
                "data_path": "reads.cram",
                "data_format": "CRAM",
                "has_sample": ["sample/s1", "sample/s1"],
            },
        },
    ),
    FindingKind(
        "duplicate_id",
        "Duplicate id",
        "error",
        "ids and classes",
        "Two elements of one object, or two objects, have the same id, so a link or a search "
        "cannot tell them apart.",
        "Give one of them another id.",
        "Two objects of a draft have the id P-0001.",
    ),
    FindingKind(
        "unknown_class",
        "Unknown class",
        "warning",
        "ids and classes",
        "The schema has no class of this name, so most attributes of the element cannot be "
        "checked.",
        "Check the spelling of @type, or pass a schema= that defines the class.",
        {"sample/s1": {"@type": "Sampel"}},
    ),
    FindingKind(
        "wrong_group",
        "Wrong group",
        "error",
        "ids and classes",
        "Elements of each class belong to one group of the archive: a Sample to the group sample.",
        "Change @type, or rename the element so that its id starts with the right group.",
        {"assay/s1": {"@type": "Sample"}},
    ),
    FindingKind(
        "similar_id",
        "Similar ids",
        "warning",
        "ids and classes",
        "Two ids differ only in letter case or in the Unicode form of their characters. Some "
        "disks treat them as one file, and readers confuse them.",
        "Rename one of the elements.",
        {"sample/Tumor": {"@type": "Sample"}, "sample/tumor": {"@type": "Sample"}},
    ),
    FindingKind(
        "lookalike_id",
        "Id with letters of several alphabets",
        "warning",
        "ids and classes",
        "The id mixes letters of alphabets that look alike, such as Latin a and Cyrillic \u0430. "
        "It cannot be typed or recognized.",
        "Rename the element with letters of one alphabet.",
        {"sample/p\u0430tient": {"@type": "Sample"}},
    ),
    FindingKind(
        "id_not_portable",
        "Id that other software refuses",
        "warning",
        "ids and classes",
        "Other MODO software refuses ids and paths that contain characters besides unaccented "
        "letters, digits, `-`, `_`, `.` and `/`.",
        "Rename the element or the object.",
        {"sample/patient 7": {"@type": "Sample"}},
    ),
    FindingKind(
        "interrupted_commit",
        "Interrupted commit",
        "error",
        "storage",
        "A commit from this computer did not finish, for example because its kernel was killed. "
        "Some of its changes may be stored. Other findings can be a consequence of it.",
        "Run Modo.repair(): it reports which changes are stored.",
        "The kernel was killed while it committed.",
    ),
    FindingKind(
        "broken",
        "Unreadable metadata",
        "error",
        "storage",
        "The metadata of this node are not valid JSON or not valid zarr metadata.",
        "Restore the zarr.json file of the node from a backup, or remove the node.",
        "data.zarr/sample/s1/zarr.json ends in the middle of a value.",
    ),
    FindingKind(
        "stale_copy",
        "Out-of-date copy",
        "warning",
        "storage",
        "The root's consolidated copy of the metadata differs from the element itself. Software "
        "that reads the copy shows outdated metadata.",
        "Run Modo.repair(), or apply the fix and commit.",
        "Another tool changed an element and did not update the root.",
    ),
    FindingKind(
        "orphan",
        "Orphaned keys",
        "warning",
        "storage",
        "The archive contains keys that belong to no element, usually because the removal of an "
        "element was interrupted.",
        "Remove the folder with Modo.storage.remove(path, recursive=True).",
        "data.zarr/data/counts contains an array, and there is no element data/counts.",
    ),
    FindingKind(
        "file_missing",
        "Missing file",
        "error",
        "storage",
        "The attribute data_path names a file that the object does not contain.",
        "Correct data_path, or add the file with Draft.attach.",
        "data_path is reads.cram, and the object contains no such file.",
    ),
    FindingKind(
        "file_unnamed",
        "File without element",
        "warning",
        "storage",
        "The object contains a file that no element names in data_path. Readers of the metadata do "
        "not find it.",
        "Add an element for the file, or remove the file with Modo.storage.remove.",
        "The object contains notes.txt.",
    ),
    FindingKind(
        "checksum_mismatch",
        "Checksum mismatch",
        "error",
        "storage",
        "The file's content does not have the checksum in data_checksum: the file was changed or "
        "damaged after the checksum was computed. Only `validate(checksums=True)` checks this.",
        "Restore the file. If the new content is correct, store its checksum.",
        "Someone replaced reads.cram and kept data_checksum.",
    ),
    FindingKind(
        "wrong_format",
        "Format of another content",
        "error",
        "files",
        "The content of the file shows another format than data_format states, so software that "
        "trusts the metadata cannot read the file.",
        "Apply the fix if there is one, or replace the file.",
        "data_format is VCF, and the file is a CRAM file.",
    ),
    FindingKind(
        "wrong_class",
        "Class of another content",
        "error",
        "files",
        "The content of the file belongs to another class than that of the element.",
        "Change @type, or name another file in data_path.",
        "A VariantSet names a CRAM file.",
    ),
    FindingKind(
        "file_empty",
        "Empty file",
        "error",
        "files",
        "The file has no content, usually because an upload or a program failed.",
        "Write or upload the file again.",
        "reads.cram has 0 bytes.",
    ),
    FindingKind(
        "file_truncated",
        "Truncated file",
        "error",
        "files",
        "The end of the file is missing, usually because an upload, a copy or a program was "
        "interrupted.",
        "Upload or write the file again.",
        "reads.bam does not end with the end marker of BGZF.",
    ),
    FindingKind(
        "header_unreadable",
        "Unreadable header",
        "error",
        "files",
        "The head of the file is damaged, so no software can read it.",
        "Upload or write the file again.",
        "The checksum in the head of reads.cram does not match.",
    ),
    FindingKind(
        "file_not_checked",
        "File that was not checked",
        "note",
        "files",
        "The compression or version of the file is not supported, or a package that reads it is not"
        " installed, so its content was not compared with the metadata.",
        "Install the package that the finding names. If it names none, nothing needs to be done.",
        "reads.fastq.zst is compressed with zstd.",
    ),
    FindingKind(
        "reference_not_checked",
        "Reference that was not checked",
        "note",
        "files",
        "The endpoint or its refget service did not respond, so lengths of sequences that only the"
        " service knows were not compared.",
        "Check again later.",
        "The refget service of the endpoint refuses connections.",
    ),
    FindingKind(
        "sample_mismatch",
        "Another sample in the file",
        "error",
        "files",
        "The file names other samples than has_sample: samples may have been swapped, or a link "
        "is missing or wrong.",
        "Check which sample the file is of. Apply the fix if the file is right.",
        "The element links to sample/s1, and the read group of its file says SM:s2.",
    ),
    FindingKind(
        "sample_not_linked",
        "Sample without link",
        "warning",
        "files",
        "The file names samples of this object, and the element links to none.",
        "Apply the fix.",
        "The file names NA12878, and has_sample is missing.",
    ),
    FindingKind(
        "sample_unknown",
        "Unknown sample in the file",
        "warning",
        "files",
        "The file names a sample that is neither the id nor the name of a Sample of this object.",
        "Correct the name of the sample, or pass aliases={name in the file: id} to the check.",
        "The file names NA777, and the object has only the sample NA778.",
    ),
    FindingKind(
        "samples_not_named",
        "File without sample names",
        "note",
        "files",
        "The element links to samples, and the file names none, so it was not checked whether "
        "they are the right ones.",
        "Add read groups with SM to the file, if other software needs them.",
        "The header of reads.bam has no line @RG.",
    ),
    FindingKind(
        "contig_mismatch",
        "Sequences of another reference",
        "error",
        "files",
        "The names, lengths or checksums of the sequences in the file are not those of the linked"
        " reference, so positions have another meaning.",
        "Link to the reference that was used. Apply the fix if there is one.",
        "chr1 has 3,000 bases in reads.bam and 2,900 in the linked reference.",
    ),
    FindingKind(
        "reference_not_linked",
        "Reference without link",
        "warning",
        "files",
        "The sequences of the file are those of a reference of this object, and the element does "
        "not link to it.",
        "Apply the fix.",
        "The sequences of reads.bam are those of reference/grch38, and has_reference is missing.",
    ),
    FindingKind(
        "sequence_mismatch",
        "Sequence with another MD5",
        "error",
        "files",
        "The MD5 of the sequence is not the one that its reference file has.",
        "Apply the fix if the file is right.",
        "sequence_md5 of chr1 is not the MD5 of chr1 in ref.fa.",
    ),
    FindingKind(
        "assembly_mismatch",
        "Another assembly",
        "error",
        "files",
        "The header of the file names another assembly than the linked reference.",
        "Link to the reference that was used.",
        "The header says GRCh37, and the reference has the version GRCh38.",
    ),
    FindingKind(
        "index_missing",
        "Missing index",
        "warning",
        "files",
        "Readers need an index to find a region without reading the whole file.",
        "Create the index with samtools index, bcftools index or tabix, and attach it.",
        "reads.bam is sorted by position, and there is no reads.bam.bai.",
    ),
    FindingKind(
        "index_mismatch",
        "Index of another file",
        "error",
        "files",
        "The index does not fit the file: it belongs to another file, or to an earlier state of "
        "this one. Readers then return wrong records or fail.",
        "Create the index again.",
        "reads.bam was replaced, and reads.bam.bai was not.",
    ),
    FindingKind(
        "index_older",
        "Index older than its file",
        "note",
        "files",
        "The index was last changed before the file. Its positions fit the file as far as they "
        "were checked.",
        "Nothing needs to be done. If the file was changed since, create the index again.",
        "reads.bam was copied after reads.bam.bai.",
    ),
    FindingKind(
        "index_unsorted",
        "Index of an unsorted file",
        "error",
        "files",
        "An index by position needs records that are sorted by position, and the header says that"
        " they are not.",
        "Sort the file by position and create the index again, or remove the index.",
        "The header of reads.bam says SO:queryname, and there is a reads.bam.bai.",
    ),
    FindingKind(
        "shape_mismatch",
        "Labels that do not fit",
        "error",
        "files",
        "A matrix has another number of rows or columns than there are labels, so values cannot "
        "be assigned to them.",
        "Write the matrix again with its labels.",
        "X has 100 rows, and obs has 99 labels.",
    ),
    FindingKind(
        "taxon_mismatch",
        "Another species",
        "error",
        "files",
        "The header of the file names another species than the taxon_id of the sample or "
        "reference.",
        "Check the species. Apply the fix if the file is right.",
        "The header says Mus musculus, and taxon_id is NCBITaxon:9606.",
    ),
    FindingKind(
        "same_content",
        "Same content twice",
        "warning",
        "files",
        "Two elements name files of the same content: one of them may be a copy with a wrong name.",
        "Check both files, and remove one or replace it by the right one.",
        "s1.bam and s2.bam are copies of each other.",
    ),
)

FINDING_KINDS: Mapping[str, FindingKind] = MappingProxyType({kind.code: kind for kind in _KINDS})
"""Code of each kind of finding to its entry."""
