"""Watch linear regression learn.

>>> import linreg
>>> linreg.fit([[0.0], [1.0], [1.0]], [0.0, 1.0, 2.0], standardize=False, learning_rate=0.01, epochs=3000).w
{'x': 1.499998...}

What `__all__` names is promised; the rest may be imported, and may change. Names are looked up when they are first
used: ``import linreg`` and ``linreg --help`` must not wait for numpy or torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linreg.api import attach as attach
    from linreg.api import evaluate as evaluate
    from linreg.api import fit as fit
    from linreg.api import race as race
    from linreg.api import summary as summary
    from linreg.api import train as train
    from linreg.assessment.api import cross_validate as cross_validate
    from linreg.assessment.api import diagnose as diagnose
    from linreg.assessment.api import ridge_path as ridge_path
    from linreg.errors import LinregError as LinregError
    from linreg.live.control import Control as Control
    from linreg.live.state import State as State
    from linreg.recipe import Recipe as Recipe
    from linreg.replay.replay import open_replay as open_replay
    from linreg.session.session import Session as Session
    from linreg.store.store import RunStore as RunStore
    from linreg.trace import Trace as Trace
    from linreg.training.fitted import load_model as load_model
    from linreg.training.result import Result as Result
    from linreg.watching.curves import log as log
    from linreg.watching.watched import watch as watch

    __version__: str

__all__ = [  # noqa: RUF022 -- in the order in which a user meets them
    # train
    "fit",
    "train",
    "evaluate",
    "race",
    "cross_validate",
    "summary",
    "diagnose",
    "ridge_path",
    "Recipe",
    "Result",
    "Trace",
    # watch
    "watch",
    "log",
    "Session",
    "Control",
    "State",
    "attach",
    # keep
    "RunStore",
    "open_replay",
    "load_model",
    # and what goes wrong
    "LinregError",
    "__version__",
]

_HOMES = {
    **dict.fromkeys(("fit", "train", "evaluate", "race", "summary", "attach"), "api"),
    **dict.fromkeys(("cross_validate", "diagnose", "ridge_path"), "assessment.api"),
    "Recipe": "recipe",
    "Result": "training.result",
    "Trace": "trace",
    "Session": "session.session",
    "Control": "live.control",
    "State": "live.state",
    "RunStore": "store.store",
    "open_replay": "replay.replay",
    "load_model": "training.fitted",
    "LinregError": "errors",
    "__version__": "version",
    "watch": "watching.watched",
    "log": "watching.curves",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'linreg' has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"linreg.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
