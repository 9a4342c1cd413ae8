"""A race in one line: ``SGD Adam 0.1 0.01 momentum=0.9 batch=50``, as it is typed where somebody asks for one."""

from math import isfinite

from linreg.checks import OptionValue
from linreg.errors import LinregError
from linreg.nn import torch_libraries
from linreg.racing.entries import Choices, Entry, entries, option_text
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.usability import require_usable

FORM = "SGD Adam 0.1 0.01 momentum=0.9 batch=50"
"""What a line looks like."""
_BATCHES, _RATES = ("batch", "batch_size"), ("lr", "rate", "learning_rate")
_FULL = "full"


def read_choices(text: str) -> Choices:
    """Read who races: optimizers, rates (numbers and ``auto``), and KEY=VALUE, in any order; all combinations run.

    ``batch=`` takes a number of rows or ``full``; ``init=`` and ``seed=`` are a recipe's, every other key is an option
    of the optimizers. Whether there is such an optimizer, and whether it has the option, is for `entries` to say.

    Raises
    ------
    LinregError
        A word is none of these.
    """
    optimizers: list[str] = []
    rates: list[float | str] = []
    batches: list[int | None] = []
    inits: list[str] = []
    seeds: list[int] = []
    settings: dict[str, list[OptionValue]] = {}
    for word in text.split():
        word = word.rstrip(",;")
        key, equals, value = word.partition("=")
        if not word:
            continue
        if equals and not (key and value):
            raise LinregError(f"{_quoted(word)} lacks a {'value' if key else 'name'}: write it like momentum=0.9.")
        if not equals and _is_rate(word):
            rates.append(_rate(word))
        elif not equals:
            optimizers.append(_optimizer(word))
        elif key.lower() in _RATES:
            rates.append(_rate(value))
        elif key.lower() in _BATCHES:
            batches.append(None if value.lower() == _FULL else _whole(word, value, least=1))
        elif key.lower() == "init":
            inits.append(value)
        elif key.lower() == "seed":
            seeds.append(_whole(word, value, least=0))
        else:
            settings.setdefault(key, []).append(value)
    return Choices(
        optimizers=optimizers, learning_rates=rates, settings=settings, batch_sizes=batches, inits=inits, seeds=seeds
    )


def read_race(text: str, recipe: Recipe) -> tuple[Entry, ...]:
    """Read a line as a race of what differs from `recipe` in these choices; it may take seconds, to import torch.

    Raises
    ------
    LinregError
        The line cannot be read, a choice cannot be used, or there is nobody to race against.
    """
    choices = read_choices(text)
    torch_libraries.load()
    racers = entries(recipe, choices)
    if len(racers) < 2:
        raise LinregError(f"that is one racer alone: name another optimizer or rate, as in {FORM}.")
    for each in {(entry.recipe.optimizer, option_text(entry.recipe.options)): entry for entry in racers}.values():
        require_usable(each.recipe)
    return racers


def suggested_line(recipe: Recipe) -> str:
    """Suggest a race of a recipe's own optimizer and rate with others that are worth a look."""
    own = recipe.optimizer
    optimizers = [own, *(name for name in ("SGD", "Adam") if name.lower() != own.lower())][:2]
    rates = ["auto", "0.1"] if isinstance(recipe.learning_rate, str) else [f"{recipe.learning_rate!r}", "auto"]
    words = [*optimizers, *rates]
    if "momentum" not in recipe.options and "sgd" in (name.lower() for name in optimizers):
        words += ["momentum=0", "momentum=0.9"]
    if recipe.batch_size is not None:
        words += [f"batch={recipe.batch_size}", f"batch={_FULL}"]
    return " ".join(words)


def _is_rate(word: str) -> bool:
    return word.lower() == "auto" or word[0] in "0123456789.+-−"


def _rate(word: str) -> float | str:
    if word.lower() == "auto":
        return "auto"
    try:
        rate = float(word)
    except ValueError:
        rate = 0.0
    if not (rate > 0 and isfinite(rate)):
        raise LinregError(f"{_quoted(word)} is no learning rate: give a number above 0, or auto.")
    return rate


def _optimizer(word: str) -> str:
    if not word.isidentifier():
        raise LinregError(f"{_quoted(word)} is no optimizer, no rate and no KEY=VALUE; a race reads like {FORM}.")
    return word


def _whole(word: str, value: str, *, least: int) -> int:
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if number < least:
        or_full = ", or full" if least else ""
        raise LinregError(f"{_quoted(word)} takes a whole number from {least}{or_full}.")
    return number


def _quoted(word: str) -> str:
    return shortened(repr(word))
