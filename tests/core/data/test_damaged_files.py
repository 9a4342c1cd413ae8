"""A hundred damaged files of each format are read or refused; ``python tests/damaged_files.py`` tries thousands."""

from pathlib import Path

import pytest

import damaged_files


@pytest.mark.parametrize("seed", [0])
def test_damaged_files_are_read_or_refused_without_a_word_of_a_library(seed: int, tmp_path: Path) -> None:
    endings = [(ending, ended.split()[0]) for ending, ended in damaged_files.damaged(tmp_path, 100, seed)]
    assert {word for _, word in endings} == {"read", "refused"}
    assert {ending for ending, word in endings if word == "read"} == set(damaged_files.originals())
