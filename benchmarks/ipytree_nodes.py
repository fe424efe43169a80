"""One ipytree node for every node of a made-up store, by the peers' Python.

    python -m benchmarks.ipytree_nodes <nodes>

The names are given, so that nothing is read; without a kernel no message is sent either. Prints the
seconds it took. `benchmarks/tree.py` runs it.
"""

from __future__ import annotations

import importlib
import sys
import time

from benchmarks.endless_s3 import children, name_of


def names(path: str) -> list[str]:
    """Give the names in a group of the made-up server."""
    number, called = children(path) or (0, "")
    return [name_of(called, place) for place in range(number)]


def build(root: str) -> float:
    """Make the tree; give the seconds that it took."""
    ipytree = importlib.import_module("ipytree")
    levels = {name: names(f"{root}/{name}") for name in names(root)}
    begin = time.perf_counter()
    groups = [
        ipytree.Node(name, nodes=[ipytree.Node(each) for each in below])
        for name, below in levels.items()
    ]
    ipytree.Tree(nodes=[ipytree.Node(root, nodes=groups)])
    return time.perf_counter() - begin


if __name__ == "__main__" and len(sys.argv) > 1:
    print(f"{build(f'balanced-{sys.argv[1]}'):.2f}")
