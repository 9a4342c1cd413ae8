"""What is said of a line is said of one that is there."""

from pathlib import Path

import pytest

from mutation.equivalent import EQUIVALENT, SIZES

TREE = Path(__file__).parents[2]


@pytest.mark.parametrize(("path", "was"), [(path, was) for path, was, _ in EQUIVALENT])
def test_a_line_of_which_a_change_is_named_is_in_its_file(path: str, was: str) -> None:
    lines = [line.strip() for line in (TREE / path).read_text(encoding="utf-8").splitlines()]
    assert set(was.split("\n")) <= set(lines)


@pytest.mark.parametrize("path", SIZES)
def test_a_size_is_set_in_its_file(path: str) -> None:
    set_there = {line.partition(" = ")[0] for line in (TREE / path).read_text(encoding="utf-8").splitlines()}
    assert set(SIZES[path]) <= set_there
