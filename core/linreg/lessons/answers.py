"""The true answer to a question, found by running the engine from where the run stands, and how it comes about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.lessons.bench import MOST_EPOCHS, Bench
from linreg.lessons.lesson import LOOKED_AT, Question
from linreg.lessons.standing import Standing
from linreg.lessons.words import Sentence, brief, choices_of, counted, number, sentence
from linreg.phase import Phase
from linreg.recipe import Recipe

MOST_ROWS = 4
"""Rows up to which a mean over them is written out."""


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
    was, value = float(bench.in_units(here)[index]), float(bench.in_units(there)[index])
    quadratic = bench.problem.quadratic
    rate = there.learning_rate_of(there.trainer.epoch)
    plain = _is_plain(bench.standing.recipe) and quadratic is not None and not bench.standing.recipe.standardize
    if plain and question.after == 1 and quadratic is not None:
        slope = float(quadratic.gradient(here.trainer.parameters)[index])
        why = sentence("step", name=question.name, was=was, rate=rate, slope=slope, now=value)
    else:
        why = sentence("moved", name=question.name, n=counted(question.after), was=was, now=value)
    return Answer(value, why)


def _gradient(question: Question, bench: Bench) -> Answer:
    index = bench.index_of(question.name)
    slope, X = float(_slope(bench)[index]), bench.table.X
    column = X[:, index] if index < X.shape[1] else np.ones(len(X))

    def terms_of(residuals: Vector) -> list[str]:
        times = [f"·{number(x)}" if index < X.shape[1] else "" for x in column]
        return [f"2·({number(r)}){x}" for r, x in zip(residuals, times, strict=True)]

    terms = _terms(bench, terms_of)
    if not terms:
        return Answer(slope, sentence("slope", name=question.name, slope=slope))
    of_what = sentence("just", words="·x" if index < X.shape[1] else "")
    return Answer(slope, sentence("slope_of_rows", name=question.name, of_what=of_what, terms=terms, slope=slope))


def _terms(bench: Bench, terms_of: "Callable[[Vector], list[str]]") -> str:
    """Write a mean over rows out, where they are few and as they are; empty where they are not."""
    recipe, table = bench.standing.recipe, bench.table
    is_mean = recipe.criterion == "MSELoss" and recipe.reduction == "mean"
    if len(table.y) != bench.problem.n_samples or len(table.y) > MOST_ROWS or recipe.standardize or not is_mean:
        return ""
    own = bench.in_units(bench.placed())
    residuals = table.X @ own[: len(table.features)] + (own[-1] if recipe.bias else 0.0) - table.y
    return f"({' + '.join(terms_of(residuals))}) / {len(table.y)}"


def _cost(question: Question, bench: Bench) -> Answer:
    here, there = bench.placed(), bench.after(question.after, question.learning_rate)
    was, value = bench.cost(here.trainer.parameters), bench.cost(there.trainer.parameters)
    if question.after:
        return Answer(value, sentence("cost", n=counted(question.after), was=was, now=value))
    terms = _terms(bench, lambda residuals: [f"({number(r)})²" for r in residuals])
    return Answer(
        value, sentence("cost_of_rows", terms=terms, now=value) if terms else sentence("cost_here", now=value)
    )


def _limit(question: Question, bench: Bench) -> Answer:
    limit, quadratic = bench.problem.largest_stable_learning_rate, bench.problem.quadratic
    if limit is None or quadratic is None or not isfinite(limit):
        raise LinregError("there is no largest stable learning rate to ask for: that of full-batch SGD is known.")
    if _is_plain(bench.standing.recipe):
        return Answer(limit, sentence("limit", steepest=float(quadratic.eigenvalues[-1]), limit=limit))
    return Answer(limit, sentence("limit_of_momentum", limit=limit))


def _condition(question: Question, bench: Bench) -> Answer:
    quadratic = bench.problem.quadratic
    if quadratic is None or not isfinite(quadratic.condition_number):
        raise LinregError("there is no condition number to ask for: that of squared error is known.")
    steepest, flattest = float(quadratic.eigenvalues[-1]), float(quadratic.eigenvalues[0])
    value = quadratic.condition_number
    return Answer(value, sentence("condition", steepest=steepest, flattest=flattest, now=value))


def _factor(question: Question, bench: Bench) -> Answer:
    quadratic, rate = bench.problem.quadratic, question.learning_rate or bench.problem.learning_rate
    if quadratic is None or rate is None or not _is_plain(bench.standing.recipe):
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
    return Answer(value, sentence("optimum", name=question.name, now=value))


def _epochs(question: Question, bench: Bench) -> Answer:
    quadratic = bench.problem.quadratic
    if quadratic is None:
        raise LinregError("how many epochs it takes can be asked where the least cost is known: of squared error.")
    run = bench.placed()
    if question.learning_rate is not None:
        run.change(run.trainer.epoch, question.learning_rate)
    start, goal = run.trainer.epoch, question.to * quadratic.reference
    if float(quadratic.excess(run.trainer.parameters)) <= goal:
        return Answer(0.0, sentence("there_already"))
    while run.trainer.status is Phase.RUNNING:
        trace = run.advance(4096)
        reached = np.flatnonzero(quadratic.excess(trace.parameters) <= goal)
        if len(reached):
            n_epochs = trace.first_epoch + int(reached[0]) - start
            return Answer(float(n_epochs), _why_so_many(question, bench, run.learning_rate_of(start + 1), n_epochs))
    raise LinregError(f"the excess cost does not come so low in {MOST_EPOCHS:,} epochs; ask for something else.")


def _why_so_many(question: Question, bench: Bench, rate: float, n_epochs: int) -> Sentence:
    quadratic = bench.problem.quadratic
    assert quadratic is not None
    if not _is_plain(bench.standing.recipe):
        return sentence("epochs", n=counted(n_epochs), part=question.to)
    left = 1 - rate * float(quadratic.eigenvalues[0])
    return sentence("epochs_of_valley", n=counted(n_epochs), part=question.to, left=100 * left)


def _end(question: Question, bench: Bench) -> Answer:
    run = Bench(bench.standing, is_endless=False).placed()
    Bench.ran_to(run, run.trainer.last_epoch)
    return Answer(float(run.trainer.epoch), sentence("end", n=run.trainer.epoch))


def _errors(question: Question, bench: Bench) -> Answer:
    scale, run = bench.problem.error_scale, bench.after(question.after)
    if scale is None:
        raise LinregError("there are no standard errors to ask for in this run.")
    value = float(scale.distance(run.trainer.parameters))
    return Answer(value, sentence("errors", n=counted(question.after), now=value))


def _outcome(question: Question, bench: Bench) -> Answer:
    rate = question.learning_rate or 0.0
    steps = np.diff(bench.path(LOOKED_AT, rate), axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    turns = np.einsum("ij,ij->i", steps[1:], steps[:-1]) < 0
    if len(steps) < LOOKED_AT or not np.isfinite(lengths).all() or lengths[-1] > lengths[0] * (1 + 1e-9):
        kind = 2
    else:
        kind = 1 if turns[: LOOKED_AT // 2].mean() > 0.5 else 0
    outcome = choices_of(question)[kind]
    limit, quadratic = bench.problem.largest_stable_learning_rate, bench.problem.quadratic
    if quadratic is None or limit is None or not _is_plain(bench.standing.recipe):
        return Answer(kind, sentence("seen", n=counted(LOOKED_AT), outcome=outcome))
    factor = 1 - rate * float(quadratic.eigenvalues[-1])
    share = f"{rate / limit:,.3g}"
    why = sentence("factor", rate=rate, share=share, limit=f"{limit:.4g}", factor=brief(factor), outcome=outcome)
    return Answer(kind, why)


def _winner(question: Question, bench: Bench) -> Answer:
    costs = []
    for changes in question.racers:
        racer = Bench(Standing(bench.standing.recipe.changed(**changes), rows=bench.standing.rows))
        run = racer.after(question.after)
        costs.append(inf if run.trainer.status is Phase.DIVERGED else bench.cost(run.trainer.parameters))
    best = int(np.argmin(costs))
    table = ", ".join(f"{name['en']}: {number(cost)}" for name, cost in zip(choices_of(question), costs, strict=True))
    return Answer(best, sentence("race", n=counted(question.after), costs=table))


def _sign(question: Question, bench: Bench) -> Answer:
    index = bench.index_of(question.name)
    here, there = bench.in_units(bench.placed())[index], bench.in_units(bench.after(1))[index]
    slope = float(_slope(bench)[index])
    return Answer(float(np.sign(there - here)), sentence("sign", name=question.name, slope=slope, moved=there - here))


def _place(question: Question, bench: Bench) -> Answer:
    if len(bench.problem.features) != 1 or not bench.standing.recipe.bias:
        raise LinregError("a place on the cost surface is asked of one feature and b.")
    w, b = map(float, bench.in_units(bench.after(question.after)))
    return Answer(w, sentence("place", n=counted(question.after), w=w, b=b), place=(w, b))


def _slope(bench: Bench) -> Vector:
    """Return the gradient where the run stands, as trained."""
    run = bench.placed()
    if bench.problem.quadratic is not None:
        return bench.problem.quadratic.gradient(run.trainer.parameters)
    slope = run.trainer.engine.gradient_at(run.trainer.parameters)
    if slope is None:
        raise LinregError("the gradient cannot be asked for: it is not known of this run.")
    return slope


def _is_plain(recipe: Recipe) -> bool:
    """Whether a step is η times the gradient of the whole cost, and nothing else."""
    return recipe.optimizer.lower() == "sgd" and not recipe.options and recipe.batch_size is None


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
