"""The three lines above a run: what runs and how it stands, how far it is, how its learning rate lies to the limit."""

from math import isfinite

from linreg.live.state import State
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.monitor.forecast import Forecast
from linreg_tui.monitor.view import View
from linreg_tui.text.gauge import rate_gauge, verdict, verdict_style
from linreg_tui.text.numbers import count, metric, percent, significant, told_apart
from linreg_tui.text.status_phrases import Phrase, data_name, model_phrases, optimizer_words, phrase, size_phrase
from linreg_tui.widgets.status_lines import StatusLines

_MOST_NAMED = 4
"""Optimizers and learning rates that are named; the others are counted."""
_GAUGES = (20, 10)
"""Cells of the gauge, where there is room and where there is little."""
_LAST_DIGITS = 1e-13
"""Above a minimum, in part of it, what is nothing but rounding."""


class MonitorStatus(StatusLines):
    """How a run stands."""

    def __init__(self) -> None:
        super().__init__()
        self._converged = Forecast(lambda view: view.epochs_to_go)
        self._within: int | None = None
        self._view: View | None = None
        self._batches: tuple[int, int] | None = None

    def show_loading(self, recipe: Recipe, state: State) -> None:
        """Show what will run, before anything is known of the data."""
        self.write_loading(loading_phrases(recipe), state)

    def show(self, view: View) -> None:
        """Show a moment of the run."""
        self._within = self._converged.by(view)
        self._view, self._batches = view, None
        self._write(view)

    def show_batches(self, batches: tuple[int, int] | None) -> None:
        """Show how far an epoch is that takes long."""
        if batches != self._batches and self._view is not None:
            self._batches = batches
            self._write(self._view)

    def _write(self, view: View) -> None:
        looked = "" if view.now is None else "LOOKING BACK" if self.ascii else "◄ LOOKING BACK"
        self.write(
            lambda: [
                self.first(run_phrases(view), view.state, looked),
                self.second(view.state, where_now(view) or _batch_phrases(self._batches, view.state)),
                self.third([*epoch_phrases(view), *rate_phrases(view, self._within), *ways_on(view)]),
            ]
        )


def _batch_phrases(batches: tuple[int, int] | None, state: State) -> list[Phrase]:
    """Say which mini-batch of the next epoch is at work; nothing where none is."""
    if batches is None:
        return []
    number, of = map(count, batches)
    epoch = f"in epoch {count(state.epoch + 1)}: "
    return [phrase(0, f"{epoch}batch {number.rjust(len(of))} of {of}", f"batch {number.rjust(len(of))} of {of}")]


def epoch_phrases(view: View) -> list[Phrase]:
    """Say which epoch of how many a script is in by its own count, where an epoch takes many steps."""
    script, is_now = view.facts.script, view.now is None
    if script is None or script.epoch is None or script.last_epoch is None or not is_now:
        return []
    takes_many = script.steps_an_epoch > 0 or view.state.last_epoch < 0
    return [phrase(1, f"epoch {count(script.epoch)} of {count(script.last_epoch)}")] if takes_many else []


def where_now(view: View) -> list[Phrase]:
    """Say where the script is whose earlier step is looked at; nothing where that is shown."""
    if view.now is None:
        return []
    phase, at = view.now.phase, count(view.now.epoch)
    verb = "runs on" if phase.is_moving else "stands" if phase is Phase.PAUSED else "has ended"
    brief = "ended" if verb == "has ended" else verb
    return [phrase(0, f"the script {verb} at step {at}", f"script {brief} at {at}", style="name")]


def ways_on(view: View) -> list[Phrase]:
    """Say how to look at a later step than this, and at the script itself."""
    if view.now is None:
        return []
    return [phrase(0, "→ forwards   Esc back to now", "→ on  Esc now", style="name")]


def run_phrases(view: View) -> list[Phrase]:
    """Say what runs: where, if not here, data, their size, optimizer, device, engine and why."""
    facts, reason = view.facts, view.facts.engine_reason
    return [
        phrase(1, *view.caption, style="name"),
        phrase(1, _what_runs(facts)),
        size_phrase(facts),
        phrase(2, *optimizers_of(facts)),
        *(model_phrases(facts.recipe) if facts.script is None else ()),
        phrase(5, shortened(facts.device, 12)),
        phrase(4, facts.engine),
        phrase(7, reason, reason.partition(":")[0], reason.partition(" (")[0], style="quiet"),
    ]


def _what_runs(facts: Facts) -> str:
    """Name the data, or the script; a module by its whole name."""
    script = facts.script
    return shortened(script.path, 24) if script is not None and script.is_module else data_name(facts.recipe)


def optimizers_of(facts: Facts) -> tuple[str, ...]:
    """Name the optimizer, with its options and without; of several, how many there are and which."""
    known = () if facts.script is None else facts.script.optimizers
    if len(known) < 2:
        return optimizer_words(facts.recipe)
    several = f"{len(known)} optimizers"
    return f"{several}: {', '.join(shortened(each.kind, 16) for each in known[:_MOST_NAMED])}", several


def rate_words(view: View) -> tuple[str, ...]:
    """Name the learning rate of the next step; where there are several, of groups or optimizers, those that differ."""
    first = significant(view.state.learning_rate)
    others: tuple[str, ...] = ()
    if view.facts.script is not None and view.now is None:
        rates = [rate for each in view.facts.script.optimizers for rate in each.rates][1:]
        others = tuple(dict.fromkeys(significant(rate) for rate in rates if isfinite(rate)))
    shown = [first, *(each for each in others if each != first)]
    if len(shown) == 1:
        return f"learning rate {first}", f"rate {first}"
    words = ", ".join(shown[:_MOST_NAMED]) + " …" * (len(shown) > _MOST_NAMED)
    return f"learning rates {words}", f"rates {words}", f"rate {first} …"


def loading_phrases(recipe: Recipe) -> list[Phrase]:
    """Say what will run, while the data are read."""
    return [phrase(1, data_name(recipe)), phrase(2, *optimizer_words(recipe))]


def rate_phrases(view: View, within: int | None) -> list[Phrase]:
    """Say how the learning rate lies to its limit, and what comes of it.

    Parameters
    ----------
    within
        The epoch by which the cost is within 1e-6 of least squares; None where that is never, or not known.
    """
    state, script = view.state, view.facts.script
    if state.phase is Phase.FAILED:  # why, stands above the keys, where there is room for all of it
        return []
    if state.phase is Phase.DIVERGED:
        return [phrase(0, *why_diverged(view), style="bad")]
    broken = [] if script is None or script.broken is None else [phrase(1, script.broken.words, style="bad")]
    words = rate_words(view) if isfinite(state.learning_rate) else ()
    name = tuple((text, 5 if text is not words[-1] else 0) for text in words)
    ranks = (2, 2) if state.phase.has_ended else (4, 2)  # at the end the truth matters more than the gauge
    outlooks = tuple(zip(outlook(view, within), ranks, strict=False))
    return [Phrase(name), *broken, *_limit_phrases(view), Phrase(outlooks, _outlook_style(view, within))]


def _outlook_style(view: View, within: int | None) -> str:
    """Warn where the run is to end before the cost is near least squares."""
    state = view.state
    is_too_late = within is not None and not state.phase.has_ended and 0 <= state.last_epoch < within
    return "warning" if is_too_late else ""


def _limit_phrases(view: View) -> list[Phrase]:
    """Draw the learning rate's share of the largest stable one, and name it."""
    share, limit = view.share_of_limit, view.facts.largest_stable_learning_rate
    if limit == 0:
        return [phrase(1, "never stable with a momentum of 1 or more", "never stable", style="bad")]
    if share is None or limit is None or not isfinite(limit):
        return []
    stable = f"stable to {significant(limit)}"
    gauges = [f"{drawn.before}{drawn.mark}{drawn.after}" for drawn in (rate_gauge(share, cells) for cells in _GAUGES)]
    long, short = (f"{gauge} {stable}" for gauge in gauges)
    word = phrase(1, verdict(share), style=verdict_style(share))
    return [Phrase(((long, 6), (short, 3), (stable, 3)), "gauge"), word]


def outlook(view: View, within: int | None) -> tuple[str, ...]:
    """Say how far the cost is from least squares, and when it will be there."""
    above = distance(view)
    if above is None:
        cost = f"cost {significant(view.state.cost)}"
        of_least = above_minimum(view)
        if of_least is not None:
            return f"{of_least} before the last step", of_least
        return (f"{cost} before the last step", cost) if isfinite(view.state.cost) else ("",)
    reached = view.state.epoch + 1
    if view.state.phase.has_ended:
        if within is None or within <= reached:
            return (above,)
        more = count(within - reached)
        return (f"{above}: {more} more {view.state.unit}s would reach 1e−6", above)
    if within is None:
        return (above,)
    if within <= reached:
        return ("within 1e−6 of least squares", "at least squares")
    by = count(within) if within < 1e8 else metric(within)
    unit = view.state.unit
    return (f"within 1e−6 of least squares by {unit} {by}", f"1e−6 by {unit} {by}")


def distance(view: View) -> str | None:
    """Say how far the cost is above that of least squares; None where that is not known."""
    quadratic, excess = view.facts.quadratic, view.excess
    if quadratic is None or excess is None or not isfinite(excess) or quadratic.reference == 0:
        return None
    if view.above_ridge is not None:
        return _above_ridge(view.above_ridge)
    if excess == 0:
        return "the cost of least squares, to its last digit"
    share = excess / quadratic.reference
    if not isfinite(share):
        return None
    if quadratic.floor < quadratic.reference:  # least squares costs nothing: there is no ratio to it
        return f"cost {significant(excess)} above least squares"
    if share < 0.995:
        return f"cost {percent(share)} above least squares"
    return f"cost {significant(1 + share, 3)} × that of least squares"


def _above_ridge(share: float) -> str | None:
    """Say how far the cost with the penalty of a weight decay is above that of the ridge solution."""
    if not isfinite(share):
        return None
    if share < _LAST_DIGITS:
        return "at the ridge solution, to its last digits"
    if share < 0.995:
        return f"cost and penalty {percent(share)} above ridge"
    return f"cost and penalty {significant(1 + share, 3)} × that of ridge"


def above_minimum(view: View) -> str | None:
    """Say how far the cost before the last step is above the criterion's own minimum; None where that is not known."""
    least, cost = view.facts.minimum, view.state.cost
    if least is None or not isfinite(cost):
        return None
    if not least.cost > 0:
        return f"cost {significant(cost)}, least 0"
    share = max(0.0, cost / least.cost - 1)
    if share < _LAST_DIGITS:
        return "the least cost, to its last digits"
    if share < 0.995:
        return f"cost {percent(share)} above its minimum"
    return f"cost {significant(1 + share, 3)} × its minimum"


def why_diverged(view: View) -> tuple[str, ...]:
    """Say why the run diverged, in terms of the limit where there is one, and what to do."""
    rate, limit, share = view.state.learning_rate, view.facts.largest_stable_learning_rate, view.share_of_limit
    shown = significant(rate)
    if limit == 0:
        return (
            "no learning rate is stable with a momentum of 1 or more: o changes it",
            "momentum of 1 or more: press o",
        )
    if share is not None and limit is not None and share > 1:
        stable, times = significant(limit), told_apart(share, 1)
        return (
            f"the learning rate {shown} is {times} times the largest stable {stable}: press u to lower it and go back",
            f"rate {shown} is {times} × the largest stable {stable}: u lowers it and goes back",
            f"rate {shown}, stable below {stable}: press u",
            "rate too high: press u",
        )
    if not isfinite(rate):
        return ("it diverged: r starts again, o changes the optimizer", "it diverged: press r or o")
    return (
        f"it diverged at the learning rate {shown}: press u to lower it and go back",
        f"rate {shown} was too high: press u",
        "rate too high: press u",
    )
