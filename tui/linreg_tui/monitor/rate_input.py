"""What may be typed where a learning rate is asked for."""

from math import isfinite

from linreg.errors import LinregError
from linreg.text import shortened
from linreg_tui.text.numbers import significant


def read_rate(text: str, now: float, limit: float | None) -> float:
    """Read a learning rate: ``0.01``, ``x2`` and ``/3`` from the present one, ``50%`` of the largest stable one.

    Raises
    ------
    LinregError
        It is none of these, or no number above 0.
    """
    word = text.strip().lower().replace("×", "x").replace("*", "x").replace("÷", "/").replace(" ", "")
    try:
        if word[:1] in ("x", "/"):
            factor = float(word[1:])
            rate = now * factor if word[0] == "x" else now / factor
        elif word.endswith("%"):
            if limit is None or not isfinite(limit):
                raise LinregError("no largest stable learning rate is known here: give a number.")
            rate = float(word[:-1]) / 100 * limit
        else:
            rate = float(word)
    except (ValueError, ZeroDivisionError):
        raise LinregError(
            f"{shortened(repr(text))} is no learning rate: give a number above 0, x2 or /2, or 50% of the stable one."
        ) from None
    if not (rate > 0 and isfinite(rate)):
        raise LinregError("a learning rate is a finite number above 0.")
    return rate


def rate_hint(limit: float | None) -> str:
    """Say what may be typed, and the largest stable rate where it is known."""
    known = limit is not None and isfinite(limit) and limit > 0
    stable = f"; 50% of the largest stable, {significant(limit)}" if known and limit is not None else ""
    return f"a number above 0, x2 or /2 from now{stable}"
