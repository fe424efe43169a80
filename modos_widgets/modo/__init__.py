"""One object as a curator sees it: hierarchy, frame, schema, draft, commit, undo.

Other packages use the names here, which are loaded on first use, and no module below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.modo.attachments.file_kinds import FileKind as FileKind
    from modos_widgets.modo.attachments.file_kinds import kind_of_file as kind_of_file
    from modos_widgets.modo.attachments.file_names import clean_file_name as clean_file_name
    from modos_widgets.modo.attachments.file_names import stem_of as stem_of
    from modos_widgets.modo.attachments.renames import attributes_renamed as attributes_renamed
    from modos_widgets.modo.attachments.sources import MeasuredFile as MeasuredFile
    from modos_widgets.modo.attachments.sources import measure_file as measure_file
    from modos_widgets.modo.change_set import ChangeSet as ChangeSet
    from modos_widgets.modo.change_set import difference as difference
    from modos_widgets.modo.change_set import short_text as short_text
    from modos_widgets.modo.commit.commit import Commit as Commit
    from modos_widgets.modo.commit.commit import UndoCheck as UndoCheck
    from modos_widgets.modo.comparison import Comparison as Comparison
    from modos_widgets.modo.conflicts import Conflict as Conflict
    from modos_widgets.modo.data_paths import check_target as check_target
    from modos_widgets.modo.data_paths import index_names as index_names
    from modos_widgets.modo.data_paths import indexed_names as indexed_names
    from modos_widgets.modo.deletion import DeletedModo as DeletedModo
    from modos_widgets.modo.draft.draft import Draft as Draft
    from modos_widgets.modo.draft.drafted_objects import ElementKey as ElementKey
    from modos_widgets.modo.draft.evidence import Evidence as Evidence
    from modos_widgets.modo.draft.file_proposals import FileProposal as FileProposal
    from modos_widgets.modo.draft.live_check import Watch as Watch
    from modos_widgets.modo.draft.proposal import ProposedChange as ProposedChange
    from modos_widgets.modo.draft.removal import Removal as Removal
    from modos_widgets.modo.functions import Mode as Mode
    from modos_widgets.modo.functions import create_modo as create_modo
    from modos_widgets.modo.functions import deleted_modos as deleted_modos
    from modos_widgets.modo.functions import edit as edit
    from modos_widgets.modo.functions import open_modo as open_modo
    from modos_widgets.modo.genome_files import file_path as file_path
    from modos_widgets.modo.genome_files import genome_file as genome_file
    from modos_widgets.modo.genome_files import has_regions as has_regions
    from modos_widgets.modo.metadata_frame import column_index as column_index
    from modos_widgets.modo.metadata_frame import frame_of as frame_of
    from modos_widgets.modo.metadata_frame import several_index as several_index
    from modos_widgets.modo.object import Modo as Modo
    from modos_widgets.modo.open_as import LIBRARIES as LIBRARIES
    from modos_widgets.modo.open_as import libraries_for as libraries_for
    from modos_widgets.modo.repair import Repair as Repair
    from modos_widgets.modo.schema.class_names import class_plural as class_plural
    from modos_widgets.modo.schema.class_names import class_title as class_title
    from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA as DEFAULT_SCHEMA
    from modos_widgets.modo.schema.slots import AnySchema as AnySchema
    from modos_widgets.modo.schema.slots import Schema as Schema
    from modos_widgets.modo.schema.slots import Slot as Slot
    from modos_widgets.modo.schema.term_labels import Label as Label
    from modos_widgets.modo.schema.term_labels import curie_of as curie_of
    from modos_widgets.modo.schema.term_labels import describe_term as describe_term
    from modos_widgets.modo.schema.term_labels import find_labels as find_labels
    from modos_widgets.modo.schema.term_labels import label_of as label_of
    from modos_widgets.modo.schema.term_labels import labels_for as labels_for
    from modos_widgets.modo.schema.term_labels import search_text_of as search_text_of
    from modos_widgets.modo.schema.term_labels import uri_for as uri_for
    from modos_widgets.modo.schema.terms import TERMS as TERMS
    from modos_widgets.modo.state.payloads import ArrayPayload as ArrayPayload
    from modos_widgets.modo.state.payloads import CopyPayload as CopyPayload
    from modos_widgets.modo.state.payloads import FilePayload as FilePayload
    from modos_widgets.modo.state.payloads import MovePayload as MovePayload
    from modos_widgets.modo.state.payloads import Payload as Payload
    from modos_widgets.modo.state.payloads import RemoveFilePayload as RemoveFilePayload
    from modos_widgets.modo.validation.finding_kinds import FINDING_KINDS as FINDING_KINDS
    from modos_widgets.modo.validation.finding_kinds import FindingKind as FindingKind
    from modos_widgets.modo.validation.findings import Finding as Finding
    from modos_widgets.modo.validation.findings import Findings as Findings
    from modos_widgets.modo.validation.findings import Fix as Fix
    from modos_widgets.modo.validation.findings import FixGroup as FixGroup
    from modos_widgets.modo.validation.findings import finding_title as finding_title
    from modos_widgets.modo.validation.metadata_checks import check_object as check_object
    from modos_widgets.modo.validation.metadata_checks import validate as validate
    from modos_widgets.modo.value_parser import parse as parse
    from modos_widgets.modo.value_parser import parse_entry as parse_entry
    from modos_widgets.modo.value_text import csv_safe as csv_safe
    from modos_widgets.modo.value_text import text_of as text_of
    from modos_widgets.modo.values import MISSING as MISSING
    from modos_widgets.modo.values import is_missing as is_missing

_MODULES = {
    "AnySchema": "schema.slots",
    "ArrayPayload": "state.payloads",
    "ChangeSet": "change_set",
    "Commit": "commit.commit",
    "Comparison": "comparison",
    "Conflict": "conflicts",
    "CopyPayload": "state.payloads",
    "DEFAULT_SCHEMA": "schema.slots",
    "DeletedModo": "deletion",
    "Draft": "draft.draft",
    "ElementKey": "draft.drafted_objects",
    "FINDING_KINDS": "validation.finding_kinds",
    "Evidence": "draft.evidence",
    "FileKind": "attachments.file_kinds",
    "FilePayload": "state.payloads",
    "FileProposal": "draft.file_proposals",
    "Finding": "validation.findings",
    "FindingKind": "validation.finding_kinds",
    "Findings": "validation.findings",
    "Fix": "validation.findings",
    "FixGroup": "validation.findings",
    "LIBRARIES": "open_as",
    "Label": "schema.term_labels",
    "MISSING": "values",
    "MeasuredFile": "attachments.sources",
    "Mode": "functions",
    "Modo": "object",
    "MovePayload": "state.payloads",
    "Payload": "state.payloads",
    "ProposedChange": "draft.proposal",
    "Removal": "draft.removal",
    "RemoveFilePayload": "state.payloads",
    "Repair": "repair",
    "Schema": "schema.slots",
    "Slot": "schema.slots",
    "TERMS": "schema.terms",
    "UndoCheck": "commit.commit",
    "Watch": "draft.live_check",
    "attributes_renamed": "attachments.renames",
    "class_plural": "schema.class_names",
    "class_title": "schema.class_names",
    "clean_file_name": "attachments.file_names",
    "column_index": "metadata_frame",
    "create_modo": "functions",
    "csv_safe": "value_text",
    "curie_of": "schema.term_labels",
    "deleted_modos": "functions",
    "describe_term": "schema.term_labels",
    "difference": "change_set",
    "edit": "functions",
    "find_labels": "schema.term_labels",
    "finding_title": "validation.findings",
    "frame_of": "metadata_frame",
    "file_path": "genome_files",
    "genome_file": "genome_files",
    "check_object": "validation.metadata_checks",
    "has_regions": "genome_files",
    "check_target": "data_paths",
    "index_names": "data_paths",
    "indexed_names": "data_paths",
    "is_missing": "values",
    "kind_of_file": "attachments.file_kinds",
    "label_of": "schema.term_labels",
    "labels_for": "schema.term_labels",
    "libraries_for": "open_as",
    "measure_file": "attachments.sources",
    "open_modo": "functions",
    "parse": "value_parser",
    "parse_entry": "value_parser",
    "search_text_of": "schema.term_labels",
    "several_index": "metadata_frame",
    "short_text": "change_set",
    "stem_of": "attachments.file_names",
    "text_of": "value_text",
    "uri_for": "schema.term_labels",
    "validate": "validation.metadata_checks",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
