"""Lengths drawn with characters."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_tui.text.gauge import path_line, progress_bar, rate_gauge, sparkline, verdict, verdict_style


@given(st.floats(allow_nan=False), st.integers(1, 200))
def test_a_progress_bar_is_as_wide_as_it_was_asked_to_be(share: float, width: int) -> None:
    done, left = progress_bar(share, width)
    assert len(done + left) == width
    assert (done == "") <= (share < 1)


@pytest.mark.parametrize(("share", "bar"), [(0, "────"), (0.13, "╸───"), (0.5, "━━──"), (0.999, "━━━╸"), (1, "━━━━")])
def test_a_bar_grows_by_halves_and_is_full_only_at_the_end(share: float, bar: str) -> None:
    assert "".join(progress_bar(share, 4)) == bar


@given(st.floats(0, 10), st.integers(4, 60))
def test_the_mark_is_beyond_the_end_exactly_if_the_rate_is(share: float, width: int) -> None:
    gauge = rate_gauge(share, width)
    text = gauge.before + gauge.mark + gauge.after
    assert len(text) == width + 1
    assert text[0] == "├"
    assert (text.index("●") > text.index("┤")) == (share > 1)


def test_the_mark_is_where_the_share_says() -> None:
    places = [len(rate_gauge(share, 12).before) for share in (0, 0.25, 0.5, 0.99, 1)]
    assert places == [1, 3, 6, 10, 10]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0152, "safe, slow"),
        (0.5, "safe"),
        (0.95, "near the edge"),
        (1.0, "near the edge"),
        (1.0001, "diverging"),
        (inf, "diverging"),
    ],
)
def test_a_share_of_the_limit_has_its_word(share: float, words: str) -> None:
    assert verdict(share) == words


def test_a_sparkline_goes_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6]) == "▁▂▃▄▅▆▇"
    assert sparkline([6, 0, 3]) == "▇▁▄"
    assert sparkline([2, 2, 2]) == "▄▄▄"
    assert sparkline([0, 3, 6], plain=True) == "_-#"


def test_what_is_no_number_is_left_blank_in_a_sparkline() -> None:
    assert sparkline([0, nan, inf, 6]) == "▁  ▇"
    assert sparkline([nan, nan]) == "  "
    assert sparkline([]) == ""


@given(st.lists(st.floats(), max_size=30))
def test_any_numbers_have_a_sparkline(values: list[float]) -> None:
    assert len(sparkline(values)) == len(values)


def test_the_verdict_has_a_colour_beside_its_word() -> None:
    for share, word, style in (
        (0.1, "safe, slow", "good"),
        (0.95, "near the edge", "warning"),
        (1.2, "diverging", "bad"),
    ):
        assert (verdict(share), verdict_style(share)) == (word, style)


def test_a_path_goes_to_the_edge_once_half_of_it_is_there_and_skips_no_value() -> None:
    for n in range(1, 13):
        line = path_line([float(value) for value in range(n)], 12)
        assert len(line) == 12
        assert (line[-1] == " ") == (n < 6)
        if n > 1:
            assert (line[0], line.rstrip()[-1]) == ("▁", "▇")
            assert len(set(line.rstrip())) == min(n, 7)
            assert list(line.rstrip()) == sorted(line.rstrip())
