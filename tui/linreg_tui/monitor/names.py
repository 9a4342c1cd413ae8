"""What a run's parameters are called on the screen."""

from linreg.export.column_names import BIAS, weight_columns
from linreg.text import safe
from linreg.training.facts import Facts


def parameter_names(facts: Facts) -> tuple[str, ...]:
    """Name every parameter as it is shown, safe: the lecture's w where there is one weight, b last."""
    names = tuple(map(safe, weight_columns(facts.weight_names, facts.has_bias)))
    if facts.is_linear and len(names) == 1:
        names = ("w",)
    return (*names, BIAS) if facts.has_bias else names
