"""One steady progress bar, and only where it is wanted."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import numpy as np
import pytest

import linreg
from linreg.arrays import Matrix, Vector
from linreg.cli.printing import progress
from linreg.cli.printing.progress import ProgressBar, can_redraw, watched
from linreg.data.table import Source
from linreg.training.trainer import Trainer

SHOW, HIDE = "\x1b[?25l", "\x1b[?25h"
"""What Rich does to the cursor when a bar comes and goes."""


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "perf_counter", clock)
    return clock


class Screen:
    """All that has been written on standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._text = capsys, ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Screen:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return Screen(capsys)


@pytest.mark.parametrize("term", ["dumb", "unknown", "DUMB"])
def test_a_dumb_terminal_cannot_redraw(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    assert not can_redraw(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert can_redraw(Terminal())
    assert not can_redraw(StringIO())


def _trainer() -> Trainer:
    trainer = linreg.train("exercise1", epochs=99_999)
    trainer.advance(1_000)
    return trainer


def _steps(bar: ProgressBar, clock: Clock, trainer: Trainer, seconds: float) -> None:
    for _ in range(round(seconds / 0.05)):
        clock.now += 0.05
        trainer.advance(100)
        bar.update()


def test_frequent_rows_are_printed_without_a_bar_and_rare_ones_above_it(clock: Clock, screen: Screen) -> None:
    trainer = _trainer()
    with ProgressBar(trainer, shown=True) as bar:
        for _ in range(40):  # a row every tenth of a second for four seconds
            _steps(bar, clock, trainer, 0.1)
            bar.make_way()
        assert screen.text == ""
        _steps(bar, clock, trainer, 0.7)
        assert screen.text.count(SHOW) == 1
        for _ in range(3):  # rows a second apart: the bar makes way and is back at once
            bar.make_way()
            before = screen.text
            assert before.endswith("\x1b[1A\x1b[2K")  # gone: the row is printed on an empty line
            _steps(bar, clock, trainer, 0.15)
            assert screen.text.count(SHOW) == before.count(SHOW) + 1
            _steps(bar, clock, trainer, 0.85)
    assert screen.text.count(SHOW) == screen.text.count(HIDE) == 4


def test_the_bar_keeps_its_time_while_it_is_hidden(
    clock: Clock, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_bar", _with_clock(progress._bar, clock))
    trainer = _trainer()
    with ProgressBar(trainer, shown=True) as bar:
        _steps(bar, clock, trainer, 2)  # 2,000 epochs a second: 100,000 take 50 s
        bar.make_way()
        before = screen.text
        _steps(bar, clock, trainer, 0.15)
    after = screen.text.removeprefix(before)
    assert "-:--:--" not in after
    left = re.findall(r"0:00:(\d\d)", after)
    n_left = 100_000 - (trainer.epoch + 1)
    assert left
    assert abs(int(left[-1]) - n_left / 2_000) <= 1


def _with_clock(bar: Any, clock: Clock) -> Any:
    def timed(*arguments: Any, **options: Any) -> Any:
        progress = bar(*arguments, **options)
        progress.get_time = clock
        return progress

    return timed


def test_the_bar_is_gone_and_the_cursor_back_after_an_error(clock: Clock, screen: Screen) -> None:
    trainer = _trainer()
    bar = ProgressBar(trainer, shown=True)

    def fail() -> None:
        with bar:
            _steps(bar, clock, trainer, 1)
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    assert screen.text.count(SHOW) == screen.text.count(HIDE) == 1


def test_nothing_is_drawn_where_no_bar_is_wanted(clock: Clock, screen: Screen) -> None:
    trainer = _trainer()
    with ProgressBar(trainer, shown=False) as bar:
        _steps(bar, clock, trainer, 2)
    assert screen.text == ""


class SlowSource(Source):
    """Rows that come ten at a time, a twentieth of a second apart."""

    def __init__(self, clock: Clock, n_batches: int) -> None:
        self._clock, self._n_batches, self._n_handed = clock, n_batches, 0

    @property
    def n_read(self) -> int:  # type: ignore[override]
        return 10 * self._n_handed

    @property
    def fraction_read(self) -> float | None:
        return self._n_handed / self._n_batches

    def batches(self) -> Iterator[tuple[Matrix, Vector]]:
        for n_handed in range(1, self._n_batches + 1):
            self._n_handed = n_handed
            self._clock.now += 0.05
            yield np.zeros((10, 1)), np.zeros(10)


def test_reading_shows_one_bar_and_at_most_ten_times_a_second(clock: Clock, screen: Screen) -> None:
    assert len(list(watched(SlowSource(clock, 60)))) == 60
    text = screen.text
    assert text.count(SHOW) == text.count(HIDE) == 1
    assert "200 rows/s" in text
    assert text.count("rows/s") <= 30
    list(watched(SlowSource(clock, 8)))  # over before anybody wonders
    assert screen.text == text
