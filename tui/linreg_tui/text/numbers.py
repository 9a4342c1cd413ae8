"""Numbers as text: the significant digits they deserve, in columns that do not jitter, with the real minus sign.

A number that is not zero is never shown as 0.000: where fixed decimals would leave fewer than two of its digits, it is
written with an exponent. Nothing is ever clipped: what does not fit loses digits, never its size.
"""

from dataclasses import dataclass
from math import floor, isfinite, isnan, log10
from typing import Self

MINUS = "−"
_MOST_DIGITS_OF_A_SMALL_ONE = 3
_SMALLEST_OF_THE_UNITS = 0.01
"""Down to here a column has as many decimals as one of units, so that 1.5 and 0.2 stand in line."""


def count(number: int) -> str:
    """Write a whole number: ``1,234``."""
    return _signs(f"{number:,}")


def significant(number: float, digits: int = 4, *, signed: bool = False) -> str:
    """Write a number with at most so many significant digits and no zeros at the end: ``0.01``, ``4.544e−05``."""
    return _word(number) or _signs(f"{number + 0.0:{'+' if signed else ''}.{digits}g}")


def scientific(number: float, width: int, *, signed: bool = False, digits: int = 17) -> str:
    """Write a number with an exponent and as many digits as fit in `width`, at least one: ``1.1e−06``."""
    if word := _word(number):
        return word
    sign = "+" if signed else ""
    for decimals in range(digits - 1, 0, -1):
        text = f"{number:{sign}.{decimals}e}"
        if len(text) <= width:
            return _signs(text)
    return _signs(f"{number:{sign}.0e}")


def fixed(number: float, width: int, decimals: int, *, signed: bool = False) -> str:
    """Write a number flush right in `width` cells with so many decimals, fewer where it is too long.

    With an exponent where even that is too long, or where the decimals that fit say too little.
    """
    if word := _word(number):
        return word.rjust(width)
    if number and abs(number) < 10.0 ** (1 - decimals):
        return _small(number, width, signed).rjust(width)
    sign = "+" if signed and number else ""
    for n_decimals in range(decimals, -1, -1):
        text = f"{number + 0.0:{sign}.{n_decimals}f}"
        if len(text) <= width:
            if n_decimals and 0 < abs(number) < 10.0 ** (1 - n_decimals):
                small = _small(number, width, signed)
                text = small if len(small) <= width else text
            return _signs(text).rjust(width)
    return scientific(number, width, signed=signed).rjust(width)


def _small(number: float, width: int, signed: bool) -> str:
    return scientific(number, width, signed=signed, digits=_MOST_DIGITS_OF_A_SMALL_ONE)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How the numbers of one column are written, so that their points are in line."""

    width: int
    decimals: int

    @classmethod
    def of(cls, size: float, width: int, digits: int = 7, smallest: float | None = None) -> Self:
        """Give numbers up to `size` that many significant digits, fewer where `width` has no room for them.

        The `smallest` that matters gets all but two of these, as far as there is room.
        """
        whole = magnitude(size) + 1
        whole = 1 if _SMALLEST_OF_THE_UNITS <= size < 1 else whole
        room = width - len(f"{MINUS}.") - max(1, whole)
        wanted = digits - whole
        if smallest:
            wanted = max(wanted, digits - 3 - magnitude(smallest))
        return cls(width, max(0, min(wanted, room)))

    def text(self, number: float, *, signed: bool = False) -> str:
        """Write one number of the column."""
        return fixed(number, self.width, self.decimals, signed=signed)


def magnitude(number: float) -> int:
    """Return the power of ten of a number's first digit; 0 for what has none."""
    return floor(log10(abs(number))) if number and isfinite(number) else 0


def metric(number: float) -> str:
    """Write about how many, with two digits: ``8.5``, ``300``, ``8,300``, ``12k``, ``3.2M``."""
    if word := _word(number):
        return word
    if number >= 1e13:
        return significant(number, 2)
    number = float(f"{number:.2g}")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            scaled = number / min(size, 1e3 if letter == "k" else size)
            return (f"{scaled:.1f}" if scaled < 10 else f"{scaled:,.0f}") + letter
    return f"{number:,.0f}" if number >= 10 else _signs(f"{number:.2g}")


def pace(epochs_a_second: float, unit: str = "epoch") -> str:
    """Write a speed: ``300 epochs/s``."""
    return f"{metric(epochs_a_second)} {unit}s/s"


def duration(seconds: float) -> str:
    """Write a length of time in its two largest units: ``6 s``, ``3 m 05 s``, ``1 h 02 m``, ``2 d 03 h``."""
    if not isfinite(seconds):
        return "for ever"
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if not minutes:
        return f"{whole} s"
    if not hours:
        return f"{minutes} m {whole % 60:02} s"
    return f"{hours} h {minutes % 60:02} m" if not days else f"{days:,} d {hours % 24:02} h"


def percent(share: float) -> str:
    """Write a share with two significant digits, and never 0 for what is not: ``41 %``, ``0.29 %``, ``3e−05 %``."""
    if word := _word(share):
        return f"{word} %"
    if abs(share) >= 1e4:
        return f"{significant(share, 2)} × 100 %"
    hundredths = 100 * share
    return f"{hundredths:,.0f} %" if abs(hundredths) >= 10 else f"{significant(hundredths, 2)} %"


def short_percent(share: float, width: int, digits: int = 2) -> str:
    """Write a share in per cent in at most `width` cells, with an exponent where that takes it: ``3.1e−07 %``."""
    hundredths = 100 * share
    text = count(round(hundredths)) if 10.0 ** (digits - 1) <= hundredths < 1e9 else significant(hundredths, digits)
    return (text if len(text) <= width - 2 else scientific(hundredths, width - 2, digits=digits)) + " %"


def part(share: float) -> str:
    """Write a share as `percent` does, but nothing short of the whole as 100 %: ``99.76 %``."""
    if not 0.995 <= share < 1:
        return percent(share)
    texts = (f"{100 * share:.{decimals}f}" for decimals in range(1, 15))
    return next((text for text in texts if float(text) < 100), "100") + " %"


def told_apart(number: float, bound: float, digits: int = 3) -> str:
    """Write a number with so many digits, and more where it would else be taken for a bound: ``1.0003``."""
    texts = (significant(number, n_digits) for n_digits in range(digits, 18))
    return next((text for text in texts if float(text.replace(MINUS, "-")) != bound), significant(number, digits))


def in_ascii(text: str) -> str:
    """Replace every sign that this package draws by ASCII of the same width, for terminals with nothing else."""
    return text.translate(_ASCII)


def spelled_out(text: str) -> str:
    """Replace the signs of a formula by ASCII that reads better, where no column has to be kept."""
    return in_ascii(text.replace("←", "<-").replace("η", "lr").replace("Δ", "change").replace("√", "sqrt"))


def _word(number: float) -> str:
    """Name what is no number."""
    if isfinite(number):
        return ""
    return "NaN" if isnan(number) else "inf" if number > 0 else f"{MINUS}inf"


def _signs(text: str) -> str:
    return text.replace("-", MINUS)


_ASCII = str.maketrans(
    {
        "−": "-",
        "×": "x",
        "÷": "/",
        "·": "*",
        "…": "~",
        "Δ": "d",
        "∂": "d",
        "η": "r",
        "λ": "l",
        "²": "2",
        "├": "|",
        "┤": "|",
        "─": "-",
        "━": "=",
        "╸": ">",
        "●": "o",
        "←": "=",
        "–": "-",
        "▸": ">",
        "▾": "v",
        "▴": "^",
        "\u0302": "",  # the hat of m̂ takes no cell of its own
        "√": "V",
        "ε": "e",
        "◆": "*",
        "│": "|",
    }
)
