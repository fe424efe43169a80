"""Embedded deployment with sample objects, to try the widgets."""

from __future__ import annotations

from modos_widgets.demo.deployment import OWN_VARIABLES, Deployment, start, start_unless_live
from modos_widgets.demo.faults import SEEDED_FAULTS, Fault

__all__ = ["OWN_VARIABLES", "SEEDED_FAULTS", "Deployment", "Fault", "start", "start_unless_live"]
