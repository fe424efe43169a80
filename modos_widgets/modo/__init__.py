"""One object as a curator sees it."""
