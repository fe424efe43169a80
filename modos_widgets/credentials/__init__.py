"""S3 options in both spellings, where they come from, and keys that renew themselves."""

from __future__ import annotations

from modos_widgets.credentials.cache import cache_folder, write_private

__all__ = ["cache_folder", "write_private"]
