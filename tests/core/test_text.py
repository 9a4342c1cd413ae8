"""Whatever strangers write, what reaches the terminal is printable, as long as it was, and otherwise unchanged."""

from typing import Literal
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.text import REPLACEMENT, safe, shortened

UNSAFE: tuple[Literal["Cc", "Cf", "Cs", "Zl", "Zp"], ...] = ("Cc", "Cf", "Cs", "Zl", "Zp")
ANYTHING = st.text(st.characters(codec=None))
DANGEROUS = st.text(st.characters(categories=UNSAFE), min_size=1)
HARMLESS = st.text(st.characters(exclude_categories=UNSAFE))


@given(st.one_of(ANYTHING, st.lists(st.one_of(DANGEROUS, HARMLESS)).map("".join)))
def test_no_control_format_surrogate_or_separator_character_remains(text: str) -> None:
    assert not {category(character) for character in safe(text)} & set(UNSAFE)


@given(st.lists(st.one_of(DANGEROUS, HARMLESS)).map("".join))
def test_every_character_stays_in_its_place(text: str) -> None:
    made_safe = safe(text)
    assert len(made_safe) == len(text)
    for before, after in zip(text, made_safe, strict=True):
        assert after == (REPLACEMENT if category(before) in UNSAFE else before)


@given(ANYTHING)
def test_making_safe_twice_changes_nothing_more(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(HARMLESS)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert safe(text) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_unchanged(text: str) -> None:
    assert safe(text) == text


@given(ANYTHING)
def test_what_is_safe_can_be_written_as_utf_8(text: str) -> None:
    safe(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "�[31mred"),
        ("\x9b31m", "�31m"),
        ("\x1b]0;title\x07", "�]0;title�"),
        ("a\u202eb", "a�b"),
        ("zero\u200bwidth", "zero�width"),
        ("\ufeffbom", "�bom"),
        ("two\nlines\r\t", "two�lines��"),
        ("a\u2028b\u2029c", "a�b�c"),
        ("\udcff", "�"),
        ("\x00\x7f\x85\xad", "����"),
        ("[red]Größe 身長 ½ 👍[/]", "[red]Größe 身長 ½ 👍[/]"),
    ],
)
def test_known_attacks_come_out_harmless(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(ANYTHING, st.integers(min_value=1, max_value=60))
def test_shortened_text_fits_and_is_safe(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert safe(short) == short


@given(ANYTHING, st.integers(min_value=1, max_value=60))
def test_shortened_text_is_whole_or_ends_in_an_ellipsis(text: str, length: int) -> None:
    short = shortened(text, length)
    if len(text) <= length:
        assert short == safe(text)
    else:
        assert short == safe(text)[: length - 1] + "…"
