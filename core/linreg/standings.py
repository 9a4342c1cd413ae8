"""How a race stands: each racer's way to the least cost, and who was there first by epochs and by seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from linreg.descent import Reached
from linreg.entries import Entry
from linreg.race import TOLERANCES, Race, Racer, Yardstick
from linreg.result import Result, result_of
from linreg.stopping import Status


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One racer where it stands.

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
    """Rank the racers by epochs: to the finer tolerance, then to the coarser one, then by what is left to go."""
    yardstick = race.yardstick
    unranked = [_stand(racer, yardstick) for racer in race.racers]
    by_epochs, by_seconds = ([_key(each, measure) for each in unranked] for measure in ("epochs", "seconds"))
    ranked = [
        replace(each, place_by_epochs=_place(of_epochs, by_epochs), place_by_seconds=_place(of_seconds, by_seconds))
        for each, of_epochs, of_seconds in zip(unranked, by_epochs, by_seconds, strict=True)
    ]
    return [each for _, _, each in sorted(zip(by_epochs, by_seconds, ranked, strict=True), key=lambda row: row[:2])]


def _stand(racer: Racer, yardstick: Yardstick) -> Standing:
    result = result_of(racer.trainer)
    excess_cost = result.excess_cost
    if not yardstick.is_exact:
        above = result.cost - yardstick.least
        excess_cost = above / yardstick.unit if yardstick.unit > 0 else (0.0 if above == 0 else None)
    reached = tuple(racer.reached(tolerance, yardstick) for tolerance in TOLERANCES)
    return Standing(racer.entry, result, reached, excess_cost)


def _key(standing: Standing, measure: str) -> tuple[float, ...]:
    """Return what a racer is ranked by; the less the better, and infinite throughout if it diverged."""
    if standing.result.status is Status.DIVERGED:
        return (inf,) * (len(TOLERANCES) + 1)
    ways = [inf if each is None else float(getattr(each, measure)) for each in reversed(standing.reached)]
    excess = standing.excess_cost if standing.excess_cost is not None else standing.result.cost
    left = 0.0 if isfinite(ways[0]) else excess
    return (*ways, left if isfinite(left) else inf)


def _place(key: tuple[float, ...], keys: Sequence[tuple[float, ...]]) -> int | None:
    return 1 + sum(other < key for other in keys) if isfinite(min(key)) else None
