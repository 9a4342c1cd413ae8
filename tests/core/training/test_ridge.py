"""Weight decay in the gradient leads to the ridge solution, and of one that is not something else is said."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

import linreg
from linreg.cli.app import run_command_line
from linreg.optim.decay import Decay, decay_of
from linreg.training.result import Result


def _rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(6)
    X = random.normal(size=(30, 3)) * [1, 20, 0.1] + [0, 100, 3]
    return X, X @ [1, -0.2, 5] + 40 + random.normal(size=30)


def _ridge(X: np.ndarray, y: np.ndarray, alpha: float, bias: bool) -> tuple[np.ndarray, float]:
    """Return w and b with scikit-learn's ridge, on standardised features and a column of ones: it pulls on b too."""
    mean, std = (X.mean(axis=0), X.std(axis=0, ddof=1)) if bias else (0.0, np.sqrt(np.square(X).mean(axis=0)))
    Z = (X - mean) / std
    theta = (
        Ridge(alpha, fit_intercept=False, solver="svd").fit(np.column_stack([Z, np.ones(30)]) if bias else Z, y).coef_
    )
    w = theta[:3] / std
    return w, float(theta[3] - w @ mean) if bias else 0.0


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_exact_target_is_the_ridge_solution_of_scikit_learn(bias: bool, reduction: str) -> None:
    X, y = _rows()
    decay, share = (0.3, 1.0) if reduction == "mean" else (9.0, 30.0)
    result = linreg.fit(X, y, bias=bias, reduction=reduction, options={"weight_decay": decay}, epochs=4000)
    w, b = _ridge(X, y, decay * 30 / share / 2, bias)
    least = result.minimum
    assert least is not None
    assert [*least.w, least.b] == pytest.approx([*w, b], rel=1e-9)
    assert list(result.w.values()) == pytest.approx(w.tolist(), rel=1e-8)
    assert least.cost == pytest.approx(np.square(y - X @ w - b).mean() * share, rel=1e-9)
    assert result.above_minimum == pytest.approx(0, abs=1e-9)
    assert result.warnings == ()
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(30)]) if bias else X, y)[0]
    assert result.least_squares is not None
    assert result.least_squares.w == pytest.approx(exact[:3], rel=1e-9)
    assert least.least_squares.w == pytest.approx(exact[:3], rel=1e-9)


OPTIMIZERS: list[tuple[str, float, dict[str, Any]]] = [
    ("SGD", 0.1, {"momentum": 0.5, "nesterov": True}),
    ("SGD", 0.1, {"momentum": 0.5, "dampening": 0.3}),
    ("Adamax", 0.05, {}),
    ("Adagrad", 0.5, {}),
    ("ASGD", 0.1, {}),
    ("Adam", 0.05, {"amsgrad": True}),
    ("NAdam", 0.05, {}),
    ("RAdam", 0.02, {}),
    ("RMSprop", 3e-3, {}),
]


@pytest.mark.parametrize(
    ("optimizer", "rate", "options"), OPTIMIZERS, ids=[f"{each[0]}-{each[2]}" for each in OPTIMIZERS]
)
def test_every_optimizer_with_the_decay_in_its_gradient_leads_there(
    optimizer: str, rate: float, options: dict[str, Any]
) -> None:
    x, y = torch.tensor([[0.0], [1.0], [1.0]], dtype=torch.float64), torch.tensor([[0.0], [1.0], [2.0]]).double()
    parameters = [torch.zeros(1, 1, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    own = getattr(torch.optim, optimizer)(parameters, lr=rate, weight_decay=0.5, **options)
    for _ in range(700):
        own.zero_grad()
        torch.mean((x @ parameters[0] + parameters[1] - y) ** 2).backward()
        own.step()
    result = linreg.fit(
        x, y[:, 0], standardize=False, optimizer=optimizer, learning_rate=rate, epochs=1,
        options={"weight_decay": 0.5, **options},
    )  # fmt: skip
    assert result.minimum is not None
    assert [*result.minimum.w, result.minimum.b] == pytest.approx([each.item() for each in parameters], abs=2e-3)


def test_how_far_the_run_is_from_it_counts_the_penalty() -> None:
    X, y = _rows()
    result = linreg.fit(X, y, options={"weight_decay": 0.3}, epochs=5, learning_rate=0.05)
    least = result.minimum
    assert least is not None
    mean, std = X.mean(axis=0), X.std(axis=0, ddof=1)

    def penalised(w: Any, b: float) -> float:
        theta = np.append(np.array(w) * std, b + w @ mean)
        return float(np.square(y - X @ w - b).mean() + 0.15 * theta @ theta)

    now, ridge = penalised(np.array(list(result.w.values())), result.b or 0.0), penalised(least.w, least.b)
    assert ridge == pytest.approx(least.cost + least.penalty, rel=1e-12)
    assert result.above_minimum == pytest.approx(now / ridge - 1, rel=1e-9)
    assert result.warnings == (
        f"the cost with the penalty of the weight decay is {now / ridge:.3g} times that of the ridge solution; "
        "more epochs, or another optimizer or learning rate, may get closer.",
    )


@pytest.mark.parametrize(
    "choices",
    [
        {"options": {"weight_decay": 0}},
        {"options": {"weight_decay": 0.1}, "batch_size": 7},
        {"options": {"weight_decay": 0.1}, "optimizer": "AdamW"},
        {"options": {"weight_decay": 0.1, "decoupled_weight_decay": True}, "optimizer": "NAdam"},
        {"options": {"weight_decay": 0.1, "lambd": 0.1}, "optimizer": "ASGD"},
    ],
)
def test_what_does_not_lead_there_is_not_held_against_it(choices: dict[str, Any]) -> None:
    X, y = _rows()
    assert linreg.fit(X, y, epochs=1, **choices).minimum is None


def _said(result: Result) -> list[str]:
    return [warning for warning in result.warnings if "decoupled" in warning]


@pytest.mark.parametrize(("decay", "leads_there"), [(0.1, True), (1.0, False)])
def test_adamw_is_said_to_bound_the_parameters_and_that_is_where_it_ends(decay: float, leads_there: bool) -> None:
    result = linreg.fit(
        [0.0, 1.0, 1.0], [0.0, 1.0, 2.0], standardize=False, optimizer="AdamW", learning_rate=0.005, epochs=4000,
        options={"weight_decay": decay},
    )  # fmt: skip
    assert max(abs(result.w["x"]), abs(result.b or 0.0)) <= 1 / decay + 0.05
    assert (abs(result.w["x"] - 1.5) < 0.15) is leads_there  # least squares has w = 1.5, b = 0
    verdict = "is" if leads_there else "is not"
    assert _said(result) == [
        "AdamW's weight decay is decoupled from the cost: it leads to no ridge solution, but, the smaller its learning "
        "rate, the nearer to the least cost with every parameter, as trained, within "
        f"±{1 / decay:g}: which least squares {verdict}."
    ]
    if leads_there:
        assert not any("keeps it there" in warning for warning in result.warnings)


def test_another_decoupled_decay_is_said_to_be_no_ridge() -> None:
    X, y = _rows()
    result = linreg.fit(X, y, epochs=3, optimizer="Adafactor", options={"weight_decay": 0.1})
    assert _said(result) == ["Adafactor's weight decay is decoupled from the cost: it leads to no ridge solution."]


@pytest.mark.parametrize(
    ("optimizer", "options", "decay"),
    [
        ("SGD", {"weight_decay": "1e-2"}, Decay(0.01, is_coupled=True)),
        ("adam", {"weight_decay": 0.5, "decoupled_weight_decay": "true"}, Decay(0.5, is_coupled=False, bound=2.0)),
        ("RAdam", {"weight_decay": 0.5, "decoupled_weight_decay": True}, Decay(0.5, is_coupled=False)),
        ("LBFGS", {}, None),
        ("SGD", {"weight_decay": "much"}, None),
        ("SGD", {"weight_decay": "0.0"}, None),
    ],
)
def test_a_decay_is_known_from_the_options(optimizer: str, options: dict[str, Any], decay: Decay | None) -> None:
    assert decay_of(optimizer, options) == decay


def test_the_command_shows_it_beside_the_estimate_with_least_squares_for_comparison(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["run", "exercise1", "--set", "weight_decay=0.1", "--lr", "0.1"]
    assert run_command_line([*words, "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    least = result["minimum"]
    theta = np.linalg.solve(np.array([[4, 4], [4, 6]]) / 3 + 0.1 * np.eye(2), [2, 2])  # ∇cost + 0.1 θ = 0
    assert [least["w"]["x"], least["b"]] == pytest.approx(theta.tolist(), rel=1e-12)
    assert (least["criterion"], least["weight_decay"], least["is_unique"]) == ("MSELoss", 0.1, True)
    assert least["penalty"] == pytest.approx(0.05 * theta @ theta)
    assert [least["least_squares"]["w"]["x"], least["least_squares"]["b"]] == pytest.approx([1.5, 0], abs=1e-12)
    assert result["least_squares"]["w"]["x"] == pytest.approx(1.5)
    assert run_command_line(words) == 0
    said = capsys.readouterr().err.splitlines()
    header = next(line for line in said if "least squares" in line)
    assert header.split() == [
        "now", "ridge", "to", "go", "least", "squares",
    ]  # fmt: skip
    assert "ridge: weight decay leads there, where the cost + ½ · 0.1 · ‖parameters as trained‖² is least" in said
