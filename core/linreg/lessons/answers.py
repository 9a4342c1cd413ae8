"""The true answer to a question, found by running the engine from where the run stands, and how it comes about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.errors import LinregError
from linreg.lessons import calculations
from linreg.lessons.bench import MOST_EPOCHS, Bench
from linreg.lessons.lesson import LANGUAGES, LOOKED_AT, Question
from linreg.lessons.standing import Standing
from linreg.lessons.words import Sentence, brief, choices_of, counted, number, sentence
from linreg.phase import Phase


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true.

    Attributes
    ----------
    value
        A number; of a choice, its place among the choices; of a sign, +1, −1 or 0.
    place
        Of a place: w and b.
    why
        The calculation with its numbers, by language.
    """

    value: float
    why: Sentence
    place: tuple[float, float] | None = None


def answer(question: Question, standing: Standing) -> Answer:
    """Find out what is true of a run where it stands.

    Raises
    ------
    LinregError
        The question cannot be asked of this run: there is no such parameter, or no such thing is known of it.
    """
    return _MEASURES[question.of](question, Bench(standing))


def _parameter(question: Question, bench: Bench) -> Answer:
    index, here = bench.index_of(question.name), bench.placed()
    there = bench.after(question.after, question.learning_rate)
    value = float(bench.in_units(there)[index])
    return Answer(value, calculations.of_parameter(question, bench, here, there))


def _gradient(question: Question, bench: Bench) -> Answer:
    index = bench.index_of(question.name)
    slope, X = float(_slope(bench)[index]), bench.table.X
    column = X[:, index] if index < X.shape[1] else np.ones(len(X))

    def terms_of(residuals: Vector) -> list[str]:
        times = [f"·{number(x)}" if index < X.shape[1] else "" for x in column]
        return [f"2·({number(r)}){x}" for r, x in zip(residuals, times, strict=True)]

    terms = calculations.over_rows(bench, terms_of)
    if not terms:
        return Answer(slope, sentence("slope", name=question.name, slope=slope))
    of_what = sentence("just", words="·x" if index < X.shape[1] else "")
    return Answer(slope, sentence("slope_of_rows", name=question.name, of_what=of_what, terms=terms, slope=slope))


def _cost(question: Question, bench: Bench) -> Answer:
    here, there = bench.placed(), bench.after(question.after, question.learning_rate)
    value = bench.cost(there.trainer.parameters)
    return Answer(value, calculations.of_cost(question, bench, here, there))


def _limit(question: Question, bench: Bench) -> Answer:
    limit = bench.problem.largest_stable_learning_rate
    if limit is None or bench.problem.quadratic is None or not isfinite(limit):
        raise LinregError("there is no largest stable learning rate to ask for: that of full-batch SGD is known.")
    return Answer(limit, calculations.of_limit(bench, limit))


def _condition(question: Question, bench: Bench) -> Answer:
    quadratic = bench.problem.quadratic
    if quadratic is None or not isfinite(quadratic.condition_number):
        raise LinregError("there is no condition number to ask for: that of squared error is known.")
    steepest, flattest = float(quadratic.eigenvalues[-1]), float(quadratic.eigenvalues[0])
    value = quadratic.condition_number
    return Answer(value, sentence("condition", steepest=steepest, flattest=flattest, now=value))


def _factor(question: Question, bench: Bench) -> Answer:
    quadratic, rate = bench.problem.quadratic, question.learning_rate or bench.problem.learning_rate
    if quadratic is None or rate is None or not bench.is_plain:
        raise LinregError("what an epoch makes of an error is known of full-batch SGD without options.")
    steepest = float(quadratic.eigenvalues[-1])
    value = 1 - rate * steepest
    return Answer(value, sentence("factor_of", rate=rate, steepest=steepest, now=value))


def _least(question: Question, bench: Bench) -> Answer:
    if bench.problem.least_squares is None or bench.problem.quadratic is None:
        raise LinregError("there is no least cost to ask for: that of squared error is known.")
    value = float(bench.problem.quadratic.floor)
    return Answer(value, sentence("least", now=value))


def _optimum(question: Question, bench: Bench) -> Answer:
    index, exact = bench.index_of(question.name), bench.problem.least_squares
    if exact is None:
        raise LinregError("there is no exact answer to ask for: that of squared error is known.")
    value = float(np.append(exact.w, exact.b)[index])
    return Answer(value, calculations.of_optimum(question, bench, value))


def _epochs(question: Question, bench: Bench) -> Answer:
    quadratic = bench.problem.quadratic
    if quadratic is None:
        raise LinregError("how many epochs it takes can be asked where the least cost is known: of squared error.")
    run = bench.placed()
    if question.learning_rate is not None:
        run.change(run.trainer.epoch, question.learning_rate)
    start, parameters, goal = run.trainer.epoch, run.trainer.parameters, question.to * quadratic.reference
    if float(quadratic.excess(parameters)) <= goal:
        return Answer(0.0, sentence("there_already"))
    while run.trainer.status is Phase.RUNNING:
        trace = run.advance(4096)
        reached = np.flatnonzero(quadratic.excess(trace.parameters) <= goal)
        if len(reached):
            n_epochs = trace.first_epoch + int(reached[0]) - start
            why = calculations.of_epochs(question, bench, parameters, run.learning_rate_of(start + 1), n_epochs)
            return Answer(float(n_epochs), why)
    raise LinregError(f"the excess cost does not come so low in {MOST_EPOCHS:,} epochs; ask for something else.")


def _end(question: Question, bench: Bench) -> Answer:
    run = Bench(bench.standing, is_endless=False).placed()
    Bench.ran_to(run, run.trainer.last_epoch)
    return Answer(float(run.trainer.epoch), calculations.of_end(bench, run.trainer.epoch))


def _errors(question: Question, bench: Bench) -> Answer:
    scale, run = bench.problem.error_scale, bench.after(question.after)
    if scale is None:
        raise LinregError("there are no standard errors to ask for in this run.")
    value = float(scale.distance(run.trainer.parameters))
    return Answer(value, calculations.of_errors(question, bench, run, value))


def _outcome(question: Question, bench: Bench) -> Answer:
    rate, limit = question.learning_rate or 0.0, bench.problem.largest_stable_learning_rate
    quadratic = bench.problem.quadratic
    if quadratic is None or limit is None or not bench.is_plain:
        kind = _seen(bench.path(LOOKED_AT, rate))
        return Answer(kind, sentence("seen", n=counted(LOOKED_AT), outcome=choices_of(question)[kind]))
    steepest = float(quadratic.eigenvalues[-1])
    factor, share = 1 - rate * steepest, brief(rate / limit)
    kind = 2 if factor <= -1 else 1 if factor < 0 else 0
    return Answer(kind, sentence("factor", rate=rate, steepest=brief(steepest), factor=brief(factor), share=share))


def _seen(path: Matrix) -> int:
    """Judge by its steps what becomes of a run: the place among the outcomes."""
    steps = np.diff(path, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    if len(steps) < LOOKED_AT or not np.isfinite(lengths).all() or lengths[-1] > lengths[0] * (1 + 1e-9):
        return 2
    turns = np.einsum("ij,ij->i", steps[1:], steps[:-1]) < 0
    return 1 if turns[: LOOKED_AT // 2].mean() > 0.5 else 0


def _winner(question: Question, bench: Bench) -> Answer:
    costs = []
    for changes in question.racers:
        racer = Bench(Standing(bench.standing.recipe.changed(**changes), rows=bench.standing.rows))
        run = racer.after(question.after)
        costs.append(inf if run.trainer.status is Phase.DIVERGED else bench.cost(run.trainer.parameters))
    best, names = int(np.argmin(costs)), choices_of(question)
    told = {
        language: "; ".join(f"{name[language]}: {number(cost)}" for name, cost in zip(names, costs, strict=True))
        for language in LANGUAGES
    }
    return Answer(best, sentence("race", n=counted(question.after), costs=told))


def _sign(question: Question, bench: Bench) -> Answer:
    index = bench.index_of(question.name)
    here, there = bench.in_units(bench.placed())[index], bench.in_units(bench.after(1))[index]
    slope = float(_slope(bench)[index])
    return Answer(float(np.sign(there - here)), sentence("sign", name=question.name, slope=slope, moved=there - here))


def _place(question: Question, bench: Bench) -> Answer:
    if len(bench.problem.features) != 1 or not bench.standing.recipe.bias:
        raise LinregError("a place on the cost surface is asked of one feature and b.")
    here, there = bench.placed(), bench.after(question.after)
    w, b = map(float, bench.in_units(there))
    return Answer(w, calculations.of_place(question, bench, here, there), place=(w, b))


def _slope(bench: Bench) -> Vector:
    """Return the gradient where the run stands, as trained."""
    run = bench.placed()
    if bench.problem.quadratic is not None:
        return bench.problem.quadratic.gradient(run.trainer.parameters)
    slope = run.trainer.engine.gradient_at(run.trainer.parameters)
    if slope is None:
        raise LinregError("the gradient cannot be asked for: it is not known of this run.")
    return slope


_MEASURES: Mapping[str, Callable[[Question, Bench], Answer]] = {
    "parameter": _parameter,
    "gradient": _gradient,
    "cost": _cost,
    "limit": _limit,
    "condition": _condition,
    "factor": _factor,
    "optimum": _optimum,
    "least": _least,
    "epochs": _epochs,
    "end": _end,
    "errors": _errors,
    "outcome": _outcome,
    "winner": _winner,
    "sign": _sign,
    "place": _place,
}
