"""Review of proposed changes, cell by cell, for any widget that shows a draft."""

from modos_widgets.widgets.proposal.file import proposal_file
from modos_widgets.widgets.proposal.review import ProposalReview, proposed_changes

__all__ = ["ProposalReview", "proposal_file", "proposed_changes"]
