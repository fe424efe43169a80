"""The state of one object within a draft."""
