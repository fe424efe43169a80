"""The mapping of a sheet: what its columns mean, confirmed by a person and saved beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, StorageError
from modos_widgets.files import put_in_place, temporary_beside
from modos_widgets.json_text import parse_json
from modos_widgets.modo import Draft, Schema
from modos_widgets.sheets.cell_reading import shown
from modos_widgets.sheets.columns import match_columns
from modos_widgets.sheets.sheet_file import read_sheet_file

__all__ = ["known_attributes", "mapping_file", "propose_mapping", "read_mapping", "save_mapping"]

LARGEST: Final = 2**20
"""Maximum number of bytes of a saved mapping."""


def mapping_file(sheet: str | os.PathLike[str]) -> Path:
    """Return the path of the saved mapping of a sheet, such as ``lab.csv.mapping.json``."""
    try:
        path = Path(sheet)
    except TypeError as error:
        raise ArgumentError.expected("a path", sheet, name="sheet") from error
    return path.with_name(f"{path.name}.mapping.json")


def read_mapping(mapping: Any, sheet: str | os.PathLike[str]) -> dict[str, str]:
    """Return a mapping that was passed, or the one that is saved beside a sheet.

    Parameters
    ----------
    mapping : Mapping, path or None
        Header to meaning, or a JSON file with that; None for the one beside the sheet, if any.
    sheet : str or path-like
        The sheet.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ArgumentError
        It is not a dictionary of texts.
    OptionError
        The file cannot be read, or is not such a dictionary.
    """
    if mapping is None:
        mapping = mapping_file(sheet)
        if not mapping.is_file():
            return {}
    if isinstance(mapping, str | os.PathLike):
        try:
            with Path(mapping).open("rb") as file:
                mapping = parse_json(file.read(LARGEST + 1))
        except (OSError, ValueError, RecursionError) as error:
            raise OptionError(
                "The mapping of columns cannot be read.", "Pass a JSON file or a dictionary."
            ) from error
    _check(mapping)
    return dict(mapping)


def _check(mapping: Any) -> None:
    if not isinstance(mapping, Mapping) or not all(
        isinstance(text, str) for pair in mapping.items() for text in pair
    ):
        raise ArgumentError.expected("a dictionary of texts", mapping, name="mapping")


def save_mapping(sheet: str | os.PathLike[str], mapping: Mapping[str, str]) -> Path:
    """Save the mapping of a sheet beside it, where `import_sheet` finds it again.

    Parameters
    ----------
    sheet : str or path-like
        The sheet.
    mapping : Mapping of str to str
        Header to meaning (see `import_sheet`).

    Returns
    -------
    pathlib.Path
        The file, such as ``lab.csv.mapping.json``, which is replaced if it exists.

    Raises
    ------
    ArgumentError
        An argument has another type.
    NotFoundError, StorageError
        The folder does not exist, or the file cannot be written.
    """
    target = mapping_file(sheet)
    _check(mapping)
    if not target.absolute().parent.is_dir():
        raise NotFoundError(f"No folder {target.parent}.", "Check the path of the sheet.")
    part = temporary_beside(target)
    try:
        try:
            text = json.dumps(dict(mapping), ensure_ascii=False, indent=2)
            part.write_text(f"{text}\n", encoding="utf-8")
            put_in_place(part, target, exclusive=False)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}.", "Check the folder."
        ) from error
    return target


def propose_mapping(sheet: str | os.PathLike[str], draft: Draft | None = None) -> dict[str, str]:
    """Propose what the columns of a sheet mean, to confirm and to pass as ``mapping=``.

    No network use.

    Parameters
    ----------
    sheet : str or path-like
        An ``.xlsx``, ``.xlsm``, ``.csv`` or ``.tsv`` file. Its saved mapping counts.
    draft : Draft, optional
        A draft of the objects, whose other attributes are known too.

    Returns
    -------
    dict of str to str
        Header to meaning; an empty text for a column that is not recognised.

    Raises
    ------
    ArgumentError, OptionError, NotFoundError, StorageError
        As for `import_sheet`.

    Examples
    --------
    >>> propose_mapping("lab.csv")                               # doctest: +SKIP
    {'Cram': 'file', 'Patient': 'sample', 'Sex': 'sample.sex', 'Freezer': ''}
    """
    tabs, _ = read_sheet_file(sheet)
    mapping = read_mapping(None, sheet)
    schema = Schema() if draft is None else draft.schema
    known = set() if draft is None else known_attributes(draft)
    found: dict[str, str] = {}
    for tab in tabs:
        header = [shown(cell) for cell in tab.rows[0]] if tab.rows else []
        meanings, _ = match_columns(header, schema, known, mapping)
        for text, meaning in zip(header, meanings, strict=True):
            if text.strip():
                found.setdefault(text, meaning)
    return found


def known_attributes(draft: Draft) -> set[str]:
    """Return the attributes that the elements of a draft have."""
    return {
        slot
        for modo in draft.modos
        for attributes in draft.elements(modo.path).values()
        for slot in attributes
    }
