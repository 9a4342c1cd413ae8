"""What a script's optimizer says of its steps."""

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING, Any

from linreg.training.problem import SgdKeywords

if TYPE_CHECKING:
    from torch.optim import Optimizer


def rate_of(optimizer: "Optimizer") -> float:
    """Return the learning rate of the first group; NaN where it has none that can be read without waiting."""
    rate = optimizer.param_groups[0].get("lr", nan)
    if type(rate) is float:
        return rate
    return float(rate) if not hasattr(rate, "is_cuda") or not rate.is_cuda else nan


def sgd_keywords(optimizer: str, options: Mapping[str, Any]) -> SgdKeywords | None:
    """Return SGD's arguments, or those of a loop by hand (no optimizer), which is plain gradient descent."""
    if optimizer not in ("", "SGD") or options.get("maximize"):
        return None
    return SgdKeywords(
        momentum=float(options.get("momentum", 0.0)),
        dampening=float(options.get("dampening", 0.0)),
        nesterov=bool(options.get("nesterov", False)),
        weight_decay=float(options.get("weight_decay", 0.0)),
    )
