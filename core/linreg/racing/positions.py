"""How a race stands, briefly: what can be told of every racer many times a second, and their order."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from linreg.phase import Phase
from linreg.racing.descent import Reached
from linreg.racing.race import TOLERANCES, Race, Racer, Yardstick
from linreg.training.outcome import excess_cost_of


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """Where one racer is on its way, as often as somebody looks.

    Attributes
    ----------
    number
        Which one it is, counted from 0 in the order of the entries.
    status, reason
        How its run stands, and why it ended.
    epoch
        The last epoch that has run with finite numbers; −1 before the first.
    cost
        That of its parameters as they are.
    excess_cost
        Its cost above the least, over the unit of the race's yardstick; None where that is 0.
    seconds
        Spent in its own engine.
    reached
        For each of `TOLERANCES` when its cost was first that near the least; None where it never was.
    place_by_epochs, place_by_seconds
        From 1; the same for racers that nothing tells apart. None of one that diverged: what it came by is gone.
    """

    number: int
    status: Phase
    reason: str
    epoch: int
    cost: float
    excess_cost: float | None
    seconds: float
    reached: tuple[Reached | None, ...]
    place_by_epochs: int | None = None
    place_by_seconds: int | None = None


def positions(race: Race) -> tuple[Position, ...]:
    """Rank the racers by epochs: to the finer tolerance, then to the coarser one, then by what is left to go."""
    yardstick = race.yardstick
    with np.errstate(over="ignore"):  # of one that diverges
        unranked = [_stand(number, racer, yardstick) for number, racer in enumerate(race.racers)]
    by_epochs, by_seconds = ([_key(each, measure) for each in unranked] for measure in ("epochs", "seconds"))
    ranked = [
        replace(each, place_by_epochs=of_epochs, place_by_seconds=of_seconds)
        for each, of_epochs, of_seconds in zip(unranked, _places(by_epochs), _places(by_seconds), strict=True)
    ]
    in_order = sorted(zip(by_epochs, by_seconds, ranked, strict=True), key=lambda row: row[:2])
    return tuple(each for _, _, each in in_order)


def _stand(number: int, racer: Racer, yardstick: Yardstick) -> Position:
    trainer, quadratic = racer.trainer, racer.trainer.problem.quadratic
    if quadratic is not None:
        excess_cost = excess_cost_of(quadratic, racer.height)
    else:
        above = racer.cost - yardstick.least
        excess_cost = above / yardstick.unit if yardstick.unit > 0 else (0.0 if above == 0 else None)
    return Position(
        number=number,
        status=trainer.status,
        reason=trainer.reason,
        epoch=trainer.epoch,
        cost=racer.cost,
        excess_cost=excess_cost,
        seconds=trainer.seconds,
        reached=tuple(racer.reached(tolerance, yardstick) for tolerance in TOLERANCES),
    )


def _key(position: Position, measure: str) -> tuple[float, ...]:
    """Return what a racer is ranked by; the less the better, and infinite throughout if it diverged."""
    if position.status is Phase.DIVERGED:
        return (inf,) * (len(TOLERANCES) + 1)
    ways = [inf if each is None else float(getattr(each, measure)) for each in reversed(position.reached)]
    excess = position.excess_cost if position.excess_cost is not None else position.cost
    left = 0.0 if isfinite(ways[0]) else excess
    return (*ways, left if isfinite(left) else inf)


def _places(keys: Sequence[tuple[float, ...]]) -> list[int | None]:
    in_order = sorted(keys)
    return [1 + bisect_left(in_order, key) if isfinite(min(key)) else None for key in keys]
