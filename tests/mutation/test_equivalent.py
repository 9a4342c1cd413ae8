"""What is said of a line is said of one that is there."""

from pathlib import Path

import pytest

from mutation.equivalent import EQUIVALENT

TREE = Path(__file__).parents[2]


@pytest.mark.parametrize(("path", "was"), [(path, was) for path, was, _ in EQUIVALENT])
def test_a_line_of_which_a_change_is_named_is_in_its_file(path: str, was: str) -> None:
    lines = [line.strip() for line in (TREE / path).read_text(encoding="utf-8").splitlines()]
    assert set(was.split("\n")) <= set(lines)
