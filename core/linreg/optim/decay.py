"""Where an optimizer's weight decay leads, known without torch: as a penalty on the cost, or past it.

Most optimizers add λ θ to the gradient, and come to rest where the cost plus ½ λ ‖θ‖² is least, however they step. A
decoupled decay (Loshchilov & Hutter 2019) shrinks the parameters beside the step instead: AdamW then leads, where its
learning rate falls, to the least cost with every parameter within ±1/λ (Xie & Li 2024), which is no ridge solution, and
may be least squares itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from linreg.checks import OptionValue

_COUPLED = frozenset({"sgd", "adam", "adamax", "nadam", "radam", "rmsprop", "adagrad", "adadelta", "asgd"})
_DECOUPLED = frozenset({"adamw", "adafactor", "muon"})
_BOUNDED = frozenset({"adam", "adamw"})
_FALSE = frozenset({"false", "no", "off", "0", "none"})


@dataclass(frozen=True, slots=True)
class Decay:
    """A weight decay: its λ, whether it is part of the gradient, and what it bounds parameters by, where that is known.

    `bound` is None where the decay is coupled, for then it is a penalty and no bound.
    """

    amount: float
    is_coupled: bool
    bound: float | None = None


def decay_of(optimizer: str, options: Mapping[str, OptionValue]) -> Decay | None:
    """Return an optimizer's weight decay; None where there is none, or nothing is known of it."""
    name = optimizer.strip().lower()
    amount = _number(options.get("weight_decay"))
    if not amount > 0 or name not in _COUPLED | _DECOUPLED or _number(options.get("lambd")) != 0:
        return None
    is_decoupled = str(options.get("decoupled_weight_decay", False)).strip().lower() not in _FALSE
    if name in _COUPLED and not is_decoupled:
        return Decay(amount, is_coupled=True)
    return Decay(amount, is_coupled=False, bound=1 / amount if name in _BOUNDED else None)


def _number(value: OptionValue) -> float:
    """Read a number; 0 where there is none, NaN where it is none."""
    try:
        return 0.0 if value is None else float(str(value))
    except ValueError:
        return float("nan")
