"""What is wrong with a draft: with each of its fields, and then with them together, by the field where it is said.

No check is made here that the plain command does not make.
"""

from collections.abc import Mapping
from dataclasses import replace

from linreg.checks import OptionValue
from linreg.engines.choice import choose_engine
from linreg.engines.devices import resolve_dtype
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.training.usability import require_schedule
from linreg_tui.setup.catalogue import Remark
from linreg_tui.setup.column_choice import column_problems
from linreg_tui.setup.draft import Draft
from linreg_tui.setup.fields import SCHEDULE, dialect_field_named, in_the_forms_words, option_key
from linreg_tui.setup.preview import Preview


def data_problems(said: str) -> dict[str, str]:
    """Say why the data cannot be read: at the field that reads them, where the sentence names one."""
    return {dialect_field_named(said) or "data": in_the_forms_words(said)} if said else {}


def training_problems(
    draft: Draft, seen: Preview | None, remarks: Mapping[str, Remark], *, has_torch: bool
) -> dict[str, str]:
    """Say what is wrong with how to train; with columns and engines only where each field is right by itself.

    Parameters
    ----------
    seen
        What was seen of the data, if anything.
    remarks
        What is special about the optimizers, as far as it is known.
    has_torch
        Options can be tried.
    """
    found = draft.problems()
    if has_torch:
        optimizer = draft.texts["optimizer"]
        found |= option_problems(optimizer, draft.options_now(), together=bool(remarks))
        found |= schedule_problems(draft) if SCHEDULE.name not in found else {}
        remark = remarks.get(optimizer)
        if remark is not None and not remark.usable:
            found["optimizer"] = f"{optimizer} cannot train a linear model: {remark.text}"
    if not found and seen is not None:
        recipe = draft.recipe_now()
        found |= column_problems(recipe, seen) | data_problems(next(iter(seen.refused), ""))
        found |= engine_problems(recipe)
    return found


def schedule_problems(draft: Draft) -> dict[str, str]:
    """Say what is wrong with the schedule, by itself; only for where torch has been imported."""
    try:
        require_schedule(replace(draft.recipe, **draft.schedule_now()))
    except LinregError as problem:
        return {SCHEDULE.name: in_the_forms_words(problem)}
    return {}


def engine_problems(recipe: Recipe) -> dict[str, str]:
    """Say what speaks against the engine and the parameters' type, given everything else."""
    found = {}
    try:
        choose_engine(recipe)
    except LinregError as problem:
        found["engine"] = in_the_forms_words(problem)
    try:
        resolve_dtype(recipe.dtype, recipe.device.lower())
    except LinregError as problem:
        found["dtype"] = in_the_forms_words(problem)
    return found


def option_problems(optimizer: str, options: Mapping[str, OptionValue], *, together: bool = True) -> dict[str, str]:
    """Say what is wrong with each option, then with them together; only for where torch has been imported.

    Together they are tried out, and the first optimizer that is made imports the half of torch that was not yet.
    """
    from linreg.optim import optimizers
    from linreg.optim.options import parse

    try:
        kind = optimizers.find(optimizer)
    except LinregError as problem:
        return {"optimizer": in_the_forms_words(problem)}
    judged = _without_auto(optimizer, options)
    found = {}
    for name, value in judged.items():
        try:
            parse(kind, {name: value})
        except LinregError as problem:
            found[option_key(name)] = in_the_forms_words(problem)
    if together and not found:
        try:
            optimizers.parse_options(kind, judged)
        except LinregError as problem:
            found["optimizer"] = in_the_forms_words(problem)
    return found


def _without_auto(optimizer: str, options: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """Put some momentum for ``auto``, which comes from the curvature and not from torch."""
    is_auto = _same(optimizer, "SGD") and str(options.get("momentum")).strip().lower() == "auto"
    return {**options, "momentum": 0.5} if is_auto else dict(options)


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()
