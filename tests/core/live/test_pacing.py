"""When epochs are due, by a clock that only the test moves."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.live.pacing import Pacing, default_speed


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("n_epochs", "speed"), [(1, 1), (10, 1), (21, 2), (75, 10), (101, 10), (1001, 100), (3001, 200), (10**7, 10**6)]
)
def test_a_run_lasts_about_ten_seconds(n_epochs: int, speed: float) -> None:
    assert default_speed(n_epochs) == pytest.approx(speed)


@pytest.mark.parametrize("speed", [1.0, 3.0, 50.0, 300.0, 100_000.0])
def test_epochs_come_evenly_and_as_many_as_were_asked_for(speed: float) -> None:
    clock = Clock()
    pacing = Pacing(speed, 1, clock)
    pacing.start(-1)
    epoch, waits = -1, []
    while clock.now < 120:
        wait = pacing.seconds_to_next()
        waits.append(wait)
        clock.now += wait
        n_epochs = pacing.due(epoch)
        epoch += n_epochs
        pacing.ran(n_epochs, n_epochs * 1e-7, epoch)
    assert epoch == pytest.approx(20 * speed, rel=0.01, abs=2)
    steady = waits[20:] or waits[2:]
    assert max(steady) - min(steady) < 0.04
    assert min(steady) >= min(0.02, 1 / speed)
    assert pacing.pace == pytest.approx(speed, rel=0.1)


@pytest.mark.parametrize("speed", [1.0, 2.0, 10.0, 100.0])
def test_the_pace_is_never_above_the_speed_not_even_at_the_start(speed: float) -> None:
    clock, epoch = Clock(), -1
    pacing = Pacing(speed, 1, clock)
    pacing.start(epoch)
    for n_blocks in range(10):
        clock.now += pacing.seconds_to_next()
        n_epochs = pacing.due(epoch)
        epoch += n_epochs
        pacing.ran(n_epochs, n_epochs * 1e-7, epoch)
        assert pacing.pace == pytest.approx(speed if n_blocks else 0.0, rel=0.05)


def test_a_slow_engine_does_not_make_up_for_lost_time() -> None:
    clock = Clock()
    pacing = Pacing(1000.0, 1, clock)
    pacing.start(-1)
    epoch = -1
    for _ in range(100):
        n_epochs = pacing.due(epoch)
        clock.now += n_epochs * 0.1
        epoch += n_epochs
        pacing.ran(n_epochs, n_epochs * 0.1, epoch)
        assert n_epochs == 1
        assert pacing.seconds_to_next() == 0
    clock.now += 5
    pacing.due(epoch)
    assert pacing.due(epoch) == 1


def test_flat_out_a_block_is_as_long_as_nobody_minds() -> None:
    clock = Clock()
    pacing = Pacing(inf, 1, clock)
    epoch = -1
    for _ in range(20):
        n_epochs = pacing.due(epoch)
        epoch += n_epochs
        clock.now += n_epochs * 1e-5
        pacing.ran(n_epochs, n_epochs * 1e-5, epoch)
    assert pacing.block == pytest.approx(2000, rel=0.01)
    assert pacing.seconds_to_next() == 0
    assert pacing.pace == pytest.approx((epoch + 1) / (clock.now - 100))  # from before the first


def test_a_fast_engine_makes_up_for_a_wait_that_was_too_long() -> None:
    clock = Clock()
    pacing = Pacing(100.0, 1, clock)
    pacing.start(-1)
    epoch = -1
    for n_epochs in (1, 8, 64, 512):
        pacing.ran(n_epochs, 1e-7, epoch)
    assert pacing.block > 100
    clock.now += 0.7
    for _ in range(50):
        n_epochs = pacing.due(epoch)
        epoch += n_epochs
        pacing.ran(n_epochs, 1e-7, epoch)
        assert epoch == pytest.approx(100 * (clock.now - 100), abs=1.5)
        clock.now += pacing.seconds_to_next()


@pytest.mark.parametrize("speed", [inf, 10.0])
@given(blocks=st.lists(st.tuples(st.sampled_from([0.125, 0.25, 0.5, 1.25]), st.integers(0, 300)), max_size=20))
def test_the_pace_is_that_of_the_last_second_or_so(speed: float, blocks: list[tuple[float, int]]) -> None:
    clock, epoch = Clock(), 400
    pacing = Pacing(speed, 1, clock)
    pacing.start(epoch)
    seen = [(clock.now, epoch)] if speed == inf else []
    assert pacing.pace == 0
    for seconds, n_epochs in blocks:
        clock.now += seconds
        epoch += n_epochs
        pacing.ran(n_epochs, seconds, epoch)
        seen.append((clock.now, epoch))
        if n_epochs:
            assert pacing.seconds_an_epoch == seconds / n_epochs
        # of those a second ago or longer the newest, but of the last two always the one before
        old = [each for each in seen[:-1] if each[0] < clock.now - 1]
        start, first = old[-1] if old else seen[0]
        wanted = (epoch - first) / (clock.now - start) if len(seen) > 1 else 0.0
        assert pacing.pace == pytest.approx(wanted)


def test_a_clock_that_stands_still_and_a_run_that_goes_back_have_no_pace() -> None:
    clock = Clock()
    pacing = Pacing(inf, 1, clock)
    pacing.start(400)
    pacing.ran(100, 1e-7, 500)
    assert pacing.pace == 0
    clock.now += 0.5
    pacing.ran(100, 0.5, 300)
    assert pacing.pace == 0


def test_epochs_that_are_due_are_those_of_the_time_that_has_gone_by() -> None:
    clock = Clock()
    pacing = Pacing(10.0, 1, clock)
    for n_epochs in (1, 8, 64, 512):
        pacing.ran(n_epochs, 1e-7, 0)
    pacing.start(499)
    due, epoch = [], 499
    for now in (0.0, 0.0999999999, 0.25, 0.2999, 0.3, 0.5):
        clock.now = 100 + now
        due.append(pacing.due(epoch))
        epoch += due[-1]
    assert due == [1, 1, 1, 1, 1, 1]
    assert pacing.seconds_to_next() == pytest.approx(0.1)
    clock.now = 100.95
    assert pacing.due(epoch) == 4
    assert pacing.seconds_to_next() == pytest.approx(0.05)
    clock.now += 7.0
    assert pacing.seconds_to_next() == 0.0


def test_a_speed_of_many_epochs_a_second_has_them_come_together() -> None:
    clock = Clock()
    pacing = Pacing(1000.0, 1, clock)
    for n_epochs in (1, 8, 64, 512):
        pacing.ran(n_epochs, 1e-7, -1)
    pacing.start(-1)
    assert pacing.due(-1) == 1
    assert pacing.seconds_to_next() == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("late", "wait"), [(0.0, 0.03), (0.001, 0.03), (0.2, 0.0), (0.249, 0.0), (0.251, 0.03), (9.0, 0.03)]
)
def test_what_is_late_by_a_quarter_of_a_second_stays_late_and_less_is_made_up_for(late: float, wait: float) -> None:
    clock = Clock()
    pacing = Pacing(1000.0, 1, clock)
    assert pacing.block == 1
    pacing.start(-1)
    clock.now += late
    assert pacing.due(-1) == 1
    assert pacing.seconds_to_next() == pytest.approx(wait, abs=1.1e-3)
    pacing.start(-1)
    assert pacing.due(-1) == 1
    assert pacing.seconds_to_next() == pytest.approx(0.03)
