"""What may be typed where an epoch is asked for."""

from linreg.errors import LinregError
from linreg.text import shortened


def read_epoch(text: str, now: int, last: int) -> int:
    """Read an epoch: ``1,234``, ``+100`` and ``-100`` from here, ``50%``, ``start`` or ``end``.

    Returns
    -------
    int
        From −1, before the first, to `last`; steps from here stop at either end.

    Raises
    ------
    LinregError
        It is none of these, or there is no such epoch.
    """
    word = text.strip().lower().replace(",", "").replace("_", "").replace("−", "-").replace(" ", "")
    if word in ("start", "end"):
        return -1 if word == "start" else last
    try:
        if word.endswith("%"):
            share = float(word[:-1]) / 100
            if not 0 <= share <= 1:
                raise ValueError
            return round(share * last)
        if word[:1] in ("+", "-") and word != "-1":
            return min(last, max(-1, now + int(word)))
        epoch = int(word)
    except (ValueError, OverflowError):
        raise LinregError(
            f"{shortened(repr(text))} is no epoch: give a number, +100 or -100 from here, 50%, start or end."
        ) from None
    if not -1 <= epoch <= last:
        raise LinregError(f"there is no epoch {epoch:,} here: they go from 0 to {last:,}.")
    return epoch
