"""The command line: modos-widgets demo."""
