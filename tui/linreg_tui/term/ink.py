"""How a cell is inked, and the shortest escape sequence from one ink to another.

Textual opens and closes every piece of text with a full set of colours, 20 to 40 bytes a piece. Two neighbours on this
screen mostly share the background and all attributes, so that what differs between them is short.
"""

from dataclasses import dataclass
from functools import lru_cache

from rich.color import ColorSystem
from rich.style import Style

ATTRIBUTES = {
    "bold": ("1", "22"),
    "dim": ("2", "22"),
    "italic": ("3", "23"),
    "underline": ("4", "24"),
    "blink": ("5", "25"),
    "blink2": ("6", "25"),
    "reverse": ("7", "27"),
    "conceal": ("8", "28"),
    "strike": ("9", "29"),
    "underline2": ("21", "24"),
    "frame": ("51", "54"),
    "encircle": ("52", "54"),
    "overline": ("53", "55"),
}
"""Rich's names, with the SGR codes that turn each on and off (ECMA-48, 8.3.117)."""
_OFF = dict(ATTRIBUTES.values())
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})


@dataclass(frozen=True, slots=True)
class Ink:
    """Attributes and colours, as SGR codes; None where the cell is blank, so that either is as good as any other."""

    attributes: frozenset[str] | None = frozenset()
    colour: str | None = "39"
    background: str = "49"


PLAIN = Ink()


@lru_cache(maxsize=4096)
def ink_of(style: Style | None, system: ColorSystem, blank: bool = False) -> Ink:
    """Translate a style for a terminal with these colours; of a blank cell, only what can be seen there."""
    if style is None:
        style = Style.null()
    attributes = frozenset(on for name, (on, _) in ATTRIBUTES.items() if getattr(style, name))
    colour = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else "39"
    background = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(False)) if style.bgcolor else "49"
    if blank and not attributes & _SEEN_ON_BLANKS:
        return Ink(None, None, background)
    return Ink(attributes, colour, background)


@lru_cache(maxsize=4096)
def change(pen: Ink, wanted: Ink) -> tuple[str, Ink]:
    """Return the sequence that turns a terminal's pen into the ink wanted, and the pen that it is then."""
    now = pen.attributes or frozenset()
    attributes = now - _SEEN_ON_BLANKS if wanted.attributes is None else wanted.attributes
    ink = Ink(attributes, wanted.colour or pen.colour, wanted.background)
    if ink == pen:
        return "", pen
    off = sorted({_OFF[code] for code in now - attributes})
    on = sorted(code for code in attributes if code not in now or _OFF[code] in off)
    colours = [new for new, old in ((ink.colour, pen.colour), (ink.background, pen.background)) if new and new != old]
    least = ";".join([*off, *on, *colours])
    anew = ";".join(
        ["0", *sorted(attributes), *(c for c in (ink.colour, ink.background) if c not in (None, "39", "49"))]
    )
    return f"\x1b[{min(least, anew, key=len)}m", ink


@lru_cache(maxsize=4096)
def shared(one: Ink, other: Ink) -> Ink | None:
    """Return the ink in which cells of both can be written, a blank one taking that of its neighbour; or None."""
    if one == other:
        return one
    for blank, ink in ((one, other), (other, one)):
        if blank.attributes is None and ink.background == blank.background:
            return None if (ink.attributes or frozenset()) & _SEEN_ON_BLANKS else ink
    return None
