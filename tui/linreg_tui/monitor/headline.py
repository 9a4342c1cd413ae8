"""The words of the three lines at the top, each part in several lengths, and which of them fit.

Parts give way in the order of their rank, the highest first, from their longest wording to none at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isinf
from pathlib import Path

from rich.cells import cell_len

from linreg.live.state import Phase, State
from linreg.race.state import RaceState
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.monitor.view import View
from linreg_tui.text.gauge import rate_gauge, verdict
from linreg_tui.text.numbers import count, duration, metric, pace, percent, significant

Moment = State | RaceState
"""How a run stands, or a race: of both the lines read the phase, the epoch and the speed."""
_GAUGES = (20, 10)
"""Cells of the gauge, where there is room and where there is little."""
GAP = 3
"""Cells between two parts."""
_SIGNS = {
    Phase.LOADING: "⋯",
    Phase.PAUSED: "‖",
    Phase.RUNNING: "►",
    Phase.SEEKING: "»",
    Phase.FINISHED: "✓",
    Phase.CONVERGED: "✓",
    Phase.DIVERGED: "✕",
    Phase.FAILED: "✕",
    Phase.STOPPED: "■",
}
_AT_PACE = 0.1
"""How far, in part, the measured speed may be from the one that is set to be called the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a line.

    Attributes
    ----------
    wordings
        From the longest to the shortest, each with its rank: the highest of a line gives way first. A wording of rank 0
        never does, and the part is left out when the last one has given way.
    style
        What the text is, for its colour.
    """

    wordings: tuple[tuple[str, int], ...]
    style: str = ""

    @property
    def text(self) -> str:
        """The wording that is shown."""
        return self.wordings[0][0]

    @property
    def rank(self) -> int:
        """How soon that wording gives way."""
        return self.wordings[0][1]


def part(rank: int, *wordings: str, style: str = "") -> Part:
    """Make a part all of whose wordings have one rank; at rank 0 only the last stays whatever the room."""
    last = len(wordings) - 1
    return Part(tuple((text, rank or int(at < last)) for at, text in enumerate(wordings)), style)


def fitted(parts: Sequence[Part], width: int, gap: int = GAP) -> list[Part]:
    """Shorten and leave out parts until the line, with `gap` cells between two of them, is at most `width` wide."""
    kept = [each for each in parts if each.wordings and each.text]
    while kept and sum(cell_len(each.text) for each in kept) + gap * (len(kept) - 1) > width:
        first = max(kept, key=lambda each: each.rank)
        if first.rank == 0:
            break
        at = kept.index(first)
        kept[at : at + 1] = [Part(first.wordings[1:], first.style)] if len(first.wordings) > 1 else []
    return kept


def state_words(state: Moment, *, plain: bool) -> str:
    """Name the phase, after a sign unless `plain`: ``► RUNNING``."""
    words = state.phase.value.upper()
    if state.phase is Phase.SEEKING and state.goal is not None:
        words += f" {count(state.goal)}"
    if state.phase is Phase.PAUSED and state.epoch < 0:
        words += ": Space runs it"
    return words if plain else f"{_SIGNS[state.phase]} {words}"


def data_name(recipe: Recipe) -> str:
    """Name the data: the file without its folder and extension, safe."""
    return "standard input" if recipe.data == "-" else shortened(Path(recipe.data).stem or recipe.data, 24)


def optimizer_words(recipe: Recipe) -> tuple[str, ...]:
    """Name the optimizer, with its options and without."""
    name = shortened(recipe.optimizer, 16)
    options = ", ".join(f"{shortened(key, 16)} {shortened(_value(value), 10)}" for key, value in recipe.options.items())
    batch = f"batches of {count(recipe.batch_size)}" if recipe.batch_size is not None else ""
    extra = ", ".join(each for each in (options, batch) if each)
    return (f"{name} ({extra})", name) if extra else (name,)


def size_part(facts: Facts) -> Part:
    """Say how many rows and features there are."""
    rows, columns = count(facts.n_samples), count(len(facts.features))
    size = f"{rows} row{'s' * (facts.n_samples != 1)} × {columns} feature{'s' * (len(facts.features) != 1)}"
    return part(3, size, f"{rows} × {columns}")


def run_parts(view: View) -> list[Part]:
    """Say what runs: where, if not here, data, their size, optimizer, device, engine and why."""
    facts, reason = view.facts, view.facts.engine_reason
    return [
        part(1, *view.caption, style="name"),
        part(1, data_name(facts.recipe)),
        size_part(facts),
        part(2, *optimizer_words(facts.recipe)),
        part(5, shortened(facts.device, 12)),
        part(4, facts.engine),
        part(7, reason, reason.partition(":")[0], reason.partition(" (")[0], style="quiet"),
    ]


def _value(value: object) -> str:
    """Write an option's value."""
    if isinstance(value, float):
        return significant(value)
    return "yes" if value is True else "no" if value is False else str(value)


def loading_parts(recipe: Recipe) -> list[Part]:
    """Say what will run, while the data are read."""
    return [part(1, data_name(recipe)), part(2, *optimizer_words(recipe))]


def epoch_part(state: Moment) -> Part:
    """Say how far the run is, in a width that stays the same."""
    last = count(state.last_epoch)
    epoch = (count(state.epoch) if state.epoch >= 0 else "–").rjust(len(last))
    return part(0, f"epoch {epoch} of {last}", f"{epoch} of {last}", epoch)


def pace_parts(state: Moment) -> list[Part]:
    """Say how fast it goes and for how much longer; where it stands, how fast it would go, or what it came to."""
    done = part(2, f"{int(100 * (state.epoch + 1) / (state.last_epoch + 1))} %".rjust(5))
    if state.phase is Phase.CONVERGED:
        return [done, part(3, state.reason)]
    if state.phase.has_ended:
        return [done, part(3, f"{duration(state.seconds)} of computing" if state.seconds else "")]
    flat_out = isinf(state.speed)
    if not state.phase.is_moving or not state.pace > 0:
        return [done, part(3, "speed: flat out" if flat_out else f"speed: {pace(state.speed)}")]
    at_speed = not flat_out and abs(state.pace / state.speed - 1) < _AT_PACE
    speed = state.speed if at_speed else state.pace
    left = duration((state.last_epoch - state.epoch) / speed)
    return [
        done,
        part(3, pace(speed).rjust(13), f"{metric(speed)}/s"),
        part(1, f"{left} left".rjust(14), f"{left} left"),
        part(4, "flat out" if flat_out else "" if at_speed else f"({metric(state.speed)} set)"),
    ]


def rate_parts(view: View, within: int | None) -> list[Part]:
    """Say how the learning rate lies to its limit, and what comes of it.

    Parameters
    ----------
    within
        The epoch by which the cost is within 1e-6 of least squares; None where that is never, or not known.
    """
    state, rate = view.state, significant(view.state.learning_rate)
    if state.phase is Phase.FAILED:
        return [part(0, state.reason, style="bad")]
    if state.phase is Phase.DIVERGED:
        return [part(0, *why_diverged(view), style="bad")]
    name = ((f"learning rate {rate}", 5), (f"rate {rate}", 0)) if isfinite(state.learning_rate) else ()
    ranks = (2, 2) if state.phase.has_ended else (4, 2)  # at the end the truth matters more than the gauge
    outlooks = tuple(zip(outlook(view, within), ranks, strict=False))
    return [Part(name), *_limit_parts(view), Part(outlooks)]


def _limit_parts(view: View) -> list[Part]:
    """Draw the learning rate's share of the largest stable one, and name it."""
    share, limit = view.share_of_limit, view.facts.largest_stable_learning_rate
    if limit == 0:
        return [part(1, "never stable with a momentum of 1 or more", "never stable", style="bad")]
    if share is None or limit is None or not isfinite(limit):
        return []
    stable = f"stable to {significant(limit)}"
    gauges = [f"{drawn.before}{drawn.mark}{drawn.after}" for drawn in (rate_gauge(share, cells) for cells in _GAUGES)]
    long, short = (f"{gauge} {stable}" for gauge in gauges)
    word = part(1, verdict(share), style="bad" if share > 1 else "verdict")
    return [Part(((long, 6), (short, 3), (stable, 3)), "gauge"), word]


def outlook(view: View, within: int | None) -> tuple[str, ...]:
    """Say how far the cost is from least squares, and when it will be there."""
    above = distance(view)
    if above is None:
        return (f"cost {significant(view.state.cost)}" if isfinite(view.state.cost) else "",)
    reached = view.state.epoch + 1
    if view.state.phase.has_ended:
        if within is None or within <= reached:
            return (above,)
        more = count(within - reached)
        return (f"{above}: {more} more epochs would reach 1e−6", above)
    if within is None:
        return (above,)
    if within <= reached:
        return ("within 1e−6 of least squares", "at least squares")
    by = count(within) if within < 1e8 else metric(within)
    return (f"within 1e−6 of least squares by epoch {by}", f"1e−6 by epoch {by}")


def distance(view: View) -> str | None:
    """Say how far the cost is above that of least squares; None where that is not known."""
    quadratic, excess = view.facts.quadratic, view.excess
    if quadratic is None or excess is None or not isfinite(excess) or quadratic.reference == 0:
        return None
    share = excess / quadratic.reference
    if not isfinite(share):
        return None
    if quadratic.floor < quadratic.reference:  # least squares costs nothing: there is no ratio to it
        return f"cost {significant(excess)} above least squares"
    if share < 0.995:
        return f"cost {percent(share)} above least squares"
    return f"cost {significant(1 + share, 3)} × that of least squares"


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
        stable, times = significant(limit), significant(share, 3)
        return (
            f"the learning rate {shown} is {times} times the largest stable {stable}: press u to halve it and go back",
            f"rate {shown} is {times} × the largest stable {stable}: u halves it and goes back",
            f"rate {shown}, stable below {stable}: press u",
            "rate too high: press u",
        )
    if not isfinite(rate):
        return ("it diverged: r starts again, o changes the optimizer", "it diverged: press r or o")
    return (
        f"it diverged at the learning rate {shown}: press u to halve it and go back",
        f"rate {shown} was too high: press u",
        "rate too high: press u",
    )
