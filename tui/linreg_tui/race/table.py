"""The ranking as text: who, how soon, how near, in columns whose width never changes while the race goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from rich.cells import cell_len

from linreg.phase import Phase
from linreg.racing.entries import option_text
from linreg.racing.positions import Position
from linreg.racing.race import TOLERANCES
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.distance import NOTHING, excess_text
from linreg_tui.text.numbers import MINUS, count, fixed, significant

GAP, MARK = 2, 4
"""Cells between two columns; of the sign of the chosen racer and of the letter, a blank after each."""
_LONGEST_NAME, _SHORTENED_NAME, _SHORTEST_NAME = 48, 22, 8
_LONGEST_OPTIONS = 40
_ENDS = (Phase.FINISHED, Phase.CONVERGED, Phase.DIVERGED)
_COST, _EXCESS, _MILLISECONDS = 10, 8, 10


def tolerance_name(tolerance: float) -> str:
    """Write a tolerance: ``1e−6``."""
    return f"{tolerance:.0e}".replace("e-0", f"e{MINUS}")


_COARSE, _FINE = (tolerance_name(tolerance) for tolerance in TOLERANCES)
_DISPENSABLE = ("cost", "by time", f"ms to {_FINE}", f"to {_COARSE}", "status", "excess", f"to {_FINE}")
"""Which columns give way on a narrow screen, first things first."""


@dataclass(frozen=True, slots=True)
class RaceTable:
    """How a ranking is written in `width` cells.

    Attributes
    ----------
    names
        What sets each racer apart, in the order of the entries, their parts in line; safe to show.
    name_width
        The cells that these have.
    columns
        The other columns that there is room for, by heading, each with its cells.
    """

    width: int
    names: tuple[str, ...]
    name_width: int
    columns: dict[str, int]

    @classmethod
    def of(cls, facts: Sequence[Facts], last_epoch: int, width: int) -> Self:
        """Choose the columns for a race and a width."""
        names = _in_line(list(map(_parts_of_a_name, facts, _what_varies(facts))))
        longest = min(_LONGEST_NAME, max(map(cell_len, names)))
        epochs = max(len(f"to {_FINE}"), len(count(last_epoch + 1)))
        columns = {
            f"to {_COARSE}": epochs,
            f"to {_FINE}": epochs,
            f"ms to {_FINE}": _MILLISECONDS,
            "by time": len("by time"),
            "cost": _COST,
            "excess": _EXCESS,
            "status": max(len(status.value) for status in _ENDS),
        }
        room = width - MARK - len("place") - GAP
        for name in _DISPENSABLE:
            if min(longest, _SHORTENED_NAME) + _total(columns) <= room:
                break
            del columns[name]
        return cls(width, names, max(_SHORTEST_NAME, min(longest, room - _total(columns))), columns)

    @property
    def heading(self) -> str:
        """The names of the columns, after the mark."""
        return self._joined("place", "racer", {name: name for name in self.columns})

    def row(self, position: Position) -> str:
        """Write one racer, after the mark."""
        coarse, fine = position.reached
        word = "" if position.status is Phase.RUNNING else position.status.value
        ended_badly = position.status is Phase.DIVERGED and "status" not in self.columns
        cells = {
            f"to {_COARSE}": NOTHING if coarse is None else count(coarse.epochs),
            f"to {_FINE}": NOTHING if fine is None else count(fine.epochs),
            f"ms to {_FINE}": NOTHING if fine is None else fixed(1000 * fine.seconds, _MILLISECONDS, 2).strip(),
            "by time": _place(position.place_by_seconds if position.epoch >= 0 else None),
            "cost": fixed(position.cost, _COST, 6).strip(),
            "excess": word if ended_badly else excess_text(position.excess_cost, _EXCESS),
            "status": word,
        }
        place = position.place_by_epochs if position.epoch >= 0 else None
        return self._joined(_place(place), self.names[position.number], cells)

    def _joined(self, place: str, name: str, cells: dict[str, str]) -> str:
        text = place.rjust(len("place")) + " " * GAP + flush_left(name, self.name_width)
        for heading, width in self.columns.items():
            cell = cells[heading]
            text += " " * GAP + (cell.ljust(width) if heading == "status" else cell.rjust(width))
        return text


def short_names(facts: Sequence[Facts]) -> tuple[str, ...]:
    """Say what sets each racer apart, in few words."""
    parts = map(_parts_of_a_name, facts, _what_varies(facts))
    return tuple(" ".join(filter(None, each)) for each in parts)


def _total(columns: dict[str, int]) -> int:
    return sum(width + GAP for width in columns.values())


def _what_varies(facts: Sequence[Facts]) -> Iterator[tuple[str, ...]]:
    """Yield for each racer the batch size, the init and the seed, as far as they are not the same for all."""
    recipes = [each.recipe for each in facts]
    batches, inits, seeds = (
        len({getattr(recipe, name) for recipe in recipes}) > 1 for name in ("batch_size", "init", "seed")
    )
    for recipe in recipes:
        batch = "full batch" if recipe.batch_size is None else f"batch {count(recipe.batch_size)}"
        words = ((batches, batch), (inits, f"init {recipe.init}"), (seeds, f"seed {recipe.seed}"))
        yield tuple(word for varies, word in words if varies)


def _parts_of_a_name(facts: Facts, varying: tuple[str, ...]) -> tuple[str, ...]:
    """Return a racer's optimizer, its rate, and all else that sets it apart."""
    rate = significant(facts.learning_rate) if facts.learning_rate == facts.learning_rate else ""
    options = shortened(option_text(facts.recipe.options), _LONGEST_OPTIONS)
    return (shortened(facts.recipe.optimizer, 16), rate, " ".join(filter(None, (options, ", ".join(varying)))))


def _in_line(names: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Put the parts of names below each other: optimizers flush left, rates flush right."""
    optimizer, rate = (max(len(name[part]) for name in names) for part in (0, 1))
    return tuple(f"{name[0]:<{optimizer}}  {name[1]:>{rate}}  {name[2]}".rstrip() for name in names)


def _place(place: int | None) -> str:
    return NOTHING if place is None else count(place)
