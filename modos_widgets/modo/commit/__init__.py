"""Commit a draft, list commits, and undo one."""
