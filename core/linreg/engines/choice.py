"""Choosing the engine: the fastest that gives the recipe's own trajectory, and the reason in words.

Needs only the recipe, so that torch is not imported for a run that will not use it.
"""

from dataclasses import dataclass

from linreg.errors import LinregError
from linreg.optim.sgd import sgd_arguments
from linreg.recipe import Recipe

_ON_ROWS = ("autograd", "analytic")


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine's name, and why it was chosen."""

    name: str
    reason: str

    @property
    def needs_rows(self) -> bool:
        """Whether it trains on the rows themselves; any other sees no more than their moments."""
        return self.name in _ON_ROWS


def choose_engine(recipe: Recipe, n_ranks: int = 1) -> Choice:
    """Choose the engine of a recipe, for rows that `n_ranks` processes share.

    Raises
    ------
    LinregError
        The recipe names an engine that cannot serve it.
    """
    no_moments = _why_not_moments(recipe)
    if recipe.weights is not None and (no_moments or recipe.engine in _ON_ROWS):
        why = no_moments or "the lecture's loop counts all rows alike"
        raise LinregError(f"--weights takes the squared error of a linear model over the full batch: {why}.")
    obstacles = {
        "spectral": no_moments or _why_not_spectral(recipe),
        "gram": no_moments or _why_not_gram(recipe),
        "analytic": _why_not_analytic(recipe, n_ranks),
        "autograd": None,
    }
    if recipe.engine != "auto":
        obstacle = obstacles[recipe.engine]
        if obstacle:
            fit = next(name for name, why_not in obstacles.items() if why_not is None)
            raise LinregError(f"the {recipe.engine} engine cannot serve this recipe: {obstacle}; use --engine {fit}.")
        return Choice(recipe.engine, "as asked")
    if obstacles["spectral"] is None:
        return Choice(
            "spectral", "full batch, mean squared error, SGD: each epoch is a power in the Hessian's eigenbasis"
        )
    if obstacles["gram"] is None:
        return Choice("gram", f"full batch, mean squared error: gradients from the moments ({obstacles['spectral']})")
    if obstacles["analytic"] is not None:
        return Choice("autograd", f"the lecture's loop ({obstacles['analytic']})")
    if (recipe.criterion, recipe.batch_size, recipe.dtype) == ("MSELoss", None, "float32"):
        return Choice("autograd", "the lecture's loop (in float32 it gives the lecture's numbers, bit for bit)")
    return Choice("analytic", f"the gradient in closed form ({obstacles['gram']})")


def _why_not_moments(recipe: Recipe) -> str | None:
    """Say why the rows cannot be replaced by their moments, or return None."""
    if recipe.module is not None:
        return "a module of your own may not be linear"
    if recipe.criterion != "MSELoss":
        return f"{recipe.criterion} needs every row"
    if recipe.batch_size is not None:
        return "mini-batches need the rows"
    if recipe.dtype == "float32":
        return "it computes in float64"
    if recipe.device.lower() == "mps":
        return "MPS has no float64"
    return None


def _why_not_analytic(recipe: Recipe, n_ranks: int) -> str | None:
    """Say why the gradient is left to autograd, or return None."""
    if recipe.module is not None:
        return "a module of your own may not be linear"
    if recipe.optimizer.lower() == "sparseadam":
        return "SparseAdam needs the sparse gradients of an embedding"
    return "several processes share the rows" if n_ranks > 1 else None


def _why_not_spectral(recipe: Recipe) -> str | None:
    if recipe.schedule is not None:
        return "a schedule changes the learning rate from epoch to epoch"
    if recipe.optimizer.lower() != "sgd":
        return f"{recipe.optimizer} is not linear in the gradient" if recipe.optimizer else "no optimizer"
    if sgd_arguments(recipe.options) is None:
        return "it serves SGD's momentum, dampening, nesterov and weight_decay only"
    return None


def _why_not_gram(recipe: Recipe) -> str | None:
    if recipe.optimizer.lower() == "sparseadam":
        return "SparseAdam needs the sparse gradients of an embedding"
    return None
