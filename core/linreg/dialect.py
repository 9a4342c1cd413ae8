"""How a table is written, where its name or its first bytes do not tell: what the user says of it, once.

Nothing of it is ever guessed. A reader that sees that a file is written otherwise says so, and which option reads it.
Standard library only, as a recipe is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from operator import index
from shlex import quote as quoted
from typing import Any

from linreg.errors import LinregError
from linreg.text import shortened

QUOTES = ("double", "none")
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
BLANK = " "
"""The separator of columns that any number of blanks stand between."""
_WORDS = {
    "tab": "\t",
    "\\t": "\t",
    "blank": BLANK,
    "space": BLANK,
    "comma": ",",
    "semicolon": ";",
    "bar": "|",
    "pipe": "|",
}
_NO_SEPARATORS = frozenset("\"\r\n\0.+-_'")
_UNSEEN = frozenset("\t\x01\x02\x1f\xa0")
"""Separators that cannot be printed: what databases and old formats write, and a blank that does not break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDialect:
    """What is said of how a table is written; every field has the name of its option.

    Attributes
    ----------
    separator
        The character between two cells, a blank for any number of blanks and tabs; None: by the extension.
    decimal
        The decimal sign, a point or a comma.
    missing
        Cells that mean no value, beside the empty cell, NaN, NA and null; written just so.
    header
        Whether the first line holds the columns' names, even if they look like data; without names they are c1, c2, …
        None: it does, and a line that looks like data is refused.
    skip_lines
        Lines to pass over at the start.
    quote
        ``"double"``, or ``"none"`` where ``"`` is a character like any other.
    input_format
        One of `FORMATS`, where neither the name nor the first bytes tell.
    """

    separator: str | None = None
    decimal: str = "."
    missing: tuple[str, ...] = ()
    header: bool | None = None
    skip_lines: int = 0
    quote: str = "double"
    input_format: str | None = None

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(getattr(self, name)))

    def changed(self, **choices: Any) -> "TextDialect":
        """Replace the choices that are not None.

        Raises
        ------
        LinregError
            A value is not one that its option takes.
        """
        return replace(self, **{name: value for name, value in choices.items() if value is not None})

    def said(self) -> dict[str, Any]:
        """Return what is not left to the defaults, by the fields' names."""
        return {name: value for name, value in asdict(self).items() if value != getattr(PLAIN, name)}

    def as_dict(self) -> dict[str, Any]:
        """Return every field as plain JSON values."""
        return {**asdict(self), "missing": list(self.missing)}

    def is_missing(self, text: str) -> bool:
        """Say whether a cell, without the blanks around it, was said to mean no value."""
        return text in self.missing


def dialect_of(value: Any) -> TextDialect:
    """Return a dialect as it is, or from its fields by name.

    Raises
    ------
    LinregError
        It is no such thing, or a value is not one that its option takes.
    """
    if isinstance(value, TextDialect):
        return value
    if not isinstance(value, Mapping):
        raise LinregError(f"dialect takes how a table is written, by name, not {shortened(repr(value))}.")
    unknown = [str(name) for name in value if name not in DIALECT_KEYS]
    if unknown:
        raise LinregError(f"dialect has no key {shortened(unknown[0])!r}; the keys are {', '.join(DIALECT_KEYS)}.")
    return TextDialect(**value)


def separator_option(separator: str) -> str:
    """Write the option that says this separator, as it is typed in a shell."""
    word = {"\t": "tab", BLANK: "blank"}.get(separator, separator)
    return f"--separator {quoted(word)}" if word.isprintable() else f"--separator $'\\u{ord(word):04x}'"


def can_separate(text: str) -> bool:
    """Whether a separator can be this: one character that is in no number."""
    is_sign = len(text) == 1 and not text.isalnum() and text not in _NO_SEPARATORS
    return is_sign and (text.isprintable() or text in _UNSEEN)


def _separator(value: Any) -> str | None:
    if value is None:
        return None
    text = _WORDS.get(value.lower(), value) if isinstance(value, str) else ""
    if not can_separate(text):
        raise _wrong("separator", value, "';', '|', tab, blank or another single character that is in no number")
    return text


def _decimal(value: Any) -> str:
    if value not in (".", ","):
        raise _wrong("decimal", value, "a point or a comma")
    return str(value)


def _missing(value: Any) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise _wrong("missing", value, "words that stand for a missing value")
    return tuple(dict.fromkeys(word.strip() for word in words))


def _header(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _wrong("header", value, "true or false")
    return value


def _skip_lines(value: Any) -> int:
    try:
        number = -1 if isinstance(value, bool) else index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 2**63:
        raise _wrong("skip-lines", value, "a whole number from 0")
    return number


def _one_of(name: str, choices: tuple[str, ...], value: Any) -> str:
    text = value.lower() if isinstance(value, str) else ""
    if text not in choices:
        raise _wrong(name, value, f"one of {', '.join(choices)}")
    return text


def _wrong(name: str, value: object, wanted: str) -> LinregError:
    try:
        shown = shortened(repr(value))
    except (ValueError, RecursionError):  # an integer of thousands of digits, a deeply nested value
        shown = "what it was given"
    return LinregError(f"--{name} takes {wanted}, not {shown}.")


def _quote(value: Any) -> str:
    return _one_of("quote", QUOTES, "double" if value == '"' else value)


def _input_format(value: Any) -> str | None:
    return None if value is None else _one_of("input-format", FORMATS, "jsonl" if value == "ndjson" else value)


_CHECKS = {
    "separator": _separator,
    "decimal": _decimal,
    "missing": _missing,
    "header": _header,
    "skip_lines": _skip_lines,
    "quote": _quote,
    "input_format": _input_format,
}
DIALECT_KEYS = tuple(field.name for field in fields(TextDialect))
PLAIN = TextDialect()
