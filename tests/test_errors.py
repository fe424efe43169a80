"""The error tree is what its docstring draws."""

from __future__ import annotations

import builtins
import pickle
import re

import pytest

from modos_widgets import errors


def test_drawn_tree_is_the_real_tree() -> None:
    drawn: set[str] = set()
    parents = {0: errors.ModosError}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│ ]*)[├└]── (\w+) +(?:([A-Z]\w+Error) +)?\S", line)
        if found is None:
            continue
        depth = len(found[1]) // 4 + 1
        error = getattr(errors, found[2])
        parents[depth] = error
        drawn.add(found[2])
        assert parents[depth - 1] in error.__bases__, line
        if found[3]:
            assert issubclass(error, getattr(builtins, found[3])), line
    assert drawn == set(errors.__all__) - {"ModosError"}


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_carries_message_and_hint(name: str) -> None:
    error = getattr(errors, name)("It broke.", "Mend it.")
    assert isinstance(error, errors.ModosError)
    assert str(error) == "It broke. Mend it."
    assert (error.message, error.hint) == ("It broke.", "Mend it.")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (again.message, again.hint) == ("It broke.", "Mend it.")
    assert getattr(error, "errno", None) is None


def test_no_message_moves_the_cursor_of_a_terminal() -> None:
    error = errors.PathError("a\x1b[2Jb\rc\x9bd is no é path.", "Two\n\tlines.")
    assert str(error) == r"a\x1b[2Jb\x0dc\x9bd is no é path." + " Two\n\tlines."
    assert error.message == "a\x1b[2Jb\rc\x9bd is no é path."
