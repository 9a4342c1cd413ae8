"""Panel 2 of the screen of runs: the cost of the highlighted run and of all that are marked, over the epochs.

Where least squares is known of all of them, each is drawn by how far it is above that, in per cent of it: so runs on
other data, or in other units, are compared as well. In place of the cost, what scripts have logged under the same name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from textual.message import Message
from textual.reactive import reactive

from linreg.arrays import Vector
from linreg.history.series import Series
from linreg.store.run import Run
from linreg.text import shortened
from linreg_tui.draw.axes import last_shown
from linreg_tui.draw.curves import Curve, bucketed, draw_curves, n_buckets
from linreg_tui.draw.picture import LABEL, Picture
from linreg_tui.runs.stored_runs import RunCosts
from linreg_tui.text.numbers import count
from linreg_tui.widgets.picture_panel import PicturePanel

AxisKind = Literal["log", "linear"]
NONE = "nothing is kept of this run yet"


@dataclass(frozen=True, slots=True, eq=False)
class RunCurve:
    """A run on the chart; `costs` is None while they are being read."""

    run: Run
    costs: RunCosts | None
    letter: str
    style: str


class RunCostPanel(PicturePanel):
    """The costs of some runs on the same axes."""

    number = 2
    title = "cost"

    axis: reactive[AxisKind] = reactive[AxisKind]("log", repaint=False, init=False)
    logged_axis: reactive[AxisKind] = reactive[AxisKind]("linear", repaint=False, init=False)
    logged: reactive[str | None] = reactive[str | None](None, repaint=False, init=False)
    """The name of what is shown in place of the cost, as long as one of the runs has it."""

    @dataclass
    class ChoiceChanged(Message):
        """There is something, or nothing any more, that can be shown in place of the cost."""

        has_any: bool

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[RunCurve] = ()
        self._has_any = False

    def watch_axis(self) -> None:
        """Draw on the other axis."""
        self.draw_again()

    def watch_logged_axis(self) -> None:
        """Draw on the other axis."""
        self.draw_again()

    def watch_logged(self) -> None:
        """Draw something else."""
        self.draw_again()

    def next_axis(self) -> None:
        """Choose the other axis, of what is shown."""
        if self._chosen() is None:
            self.axis = _other(self.axis)
        else:
            self.logged_axis = _other(self.logged_axis)

    def next_curve(self) -> bool:
        """Show what is logged next under one name, after the last the cost; tell whether there is anything."""
        names = self._all_logged()
        places: list[str | None] = [None, *names]
        self.logged = places[(places.index(self._chosen()) + 1) % len(places)]
        return bool(names)

    def _all_logged(self) -> list[str]:
        """Return the names of what these runs have logged, in the order in which they are met."""
        return list(dict.fromkeys(each.name for run in self._shown if run.costs for each in run.costs.logged))

    def _chosen(self) -> str | None:
        return self.logged if self.logged in self._all_logged() else None

    def show_runs(self, shown: Sequence[RunCurve]) -> None:
        """Show these runs, the first one at the back."""
        self._shown = shown
        self.draw_again()

    def paint(self, picture: Picture) -> str | None:
        """Draw every curve that there is, or say why there is none; leave all as it is until every run is read."""
        known = [(each, each.costs) for each in self._shown if each.costs is not None]
        drawn = [(each, costs) for each, costs in known if len(costs.epoch)]
        if len(known) < len(self._shown):
            return None
        names, name = self._all_logged(), self._chosen()
        if bool(names) != self._has_any:
            self._has_any = bool(names)
            self.post_message(self.ChoiceChanged(self._has_any))
        which = f" · {names.index(name) + 2 if name in names else 1} of {1 + len(names)}" if names else ""
        self.call_it(f"{self.title if name is None else shortened(name, 24)}{which}")
        if not drawn:
            problems = [costs.problem for _, costs in known if costs.problem]
            picture.words(problems[0] if problems else NONE * bool(known), LABEL)
            return ""
        if name is not None:
            return self._paint_logged(picture, name, drawn)
        most, leasts = n_buckets(picture.width), [costs.least for _, costs in drawn]
        is_excess = all(least is not None for least in leasts)
        curves = [
            Curve(_series(costs, most, least if is_excess else None), each.letter, each.style)
            for (each, costs), least in zip(drawn, leasts, strict=True)
        ]
        draw_curves(picture, curves, max(_last_shown(each.run) for each, _ in drawn), log=self.axis == "log")
        every = max(each.run.every for each, _ in drawn)
        words = ["% above least squares" if is_excess else "cost", self.axis, *_every(every)]
        return " · ".join(words)

    def _paint_logged(self, picture: Picture, name: str, drawn: Sequence[tuple[RunCurve, RunCosts]]) -> str:
        """Draw what the runs have logged under a name, over the same epochs; of those that have none of it, say so."""
        found = [(each, curve) for each, costs in drawn for curve in costs.logged if curve.name == name]
        most, last = n_buckets(picture.width), max(_last_shown(each.run) for each, _ in drawn)
        curves = [Curve(curve.series(most), each.letter, each.style) for each, curve in found]
        draw_curves(picture, curves, last, log=self.logged_axis == "log")
        n_without = len(drawn) - len(found)
        return " · ".join([self.logged_axis, *([f"{n_without} of {len(drawn)} runs without it"] if n_without else [])])


def _other(axis: AxisKind) -> AxisKind:
    return "linear" if axis == "log" else "log"


def _series(costs: RunCosts, most: int, least: float | None) -> Series:
    """Sum up the excess in per cent of the least cost, or else the cost; with extremes among epochs that are gone."""
    if costs.excess is None or least is None:
        return bucketed(costs.epoch, costs.cost, most, (costs.low, costs.high))
    low, high = costs.extremes_of_excess(costs.excess)
    excess, low, high = (_per_cent(each, least) for each in (costs.excess, low, high))
    return bucketed(costs.epoch, excess, most, (low, high))


def _per_cent(excess: Vector, least: float) -> Vector:
    with np.errstate(over="ignore"):  # of one that diverges
        shares: Vector = 100 * (excess / least)
    return shares


def _every(every: int) -> list[str]:
    """Say how many epochs there are between those that are kept of the longest run."""
    return [] if every == 1 else [f"every {count(every)}th epoch"]


def _last_shown(run: Run) -> int:
    """Return the last epoch on a run's axis; while it runs, a round number, so that its curve is drawn on."""
    return last_shown(run.epoch, run.recipe.last_epoch) if run.is_alive else max(1, run.epoch)
