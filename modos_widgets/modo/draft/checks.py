"""The checks of a draft: its findings, the errors that it adds, and the fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.draft.element_edits import ElementEdits
from modos_widgets.modo.draft.fix_application import FixApplication, group_fixes
from modos_widgets.modo.draft.live_check import LiveCheck, Watch
from modos_widgets.modo.draft.new_errors import find_new_errors
from modos_widgets.modo.draft.readable_files import readable_files
from modos_widgets.modo.validation.content_checks import check_contents
from modos_widgets.modo.validation.content_reading import read_contents
from modos_widgets.modo.validation.findings import Finding, Findings, FixGroup
from modos_widgets.modo.validation.sample_checks import check_aliases
from modos_widgets.modo.validation.sequence_lengths import look_up_lengths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.modo.draft.drafted_objects import ElementKey
    from modos_widgets.modo.schema.slots import AnySchema
    from modos_widgets.modo.stored_object import StoredObject
    from modos_widgets.modo.validation.findings import Severity
    from modos_widgets.progress import Progress

__all__ = ["DraftChecks"]


class DraftChecks(ElementEdits):
    """The part of `Draft` that checks it, and applies the fixes of findings to its elements."""

    def __init__(self, modos: Iterable[StoredObject], schema: AnySchema = ()) -> None:
        super().__init__(modos, schema)
        self._live: LiveCheck | None = None
        self._summaries: dict[str, dict[str, str]] = {}

    def validate(
        self,
        *,
        contents: bool = False,
        aliases: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Check the metadata that the commit would store; no network use without `contents`.

        Parameters
        ----------
        contents : bool
            Also compare the metadata with the headers of the files (see `check_files`).
        aliases, on_progress
            As for `check_files`.

        Returns
        -------
        Findings
            Errors first.

        Raises
        ------
        OptionError, ChangedError, CredentialsError, EndpointError, StorageError
            As for `check_files`.
        """
        self._check.run()
        findings = self._check.findings()
        if not contents:
            return findings
        return Findings([*findings, *self.check_files(aliases, on_progress)])

    def check_files(
        self,
        aliases: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Findings:
        """Compare the metadata with the headers of the files, as both will be after the commit.

        Network use: for each file that an element names, its header and at most three requests
        and 256 KiB beyond it, side by side. Where a file states the length of a sequence and the
        object only its MD5, the endpoint's refget service is asked for the length (of at most 64
        sequences of an object, without a credential).

        Parameters
        ----------
        aliases : mapping of str to str, optional
            Names of samples in files to the ids of their elements, such as
            ``{"NA777": "sample/s1"}``.
        on_progress : callable, optional
            Called with a `Progress` after each file, on any thread.

        Returns
        -------
        Findings
            Errors first. Their fixes can be passed to `apply_fixes`.

        Raises
        ------
        OptionError
            An alias names an element that no object has.
        ChangedError
            A file was replaced while it was read.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        known = dict(aliases or {})
        check_aliases(known, {id: {} for state in self._objects for id in state.now})  # noqa: A001
        found: list[Finding] = []
        summaries: dict[str, dict[str, str]] = {}
        for state in self._objects:
            elements = dict(state.now)  # an edit may come while the files are read
            contents = read_contents(
                state.path,
                elements,
                readable_files(state),
                nodes=state.stored.hierarchy.nodes,
                schema=self.schema,
                aliases={name: element for name, element in known.items() if element in elements},
                on_progress=on_progress,
            )
            contents = look_up_lengths(contents, state.stored.endpoint)
            found.extend(check_contents(contents))
            summaries[state.path] = contents.summaries
        self._summaries = summaries
        return Findings(found)

    def file_summaries(self, path: str | None = None) -> dict[str, str]:
        """Return what each file is, in one line, as the last `check_files` read it.

        Parameters
        ----------
        path : str, optional
            Path of the object; not needed if the draft has only one.

        Returns
        -------
        dict of str to str
            Path of a file, relative to the object, to a text such as "CRAM 3.0, 2 read groups,
            sample NA12878, GRCh38, 195 contigs, sorted, indexed". Empty before the first check.

        Raises
        ------
        OptionError, NotFoundError
            As for `elements`.
        """
        return dict(self._summaries.get(self._objects.state(path).path, {}))

    def keep_findings(self, findings: Iterable[Finding]) -> None:
        """List the findings of `check_files` in `findings` too, until their cells change.

        They replace those that were kept before. No network use.

        Parameters
        ----------
        findings : iterable of Finding
            Findings of objects of this draft.
        """
        self._check.keep(findings)

    @property
    def _check(self) -> LiveCheck:
        if self._live is None:
            self._live = LiveCheck(self._objects.states, self.schema)
        return self._live

    def watch(self) -> Watch:
        """Return a `Watch` that records which elements, files and arrays change from now on.

        A view uses it to update only what has changed. No network use.

        Returns
        -------
        Watch
        """
        return self._check.watch()

    def check(self, seconds: float | None = None) -> bool:
        """Check what has changed since the last check, and what depends on it; no network use.

        Parameters
        ----------
        seconds : float, optional
            Stop after this time; the next call continues. By default, check everything.

        Returns
        -------
        bool
            Whether everything is checked, so that `findings` equals the result of `validate`.
        """
        return self._check.run(seconds)

    @property
    def unchecked(self) -> int:
        """Number of changed elements that are not checked yet."""
        return self._check.waiting

    @property
    def findings(self) -> Findings:
        """The findings of the checks so far."""
        return self._check.findings()

    def finding_counts(self) -> tuple[dict[Severity, int], int]:
        """Count the findings of the checks so far; no network use.

        Returns
        -------
        tuple of (dict of str to int, int)
            Severity to the number of findings, and the number of findings that have a fix.
        """
        return self._check.counts, self._check.fixable

    def findings_of(self, element: ElementKey) -> tuple[Finding, ...]:
        """Return the findings of the checks so far in one element; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of Finding
        """
        state, name = self._objects.split(element)
        return self._check.of(state.path, name)

    def new_errors(self) -> Findings:
        """Return the errors that the draft adds; no network use.

        Only the elements that changed are checked, and those that link to them.

        Returns
        -------
        Findings
            The errors of changed objects that did not exist when the draft was created.
        """
        return Findings(find_new_errors(self._objects, self.schema))

    def fix_groups(self, findings: Iterable[Finding]) -> list[FixGroup]:
        """Group the findings that have a fix by kind and by the effect of the fix.

        Apply the fixes of a group with ``apply_fixes(group.findings)``. No network use.

        Parameters
        ----------
        findings : iterable of Finding
            The findings, such as those of `validate`.

        Returns
        -------
        list of FixGroup
            Fixes that only change the form of a value come first, fixes that delete come last.
        """
        return group_fixes(self._objects, findings)

    def apply_fixes(
        self, findings: Finding | Iterable[Finding] | None = None, *, code: str | None = None
    ) -> int:
        """Apply the fixes of findings as one step for `undo`; no network use.

        Parameters
        ----------
        findings : Finding or iterable of Finding, optional
            The findings; by default all that `validate` returns.
        code : str, optional
            Apply only fixes of findings of this kind.

        Returns
        -------
        int
            Number of fixes that were applied. A finding whose cell has changed since is skipped.
        """
        chosen = self.validate() if findings is None else findings
        chosen = [chosen] if isinstance(chosen, Finding) else chosen
        wanted = [finding for finding in chosen if finding.fix and code in {None, finding.code}]
        with self._steps.together():
            return FixApplication(self._objects, self, self._check).apply(wanted)
