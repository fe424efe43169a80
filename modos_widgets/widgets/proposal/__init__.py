"""Review of proposed changes, cell by cell, for any widget that shows a draft."""

from modos_widgets.widgets.proposal.review import ProposalReview

__all__ = ["ProposalReview"]
