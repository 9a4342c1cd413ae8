"""What to train, and how: every hyper-parameter, its default and its check.

A recipe comes from flags, from a TOML file or from Python; all three meet here, so that a wrong value gets the same
sentence whichever way it came. Standard library only: reading a recipe must not wait for torch.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from linreg import checks
from linreg.checks import OptionValue
from linreg.dialect import DIALECT_KEYS, PLAIN, TextDialect, dialect_of
from linreg.errors import LinregError, nearest
from linreg.text import safe, shortened, shown

CRITERIA = ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss")
REDUCTIONS = ("mean", "sum")
INITS = ("zeros", "linear", "normal")
DTYPES = ("auto", "float64", "float32")
ENGINES = ("auto", "autograd", "analytic", "gram", "spectral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Every choice that decides a run.

    Attributes
    ----------
    data
        A bundled data set's name, a file's path, or ``-`` for standard input.
    dialect
        How the data are written, where their name does not tell; in a recipe's file its keys stand by themselves.
    target, features, exclude, drop_missing
        Which columns and rows to use; by default the last column is predicted from all others.
    categorical
        ``COL`` or ``COL:REFERENCE``: features whose texts or numbers are levels, a column of zeros and ones for each
        but the reference, which is the first in order unless it is named.
    weights
        The column of what each row's squared error counts; it is no feature. None: all count alike.
    bias
        Fit b.
    standardize
        Train on (x − mean) / std, with n − 1 in std; w and b are always reported in the data's own units.
    epochs
        Run epochs 0 to `epochs`.
    until_step, until_cost
        Stop when the largest change of a parameter, or the change of the cost, over one epoch is below this.
    until_standard_errors
        Stop when every parameter is within so many of its standard errors of least squares.
    learning_rate
        A number, or ``"auto"``: from the cost's curvature for full-batch SGD, else the optimizer's own default.
    optimizer, options
        A class of torch.optim, and any other arguments of that class.
    criterion, reduction
        A class of torch.nn, and how it sums over rows.
    batch_size
        Rows a step, reshuffled each epoch from the seed; None for the full batch.
    init, seed
        Where the parameters start.
    module
        ``FILE.py:CLASS``, to train the user's own nn.Module instead of w and b.
    device, dtype, engine
        Where and how to compute; ``"auto"`` picks the fastest that serves the recipe.
    every
        Print every Nth epoch.
    """

    title: str = ""
    origin: str = ""
    data: str = "exercise1"
    dialect: TextDialect = PLAIN
    target: str | None = None
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    drop_missing: bool = False
    categorical: tuple[str, ...] = ()
    weights: str | None = None
    bias: bool = True
    standardize: bool = True
    epochs: int = 1000
    until_step: float | None = None
    until_cost: float | None = None
    until_standard_errors: float | None = None
    learning_rate: float | Literal["auto"] = "auto"
    optimizer: str = "SGD"
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    criterion: str = "MSELoss"
    reduction: str = "mean"
    batch_size: int | None = None
    init: str = "zeros"
    seed: int = 0
    module: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    engine: str = "auto"
    every: int = 100

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def changed(self, **choices: Any) -> "Recipe":
        """Replace the choices that are not None: options given over the recipe's own values."""
        return replace(self, **{name: value for name, value in choices.items() if value is not None})

    @property
    def decays(self) -> bool:
        """Whether weight decay keeps the parameters away from the answer without it."""
        decay = self.options.get("weight_decay")
        try:
            return decay is not None and float(str(decay)) != 0
        except ValueError:
            return True

    def as_dict(self) -> dict[str, Any]:
        """Return every field as plain JSON values."""
        values = asdict(self) | {"dialect": self.dialect.as_dict()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def load_recipe(path: Path) -> Recipe:
    """Read a TOML recipe; the files it names are relative to its own folder.

    Raises
    ------
    LinregError
        The file cannot be read, is not TOML, or a key or value is not a recipe's.
    """
    where = shown(path)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as problem:
        raise LinregError(f"cannot read the recipe {where}: {getattr(problem, 'strerror', None) or problem}.") from None
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        reason = safe(str(problem))
        raise LinregError(f"cannot read the recipe {where}: it is not valid TOML: {reason}.") from None
    known = [*(f.name for f in fields(Recipe) if f.name != "dialect"), *DIALECT_KEYS]
    for key in values:
        if key not in known:
            raise LinregError(
                f"{where}: a recipe has no key {shortened(key)!r}{nearest(key, known)}; "
                f"the keys are {', '.join(known)}."
            )
    if not values.get("data"):
        raise LinregError(f'{where}: the recipe names no data; add a line like data = "points.csv".')
    dialect = {key: values.pop(key) for key in DIALECT_KEYS if key in values}
    try:
        recipe = Recipe(**values, dialect=dialect_of(dialect))
    except LinregError as problem:
        raise LinregError(f"{where}: {problem}") from None
    module = recipe.module and str(path.parent / recipe.module)
    return replace(recipe, data=_relative_to(path.parent, recipe.data), module=module)


def _relative_to(folder: Path, data: str) -> str:
    return data if data == "-" or "://" in data else str(folder / data)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "title": checks.text,
    "origin": checks.text,
    "data": checks.text,
    "dialect": lambda name, value: dialect_of(value),
    "target": checks.optional_text,
    "features": checks.names,
    "exclude": checks.names,
    "drop_missing": checks.flag,
    "categorical": checks.names,
    "weights": checks.optional_text,
    "bias": checks.flag,
    "standardize": checks.flag,
    "epochs": checks.whole(0),
    "until_step": checks.optional(checks.positive),
    "until_cost": checks.optional(checks.positive),
    "until_standard_errors": checks.optional(checks.positive),
    "learning_rate": checks.learning_rate,
    "optimizer": checks.text,
    "options": checks.options,
    "criterion": checks.choice(CRITERIA),
    "reduction": checks.choice(REDUCTIONS),
    "batch_size": checks.optional(checks.whole(1)),
    "init": checks.choice(INITS),
    "seed": checks.whole(0),
    "module": checks.optional_text,
    "device": checks.text,
    "dtype": checks.choice(DTYPES),
    "engine": checks.choice(ENGINES),
    "every": checks.whole(1),
}
