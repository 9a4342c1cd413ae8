"""Distance from the true coefficients of NIST's linear regression data sets: no times, but a ratio all the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from sklearn.linear_model import LinearRegression

import linreg
from benchmarks.measuring import AtMost, Comparison
from linreg.engines.spectral import SpectralEngine

FOLDER = Path(__file__).parents[3] / "shared" / "nist"
_EPOCH = 10**15
"""Far enough for the flattest direction of every set; the spectral engine goes there at once."""


def measure(quick: bool) -> Iterator[Comparison]:
    """Largest relative error of a coefficient, by gradient descent, against scikit-learn's; needs NIST's files."""
    if not (FOLDER / "expected.json").exists():
        return
    expected = json.loads((FOLDER / "expected.json").read_text())
    for number in range(1, 6):
        yield _comparison(f"nist_wampler{number}.csv", expected)
    yield _comparison("nist_pontius.csv", expected)


def _comparison(file: str, expected: dict[str, Any]) -> Comparison:
    truth = expected[file]["certified"]
    answer = [truth["intercept"], *truth["coefficients"].values()]
    ours = _error(_by_gradient_descent(FOLDER / file), answer)
    rival = _error(_by_scikit_learn(FOLDER / file, list(truth["coefficients"])), answer)
    return Comparison(
        f"largest relative error of a coefficient, {file}: LinearRegression", ours, rival, AtMost(1.0), ""
    )


def _by_gradient_descent(path: Path) -> list[float]:
    trainer = linreg.train(str(path), target="y", engine="spectral")
    assert isinstance(trainer.engine, SpectralEngine)
    w, b = trainer.in_original_units(trainer.engine.at(_EPOCH).parameters[-1])
    assert b is not None
    return [float(b), *w.tolist()]


def _by_scikit_learn(path: Path, features: list[str]) -> list[float]:
    table = pl.read_csv(path)
    model = LinearRegression().fit(table.select(features).to_numpy(), table["y"].to_numpy())
    return [float(model.intercept_), *model.coef_.tolist()]


def _error(found: list[float], answer: list[float]) -> float:
    return max(abs(a - b) / abs(b) for a, b in zip(found, answer, strict=True))
