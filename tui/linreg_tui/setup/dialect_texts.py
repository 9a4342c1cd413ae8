"""How a table is written, as fields of text: written into them, read back from them, and in one line."""

import shlex
from collections.abc import Mapping
from typing import Any

from linreg.dialect import BLANK, DIALECT_KEYS, PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened
from linreg_tui.setup.fields import BY_NAME, DIALECT, EXPECTED, NO, YES, in_the_forms_words

USUAL = "as usual"
_HEADERS = {EXPECTED: None, YES: True, NO: False}
_SEPARATORS = {"\t": "tab", BLANK: "blank"}


def texts_of(dialect: TextDialect) -> dict[str, str]:
    """Write a dialect into the fields."""
    return {
        "separator": _SEPARATORS.get(dialect.separator or "", dialect.separator or ""),
        "decimal": dialect.decimal,
        "missing": BLANK.join(_word(word) for word in dialect.missing),
        "header": next(word for word, value in _HEADERS.items() if value is dialect.header),
        "skip_lines": str(dialect.skip_lines or ""),
        "quote": dialect.quote,
        "input_format": dialect.input_format or BY_NAME,
    }


def dialect_of_texts(texts: Mapping[str, str], before: TextDialect) -> TextDialect:
    """Read the fields; what nobody touched is as it was before.

    Raises
    ------
    LinregError
        A text is not one that the option takes.
    """
    written = texts_of(before)
    return TextDialect(
        **{
            name: getattr(before, name) if texts[name] == written[name] else _value(name, texts[name].strip())
            for name in DIALECT_KEYS
        }
    )


def dialect_problems(texts: Mapping[str, str]) -> dict[str, str]:
    """Say what is wrong with each field by itself, by the field's name."""
    found = {}
    for name in DIALECT_KEYS:
        try:
            TextDialect(**{name: _value(name, texts[name].strip())})
        except LinregError as problem:
            found[name] = in_the_forms_words(problem)
    return found


def in_one_line(texts: Mapping[str, str]) -> str:
    """Write what is not as usual."""
    usual = texts_of(PLAIN)
    said = [f"{field.label} {texts[field.name].strip()}" for field in DIALECT if texts[field.name] != usual[field.name]]
    return "  ".join(said) or USUAL


def _value(name: str, text: str) -> Any:
    if name == "separator":
        return text or None
    if name == "missing":
        return _words(text)
    if name == "header":
        return _HEADERS[text]
    if name == "skip_lines":
        return int(text) if text.isdecimal() else text or 0
    return None if text == BY_NAME else text


def _words(text: str) -> tuple[str, ...]:
    """Cut at blanks that are in no double quotes; a backslash is a character like any other."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escape = True, "", '"', ""
    try:
        return tuple(lexer)
    except ValueError:
        raise LinregError(
            f"--missing takes words with blanks between them, and one that has a blank in double quotes, "
            f"not {shortened(repr(text))}."
        ) from None


def _word(word: str) -> str:
    return f'"{word}"' if not word or any(character.isspace() for character in word) else word
