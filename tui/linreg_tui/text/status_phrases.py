"""The phrases of the lines above a run or a race, each in several wordings, and which of them fit.

They give way in the order of their rank, the highest first, from their longest wording to none at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf
from pathlib import Path

from rich.cells import cell_len

from linreg.data.bundled import name_of
from linreg.live.state import State
from linreg.phase import Phase
from linreg.racing.state import RaceState
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.text.numbers import count, duration, metric, pace, significant

GAP = 3
"""Cells between two phrases."""
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
class Phrase:
    """One phrase of a line.

    Attributes
    ----------
    wordings
        From the longest to the shortest, each with its rank: the highest of a line gives way first. A wording of rank 0
        never does, and the phrase is left out when the last one has given way.
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


def phrase(rank: int, *wordings: str, style: str = "") -> Phrase:
    """Make a phrase all of whose wordings have one rank; at rank 0 only the last stays whatever the room."""
    last = len(wordings) - 1
    return Phrase(tuple((text, rank or int(at < last)) for at, text in enumerate(wordings)), style)


def fitted(phrases: Sequence[Phrase], width: int, gap: int = GAP) -> list[Phrase]:
    """Shorten and leave out phrases until the line, with `gap` cells between two of them, is at most `width` wide."""
    kept = [each for each in phrases if each.wordings and each.text]
    while kept and sum(cell_len(each.text) for each in kept) + gap * (len(kept) - 1) > width:
        first = max(kept, key=lambda each: each.rank)
        if first.rank == 0:
            break
        at = kept.index(first)
        kept[at : at + 1] = [Phrase(first.wordings[1:], first.style)] if len(first.wordings) > 1 else []
    return kept


def state_words(state: State | RaceState, *, plain: bool) -> str:
    """Name the phase, after a sign unless `plain`: ``► RUNNING``."""
    words = state.phase.value.upper()
    if state.phase is Phase.SEEKING and state.goal is not None:
        words += f" {count(state.goal)}"
    if state.phase is Phase.PAUSED and state.epoch < 0:
        words += ": Space runs it"
    return words if plain else f"{_SIGNS[state.phase]} {words}"


def data_name(recipe: Recipe) -> str:
    """Name the data: as a bundled set, or the file without its folder and extension; safe."""
    bundled = name_of(recipe.data, recipe.title)
    if bundled is not None:
        return bundled
    return "standard input" if recipe.data == "-" else shortened(Path(recipe.data).stem or recipe.data, 24)


def optimizer_words(recipe: Recipe) -> tuple[str, ...]:
    """Name the optimizer, with its options and without."""
    name = shortened(recipe.optimizer, 16)
    options = ", ".join(f"{shortened(key, 16)} {shortened(_value(value), 10)}" for key, value in recipe.options.items())
    batch = f"batches of {count(recipe.batch_size)}" if recipe.batch_size is not None else ""
    course = shortened(recipe.schedule or "", 28)
    extra = ", ".join(each for each in (options, course, batch) if each)
    return (f"{name} ({extra})", name) if extra else (name,)


def model_phrases(recipe: Recipe) -> list[Phrase]:
    """Name what is trained where it is a module, the criterion, and that the features are standardised."""
    module = shortened((recipe.module or "").rpartition(":")[2], 36)
    is_usual = recipe.criterion == "MSELoss"
    return [
        phrase(2, module, shortened(module, 16)),
        phrase(8 if is_usual else 2, recipe.criterion),
        phrase(5, "standardised" if recipe.standardize else ""),
    ]


def _value(value: object) -> str:
    """Write an option's value."""
    if isinstance(value, float):
        return significant(value)
    return "yes" if value is True else "no" if value is False else str(value)


def size_phrase(facts: Facts) -> Phrase:
    """Say how many rows and features there are; of a script, how many numbers it trains."""
    if facts.script is not None:
        trained = sum(each.n_scalars for each in facts.script.tensors)
        return phrase(3, f"{count(trained)} parameter{'s' * (trained != 1)}", count(trained))
    rows, columns = count(facts.n_samples), count(len(facts.features))
    what = f"row{'s' * (facts.n_samples != 1)}{', changed' * facts.rows_changed}"
    size = f"{rows} {what} × {columns} feature{'s' * (len(facts.features) != 1)}"
    return phrase(3, size, f"{rows} × {columns}{', changed' * facts.rows_changed}")


def epoch_phrase(state: State | RaceState) -> Phrase:
    """Say how far the run is, in a width that stays the same."""
    unit = getattr(state, "unit", "epoch")
    if state.last_epoch < 0:
        return phrase(0, f"{unit} {count(state.epoch)}" if state.epoch >= 0 else f"{unit} –")
    last = count(state.last_epoch)
    epoch = (count(state.epoch) if state.epoch >= 0 else "–").rjust(len(last))
    return phrase(0, f"{unit} {epoch} of {last}", f"{epoch} of {last}", epoch)


def pace_phrases(state: State | RaceState) -> list[Phrase]:
    """Say how fast it goes and for how much longer; where it stands, how fast it would go, or what it came to."""
    is_bounded, unit = state.last_epoch >= 0, getattr(state, "unit", "epoch")
    done = phrase(2, f"{int(100 * (state.epoch + 1) / (state.last_epoch + 1))} %".rjust(5) if is_bounded else "")
    if state.phase is Phase.CONVERGED:
        return [done, phrase(3, state.reason)]
    if state.phase.has_ended:
        return [done, phrase(3, f"{duration(state.seconds)} of computing" if state.seconds else "")]
    flat_out = isinf(state.speed)
    if not state.phase.is_moving or not state.pace > 0:
        return [done, phrase(3, "speed: flat out" if flat_out else f"speed: {pace(state.speed, unit)}")]
    at_speed = not flat_out and abs(state.pace / state.speed - 1) < _AT_PACE
    speed = state.speed if at_speed else state.pace
    left = f"{duration((state.last_epoch - state.epoch) / speed)} left" if is_bounded else ""
    if state.phase is Phase.SEEKING and state.goal is not None and state.goal >= state.epoch:
        left = f"there in {duration((state.goal - state.epoch) / speed)}"
    return [
        done,
        phrase(3, pace(speed, unit).rjust(13), f"{metric(speed)}/s"),
        phrase(1, left.rjust(14) if left else "", left),
        phrase(4, "flat out" if flat_out else "" if at_speed else f"({metric(state.speed)} set)"),
    ]
