"""Accounts of the protected demo, and their permissions."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PEOPLE", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """Fictitious account.

    Parameters
    ----------
    subject : str
        The ``sub`` of the tokens.
    name : str
    prefixes : tuple of str
        Prefixes in the bucket that the person may read.
    write : bool
        Whether the person may also write there.
    """

    subject: str
    name: str
    prefixes: tuple[str, ...]
    write: bool

    def may_see(self, path: str) -> bool:
        """Return whether the person may read an object, such as ``demo/smoc/P-0001``."""
        return path.partition("/")[2].startswith(tuple(f"{prefix}/" for prefix in self.prefixes))


PEOPLE = {
    person.subject: person
    for person in (
        Person("a.curator", "Ada Curator", ("smoc", "public"), write=True),
        Person("g.guest", "Gus Guest", ("public",), write=False),
    )
}
"""Accounts by subject; the first one is preselected on the device page."""
