"""What the text of a cell is: a number, no value, or something else; and then what it looks like, and what reads it.

A cell is a finite decimal number, a truth value (1 and 0), or it is missing: empty, NaN, NA or null in any case, or a
word that was said to mean this. Nothing else is turned into a number, for a guess here is an error that nobody sees.
"""

import re
import unicodedata
from math import nan
from shlex import quote as quoted

from linreg.dialect import BLANK, PLAIN, TextDialect, separator_option

MISSING = frozenset({"", "na", "nan", "null"})
TRUTH = {"true": 1.0, "false": 0.0}
_STAND_INS = frozenset({
    "?", "??", "*", "-", "--", "---", "–", "—", ".", "..", "...", "n/a", "n.a.", "n.a", "n/d", "n.d.", "nd", "none",
    "<na>", "#n/a", "k.a.", "s/d", "n/v", "\\n", "(null)", "<null>", "nat", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind",
})  # fmt: skip
_NO_NAMES = _STAND_INS | {
    "missing", "unknown", "void", "nil", "nothing", "undefined", "undef", "empty", "(empty)", "blank", "(blank)",
    "not available", "not applicable", "no data", "nodata", "no value", "no answer", "tbd", "tba", "error", "err",
    "masked", "n/e", "na()", "na_real_", "na_integer_", "nan(ind)", "-nan(ind)", "bdl", "<lod", "invalid",
}  # fmt: skip
"""Words that may be names of columns too come last: as a cell among numbers they mean no value."""
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE)
_BLANKS = " \u00a0\u2007\u2009\u202f"
_MINUS = "\u2212\u2010\u2011\u2012\u2013\u2014\u2015\u02d7\ufe63\uff0d"
_MONEY = r"([acr]\$|us\$|[$€£¥₹₽₩₺₪₫₴฿]|eur|usd|gbp|chf|jpy|cny|inr|brl|cad|aud|sek|nok|dkk|pln|czk|rub|kr\.?|zł)"
_DATE = (
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b.*|\d{4}-\d\d|\d\d?:\d\d.*"
    r"|(\d{1,2}[-. ]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-. ]+\d{1,4}(,? \d{4})?"
)
_WRITTEN_NUMBER = re.compile(
    rf"[+\-{_MINUS}]?[.,]?\d(?:[\d.,'’{_BLANKS}]*\d)?[.,]?(e[+-]?\d+)?%?", re.ASCII | re.IGNORECASE
)
"""A number in anybody's spelling."""
_SPREADSHEET_ERROR = re.compile(r"#(N/?A!?|N/A N/A|NV|N/V|N/D|QNAN|DIV/0|#+|¡?[^\W\d_a-z]+(/(0|[^\W\d_a-z]+))?[!?])")
_SIGNS_ALONE = re.compile(r"[^\w\s\"#]+")
_LOOKS_LIKE = (
    (
        r"[+-]?\d{1,3},\d{3}",
        "has a comma in it: --decimal , reads it as the decimal sign; if it groups thousands, write the digits alone",
    ),
    (r"[+-]?\d*,\d+(e[+-]?\d+)?", "has a decimal comma: --decimal , reads it"),
    (_DATE, "looks like a date or a time, not a number"),
    (
        rf"[+-]?\d[\d.'’{_BLANKS}]*(,\d{{3}})*,?[\d,]*\.?\d*",
        "has {groups} in it, as for thousands: write the digits alone, and decimals with a point",
    ),
    (rf"[{_MINUS}][{_BLANKS}]*[\d.,].*", "has a typographic minus: write a hyphen (-) instead"),
    (
        r"yes|no|t|f|y|n|on|off|ja|nein|wahr|falsch|oui|non|vrai|faux|si|sí|sì|verdadero|falso|vero|[✓✔✗✘☑☒]",
        "is a truth value, not a number: write 1 or 0, or true or false",
    ),
    (r"[+-]?0x[\da-f]+", "is hexadecimal: write it as a decimal number"),
    (r"[+-]?\d[\d_]*_[\d_.]*", "has underscores in it: write the digits alone"),
    (rf"[+-]?[\d.,'’{_BLANKS}]+[%‰]", "is a percentage: write the number alone"),
    (
        rf"[+-]?{_MONEY}[{_BLANKS}]?[+-]?[\d.,'’{_BLANKS}]+|[+-]?[\d.,'’{_BLANKS}]+{_MONEY}",
        "is an amount of money: write the number alone",
    ),
    (
        r"\(\D?\d[\d.,]*\)|\d[\d.,]*-|- \d[\d.,]*",
        "is a negative number in another spelling: write a hyphen (-) before it",
    ),
    (r'".*"', "is in quotes, which --quote none takes for characters: leave that out"),
    (r"['‘’‚“”„«»`].+['‘’“”«»`]", 'is in quotes that are not ", and so a part of it: take them away'),
    (r"['’]\s*[+-]?[\d.,]+", "has an apostrophe before it, as spreadsheets mark text: take it away"),
    (r"=.+", "is a formula, not the number that it gives: save the values"),
    (r"[+-]?[\d.,]+(d|[x×*]10\^?)\(?[+-]?\d+\)?", "has a power of ten in another spelling: write 1.5e3"),
    (
        r"[~<>≤≥≈±=]{1,2}\s?[+-]?[\d.,]+|[+-]?[\d.,]*\d\s?[^\d\s;|,.e+-][^;|]{0,15}",
        "has more in it than a number, so it is not a number",
    ),
    (r"#.*", "is not a number, and a line that starts with # is no comment here: remove it"),
)
_REASONS = tuple((re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL), why) for pattern, why in _LOOKS_LIKE)
_SEPARATED = re.compile(r'(?:["\d][^;|\t]*|\w+)([;|\t]).*["\d]', re.DOTALL)
_GROUPS = (("blanks", _BLANKS), ("commas", ","), ("points", "."), ("apostrophes", "'’"))


def number_of(text: str, dialect: TextDialect = PLAIN) -> float | None:
    """Read the text of a cell as the nearest float64: NaN where it is missing, None where it is no number."""
    stripped = text.strip()
    if dialect.is_missing(stripped):
        return nan
    if dialect.decimal == ",":
        stripped = "no" if "." in stripped else stripped.replace(",", ".")
    if _NUMBER.fullmatch(stripped):
        return float(stripped)
    lowered = stripped.lower()
    return nan if lowered in MISSING or lowered in ("-nan", "+nan") else TRUTH.get(lowered)


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, so that it is hardly a column's name."""
    return _NUMBER.fullmatch(text.strip()) is not None


def kind_of(text: str, dialect: TextDialect = PLAIN) -> str | None:
    """Say what the text looks like in anybody's spelling: "number", "missing", "truth", "date"; None: maybe a name."""
    stripped = text.strip()
    if dialect.is_missing(stripped) or stripped.lower() in MISSING or _stands_for_nothing(stripped):
        return "missing"
    if stripped.lower() in TRUTH:
        return "truth"
    if _is_date(stripped):
        return "date"
    return "number" if _WRITTEN_NUMBER.fullmatch(stripped) or is_number(stripped) else None


def has_decimal_comma(text: str) -> bool:
    """Whether the text is a number with a comma for decimals, as nothing else would be written."""
    return re.fullmatch(r"[+-]?\d*,\d+(e[+-]?\d+)?", text.strip(), re.ASCII | re.IGNORECASE) is not None


def why_not_a_number(text: str, dialect: TextDialect = PLAIN, *, may_drop: bool = True) -> str:
    """Say what the text of a cell looks like instead of a number, with the option or the cure where there is one.

    `may_drop`: rows without a value may be dropped.
    """
    if _stands_for_nothing(text, _NO_NAMES):
        is_error = text.startswith("#")
        return means_no_value(
            "is what a spreadsheet writes for an error" if is_error else "looks like a missing value", text, may_drop
        )
    if dialect.decimal == "," and is_number(text):
        return "has a decimal point, where --decimal , says that a comma is one"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "is not UTF-8 text, so not a number"
    hidden = [each for each in text if unicodedata.category(each) in ("Cc", "Cf") and not each.isspace()]
    if hidden:
        return f"has a character in it that is not seen (U+{ord(hidden[0]):04X}): take it away"
    if any(each.isdecimal() and not each.isascii() for each in text):
        return "is written in other digits than 0 to 9: write those"
    if separated := _SEPARATED.fullmatch(text):
        return f"is more than one cell: {separator_option(separated[1])} reads it"
    for pattern, why in _REASONS:
        if pattern.fullmatch(text):
            return why.format(groups=_groups_in(text))
    if re.fullmatch(r"-?\d[\d.]*([ \t]+-?[\d.]+)+", text, re.ASCII):
        return f"is more than one number: {separator_option(BLANK)} reads them"
    if _SIGNS_ALONE.fullmatch(text):
        return means_no_value("looks like a missing value", text, may_drop)
    return "is not a number"


def means_no_value(what: str, text: str, may_drop: bool) -> str:
    """Say which options read a text that stands for no value; `what` it is, or looks like."""
    if not may_drop:
        return what
    return f"{what}: --missing {quoted(text)} says that it means no value, --drop-missing drops such rows"


def _stands_for_nothing(text: str, words: frozenset[str] = _STAND_INS) -> bool:
    return text.lower() in words or _SPREADSHEET_ERROR.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    return re.fullmatch(_DATE, text, re.ASCII | re.IGNORECASE | re.DOTALL) is not None


def _groups_in(text: str) -> str:
    """Name the characters that come first between the digits: of two kinds, they are those for thousands."""
    return next((name for each in text for name, characters in _GROUPS if each in characters), "signs")
