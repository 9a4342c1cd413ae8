"""Watch linear regression learn.

>>> import linreg
>>> linreg.fit([[0.0], [1.0], [1.0]], [0.0, 1.0, 2.0], standardize=False, learning_rate=0.01, epochs=3000).w
{'x': 1.499998...}

Names are looked up when they are first used: ``linreg --help`` must not wait for numpy or torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linreg.api import fit as fit
    from linreg.api import train as train
    from linreg.errors import LinregError as LinregError
    from linreg.recipe import Recipe as Recipe
    from linreg.recipe import load_recipe as load_recipe
    from linreg.trace import Trace as Trace
    from linreg.training.fitted import load_model as load_model
    from linreg.training.result import Result as Result
    from linreg.training.trainer import Trainer as Trainer

_HOMES = {
    "fit": "api",
    "train": "api",
    "LinregError": "errors",
    "load_model": "training.fitted",
    "Recipe": "recipe",
    "load_recipe": "recipe",
    "Result": "training.result",
    "Trace": "trace",
    "Trainer": "training.trainer",
}

__all__ = ["LinregError", "Recipe", "Result", "Trace", "Trainer", "fit", "load_model", "load_recipe", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'linreg' has no attribute {name!r}")
    return getattr(import_module(f"linreg.{_HOMES[name]}"), name)
