"""Check the samples that elements link to against those that their files name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError
from modos_widgets.modo.validation.findings import Fix, new_finding
from modos_widgets.modo.validation.fixes import similar_name
from modos_widgets.modo.values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.validation.content_reading import CheckedFile, Contents
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_aliases", "check_samples"]

_SLOT = "has_sample"
_SHOWN = 5


def check_aliases(aliases: Mapping[str, str], elements: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that aliases name elements.

    Parameters
    ----------
    aliases : Mapping of str to str
        Name of a sample in files to the id of its element.
    elements : Mapping
        Id of every element to its attributes.

    Raises
    ------
    OptionError
        An alias names an element that the object does not have.
    """
    for name, element in aliases.items():
        if element not in elements:
            raise OptionError(
                f"The alias {name!r:.80} names {element!r:.80}, which is not an element.",
                'Use the id of an element, such as aliases={"NA777": "sample/s1"}.',
            )


def check_samples(contents: Contents) -> Iterator[Finding]:
    """Find files whose samples are not those that their element links to.

    A name in a file is that of a sample if it is its id, with or without the group, its ``name``,
    or an alias of it.

    Parameters
    ----------
    contents : Contents
        The elements, and what their files say.

    Yields
    ------
    Finding
    """
    names = _SampleNames(contents)
    for element, file in contents.checked():
        if _SLOT in contents.schema.slots(contents.elements[element].get("@type")):
            yield from _check(contents, element, file, names)


def _check(
    contents: Contents, element: str, file: CheckedFile, names: _SampleNames
) -> Iterator[Finding]:
    header, place = file.header, (contents.path, element, _SLOT)
    stated = contents.elements[element].get(_SLOT)
    linked = [link for link in as_list(stated) if isinstance(link, str)] if stated else []
    if not header.complete or header.format not in _NAMING:
        return
    if not header.samples:
        if linked and header.format in _NAMED_BY_READ_GROUPS:
            message = f"The header of {file.path!r:.80} names no sample (@RG SM)."
            yield new_finding("samples_not_named", *place, message)
        return
    found = {name: names.elements(name) for name in header.samples}
    unknown = [name for name, elements in found.items() if not elements]
    resolved = list(
        dict.fromkeys(
            next((each for each in elements if each in linked), elements[0])
            for elements in found.values()
            if elements
        )
    )
    is_certain = not unknown and all(
        len(elements) == 1 or not set(elements).isdisjoint(linked) for elements in found.values()
    )
    not_linked = [each for each in resolved if each not in linked]
    not_in_file = [each for each in linked if each not in resolved] if not unknown else []
    fix = None
    if is_certain and resolved != linked:
        fix = Fix(f"Link to {_shown(resolved)}", ((element, _SLOT, resolved),))
    if not_linked and not linked:
        message = f"The file {file.path!r:.80} contains {_shown(resolved)}, which is not linked."
        yield new_finding("sample_not_linked", *place, message, fix)
    elif not_linked:
        stating = ", ".join(name for name, ids in found.items() if set(ids) & set(not_linked))
        message = (
            f"The file {file.path!r:.80} contains {_shown(not_linked)} ({stating:.80}), and the "
            f"element links to {_shown(linked)}."
        )
        yield new_finding("sample_mismatch", *place, message, fix)
    elif not_in_file:
        message = (
            f"The element links to {_shown(not_in_file)}, and the file {file.path!r:.80} contains "
            f"only {_shown(header.samples)}."
        )
        yield new_finding("sample_mismatch", *place, message, fix)
    if unknown:
        near = names.similar(unknown[0])
        hint = f" Similar: {near}." if near else ""
        message = f"No sample has the id or name {_shown(unknown)} of {file.path!r:.80}.{hint}"
        yield new_finding("sample_unknown", *place, message)


_NAMED_BY_READ_GROUPS = frozenset({"SAM", "BAM", "CRAM"})
_NAMING = _NAMED_BY_READ_GROUPS | {"VCF", "BCF", "mzTab", "mzML"}


def _shown(names: Any) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(f"{name:.60}" for name in names[:_SHOWN]) + more


class _SampleNames:
    """The samples of an object, by the names that files may have for them."""

    def __init__(self, contents: Contents) -> None:
        self._elements: dict[str, list[str]] = {}
        for element, attributes in contents.elements.items():
            if not contents.is_a(element, "Sample"):
                continue
            for name in (element, element.partition("/")[2], attributes.get("name")):
                if isinstance(name, str) and name:
                    self._add(name, element)
        for name, element in contents.aliases.items():
            self._add(name, element)

    def _add(self, name: str, element: str) -> None:
        known = self._elements.setdefault(name, [])
        if element not in known:
            known.append(element)

    def elements(self, name: str) -> list[str]:
        """Return the ids of the samples that have a name."""
        return self._elements.get(name, [])

    def similar(self, name: str) -> str:
        """Return the id of the sample whose name is most similar; empty if none is."""
        near = similar_name(name, list(self._elements))
        return self._elements[near][0] if near else ""
