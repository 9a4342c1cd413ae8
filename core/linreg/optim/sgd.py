"""SGD's arguments as numbers, read without torch: they decide its trajectory and how stable it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from linreg.checks import OptionValue

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True)
class SgdArguments:
    """The arguments of torch.optim.SGD that change its trajectory; momentum may be left to the curvature."""

    momentum: float | Literal["auto"] = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False


class SgdKeywords(TypedDict):
    """What the curvature and the spectral engine take of SGD's arguments."""

    momentum: float
    dampening: float
    nesterov: bool
    weight_decay: float


def sgd_arguments(options: Mapping[str, OptionValue]) -> SgdArguments | None:
    """Read SGD's arguments without torch; None where there are others, or a value that torch.optim should judge."""
    numbers = {"momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0}
    nesterov, momentum_is_auto = False, False
    for name, value in options.items():
        text = str(value).strip().lower()
        if name == "momentum" and text == "auto":
            momentum_is_auto = True
        elif name == "nesterov" and text in _TRUE | _FALSE:
            nesterov = text in _TRUE
        elif name in numbers and (number := _number(text)) is not None and number >= 0:
            numbers[name] = number
        else:
            return None
    if nesterov and (numbers["dampening"] != 0 or not (momentum_is_auto or numbers["momentum"] > 0)):
        return None
    return SgdArguments(
        momentum="auto" if momentum_is_auto else numbers["momentum"],
        dampening=numbers["dampening"],
        weight_decay=numbers["weight_decay"],
        nesterov=nesterov,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number < float("inf") else None
