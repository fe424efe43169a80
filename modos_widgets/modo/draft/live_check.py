"""The findings of a draft, updated as it changes: a change checks what depends on it."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from weakref import ref

from modos_widgets.json_text import same
from modos_widgets.modo.state.object_state import is_other_kind
from modos_widgets.modo.validation.findings import Finding, Findings
from modos_widgets.modo.validation.metadata_checks import check_cohort, check_element

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.validation.findings import Severity

__all__ = ["LiveCheck", "Watch"]

Attributes = dict[str, Any]


class Watch:
    """The changes of a draft since the last `clear`; `Draft.watch` creates it.

    Attributes
    ----------
    moved : bool
        Whether elements were added or removed, or all may have changed.
    changed : set of (str, str)
        Object path and id of the elements whose attributes, or base attributes, have changed.
    checked : set of (str, str)
        Object path and id of the elements whose findings have changed.
    attached : set of str
        Paths of the objects whose files or arrays have changed.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove all recorded changes."""
        self.moved = False
        self.changed: set[tuple[str, str]] = set()
        self.checked: set[tuple[str, str]] = set()
        self.attached: set[str] = set()


class LiveCheck:
    """The findings of the elements of a draft.

    A changed element waits for a check. If it is added, removed or changed to another class, so do
    the elements whose findings depend on it: those that link to it, and those with similar ids.

    Parameters
    ----------
    states : Mapping of str to ObjectState
        Path of each object to its state.
    schema : Schema
        The classes.
    """

    def __init__(self, states: Mapping[str, ObjectState], schema: Schema) -> None:
        self._states = states
        self._schema = schema
        self._found: dict[str, dict[str, tuple[Finding, ...]]] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        self._counts: Counter[Severity] = Counter()
        self._fixable = 0
        self._all: Findings | None = None
        self._watch_refs: list[ref[Watch]] = []
        self._kept: dict[str, dict[str, tuple[Finding, ...]]] = {}
        """Findings of the last check of the files, until their cells change."""
        self._cohort: dict[str, Finding] | None = None
        """Object path to the finding from the comparison of all roots; None if one has changed."""
        for state in states.values():
            state.observer = self
            self.restarted(state)

    def watch(self) -> Watch:
        """Return a `Watch` that records the changes from now on."""
        watch = Watch()
        self._watch_refs.append(ref(watch, self._watch_refs.remove))
        return watch

    @property
    def _watches(self) -> list[Watch]:
        """The watches in use; a WeakSet takes four times as long, once for each changed cell."""
        return [watch for known in tuple(self._watch_refs) if (watch := known()) is not None]

    # Changes of states

    def placed(
        self,
        state: ObjectState,
        element: str,
        before: Attributes | None,
        after: Attributes | None,
    ) -> None:
        """Handle new attributes of an element or of its base."""
        waiting = self._waiting.pop(state.path, {})
        self._waiting[state.path] = waiting  # The latest change is checked first.
        if is_other_kind(before, after):
            waiting.update(dict.fromkeys(state.links(self._schema).linking(element)))
            waiting.update(dict.fromkeys(state.ids.alike(element)))
        waiting.pop(element, None)
        waiting[element] = None
        self._forget_changed(state.path, element, before or {}, after or {})
        if element == state.root:
            self._forget_cohort()
        for watch in self._watches:
            watch.changed.add((state.path, element))
            watch.moved |= (before is None) != (after is None)

    def attached(self, state: ObjectState) -> None:
        """Handle new payloads."""
        for watch in self._watches:
            watch.attached.add(state.path)

    def restarted(self, state: ObjectState) -> None:
        """Handle a change of possibly all elements of an object."""
        for findings in (self._found, self._kept):
            for found in findings.pop(state.path, {}).values():
                self._count(found, -1)
        self._waiting[state.path] = dict.fromkeys(reversed(list(state.now)))
        self._forget_cohort()
        for watch in self._watches:
            watch.moved = True

    def keep(self, findings: Iterable[Finding]) -> None:
        """Keep the findings of a check of the files, in place of those of the last one."""
        kept: dict[str, dict[str, tuple[Finding, ...]]] = {}
        for finding in findings:
            if finding.element in self._states[finding.object].now:
                of_object = kept.setdefault(finding.object, {})
                of_object[finding.element] = (*of_object.get(finding.element, ()), finding)
        for places, sign in ((self._kept, -1), (kept, 1)):
            for path, of_object in places.items():
                for element, found in of_object.items():
                    self._count(found, sign)
                    for watch in self._watches:
                        watch.checked.add((path, element))
        self._kept = kept

    def _forget_changed(
        self, path: str, element: str, before: Attributes, after: Attributes
    ) -> None:
        """Forget the findings in files of cells that have changed; of all, with another file."""
        old = self._kept.get(path, {}).pop(element, ())
        if not old:
            return
        changed = {
            slot for slot in (*before, *after) if not same(before.get(slot), after.get(slot))
        }
        gone = not after or "data_path" in changed
        left = () if gone else tuple(each for each in old if each.slot not in changed)
        if left:
            self._kept[path][element] = left
        self._count(old, -1)
        self._count(left, 1)
        for watch in self._watches:
            watch.checked.add((path, element))

    def _forget_cohort(self) -> None:
        self._count((self._cohort or {}).values(), -1)
        self._note_cohort()
        self._cohort = None

    def _note_cohort(self) -> None:
        roots = {(path, finding.element) for path, finding in (self._cohort or {}).items()}
        for watch in self._watches:
            watch.checked |= roots

    # Checks

    @property
    def waiting(self) -> int:
        """Number of elements that wait for a check."""
        return sum(map(len, self._waiting.values()))

    def run(self, seconds: float | None = None) -> bool:
        """Check waiting elements, the latest change first.

        Parameters
        ----------
        seconds : float, optional
            Stop after this time; by default, check all.

        Returns
        -------
        bool
            Whether all elements are checked.
        """
        end = None if seconds is None else time.perf_counter() + seconds
        while self._waiting:
            path = next(reversed(self._waiting))
            state, waiting = self._states[path], self._waiting[path]
            while waiting:
                element, _ = waiting.popitem()
                self._check(state, element)
                if end is not None and time.perf_counter() > end:
                    return False
            del self._waiting[path]
        if self._cohort is None:
            objects = {path: (state.root, state.now) for path, state in self._states.items()}
            self._cohort = {finding.object: finding for finding in check_cohort(objects)}
            self._count(self._cohort.values(), 1)
            self._note_cohort()
        return True

    def _check(self, state: ObjectState, element: str) -> None:
        path, elements = state.path, state.now
        new: tuple[Finding, ...] = ()
        if element in elements:
            new = tuple(
                check_element(
                    path, state.root, element, elements, ids=state.ids, schema=self._schema
                )
            )
        found = self._found.setdefault(path, {})
        old = found.pop(element, ())
        if new:
            found[element] = new
        if new == old:
            return
        self._count(old, -1)
        self._count(new, 1)
        for watch in self._watches:
            watch.checked.add((path, element))

    def _count(self, found: Iterable[Finding], sign: int) -> None:
        self._all = None
        for entry in found:
            self._counts[entry.severity] += sign
            self._fixable += sign * (entry.fix is not None)

    # What was found

    @property
    def counts(self) -> dict[Severity, int]:
        """Severity to the number of findings."""
        return {severity: count for severity, count in self._counts.items() if count}

    @property
    def fixable(self) -> int:
        """Number of findings that have a fix."""
        return self._fixable

    def of(self, path: str, element: str) -> tuple[Finding, ...]:
        """Return the findings so far of one element."""
        found = self._found.get(path, {}).get(element, ())
        found += self._kept.get(path, {}).get(element, ())
        shared = (self._cohort or {}).get(path)
        return (*found, shared) if shared is not None and shared.element == element else found

    def findings(self) -> Findings:
        """Return all findings so far, in the order of the elements."""
        if self._all is None:
            found: list[Finding] = []
            for path, state in self._states.items():
                of_object, kept = self._found.get(path, {}), self._kept.get(path, {})
                if of_object or kept:
                    for element in state.now:
                        found.extend(of_object.get(element, ()))
                        found.extend(kept.get(element, ()))
            self._all = Findings([*found, *(self._cohort or {}).values()])
        return self._all
