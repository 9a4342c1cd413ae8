"""What there is to know of a run as plain values, and back: the dataclasses that travel, field by field.

Which class a field has is written down here, so that what comes in can name none.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from linreg.history.buckets import Summary
from linreg.history.curves import CurvePiece
from linreg.history.increment import Increment, Shape
from linreg.history.rows import Segment
from linreg.live.state import Intervention, Notice, State
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Fit, Minimum
from linreg.numerics.scaling import Scaling
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.statistics.best_epoch import BestFit
from linreg.statistics.held_out import Score
from linreg.training.facts import Broken, Facts, OptimizerFacts, ScriptFacts, TensorSummary
from linreg.training.result import Result

T = TypeVar("T")
Parts = Mapping[str, Callable[[Any], Any]]


def plain(value: object) -> Any:
    """Take a dataclass apart, and those in it."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def made(kind: type[T], values: Mapping[str, Any], parts: Parts | None = None) -> T:
    """Make a dataclass of what `plain` took apart; `parts` says what its fields are made of, where they are no values.

    Raises
    ------
    LinregError, TypeError, ValueError, LookupError, AttributeError
        These are not the values of one.
    """
    parts = _PARTS.get(kind, {}) if parts is None else parts
    given = dict(values)
    for name, make in parts.items():
        if given.get(name) is not None:
            given[name] = make(given[name])
    return kind(**given)


def one(kind: type[T]) -> Callable[[Any], T]:
    """Return what makes one of a kind."""
    return lambda values: made(kind, values)


def _several(kind: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return lambda values: tuple(made(kind, each) for each in values)


_PARTS: dict[type, Parts] = {
    Facts: {
        "recipe": one(Recipe),
        "scaling": one(Scaling),
        "least_squares": one(LeastSquares),
        "quadratic": one(Quadratic),
        "script": one(ScriptFacts),
        "minimum": one(Minimum),
    },
    Minimum: {"least_squares": one(Fit)},
    ScriptFacts: {
        "tensors": _several(TensorSummary),
        "optimizers": _several(OptimizerFacts),
        "broken": one(Broken),
    },
    State: {
        "phase": Phase,
        "interventions": _several(Intervention),
        "notice": one(Notice),
        "result": one(Result),
    },
    Result: {
        "status": Phase,
        "least_squares": one(LeastSquares),
        "minimum": one(Minimum),
        "held_out": one(Score),
        "best": one(BestFit),
    },
    Increment: {
        "shape": lambda values: Shape(*values),
        "buckets": one(Summary),
        "passed": _several(Segment),
        "curves": lambda values: tuple(CurvePiece(*each) for each in values),
    },
}
