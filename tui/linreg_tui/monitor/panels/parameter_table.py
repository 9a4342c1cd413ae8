"""The table of parameters: each now, at least squares, how far it has to go, and its path, in fixed columns.

Everything is in the data's own units. Only the rows that are asked for are worked out: there may be thousands.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from rich.cells import cell_len

from linreg.arrays import Vector
from linreg.history.history import Quantity
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minimum import Fit, Minimum
from linreg.training.facts import Facts
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.view import View
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.gauge import sparkline
from linreg_tui.text.numbers import NumberFormat

SHORTEST_PATH, LONGEST_PATH = 6, 120
SHORTEST_NAME, LONGEST_NAME = 8, 40
MOST_WEIGHTS_OF_A_PATH = 32
"""Up to so many weights the path of b in the data's own units is put together from those of all of them."""
_ROUNDING = 1e-14

ParameterRow = tuple[str, str, tuple[str, ...], str]
"""A row: the name, the number now, the other numbers, each with the gap before it, the path."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table fits some width: cells of a name, of a number and of a path, the gap, and the columns shown."""

    name: int
    number: int
    gap: int
    columns: tuple[int, ...]
    path: int


def lay_out(width: int, longest_name: int, n_columns: int = 3) -> Layout:
    """Choose what fits: first the path goes, then digits, then the columns of least squares and of what is to go.

    A fourth column, of least squares beside another criterion's minimum, is shown where all of that has room.
    """
    columns, extra = tuple(range(min(n_columns, 3))), tuple(range(n_columns))
    n_columns, wanted = len(columns), min(longest_name, SHORTEST_NAME)
    choices = [
        *([(extra, 11, 2, SHORTEST_PATH), (extra, 11, 2, 0)] if len(extra) > 3 else []),
        (columns, 12, 2, SHORTEST_PATH),
        (columns, 11, 2, SHORTEST_PATH),
        (columns, 11, 2, 0),
        (columns, 9, 1, 0),
    ]
    choices += [(columns, 9, 1, 0), ((0, n_columns - 1), 9, 1, 0), ((0,), 9, 1, 0)]
    for shown, number, gap, path in choices:
        room = width - len(shown) * (number + gap) - (path + gap if path else 0)
        if room >= wanted:
            break
    name = max(1, min(longest_name, LONGEST_NAME, room))
    path = min(LONGEST_PATH, path + room - name) if path else 0
    return Layout(name, number, gap, shown, path)


def rounding_of(facts: Facts) -> Vector | None:
    """Return how small a w and b ``(n_parameters,)`` is nothing but rounding: it moves no prediction's last digits.

    None where there are no rows to know that from.
    """
    if facts.script is not None or not facts.is_linear or not len(facts.sample_y):
        return None
    reach = np.abs(facts.sample_X).max(axis=0, initial=0.0)
    if len(reach) != len(facts.weight_names):
        return None
    noise = _ROUNDING * float(np.abs(facts.sample_y).max(initial=0.0))
    of_weights: Vector = np.divide(noise, reach, out=np.zeros_like(reach), where=reach > 0)
    return np.append(of_weights, noise) if facts.has_bias else of_weights


def exact_answer(facts: Facts) -> Vector | None:
    """Return the w and b of least cost, ``(n_parameters,)``, with 0 for what is only the rounding of its sums."""
    least = facts.least_squares or facts.minimum
    return None if least is None else _written_of(facts, least)


def _written_of(facts: Facts, fit: LeastSquares | Minimum | Fit) -> Vector:
    return without_rounding(np.append(fit.w, fit.b) if facts.has_bias else fit.w, rounding_of(facts))


def without_rounding(numbers: Vector, rounding: Vector | None) -> Vector:
    """Put 0 for what is only rounding."""
    if rounding is None:
        return numbers
    rounded: Vector = np.where(np.abs(numbers) <= rounding, 0.0, numbers)
    return rounded


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """The parameters of one moment, beside least squares, or beside the minimum of another criterion and these.

    Attributes
    ----------
    view
        The moment.
    names
        The weights' names, safe.
    exact
        The w and b of least cost, ``(n_parameters,)``; None where they are not known.
    rounding
        How small each of them is nothing but rounding, ``(n_parameters,)``; None where that is not known.
    """

    view: View
    names: tuple[str, ...]
    exact: Vector | None
    rounding: Vector | None = None
    squares: Vector | None = None
    """Those of least squares, where it is another criterion that is least at `exact`."""

    @classmethod
    def of(cls, view: View, last: "ParameterTable | None" = None) -> Self:
        """Compare the parameters of a moment; what is the same all through a run is taken from the `last`."""
        if last is not None and last.view.facts is view.facts:
            return cls(view, last.names, last.exact, last.rounding, last.squares)
        names = parameter_names(view.facts)
        weights = names[:-1] if view.facts.has_bias else names
        least = view.facts.minimum
        squares = None if least is None else _written_of(view.facts, least.least_squares)
        return cls(view, weights, exact_answer(view.facts), rounding_of(view.facts), squares)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """What the columns of numbers hold."""
        here = "now" if self.view.now is None else "then"
        if self.exact is None:
            return here, "last step"
        return (here, "least squares", "to go") if self.squares is None else (here, "minimum", "to go", "least squares")

    @property
    def notes(self) -> tuple[str, str]:
        """What is to be said of the numbers, or nothing: of when the cost is, and in whose units the parameters are."""
        facts = self.view.facts
        of_cost = "cost after the step" if facts.quadratic is not None and self.view.has_run else ""
        if facts.minimum is not None:
            of_cost = "cost before the step" if self.view.has_run else ""
            of_cost = of_cost if facts.minimum.is_unique else "one of many minima: others cost as little"
        is_scaled = facts.is_linear and facts.recipe.standardize
        return of_cost, "in the data's own units" if is_scaled else ""

    @cached_property
    def longest_name(self) -> int:
        """Cells of the longest name, and at least of "cost"."""
        return max(len("cost"), *map(cell_len, self.names)) if self.names else len("cost")

    def matching(self, text: str) -> list[int]:
        """Return the indices of the weights whose name contains a text, in any case."""
        wanted = text.casefold()
        return [index for index, name in enumerate(self.names) if wanted in name.casefold()]

    def heading(self, layout: Layout) -> ParameterRow:
        """Name the columns."""
        texts = [self._heading(column, layout).rjust(layout.gap + layout.number) for column in layout.columns]
        return " " * layout.name, texts[0], tuple(texts[1:]), "path".ljust(layout.path)[: layout.path]

    def row(self, index: int, layout: Layout, *, plain: bool = False) -> ParameterRow:
        """Write the row of one weight."""
        numbers = (float(self.view.w[index]), *self._others(index))
        return self._row(self.names[index], numbers, self._format(layout), layout, self._path(index, layout, plain))

    def below(self, layout: Layout, *, plain: bool = False) -> list[ParameterRow]:
        """Return the rows that stay in sight: of b and of the cost."""
        rows = self.bias_row(layout, plain=plain), self.cost_row(layout, plain=plain)
        return [row for row in rows if row is not None]

    def bias_row(self, layout: Layout, *, plain: bool = False) -> ParameterRow | None:
        """Write the row of b, if there is one."""
        if self.view.b is None:
            return None
        path = self._path_of_bias(layout, plain)
        return self._row("b", (float(self._now[-1]), *self._others(-1)), self._format(layout), layout, path)

    def cost_row(self, layout: Layout, *, plain: bool = False) -> ParameterRow | None:
        """Write the row of the cost of these parameters, if it is known without the rows."""
        quadratic, excess, least = self.view.facts.quadratic, self.view.excess, self.view.facts.minimum
        if quadratic is None and least is not None:
            before, squares = self.view.state.cost, least.least_squares.cost
            form = NumberFormat.of(max(least.cost, min(before, squares) if self.view.has_run else 0.0), layout.number)
            costs = before, least.cost, self._difference(least.cost, before), squares
            return self._row("cost", costs, form, layout, self._series("cost", layout, plain))
        if quadratic is None or excess is None:
            return None
        now = quadratic.floor + excess
        form = NumberFormat.of(max(quadratic.floor, min(now, quadratic.variance)), layout.number)
        return self._row("cost", (now, quadratic.floor, -excess), form, layout, self._series("cost", layout, plain))

    @cached_property
    def _now(self) -> Vector:
        now = self.view.w if self.view.b is None else np.append(self.view.w, self.view.b)
        return without_rounding(now, self.rounding)

    @cached_property
    def _before(self) -> Vector | None:
        before = self.view.state.before
        if before is None:
            return None
        w, b = self.view.facts.in_original_units(before)
        return w if b is None else np.append(w, b)

    @cached_property
    def _size(self) -> float:
        """The largest number that the columns must hold; of those now only as far as it is near that."""
        known = self.exact if self.exact is not None else self._now
        finite = known[np.isfinite(known)]
        size = float(np.abs(finite).max(initial=0.0))
        now = self._now[np.isfinite(self._now)]
        return max(size, min(float(np.abs(now).max(initial=0.0)), 1e4 * size)) or 1.0

    @cached_property
    def _smallest(self) -> float | None:
        """The smallest number that is worth its digits: down to a millionth of the largest."""
        sizes = np.abs(self.exact if self.exact is not None else self._now)
        sizes = sizes[sizes > 1e-6 * self._size]
        return float(sizes.min()) if len(sizes) else None

    def _format(self, layout: Layout) -> NumberFormat:
        return NumberFormat.of(self._size, layout.number, smallest=self._smallest)

    def _others(self, index: int) -> tuple[float, ...]:
        now = float(self._now[index])
        if self.exact is not None:
            exact = float(self.exact[index])
            squares = () if self.squares is None else (float(self.squares[index]),)
            return exact, self._difference(exact, now), *squares
        return (np.nan if self._before is None else self._difference(now, float(self._before[index])),)

    def _difference(self, one: float, other: float) -> float:
        """Subtract; what is left of two that are the same but for their last digits is 0."""
        difference = one - other
        return 0.0 if abs(difference) <= _ROUNDING * max(abs(one), abs(other)) else difference

    def _heading(self, column: int, layout: Layout) -> str:
        heading = self.headings[column]
        if len(heading) <= layout.number + layout.gap - 1:
            return heading
        return "optimum" if column == 1 else "least sq."

    def _row(
        self, name: str, numbers: tuple[float, ...], form: NumberFormat, layout: Layout, path: str
    ) -> ParameterRow:
        change = 1 if self.exact is None else 2
        gap = " " * layout.gap
        texts = [gap + form.text(numbers[at], signed=at == change) for at in layout.columns]
        if self.exact is None and self._before is None:
            texts[1:] = ["–".rjust(layout.gap + layout.number)] * len(texts[1:])
        return flush_left(name, layout.name), texts[0], tuple(texts[1:]), path

    def _path(self, index: int, layout: Layout, plain: bool) -> str:
        """Draw one weight's path: as trained, which differs from its own units by a factor alone."""
        return self._series(index, layout, plain)

    def _series(self, quantity: Quantity, layout: Layout, plain: bool) -> str:
        """Draw where a quantity started and how it went on: of a run long at rest it would be rounding alone."""
        if not layout.path or not self.view.has_run:
            return " " * layout.path
        series = self.view.history.series(quantity, layout.path - 1, self.view.state.epoch)
        return sparkline([self._start_of(quantity), *series.final.tolist()], plain=plain).ljust(layout.path)

    def _start_of(self, quantity: Quantity) -> float:
        if isinstance(quantity, int):
            return float(self.view.facts.initial[quantity])
        first = self.view.history.row(0)  # its cost is that which the first epoch started from
        return np.nan if first is None else first.cost

    def _path_of_bias(self, layout: Layout, plain: bool) -> str:
        n_weights = len(self.names)
        if not self.view.facts.scaling.mean.any():
            return self._series(n_weights, layout, plain)
        if not layout.path or not self.view.has_run or n_weights > MOST_WEIGHTS_OF_A_PATH:
            return " " * layout.path
        history, epoch = self.view.history, self.view.state.epoch
        columns = [history.series(index, layout.path - 1, epoch).final for index in range(n_weights + 1)]
        if len({len(column) for column in columns}) > 1:  # an epoch was added in between
            return " " * layout.path
        _, b = self.view.facts.in_original_units(np.vstack([self.view.facts.initial, np.column_stack(columns)]))
        return "" if b is None else sparkline(b.tolist(), plain=plain).ljust(layout.path)
