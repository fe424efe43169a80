"""Check the links between the elements of one object; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.modo.validation.findings import Finding, Fix
from modos_widgets.modo.values import MISSING, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.similar_names import ElementIds
    from modos_widgets.modo.validation.findings import Severity

__all__ = ["check_links"]


def check_links(
    path: str,
    element: str,
    elements: Mapping[str, Mapping[str, Any]],
    ids: ElementIds,
    schema: Schema,
) -> Iterator[Finding]:
    """Find links of one element that lead nowhere, or to the wrong class.

    Parameters
    ----------
    path, element : str
        Where the element is.
    elements : Mapping
        Id of every element of the object to its attributes.
    ids : ElementIds
        The same ids.
    schema : Schema
        The classes.
    """
    attributes = elements[element]
    for slot, target in schema.link_slots.items():
        value = attributes.get(slot)
        if value is None:
            continue
        links = as_list(value)
        named = [link for link in links if isinstance(link, str)]
        kinds = {link: _kind(link, target, elements, schema) for link in named}
        about = _About(path, element, slot, links, is_list=isinstance(value, list))
        yield from about.unprefixed(
            {link: f"{schema.group(target)}/{link}" for link in named if kinds[link] == BARE}
        )
        yield from about.dangling([link for link in named if kinds[link] == NOWHERE], ids)
        yield from about.mistyped([link for link in named if kinds[link] == OTHER], target)
        yield from about.repeated(named)


GOOD, BARE, NOWHERE, OTHER = range(4)


def _kind(link: str, target: str, elements: Mapping[str, Mapping[str, Any]], schema: Schema) -> int:
    if "/" in link and link in elements:
        class_name = elements[link].get("@type")
        known = isinstance(class_name, str) and class_name in schema.classes
        return OTHER if known and not schema.is_a(class_name, target) else GOOD
    bare = "/" not in link and f"{schema.group(target)}/{link}" in elements
    return BARE if bare else NOWHERE


@dataclass(frozen=True)
class _About:
    """The links of one slot."""

    path: str
    element: str
    slot: str
    links: list[Any]
    is_list: bool

    def _finding(self, severity: Severity, code: str, message: str, fix: Fix) -> Finding:
        return Finding(self.path, self.element, self.slot, severity, code, message, fix)

    def _replaced(self, new: Mapping[str, str]) -> Any:
        found = [new.get(link, link) if isinstance(link, str) else link for link in self.links]
        return found if self.is_list else found[0]

    def _fix(self, label: str, value: Any) -> Fix:
        return Fix(label, ((self.element, self.slot, value),))

    def _without(self, gone: list[str]) -> Fix:
        left = [link for link in self.links if link not in gone]
        return self._fix("Take the link away", left or MISSING)

    def unprefixed(self, found: dict[str, str]) -> Iterator[Finding]:
        if found:
            yield self._finding(
                "warning",
                "unprefixed_link",
                f"{_quoted(list(found))} lacks its group: a link is a full id such as "
                f"{next(iter(found.values()))}.",
                self._fix("Write the full id", self._replaced(found)),
            )

    def dangling(self, found: list[str], ids: ElementIds) -> Iterator[Finding]:
        if not found:
            return
        alike = {link: [known for known in ids.alike(link) if "/" in known] for link in found}
        meant = {link: max(known) for link, known in alike.items() if known}
        if len(meant) == len(set(found)):
            fix = self._fix(f"Link to {_quoted(list(meant.values()))}", self._replaced(meant))
        else:
            fix = self._without(found)
        yield self._finding(
            "error", "dangling_link", f"{_quoted(found)} is no element of this object.", fix
        )

    def mistyped(self, found: list[str], target: str) -> Iterator[Finding]:
        if found:
            yield self._finding(
                "error",
                "wrong_link_type",
                f"{_quoted(found)} is no {target}, to which {self.slot} links.",
                self._without(found),
            )

    def repeated(self, named: list[str]) -> Iterator[Finding]:
        if len(set(named)) < len(named):
            yield self._finding(
                "warning",
                "repeated_link",
                "It names the same element twice.",
                self._fix("Name it once", list(dict.fromkeys(named))),
            )


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f"{name:.80}" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown  # noqa: PLR2004
