"""What lessons say and ask, against loops in plain torch that know nothing of linreg."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from linreg.arrays import Matrix, Vector
from linreg.data.table import Table
from linreg.errors import LinregError
from linreg.lessons.answers import answer
from linreg.lessons.lesson import LANGUAGES, MEASURES, Lesson, Question, in_language
from linreg.lessons.presentation import LINES, cells_of, lines_of, words_of
from linreg.lessons.reading import bundled_lessons
from linreg.lessons.rehearsal import Rehearsed, rehearse
from linreg.lessons.standing import Standing
from linreg.live.state import Intervention
from linreg.recipe import Recipe

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}


def rows_of(recipe: Recipe) -> tuple[Matrix, Vector]:
    with open(recipe.data, newline="") as file:
        rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]])
    return rows[:, :-1], rows[:, -1]


def path_of(standing: Standing, n_epochs: int, rate: float | None = None) -> Iterator[tuple[Vector, Vector, float]]:
    """Train in plain torch; yield w and b as trained, their gradient and the cost, before each epoch and at the end."""
    recipe = standing.recipe
    X, y = rows_of(recipe)
    if recipe.standardize:
        X = (X - X.mean(0)) / X.std(0, ddof=1)
    x_train, y_train = torch.tensor(X), torch.tensor(y).reshape(-1, 1)
    w = torch.zeros(X.shape[1], 1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    first = recipe.learning_rate if standing.first_rate is None else standing.first_rate
    optimizer = getattr(torch.optim, recipe.optimizer)([w, b], lr=first, **dict(recipe.options))
    criterion = getattr(nn, recipe.criterion)(reduction=recipe.reduction)
    rates = {change.epoch: change.learning_rate for change in standing.changes}
    if rate is not None:
        rates[standing.epoch + 1] = rate
    for epoch in range(standing.epoch + n_epochs + 2):
        cost = criterion(x_train @ w + b, y_train)
        optimizer.zero_grad()
        cost.backward()
        assert w.grad is not None
        assert b.grad is not None
        if epoch > standing.epoch:
            own = np.append(w.detach().numpy()[:, 0], b.item())
            yield own, np.append(w.grad.numpy()[:, 0], b.grad.item()), cost.item()
        optimizer.param_groups[0]["lr"] = rates.get(epoch, optimizer.param_groups[0]["lr"])
        optimizer.step()


def by_hand(question: Question, standing: Standing) -> float | tuple[float, float]:
    """Find the answer without linreg."""
    recipe = standing.recipe
    X, y = rows_of(recipe)
    names = {1: ["w"], 2: ["left", "right"], 3: ["area", "rooms", "age"]}[X.shape[1]]
    index = [*names, "b"].index(question.name) if question.name else 0
    trained = (X - X.mean(0)) / X.std(0, ddof=1) if recipe.standardize else X
    design = np.column_stack([trained, np.ones(len(y))])
    curvatures = np.linalg.svd(design, compute_uv=False) ** 2 * 2 / len(y)
    momentum = float(str(recipe.options.get("momentum", 0.0)))
    exact = np.linalg.lstsq(design, y, rcond=None)[0]
    floor = float(np.mean((design @ exact - y) ** 2))
    if question.of == "limit":
        return float(2 * (1 + momentum) / curvatures[0])
    if question.of == "condition":
        return float(curvatures[0] / curvatures[-1])
    if question.of == "factor":
        return 1 - float(recipe.learning_rate) * float(curvatures[0])
    if question.of == "least":
        return floor
    if question.of == "optimum":
        return float(np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y, rcond=None)[0][index])
    if question.of in ("epochs", "end"):
        theta, velocity, cost_before = np.zeros(design.shape[1]), np.zeros(design.shape[1]), np.inf
        for n in range(20_000):
            residual = design @ theta - y
            cost = float(np.mean(residual**2))
            away = float(np.mean((design @ (theta - exact)) ** 2))
            if question.of == "epochs" and away <= question.to * floor:
                return n
            if recipe.until_cost is not None and abs(cost - cost_before) < recipe.until_cost:
                return n
            cost_before = cost
            velocity = momentum * velocity + 2 / len(y) * design.T @ residual
            theta = theta - float(recipe.learning_rate) * velocity
            if recipe.until_standard_errors is not None and _errors(X, y, theta, recipe) < recipe.until_standard_errors:
                return n
        raise AssertionError
    path = list(path_of(standing, max(1, question.after), question.learning_rate))
    if question.of == "gradient":
        return float(path[0][1][index])
    if question.of == "sign":
        return float(np.sign(path[1][0][index] - path[0][0][index]))
    if question.of == "cost":
        return path[question.after][2]
    own = path[question.after][0]
    if question.of == "errors":
        return _errors(X, y, own, recipe)
    if recipe.standardize:
        w = own[:-1] / X.std(0, ddof=1)
        own = np.append(w, own[-1] - w @ X.mean(0))
    return (float(own[0]), float(own[1])) if question.of == "place" else float(own[index])


def _errors(X: Matrix, y: Vector, trained: Vector, recipe: Recipe) -> float:
    design = np.column_stack([X, np.ones(len(y))])
    exact = np.linalg.lstsq(design, y, rcond=None)[0]
    variance = float(np.sum((design @ exact - y) ** 2)) / (len(y) - design.shape[1])
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    w = trained[:-1] / X.std(0, ddof=1)
    return float(np.max(np.abs(np.append(w, trained[-1] - w @ X.mean(0)) - exact) / errors))


@pytest.fixture(scope="module")
def rehearsed() -> dict[str, list[Rehearsed]]:
    return {name: list(rehearse(lesson)) for name, lesson in LESSONS.items()}


@pytest.mark.parametrize("name", LESSONS)
def test_every_question_is_answered_as_a_plain_loop_answers_it(
    name: str, rehearsed: dict[str, list[Rehearsed]]
) -> None:
    lesson, n_compared = LESSONS[name], 0
    for step, done in zip(lesson.steps, rehearsed[name], strict=True):
        asked = [(each, Standing(step.recipe)) for each in step.numbers.values()]
        asked += [(step.question, done.standing)] if step.question is not None else []
        for question, standing in asked:
            if question.of in ("outcome", "winner") or standing.recipe.batch_size is not None:
                continue
            truth = answer(question, standing)
            digits = question.within / 10 if standing.recipe.criterion == "L1Loss" else 1e-6  # its steps are signs
            assert (truth.place or truth.value) == pytest.approx(by_hand(question, standing), rel=digits), (
                question,
                standing.epoch,
            )
            n_compared += 1
    assert n_compared or name == "mini-batches"


@pytest.mark.parametrize("name", LESSONS)
def test_what_becomes_of_a_rate_is_what_a_plain_loop_does(name: str, rehearsed: dict[str, list[Rehearsed]]) -> None:
    for step, done in zip(LESSONS[name].steps, rehearsed[name], strict=True):
        if step.question is None or step.question.of != "outcome" or done.truth is None:
            continue
        costs = [cost for _, _, cost in path_of(done.standing, 60, step.question.learning_rate)]
        ws = [own[0] for own, _, _ in path_of(done.standing, 60, step.question.learning_rate)]
        turns = np.diff(np.sign(np.diff(ws[:6])))
        kind = 2 if not costs[-1] <= costs[0] else 1 if np.count_nonzero(turns) > 2 else 0
        assert done.truth.value == kind


def test_a_rate_beyond_half_the_limit_is_told_to_swing_wherever_it_is_asked() -> None:
    recipe = LESSONS["overshooting"].steps[0].recipe
    X, _ = rows_of(recipe)
    steepest = np.linalg.svd(np.column_stack([X, np.ones(len(X))]))[2][0]
    for epoch in range(-1, 6):
        truth = answer(Question(of="outcome", learning_rate=0.5), Standing(recipe, epoch))
        steep = [steepest @ (own - (1.5, 0)) for own, _, _ in path_of(Standing(recipe, epoch), 3, 0.5)]
        assert steep[0] * steep[1] < 0 < steep[0] * steep[2]
        assert truth.value == 1
        assert "1 − 0.5 × 3.041 = −0.5205" in truth.why["en"]


@pytest.mark.parametrize("name", LESSONS)
def test_a_calculation_comes_to_what_it_says(name: str, rehearsed: dict[str, list[Rehearsed]]) -> None:
    n_checked = 0
    for done in rehearsed[name]:
        for words in () if done.truth is None else done.truth.why.values():
            for taken, said in re.findall(_CALCULATION, words):
                assert worked_out(taken) == pytest.approx(worked_out(said), rel=2e-3), words
                n_checked += 1
    assert n_checked or name == "mini-batches"


_CALCULATION = r"(?:[=:]| has| is the farthest:) ([-−\d.,e ()²^×·/+|]*[×/−+][-−\d.,e ()²^×·/+]*) = (−?[\d.,e−]*\d)"


def worked_out(words: str) -> float:
    """Evaluate a calculation as it is written for people."""
    for written, typed in ((",", ""), ("−", "-"), ("²", "**2"), ("^", "**"), ("×", "*"), ("·", "*")):
        words = words.replace(written, typed)
    return float(eval(words, {"__builtins__": {}}))


def test_what_is_foretold_can_be_seen_before_the_run_ends(rehearsed: dict[str, list[Rehearsed]]) -> None:
    for name, lesson in LESSONS.items():
        for step, done in zip(lesson.steps, rehearsed[name], strict=True):
            question, last = step.question, step.recipe.epochs
            if question is None or done.truth is None or question.of not in ("epochs", "parameter", "cost", "errors"):
                continue
            assert isinstance(last, int)
            n_epochs = int(done.truth.value) if question.of == "epochs" else question.after
            assert done.standing.epoch + n_epochs <= last, (name, step.say)


def test_how_far_an_early_end_is_from_the_answer_is_told_of_that_end() -> None:
    [asked] = [step.numbers for step in LESSONS["when-to-stop"].steps if step.numbers]
    [recipe] = [step.recipe for step in LESSONS["when-to-stop"].steps if step.numbers]
    assert asked["far"].after - 1 == by_hand(asked["end"], Standing(recipe))  # the epochs from 0 to that


def test_the_lesson_that_waits_for_a_divergence_comes_to_one(rehearsed: dict[str, list[Rehearsed]]) -> None:
    [(step, done)] = [
        (step, done)
        for step, done in zip(LESSONS["overshooting"].steps, rehearsed["overshooting"], strict=True)
        if "DIVERGED" in step.say["en"]
    ]
    *_, (_, _, cost) = path_of(Standing(step.recipe), done.standing.epoch + 2)
    assert not np.isfinite(cost)


def test_mini_batches_and_races_are_those_of_the_lectures_loop(rehearsed: dict[str, list[Rehearsed]]) -> None:
    for step, done in zip(LESSONS["mini-batches"].steps, rehearsed["mini-batches"], strict=True):
        if step.question is None or (step.question.of == "winner" and step.question.after > 1):
            continue
        slow = replace(done.standing, recipe=step.recipe.changed(engine="autograd"))
        assert done.truth is not None
        assert answer(step.question, slow).value == pytest.approx(done.truth.value, rel=1e-9)


def test_a_race_is_won_by_whose_cost_is_least(rehearsed: dict[str, list[Rehearsed]]) -> None:
    [step] = [step for step in LESSONS["adam"].steps if step.question is not None and step.question.of == "winner"]
    assert step.question is not None
    costs = []
    for changes in step.question.racers:
        *_, (_, _, cost) = path_of(Standing(step.recipe.changed(**changes)), step.question.after)
        costs.append(cost)
    done = rehearsed["adam"][LESSONS["adam"].steps.index(step)]
    assert done.truth is not None
    assert done.truth.value == np.argmin(costs)


def test_answers_are_found_from_where_the_run_stands_with_every_change_of_its_rate() -> None:
    recipe = LESSONS["one-step"].steps[0].recipe
    standing = Standing(recipe, 9, 0.05, (Intervention(3, 0.2), Intervention(7, 0.01)))
    for question in (
        Question(of="parameter", name="w", after=3),
        Question(of="parameter", name="b", after=4, learning_rate=0.3),
        Question(of="gradient", name="w"),
        Question(of="cost", after=2),
        Question(of="place", after=5),
    ):
        truth, expected = answer(question, standing), by_hand(question, standing)
        assert (truth.place or truth.value) == pytest.approx(expected, rel=1e-9)


def test_answers_are_those_of_the_rows_as_somebody_has_changed_them() -> None:
    recipe = LESSONS["one-step"].steps[0].recipe
    x, y = np.array([0.0, 1.0, 1.0, 3.0]), np.array([0.0, 1.0, 2.0, -4.0])
    standing = Standing(recipe, rows=Table(("x",), "y", x[:, np.newaxis], y))
    slope = float((-2 * x * y).mean())
    assert answer(Question(of="gradient", name="w"), standing).value == pytest.approx(slope)
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(4)]), y)[0]
    assert answer(Question(of="optimum", name="w"), standing).value == pytest.approx(exact[0])


def test_a_sum_and_rows_that_are_held_out_are_not_told_as_a_mean_over_all() -> None:
    recipe = LESSONS["one-step"].steps[0].recipe
    for choices, slope in (({"reduction": "sum"}, -6.0), ({"hold_out": "0.5"}, None)):
        truth = answer(Question(of="gradient", name="w"), Standing(recipe.changed(**choices)))
        assert "mean" not in truth.why["en"]
        assert slope is None or truth.value == pytest.approx(slope)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        (Question(of="parameter", name="slope"), {}),
        (Question(of="limit"), {"optimizer": "Adam"}),
        (Question(of="optimum", name="w"), {"criterion": "L1Loss"}),
        (Question(of="least"), {"criterion": "L1Loss"}),
        (Question(of="condition"), {"criterion": "L1Loss"}),
        (Question(of="factor"), {"options": {"momentum": 0.9}}),
        (Question(of="epochs"), {"criterion": "L1Loss"}),
        (Question(of="errors"), {"criterion": "L1Loss"}),
        (Question(of="place"), {"bias": False}),
    ],
)
def test_what_is_not_known_of_a_run_cannot_be_asked(question: Question, choices: dict[str, object]) -> None:
    with pytest.raises(LinregError, match=r"\.$"):
        answer(question, Standing(LESSONS["one-step"].steps[0].recipe.changed(**choices)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_no_text_is_cut_on_80_columns(lesson: Lesson, language: str, rehearsed: dict[str, list[Rehearsed]]) -> None:
    for step, done in zip(lesson.steps, rehearsed[lesson.name], strict=True):
        said = [words_of(step, language)] + ([done.truth.why[language] + " " * 30] if done.truth else [])
        for text in said:
            lines = lines_of(text)
            assert len(lines) <= LINES, text
            assert max(map(cells_of, lines)) <= 76
            assert " ".join(lines).replace(" ", "") == text.replace(" ", "")


FIGURES = {
    *map(str, (0, 1, 2, 3, 4, 5, 6, 9, 10, 20, 21, 50, 81, 100, 500)),
    "1,000",
    "3,000",
    "4,000",
    "1.03",
    "10.3",
    "0.001",
}
"""Epochs and rows that are counted, panels and lessons that are pointed at, and a point of the data."""


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_number_in_the_words_is_worked_out_or_the_recipes_or_only_counts(lesson: Lesson) -> None:
    rates = {f"{rate:g}" for step in lesson.steps for rate in _rates(step.recipe, step.question)}
    for step in lesson.steps:
        for language in LANGUAGES:
            bare = re.sub(r"\{\w+\}", "", in_language(step.say, language))
            for figure in re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", bare):
                assert figure in FIGURES | rates, figure


def _rates(recipe: Recipe, question: Question | None) -> Iterator[float]:
    if isinstance(recipe.learning_rate, float):
        yield recipe.learning_rate
    yield from (each for each in (recipe.until_cost, recipe.until_standard_errors) if each is not None)
    yield from (float(str(each)) for each in recipe.options.values())
    if question is not None and question.learning_rate is not None:
        yield question.learning_rate


def test_the_lessons_ask_all_that_can_be_asked() -> None:
    asked = {step.question.of for lesson in LESSONS.values() for step in lesson.steps if step.question is not None}
    told = {each.of for lesson in LESSONS.values() for step in lesson.steps for each in step.numbers.values()}
    assert asked | told >= set(MEASURES)
