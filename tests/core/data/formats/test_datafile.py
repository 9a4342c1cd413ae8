"""How parts are dealt out to several processes, against going through them one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.columns import Columns
from linreg.data.formats.datafile import WHOLE, Share, nothing, progress

RANKS = st.integers(1, 7)
PARTS = st.integers(0, 40)


@given(RANKS, PARTS)
def test_each_part_is_read_by_one_rank_in_turn_or_in_runs_as_long(n_ranks: int, n_parts: int) -> None:
    shares = [Share(rank, n_ranks) for rank in range(n_ranks)]
    assert [[share.takes(part) for share in shares].index(True) for part in range(n_parts)] == [
        part % n_ranks for part in range(n_parts)
    ]
    parts = [f"part {number}" for number in range(n_parts)]
    for share in shares:
        assert list(share.dealt(parts)) == [part if share.takes(number) else None for number, part in enumerate(parts)]
    runs = [share.run(n_parts) for share in shares]
    assert [part for run in runs for part in run] == list(range(n_parts))
    assert max(map(len, runs)) - min(map(len, runs)) <= 1


@given(RANKS, PARTS, PARTS)
def test_what_comes_behind_other_parts_is_numbered_on(n_ranks: int, n_before: int, part: int) -> None:
    for rank in range(n_ranks):
        assert Share(rank, n_ranks).after(n_before).takes(part) == Share(rank, n_ranks).takes(n_before + part)


@given(st.integers(2, 7), st.integers(0, 500), st.integers(1, 60), st.integers(1, 60))
def test_parts_deal_out_a_file_evenly_and_are_neither_too_large_nor_too_small(
    n_ranks: int, total: int, size: int, least: int
) -> None:
    n_each = next(count for count in range(total + 1) if count * n_ranks * size >= total)  # parts that a rank needs
    even = next(count for count in range(total + 1) if count * max(1, n_each * n_ranks) >= total)
    found = Share(n_ranks - 1, n_ranks).part_size(total, size, least)
    assert found == max(even, least)
    assert even <= size
    assert WHOLE.part_size(total, size, least) == size


def test_progress_is_of_the_own_parts() -> None:
    assert [progress(range(2, 6), part) for part in range(8)] == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert progress(range(3, 3), 0) == 1


@pytest.mark.parametrize(("target", "width"), [(None, 2), (2, 3)])
def test_of_a_part_that_another_reads_there_are_no_rows(target: int | None, width: int) -> None:
    values, n_dropped = nothing(Columns("a.csv", ("x", "z", "y"), (0, 1), target, True, False))
    assert (values.shape, n_dropped) == ((0, width), 0)
