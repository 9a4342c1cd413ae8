"""Which columns of a file to predict, and from which: between a recipe's words and a choice among all columns."""

from collections.abc import Sequence
from dataclasses import replace

from linreg.data.categories import chosen as categories_chosen
from linreg.data.cells import why_not_a_number
from linreg.data.choice import choose
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg_tui.setup.fields import dialect_field_named, in_the_forms_words
from linreg_tui.setup.preview import Preview


def chosen_columns(recipe: Recipe, names: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the target and the features that a recipe means, as far as they are columns of the file."""
    there = set(names)
    remaining = [name for name in names if name not in (*recipe.exclude, recipe.weights)]
    target = recipe.target if recipe.target in there else (remaining[-1] if remaining else None)
    if recipe.features:
        return target, tuple(name for name in recipe.features if name in there and name != target)
    return target, tuple(name for name in remaining if name != target)


def with_columns(recipe: Recipe, names: Sequence[str], target: str, features: Sequence[str]) -> Recipe:
    """Put a choice of columns into a recipe, in as few words as it takes."""
    old_target, old_features = chosen_columns(recipe, names)
    if (target, set(features)) == (old_target, set(old_features)):
        return recipe
    used = set(features)
    left_out = tuple(name for name in names if name != target and name not in used)
    by_exclusion = len(left_out) <= len(used) or not used
    chosen = replace(
        recipe,
        target=recipe.target if target == old_target else None,
        features=() if by_exclusion else tuple(features),
        exclude=left_out if by_exclusion else (),
    )
    return chosen if chosen_columns(chosen, names)[0] == target else replace(chosen, target=target)


def column_problems(recipe: Recipe, seen: Preview) -> dict[str, str]:
    """Say what is wrong with the chosen columns, as far as the first rows show it: by field."""
    try:
        columns = choose(
            seen.file,
            seen.names,
            target=recipe.target,
            features=recipe.features,
            exclude=recipe.exclude,
            drop_missing=recipe.drop_missing,
            with_target=True,
            remarks=seen.remarks,
            dialect=recipe.dialect,
            weights=recipe.weights,
        )
        categories = categories_chosen(columns, recipe.categorical)
    except LinregError as problem:
        field = dialect_field_named(problem) or ("target" if "--target" in str(problem) else "features")
        return {field: in_the_forms_words(problem)}
    for index in columns.used:
        column = seen.columns[index]
        if column.text is not None and index not in categories:
            said = str(columns.complaint("", index, f"{column.text!r} {why_not_a_number(column.text, recipe.dialect)}"))
            field, cure = (
                ("target", "choose another target") if index == columns.target else ("features", "leave it out")
            )
            said = f"{_without_cure(said)}; correct it, or {cure}."
            return {dialect_field_named(said) or field: in_the_forms_words(said)}
        if column.n_missing and not recipe.drop_missing:
            said = str(columns.complaint("", index, "a cell is missing"))
            return {"drop_missing": f"{_without_cure(said)}; fill it in, or drop such rows."}
    return {}


def _without_cure(sentence: str) -> str:
    """Take off what the command would have the user type."""
    return sentence.rpartition("; correct it, or ")[0]
