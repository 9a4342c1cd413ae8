"""The fields of the set-up screen: the recipe's names, the labels they have there, and the words of its sentences."""

import re
from dataclasses import dataclass

from linreg.checks import option_name
from linreg.dialect import FORMATS, QUOTES
from linreg.errors import LinregError
from linreg.recipe import CRITERIA, DTYPES, ENGINES, INITS, REDUCTIONS

YES, NO = "yes", "no"
EXPECTED = "expected"
"""Of a header: it is there, and a first line that looks like data is refused."""
BY_NAME = "by name"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the recipe's name of it, the label, what an empty one means, and what there is to choose from."""

    name: str
    label: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    has_list: bool = False
    """Whether there are so many that they are chosen from a list."""
    folds: bool = False
    """Whether it opens to other fields."""


DATA = Field("data", "name or file", "a name, a file, a folder, a 'pattern*.csv' or a recipe.toml")
DROP_MISSING = Field("drop_missing", "drop missing", choices=(YES, NO))
SCHEDULE = Field("schedule", "schedule", "none; or StepLR step_size=30")
HOLD_OUT = Field("hold_out", "hold out", "none; a share such as 0.2, or a file")
PATIENCE = Field("patience", "patience", "off")
OPTIMIZER = Field("optimizer", "optimizer", has_list=True)
TRAINING = (
    Field("learning_rate", "learning rate", "auto"),
    SCHEDULE,
    Field("epochs", "epochs", "auto"),
    Field("until_step", "until step", "off"),
    Field("until_cost", "until cost", "off"),
    Field("until_standard_errors", "until std. errors", "off"),
    HOLD_OUT,
    PATIENCE,
    Field("batch_size", "batch size", "full batch"),
    Field("criterion", "criterion", choices=CRITERIA),
    Field("reduction", "reduction", choices=REDUCTIONS),
    Field("standardize", "standardize", choices=(YES, NO)),
    Field("bias", "bias", choices=(YES, NO)),
    Field("init", "start from", choices=INITS),
    Field("seed", "seed"),
)
DEVICE = Field("device", "device", choices=("auto", "cpu"), has_list=True)
COMPUTING = (
    DEVICE,
    Field("dtype", "dtype", choices=DTYPES),
    Field("engine", "engine", choices=ENGINES),
    Field("module", "module", "none; or FILE.py:CLASS"),
    Field("every", "every", "100, or about ten"),
)
DIALECT = (
    Field("separator", "separator", "by name; or type ; | tab blank"),
    Field("decimal", "decimal", choices=(".", ",")),
    Field("missing", "missing", "NaN, NA, null; or type more words"),
    Field("header", "header", choices=(EXPECTED, YES, NO)),
    Field("skip_lines", "skip lines", "0"),
    Field("quote", "quote", choices=QUOTES),
    Field("input_format", "format", choices=(BY_NAME, *FORMATS)),
)
FIELDS = (DROP_MISSING, OPTIMIZER, *TRAINING, *COMPUTING)
LABELS = {option_name(each.name): each.label for each in (*FIELDS, *DIALECT)} | {
    "--lr": "learning rate",
    "--target": "target",
    "--feature": "features",
    "--exclude": "features",
    "--categorical": "categorical",
    "--weights": "weights",
    "--no-bias": "bias",
    "--set": "option",
    "--schedule-set": "schedule",
    "--header": "header yes",
    "--no-header": "header no",
}
_OPTION = "option "


def option_key(name: str) -> str:
    """Name the field of an optimizer's option."""
    return _OPTION + name


def option_of(key: str) -> str | None:
    """Return the option that a field is for; None of any other field."""
    return key.removeprefix(_OPTION) if key.startswith(_OPTION) else None


def in_the_forms_words(problem: LinregError | str) -> str:
    """Say it with the fields' labels in the place of the command's options, and without a shell's quotes."""
    said = re.sub(r"(--(?:separator|missing)) '([^']*)'", r"\1 \2", str(problem))
    said = re.sub(r"(--(?:(?:separator|decimal|missing|skip-lines) \S+|no-header)) (?=--)", r"\1 and ", said)
    return re.sub(r"--[a-z][a-z-]*", lambda option: LABELS.get(option[0], option[0]), said)


def dialect_field_named(problem: LinregError | str) -> str | None:
    """Return the first field of how a table is written that a sentence of the command names by its option."""
    options = {option_name(each.name): each.name for each in DIALECT} | {"--no-header": "header"}
    named = (options.get(option) for option in re.findall(r"--[a-z][a-z-]*", str(problem)))
    return next((name for name in named if name is not None), None)
