"""One object as a curator sees it: hierarchy, frame, schema, draft, commit, undo."""
