"""How far a run is from least squares: its cost in per cent of that, wherever it is called excess; its parameters."""

from math import isfinite

from linreg.arrays import EPSILON
from linreg_tui.text.numbers import count, short_percent, significant

NOTHING = "–"
"""What stands where a number is not known, or says nothing."""


def excess_text(share: float | None, width: int, digits: int = 2) -> str:
    """Write an excess cost over that of least squares; None where least squares costs nothing, or is not known."""
    if share is None:
        return NOTHING
    if not isfinite(share):
        return significant(share)
    return short_percent(share, width, digits) if share > EPSILON else "0 %"  # then no digit of the cost differs


def errors_text(away: float) -> str:
    """Write a distance in standard errors: two digits of a small one, three of a larger, no exponent where readable."""
    if away < 1:
        return significant(away, 2)
    return count(round(away)) if 100 <= away < 1e6 else significant(away, 3)
