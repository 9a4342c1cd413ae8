"""Axes: where a value lies along one, and which round values are written beside it.

Every label is exact: read back it is its tick. Bounds are round numbers too, so that a range grows in steps, and a
picture is not drawn anew because a value has moved a little.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log10
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from linreg.arrays import Vector
from linreg_tui.text.numbers import MINUS

_MANTISSAS = (1, 2, 5)
_LARGEST = float(np.finfo(np.float64).max)
_NARROW = 4.0
"""Powers of ten from which a log axis is bounded by these, and below which also by their 2 and 5 fold."""
_LONG = 6
"""Characters from which a label is written with an exponent, if that is shorter."""
_WIDE = 20
"""The power of ten from which the upper bound, which seldom moves, is as coarse as the lower one."""
_STRIDES = ((6, 1), (12, 2), (20, 5), (60, 10), (150, 50), (10_000, 100))
"""How many powers of ten an axis may span for its bounds to be multiples of so many."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A round value and how it is written."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The values from `low` to `high`, `low` < `high`, evenly or, where `log`, by their logarithms (`low` > 0)."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, low: float, high: float, *, log: bool = False) -> Self:
        """Return an axis with round bounds that shows both values; where they are equal, something on either side."""
        if log:
            return cls(*_round_powers(low, high), log=True)
        if not high > low:
            margin = abs(low) / 2 or 1.0
            low, high = max(low - margin, -_LARGEST), min(high + margin, _LARGEST)
        step = _step(low, high, 11)
        return cls(_multiple(floor(low / step.value), step), _multiple(ceil(high / step.value), step))

    def share(self, values: ArrayLike) -> Vector:
        """Return where values lie, 0 at `low` and 1 at `high`; on a log axis what is not above 0 is at −∞."""
        values = np.asarray(values, np.float64)
        if not self.log:
            share: Vector = (values / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # a difference can be infinite
            return share
        with np.errstate(divide="ignore", invalid="ignore"):
            powers = np.log10(np.where(values < 0, 0.0, values))
        log_share: Vector = (powers - log10(self.low)) / (log10(self.high) - log10(self.low))
        return log_share

    def ticks(self, most: int) -> list[Tick]:
        """Return at most `most` round values on the axis, ascending."""
        if most < 1:
            return []
        return log_ticks(self.low, self.high, most) if self.log else linear_ticks(self.low, self.high, most)


def linear_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return at most `most` multiples of 1, 2 or 5 times a power of ten from `low` to `high`."""
    step = _step(low, high, most)
    numbers = _multiples_inside(low, high, step)
    return [Tick(_multiple(number, step), _label(number * step.mantissa, step.power)) for number in numbers]


def log_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return at most `most` powers of ten, evenly spaced, from `low` > 0 to `high`; between few, their 1, 2 and 5 fold.

    Where not even two of those lie on the axis, its ticks are those of a linear one.
    """
    around = range(floor(log10(low)), ceil(log10(high)) + 1)
    powers = [power for power in around if low <= float(f"1e{power}") <= high]
    fine = [(mantissa, power) for power in around for mantissa in _MANTISSAS]
    fine = [(mantissa, power) for mantissa, power in fine if low <= float(f"{mantissa}e{power}") <= high]
    if len(powers) > 3 or not 2 <= len(fine) <= most:
        if len(powers) < 2:
            return linear_ticks(low, high, most)
        rows = ([(1, power) for power in powers if power % stride == 0] for stride in _strides())
        fine = next(row for row in rows if len(row) <= most)
    return [Tick(float(f"{mantissa}e{power}"), _label(mantissa, power)) for mantissa, power in fine]


def round_up(number: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50, … that is at least `number`."""
    first_digit = int("1" + "0" * (len(str(number)) - 1))
    return next(nice * first_digit for nice in (*_MANTISSAS, 10) if nice * first_digit >= number)


def last_shown(epoch: int, last: int) -> int:
    """Return where an axis of epochs ends: a round number beyond `epoch`, and at `last` once a run is half way there.

    So a curve is drawn on, not drawn anew, and does not end far from the edge. A `last` below 0 is not known.
    """
    shown, last = round_up(max(10, epoch)), max(1, last)
    if last < epoch:
        return shown
    return shown if 2 * shown <= last else last


@dataclass(frozen=True, slots=True)
class _Step:
    mantissa: int
    power: int

    @property
    def value(self) -> float:
        return float(f"{self.mantissa}e{self.power}")


def _step(low: float, high: float, most: int) -> _Step:
    """Return the smallest round step of which at most `most` multiples lie from `low` to `high`."""
    span = high / 2 - low / 2
    power = max(-323, floor(log10(span / (most + 1))) if span > 0 else 0)
    candidates = (_Step(mantissa, exponent) for exponent in count(power) for mantissa in _MANTISSAS)
    return next(step for step in candidates if len(_multiples_inside(low, high, step)) <= most)


def _multiples_inside(low: float, high: float, step: _Step) -> list[int]:
    """List the n for which n steps are from `low` to `high`, as the float that they are shown at."""
    around = range(floor(low / step.value) - 1, ceil(high / step.value) + 2)
    return [number for number in around if low <= float(f"{number * step.mantissa}e{step.power}") <= high]


def _multiple(number: int, step: _Step) -> float:
    """Return a multiple of a step as the float nearest to it, and the largest one for what is beyond."""
    return min(max(float(f"{number * step.mantissa}e{step.power}"), -_LARGEST), _LARGEST)


def _strides() -> Iterator[int]:
    yield from (1, 2, 3)
    for power in count():
        yield from (5 * 10**power, 10 * 10**power, 20 * 10**power)


def _label(digits: int, power: int) -> str:
    """Write digits · 10^power exactly: plainly, or with an exponent where that would be long and mostly noughts."""
    if digits == 0:
        return "0"
    sign, figures = (MINUS if digits < 0 else ""), str(abs(digits))
    stripped = figures.rstrip("0")
    power += len(figures) - len(stripped)
    fraction = f".{stripped[1:]}" if len(stripped) > 1 else ""
    short = f"{stripped[0]}{fraction}e{power + len(stripped) - 1}".replace("-", MINUS)
    padded = stripped.rjust(1 - power, "0")
    plain = stripped + "0" * power if power >= 0 else f"{padded[:power]}.{padded[power:]}"
    return sign + (plain if len(plain) <= max(_LONG, len(short)) else short)


def _round_powers(low: float, high: float) -> tuple[float, float]:
    """Return round bounds around two values above 0: below a few powers of ten closely, else multiples of many."""
    bottom, top = log10(low), log10(high)
    if top - bottom < _NARROW:
        below = max(value for value in _fine(floor(bottom)) if value <= low)
        above = min(value for value in _fine(floor(top)) if value >= high)
        return (below, above) if above > below else (below / 2, above * 2)
    stride = next(stride for span, stride in _STRIDES if top - bottom <= span)
    down = floor(bottom / stride) * stride
    stride = stride if top > _WIDE else 1
    up = ceil(top / stride) * stride
    return float(f"1e{max(down, -323)}"), min(float(f"1e{up}"), _LARGEST)


def _fine(power: int) -> list[float]:
    """List 1, 2 and 5 times a power of ten and those next to them."""
    around = [float(f"{mantissa}e{each}") for each in (power - 1, power, power + 1) for mantissa in _MANTISSAS]
    return [min(value, _LARGEST) for value in around if value > 0]
