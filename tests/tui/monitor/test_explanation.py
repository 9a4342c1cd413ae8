"""What a step did, in formulas whose arithmetic is right and in sentences that are true."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from linreg.live.state import Intervention
from linreg.numerics.curvature import Quadratic
from linreg.phase import Phase
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.step.descent_words import of_descent
from linreg_tui.monitor.step.explanation import explain
from linreg_tui.monitor.step.optimizer_words import words_on
from linreg_tui.monitor.step.surroundings import of_cost, of_directions, of_rows
from linreg_tui.monitor.step.update_rule import Formula
from linreg_tui.monitor.view import View
from tui.canned import view_of


def bowl(*curvatures: float, floor: float = 1.0) -> Quadratic:
    """Return a cost with these curvatures along the axes, least at 0."""
    n = len(curvatures)
    return Quadratic(
        eigenvalues=np.array(curvatures),
        eigenvectors=np.eye(n),
        optimum=np.zeros(n),
        coordinates=np.zeros(n),
        floor=floor,
        variance=1.0,
        bias=False,
        unseen=np.zeros(n, bool),
    )


def said(quadratic: Quadratic, before: list[float], learning_rate: float) -> str:
    return of_descent(quadratic, np.array(before), learning_rate)


def test_above_the_limit_the_cost_grows() -> None:
    words = said(bowl(0.1, 2.0), [0.0, 1.0], 1.9)
    assert words.startswith("The learning rate is 1.9 times the stable limit: the cost grows each epoch")
    assert "7.84-fold" in words  # (1 − 1.9 × 2)²


def test_a_rate_beyond_all_measure_has_a_sentence_too() -> None:
    words = said(bowl(0.1, 2.0), [0.0, 1.0], 1e300)
    assert (
        words == "The learning rate is 1e+300 times the stable limit: the cost grows beyond every number in this epoch."
    )


def test_above_the_limit_the_cost_may_fall_for_now_and_the_sentence_says_so() -> None:
    words = said(bowl(0.5, 2.0), [10.0, 1e-6], 1.1)
    assert "the cost still falls" in words
    assert "grows 1.2-fold each epoch" in words


def test_at_the_limit_nothing_grows() -> None:
    assert "stable limit" not in said(bowl(0.5, 2.0), [1.0, 1.0], 1.0)


def test_along_the_steep_direction_it_jumps_from_side_to_side() -> None:
    words = said(bowl(0.1, 2.0), [0.1, 1.0], 0.9)
    jumps = "it jumps from side to side: each step multiplies the error by −0.8."
    assert words == f"Down the steep direction: {jumps} The flat valley comes later."


def test_without_a_flat_direction_none_is_spoken_of() -> None:
    assert said(bowl(2.0, 2.0), [1.0, 1.0], 0.9).startswith("It jumps from side to side")
    assert said(bowl(2.0), [1.0], 0.1) == "Downhill: each step covers 20 % of the way left."


def test_in_the_flat_valley_the_steep_direction_is_done() -> None:
    words = said(bowl(0.1, 2.0), [1.0, 1e-4], 0.5)
    assert words == "Downhill along the flat valley: the steep direction is done. Each step covers 5 % of the way left."


def test_while_the_steep_direction_still_counts_it_is_not_done() -> None:
    assert "the steep direction makes up 17 % of the excess cost" in said(bowl(0.1, 2.0), [1.0, 0.1], 0.3)
    assert said(bowl(0.1, 2.0), [1.0, 1.0], 0.2).startswith("Down the steep direction: each step covers 40 %")


def test_a_creeping_run_is_told_how_little_it_covers() -> None:
    words = said(bowl(3e-5, 2.0), [1.0, 0.0], 1.0)
    assert words.endswith("The steps barely move: each covers 0.003 % of the way left.")


def test_at_least_squares_nothing_is_left() -> None:
    assert said(bowl(0.1, 2.0), [0.0, 0.0], 0.5) == "This is least squares: the gradient is 0."
    assert "Least squares is reached" in said(bowl(0.1, 2.0), [1e-5, 0.0], 0.5)
    assert "the cost is 5e−24 above it" in said(bowl(0.1, 2.0, floor=0.0), [1e-11, 0.0], 0.5)


@pytest.mark.parametrize("before", [[1e200, 1e200], [np.inf, 1.0], [np.nan, 1.0]])
@pytest.mark.parametrize("rate", [0.5, 1.9])
def test_numbers_that_have_run_away_still_have_a_sentence(before: list[float], rate: float) -> None:
    assert said(bowl(0.1, 2.0), before, rate).endswith(".")


def _numbers(text: str) -> list[float]:
    return [float(number.replace("−", "-")) for number in re.findall(r"[−+]?\d+\.?\d*(?:e[−+]?\d+)?", text)]


def _last_place(text: str) -> float:
    """Return one unit of the last digit that a number is written with."""
    digits, _, exponent = text.replace("−", "-").partition("e")
    return float(f"1e{int(exponent or 0) - len(digits.partition('.')[2])}")


def _check(formula: Formula) -> None:
    """Read a formula as a student would, and work it out."""
    text = " ".join(formula.terms)
    arithmetic, _, result = text.partition("=")
    result = result.split()[0]
    first, *others = _numbers(re.sub(r"[()]", "", arithmetic.replace("− ", "").replace("+ ", "")))
    if formula.group in (2, 3):  # (0.9 × (m) + 0.1 × (g)) / d, where g is squared in v
        new = others[2] ** (formula.group - 1)
        divisor = others[-1] if "/" in arithmetic else 1.0
        worked_out = (first * others[0] + others[1] * new) / divisor
        assert worked_out == pytest.approx(float(result.replace("−", "-")), rel=4e-3, abs=1e-12)
        return
    if formula.group == 1:  # 0.9 × (v) + (g)
        worked_out = first * others[0] + (others[1] if len(others) == 2 else others[1] * others[2])
    elif len(others) == 2:  # w − η × (g)
        worked_out = first - others[0] * others[1]
    else:  # w + (Δ)
        worked_out = first + others[0]
    places = [_last_place(word) for word in re.findall(r"\d[\d.]*(?:e[−+]?\d+)?", arithmetic)]
    rounding = 2 * max(_last_place(result), places[0] if formula.group == 0 else max(places))
    assert worked_out == pytest.approx(float(result.replace("−", "-")), abs=rounding, rel=1e-6)


RUNS: list[tuple[str, int, dict[str, Any]]] = [
    ("exercise1", 1, {}),
    ("exercise1", 1200, {}),
    ("exercise1", 3000, {}),
    ("exercise1", 40, {"learning_rate": 0.9}),
    ("exercise1", 900, {"learning_rate": 0.7}),
    ("exercise1", 30, {"options": {"momentum": 0.9}}),
    ("exercise1", 30, {"options": {"momentum": 0.5, "dampening": 0.25}}),
    ("exercise1", 30, {"options": {"momentum": 0.9, "nesterov": True}}),
    ("exercise1", 30, {"options": {"weight_decay": 0.1}}),
    ("exercise1", 30, {"optimizer": "Adam"}),
    ("quiz1", 1, {}),
    ("quiz1", 700, {}),
    ("houses", 50, {}),
    ("valley", 500, {}),
    ("valley", 500, {"options": {"momentum": 0.95}}),
]


@pytest.mark.parametrize(("data", "n_epochs", "choices"), RUNS, ids=str)
@pytest.mark.parametrize("digits", [5, 7])
def test_the_arithmetic_shown_gives_the_number_shown(
    data: str, n_epochs: int, choices: dict[str, Any], digits: int
) -> None:
    view = view_of(data, n_epochs, **choices)
    formulas = explain(view).arithmetic(100, digits).formulas
    assert formulas
    for formula in formulas:
        _check(formula)
    names = parameter_names(view.facts)
    for formula in formulas:
        if formula.group == 0:
            shown = float(formula.terms[formula.terms.index("=") + 1].replace("−", "-"))
            assert shown == pytest.approx(
                view.state.parameters[names.index(formula.name)], rel=10.0 ** (2 - digits), abs=1e-6
            )


def test_plain_descent_is_explained_by_its_gradient() -> None:
    explanation = explain(view_of("exercise1", 1))
    assert explanation.heading == "w ← w − η·∂cost/∂w"
    assert [formula.name for formula in explanation.arithmetic(10).formulas] == ["w", "b"]
    formula = explanation.arithmetic(10).formulas[0]
    assert " ".join(formula.terms) == "0.000000 − 0.01 × (−2.0000) = 0.020000"  # −2 mean(x y)


def test_momentum_is_explained_by_the_velocity_that_the_lecture_keeps() -> None:
    view = view_of("exercise1", 20, options={"momentum": 0.9})
    w, v = np.zeros(2), np.zeros(2)
    for _ in range(20):
        gradient = view.facts.gradient(w)
        assert gradient is not None
        v = 0.9 * v + gradient
        w = w - 0.01 * v
    shown = [formula.terms[-1] for formula in explain(view).arithmetic(10).formulas if formula.group == 1]
    assert [float(text.replace("−", "-")) for text in shown] == pytest.approx(v.tolist(), rel=1e-3)


@pytest.mark.parametrize(
    ("optimizer", "rate", "n_epochs", "options"),
    [
        ("Adam", 0.1, 1, {}),
        ("Adam", 0.05, 60, {}),
        ("AdamW", 0.05, 60, {"betas": "0.8,0.99"}),
        ("RMSprop", 0.01, 1, {}),
        ("RMSprop", 0.01, 60, {"alpha": 0.9}),
        ("Adagrad", 0.5, 60, {}),
    ],
)
def test_what_an_adaptive_optimizer_remembers_is_torchs_own_and_gives_the_step(
    optimizer: str, rate: float, n_epochs: int, options: dict[str, Any]
) -> None:
    view = view_of("exercise1", n_epochs, optimizer=optimizer, learning_rate=rate, options=options)
    x, y = torch.tensor([0.0, 1, 1], dtype=torch.float64), torch.tensor([0.0, 1, 2], dtype=torch.float64)
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    typed = {"betas": (0.8, 0.99)} if "betas" in options else options
    own = getattr(torch.optim, optimizer)([theta], lr=rate, weight_decay=0.0, **typed)
    for _ in range(n_epochs):
        own.zero_grad()
        (theta[0] * x + theta[1] - y).square().mean().backward()
        own.step()
    state, shown = own.state[theta], explain(view)
    assert shown.heading != "w ← w + Δ"
    formulas = {formula.name: formula for formula in shown.arithmetic(100).formulas}
    corrections = {"m̂": ("exp_avg", 0), "v̂": ("exp_avg_sq", 1)}
    for name, formula in formulas.items():
        result = float(formula.terms[formula.terms.index("=") + 1].replace("−", "-"))
        what, _, whose = name.rpartition(" of ")
        at = "wb".index(whose)
        if not what:
            assert result == pytest.approx(float(theta[at].detach()), abs=1e-6)
        elif what == "s":
            assert result == pytest.approx(float(state["sum"][at]), rel=1e-6)
        elif optimizer == "RMSprop":
            assert result == pytest.approx(float(state["square_avg"][at]), rel=1e-6)
        else:
            key, place = corrections[what]
            correction = 1 - own.defaults["betas"][place] ** n_epochs
            assert result == pytest.approx(float(state[key][at]) / correction, rel=1e-6)
    assert len(formulas) == {"RMSprop": 4, "Adagrad": 4}.get(optimizer, 6)


@pytest.mark.parametrize(
    "choices", [{"optimizer": "Adadelta"}, {"options": {"momentum": 0.9, "nesterov": True}}, {"batch_size": 2}]
)
def test_what_the_rule_does_not_explain_is_called_a_change(choices: dict[str, Any]) -> None:
    assert explain(view_of("exercise1", 5, **choices)).heading == "w ← w + Δ"


def test_a_step_that_the_gradient_does_not_bear_out_is_called_a_change() -> None:
    view = view_of("exercise1", 5)
    moved = replace(view.state, parameters=view.state.parameters + 0.1)
    assert explain(View(view.facts, moved, view.history)).heading == "w ← w + Δ"


def test_the_step_uses_the_rate_of_its_own_epoch() -> None:
    view = view_of("exercise1", 5)
    later = replace(view.state, learning_rate=1.0, interventions=(Intervention(5, 1.0),))
    explanation = explain(View(view.facts, later, view.history))
    assert "− 0.01 ×" in explanation.arithmetic(10).formulas[0].terms
    assert explanation.sentence.endswith("The next step's rate is 1, 1.52 times the stable limit.")


def test_before_the_first_epoch_the_step_to_come_is_shown() -> None:
    before, after = view_of("exercise1", 0), view_of("exercise1", 1)
    explanation = explain(before)
    assert explanation.heading.startswith("to come")
    assert explanation.arithmetic(10) == explain(after).arithmetic(10)
    assert explanation.sentence.startswith("Space runs, n takes one step.")


def test_of_many_parameters_the_largest_steps_are_shown_and_that_is_said() -> None:
    view = view_of("houses", 3)
    explanation = explain(view).arithmetic(2)
    assert view.state.before is not None
    largest = np.argsort(-np.abs(view.state.parameters - view.state.before))[:2]
    names = parameter_names(view.facts)
    assert [formula.name for formula in explanation.formulas] == [names[index] for index in sorted(largest)]
    assert explanation.note == "the largest 2 of 4 steps, as trained (standardised)"


def test_without_a_gradient_the_change_alone_is_said() -> None:
    view = view_of("outlier", 5, criterion="L1Loss")
    explanation = explain(view)
    assert explanation.heading == "w ← w + Δ"
    assert "against the gradient" in explanation.sentence


def test_mini_batches_are_counted() -> None:
    assert "An epoch is 2 steps, each on 2 rows" in explain(view_of("exercise1", 5, batch_size=2)).sentence


def test_every_optimizer_has_a_sentence() -> None:
    from linreg.optim.optimizers import names

    for name in [*names(), "SomethingElse"]:
        words = words_on(name)
        assert words.endswith(".")
        assert name in words
        assert "{" not in words


def test_a_stranger_s_name_is_made_safe() -> None:
    view = view_of("houses", 3)
    facts = replace(view.facts, weight_names=("a\x1b[31m", "[red]", "c\u202e"))
    for name in parameter_names(facts):
        assert name.isprintable()


def test_a_diverged_run_is_explained() -> None:
    view = view_of("exercise1", 9000, learning_rate=0.7)
    assert view.state.phase is Phase.DIVERGED
    assert explain(view).sentence.startswith("The learning rate is 1.06 times the stable limit")


def test_a_feature_called_b_is_told_apart_from_the_bias() -> None:
    facts = replace(view_of("quiz1").facts, weight_names=("b", "cost", "z"))
    assert parameter_names(facts) == ("w_b", "w_cost", "z", "b")


def test_before_the_first_step_there_is_no_velocity_and_none_is_made_up_from_rounding() -> None:
    for data in ("exercise1", "quiz1", "valley", "houses"):
        formulas = explain(view_of(data, 1, options={"momentum": 0.9})).arithmetic(100).formulas
        shown = [each for each in formulas if each.group == 1]
        assert shown, data
        for formula in shown:
            assert formula.terms[1] in ("(0)", "(0.0000)", "(0.000)"), (data, formula)


def test_at_rest_a_gradient_of_rounding_is_none() -> None:
    formulas = explain(view_of("exercise1", 9000, epochs=9000, learning_rate=0.3)).arithmetic(10).formulas
    assert len(formulas) == 2
    for formula in formulas:
        assert float(formula.terms[2].strip("()")) == 0, formula


@pytest.mark.parametrize(("data", "n_epochs"), [("exercise1", 1), ("exercise1", 400), ("quiz1", 200), ("houses", 60)])
def test_what_stands_around_a_step_is_what_it_did(data: str, n_epochs: int) -> None:
    view = view_of(data, n_epochs)
    quadratic, state = view.facts.quadratic, view.state
    assert quadratic is not None
    assert state.before is not None
    explanation = explain(view)
    cost, excess = of_cost(explanation, 2)
    costs = [quadratic.floor + float(quadratic.excess(each)) for each in (state.before, state.parameters)]
    assert [_read(cost.terms[at]) for at in (0, 3)] == pytest.approx(costs, rel=5e-6)
    assert _read(cost.terms[1]) == pytest.approx(costs[1] - costs[0], rel=2e-3)
    assert [_read(excess.terms[at]) for at in (0, 3)] == pytest.approx(
        [100 * (each / quadratic.floor - 1) for each in costs], rel=1e-3
    )
    errors = [quadratic.error(each) for each in (state.before, state.parameters)]
    lines = of_directions(explanation, 10)
    assert len(lines) == len(errors[0])
    for line, was, now in zip(lines, errors[0][::-1], errors[1][::-1], strict=True):
        if abs(was) > 1e-6:
            assert _read(line.terms[3]) == pytest.approx(now / was, rel=1e-4, abs=1e-4)


def test_of_many_directions_the_two_ends_stay() -> None:
    lines = of_directions(explain(view_of("crowd", 5)), 4)
    assert [line.name for line in lines][0::3] == ["steepest", "flattest"]
    assert len(lines) == 4
    assert of_directions(explain(view_of("crowd", 5)), 1) == ()


def test_the_gradient_of_few_rows_is_written_out_as_the_lecture_does() -> None:
    view = view_of("exercise1", 400)
    assert view.state.before is not None
    w = torch.tensor(view.state.before, requires_grad=True)
    x, y = torch.tensor([0.0, 1, 1], dtype=torch.float64), torch.tensor([0.0, 1, 2], dtype=torch.float64)
    (w[0] * x + w[1] - y).square().mean().backward()
    assert w.grad is not None
    for formula, gradient in zip(of_rows(explain(view), 2, (0, 1)), w.grad.tolist(), strict=True):
        text = " ".join(formula.terms)
        products = [float(one.replace("−", "-")) * float(x) for one, x in re.findall(r"\(([^)]*)\) × (\d)", text)]
        assert 2 / 3 * sum(products) == pytest.approx(gradient, abs=1e-4)
        assert _read(formula.terms[-1]) == pytest.approx(gradient, rel=1e-3)


def test_the_gradient_is_not_written_out_where_the_sum_is_another() -> None:
    for view in (view_of("houses", 5), view_of("outlier", 5), view_of("exercise1", 5, batch_size=2)):
        explanation = explain(view)
        assert of_rows(explanation, 10, explanation.arithmetic(10).shown) == ()


def _read(text: str) -> float:
    """Read the first number of a text."""
    return _numbers(re.sub(r"[()×]|\+ ", "", text))[0]
