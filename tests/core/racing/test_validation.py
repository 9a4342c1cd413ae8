"""Cross-validation: the scores are scikit-learn's on the same folds, from one pass, whatever stands in the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.preprocessing import StandardScaler

import linreg
from linreg import LinregError
from linreg.arrays import Batch
from linreg.data.table import Source
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments
from linreg.numerics.shrinkage import penalty, shrunken
from linreg.phase import Phase
from linreg.racing.validation import CrossValidation
from linreg.statistics.folds import Deal, sums_of_others


def _rows(n_samples: int = 97, n_features: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of unlike scales, their targets, and a fold for each."""
    random = np.random.default_rng(8)
    X = random.normal(size=(n_samples, n_features)) * 10.0 ** np.arange(n_features) + 50
    y = X @ np.linspace(1, -1, n_features) + 3 + random.normal(size=n_samples) * 5
    return X, y, random.integers(0, 5, n_samples)


def _expected(X: np.ndarray, y: np.ndarray, folds: np.ndarray, decay: float, weights: Any = None) -> list[list[float]]:
    """Return the error and R² of each fold with scikit-learn's ridge on standardised features and a column of ones."""
    weights, scores = np.ones(len(y)) if weights is None else weights, []
    for train, test in LeaveOneGroupOut().split(X, y, folds):
        kept = train[weights[train] > 0]
        scaler = StandardScaler().fit(X[kept], sample_weight=weights[kept])
        scaler.scale_ *= np.sqrt(len(kept) / (len(kept) - 1))  # the lecture's n − 1
        design = [np.column_stack([scaler.transform(X[part]), np.ones(len(part))]) for part in (kept, test)]
        alpha = decay * weights[kept].sum() / 2
        model = (
            Ridge(alpha=alpha, fit_intercept=False, solver="svd") if decay else LinearRegression(fit_intercept=False)
        )
        model.fit(design[0], y[kept], sample_weight=weights[kept])
        predicted, counts = model.predict(design[1]), weights[test]
        with np.errstate(all="ignore"):
            r2 = r2_score(y[test], predicted, sample_weight=counts) if np.ptp(y[test]) > 0 else np.nan
        scores.append([mean_squared_error(y[test], predicted, sample_weight=counts), r2])
    return scores


def _scores(made: CrossValidation, number: int = 0) -> list[list[Any]]:
    [candidate] = [each for each in made.candidates if each.number == number]
    return [[score.mse, score.r2] for score in candidate.scores]


def test_scores_are_those_of_scikit_learn_on_the_same_folds() -> None:
    X, y, folds = _rows()
    decays = [0.0, 1e-3, 0.1, 10.0]
    made = linreg.cross_validate(X, y, folds=folds, options={"weight_decay": decays})
    for number, decay in enumerate(decays):
        assert _scores(made, number) == [pytest.approx(each, rel=1e-9) for each in _expected(X, y, folds, decay)]
    errors = np.sqrt([mse for mse, _ in _expected(X, y, folds, made.best.weight_decay)])
    assert made.best.rmse == pytest.approx(errors.mean(), rel=1e-9)
    assert made.best.rmse_standard_error == pytest.approx(errors.std(ddof=1) / np.sqrt(5), rel=1e-7)
    assert [each.rmse for each in made.candidates] == sorted(each.rmse or np.inf for each in made.candidates)
    assert {each.engine for each in made.candidates} == {"exact"}


@pytest.mark.parametrize(
    "choices",
    [
        {"epochs": 3000},
        {"epochs": 300, "engine": "gram"},
        {"epochs": 299, "batch_sizes": 1000},
        {"epochs": 300, "engine": "analytic"},
    ],
    ids=["spectral", "gram", "one batch", "rows"],
)
def test_training_to_the_end_comes_to_the_same_scores_on_every_engine(choices: dict[str, Any]) -> None:
    X, y, folds = _rows(40, 2)
    made = linreg.cross_validate(X, y, folds=folds, **choices)
    assert made.best.engine != "exact"
    assert _scores(made) == [pytest.approx(each, rel=1e-6) for each in _expected(X, y, folds, 0.0)]


def test_few_epochs_are_judged_where_they_ended_and_said_to_have_ended_early() -> None:
    X, y, folds = _rows(40, 2)
    made = linreg.cross_validate(X, y, folds=folds, epochs=3, learning_rates=0.01)
    train = folds != 1
    result = linreg.fit(X[train], y[train], epochs=3, learning_rate=0.01)
    assert _scores(made)[1][0] == pytest.approx(np.square(y[~train] - result.predict(X[~train])).mean(), rel=1e-9)
    assert made.best.scores[1].excess_cost == pytest.approx(result.excess_cost, rel=1e-9)


def test_another_criterion_is_trained_by_rows_and_judged_by_squared_error() -> None:
    X, y, folds = _rows(40, 2)
    made = linreg.cross_validate(X, y, folds=folds, epochs=50, criterion="L1Loss", learning_rates=[0.5, 5.0])
    for number, rate in enumerate([0.5, 5.0]):
        for fold, (mse, _) in enumerate(_scores(made, number)):
            train = folds != fold
            result = linreg.fit(X[train], y[train], epochs=50, criterion="L1Loss", learning_rate=rate)
            assert mse == pytest.approx(np.square(y[~train] - result.predict(X[~train])).mean(), rel=1e-12)


def test_a_column_names_the_folds_and_the_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, folds = _rows()
    weights = np.random.default_rng(2).integers(0, 3, len(y)) * 0.5
    names = np.array(["e", "d", "c", "b", "a"])[folds]
    path, passes = tmp_path / "rows.parquet", []
    columns = {f"x{number}": column for number, column in enumerate(X.T)}
    pl.DataFrame({**columns, "y": y, "weight": weights, "fold": names}).write_parquet(path)
    batches = Source.batches

    def counted(source: Source) -> Iterator[Batch]:
        passes.append(source)
        return batches(source)

    monkeypatch.setattr(Source, "batches", counted)
    made = linreg.cross_validate(path, folds="fold", weights="weight", options={"weight_decay": [0.0, 0.1]})
    assert len(passes) == 1
    assert (made.features, made.target, made.folds) == (("x0", "x1", "x2", "x3"), "y", ("a", "b", "c", "d", "e"))
    assert made.sizes == tuple(np.count_nonzero(weights[names == name]) for name in "abcde")
    for number, decay in enumerate([0.0, 0.1]):
        assert _scores(made, number) == [
            pytest.approx(each, rel=1e-9) for each in _expected(X, y, names, decay, weights)
        ]


def test_a_fold_of_one_row_has_an_error_and_no_r2() -> None:
    X, y, folds = _rows(30, 2)
    folds[:] = np.arange(30) % 3
    folds[7] = 9
    made = linreg.cross_validate(X, y, folds=folds)
    expected = _expected(X, y, folds, 0.0)
    assert _scores(made)[-1] == [pytest.approx(expected[-1][0], rel=1e-9), None]
    assert made.best.r2 is None
    assert made.best.rmse == pytest.approx(np.mean(np.sqrt([mse for mse, _ in expected])), rel=1e-9)
    assert made.notices == ("fold 9 has one row, or a target that never changes: R² says nothing there.",)


def test_leaving_one_out_is_what_the_leverages_say() -> None:
    X, y, _ = _rows(25, 2)
    made = linreg.cross_validate(X, y, folds=25)
    design = np.column_stack([X, np.ones(25)])
    hat = design @ np.linalg.pinv(design)
    left_out = (y - hat @ y) / (1 - np.diagonal(hat))
    assert made.best.mse == pytest.approx(np.square(left_out).mean(), rel=1e-9)


def test_a_fold_that_holds_all_of_a_level_is_predicted_without_it_and_said() -> None:
    X, y, folds = _rows(60, 3)
    X[:, 2] = folds == 3
    made = linreg.cross_validate(X, y, folds=folds)
    assert _scores(made) == [pytest.approx(each, rel=1e-9) for each in _expected(X, y, folds, 0.0)]
    assert made.notices == ("without fold 3 x3 never changes: no weight is learned for it there.",)


def test_collinear_features_and_fewer_rows_than_parameters_are_scored_by_the_smallest_weights() -> None:
    X, y, folds = _rows(40, 3)
    X[:, 2] = 2 * X[:, 0]
    made = linreg.cross_validate(X, y, folds=folds)
    assert _scores(made) == [pytest.approx(each, rel=1e-8) for each in _expected(X, y, folds, 0.0)]
    X, y, folds = _rows(9, 12)
    folds = np.arange(9) % 3
    made = linreg.cross_validate(X, y, folds=folds)
    assert _scores(made) == [pytest.approx(each, rel=1e-8) for each in _expected(X, y, folds, 0.0)]


def test_scaling_comes_from_the_rows_that_are_trained_on() -> None:
    X, y, folds = _rows(60, 2)
    X[folds == 2, 1] *= 1000  # the scaling of all rows would decay the second weight otherwise
    made = linreg.cross_validate(X, y, folds=folds, options={"weight_decay": 1.0})
    assert _scores(made) == [pytest.approx(each, rel=1e-9) for each in _expected(X, y, folds, 1.0)]


def test_a_candidate_that_diverges_is_last_and_has_no_score() -> None:
    X, y, folds = _rows(60, 2)
    made = linreg.cross_validate(X, y, folds=folds, learning_rates=[5.0, "auto"])
    assert [each.number for each in made.candidates] == [1, 0]
    assert {score.status for score in made.candidates[1].scores} == {Phase.DIVERGED}
    assert made.candidates[1].rmse is made.candidates[1].mse is made.candidates[1].r2 is None


@pytest.mark.parametrize("folds", [3, 4, 10, 31])
def test_rows_are_dealt_to_folds_of_one_size_alike_in_any_batches(folds: int) -> None:
    at_once = Deal(folds, 5).next(100)
    deal = Deal(folds, 5)
    assert np.concatenate([deal.next(n) for n in (1, 0, 40, 7, 52)]).tolist() == at_once.tolist()
    sizes = np.bincount(at_once, minlength=folds)
    assert sizes.max() - sizes.min() <= 1
    assert at_once.tolist() != Deal(folds, 6).next(100).tolist()


def test_a_file_is_dealt_as_its_rows_are(tmp_path: Path) -> None:
    X, y, _ = _rows(50, 2)
    path = tmp_path / "rows.csv"
    pl.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "y": y}).write_csv(path)
    from_file = linreg.cross_validate(path, folds=5, seeds=3)
    assert _scores(from_file) == [
        pytest.approx(each) for each in _scores(linreg.cross_validate(X, y, folds=5, seeds=3))
    ]
    assert from_file.sizes == (10,) * 5


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        (1, "--folds takes a whole number from 2 to 1,000, not 1: a fold is held out while the others are trained on"),
        (20, "12 rows leave 8 of 20 folds empty"),
        (["a"] * 12, "all rows are in one fold, 'a': nothing would be left to train on"),
        (["a", "b"], "folds has 2 labels, and there are 12 rows"),
        ("fold", "folds is a number, the label of each row's fold beside X and y"),
    ],
)
def test_folds_that_are_none_are_refused_in_one_sentence(folds: Any, words: str) -> None:
    X, y, _ = _rows(12, 2)
    with pytest.raises(LinregError, match=words):
        linreg.cross_validate(X, y, folds=folds)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"folds": "group"}, "'group' has one level only, 'g'; nothing would be left to train on"),
        ({"folds": "fald"}, "--fold-column names 'fald', which is not a column of the file .did you mean 'fold'"),
        ({"folds": "fold", "target": "fold"}, "'fold' is given to both --target and --fold-column"),
        ({"folds": "fold", "features": ("fold", "x")}, "'fold' is given to both --feature and --fold-column"),
        ({"folds": 2, "module": "m.py:M"}, "judges a fold by w and b"),
        ({"folds": 2, "until_standard_errors": 0.1}, "leave --until-standard-errors out"),
    ],
)
def test_what_cannot_be_validated_is_refused_in_one_sentence(tmp_path: Path, choices: Any, words: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y,group,fold\n" + "".join(f"{x},{x * x},g,{'ab'[x % 2]}\n" for x in range(6)))
    with pytest.raises(LinregError, match=words):
        linreg.cross_validate(path, **{"features": ("x",), "target": "y", **choices})


def test_a_number_of_folds_may_be_numpys_and_is_nothing_but_a_whole_one(tmp_path: Path) -> None:
    X, y, _ = _rows(20, 2)
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n1,2\n2,3\n3,5\n4,4\n")
    for given in ((X, y), (path,)):
        assert len(linreg.cross_validate(*given, folds=np.int64(2)).folds) == 2  # type: ignore[arg-type]
        for folds in (2.5, True, None):
            with pytest.raises(LinregError, match="folds is a number"):
                linreg.cross_validate(*given, folds=folds)  # type: ignore[arg-type]


def test_the_target_is_the_last_column_but_the_folds(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y,fold\n" + "".join(f"{x},{x * x},{x % 3}\n" for x in range(9)))
    made = linreg.cross_validate(path, folds="fold")
    assert (made.features, made.target, made.folds) == (("x",), "y", ("0", "1", "2"))


def test_what_is_shrunken_is_least_with_its_penalty_at_every_decay() -> None:
    X, y, _ = _rows(30, 3)
    moments, _, _ = Moments.of(X, y).standardized(bias=True)
    quadratic = Quadratic.of(moments)
    decays = np.array([0.0, 1e-6, 0.3, 100.0])
    parameters = shrunken(quadratic, decays)
    for decay, theta in zip(decays, parameters, strict=True):
        assert quadratic.gradient(theta) + decay * theta == pytest.approx(np.zeros(4), abs=1e-9)
        here = quadratic.excess(theta) + penalty(theta, decay)
        for step in np.eye(4) * 1e-3:
            assert here < quadratic.excess(theta + step) + penalty(theta + step, decay)


def test_sums_of_others_are_sums_of_all_others() -> None:
    X, y, folds = _rows(30, 2)
    parts = [Moments.of(X[folds == fold], y[folds == fold]) for fold in range(5)]
    for fold, others in enumerate(sums_of_others(parts)):
        expected = Moments.of(X[folds != fold], y[folds != fold])
        assert others.n_samples == expected.n_samples
        assert others.products == pytest.approx(expected.products, rel=1e-12)
    assert [each.n_samples for each in sums_of_others(parts[:2])] == [parts[1].n_samples, parts[0].n_samples]
