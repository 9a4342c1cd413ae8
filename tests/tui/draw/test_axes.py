"""Round values beside an axis, and where values lie along it."""

from math import isclose, log10

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linreg_tui.draw.axes import Axis, Tick, linear_ticks, log_ticks, round_up

VALUE = st.floats(-1e300, 1e300, allow_subnormal=False)
ABOVE_0 = st.floats(1e-300, 1e300)
MOST = st.integers(1, 12)


def read(label: str) -> float:
    return float(label.replace("−", "-"))


def check(ticks: list[Tick], low: float, high: float, most: int) -> None:
    assert len(ticks) <= most
    assert all(low <= tick.value <= high for tick in ticks)
    assert [read(tick.label) for tick in ticks] == [tick.value for tick in ticks]
    assert len({tick.label for tick in ticks}) == len(ticks)
    assert sorted(tick.value for tick in ticks) == [tick.value for tick in ticks]


def spans(low: float, high: float) -> bool:
    """Whether two bounds differ by more than rounding."""
    return high / 2 - low / 2 > 1e-6 * max(abs(low), abs(high), 1e-290)


@given(VALUE, VALUE, MOST)
def test_linear_ticks_are_inside_evenly_spaced_and_exactly_labelled(low: float, high: float, most: int) -> None:
    low, high = min(low, high), max(low, high)
    assume(spans(low, high))

    ticks = linear_ticks(low, high, most)

    check(ticks, low, high, most)
    steps = np.diff([tick.value / 4 for tick in ticks])
    assert np.allclose(steps, steps[:1], rtol=1e-6) or len(steps) < 2


@given(VALUE, VALUE, st.integers(3, 12))
def test_there_are_never_too_few_linear_ticks(low: float, high: float, most: int) -> None:
    low, high = min(low, high), max(low, high)
    assume(spans(low, high))

    assert len(linear_ticks(low, high, most)) >= most // 3


@given(ABOVE_0, ABOVE_0, MOST)
def test_log_ticks_are_inside_and_exactly_labelled(low: float, high: float, most: int) -> None:
    low, high = min(low, high), max(low, high)
    assume(spans(low, high))

    check(log_ticks(low, high, most), low, high, most)


@given(st.integers(-280, 250), st.integers(4, 50), st.integers(2, 12))
def test_over_many_powers_of_ten_log_ticks_are_powers_evenly_spaced(first: int, n_powers: int, most: int) -> None:
    ticks = log_ticks(float(f"1e{first}"), float(f"1e{first + n_powers}"), most)

    powers = [log10(tick.value) for tick in ticks]
    assert powers
    assert np.allclose(powers, np.round(powers))
    assert len(set(np.diff(np.round(powers)))) <= 1


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (0, 1, 6, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-1, 1, 5, ["−1", "−0.5", "0", "0.5", "1"]),
        (0, 3e6, 4, ["0", "1e6", "2e6", "3e6"]),
        (0, 250_000, 3, ["0", "100000", "200000"]),
        (1.5e-7, 3.6e-7, 5, ["1.5e−7", "2e−7", "2.5e−7", "3e−7", "3.5e−7"]),
        (1e6, 1e6 + 2, 3, ["1e6", "1000001", "1000002"]),
    ],
)
def test_linear_labels_have_the_digits_they_deserve(low: float, high: float, most: int, labels: list[str]) -> None:
    assert [tick.label for tick in linear_ticks(low, high, most)] == labels


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (0.1, 2, 8, ["0.1", "0.2", "0.5", "1", "2"]),
        (1e-30, 1, 5, ["1e−30", "1e−20", "1e−10", "1"]),
        (0.001, 1000, 7, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        (2.9e-9, 7.1e-9, 6, ["3e−9", "4e−9", "5e−9", "6e−9", "7e−9"]),
    ],
)
def test_log_labels_go_far_below_a_tenth(low: float, high: float, most: int, labels: list[str]) -> None:
    assert [tick.label for tick in log_ticks(low, high, most)] == labels


@given(VALUE, VALUE)
def test_a_linear_axis_shows_both_values(one: float, other: float) -> None:
    axis = Axis.around(min(one, other), max(one, other))

    assert axis.low < axis.high
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in axis.share([one, other]))


@given(ABOVE_0, ABOVE_0)
def test_a_log_axis_shows_both_values(one: float, other: float) -> None:
    axis = Axis.around(min(one, other), max(one, other), log=True)

    assert 0 < axis.low < axis.high
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in axis.share([one, other]))


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-300, 5e-324, 1.7e308])
def test_a_single_value_gets_an_axis_around_it(value: float) -> None:
    axis = Axis.around(value, value)

    assert axis.low < axis.high
    assert 0 <= float(axis.share(value)) <= 1


def test_an_axis_grows_in_steps_while_a_value_creeps() -> None:
    linear = {Axis.around(0.0, 1.0 + step / 1000) for step in range(1000)}
    log = {Axis.around(10 ** (-20 * step / 1000), 1.0, log=True) for step in range(1001)}

    assert len(linear) <= 10
    assert len(log) <= 25


def test_shares_are_even_on_a_linear_axis_and_even_in_powers_on_a_log_axis() -> None:
    assert Axis(-2, 2).share([-2, -1, 0, 2, 6]).tolist() == [0, 0.25, 0.5, 1, 2]
    assert np.allclose(Axis(1e-4, 1, log=True).share([1e-4, 1e-3, 1e-2, 1, 100]), [0, 0.25, 0.5, 1, 1.5])
    assert Axis(-1e308, 1.5e308).share([-1e308, 1.5e308]).tolist() == [0, 1]


def test_on_a_log_axis_what_is_not_above_0_is_below_everything_and_nan_stays() -> None:
    shares = Axis(1e-4, 1, log=True).share([0.0, -1.0, np.nan, np.inf])

    assert shares[:2].tolist() == [-np.inf, -np.inf]
    assert np.isnan(shares[2])
    assert shares[3] == np.inf


@pytest.mark.parametrize(
    ("number", "nice"), [(1, 1), (2, 2), (3, 5), (5, 5), (6, 10), (10, 10), (11, 20), (1234, 2000), (50_001, 100_000)]
)
def test_a_count_is_rounded_up(number: int, nice: int) -> None:
    assert round_up(number) == nice


def test_no_ticks_are_given_where_there_is_no_room() -> None:
    assert Axis(0, 1).ticks(0) == []
    assert isclose(Axis(0, 1).ticks(1)[0].value, 0) or Axis(0, 1).ticks(1)[0].value == 1
