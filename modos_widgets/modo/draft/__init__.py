"""Changes to objects before a commit."""
