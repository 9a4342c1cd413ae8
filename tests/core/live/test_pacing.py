"""When epochs are due, by a clock that only the test moves."""

from math import inf

import pytest

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
