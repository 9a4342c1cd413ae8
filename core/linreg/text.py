"""Strangers' text made safe to print.

Column names, cells and file names can carry escape sequences, bidirectional overrides and zero-width characters. Every
character of the Unicode categories Cc, Cf, Cs and Zl/Zp is replaced by U+FFFD, one for one, so that a column keeps its
width and nothing is silently dropped. Formats for machines (JSON, CSV) keep the text and escape it by their own rules.
"""

from collections.abc import Collection
from os import PathLike, fspath
from unicodedata import category

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe(text: str) -> str:
    """Replace every control, format, surrogate and separator character of `text` by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(REPLACEMENT if category(character) in _UNSAFE else character for character in text)


def told_apart(name: str, others: Collection[str]) -> str:
    """Put ``w_`` before a weight's name that is one of `others`, or would be without that: no name is there twice."""
    bare = name
    while bare.startswith("w_"):
        bare = bare[2:]
    return f"w_{name}" if bare in others else name


def shown(path: str | PathLike[str], length: int = 120) -> str:
    """Return a path as sentences show it: made safe, at most `length` characters of it, the start cut off."""
    text = fspath(path)
    return safe(text) if len(text) <= length else "…" + safe(text[1 - length :])


def shortened(text: str, length: int = 40) -> str:
    """Make `text` safe and cut it to at most `length` characters, the last one an ellipsis where it was cut."""
    text = safe(text[: length + 1])
    return text if len(text) <= length else text[: length - 1] + "…"
