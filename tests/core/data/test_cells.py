"""What a cell's text is: every kind by examples, numbers against Python's own."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.cells import has_decimal_comma, is_number, kind_of, number_of, why_not_a_number
from linreg.dialect import TextDialect

COMMA = TextDialect(decimal=",")
SAID = TextDialect(missing=("-999", "x,y", "5,5"))


@given(st.floats(allow_nan=False), st.sampled_from(["", " ", "\t"]))
def test_a_number_is_the_one_that_python_reads(number: float, blank: str) -> None:
    text = f"{blank}{number!r}{blank}"
    assert number_of(text) == number
    assert is_number(text)
    assert kind_of(text) == "number"
    assert number_of(text.replace(".", ","), COMMA) == number
    assert has_decimal_comma(text.replace(".", ",")) == ("." in text)


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("+5", 5.0, "number"),
        (".5", 0.5, "number"),
        ("5.", 5.0, "number"),
        ("1E5", 1e5, "number"),
        ("-Infinity", float("-inf"), "number"),
        ("TRUE", 1.0, "truth"),
        ("false", 0.0, "truth"),
        ("", nan, "missing"),
        (" Na ", nan, "missing"),
        ("NULL", nan, "missing"),
        ("?", None, "missing"),
        ("n.a.", None, "missing"),
        ("#N/A", None, "missing"),
        ("#REF!", None, "missing"),
        ("#ref!", None, None),
        ("unknown", None, None),
        ("1_000", None, None),
        ("١", None, None),
        (".", None, "missing"),
        ("e5", None, None),
        ("1e", None, None),
        ("0x1F", None, None),
        ("5%", None, "number"),
        ("1 234,5", None, "number"),
        ("\u22125", None, "number"),
        ("2024-01-05", None, "date"),
        ("5.1.2024 12:30", None, "date"),
        ("2024-01", None, "date"),
        ("12:30", None, "date"),
        ("5 Jan 2024", None, "date"),
        ("Jan 5", None, "date"),
        ("may", None, None),
        ("5.1-2024", None, None),
        ("two words", None, None),
    ],
)
def test_a_text_is_a_number_a_truth_value_or_missing_and_looks_like_one_kind(
    text: str, number: float | None, kind: str | None
) -> None:
    found = number_of(text)
    assert found == number or (found is not None and number is not None and isnan(found) and isnan(number))
    assert kind_of(text) == kind


def test_where_a_comma_is_the_decimal_sign_a_point_is_none() -> None:
    assert [number_of(text, COMMA) for text in ("1,5", ",5", "-1,5e3", "15", "1.5", "1.234,5", "1,2,3")] == [
        1.5, 0.5, -1500.0, 15.0, None, None, None,
    ]  # fmt: skip
    assert number_of("1,5") is None
    assert [has_decimal_comma(text) for text in ("1,5", "15", "1,5,2", "1.000,5", "x,5")] == [True, *[False] * 4]


def test_a_word_that_was_said_means_no_value_as_it_is_written() -> None:
    for text in ("-999", " x,y ", "5,5"):
        found = number_of(text, SAID)
        assert found is not None
        assert isnan(found)
        assert kind_of(text, SAID) == "missing"
    assert number_of("-999.0", SAID) == -999
    assert number_of("X,Y", SAID) is None


_GROUPS = "in it, as for thousands: write the digits alone, and decimals with a point"
_ONE_COMMA = "has a comma in it: --decimal , reads it as the decimal sign"
_NO_VALUE = "says that it means no value, --drop-missing drops such rows"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,234", f"{_ONE_COMMA}; if it groups thousands, write the digits alone"),
        ("12,5", "has a decimal comma: --decimal , reads it"),
        ("1234,567", "has a decimal comma: --decimal , reads it"),
        ("1 234 567", f"has blanks {_GROUPS}"),
        ("1.234.567", f"has points {_GROUPS}"),
        ("1.234,5", f"has points {_GROUPS}"),
        ("1'234", f"has apostrophes {_GROUPS}"),
        ("1,234,567.5", f"has commas {_GROUPS}"),
        ("\u2212 5", "has a typographic minus: write a hyphen (-) instead"),
        ("Wahr", "is a truth value, not a number: write 1 or 0, or true or false"),
        ("2024-01-05", "looks like a date or a time, not a number"),
        ("5.1.2024", "looks like a date or a time, not a number"),
        ("0x1F", "is hexadecimal: write it as a decimal number"),
        ("1_000", "has underscores in it: write the digits alone"),
        ("5 %", "is a percentage: write the number alone"),
        ("5 €", "is an amount of money: write the number alone"),
        ("$5", "is an amount of money: write the number alone"),
        ('"5"', "is in quotes, which --quote none takes for characters: leave that out"),
        ("# x", "is not a number, and a line that starts with # is no comment here: remove it"),
        ("#REF!", f"is what a spreadsheet writes for an error: --missing '#REF!' {_NO_VALUE}"),
        ("--", f"looks like a missing value: --missing -- {_NO_VALUE}"),
        ("Unknown", f"looks like a missing value: --missing Unknown {_NO_VALUE}"),
        ("1;2", "is more than one cell: --separator ';' reads it"),
        ("1\t2|3", "is more than one cell: --separator tab reads it"),
        ("1.5 -2 3", "is more than one number: --separator blank reads them"),
        ("a\udce4", "is not UTF-8 text, so not a number"),
        ("a\ud7ff\ue000", "is not a number"),
        ("hello", "is not a number"),
    ],
)  # fmt: skip
def test_of_what_is_no_number_it_is_said_what_it_looks_like(text: str, why: str) -> None:
    assert why_not_a_number(text) == why


def test_the_first_and_the_last_byte_that_is_no_text_is_none() -> None:
    assert {why_not_a_number(f"a{chr(code)}") for code in (0xD800, 0xDFFF)} == {"is not UTF-8 text, so not a number"}


def test_a_decimal_point_is_at_fault_only_where_a_comma_was_said() -> None:
    assert why_not_a_number("1.5", COMMA) == "has a decimal point, where --decimal , says that a comma is one"
    assert why_not_a_number("x", COMMA) == "is not a number"


STAND_INS = """
? ** - -- — ~ ^ @ // \\ \\N N/A n/a None (null) <null> <NA> NaT undefined (blank) missing tbd NA() NA_real_ <LOD
1.#QNAN -1.#IND #N/A #N/A! #NV #DIV/0! #DIV/0 #VALUE! #WERT! #VALEUR! #¡VALOR! #¡DIV/0! #N/DISP! #QNAN #####
"""


@pytest.mark.parametrize("text", STAND_INS.split())
def test_what_stands_for_no_value_says_the_option_that_reads_it(text: str) -> None:
    assert number_of(text) is None
    why = why_not_a_number(text)
    assert "--missing " in why
    assert "--drop-missing" in why
    assert ("spreadsheet" in why) == text.startswith("#")
    number = number_of(text, TextDialect(missing=(text,)))
    assert number is not None
    assert isnan(number)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("$5|-$5|$5,000|5 €|5,50 €|R$ 5|US$5|₹5|EUR 5|7.25 USD|5 kr|CHF 1’200", "money"),
        ("5%|5 %|-5%|5,5%|5‰|1 200%", "percentage"),
        ("(5)|($5)|(1,200)|5-|- 5", "negative"),
        ("1'500|1’500", "apostrophes"),
        ("—5|–5|−5|‐5|‒5|˗5", "typographic minus"),
        ("'1'|“1”|«1»|‘1’|`1`", "quotes that are not"),
        ("'5|’5.5", "apostrophe before it"),
        ('="1"|=1+2|=A1', "formula"),
        ("1.5x10^3|2×10^3|1.5D+03|1.5d3", "power of ten"),
        ("١٢|１２|-१२", "other digits"),
        ("\ufeff3|1\u200b|\u200e-1|1\x1a", "not seen"),
        ("yes|No|T|f|Ja|nein|oui|si|vero|✓|✗", "truth value"),
        ("5 kg|5kg|~5|<0.5|≥ 3|5±1|5k|7.5M|5 °C|3rd|2024Q1|5²|1/2", "more in it than a number"),
    ],
)
def test_what_looks_like_a_number_in_another_spelling_is_told_what_it_is(texts: str, words: str) -> None:
    for text in texts.split("|"):
        assert number_of(text) is None
        assert words in why_not_a_number(text), text


@pytest.mark.parametrize("text", ["A12", "male", "IV", "x", "Total", "abc 5"])
def test_a_word_is_just_no_number(text: str) -> None:
    assert why_not_a_number(text) == "is not a number"


@pytest.mark.parametrize("text", ["nan", "-nan", "+NaN", "-NAN"])
def test_a_nan_has_no_sign_in_any_dialect(text: str) -> None:
    for dialect in (TextDialect(), TextDialect(decimal=","), TextDialect(missing=("?",))):
        number = number_of(text, dialect)
        assert number is not None
        assert isnan(number)
