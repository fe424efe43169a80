"""Copy objects: plan, progress, resume, verify, report."""

from __future__ import annotations

from modos_widgets.progress import Progress
from modos_widgets.transport.outcome import Outcome
from modos_widgets.transport.plan import Plan
from modos_widgets.transport.transfers import WORKERS, Transfer, compare, transfer

__all__ = ["WORKERS", "Outcome", "Plan", "Progress", "Transfer", "compare", "transfer"]
