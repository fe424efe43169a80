"""The metadata schema: its classes, their slots, and the values that a slot may have."""
