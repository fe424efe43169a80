"""An embedded deployment to try the widgets on, with sample objects."""

from __future__ import annotations

from modos_widgets.demo.deployment import Deployment, start
from modos_widgets.demo.faults import SEEDED_FAULTS, Fault
from modos_widgets.demo.for_notebooks import start_unless_live

__all__ = ["SEEDED_FAULTS", "Deployment", "Fault", "start", "start_unless_live"]
