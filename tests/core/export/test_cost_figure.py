"""The marks of a log axis: few, in their range, in order, and each written as what it is."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.export.cost_figure import ticks

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def exponent_of(label: str) -> float:
    """Read a label, without computing the number: it may be beyond any float."""
    power = re.fullmatch(r"(?:(.+)×)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", label)
    if power is None:
        return float(np.log10(float(label.replace(",", ""))))
    return float(np.log10(float(power[1] or 1))) + int(power[2].translate(SUPERSCRIPTS))


@given(st.floats(-330, 310), st.floats(0.02, 700))
def test_there_are_two_to_fourteen_marks_and_each_is_written_as_what_it_is(low: float, span: float) -> None:
    places, labels = ticks(low, low + span)
    assert 2 <= len(places) <= 14
    assert len(set(labels)) == len(labels) == len(places)
    assert low - 1e-9 <= min(places) <= max(places) <= low + span + 1e-9
    assert places == sorted(places)
    assert [exponent_of(label) for label in labels] == pytest.approx(places, abs=1e-5 * span)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-3.2, 3.3, ["0.001", "0.01", "0.1", "1", "10", "100", "1,000"]),
        (-4.2, 0.3, ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]),
        (-1.05, 0.4, ["0.1", "0.2", "0.5", "1", "2"]),
        (np.log10(0.118), np.log10(0.172), ["0.12", "0.13", "0.14", "0.15", "0.16", "0.17"]),
        (-310.0, 309.0, ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "10⁰", "10¹⁰⁰", "10²⁰⁰", "10³⁰⁰"]),
        (-365.0, 345.0, ["10⁻²⁰⁰", "10⁰", "10²⁰⁰"]),
    ],
)
def test_marks_are_round_numbers(low: float, high: float, labels: list[str]) -> None:
    assert ticks(low, high)[1] == labels
