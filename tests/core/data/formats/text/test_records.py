"""Where records end and which quotes count, against going through the text sign by sign."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg.data.formats.text.records import (
    IN_CACHE,
    LARGEST_RECORD,
    MOST_BLANKS,
    count,
    endless,
    first_record_end,
    last_record_end,
    quotes_are_regular,
)
from linreg.dialect import BLANK

TEXTS = st.text('a,"\n\r ;', max_size=24).map(str.encode)


def regular(text: bytes, separator: str, blanks: int = 0) -> bool:
    """Whether each quote that opens comes after a delimiter, and each that closes before one; a doubled one is both."""
    around = b'"\r\n' + separator.encode() + (b" \t" if separator == BLANK else b"")
    for number, place in enumerate([place for place, sign in enumerate(text) if sign == ord('"')]):
        if number % 2:
            beside = text[place + 1 : place + 2]
        else:
            start = place
            while start and place - start < blanks and text[start - 1] == ord(" "):
                start -= 1
            beside = text[start - 1 : start] if start else b""
        if beside and beside not in around:
            return False
    return True


def ends(text: bytes, separator: str | None) -> list[int]:
    """Return the places after the line ends that are not inside quotes; all, where quotes mean nothing."""
    return [
        place + 1
        for place, sign in enumerate(text)
        if sign == ord("\n") and (separator is None or text.count(b'"', 0, place) % 2 == 0)
    ]


@given(TEXTS, st.sampled_from([",", ";", BLANK]))
def test_quotes_are_regular_where_each_stands_between_delimiters(text: bytes, separator: str) -> None:
    assert quotes_are_regular(text, separator) == regular(text, separator)


@given(TEXTS, st.sampled_from([",", ";", BLANK, None]))
def test_the_last_record_ends_outside_of_quotes(text: bytes, separator: str | None) -> None:
    means = separator if separator is not None and regular(text, separator, MOST_BLANKS) else None
    assert last_record_end(text, separator) == max(ends(text, means), default=0)
    assert last_record_end(bytearray(text), separator) == last_record_end(text, separator)


@given(TEXTS, st.integers(0, 24), st.sampled_from([",", ";", BLANK, None]))
@example(b'"\n";', 0, ",")  # the quote that closes is irregular, and no line end comes after it
def test_the_next_record_ends_outside_of_quotes(text: bytes, start: int, separator: str | None) -> None:
    found = first_record_end(text, start, separator)
    plain = [end for end in ends(text, None) if end > start]
    quoted = [end for end in ends(text, separator) if end > start]
    if separator is None or regular(text, separator, MOST_BLANKS):
        assert found == min(quoted, default=0)
    else:
        assert found in (*plain, *quoted, 0)
        assert found in (min(plain, default=0), *(quoted or [0])) or not regular(text[:found], separator, MOST_BLANKS)


@pytest.mark.parametrize(("separator", "first", "last"), [(",", 6, 6), (None, 3, 6)])
def test_quotes_hide_a_line_end_only_where_they_mean_something(separator: str | None, first: int, last: int) -> None:
    assert first_record_end(b'"a\nb"\nc', 0, separator) == first
    assert last_record_end(b'"a\nb"\nc', separator) == last
    assert last_record_end(b'"a\nb"', separator) == (0 if separator else 3)


@pytest.mark.parametrize(("n_blanks", "counts"), [(0, True), (1, True), (MOST_BLANKS, True), (MOST_BLANKS + 1, False)])
def test_only_so_many_blanks_stand_before_a_quote(n_blanks: int, counts: bool) -> None:
    text = b"1," + b" " * n_blanks + b'"a\nb"\nc'
    assert first_record_end(text, 0, ",") == (len(text) - 1 if counts else text.index(b"\n") + 1)


@pytest.mark.parametrize("length", [0, 1, IN_CACHE - 1, IN_CACHE, IN_CACHE + 1, 2 * IN_CACHE + 7])
def test_a_sign_is_counted_across_pieces(length: int) -> None:
    text = (b"a\n\n" * (length // 3 + 1))[:length]
    assert count(text, "\n") == text.count(b"\n")
    assert count(text, "a") == text.count(b"a")


def test_an_endless_record_is_said_in_the_units_of_its_limit() -> None:
    assert LARGEST_RECORD == 64 * 1024 * 1024
    assert "a.csv, line 3: the row does not end within 64 MiB;" in str(endless("a.csv", 3))
