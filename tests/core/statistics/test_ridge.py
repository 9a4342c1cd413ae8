"""The ridge path is scikit-learn's at every strength, and its score that of leaving rows out where that is exact."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge

import linreg
from linreg import LinregError
from linreg.cli.app import run_command_line

SVG = "{http://www.w3.org/2000/svg}"


def _rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    X = random.normal(size=(40, 3)) * [1, 30, 0.1] + [5, 0, 2]
    return X, X @ [2, 0.1, -4] + 3 + random.normal(size=40)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_every_strength_leads_to_scikit_learns_ridge(bias: bool, standardize: bool) -> None:
    X, y = _rows()
    made = linreg.ridge_path(X, y, bias=bias, standardize=standardize)
    mean = X.mean(axis=0) * (bias and standardize)
    spread = X.std(axis=0, ddof=1) if bias else np.sqrt(np.square(X).mean(axis=0))
    design = (X - mean) / (spread if standardize else 1)
    design = np.column_stack([design, np.ones(40)]) if bias else design
    for place in range(0, len(made.weight_decay), 7):
        alpha = made.weight_decay[place] * 40 / 2
        theta = Ridge(alpha, fit_intercept=False, solver="svd").fit(design, y).coef_
        fitted = X @ made.w[place] + (0 if made.b is None else made.b[place])
        assert made.trained[place] == pytest.approx(theta[:3], rel=1e-7, abs=1e-12)
        assert fitted == pytest.approx(design @ theta, rel=1e-7, abs=1e-9)
        assert made.cost[place] == pytest.approx(np.square(y - design @ theta).mean(), rel=1e-9)
        hat = design @ np.linalg.solve(design.T @ design + alpha * np.eye(design.shape[1]), design.T)
        assert made.degrees_of_freedom[place] == pytest.approx(np.trace(hat), rel=1e-7)
        assert made.gcv[place] == pytest.approx(made.cost[place] / (1 - np.trace(hat) / 40) ** 2, rel=1e-9)
        assert made.r2[place] == pytest.approx(1 - made.cost[place] / y.var(), rel=1e-9)


def test_the_path_goes_from_least_squares_to_nothing() -> None:
    X, y = _rows()
    made = linreg.ridge_path(X, y)
    exact = linreg.summary(X, y)
    assert made.w[0] == pytest.approx([each.estimate for each in exact.w.values()], rel=2e-3)
    assert np.abs(made.trained[-1]).max() < 0.02 * np.abs(made.trained[0]).max()
    assert (np.diff(made.degrees_of_freedom) < 0).all()
    assert made.weight_decay[made.round_ones] == pytest.approx(10.0 ** np.round(np.log10(made.weight_decay[::10])))
    assert made.least_gcv == np.argmin(made.gcv)


def test_no_rows_left_over_have_no_score_and_a_constant_target_no_r2() -> None:
    made = linreg.ridge_path(np.array([0.0, 1.0]), np.array([3.0, 3.0]))
    assert np.isnan(made.r2).all()
    assert np.isfinite(made.gcv).all()  # a decay frees rows
    wide = linreg.ridge_path(np.random.default_rng(0).normal(size=(4, 9)), np.arange(4.0))
    assert np.isfinite(wide.w).all()


def test_json_and_csv_have_every_strength_and_the_table_the_powers_of_ten(capsys: pytest.CaptureFixture[str]) -> None:
    made = linreg.ridge_path("houses")
    assert run_command_line(["path", "houses", "--format", "json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.pop("event") for each in said] == ["path"] * len(made.weight_decay)
    assert said == [dict(made.record(place)) for place in range(len(said))]
    assert run_command_line(["path", "houses", "--format", "csv"]) == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [float(row["rooms"]) for row in rows] == [each["w"]["rooms"] for each in said]
    assert [float(row["gcv"]) for row in rows] == [each["gcv"] for each in said]
    assert run_command_line(["path", "houses"]) == 0
    out, err = capsys.readouterr()
    header, _, *lines = out.splitlines()
    assert header.split() == ["weight", "decay", "area", "rooms", "age", "b", "free", "R²", "GCV"]
    assert [float(line.split()[0]) for line in lines] == pytest.approx(made.weight_decay[made.round_ones])
    assert made.least_gcv is not None
    assert f"at weight decay {made.weight_decay[made.least_gcv]:.3g}" in err


def test_the_picture_has_a_line_a_weight_and_names_them(tmp_path: Path) -> None:
    linreg.ridge_path("houses", output=tmp_path / "path.svg")
    tree = ElementTree.parse(tmp_path / "path.svg")
    texts = {each.text for each in tree.iter(f"{SVG}text")}
    assert {"ridge path of price", "area", "rooms", "age", "least GCV", "weight decay λ"} <= texts
    assert sum(each.get("id", "").startswith("weight") for each in tree.iter(f"{SVG}g")) == 3
    assert run_command_line(["path", "houses", "--output", str(tmp_path / "path.png")]) == 0
    with Image.open(tmp_path / "path.png") as picture:
        assert picture.size == (1440, 800)


def test_many_weights_are_counted_and_the_largest_named(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 12))
    linreg.ridge_path(X, X @ 2.0 ** np.arange(12), output=tmp_path / "path.svg")
    texts = {each.text for each in ElementTree.parse(tmp_path / "path.svg").iter(f"{SVG}text")}
    assert {"x12", "x5", "and 4 more"} <= texts
    assert not {"x4", "x1"} & texts
    assert not any("math" in (text or "") for text in texts)  # powers of ten are written, not set


def test_what_cannot_be_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["path", "houses", "--output", str(tmp_path / "path.gif")]) == 2
    assert "no picture is written as .gif" in capsys.readouterr().err
    with pytest.raises(LinregError, match="ridge_path needs y beside X"):
        linreg.ridge_path([[1.0], [2.0]])
