"""Who runs in a race: the product of the choices, as recipes that differ in nothing else.

An option of the optimizer goes to the optimizers that have it: ``--set momentum=0.9`` says nothing to Adam, and is no
reason to keep it out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from linreg.checks import OptionValue
from linreg.errors import LinregError, nearest
from linreg.recipe import Recipe
from linreg.text import shortened

MOST_RACERS = 1000
"""More are a slip of the hand: the product of five choices with five values each is 3,125."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Every value that is to be tried; where there is none, the recipe's own stands.

    Attributes
    ----------
    optimizers
        Classes of torch.optim, in any case.
    settings
        Values by the name of an optimizer's option.
    batch_sizes
        None among them is the full batch.
    """

    optimizers: Sequence[str] = ()
    learning_rates: Sequence[float | str] = ()
    settings: Mapping[str, Sequence[OptionValue]] = field(default_factory=dict)
    batch_sizes: Sequence[int | None] = ()
    inits: Sequence[str] = ()
    seeds: Sequence[int] = ()

    @classmethod
    def of(
        cls,
        optimizers: Any,
        learning_rates: Any,
        options: Mapping[str, Any] | None,
        batch_sizes: Any,
        inits: Any,
        seeds: Any,
    ) -> "Choices":
        """Take one value or several of each, as a Python program gives them; of an option several are a list."""
        return cls(
            optimizers=_several(optimizers),
            learning_rates=_several(learning_rates),
            settings={name: value if isinstance(value, list) else [value] for name, value in (options or {}).items()},
            batch_sizes=_several(batch_sizes),
            inits=_several(inits),
            seeds=_several(seeds),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One that runs, and what it is called: its optimizer, its learning rate, and all else that sets it apart."""

    name: str
    recipe: Recipe

    def settled(self) -> "Entry":
        """Return it with a number of epochs that is the same for all, and not what its own curvature would say."""
        recipe = self.recipe.settled()
        return self if recipe == self.recipe else replace(self, recipe=recipe)


def entries(recipe: Recipe, choices: Choices) -> tuple[Entry, ...]:
    """Return one entry for each combination, in the order given; the same one twice runs once.

    Raises
    ------
    LinregError
        There is no such optimizer, none that has one of the options, or a value cannot be a recipe's.
    """
    optimizers = [_proper_name(name) for name in choices.optimizers] or [_proper_name(recipe.optimizer)]
    for key in choices.settings:
        if not any(_has(optimizer, key) for optimizer in optimizers):
            raise _unknown(optimizers, key)
    recipes: list[Recipe] = []
    for combination in _combinations(recipe, choices, optimizers):
        entrant = replace(recipe, **combination)
        if entrant not in recipes:
            recipes.append(entrant)
        if len(recipes) > MOST_RACERS:
            raise LinregError(f"these choices make more than {MOST_RACERS:,} racers; leave some out.")
    varying = [name for name in ("batch_size", "init", "seed") if any(_differ(recipes, name))]
    return tuple(Entry(_name(each, varying), each) for each in recipes)


def option_text(options: Mapping[str, OptionValue]) -> str:
    """Write an optimizer's options as they are typed after ``--set``, with blanks between."""
    from linreg.optim.options import shown

    return " ".join(f"{key}={shown(value)}" for key, value in options.items())


def _combinations(recipe: Recipe, choices: Choices, optimizers: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what each racer changes in the recipe; its options only if it has the recipe's own optimizer."""
    for optimizer in dict.fromkeys(optimizers):
        own = dict(recipe.options) if optimizer.lower() == recipe.optimizer.lower() else {}
        settings = {key: values for key, values in choices.settings.items() if _has(optimizer, key)}
        for rate, batch_size, init, seed, *values in product(
            choices.learning_rates or (recipe.learning_rate,),
            choices.batch_sizes or (recipe.batch_size,),
            choices.inits or (recipe.init,),
            choices.seeds or (recipe.seed,),
            *settings.values(),
        ):
            yield {
                "optimizer": optimizer,
                "learning_rate": rate,
                "options": own | dict(zip(settings, values, strict=True)),
                "batch_size": batch_size,
                "init": init,
                "seed": seed,
            }


def _proper_name(optimizer: str) -> str:
    """Return the name as torch.optim spells it; torch is not imported for SGD, which may train without it."""
    if optimizer.strip().lower() == "sgd":
        return "SGD"
    from linreg.optim import optimizers

    return optimizers.find(optimizer).__name__


def _has(optimizer: str, key: str) -> bool:
    """Whether the class takes this argument, even one that cannot be set: that is for the class's own check to say."""
    from inspect import signature

    from linreg.optim import optimizers

    return key in signature(optimizers.find(optimizer)).parameters


def _unknown(names: list[str], key: str) -> LinregError:
    from linreg.optim import optimizers
    from linreg.optim.options import option_defaults

    known = list(dict.fromkeys(each for name in names for each in option_defaults(optimizers.find(name))))
    who = f"{names[0]} has no" if len(set(names)) == 1 else f"none of {', '.join(dict.fromkeys(names))} has an"
    return LinregError(
        f"{who} option {shortened(repr(key))}{nearest(key, known)}; leave it out, or add an optimizer that has it."
    )


def _differ(recipes: list[Recipe], name: str) -> list[bool]:
    return [getattr(each, name) != getattr(recipes[0], name) for each in recipes]


def _name(recipe: Recipe, varying: list[str]) -> str:
    """Say what sets a racer apart, in words."""
    rate = recipe.learning_rate
    parts = [recipe.optimizer, f"learning rate {rate if isinstance(rate, str) else format(rate, 'g')}"]
    parts += [shortened(option_text(recipe.options), 80)] if recipe.options else []
    for name in varying:
        value = getattr(recipe, name)
        parts.append("full batch" if value is None else f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)


def _several(values: Any) -> Sequence[Any]:
    """Let one value stand for a sequence of it."""
    return tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else (values,)
