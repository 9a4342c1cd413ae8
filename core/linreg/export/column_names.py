"""What the columns of a run's epochs are called in a table, where a feature may have any name."""

from collections.abc import Iterable

from linreg.text import told_apart

EPOCH, COST, ABOVE, RATE, BIAS = "epoch", "cost", "above_least_squares", "learning_rate", "b"
HELD_OUT = "held_out_cost"


def weight_columns(names: Iterable[str], has_bias: bool) -> list[str]:
    """Name each weight's column after its feature, told apart from the columns that every run has.

    A feature called ``cost`` has the column ``w_cost``, one called ``w_cost`` has ``w_w_cost``: no name is there twice.
    """
    own = {EPOCH, COST, ABOVE, RATE, HELD_OUT} | ({BIAS} if has_bias else set())
    return [told_apart(name, own) for name in names]


def epoch_columns(weight_names: Iterable[str], has_bias: bool, holds_out: bool = False) -> list[str]:
    """Name the columns of an epoch's row: the epoch, the weights, b where there is one, the cost, and that held out."""
    costs = [COST, HELD_OUT] if holds_out else [COST]
    return [EPOCH, *weight_columns(weight_names, has_bias), *([BIAS] if has_bias else []), *costs]


def curve_columns(names: Iterable[str], others: Iterable[str]) -> list[str]:
    """Name each curve's column after it; one that has another column's name after ``curve_``, as often as it takes."""
    taken, columns = set(others), []
    for name in names:
        while name in taken:
            name = f"curve_{name}"
        taken.add(name)
        columns.append(name)
    return columns
