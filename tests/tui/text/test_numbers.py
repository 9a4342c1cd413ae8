"""Numbers as text: digits, signs, widths, and never 0.000 for what is not zero."""

from math import inf, isfinite, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg_tui.text import numbers
from linreg_tui.text.numbers import NumberFormat, fixed, part, scientific, short_percent, told_apart

finite = st.floats(-1e300, 1e300)


def _read(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


@pytest.mark.parametrize(
    ("number", "width", "decimals", "text"),
    [
        (1.467223, 10, 6, "  1.467223"),
        (-0.032777, 9, 6, "−0.032777"),
        (0.0, 8, 6, "0.000000"),
        (-0.0, 8, 6, "0.000000"),
        (0.0000011, 9, 6, " 1.10e−06"),
        (-1e-300, 9, 6, "−1.0e−300"),
        (123456.789, 9, 6, "123456.79"),
        (1.5e12, 9, 3, "1.500e+12"),
        (nan, 6, 3, "   NaN"),
        (-inf, 6, 3, "  −inf"),
    ],
)
def test_a_number_takes_its_width_and_keeps_its_meaning(number: float, width: int, decimals: int, text: str) -> None:
    assert fixed(number, width, decimals) == text


@given(finite, st.integers(9, 14), st.integers(0, 8))
@example(1.19e-07, 9, 8)  # eight decimals say enough, but seven fit
@example(-1.19e-07, 8, 8)
def test_no_number_is_shown_as_nothing_or_clipped(number: float, width: int, decimals: int) -> None:
    text = fixed(number, width, decimals)
    assert len(text) == width
    assert (_read(text) == 0) == (number == 0)
    assert _read(text) == pytest.approx(number, rel=0.06)


@given(finite, st.integers(7, 24))
def test_an_exponent_comes_with_as_many_digits_as_fit(number: float, width: int) -> None:
    text = scientific(number, width)
    assert len(text) <= max(width, 7)
    assert _read(text) == pytest.approx(number, rel=0.6)
    assert "-" not in text


@given(finite)
def test_a_signed_number_has_its_sign_unless_it_is_zero(number: float) -> None:
    text = fixed(number, 14, 6, signed=True).strip()
    assert (text[0] in "+−") == (number != 0)


def test_the_points_of_a_column_are_in_line() -> None:
    column = NumberFormat.of(1.5, 11)
    texts = [column.text(number) for number in (1.5, -0.026512, 0.25, 12.5)]
    assert len({text.index(".") for text in texts}) == 1
    assert texts[0].strip() == "1.500000"


def test_a_column_gives_a_small_number_its_digits_where_there_is_room() -> None:
    assert NumberFormat.of(42.1, 12, smallest=0.012).text(0.01201903).strip() == "0.012019"
    assert NumberFormat.of(42.1, 8, smallest=0.012).text(42.1).strip() == "42.1000"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.01, "0.01"), (0.65767, "0.6577"), (4.544e-5, "4.544e−05"), (0, "0"), (-0.0, "0"), (0.7, "0.7"), (nan, "NaN")],
)
def test_a_rate_has_no_zeros_at_the_end(number: float, text: str) -> None:
    assert numbers.significant(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (8.5, "8.5"),
        (300, "300"),
        (8312, "8,300"),
        (9999, "10k"),
        (12_345, "12k"),
        (999_999, "1.0M"),
        (3.21e6, "3.2M"),
        (2.5e10, "25G"),
        (inf, "inf"),
    ],
)
def test_a_speed_has_two_digits(number: float, text: str) -> None:
    assert numbers.pace(number) == f"{text} epochs/s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "under 1 s"),
        (6.4, "6 s"),
        (59.6, "1 m 00 s"),
        (185, "3 m 05 s"),
        (3720, "1 h 02 m"),
        (86_399, "23 h 59 m"),
        (97_200, "1 d 03 h"),
        (1e9, "11,574 d 01 h"),
        (inf, "for ever"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.41, "41 %"), (1, "100 %"), (0.0029, "0.29 %"), (0.00003, "0.003 %"), (3e-9, "3e−07 %"), (0, "0 %")],
)
def test_a_share_is_never_0_percent_unless_it_is(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@given(st.floats())
def test_ascii_has_the_same_width(number: float) -> None:
    text = f"{numbers.significant(number)} × ├●─┤ … Δcost"
    plain = numbers.in_ascii(text)
    assert plain.isascii()
    assert len(plain) == len(text)


@given(st.floats())
def test_every_float_has_a_text(number: float) -> None:
    for text in (numbers.metric(abs(number)), numbers.percent(number), numbers.significant(number)):
        assert text
        assert isfinite(number) == (("NaN" not in text) and ("inf" not in text))


def test_a_share_in_a_column_keeps_its_size_and_gives_up_digits() -> None:
    written = {9.0: "900 %", 1234.5: "123,450 %", 1e-9: "1e−07 %", 3.14e-9: "3.1e−07 %"}
    for share, text in written.items():
        assert short_percent(share, 9) == text
    assert part(0.9976) == "99.8 %"
    assert part(0.99999) == "99.999 %"
    assert (part(1.0), part(0.5)) == ("100 %", "50 %")
    assert told_apart(-0.998, -1, 2) == "−0.998"
    assert told_apart(1.00003, 1) == "1.00003"
