"""Curves in bounded memory, held against plain loops over all points that there were."""

from dataclasses import asdict
from itertools import pairwise
from math import inf, isfinite, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import same
from linreg.history.curves import LONGEST_NAME, MOST_CURVES, MOST_POINTS, VERSION, Curve, Curves
from linreg.history.history import History
from linreg.history.increment import Held
from linreg.trace import Trace

Points = list[tuple[int, float]]
VALUES = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([nan, inf, -inf]))


@st.composite
def many_points(draw: st.DrawFn) -> Points:
    """Points at steps that come close or far apart, several at one, and more than are kept."""
    seed, n = draw(st.integers(0, 2**32)), draw(st.integers(1, 3 * MOST_POINTS))
    gap = draw(st.sampled_from([0.3, 1.0, 7.0, 400.0]))
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.poisson(gap, n))
    values = random.normal(size=n)
    for place, value in draw(st.lists(st.tuples(st.integers(0, n - 1), VALUES), max_size=5)):
        values[place] = value
    return list(zip(steps.tolist(), values.tolist(), strict=True))


def columns(points: Points) -> tuple[list[int], list[float]]:
    return [step for step, _ in points], [value for _, value in points]


def taken(points: Points, cuts: list[int]) -> Curve:
    curve, bounds = Curve("a"), [0, *sorted(each % len(points) for each in cuts), len(points)]
    for start, end in pairwise(bounds):
        if end > start:
            curve = curve.with_points(*columns(points[start:end]))
    return curve


def spread(values: list[float]) -> tuple[float, float, int]:
    finite = [value for value in values if isfinite(value)]
    return (min(finite), max(finite), len(finite)) if finite else (nan, nan, 0)


@given(many_points(), st.lists(st.integers(0, 10**6), max_size=6))
def test_what_is_kept_stands_for_all_points_from_there_to_the_next(points: Points, cuts: list[int]) -> None:
    curve = taken(points, cuts)
    at_step = dict(points)  # of several at one step the last
    kept = curve.points
    assert len(kept) <= MOST_POINTS
    assert (curve.n, curve.last_step) == (len(points), points[-1][0])
    assert same(curve.last, points[-1][1])
    buckets: dict[int, Points] = {}
    for step, value in points:
        buckets.setdefault(step // curve.width, []).append((step, value))
    assert len(buckets) == len(kept)
    for row, bucket in zip(kept.tolist(), buckets.values(), strict=True):
        step, value, low, high, mean, n_finite, n, _ = row
        values = [each for _, each in bucket]
        assert step == bucket[0][0]
        assert same(value, at_step[bucket[0][0]])
        assert same((low, high, n_finite), (*spread(values)[:2], float(spread(values)[2])))
        assert n == len(bucket)
        if n_finite:
            assert mean == pytest.approx(np.mean([each for each in values if isfinite(each)]), abs=1e-9, rel=1e-9)
    if curve.width > 1:  # no coarser than it must be
        assert len({step // (curve.width // 2) for step, _ in points}) > MOST_POINTS


@given(many_points(), st.lists(st.integers(0, 10**6), max_size=6))
def test_it_does_not_matter_how_the_points_came_in(points: Points, cuts: list[int]) -> None:
    one, other = taken(points, []), taken(points, cuts)
    assert (one.width, one.n) == (other.width, other.n)
    np.testing.assert_allclose(one.points, other.points, rtol=1e-9, atol=1e-9)


@given(many_points(), st.integers(1, 500), st.integers(0, 10**6))
def test_a_series_loses_no_spike_and_shows_nothing_that_is_to_come(points: Points, n: int, until: int) -> None:
    curve = taken(points, [])
    until %= points[-1][0] + 1
    series = curve.series(n, until)
    assert len(series) <= n
    assert (series.first <= series.last).all()
    assert (np.diff(series.first) > 0).all()
    assert (series.last <= until).all()
    if curve.width == 1:
        low, high, _ = spread([value for step, value in points if step <= until])
        assert same(
            (float(np.fmin.reduce(series.low, initial=nan)), float(np.fmax.reduce(series.high, initial=nan))),
            (low, high),
        )
        assert series.broken.any() == any(not isfinite(value) for step, value in points if step <= until)


def test_a_curve_with_a_point_at_every_step_keeps_multiples_as_the_epochs_do() -> None:
    curve = Curve("a").with_points(np.arange(100_000), np.arange(100_000.0))
    steps = curve.steps
    assert curve.width == 64
    assert (steps[:-1] == np.arange(0, 100_000, 64)).all()
    assert steps[-1] == 99_999
    assert (curve.values == steps).all()
    assert curve.newest(64_010) == (64_000, 64_000.0)
    assert curve.newest(10**9) == (99_999, 99_999.0)
    assert curve.newest(-1)[0] == -1


def test_steps_that_threads_hand_over_out_of_order_are_put_in_order() -> None:
    curve = Curve("a").with_points([3, 2, 5], [1.0, 2.0, 3.0]).with_points([4], [4.0])
    assert curve.steps.tolist() == [3, 5]
    assert curve.values.tolist() == [2.0, 4.0]


def test_there_are_only_so_many_curves_and_names_are_only_so_long() -> None:
    curves = Curves()
    for number in range(MOST_CURVES + 3):
        curves.add(f"curve {number}", [0], [float(number)])
    curves.add("curve 1", [1], [0.0])
    assert len(curves) == MOST_CURVES
    assert curves.n_left_out == 3
    assert [curve.n for curve in curves][:3] == [1, 2, 1]
    long = Curves()
    long.add("n" * 10**6, [0], [1.0])
    assert [len(curve.name) for curve in long] == [LONGEST_NAME]


@given(many_points(), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_a_copy_that_is_told_now_and_then_becomes_the_same(points: Points, cuts: list[int]) -> None:
    original, copy, held = Curves(), Curves(), 0
    bounds = [0, *sorted(each % len(points) for each in cuts), len(points)]
    for number, (start, end) in enumerate(pairwise(bounds)):
        if end > start:
            original.add("ab"[number % 2], *columns(points[start:end]))
        if number % 3 != 2:  # and sometimes two at once
            pieces, held = original.since(held)
            before = copy.version
            copy.follow(pieces)
            assert copy.version == before + 1
    copy.follow(original.since(held)[0])
    assert same([asdict(curve) for curve in original], [asdict(curve) for curve in copy])
    assert original.since(original.version) == ((), original.version)


def test_what_has_not_changed_is_not_told_again() -> None:
    curves = Curves()
    curves.add("still", np.arange(1000), np.zeros(1000))
    curves.add("moving", np.arange(1000), np.zeros(1000))
    _, held = curves.since(0)
    curves.add("moving", [1000], [1.0])
    (piece,), _ = curves.since(held)
    assert (piece.number, piece.first, len(piece.points)) == (1, 999, 2)
    assert (piece.points[:, VERSION] == 3).all()


def test_a_history_hands_its_curves_on_with_its_epochs() -> None:
    history, copy = History(1), History(1)
    history.add(Trace(0, np.zeros(3), np.zeros((3, 1)), 0.1))
    history.curves.add("a", [2], [5.0])
    first = history.since(Held(), most=100, latest=100)
    copy.follow(first)
    assert [(curve.name, curve.last) for curve in copy.curves] == [("a", 5.0)]
    assert history.since(first.held, most=100, latest=100).curves == ()


@given(many_points(), st.integers(1, 60), st.one_of(st.none(), st.integers(0, 2000)))
def test_a_bucket_of_a_series_ends_at_its_last_point_or_where_those_that_were_merged_could_be(
    points: Points, n_buckets: int, until: int | None
) -> None:
    curve = taken(points, [])
    series, end = curve.series(n_buckets, until), points[-1][0] if until is None else min(until, points[-1][0])
    assert len(series.first) <= n_buckets
    steps = np.array([step for step, _ in points])
    followings = [*series.first[1:], end + 1][: len(series.first)]
    for first, last, following in zip(series.first, series.last, followings, strict=True):
        assert first <= last < following
        inside = steps[(steps >= first) & (steps < following)]
        assert inside[0] == first
        assert inside[-1] <= last < inside[-1] + curve.width
        if (inside == inside[-1]).all() and curve.width == 1:
            assert last == first


def test_there_is_room_for_so_many_curves_and_the_others_are_counted() -> None:
    curves = Curves()
    for number in range(MOST_CURVES + 3):
        curves.add(f"c{number}", [0, 1], [number, number])
    assert curves.n_left_out == 3
    curves.add("c0", [2], [5.0])
    curves.add(f"c{MOST_CURVES}", [2], [5.0])
    assert curves.n_left_out == 3


def test_a_curve_begins_without_a_point() -> None:
    curve = Curve("a")
    assert (curve.width, curve.n, curve.last_step, isnan(curve.last)) == (1, 0, -1, True)
    assert (curve.points.shape, curve.steps.tolist(), curve.values.tolist()) == ((0, 8), [], [])
    assert len(curve.series(10)) == 0
    assert curve.since(0, 3) is None
    step, value = curve.newest(10)
    assert (step, isnan(value)) == (-1, True)
