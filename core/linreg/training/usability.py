"""What can be known of a recipe before its rows are read: whether its optimizer, its options and its module are there.

Only what would fail in any case is refused, in the words in which it would fail. Torch is imported for what torch alone
can judge; a plain SGD waits for nothing.
"""

import ast
from pathlib import Path

from linreg.engines.devices import resolve, resolve_dtype
from linreg.errors import LinregError, nearest
from linreg.files.paths import reason_of
from linreg.nn import torch_libraries
from linreg.optim.sgd import sgd_arguments
from linreg.recipe import Recipe
from linreg.text import shortened, shown


def require_usable(recipe: Recipe) -> None:
    """Refuse a recipe that cannot be trained whatever its rows are.

    Raises
    ------
    LinregError
        There is no such optimizer, option, device, module or class, or two of them do not go together.
    """
    device = recipe.device.strip().lower()
    if device not in ("auto", "cpu"):  # which one auto is, may take torch to find out
        resolve(device)
    resolve_dtype(recipe.dtype, device)
    if recipe.module is not None:
        _require_class(recipe.module)
    known = sgd_arguments(recipe.options) if recipe.optimizer.lower() == "sgd" else None
    if known is None:
        _require_options(recipe)
    elif known.momentum == "auto" and (recipe.module is not None or recipe.criterion != "MSELoss"):
        raise LinregError(MOMENTUM_AUTO)
    require_schedule(recipe)


def require_schedule(recipe: Recipe) -> None:
    """Refuse a schedule that there is not, or whose options cannot be used.

    Raises
    ------
    LinregError
        It cannot be used.
    """
    if recipe.schedule is None:
        return
    torch_libraries.load()
    from linreg.optim import schedules

    rate = 1.0 if recipe.learning_rate == "auto" else recipe.learning_rate
    schedules.completed(schedules.find(recipe.schedule), recipe.schedule_options, recipe.last_epoch + 1, rate)


MOMENTUM_AUTO = (
    "--set momentum=auto comes from the curvature of the mean squared error over the full batch; "
    "leave out --batch-size, --criterion and --module, or give momentum a number."
)


def _require_options(recipe: Recipe) -> None:
    torch_libraries.load()
    from linreg.optim import optimizers

    kind, options = optimizers.find(recipe.optimizer), dict(recipe.options)
    if recipe.optimizer.lower() == "sgd" and str(options.get("momentum")).strip().lower() == "auto":
        options["momentum"] = 0.5  # which one comes from the curvature
    optimizers.parse_options(kind, options)
    if recipe.learning_rate == "auto" and optimizers.default_learning_rate(kind) is None:
        raise LinregError(f"{kind.__name__} has no learning rate of its own; give one with --learning-rate.")


def _require_class(spec: str) -> None:
    """Refuse a file that cannot be read or is no Python, or that gives nothing the name of the class.

    The file is only read: it is the user's program, and runs once, when the run begins.
    """
    file, colon, name = spec.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise LinregError(f"--module takes FILE.py:CLASS, not {shortened(repr(spec), 200)}.")
    path = Path(file)
    where = shown(path)
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as problem:
        raise LinregError(f"{where} cannot be run: line {problem.lineno}: SyntaxError: {problem.msg}.") from None
    except (OSError, ValueError) as problem:
        raise LinregError(f"cannot read the module's file {where}: {reason_of(problem)}.") from None
    names = [each.name for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
    if name not in names and not _may_give(tree, name):
        there = f"its classes are {shortened(', '.join(names), 200)}" if names else "it has no class"
        raise LinregError(f"{where} has no class {shortened(name)!r}{nearest(name, names)}; {there}.")


def _may_give(tree: ast.Module, name: str) -> bool:
    """Whether a file may give something this name without a class statement: by an import, say, or a function."""
    for node in ast.walk(tree):
        given = []
        if isinstance(node, ast.alias):
            given = [name if node.name == "*" else node.asname or node.name.partition(".")[0]]
        elif isinstance(node, ast.Name):
            given = [name if node.id in _GIVES_ANY_NAME else node.id]
        elif isinstance(node, ast.FunctionDef):
            given = [node.name]
        if name in given:
            return True
    return False


_GIVES_ANY_NAME = ("exec", "globals", "setattr", "vars")
