"""NIST certifies the standard errors too, and the spread of what is left over."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linreg
from linreg.statistics.summary import Summary

FOLDER = Path(__file__).parents[4] / "shared" / "nist"
CERTIFIED = ["norris", "pontius", "noint1", "noint2", "longley", "wampler3", "wampler4", "wampler5"]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the NIST data sets are not here")


def summarized(name: str) -> tuple[Summary, dict[str, Any]]:
    file = f"nist_{name}.csv"
    known = json.loads((FOLDER / "expected.json").read_text())[file]
    columns = {"target": known["target"], "features": tuple(known["features"]), "bias": known["fit_intercept"]}
    return linreg.summary(FOLDER / file, **columns), known


def errors_of(summary: Summary) -> list[float]:
    """Return the standard errors, that of the intercept first, as NIST has them."""
    rows = [*([] if summary.b is None else [summary.b]), *summary.w.values()]
    return [row.standard_error for row in rows if row.standard_error is not None]


@pytest.mark.parametrize("name", CERTIFIED)
def test_the_standard_errors_are_the_certified_ones(name: str) -> None:
    summary, known = summarized(name)
    assert errors_of(summary) == pytest.approx(known["certified"]["std_err"], rel=1e-8)
    assert summary.residual_standard_error == pytest.approx(known["certified"]["residual_sd"], rel=1e-8)
    assert summary.r2 == pytest.approx(known["r2"], rel=1e-8)
    assert not summary.warnings


@pytest.mark.parametrize("name", ["wampler1", "wampler2"])
def test_a_perfect_fit_has_no_errors_to_speak_of_and_says_so(name: str) -> None:
    summary, known = summarized(name)
    scale = np.abs(known["certified"]["intercept"]) + 1
    assert errors_of(summary) == pytest.approx([0.0] * 6, abs=1e-8 * scale)
    assert summary.residual_standard_error == pytest.approx(0, abs=1e-8 * scale)
    assert "perfect but for rounding" in summary.warnings[0]


def test_filip_is_flagged() -> None:
    summary, known = summarized("filip")
    assert "do not trust their digits" in summary.warnings[0]
    assert summary.residual_standard_error == pytest.approx(known["certified"]["residual_sd"], rel=1e-6)
