"""A transfer under way, as a person holds it."""

from __future__ import annotations

import dataclasses
from concurrent.futures import CancelledError as FutureCancelledError
from typing import TYPE_CHECKING, Any

from modos_widgets.bulk import loop, start
from modos_widgets.errors import CancelledError
from modos_widgets.transport.engine import Engine
from modos_widgets.transport.plan import Plan, make_plan, table
from modos_widgets.transport.progress import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    import pandas as pd

    from modos_widgets.storage.copying.ends import End
    from modos_widgets.transport.progress import Progress

__all__ = ["Transfer"]


class Transfer:
    """Objects on their way; made by `modos_widgets.transfer`.

    The work goes on in the background. Run the same transfer again after a crash: only what
    is missing is moved, large files from the part on where they were cut off.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[End, End]],
        *,
        workers: int,
        verify: bool,
        overwrite: bool,
        on_progress: Callable[[Progress], object] | None,
        client: Any = None,
    ) -> None:
        self._pairs = tuple(pairs)
        self._plan: Plan | None = None
        self._overwrite = overwrite
        self._client = client
        self._engine = Engine(
            workers=workers, verify=verify, overwrite=overwrite, on_progress=on_progress
        )
        self._future: Future[None] = start(self._run())

    async def _run(self) -> None:
        try:
            self._plan = await make_plan(self._pairs)
            if not self._overwrite:
                self._plan.refuse_overwriting()
        except Exception:
            self._engine.state = "failed"
            raise
        self._engine.prepare(self._plan)
        if self._client is not None:
            from modos_widgets.transport.cluster import copy_on  # noqa: PLC0415 - an extra

            await copy_on(
                self._client,
                self._plan,
                workers=self._engine.workers,
                verify=self._engine.verify,
                overwrite=self._overwrite,
                arrived=self._engine.take,
            )
        await self._engine.run(self._plan)

    @property
    def plan(self) -> Plan | None:
        """What is being done; None while source and target are still compared."""
        return self._plan

    @property
    def progress(self) -> Progress:
        """How far it is; never touches the network."""
        return self._engine.progress()

    @property
    def report(self) -> pd.DataFrame:
        """What became of each file so far.

        Returns
        -------
        pandas.DataFrame
            Columns ``path``, ``bytes``, ``checksum``, ``outcome``, ``detail``; sorted by
            path. An empty checksum means that only the size was compared.
        """
        rows = sorted(self._engine.snapshot(), key=lambda one: one.path)
        names = [field.name for field in dataclasses.fields(Outcome)]
        return table([dataclasses.astuple(row) for row in rows], names)

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._future.done()

    def wait(self, timeout: float | None = None) -> pd.DataFrame:
        """Wait until it has ended; a keyboard interrupt leaves it going.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Returns
        -------
        pandas.DataFrame
            The `report`.

        Raises
        ------
        ModosError
            What kept it from succeeding; the report tells more.
        CancelledError
            It was cancelled.
        TimeoutError
            The time is up; it goes on.
        """
        try:
            self._future.result(timeout)
        except FutureCancelledError:
            raise CancelledError(
                "The transfer was cancelled.", "Run it again: what has arrived is kept."
            ) from None
        return self.report

    def cancel(self) -> None:
        """Stop; what has arrived stays, and a target that was no object is none yet."""
        if not self._future.done():
            self._engine.state = "cancelled"
            self._future.cancel()

    def pause(self) -> None:
        """Begin no further file; those under way end."""
        self._engine.pause(loop.running())

    def resume(self) -> None:
        """Go on after `pause`."""
        self._engine.resume(loop.running())

    def when_done(self, callback: Callable[[Transfer], object]) -> None:
        """Call `callback` with this handle when it has ended, on whatever thread ends it."""
        self._future.add_done_callback(lambda _: callback(self))

    @property
    def problem(self) -> BaseException | None:
        """What kept it from succeeding; None while it goes on, is cancelled or succeeded."""
        if not self._future.done() or self._future.cancelled():
            return None
        return self._future.exception()

    def __repr__(self) -> str:
        """Say how far it is."""
        now = self.progress
        return f"<Transfer {now.state}: {now.files_done} of {now.files} files>"
