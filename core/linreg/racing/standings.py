"""How a race stands: each racer's way to the least cost, who was there first, and what each run came to."""

from dataclasses import dataclass

from linreg.racing.descent import Reached
from linreg.racing.entries import Entry
from linreg.racing.positions import Position, positions
from linreg.racing.race import Race, Racer
from linreg.training.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What one racer has come to: its result, and its place among all.

    Attributes
    ----------
    entry, result
        What runs, and what it has come to.
    reached
        For each of `TOLERANCES` when its cost was first that near the least; None where it never was.
    excess_cost
        Its cost above the least, over the unit of the race's yardstick; None where that is 0.
    place_by_epochs, place_by_seconds
        From 1; the same for racers that nothing tells apart. None of one that diverged: what it came by is gone.
    """

    entry: Entry
    result: Result
    reached: tuple[Reached | None, ...]
    excess_cost: float | None
    place_by_epochs: int | None = None
    place_by_seconds: int | None = None


def standings(race: Race) -> list[Standing]:
    """Rank the racers by epochs, as `positions` does, and take stock of each."""
    return [_stand(race.racers[position.number], position) for position in positions(race)]


def _stand(racer: Racer, position: Position) -> Standing:
    return Standing(
        entry=racer.entry,
        result=racer.trainer.result(),
        reached=position.reached,
        excess_cost=position.excess_cost,
        place_by_epochs=position.place_by_epochs,
        place_by_seconds=position.place_by_seconds,
    )
