"""Copy objects: plan, progress, resume, verify, report."""

from __future__ import annotations

from modos_widgets.transport.handle import Transfer
from modos_widgets.transport.moving import WORKERS, compare, transfer
from modos_widgets.transport.plan import Plan
from modos_widgets.transport.progress import Outcome, Progress

__all__ = ["WORKERS", "Outcome", "Plan", "Progress", "Transfer", "compare", "transfer"]
