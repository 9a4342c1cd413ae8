"""Panel 3 of the screen of runs: what there is to say of one, its recipe, how it stands, what it came to.

A sentence is broken between words; a path, which is one word, loses its middle.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from textwrap import wrap
from typing import Any, ClassVar, TypeGuard

from textual.events import MouseScrollDown, MouseScrollUp

from linreg.statistics.held_out import r2_words
from linreg.store.run import Run
from linreg.text import safe
from linreg_tui.runs import words
from linreg_tui.runs.stored_runs import RunCosts
from linreg_tui.runs.words import BAD, GOOD, LEFT, RUNNING
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.distance import NOTHING
from linreg_tui.text.numbers import count, duration, percent, significant
from linreg_tui.widgets.lines import Line, Lines
from linreg_tui.widgets.panel import Panel

LABEL, NAME = "run--quiet", "run--name"
_LABELS = 10
_MOST_CHANGES, _MOST_WEIGHTS = 3, 8

_Paragraph = tuple[str, str, str]
"""A label, a text and the text's style."""


class DescriptionPanel(Panel, Lines):
    """The description of a run; what does not fit is scrolled to."""

    number = 3
    title = "this run"
    DEFAULT_CSS = """
    DescriptionPanel {
        .run--quiet { color: $text-muted; }
        .run--name { text-style: bold; }
        .run--running { color: $accent; text-style: bold; }
        .run--left { color: $text-warning; }
        .run--good { color: $text-success; }
        .run--bad { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {LABEL, NAME, RUNNING, LEFT, GOOD, BAD}

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._costs: RunCosts | None = None
        self._top = 0

    def show_run(self, run: Run | None, costs: RunCosts | None) -> None:
        """Show a run, or nothing; `costs` is None while they are being read."""
        if run is None or self._run is None or run.id != self._run.id:
            self._top = 0
        self._run, self._costs = run, costs
        self._draw()

    def scroll_rows(self, n_rows: int) -> None:
        """Move on or back by some lines."""
        self._top += n_rows
        self._draw()

    def scroll_pages(self, n_pages: int) -> None:
        """Move on or back by some pages."""
        self.scroll_rows(n_pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move on with the wheel."""
        event.stop()
        self.scroll_rows(2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move back with the wheel."""
        event.stop()
        self.scroll_rows(-2)

    def on_resize(self) -> None:
        """Write it anew for the new size."""
        self._draw()

    def _draw(self) -> None:
        if not self.size:
            return
        lines = [] if self._run is None else described(self._run, self._costs, self.size.width)
        self._top = max(0, min(self._top, len(lines) - self.size.height))
        self.set_lines(lines[self._top : self._top + self.size.height])
        n_more = len(lines) - self._top - self.size.height
        self.say_below(f"{n_more} more line{'s' * (n_more > 1)}" if n_more > 0 else "")


def described(run: Run, costs: RunCosts | None, width: int) -> list[Line]:
    """Describe a run in lines of at most `width` cells; `costs` is None while they are being read."""
    paragraphs = [*_standing(run, costs), *_recipe(run), *_outcome(run), *_origin(run)]
    room = max(1, width - _LABELS)
    lines: list[Line] = []
    for label, text, style in paragraphs:
        pieces = wrap(safe(text), room, break_long_words=False, break_on_hyphens=False) or [""]
        for each, piece in zip([label, *[""] * len(pieces)], pieces, strict=False):
            lines.append(((f"{each:{_LABELS}}", LABEL), (flush_left(piece, room), style)))
    return lines


def _standing(run: Run, costs: RunCosts | None) -> Iterator[_Paragraph]:
    yield "name", run.name, NAME
    reason = f": {run.reason}" if run.reason else ""
    place = f" on {run.owner.host}" if run.is_alive is None else f", process {run.owner.pid}" if run.is_alive else ""
    yield "status", f"{words.state(run)}{reason}{place}", words.state_style(run)
    if run.epoch < 0:
        yield "epoch", f"none of {words.last_epoch(run)} is kept", ""
        return
    if run.last_epoch is None:
        yield "epoch", words.epoch(run), ""
    else:
        share = run.epoch / run.last_epoch if run.last_epoch else 1.0
        yield "epoch", f"{words.epoch(run)} of {words.last_epoch(run)}, {percent(share)}", ""
    every = "all of them" if run.every == 1 else f"every {count(run.every)}th, and the newest"
    yield "kept", f"{'…' if costs is None else count(len(costs.epoch))} epochs, {every}", ""
    yield "cost", _cost(run), ""


def _cost(run: Run) -> str:
    above = words.excess_phrase(run)
    return f"{words.cost(run)}, {above}" if above else words.cost(run)


def _recipe(run: Run) -> Iterator[_Paragraph]:
    recipe = run.recipe
    if run.script:
        yield "script", run.script, ""
        yield "optimizer", recipe.optimizer, ""
        yield "rate", words.rate(run), ""
        return
    yield "data", recipe.data, ""
    options = "".join(f", {key}={value}" for key, value in recipe.options.items())
    yield "optimizer", f"{recipe.optimizer}{options}", ""
    chosen = " (auto)" if recipe.learning_rate == "auto" and words.rate(run) != "auto" else ""
    yield "rate", f"{words.rate(run).rstrip('▾')}{chosen}", ""
    for change in run.interventions[-_MOST_CHANGES:]:
        yield "", f"{significant(change.learning_rate, 4)} from epoch {count(change.epoch)} on", ""
    if len(run.interventions) > _MOST_CHANGES:
        yield "", f"and {count(len(run.interventions) - _MOST_CHANGES)} changes before", LABEL
    batch = "full batch" if recipe.batch_size is None else f"{count(recipe.batch_size)} rows a step"
    unusual = [recipe.criterion] * (recipe.criterion != "MSELoss") + ["standardised"] * recipe.standardize
    yield "batch", ", ".join([batch, *unusual]), ""
    yield "start", f"{recipe.init}, seed {recipe.seed}", ""


def _outcome(run: Run) -> Iterator[_Paragraph]:
    """Say what it came to, as far as that is there: an older version may have written other fields."""
    result = run.result or {}
    weights, b = result.get("w"), result.get("b")
    if isinstance(weights, Mapping):
        shown = [f"{name} {_number(value)}" for name, value in list(weights.items())[:_MOST_WEIGHTS]]
        more = [f"{count(len(weights) - _MOST_WEIGHTS)} more"] if len(weights) > _MOST_WEIGHTS else []
        yield "weights", "  ".join([*shown, *more, *([] if b is None else [f"b {_number(b)}"])]), ""
    answer = result.get("least_squares")
    if isinstance(answer, Mapping):
        excess = result.get("excess_cost")
        exceeded = f", exceeded by {percent(excess)}" if excess else ", reached"
        above = exceeded if _is_finite(excess) else ""
        yield "best cost", f"{_number(answer.get('cost'))} by least squares{above}", ""
    if _is_finite(r2 := result.get("r2")):
        yield "R²", r2_words(r2).removeprefix("R² "), ""
    held_out, best = result.get("held_out"), result.get("best")
    if isinstance(held_out, Mapping):
        r2 = f", {r2_words(r2)}" if _is_finite(r2 := held_out.get("r2")) else ""
        yield "held out", f"RMSE {_number(held_out.get('rmse'))}{r2}", ""
    if isinstance(best, Mapping) and isinstance(best.get("epoch"), int):
        yield "best epoch", f"{count(best['epoch'])}, held-out cost {_number(best.get('held_out_cost'))}", ""
    for warning in result.get("warnings") or ():
        yield "warning", str(warning), LEFT


def _origin(run: Run) -> Iterator[_Paragraph]:
    yield "started", words.moment(run.started), ""
    if run.ended is not None:
        yield "ended", f"{words.moment(run.ended)}, in {duration(max(0.0, run.ended - run.started))}", ""
    if run.versions:
        yield "versions", ", ".join(f"{name} {number}" for name, number in run.versions.items()), ""
    yield "id", run.id, ""


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, float) and isfinite(value)


def _number(value: Any) -> str:
    return significant(value, 5) if isinstance(value, float) else NOTHING
