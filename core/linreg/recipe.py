"""What to train, and how: every hyper-parameter, its default and its check.

A recipe comes from flags, from a TOML file or from Python; all three meet here, so that a wrong value gets the same
sentence whichever way it came. Standard library only: reading a recipe must not wait for torch.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import floor, log10
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
UNTOLD_EPOCHS, UNTOLD_EVERY = 1000, 100
"""How long a run is, and how often it prints, where neither the user nor the curvature says."""


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
    hold_out
        Rows that are neither trained on nor scaled by, but judged by: a share of all, chosen by the seed, or by one of
        its own in ``SHARE:SEED``; or a file with the same columns.
    bias
        Fit b.
    standardize
        Train on (x − mean) / std, with n − 1 in std; w and b are always reported in the data's own units.
    epochs
        Run epochs 0 to `epochs`; ``"auto"``: as many as bring every parameter within a thousandth of its standard error
        of the answer, at most 10⁹, where the curvature tells how many those are (`linreg.training.length`), else 1,000.
    until_step, until_cost
        Stop when the largest change of a parameter, or the change of the cost, over one epoch is below this.
    until_standard_errors
        Stop when every parameter is within so many of its standard errors of least squares.
    patience
        Stop when the cost of the rows that are held out has not fallen for so many epochs; the result is then that of
        the best of them.
    learning_rate
        A number, or ``"auto"``: from the cost's curvature for full-batch SGD, else the optimizer's own default, or of
        Adam's kin more where that could not bring the parameters to the answer in the epochs that there are.
    optimizer, options
        A class of torch.optim, and any other arguments of that class.
    criterion, reduction
        A class of torch.nn, and how it sums over rows.
    schedule, schedule_options
        A class of torch.optim.lr_scheduler, stepped once an epoch, and its arguments; None: the rate stays.
    batch_size
        Rows a step, reshuffled each epoch from the seed; None for the full batch.
    init, seed
        Where the parameters start: one of `INITS`, or w and then b themselves, in the data's own units: ``"1.5,-2"``.
    module
        ``FILE.py:CLASS``, to train the user's own nn.Module instead of w and b.
    device, dtype, engine
        Where and how to compute; ``"auto"`` picks the fastest that serves the recipe.
    every
        Print every Nth epoch; ``"auto"``: about ten of them. None is that where `epochs` is ``"auto"``, else 100.
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
    hold_out: str | None = None
    bias: bool = True
    standardize: bool = True
    epochs: int | Literal["auto"] = "auto"
    until_step: float | None = None
    until_cost: float | None = None
    until_standard_errors: float | None = None
    patience: int | None = None
    learning_rate: float | Literal["auto"] = "auto"
    optimizer: str = "SGD"
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    schedule: str | None = None
    schedule_options: Mapping[str, OptionValue] = field(default_factory=dict)
    criterion: str = "MSELoss"
    reduction: str = "mean"
    batch_size: int | None = None
    init: str = "zeros"
    seed: int = 0
    module: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    engine: str = "auto"
    every: int | Literal["auto"] | None = None

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        if self.schedule_options and self.schedule is None:
            raise LinregError("--schedule-set is an option of a schedule: name one with --schedule.")
        if self.patience is not None and self.hold_out is None:
            raise LinregError("--patience waits for the cost of rows that are held out: say which with --hold-out.")

    def changed(self, **choices: Any) -> "Recipe":
        """Replace the choices that are not None: options given over the recipe's own values.

        How often a recipe prints goes by the number of epochs that it has, not by ``"auto"`` in the place of that.
        """
        if str(choices.get("epochs")).lower() == "auto" and choices.get("every") is None:
            choices = choices | {"every": "auto"}
        return replace(self, **{name: value for name, value in choices.items() if value is not None})

    @property
    def last_epoch(self) -> int:
        """The last epoch; of ``"auto"``, which the rows decide, the number where they do not."""
        return UNTOLD_EPOCHS if self.epochs == "auto" else self.epochs

    @property
    def printed_every(self) -> int:
        """How many epochs lie between two that are printed."""
        if self.every is None:
            return about_a_tenth(self.last_epoch) if self.epochs == "auto" else UNTOLD_EVERY
        return about_a_tenth(self.last_epoch) if self.every == "auto" else self.every

    def settled(self, last_epoch: int | None = None) -> "Recipe":
        """Put numbers in the place of how long the run is and how often it prints: `last_epoch` in that of auto."""
        last = self.last_epoch if self.epochs != "auto" or last_epoch is None else last_epoch
        every = self.every or ("auto" if self.epochs == "auto" else UNTOLD_EVERY)
        return replace(self, epochs=last, every=about_a_tenth(last) if every == "auto" else every)

    @property
    def held_out_file(self) -> str | None:
        """The file of the rows that are held out; None where they are a share of the others, or there are none."""
        return None if self.hold_out is None or checks.share_of(self.hold_out) is not None else self.hold_out

    @property
    def read_from(self) -> tuple[str, ...]:
        """What the rows are read from, those that are held out too."""
        return (self.data,) if self.held_out_file is None else (self.data, self.held_out_file)

    @property
    def divided(self) -> "Recipe":
        """The same with the seed by which rows are held out, so that another start does not choose others."""
        share = None if self.hold_out is None else checks.share_of(self.hold_out)
        if share is None or share[1] is not None:
            return self
        return replace(self, hold_out=f"{self.hold_out}:{self.seed}")

    @property
    def without_decay(self) -> "Recipe":
        """The same without weight decay."""
        return replace(self, options={name: value for name, value in self.options.items() if name != "weight_decay"})

    @property
    def start(self) -> tuple[float, ...] | None:
        """The w and b to start at, in the data's own units; None where `init` says it otherwise."""
        return checks.numbers_of(self.init)

    @property
    def decays(self) -> bool:
        """Whether weight decay, of which ASGD has two, keeps the parameters away from the answer without it."""
        decays = [str(self.options[name]) for name in ("weight_decay", "lambd") if self.options.get(name) is not None]
        try:
            return any(float(decay) != 0 for decay in decays)
        except ValueError:
            return True

    def as_dict(self) -> dict[str, Any]:
        """Return every field as plain JSON values."""
        values = asdict(self) | {"dialect": self.dialect.as_dict()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def about_a_tenth(n: int) -> int:
    """Return 1, 2 or 5 times a power of ten, whichever is nearest to a tenth of `n`; 1 at least."""
    wanted = max(1.0, n / 10)
    power: int = 10 ** floor(log10(wanted))
    return min((power * digit for digit in (1, 2, 5, 10)), key=lambda part: abs(log10(part / wanted)))


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
    held_out = recipe.held_out_file and _relative_to(path.parent, recipe.held_out_file)
    return replace(
        recipe, data=_relative_to(path.parent, recipe.data), module=module, hold_out=held_out or recipe.hold_out
    )


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
    "hold_out": checks.hold_out,
    "bias": checks.flag,
    "standardize": checks.flag,
    "epochs": checks.whole_or_auto(0),
    "until_step": checks.optional(checks.positive),
    "until_cost": checks.optional(checks.positive),
    "until_standard_errors": checks.optional(checks.positive),
    "patience": checks.optional(checks.whole(1)),
    "learning_rate": checks.learning_rate,
    "optimizer": checks.text,
    "options": checks.options,
    "schedule": checks.optional_text,
    "schedule_options": checks.options,
    "criterion": checks.choice(CRITERIA),
    "reduction": checks.choice(REDUCTIONS),
    "batch_size": checks.optional(checks.whole(1)),
    "init": checks.start(INITS),
    "seed": checks.whole(0),
    "module": checks.optional_text,
    "device": checks.text,
    "dtype": checks.choice(DTYPES),
    "engine": checks.choice(ENGINES),
    "every": checks.optional(checks.whole_or_auto(1)),
}
