"""Entry point of ``python -m modos_widgets``: the command line."""

from __future__ import annotations

import sys

from modos_widgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
