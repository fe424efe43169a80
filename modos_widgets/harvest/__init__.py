"""Many objects: list them and read their metadata into one DataFrame."""
