"""What is known of a script's loop, as a reader of runs wants it: the facts of a run, and how it ended."""

import sys
from math import nan
from os.path import abspath

import numpy as np

from linreg.numerics.scaling import Scaling
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts, ScriptFacts, TensorSummary
from linreg.watching.answer import least_squares_of
from linreg.watching.loop import Loop
from linreg.watching.optimizers import sgd_keywords
from linreg.watching.script import Script

INTERACTIVE = "session"
"""What a run is called that is watched from an interactive session."""


def path_of(script: Script | None) -> str:
    """Return the file or the module that is run; empty where a process has called us itself."""
    return "" if script is None else script.path if script.is_module else abspath(script.path)


def place_of(script: Script | None) -> str:
    """Return what is run, also where it has called us itself; of an interactive session the word for that."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return path_of(script) or (abspath(file) if file else INTERACTIVE)


def facts_of(loop: Loop, script: Script | None, output: str, place: str) -> Facts:
    """Return what is known by now; the columns are the numbers that the script trains.

    `output` is the file that what it prints goes to, empty where that is not known; `place` is what is run.
    """
    quadratic, sgd = loop.truth.quadratic, sgd_keywords(loop.optimizer, loop.options)
    stable = None if quadratic is None or sgd is None else quadratic.largest_stable_learning_rate(**sgd)
    return Facts(
        recipe=_recipe(loop, place),
        features=(),
        target="cost",
        weight_names=() if loop.tensors is None else loop.tensors.column_names(),
        n_samples=0,
        n_dropped=0,
        engine="script",
        engine_reason="its own training loop",
        device=loop.device,
        dtype=loop.dtype,
        learning_rate=loop.first_rate,
        initial=loop.initial,
        scaling=Scaling.identity(0),
        least_squares=None if quadratic is None else least_squares_of(quadratic),
        quadratic=quadratic,
        largest_stable_learning_rate=stable,
        sgd=sgd,
        jumps=False,
        sample_X=np.empty((0, 0)),
        sample_y=np.empty(0),
        script=_script_facts(loop, script, output),
    )


def _recipe(loop: Loop, place: str) -> Recipe:
    """Return what the store calls a recipe: where the loop is, and how it trains as far as that is known."""
    return Recipe(
        data=place,
        optimizer=loop.optimizer or "none",
        learning_rate=loop.first_rate if loop.first_rate > 0 else "auto",
        epochs=max(0, loop.n_steps - 1, loop.last_step),
        every=1,
        standardize=False,
    )


def _script_facts(loop: Loop, script: Script | None, output: str) -> ScriptFacts:
    epochs = loop.epochs
    last = None if epochs.counter is None or epochs.now is None else epochs.counter.values[-1]
    return ScriptFacts(
        path=path_of(script),
        arguments=() if script is None else script.arguments,
        is_module=script is not None and script.is_module,
        tensors=loop.summaries or tuple(TensorSummary(*each, nan, nan, nan, nan) for each in loop.shapes),
        is_small=loop.tensors is None or loop.tensors.is_small,
        epoch=epochs.now,
        last_epoch=last,
        epoch_began=epochs.began,
        steps_an_epoch=epochs.steps_each,
        why_no_optimum=loop.truth.why_none,
        n_steps=loop.n_steps,
        output=output,
        optimizers=loop.optimizers.facts(loop.main),
        broken=loop.broken,
    )


def end_of(problem: BaseException) -> tuple[Phase, str] | None:
    """Say how a script has ended whose main module has raised something; None where that is the usual end."""
    match problem:
        case SystemExit(code=None | 0):
            return None
        case SystemExit(code=int(status)):
            return Phase.FAILED, f"it ended with exit status {status}"
        case KeyboardInterrupt():
            return Phase.INTERRUPTED, "KeyboardInterrupt"
    said = " ".join(str(problem).split())
    return Phase.FAILED, shortened(f"{type(problem).__name__}: {said}".rstrip(": "), 200)
