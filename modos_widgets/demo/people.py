"""Who may sign in to the protected demo, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PEOPLE", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up account.

    Parameters
    ----------
    subject : str
        The ``sub`` of the tokens.
    name : str
    prefixes : tuple of str
        Where in the bucket the person may read.
    write : bool
        Whether the person may write there as well.
    """

    subject: str
    name: str
    prefixes: tuple[str, ...]
    write: bool

    def may_see(self, path: str) -> bool:
        """Return whether an object, such as ``demo/smoc/P-0001``, is among theirs."""
        return path.partition("/")[2].startswith(tuple(f"{prefix}/" for prefix in self.prefixes))


PEOPLE = {
    person.subject: person
    for person in (
        Person("a.curator", "Ada Curator", ("smoc", "public"), write=True),
        Person("g.guest", "Gus Guest", ("public",), write=False),
    )
}
"""The accounts by subject; the first one is chosen on the device page."""
