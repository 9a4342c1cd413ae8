"""How an answer comes about: the calculation with its numbers, as one would do it by hand who knew how."""

from collections.abc import Callable, Mapping

import numpy as np

from linreg.arrays import Vector
from linreg.lessons.bench import Bench
from linreg.lessons.lesson import Question
from linreg.lessons.words import Sentence, counted, number, sentence
from linreg.live.rewinding import Rewinding
from linreg.optim.sgd import SgdArguments

MOST_ROWS = 4
"""Rows up to which a mean over them is written out."""
MOST_DIRECTIONS = 3
"""Directions of the cost up to which what each of them adds is written out."""


def of_parameter(question: Question, bench: Bench, here: Rewinding, there: Rewinding) -> Sentence:
    """Say how a parameter gets from here to there: by a step with its numbers, where it is one that can be written."""
    index, name, recipe = bench.index_of(question.name), question.name, bench.standing.recipe
    was, now = float(bench.in_units(here)[index]), float(bench.in_units(there)[index])
    rate, quadratic = bench.latest_rate(there), bench.problem.quadratic
    moved = sentence("moved", name=name, n=counted(question.after), was=was, now=now)
    if quadratic is None or recipe.standardize or question.after != 1:
        return moved
    slope = float(quadratic.gradient(here.trainer.parameters)[index])
    if bench.is_plain:
        return sentence("step", name=name, was=was, rate=rate, slope=slope, now=now)
    if recipe.optimizer.lower() != "adam" or recipe.options or recipe.batch_size is not None:
        return moved
    is_first = here.trainer.epoch < 0 and slope
    quotient = f"{number(slope)}/{number(abs(slope))}" if is_first else number((was - now) / rate)
    return sentence("adam_step", name=name, was=was, rate=rate, quotient=quotient, now=now)


def of_place(question: Question, bench: Bench, here: Rewinding, there: Rewinding) -> Sentence:
    """Say how w and b get there."""
    quadratic = bench.problem.quadratic
    w, b = map(float, bench.in_units(there))
    if quadratic is None or not bench.is_plain or bench.standing.recipe.standardize or question.after != 1:
        return sentence("place", n=counted(question.after), w=w, b=b)
    was, slopes = bench.in_units(here), quadratic.gradient(here.trainer.parameters)
    steps = [
        sentence("one_step", name=name, was=was[i], rate=bench.latest_rate(there), slope=slopes[i], now=now)["en"]
        for i, (name, now) in enumerate((("w", w), ("b", b)))
    ]
    return sentence("just", words=", ".join(steps))


def of_cost(question: Question, bench: Bench, here: Rewinding, there: Rewinding) -> Sentence:
    """Say how the cost comes about: of its rows, or of what each direction has left after so many epochs."""
    was, now = bench.cost(here.trainer.parameters), bench.cost(there.trainer.parameters)
    if not question.after:
        terms = over_rows(bench, lambda residuals: [f"({number(r)})²" for r in residuals])
        return sentence("cost_of_rows", terms=terms, now=now) if terms else sentence("cost_here", now=now)
    quadratic = bench.problem.quadratic
    is_whole = there.trainer.epoch - here.trainer.epoch == question.after
    if quadratic is None or not bench.is_plain or not is_whole or len(quadratic.eigenvalues) > MOST_DIRECTIONS:
        return sentence("cost", n=counted(question.after), was=was, now=now)
    excess = 0.5 * quadratic.eigenvalues * np.square(quadratic.error(here.trainer.parameters))
    factors = 1 - bench.latest_rate(there) * quadratic.eigenvalues
    times = [f"({number(f)})" if f < 0 else number(f) for f in factors]
    added = [f"{number(e)} × {f}^{2 * question.after}" for e, f in zip(excess, times, strict=True)]
    return sentence("cost_of_directions", least=quadratic.floor, terms=" + ".join(added[::-1]), now=now)


def over_rows(bench: Bench, terms_of: "Callable[[Vector], list[str]]") -> str:
    """Write a mean over rows out, where they are few and as they are; empty where they are not."""
    recipe, table = bench.standing.recipe, bench.table
    is_mean = recipe.criterion == "MSELoss" and recipe.reduction == "mean"
    if not bench.has_plain_rows or len(table.y) > MOST_ROWS or recipe.standardize or not is_mean:
        return ""
    own = bench.in_units(bench.placed())
    residuals = table.X @ own[: len(table.features)] + (own[-1] if recipe.bias else 0.0) - table.y
    return f"({' + '.join(terms_of(residuals))}) / {len(table.y)}"


def of_limit(bench: Bench, limit: float) -> Sentence:
    """Say how the largest stable rate follows from the largest curvature."""
    assert bench.problem.quadratic is not None
    sgd, steepest = bench.problem.sgd, float(bench.problem.quadratic.eigenvalues[-1])
    if bench.is_plain:
        return sentence("limit", steepest=steepest, limit=limit)
    if sgd is not None and sgd == SgdArguments(momentum=sgd.momentum):
        return sentence("limit_of_momentum", momentum=sgd.momentum, steepest=steepest, limit=limit)
    return sentence("limit_of_options", limit=limit)


def of_optimum(question: Question, bench: Bench, value: float) -> Sentence:
    """Say how least squares comes to a parameter: of one feature with the sums that it takes."""
    table, recipe = bench.table, bench.standing.recipe
    if not bench.has_plain_rows or len(table.features) != 1 or not recipe.bias:
        return sentence("optimum", name=question.name, now=value)
    x, y = table.X[:, 0], table.y
    away = x - x.mean()
    top, bottom = float(away @ (y - y.mean())), float(away @ away)
    if question.name == "b":
        return sentence("optimum_of_b", y=y.mean(), w=top / bottom, x=x.mean(), now=value)
    return sentence("optimum_of_w", name=question.name, top=top, bottom=bottom, now=value)


def of_epochs(question: Question, bench: Bench, start: Vector, rate: float, n_epochs: int) -> Sentence:
    """Say how the flattest direction makes it take so many epochs, where nothing but that decides."""
    quadratic = bench.problem.quadratic
    assert quadratic is not None
    left, goal = 1 - rate * float(quadratic.eigenvalues[0]), question.to * quadratic.reference
    excess = 0.5 * float(quadratic.eigenvalues[0] * quadratic.error(start)[0] ** 2)
    decides = excess * left ** (2 * n_epochs) <= goal < excess * left ** (2 * n_epochs - 2)
    said: Mapping[str, object] = {"n": n_epochs, "epochs": counted(n_epochs), "part": question.to}
    if not bench.is_plain or not decides:
        return sentence("epochs", **said)
    flattest, least = float(quadratic.eigenvalues[0]), quadratic.reference
    return sentence("epochs_of_flattest", rate=rate, flattest=flattest, left=left, excess=excess, least=least, **said)


def of_end(bench: Bench, epoch: int) -> Sentence:
    """Say by which of the recipe's conditions a run ends, with the numbers that it looks at."""
    recipe, scale = bench.standing.recipe, bench.problem.error_scale
    steps = bench.path(epoch - bench.standing.epoch)
    rules = [each for each in (recipe.until_step, recipe.until_cost, recipe.until_standard_errors) if each is not None]
    if len(rules) != 1 or len(steps) < 3 or recipe.until_step is not None:
        return sentence("end", n=epoch)
    if recipe.until_cost is not None:
        moved = abs(bench.cost(steps[-2]) - bench.cost(steps[-3]))
        return sentence("end_by_cost", n=epoch, moved=moved, tolerance=recipe.until_cost)
    assert scale is not None
    before, far = map(float, scale.distance(steps[-2:]))
    return sentence("end_by_errors", n=epoch, before=before, far=far, tolerance=rules[0])


def of_errors(question: Question, bench: Bench, there: Rewinding, far: float) -> Sentence:
    """Say which parameter is the farthest away, by its standard error."""
    scale = bench.problem.error_scale
    assert scale is not None
    index = int(np.argmax(scale.distances(there.trainer.parameters)))
    features = bench.problem.features
    name = "b" if index == len(features) else "w" if len(features) == 1 else features[index]
    own, exact = float(bench.in_units(there)[index]), float(scale.exact[index])
    error = float(scale.errors[index])
    return sentence("errors", n=counted(question.after), name=name, away=abs(own - exact), error=error, now=far)
