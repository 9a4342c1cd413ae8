"""What there is to say of a script that was watched: where it is, what it trains, and the exact answer to that."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

from linreg.text import shortened
from linreg.training.facts import Facts, OptimizerFacts, TensorSummary

if TYPE_CHECKING:
    from linreg.arrays import Vector
    from linreg.history.curves import Curve
    from linreg.store.run import Run

_MOST_NAMED = 12


def script_record(run: "Run", facts: Facts, newest: "Vector | None") -> dict[str, Any]:
    """Return it as plain values.

    Parameters
    ----------
    newest
        ``(n_parameters,)``, the numbers after the last step; None where there has been none.
    """
    script, answer = facts.script, facts.least_squares
    assert script is not None
    return {
        "script": run.script,
        "arguments": list(script.arguments),
        "step": run.epoch + 1,
        "epoch": script.epoch,
        "last_epoch": script.last_epoch,
        "device": facts.device,
        "dtype": facts.dtype,
        "parameters": _values(facts, newest),
        "optimum": None
        if answer is None
        else {"parameters": _by_tensor(script.tensors, answer.w), "cost": answer.cost},
        "why_no_optimum": script.why_no_optimum or None,
        "optimizers": [{"optimizer": each.kind, "learning_rates": list(each.rates)} for each in script.optimizers],
        "not_finite": None if script.broken is None else asdict(script.broken),
        "largest_stable_learning_rate": facts.largest_stable_learning_rate,
    }


def script_lines(run: "Run", facts: Facts, newest: "Vector | None") -> Iterator[tuple[str, str]]:
    """Yield it in labels and texts."""
    script, answer = facts.script, facts.least_squares
    assert script is not None
    yield "script", " ".join((run.script, *script.arguments))
    rate = "" if isnan(facts.learning_rate) else f", learning rate {facts.learning_rate:.6g}"
    yield "training", (f"{run.recipe.optimizer}{rate}" if run.recipe.optimizer != "none" else "by hand") + _on(facts)
    if len(script.optimizers) > 1:
        yield "optimizers", f"{len(script.optimizers)}: {'; '.join(map(_rates, script.optimizers))}"
    yield "step", f"{run.epoch + 1:,}"
    if script.broken is not None:
        yield "not finite", script.broken.words
    if script.epoch is not None:
        yield "epoch", f"{script.epoch:,} of {script.last_epoch:,}"
    if run.cost is not None:
        yield "cost", f"{run.cost:.7g}"
    if answer is not None:
        yield "least cost", f"{answer.cost:.{_digits(facts)}g}"
    yield from _tensors(facts, newest)
    if answer is None:
        yield "no exact answer", script.why_no_optimum
    if facts.largest_stable_learning_rate is not None:
        yield "largest stable learning rate", f"{facts.largest_stable_learning_rate:.4g}"


def _rates(optimizer: OptimizerFacts) -> str:
    """Name an optimizer, with the learning rate of each group."""
    return f"{optimizer.kind} {', '.join(f'{rate:.6g}' for rate in optimizer.rates if not isnan(rate))}".rstrip()


def curves_record(curves: "Iterable[Curve]") -> dict[str, dict[str, Any]]:
    """Return what a script has logged as plain values: the newest point of each curve, and how many it has had."""
    return {each.name: {"last": each.last, "step": each.last_step, "n": each.n} for each in curves}


def curve_lines(curves: "Sequence[Curve]") -> Iterator[tuple[str, str]]:
    """Yield the same in labels and texts."""
    for each in curves[:_MOST_NAMED]:
        points = "1 point" if each.n == 1 else f"{each.n:,} points"
        yield f"curve {shortened(each.name, 40)}", f"{each.last:.6g} at step {each.last_step:,}   {points}"
    if len(curves) > _MOST_NAMED:
        yield "more curves", f"{len(curves) - _MOST_NAMED:,}: --format json has them all"


def _digits(facts: Facts) -> int:
    """Return how many digits of an answer from the script's own graph are true."""
    return 6 if facts.dtype == "float32" else 12 if facts.dtype == "float64" else 3


def _on(facts: Facts) -> str:
    return f", {facts.dtype} on {facts.device}" if facts.dtype else ""


def _tensors(facts: Facts, newest: "Vector | None") -> Iterator[tuple[str, str]]:
    script, answer = facts.script, facts.least_squares
    assert script is not None
    if script.is_small:
        values = [] if newest is None else newest.tolist()
        for place, (name, value) in enumerate(zip(facts.weight_names[:_MOST_NAMED], values, strict=False)):
            best = "" if answer is None else f"   least squares {answer.w[place]:.6g}"
            yield name, f"{value:.6g}{best}"
        if len(values) > _MOST_NAMED:
            yield "…", f"{len(values) - _MOST_NAMED:,} more: --format json has them all"
        return
    for each in script.tensors[:_MOST_NAMED]:
        yield each.name, f"{'×'.join(map(str, each.shape)) or 'scalar'}   norm {each.norm:.6g}"
    if len(script.tensors) > _MOST_NAMED:
        yield "…", f"{len(script.tensors) - _MOST_NAMED:,} more: --format json has them all"


def _values(facts: Facts, newest: "Vector | None") -> dict[str, Any]:
    script = facts.script
    assert script is not None
    if script.is_small:
        return {} if newest is None else _by_tensor(script.tensors, newest)
    return {
        each.name: {
            "shape": list(each.shape),
            "norm": each.norm,
            "mean": each.mean,
            "gradient_norm": None if isnan(each.gradient_norm) else each.gradient_norm,
            "update_ratio": None if isnan(each.update_ratio) else each.update_ratio,
        }
        for each in script.tensors
    }


def _by_tensor(tensors: tuple[TensorSummary, ...], values: "Vector") -> dict[str, list[float]]:
    """Cut ``(n_parameters,)`` into what each tensor has of it, flat."""
    parts, place = {}, 0
    for each in tensors:
        parts[each.name] = values[place : place + each.n_scalars].tolist()
        place += each.n_scalars
    return parts
