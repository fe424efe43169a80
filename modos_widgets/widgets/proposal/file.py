"""The file with the changes of a draft, for someone else to review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError

if TYPE_CHECKING:
    from modos_widgets.modo import Draft
    from modos_widgets.widgets.wire import ProposalAnswer

__all__ = ["proposal_file"]

_LARGEST: Final = 8 * 2**20  # characters; larger messages may not reach the page


def proposal_file(draft: Draft) -> ProposalAnswer:
    """Return the name and the text of the file.

    Raises
    ------
    OptionError
        The text is too large for a message to the page.
    """
    text = draft.to_json()
    if len(text) > _LARGEST:
        raise OptionError(
            "The changes are too large to download.", "Save them in code: draft.to_json()."
        )
    names = sorted({change.path.rstrip("/").rpartition("/")[2] for change in draft.changes()})
    first = names[0] if names else draft.modos[0].id
    more = f"-and-{len(names) - 1}-more" if len(names) > 1 else ""
    return {"name": f"{first[:80]}{more}.changes.json", "text": text}
