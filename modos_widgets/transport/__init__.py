"""Copy objects: plan, progress, resume, verify, report."""

from __future__ import annotations

from modos_widgets.transport.handle import Transfer
from modos_widgets.transport.moving import compare, transfer
from modos_widgets.transport.plan import Plan
from modos_widgets.transport.progress import Outcome, Progress

__all__ = ["Outcome", "Plan", "Progress", "Transfer", "compare", "transfer"]
