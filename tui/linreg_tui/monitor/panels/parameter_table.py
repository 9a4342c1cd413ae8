"""The table of parameters: each now, at least squares, how far it has to go, and its path, in fixed columns.

Everything is in the data's own units. Only the rows that are asked for are worked out: there may be thousands.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from rich.cells import cell_len

from linreg.arrays import Vector
from linreg.history.columns import Quantity
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.panels.answer import ROUNDING, exact_answer, rounding_of, without_rounding, written_of
from linreg_tui.monitor.panels.parameter_layout import (
    EXTRAS,
    GRADIENT,
    LAST_STEP,
    WAY_LEFT,
    Layout,
    ParameterRow,
    written_extras,
)
from linreg_tui.monitor.step.update_rule import cleaned
from linreg_tui.monitor.view import View
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.gauge import path_line
from linreg_tui.text.numbers import NumberFormat

MOST_WEIGHTS_OF_A_PATH = 32
"""Up to so many weights the path of b in the data's own units is put together from those of all of them."""


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """The parameters of one moment, beside least squares; or beside ridge or another criterion's minimum, and these.

    Attributes
    ----------
    view
        The moment.
    names
        The weights' names, safe.
    exact
        The w and b that the run leads to, ``(n_parameters,)``; None where they are not known.
    rounding
        How small each of them is nothing but rounding, ``(n_parameters,)``; None where that is not known.
    """

    view: View
    names: tuple[str, ...]
    exact: Vector | None
    rounding: Vector | None = None
    squares: Vector | None = None
    """Those of least squares, where it is something else that is least at `exact`."""
    longest_name: int = len("cost")
    """Cells of the longest name, and at least of "cost"; worked out once, of thousands of names it takes its time."""

    @classmethod
    def of(cls, view: View, last: Self | None = None) -> Self:
        """Compare the parameters of a moment; what is the same all through a run is taken from the `last`."""
        if last is not None and last.view.facts is view.facts:
            return replace(last, view=view)
        names = parameter_names(view.facts)
        weights = names[:-1] if view.facts.has_bias else names
        least = view.facts.minimum
        squares = None if least is None else written_of(view.facts, least.least_squares)
        longest = max(len("cost"), *map(cell_len, weights)) if weights else len("cost")
        return cls(view, weights, exact_answer(view.facts), rounding_of(view.facts), squares, longest)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """What the columns of numbers hold."""
        here = "now" if self.view.now is None else "then"
        if self.exact is None:
            return here, "last step"
        least = self.view.facts.minimum
        return (here, "least squares", "to go") if least is None else (here, least.name, "to go", "least squares")

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """What else can be said of each parameter, in the order of the columns.

        The gradient is over the parameters as trained: beside those in other units it would be taken for theirs.
        """
        facts = self.view.facts
        is_scaled = facts.is_linear and facts.recipe.standardize
        gradient = (GRADIENT,) * (facts.quadratic is not None and not is_scaled)
        return gradient if self.exact is None else (WAY_LEFT, *gradient, LAST_STEP)

    @property
    def notes(self) -> tuple[str, str]:
        """What is to be said of the numbers, or nothing: of when the cost is, and in whose units the parameters are."""
        facts = self.view.facts
        of_cost = "cost after the step" if facts.quadratic is not None and self.view.has_run else ""
        if facts.minimum is not None and self.view.ridge is None:
            of_cost = "cost before the step" if self.view.has_run else ""
            of_cost = of_cost if facts.minimum.is_unique else "one of many minima: others cost as little"
        is_scaled = facts.is_linear and facts.recipe.standardize
        return of_cost, "in the data's own units" if is_scaled else ""

    def matching(self, text: str) -> list[int]:
        """Return the indices of the weights whose name contains a text, in any case."""
        wanted = text.casefold()
        return [index for index, name in enumerate(self.names) if wanted in name.casefold()]

    def heading(self, layout: Layout) -> ParameterRow:
        """Name the columns."""
        texts = [self._heading(column, layout).rjust(layout.gap + layout.number) for column in layout.columns]
        texts += [extra.rjust(layout.gap + EXTRAS[extra]) for extra in layout.extras]
        return " " * layout.name, texts[0], tuple(texts[1:]), "path".ljust(layout.path)[: layout.path]

    def row(self, index: int, layout: Layout, *, plain: bool = False) -> ParameterRow:
        """Write the row of one weight."""
        numbers = (float(self.view.w[index]), *self._others(index))
        extras, path = self._extras(index, layout), self._series(index, layout, plain)
        return self._row(self.names[index], numbers, self._format(layout), layout, extras, path)

    def below(self, layout: Layout, *, plain: bool = False) -> list[ParameterRow]:
        """Return the rows that stay in sight: of b and of the cost."""
        rows = self.bias_row(layout, plain=plain), self.cost_row(layout, plain=plain)
        return [row for row in rows if row is not None]

    def bias_row(self, layout: Layout, *, plain: bool = False) -> ParameterRow | None:
        """Write the row of b, if there is one."""
        if self.view.b is None:
            return None
        path = self._path_of_bias(layout, plain)
        numbers, extras = (float(self._now[-1]), *self._others(-1)), self._extras(-1, layout)
        return self._row("b", numbers, self._format(layout), layout, extras, path)

    def cost_row(self, layout: Layout, *, plain: bool = False) -> ParameterRow | None:
        """Write the row of the cost of these parameters, if it is known without the rows."""
        quadratic, excess, least = self.view.facts.quadratic, self.view.excess, self.view.facts.minimum
        if quadratic is None and least is not None:
            before, squares = self.view.state.cost, least.least_squares.cost
            form = NumberFormat.of(max(least.cost, min(before, squares) if self.view.has_run else 0.0), layout.number)
            costs = before, least.cost, self._difference(least.cost, before), squares
            left = _share(least.cost, before, self._start_of("cost"))
            path = self._series("cost", layout, plain)
            return self._row("cost", costs, form, layout, written_extras(layout, {WAY_LEFT: left}), path)
        if quadratic is None or excess is None:
            return None
        now = quadratic.floor + excess
        form = NumberFormat.of(max(quadratic.floor, min(now, quadratic.variance)), layout.number)
        extras = written_extras(layout, {WAY_LEFT: self._cost_left(excess), LAST_STEP: self._cost_step(excess)})
        path = self._series("cost", layout, plain)
        numbers: tuple[float, ...] = now, quadratic.floor, -excess
        if least is not None:
            numbers = now, least.cost, self._difference(least.cost, now), quadratic.floor
        return self._row("cost", numbers, form, layout, extras, path)

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

    def _extras(self, index: int, layout: Layout) -> str:
        """Write what else is known of one parameter."""
        if not layout.extras:
            return ""
        now, gradient, exact = float(self._now[index]), self._gradient, self.exact
        numbers = {
            WAY_LEFT: np.nan if exact is None else _share(float(exact[index]), now, float(self._start[index])),
            GRADIENT: np.nan if gradient is None else float(gradient[index]),
            LAST_STEP: np.nan if self._before is None else self._difference(now, float(self._before[index])),
        }
        return written_extras(layout, numbers)

    @cached_property
    def _start(self) -> Vector:
        w, b = self.view.facts.in_original_units(self.view.facts.initial)
        return without_rounding(w if b is None else np.append(w, b), self.rounding)

    @cached_property
    def _gradient(self) -> Vector | None:
        view = self.view
        if view.gradient is None or view.state.before is None:
            return view.gradient
        return cleaned(view.facts, view.gradient, view.state.before)

    def _cost_left(self, excess: float) -> float:
        start, ridge = self.view.facts.excess(self.view.facts.initial), self.view.ridge
        if ridge is not None and self.view.floor is not None:
            beyond = ridge.cost - self.view.floor
            return np.nan if start is None else _share(beyond, excess, start)
        return np.nan if not start else excess / start

    def _cost_step(self, excess: float) -> float:
        before, quadratic = self.view.state.before, self.view.facts.quadratic
        if before is None or quadratic is None:
            return np.nan
        change = excess - float(quadratic.excess(before))
        return 0.0 if abs(change) <= quadratic.rounding else change

    def _difference(self, one: float, other: float) -> float:
        """Subtract; what is left of two that are the same but for their last digits is 0."""
        difference = one - other
        return 0.0 if abs(difference) <= ROUNDING * max(abs(one), abs(other)) else difference

    def _heading(self, column: int, layout: Layout) -> str:
        heading = self.headings[column]
        if len(heading) <= layout.number + layout.gap - 1:
            return heading
        return "optimum" if column == 1 else "least sq."

    def _row(
        self, name: str, numbers: tuple[float, ...], form: NumberFormat, layout: Layout, extras: str, path: str
    ) -> ParameterRow:
        change = 1 if self.exact is None else 2
        gap, dash = " " * layout.gap, "–".rjust(layout.gap + layout.number)
        texts = [
            dash
            if not self.view.has_run and np.isnan(numbers[at])  # nothing has cost anything yet
            else gap + form.text(numbers[at], signed=at == change)
            for at in layout.columns
        ]
        if self.exact is None and self._before is None:
            texts[1:] = [dash] * len(texts[1:])
        return flush_left(name, layout.name), texts[0], tuple(filter(None, (*texts[1:], extras))), path

    def _series(self, quantity: Quantity, layout: Layout, plain: bool) -> str:
        """Draw where a quantity started and how it went on: of a run long at rest it would be rounding alone.

        One weight's path is drawn as trained, which differs from its own units by a factor alone.
        """
        if not layout.path or not self.view.has_run:
            return " " * layout.path
        series = self.view.history.series(quantity, layout.path - 1, self.view.state.epoch)
        return path_line([self._start_of(quantity), *series.final.tolist()], layout.path, plain=plain)

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
        return "" if b is None else path_line(b.tolist(), layout.path, plain=plain)


def _share(exact: float, now: float, start: float) -> float:
    """Return the part of the way from the start that is left; NaN where there was none to go."""
    way = exact - start
    return (exact - now) / way if abs(way) > ROUNDING * max(abs(exact), abs(start)) else np.nan
