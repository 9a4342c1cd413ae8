"""Every schedule of torch.optim.lr_scheduler, by its name and with its options: how the learning rate changes by epoch.

What the installed version has is offered, but for those that take a function or other schedules, which no option can
write. Where a schedule has to know how long the run is, or how high its rate goes, it is told: the number of epochs and
the learning rate.
"""

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from math import nan
from typing import Any

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from linreg.checks import OptionValue
from linreg.errors import LinregError, nearest
from linreg.optim.options import parsed_argument, signature_of
from linreg.text import shortened

_ELSEWHERE = {
    "optimizer": "it is the run's",
    "last_epoch": "a run that goes on knows where it stands",
    "verbose": "every epoch has its learning rate",
    "scale_fn": "no option can write a function",
}
_LENGTHS = {"T_max", "total_steps"}
_TOPS = {"max_lr"}


def names() -> list[str]:
    """Name every schedule of the installed torch.optim, sorted."""
    found = {
        each.__name__ for each in vars(lr_scheduler).values() if inspect.isclass(each) and issubclass(each, LRScheduler)
    }
    return sorted(name for name in found - {LRScheduler.__name__} if not name.startswith("_"))


def find(name: str) -> type[LRScheduler]:
    """Return the class of torch.optim.lr_scheduler with this name, in any case.

    Raises
    ------
    LinregError
        There is none, or it takes what no option can write.
    """
    known = names()
    for each in known:
        if each.lower() == name.strip().lower():
            found: type[LRScheduler] = getattr(lr_scheduler, each)
            _refuse_what_takes_code(found)
            return found
    offered = [each for each in known if _takes_options(getattr(lr_scheduler, each))]
    raise LinregError(
        f"torch.optim.lr_scheduler has no schedule {shortened(repr(name))}{nearest(name, offered)}; "
        f"there are {', '.join(offered)}."
    )


def completed(
    kind: type[LRScheduler], options: Mapping[str, OptionValue], n_epochs: int, learning_rate: float
) -> dict[str, Any]:
    """Turn options as typed into arguments of the class, with what it has to know of the run.

    Parameters
    ----------
    n_epochs
        How many steps it will take.
    learning_rate
        Of the optimizer, before it is scheduled.

    Raises
    ------
    LinregError
        An option is unknown, lacking or not of its type, or does not go with the number of epochs.
    """
    arguments = _options_of(kind)
    chosen: dict[str, Any] = {}
    for name, value in options.items():
        if name in _ELSEWHERE:
            raise LinregError(f"{name} cannot be set as an option of {kind.__name__}: {_ELSEWHERE[name]}.")
        if name not in arguments:
            raise LinregError(
                f"{kind.__name__} has no option {shortened(repr(name))}{nearest(name, list(arguments))}; "
                f"it has {', '.join(arguments)}."
            )
        chosen[name] = parsed_argument(kind, arguments[name], value)
    given: dict[str, Any] = dict.fromkeys(_LENGTHS, n_epochs) | dict.fromkeys(_TOPS, learning_rate)
    if "steps_per_epoch" in chosen or "epochs" in chosen:
        given.pop("total_steps")
    chosen = {name: value for name, value in given.items() if name in arguments} | chosen
    lacking = [name for name, each in arguments.items() if each.default is each.empty and name not in chosen]
    if lacking:
        raise LinregError(f"{kind.__name__} needs {' and '.join(lacking)}: add --schedule-set {lacking[0]}=VALUE.")
    total = chosen.get("total_steps")
    if total is not None and total < n_epochs:
        raise LinregError(
            f"{kind.__name__} ends after {total:,} steps, and the run takes {n_epochs:,}: leave out total_steps, "
            f"or run --epochs {total - 1}."
        )
    return chosen


def with_lengths(kind: type[LRScheduler], options: Mapping[str, OptionValue], n_epochs: int) -> dict[str, OptionValue]:
    """Write down how long the run is where the schedule goes by that, so that one that goes on keeps to it."""
    arguments = _options_of(kind)
    told = {} if {"steps_per_epoch", "epochs"} & set(options) else dict.fromkeys(sorted(_LENGTHS), n_epochs)
    return {name: value for name, value in told.items() if name in arguments} | dict(options)


class Schedule:
    """A schedule at work on an optimizer: stepped once an epoch, put aside and taken up again exactly.

    Parameters
    ----------
    kind, arguments
        As `completed` makes them.

    Raises
    ------
    LinregError
        The class refuses its arguments, or the optimizer.
    """

    def __init__(self, kind: type[LRScheduler], arguments: Mapping[str, Any], optimizer: Optimizer) -> None:
        self._optimizer: Any = optimizer
        self.takes_cost = issubclass(kind, ReduceLROnPlateau)
        try:
            self._scheduler: Any = kind(optimizer, **arguments)
        except (ValueError, TypeError, KeyError, ZeroDivisionError, AttributeError) as problem:
            said = shortened(str(problem).strip("'\" ").rstrip("."), 200)
            raise LinregError(f"{kind.__name__} cannot be used so: {said}.") from None

    def step(self, cost: Callable[[], float]) -> None:
        """Set the rate of the next epoch, by the cost that this one started from where it goes by that."""
        self._optimizer._opt_called = True  # a step that is taken without torch's own is one, too
        if self.takes_cost:
            self._scheduler.step(cost())
        else:
            self._scheduler.step()

    def state(self) -> dict[str, Any]:
        """Copy what changes from epoch to epoch: all that decides the rates to come."""
        state = self._scheduler.state_dict()
        return {name: deepcopy(value) for name, value in state.items() if _is_number_or_several(value)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Return to an earlier `state`; the optimizer has its own back already."""
        self._scheduler.load_state_dict({**self._scheduler.state_dict(), **deepcopy(dict(state))})


def state_of(schedule: Schedule | None, used_rate: float) -> dict[str, Any]:
    """Return what an engine's snapshot holds of its schedule, and of the rate of its latest step; nothing without."""
    return {} if schedule is None else {"schedule": schedule.state(), "used_rate": used_rate}


def restored_rate(schedule: Schedule | None, state: Mapping[str, Any]) -> float:
    """Put a schedule back to where an engine's snapshot has it, and return the rate of the latest step there."""
    if schedule is None:
        return nan
    schedule.restore(state["schedule"])
    return float(state["used_rate"])


def _is_number_or_several(value: Any) -> bool:
    values = value if isinstance(value, list | tuple) else (value,)
    return all(isinstance(each, int | float) for each in values)


def _options_of(kind: type[LRScheduler]) -> dict[str, inspect.Parameter]:
    return {name: each for name, each in signature_of(kind).items() if name not in _ELSEWHERE}


def _takes_options(kind: type[LRScheduler]) -> bool:
    """Whether everything that it has to be given can be written as an option."""
    required = [each for each in _options_of(kind).values() if each.default is each.empty]
    return not any("Callable" in str(each.annotation) or "LRScheduler" in str(each.annotation) for each in required)


def _refuse_what_takes_code(kind: type[LRScheduler]) -> None:
    if not _takes_options(kind):
        raise LinregError(
            f"{kind.__name__} takes what no option can write, a function or other schedules: "
            "train with it in a script of yours, under linreg watch."
        )
