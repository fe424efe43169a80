"""Check the links between the elements of one object; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.modo.validation.findings import Fix, new_finding
from modos_widgets.modo.values import MISSING, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.similar_names import ElementIds
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_links"]


def check_links(
    path: str,
    element: str,
    elements: Mapping[str, Mapping[str, Any]],
    ids: ElementIds,
    schema: Schema,
) -> Iterator[Finding]:
    """Find links of one element to a missing element or to the wrong class.

    Parameters
    ----------
    path, element : str
        Path of the object, and id of the element.
    elements : Mapping
        Id of every element of the object to its attributes.
    ids : ElementIds
        The same ids.
    schema : Schema
        The classes.

    Yields
    ------
    Finding
    """
    attributes = elements[element]
    for slot, target in schema.link_slots.items():
        value = attributes.get(slot)
        if value is None:
            continue
        links = as_list(value)
        ids_linked = [link for link in links if isinstance(link, str)]
        kinds = {link: _kind(link, target, elements, schema) for link in ids_linked}
        checks = _SlotLinks(path, element, slot, links, is_list=isinstance(value, list))
        yield from checks.unprefixed(
            {
                link: schema.linked_id(link, target)
                for link in ids_linked
                if kinds[link] == UNPREFIXED
            }
        )
        yield from checks.dangling([link for link in ids_linked if kinds[link] == DANGLING], ids)
        yield from checks.mistyped([link for link in ids_linked if kinds[link] == MISTYPED], target)
        yield from checks.repeated(ids_linked)


VALID, UNPREFIXED, DANGLING, MISTYPED = range(4)


def _kind(link: str, target: str, elements: Mapping[str, Mapping[str, Any]], schema: Schema) -> int:
    if "/" in link and link in elements:
        class_name = elements[link].get("@type")
        known = isinstance(class_name, str) and class_name in schema.classes
        return MISTYPED if known and not schema.is_a(class_name, target) else VALID
    unprefixed = "/" not in link and schema.linked_id(link, target) in elements
    return UNPREFIXED if unprefixed else DANGLING


@dataclass(frozen=True)
class _SlotLinks:
    """The links of one slot."""

    path: str
    element: str
    slot: str
    links: list[Any]
    is_list: bool

    def _finding(self, code: str, message: str, fix: Fix) -> Finding:
        return new_finding(code, self.path, self.element, self.slot, message, fix)

    def _replaced(self, new: Mapping[str, str]) -> Any:
        links = [new.get(link, link) if isinstance(link, str) else link for link in self.links]
        return links if self.is_list else links[0]

    def _fix(self, label: str, value: Any) -> Fix:
        return Fix(label, ((self.element, self.slot, value),))

    def _without(self, removed: list[str]) -> Fix:
        kept = [link for link in self.links if link not in removed]
        label = "Remove link" if len(set(removed)) == 1 else "Remove links"
        return self._fix(label, kept or MISSING)

    def unprefixed(self, full_ids: dict[str, str]) -> Iterator[Finding]:
        if full_ids:
            yield self._finding(
                "unprefixed_link",
                f"The group is missing in {_listed(list(full_ids))}. "
                f"Use the full id, such as {next(iter(full_ids.values()))}.",
                self._fix("Use the full id", self._replaced(full_ids)),
            )

    def dangling(self, links: list[str], ids: ElementIds) -> Iterator[Finding]:
        if not links:
            return
        alike = {link: [known for known in ids.alike(link) if "/" in known] for link in links}
        meant = {link: max(known) for link, known in alike.items() if known}
        if len(meant) == len(set(links)):
            fix = self._fix(f"Link to {_listed(list(meant.values()))}", self._replaced(meant))
        else:
            fix = self._without(links)
        yield self._finding("dangling_link", f"This object has no element {_listed(links)}.", fix)

    def mistyped(self, links: list[str], target: str) -> Iterator[Finding]:
        if links:
            yield self._finding(
                "wrong_link_type",
                f"{self.slot} must link to the class {target}, and {_listed(links)} has another.",
                self._without(links),
            )

    def repeated(self, links: list[str]) -> Iterator[Finding]:
        unique = list(dict.fromkeys(links))
        if len(unique) < len(links):
            twice = [link for link in unique if links.count(link) > 1]
            yield self._finding(
                "repeated_link",
                f"{_listed(twice)} is linked more than once.",
                self._fix("Keep one link", unique),
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"{name:.80}" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown  # noqa: PLR2004
